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
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from tiledraw.common.extras import needs
from tiledraw.training.checkpoints import CheckpointError, find_checkpoints, load_checkpoint, update_state
from tiledraw.training.continuing import check_settings, check_steps, told
from tiledraw.training.pace import Pace, format_duration, format_steps, peak_memory
from tiledraw.training.record import changes, read_record, session, write_record
from tiledraw.training.stopping import Stopped, Stopping

with needs("train"):
    import torch

FAR = 10**12  # the last step, as long as nobody knows how many fit
FIRST = 8  # steps that are measured at least, before it is known how many fit
MEASURED = 0.05  # of the time limit, that they take at least
MARGIN = 0.95  # of the steps that would fit by that measure: later ones may be slower
WARMUP = 0.1  # of the steps that fit, at most
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


class Session:
    """One session of a run. `run` trains until the last step or the time limit. A kind of run says how it takes a step,
    logs, saves and evaluates.

    Attributes:
        config: Has `steps`, `log_steps`, `checkpoint_minutes` and `evaluate_minutes`.
        stopping: Whether somebody asked to stop.
        record: Of the run, `record.py`; empty before the first session.
        folder: Of the run.
        log: Where people read what happens, a line at a time.
        device: That computes.
        step: Steps taken, over all sessions.
        seconds: Of training, over all sessions.
        durations: Seconds that each task beside the steps took the last time, by name; kept in checkpoints.
        finished: Whether all steps are taken, and evaluated, since an earlier session.
        rate: Learning rate of the last step, of the first group of weights.
        norm: Norm of its gradient, before it was clipped.
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
    processes: int = 1
    rate: float = math.nan
    norm: float = math.nan

    def __init__(self, stopping: Stopping | None = None) -> None:
        self.stopping = stopping or Stopping()
        self.record: dict[str, Any] = {}
        self.durations: dict[str, float] = {}
        self._mark = (0, 0.0, 0)  # step, seconds and count at the last log

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What stays the same over all sessions of a run, flat, by the keys of the configuration."""
        raise NotImplementedError

    def _restore(self, path: Path, tensors: dict[str, dict[str, torch.Tensor]], state: dict[str, Any]) -> None:
        """Takes the weights of a checkpoint.

        Raises:
            CheckpointError: they are of another network or optimizer.
        """
        raise NotImplementedError

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

    def _close(self) -> None:
        """Ends what is being prepared for later steps."""

    def _clock(self) -> float:
        return time.monotonic()

    def _say(self, text: str) -> None:
        if self.is_main:
            print(text, file=self.log, flush=True)

    # --- from session to session -------------------------------------------------------------------------------------

    @property
    def steps(self) -> int | None:
        """Steps in all; None as long as it is not known how many fit into the time limit."""
        return self.record.get("steps") if self.config.steps == "auto" else self.config.steps

    @property
    def warmup(self) -> int | None:
        """Steps of the warm-up where it was shortened to fit into the time limit."""
        return self.record.get("warmup") if self.config.steps == "auto" else None

    def _resume(self) -> None:
        """Goes on from the newest checkpoint, if there is one.

        Raises:
            CheckpointError: it is damaged, or of another run than the configuration's; or only its model is there.
        """
        if not (found := find_checkpoints(self.folder)):
            if (self.folder / "model").exists():
                raise CheckpointError(
                    f"{self.folder} holds a model and no checkpoint to go on from, and a new run would overwrite it; "
                    "give another --output"
                )
            return
        path = found[-1]
        self.record = read_record(self.folder)
        tensors, state = load_checkpoint(path)
        check_settings(path, state.get("settings", {}), self.settings)
        if self.steps is not None:
            check_steps(path, state["step"], self.steps)
        self._restore(path, tensors, state)
        self._take_state(state)

    def _take_state(self, state: dict[str, Any]) -> None:
        """Goes on from the state of a checkpoint."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.durations = dict(state.get("durations", {}))
        self.finished = bool(state.get("finished")) and self.steps is not None and self.step >= self.steps
        if not self.finished:
            self._say(f"continuing from step {self.step:,} of {format_steps(self.steps)}")

    def _keep_record(self) -> None:
        """Writes down what this session does, and tells what it does otherwise than the one before."""
        changed = changes(self.record, self.config)
        if changed:
            self._say(told(changed))
        fitted = ("steps", "warmup") if self.config.steps == "auto" else ()
        self.record = {
            "settings": self.settings,
            "config": asdict(self.config),
            **{key: self.record[key] for key in fitted if key in self.record},
            "sessions": [*self.record.get("sessions", []), session(self.step, self.processes, changed)],
        }
        if self.is_main:
            write_record(self.folder, self.record)

    def _fit(self, pace: float, left: float, reserve: float) -> None:
        """Fixes the number of steps that fit into the time that is left, and a warm-up that fits into them; writes that
        down, and saves, so that no step before is taken again by other rates.

        Args:
            pace: Seconds of a step.
            left: Seconds until the time limit, without those for the end.
            reserve: Those.
        """
        config = self.config
        each = self.durations.get("checkpoint", 0.0) / max(60 * config.checkpoint_minutes, pace)
        left -= left * each + left // max(60 * config.evaluate_minutes, pace) * reserve
        steps = self.step + max(1, int(MARGIN * left / pace))
        self.record |= {"steps": steps, "warmup": min(self._warmup, max(1, int(WARMUP * steps)))}
        if self.is_main:
            write_record(self.folder, self.record)
        self._say(f"{steps:,} steps fit into the time limit, at {pace:.3g} s each; the warm-up has {self.warmup:,}")
        self._timed("checkpoint", self._save)

    @property
    def _warmup(self) -> int:
        """Steps of the warm-up as configured."""
        return 0

    # --- the session -------------------------------------------------------------------------------------------------

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
            Stopped: a signal came; all is saved, and said.
        """
        if self.finished:
            return self._say(
                f"{self.folder} is finished: all {self.step:,} steps are done; to go on, give it more, "
                f"such as --steps {2 * self.step}"
            )
        if self.steps is None and not math.isfinite(time_limit):
            raise ValueError("steps auto are as many as fit into a time limit; give one")
        if self.device.type == "cpu":
            keep_freed_memory()
        deadline = self._clock() + time_limit
        with self.stopping:
            self.stopping.at_once = self.processes == 1
            try:
                self._keep_record()
                self._train(deadline, time_limit)
                self._timed("checkpoint", self._save)
                with self.stopping.interruptible():
                    complete = self._evaluate(deadline)
                    self._clock()
            except Stopped as stop:
                raise self._stopped(stop) from None
        is_last = self.step == self.steps
        if self.is_main:
            update_state(find_checkpoints(self.folder)[-1], durations=self.durations, finished=is_last and complete)
        if is_last:
            self._say(f"all {self.step:,} steps are done; {self.use}")
        else:
            self._say(
                f"stopped for the time limit at step {self.step:,} of {format_steps(self.steps)}; the same command "
                f"goes on; {self.use}"
            )

    def _stopped(self, stop: Stopped) -> Stopped:
        """Saves, and says so."""
        self._close()
        if self.step:
            self._save()
            where = f"at step {self.step:,} of {format_steps(self.steps)}, which is saved; the same command goes on"
        else:
            where = "before the first step; the same command begins anew"
        self._say(f"stopped by {stop.name} {where}")
        return Stopped(stop.number, said=True)

    def _train(self, deadline: float, time_limit: float) -> None:
        """Takes steps, with all that comes between them.

        Raises:
            Stopped: somebody asked to.
        """
        config = self.config
        last = now = begin = self._clock()
        limit = f" or {format_duration(time_limit)} are over" if math.isfinite(time_limit) else ""
        if self.steps is None:
            self._say(f"training for {format_duration(time_limit)}, a line every {config.log_steps:,} steps")
        elif self.step < self.steps:
            self._say(f"training until step {self.steps:,}{limit}, a line every {config.log_steps:,} steps")
        next_save = now + 60 * config.checkpoint_minutes
        next_evaluation = now + 60 * config.evaluate_minutes
        pending: list[Any] = []
        first, longest, measured = self.step, 0.0, 0.0
        self._mark = self.step, self.seconds, self._count()
        try:
            while self.step < (self.steps or FAR) and now + longest < deadline - (reserve := self._reserve(time_limit)):
                pending += self._train_step()
                now = self._clock()
                self.seconds += now - last
                longest, last = now - last, now
                measured += longest if self.step > first + 1 else 0.0  # the first step also warms up
                self._left = deadline - reserve - now
                if self.step % config.log_steps == 0:
                    self._log("train", pending)
                    pending = []
                    self._mark = self.step, self.seconds, self._count()
                elif self.step == first + 1:
                    self._say(self.pace().line())
                taken = self.step - first - 1
                if self.steps is None and taken >= FIRST and now - begin >= MEASURED * time_limit:
                    self._fit(measured / taken, self._left, reserve)
                if now >= min(next_save, next_evaluation):
                    self._timed("checkpoint", self._save)
                    next_save = self._clock() + 60 * config.checkpoint_minutes
                if now >= next_evaluation:
                    if self._clock() + 2 * reserve < deadline:  # else the one at the end is near
                        with self.stopping.interruptible():
                            self._evaluate(deadline - reserve)
                    next_evaluation = self._clock() + 60 * config.evaluate_minutes
                with self.stopping.interruptible():
                    now = last = self._clock()  # none of that is training
        except Stopped:
            if pending:
                self._log("train", pending)
            raise
        if pending:
            self._log("train", pending)

    def _reserve(self, time_limit: float) -> float:
        """Seconds of the time limit that the end of the session needs, about."""
        if not math.isfinite(time_limit):
            return 0.0
        known = sum(self.durations.values()) if "evaluation" in self.durations else UNKNOWN_SHARE * time_limit
        return min(1.1 * known, LARGEST_SHARE * time_limit)

    def pace(self) -> Pace:
        """Where this run is, and how fast since the last log."""
        step, seconds, count = self._mark
        since = self.step - step, self.seconds - seconds, self._count() - count
        last = self.rate, self.norm, peak_memory(self.device), self._left
        return Pace(self.step, self.steps, *since, self.unit, *last)

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
