"""Locks: a folder that one process at a time writes into. Knows folders. Knows nothing about what is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(ValueError):
    """Somebody else writes into a folder."""


@contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keeps a folder for this process. The system gives it free when the process ends, however it does, so that no
    lock is ever left behind; processes that it starts don't keep it. Without such locks (Windows) nothing is kept.

    Raises:
        BusyError: another process keeps it, or another part of this one.
        OSError: the folder can't be opened.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(Path(folder), os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another process of tiledraw writes into {folder}; wait until it has ended, or give another folder"
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)
