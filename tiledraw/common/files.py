"""Files: checks a path before the work, reads what is a file and not too large, and writes it whole or not at all.

Knows encodings of text. Knows nothing about what is in a file.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

MOST_TEXT = 2**26  # bytes of a text file


def check_writable_file(path: str | os.PathLike[str]) -> None:
    """Raises an OSError of one clear sentence if a file could not be written at `path`."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file")
    check_writable_folder(path.parent)
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is not a regular file")
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path} exists and may not be overwritten")


def check_writable_folder(folder: str | os.PathLike[str]) -> None:
    """Raises an OSError of one clear sentence if no file could be made in `folder`."""
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(f"the folder {folder} does not exist")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"the folder {folder} may not be written to")


@contextlib.contextmanager
def open_file(path: str | os.PathLike[str], most: int) -> Iterator[BinaryIO]:
    """A file to be read, which does not wait for whoever may some day write to it, if it is a pipe.

    Raises:
        ValueError: it is a pipe, a device or a socket, which may never end, or has more than `most` bytes.
        OSError: it can't be opened.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no file, but a pipe, a device or a socket")
        if status.st_size > most:
            raise ValueError(f"it has more than {most:,} bytes, the most that are read")
        yield file


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def read_file(path: str | os.PathLike[str], most: int = MOST_TEXT) -> bytes:
    """What a file of at most `most` bytes holds.

    Raises:
        ValueError: it is no regular file, or larger; one sentence that names it.
        OSError: it can't be read.
    """
    try:
        with open_file(path, most) as file:
            return file.read(most)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def read_text(path: str | os.PathLike[str], most: int = MOST_TEXT) -> str:
    """The text in a file of at most `most` bytes: in UTF-8, or in UTF-16 as Windows marks it.

    Raises:
        ValueError: it is no such text, no regular file, or larger; one sentence that names it.
        OSError: it can't be read.
    """
    data = read_file(path, most)
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_wide else "utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ValueError(f"{os.fspath(path)} is no text in UTF-8") from None


@contextlib.contextmanager
def atomic_open(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well, and vanishes when it fails.

    A reader sees the old file or the whole new one, also after a crash, and of several writers the last one's. Whoever
    may read the old one may read the new one. A symbolic link stays and its target changes; other names of a file (hard
    links) keep the old one.
    """
    target = Path(os.path.realpath(path))
    check_writable_file(target)
    temporary = target.with_name(f".tiledraw-{secrets.token_hex(8)}.tmp")
    try:
        with _new_file(temporary) as file:
            with contextlib.suppress(OSError, AttributeError):  # a new one, or a system without modes
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not temporary.exists():  # with a descriptor of its folder it follows the link, which is the file
                os.link(f"/proc/self/fd/{file.fileno()}", temporary, src_dir_fd=file.fileno(), follow_symlinks=True)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _new_file(path: Path) -> BinaryIO:
    """A new file; where the system can, one that has no name yet, of which nothing is left when this process is
    killed."""
    if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # a file system that can't
            return os.fdopen(os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666), "w+b")
    return open(path, "xb")


def atomic_write(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes `data` to `path`, whole or not at all."""
    with atomic_open(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the block ends well, and vanishes when it fails."""
    stage, old = (folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.{kind}") for kind in ("new", "old"))
    stage.mkdir(parents=True)
    try:
        yield stage
        if folder.exists():
            os.replace(folder, old)
        os.replace(stage, folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        if old.exists() and not folder.exists():  # a signal came between the two renames
            os.replace(old, folder)
        shutil.rmtree(stage, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        raise


def is_same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to one file that is there."""
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def check_apart(
    given: Iterable[str | os.PathLike[str] | None],
    files: Iterable[str | os.PathLike[str] | None] = (),
    folders: Iterable[tuple[str | os.PathLike[str] | None, re.Pattern[str]]] = (),
) -> None:
    """Raises a ValueError if a file that is given would be overwritten.

    Args:
        given: What is read; what is None counts for nothing, here and below.
        files: What is written.
        folders: In which files are written, and the names of those.
    """
    inputs = [path for path in given if path is not None]
    for file in files:
        for path in inputs:
            if file is not None and is_same_file(path, file):
                raise ValueError(f"{os.fspath(file)} is {os.fspath(path)} itself, which is read; give another file")
    for folder, names in folders:
        found = Path(folder).glob("*") if folder is not None else ()
        for file in [file for file in found if names.fullmatch(file.name)]:
            for path in inputs:
                if is_same_file(path, file):
                    raise ValueError(f"{os.fspath(path)}, which is read, would be overwritten; give another folder "
                                     f"than {os.fspath(folder or '')}")  # fmt: skip
