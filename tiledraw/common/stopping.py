"""Stopping: a SIGTERM ends what this process does as Ctrl-C does, so that nothing half written stays behind.

Knows signals. Knows nothing about what is being done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = 128 + signal.SIGTERM  # the exit code of a process that SIGTERM has ended


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """A block that SIGTERM leaves with a SystemExit of the code 143. Only the main thread hears signals; elsewhere
    nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(STOPPED)
