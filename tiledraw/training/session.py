"""A session of training: steps with their logs, checkpoints and looks, until the last step or the end of the time.

The same for every kind of network. Knows the clock and the rhythm of a run. Knows nothing about what is trained.
"""

from __future__ import annotations

import ctypes
import math
import sys
import time
from pathlib import Path
from typing import Any

from tiledraw.common.extras import needs

with needs("train"):
    import torch


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
    """One run. `run` trains until the last step or the time limit. A kind of run says how it takes a step, logs, saves
    and looks at what it has learned.

    Attributes:
        config: Has `steps`, `log_steps`, `checkpoint_minutes` and `evaluate_minutes`.
        folder: Of the run.
        device: That computes.
        step: Steps taken, over all sessions.
        seconds: Of training, over all sessions.
    """

    config: Any
    folder: Path
    device: torch.device
    step: int
    seconds: float

    def _train_step(self) -> list[Any]:
        raise NotImplementedError

    def _log(self, split: str, results: list[Any]) -> None:
        raise NotImplementedError

    def _save(self) -> None:
        raise NotImplementedError

    def _look(self) -> None:
        raise NotImplementedError

    def _clock(self) -> float:
        return time.monotonic()

    def _check_finite(self, value: float, what: str, where: str = "") -> None:
        if not math.isfinite(value):
            raise LossError(
                f"the {what} is {value} at step {self.step}{where}; "
                f"the checkpoint from before in {self.folder} is whole"
            )

    def run(self, time_limit: float = math.inf) -> None:
        """Trains until the last step, or until `time_limit` seconds have passed; saves and looks in either case.

        Raises:
            LossError: the loss is no number.
            CheckpointError: a checkpoint can't be written.
        """
        config = self.config
        if self.device.type == "cpu":
            keep_freed_memory()
        begin = last = now = self._clock()
        next_save = begin + 60 * config.checkpoint_minutes
        next_look = begin + 60 * config.evaluate_minutes
        pending: list[Any] = []
        while self.step < config.steps and now - begin < time_limit:
            pending += self._train_step()
            now = self._clock()
            self.seconds += now - last
            last = now
            if self.step % config.log_steps == 0:
                self._log("train", pending)
                pending = []
            if now >= min(next_save, next_look):
                self._save()
                next_save = self._clock() + 60 * config.checkpoint_minutes
            if now >= next_look:
                self._look()
                next_look = self._clock() + 60 * config.evaluate_minutes
                last = self._clock()  # looking is not training
        self._save()
        self._look()
