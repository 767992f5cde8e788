"""The file of raw answers: one JSON object a line, appended the moment an answer comes, which is what resuming reads.

Knows lines and threads. Knows nothing about who answers; how an answer is read is told by `answers`.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tiledraw.canvas.pictures import FITS
from tiledraw.common.files import atomic_write
from tiledraw.common.shapes import Fields, ShapeError, Text, Whole, parse_json
from tiledraw.data.annotation.answers import Reading, read_answer
from tiledraw.data.annotation.finding import MAX_ANSWER

_SHAPE = Fields(
    {
        "file_name": Text(r"(?s)[^\0]+", "the name of a file", halves=True),
        "attempt": Whole(1, 10**6),
        "fit": Text("|".join(FITS), f"one of {', '.join(FITS)}"),
        "model": Text(),
        "text": Text(),
    }
)


class AnswerFileError(ValueError):
    """A file of answers is not what it should be."""


@dataclass(frozen=True)
class Answer:
    """What a model said about a picture.

    Attributes:
        file_name: Of the picture, relative to the folder.
        attempt: Which time it was asked, from 1 on.
        fit: How the picture was made a square.
        model: Who said it.
        text: What it said, as far as anybody reads it.
    """

    file_name: str
    attempt: int
    fit: str
    model: str
    text: str

    def read(self) -> Reading:
        """What can be used of it.

        Raises:
            AnswerError: nothing can.
        """
        return read_answer(self.text)


def parse_answer(line: str) -> Answer | None:
    """An answer of a line; None if it is of a tile, as earlier versions asked for.

    Raises:
        ShapeError: the line is no answer.
    """
    data = parse_json(line, _SHAPE, "the answer")
    return None if data.get("tile") else Answer(**{key: data[key] for key in Answer.__dataclass_fields__})


@dataclass
class Answers:
    """The file of answers, for all threads: what it holds, by picture, and what is added.

    Raises:
        AnswerFileError: a line is no answer.
    """

    path: Path
    held: dict[str, list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        if not self.path.exists():
            atomic_write(self.path, b"")
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # what stands behind the last line end was cut off by a kill
        if len(whole) < len(data):
            os.truncate(self.path, len(whole))
        for number, line in enumerate(whole.decode("utf-8", "replace").split("\n"), 1):
            try:
                answer = parse_answer(line) if line.strip() else None
            except ShapeError as error:
                raise AnswerFileError(f"{self.path}, line {number}: {error}; remove the line to ask again") from None
            if answer is not None:
                self.held.setdefault(answer.file_name, []).append(answer)

    def add(self, name: str, attempt: int, fit: str, model: str, text: str) -> Answer:
        """Appends an answer, as it will be read again; once this returns, it is on the disk."""
        text = text[:MAX_ANSWER].encode("utf-8", "replace").decode()
        answer = Answer(name, attempt, fit, model.encode("utf-8", "replace").decode(), text)
        line = (json.dumps(asdict(answer), ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        assert parse_answer(line.decode()) == answer, "an answer is kept that nobody can read"
        with self._lock:
            with open(self.path, "ab", buffering=0) as file:
                size = file.tell()
                try:
                    if file.write(line) < len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
                    os.fsync(file.fileno())
                except OSError:  # such as a full disk: no half line stays
                    file.truncate(size)
                    raise
            self.held.setdefault(name, []).append(answer)
        return answer
