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
from typing import Any

from tiledraw.canvas.pyramid import Tile
from tiledraw.common.files import atomic_write
from tiledraw.common.jsonlines import parse_lines
from tiledraw.data.annotation.answers import read_picture_answer, read_tile_answer
from tiledraw.language.first.plan import format_plan


class AnswerFileError(ValueError):
    """A file of answers is not what it should be."""


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Attributes:
        file_name: Of the picture, relative to the folder.
        tile: Of the picture; None for all of it.
        attempt: Which time it was asked, from 1 on.
        fit: How the picture was made a square.
        model: Who said it.
        text: All of it, as it came.
    """

    file_name: str
    tile: Tile | None
    attempt: int
    fit: str
    model: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.file_name} {self.tile} {self.attempt}"

    def read(self) -> dict[str, Any] | str:
        """What a row gets of it: plan and description of a picture, or the text of a tile.

        Raises:
            AnswerError: it can't be used.
        """
        if self.tile is not None:
            return read_tile_answer(self.text)
        plan, description = read_picture_answer(self.text)
        return {"plan": format_plan(plan)} | ({"description": description} if description else {})


def _parse_answer(line: str, number: int) -> Answer:
    try:
        data = json.loads(line)
        answer = Answer(**{**data, "tile": data["tile"] and Tile(**data["tile"])})
        types = {"file_name": str, "attempt": int, "fit": str, "model": str, "text": str}
        if not all(type(getattr(answer, key)) is kind for key, kind in types.items()):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("this is no answer; remove the line to ask again") from None
    return answer


@dataclass
class Answers:
    """The file of answers, for all threads: what it holds, by picture and tile, and what is added.

    Raises:
        AnswerFileError: a line is no answer.
    """

    path: Path
    held: dict[tuple[str, Tile | None], list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        if not self.path.exists():
            atomic_write(self.path, b"")
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # what stands behind the last line end was cut off by a kill
        if len(whole) < len(data):
            os.truncate(self.path, len(whole))
        try:
            answers = parse_lines(whole.decode("utf-8", "replace"), str(self.path), _parse_answer)
        except ValueError as error:
            raise AnswerFileError(str(error)) from None
        for answer in answers:
            self.held.setdefault((answer.file_name, answer.tile), []).append(answer)

    def add(self, answer: Answer) -> None:
        """Appends an answer; once it returns, the answer is on the disk."""
        line = (json.dumps(asdict(answer), ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
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
            self.held.setdefault((answer.file_name, answer.tile), []).append(answer)
