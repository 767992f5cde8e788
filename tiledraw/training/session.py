"""A session of training: steps with their logs, checkpoints and evaluations, until the last step or the time limit.

The same for every kind of network. The time limit holds for all of it: what a session does at the end (checkpoint,
evaluation, export, sample pictures) has time reserved, as much as it took before, and what does not fit is left out and
named. Knows the clock and the schedule of a run. Knows nothing about what is trained.
"""

from __future__ import annotations

import ctypes
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from tiledraw.common.extras import needs
from tiledraw.common.files import check_writable_folder
from tiledraw.training.checkpoints import find_checkpoints, update_state

with needs("train"):
    import torch

UNKNOWN_SHARE = 0.1  # of the time limit, reserved for the end of a session as long as nobody knows how long that takes
LARGEST_SHARE = 0.25  # of the time limit, reserved at most
TOLD = 5.0  # seconds from which on a task beside the steps is told of when it begins


class LossError(ArithmeticError, ValueError):
    """The loss or its gradient is no number; the last checkpoint is from before that."""


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory: giving it back and faulting it in again costs up to four fifths of a step."""
    if sys.platform.startswith("linux"):
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(-4, 0)  # M_MMAP_MAX: no separate mappings for large blocks
            library.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: never shrink the heap


def format_duration(seconds: float) -> str:
    """Seconds for people: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{max(0.0, seconds):.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def make_run_folder(path: str) -> Path:
    """The folder of a run, made if need be.

    Raises:
        OSError: it can't be made, or not be written to; one sentence.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; --output is the folder of a run")
    folder.mkdir(parents=True, exist_ok=True)
    check_writable_folder(folder)
    return folder


class Session:
    """One session of a run. `run` trains until the last step or the time limit. A kind of run says how it takes a step,
    logs, saves and evaluates.

    Attributes:
        config: Has `steps`, `log_steps`, `checkpoint_minutes` and `evaluate_minutes`.
        folder: Of the run.
        log: Where people read what happens, a line at a time.
        device: That computes.
        step: Steps taken, over all sessions.
        seconds: Of training, over all sessions.
        durations: Seconds that each task beside the steps took the last time, by name; kept in checkpoints.
        finished: Whether all steps are taken, and evaluated, since an earlier session.
    """

    config: Any
    folder: Path
    log: TextIO
    device: torch.device
    step: int = 0
    seconds: float = 0.0
    finished: bool = False
    unit: str = "tokens"  # what `_count` counts
    use: str = ""  # how to use the model that comes out
    is_main: bool = True  # of several processes, the one that writes

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}
        self._mark = (0, 0.0, 0)  # step, seconds and count at the last log

    def _train_step(self) -> list[Any]:
        raise NotImplementedError

    def _count(self) -> int:
        """What was learned from so far, in `unit`."""
        raise NotImplementedError

    def _log(self, split: str, results: list[Any]) -> None:
        raise NotImplementedError

    def _save(self) -> None:
        raise NotImplementedError

    def _evaluate(self, until: float) -> bool:
        """Measures what was learned, writes the model, and draws samples; ends by the time `until` of `_clock`, and
        says what it left out for that. Returns whether it left out nothing."""
        raise NotImplementedError

    def _clock(self) -> float:
        return time.monotonic()

    def _say(self, text: str) -> None:
        if self.is_main:
            print(text, file=self.log, flush=True)

    def _take_state(self, state: dict[str, Any]) -> None:
        """Goes on from the state of a checkpoint."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.durations = dict(state.get("durations", {}))
        self.finished = bool(state.get("finished")) and self.step >= self.config.steps
        if not self.finished:
            self._say(f"continuing from step {self.step:,} of {self.config.steps:,}")

    def _check_finite(self, value: float, what: str, where: str = "") -> None:
        if not math.isfinite(value):
            raise LossError(
                f"the {what} is {value} at step {self.step}{where}; "
                f"the checkpoint from before in {self.folder} is whole"
            )

    def run(self, time_limit: float = math.inf) -> None:
        """Trains until the last step, or as long as all else can still be done in `time_limit` seconds; saves and
        evaluates in either case. A run that is finished is left as it is.

        Raises:
            LossError: the loss is no number.
            CheckpointError: a checkpoint can't be written.
        """
        if self.finished:
            return self._say(
                f"{self.folder} is finished: all {self.step:,} steps are done; to go on, give it more, "
                f"such as --steps {2 * self.step}"
            )
        if self.device.type == "cpu":
            keep_freed_memory()
        deadline = self._clock() + time_limit
        try:
            self._train(deadline, time_limit)
        except KeyboardInterrupt:
            found = find_checkpoints(self.folder)
            last = f"the same command goes on from {found[-1].name}" if found else "there is no checkpoint yet"
            self._say(f"stopped at step {self.step:,}; {last}")
            raise
        self._timed("checkpoint", self._save)
        complete = self._evaluate(deadline)
        is_last = self.step >= self.config.steps
        if self.is_main:
            update_state(find_checkpoints(self.folder)[-1], durations=self.durations, finished=is_last and complete)
        if is_last:
            self._say(f"all {self.step:,} steps are done; {self.use}")
        else:
            self._say(
                f"stopped for the time limit at step {self.step:,} of {self.config.steps:,}; the same command goes on; "
                f"{self.use}"
            )

    def _train(self, deadline: float, time_limit: float) -> None:
        """Takes steps, with all that comes between them."""
        config = self.config
        last = now = self._clock()
        limit = f" or {format_duration(time_limit)} are over" if math.isfinite(time_limit) else ""
        if self.step < config.steps:
            self._say(f"training until step {config.steps:,}{limit}, a line every {config.log_steps:,} steps")
        next_save = now + 60 * config.checkpoint_minutes
        next_evaluation = now + 60 * config.evaluate_minutes
        pending: list[Any] = []
        first, longest = self.step, 0.0
        self._mark = self.step, self.seconds, self._count()
        while self.step < config.steps and now + longest < deadline - (reserve := self._reserve(time_limit)):
            pending += self._train_step()
            now = self._clock()
            self.seconds += now - last
            longest, last = now - last, now
            self._left = deadline - reserve - now
            if self.step % config.log_steps == 0:
                self._log("train", pending)
                pending = []
                self._mark = self.step, self.seconds, self._count()
            elif self.step == first + 1:
                self._say(self.progress())
            if now >= min(next_save, next_evaluation):
                self._timed("checkpoint", self._save)
                next_save = self._clock() + 60 * config.checkpoint_minutes
            if now >= next_evaluation:
                if self._clock() + 2 * reserve < deadline:  # else the one at the end is near
                    self._evaluate(deadline - reserve)
                next_evaluation = self._clock() + 60 * config.evaluate_minutes
            now = last = self._clock()  # none of that is training
        if pending:
            self._log("train", pending)

    def _reserve(self, time_limit: float) -> float:
        """Seconds of the time limit that the end of the session needs, about."""
        if not math.isfinite(time_limit):
            return 0.0
        known = sum(self.durations.values()) if "evaluation" in self.durations else UNKNOWN_SHARE * time_limit
        return min(1.1 * known, LARGEST_SHARE * time_limit)

    def progress(self, **measured: float) -> str:
        """A line for people: steps done of all, what was measured, the pace since the last log, and the time left."""
        step, seconds, count = self._mark
        steps, took = self.step - step, self.seconds - seconds
        values = "".join(f"  {name} {value:.3f}" for name, value in measured.items())
        line = f"step {self.step:,} of {self.config.steps:,}{values}"
        if steps < 1 or took <= 0:
            return line
        line += f"  {(self._count() - count) / took:,.0f} {self.unit}/s"
        left = (self.config.steps - self.step) * took / steps
        if self._left < left:
            return f"{line}  {format_duration(self._left)} to the time limit ({format_duration(left)} to the last step)"
        return f"{line}  {format_duration(left)} left"

    _left = math.inf  # seconds of training until the time limit

    def _timed(self, task: str, work: Callable[[], Any]) -> Any:
        """Does a task and keeps how long it took; one that takes a while is told of before."""
        begin = self._clock()
        if (known := self.durations.get(task, math.inf)) > TOLD:
            self._say(f"{task} ..." if math.isinf(known) else f"{task}, {format_duration(known)} the last time ...")
        result = work()
        self.durations[task] = self._clock() - begin
        return result

    def _within(self, task: str, until: float, work: Callable[[float], bool]) -> bool:
        """Does a task that ends by `until`, unless it took longer the last time than is left now. `work` gets `until`
        and says whether it came to its end. Says what was left out; returns whether nothing was."""
        begin = self._clock()
        known, left = self.durations.get(task, 0.0), until - begin
        if left > known and self._timed(task, lambda: work(until)):
            return True
        took = f" (it took {format_duration(known)} before)" if known and left <= known else ""
        self._say(f"left out {task}, whole or in part, for want of time{took}")
        return False
