"""The folder of a run: made if need be, held by one training at a time, left as it was by one that is refused.

Knows files and the lock. Knows nothing about what a run keeps there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tiledraw.common.files import check_writable_folder
from tiledraw.common.locks import locked


def is_first_process() -> bool:
    """Whether this is the first of the processes that a launcher has started, or the only one."""
    return os.environ.get("RANK", "0").strip() in ("", "0")


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


@contextlib.contextmanager
def held_folder(path: str) -> Iterator[Path]:
    """The folder of a run, which no other training works on meanwhile. One that is new and stays empty vanishes.

    Raises:
        OSError: as `make_run_folder`.
        ValueError: another training works on it.
    """
    target = Path(path)
    made = next((one for one in reversed((target, *target.parents)) if not one.exists()), None)  # the outermost
    folder = make_run_folder(path)
    if not is_first_process():
        yield folder
        return
    with locked(folder):
        try:
            yield folder
        finally:
            if made and all(file.is_dir() for file in made.rglob("*")):
                shutil.rmtree(made, ignore_errors=True)
