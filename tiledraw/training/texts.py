"""Texts: what a run learns beside pictures, so that a language model keeps its language and talks about pictures.

A text file is cut into pieces. A file of JSON lines holds `{"text": ...}`, or conversations as chat models learn from,
with pictures by their paths from the file on:

    {"messages": [{"role": "user", "content": "a ring, please"}, {"role": "assistant", "content": [
        {"type": "text", "text": "Here."}, {"type": "image", "path": "1.png", "think": "a ring"}]}]}

Knows files of texts and documents. Knows nothing about models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tiledraw.canvas.pictures import read_picture, resample, square
from tiledraw.canvas.pyramid import TILE
from tiledraw.format.grammar import ConversationDocument, Document, Picture, TextDocument, Turn
from tiledraw.format.parsing import ROLES

LONGEST = 1000  # characters of a piece
HELD_OUT = 10  # of so many documents one is held out


def cut(text: str, longest: int = LONGEST) -> list[str]:
    """Pieces of a text of at most so many characters, which end between words where they can."""
    pieces, rest = [], text.strip()
    while len(rest) > longest:
        end = max(rest.rfind("\n", 1, longest), rest.rfind(" ", longest // 2, longest))
        end = end if end > 0 else longest
        pieces.append(rest[:end])
        rest = rest[end:].lstrip()
    return [piece for piece in (*pieces, rest) if piece.strip()]


class TextSource:
    """The documents of a file, `held_out` ones or all others; of few, the same.

    Raises:
        ValueError: the file can't be read or holds no texts; one sentence, which names a bad line.
    """

    def __init__(self, path: str | Path, held_out: bool = False) -> None:
        self.path = Path(path)
        try:
            content = self.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not in UTF-8"
            raise ValueError(f"the texts {path} can't be read: {reason}") from None
        if self.path.suffix == ".jsonl":
            lines = [(number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
            documents = [one for number, line in lines for one in self._read(line, number)]
        else:
            documents = [TextDocument(piece) for piece in cut(content)]
        if not documents:
            raise ValueError(f"the texts {path} hold no text")
        few = len(documents) < 2 * HELD_OUT
        self.documents = [one for n, one in enumerate(documents) if few or (n % HELD_OUT == 0) == held_out]

    def document(self, kind: str, index: int) -> Document:
        """The documents in another order each time around, the same in every run."""
        epoch, place = divmod(index, len(self.documents))
        return self.documents[np.random.default_rng([7, epoch]).permutation(len(self.documents))[place]]

    def _read(self, line: str, number: int) -> list[Document]:
        try:
            record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("text"), str):
                return [TextDocument(piece) for piece in cut(record["text"])]
            return [ConversationDocument(tuple(self._turn(message) for message in record["messages"]))]
        except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
            reason = str(error) if isinstance(error, (ValueError, OSError)) else "it has no text and no messages"
            raise ValueError(f"{self.path}, line {number}: {reason.splitlines()[0]}") from None

    def _turn(self, message: dict[str, Any]) -> Turn:
        content = message["content"]
        if message["role"] not in ROLES:
            raise ValueError(f"a role is one of {', '.join(ROLES)}")
        if isinstance(content, str):
            return Turn(message["role"], (content,))
        parts: list[str | Picture] = []
        for part in content:
            if part["type"] == "text" and parts and isinstance(parts[-1], str):
                parts[-1] += part["text"]
            else:
                parts.append(part["text"] if part["type"] == "text" else self._picture(part))
        return Turn(message["role"], tuple(parts))

    def _picture(self, part: dict[str, Any]) -> Picture:
        pixels = square(read_picture(self.path.parent / part["path"]), TILE, "letterbox")
        return Picture(resample(pixels, TILE), part.get("think"))
