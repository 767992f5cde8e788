"""Stopping: SIGINT and SIGTERM end a training in order, wherever it is.

What may be left at any moment stands in an `interruptible` block: there a signal raises `Stopped` at once. Everywhere
else (an optimizer's update, a checkpoint) it waits until the next such block. Several processes can't leave a step
alone; they agree on when (`at_once` is then false), and ask `is_asked`.
Knows signals. Knows nothing about training.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from tiledraw.common import terminal

PATIENCE = 10.0  # seconds after a signal; a further one then ends all at once, saved or not
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(terminal.Stopped):
    """Somebody asked by a signal to stop; `code` is as shells tell it.

    Attributes:
        number: Of the signal.
        said: Whether people were told.
    """

    def __init__(self, number: int, said: bool = False) -> None:
        super().__init__(128 + number)
        self.number, self.said = number, said

    @property
    def name(self) -> str:
        return signal.Signals(self.number).name


class Stopping:
    """A block that listens to the signals. Nested in itself it does so once; in another thread than the main one, where
    Python hears no signals, never."""

    def __init__(self) -> None:
        self.number: int | None = None  # of the signal that came
        self.at_once = True
        self._since = 0.0
        self._blocks = self._depth = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._before = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.number is None:
            self.number, self._since = number, now
        elif now - self._since > PATIENCE:
            raise Stopped(number)
        if self._blocks and self.at_once:
            raise Stopped(self.number)

    @property
    def is_asked(self) -> bool:
        return self.number is not None

    @property
    def is_interruptible(self) -> bool:
        return self._blocks > 0

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """A block that may be left at any moment.

        Raises:
            Stopped: a signal came, before it or in it.
        """
        self._blocks += 1
        try:
            if self.number is not None and self.at_once:
                raise Stopped(self.number)
            yield
        finally:
            self._blocks -= 1
