"""Progress: the finished tiles of a picture that is being drawn, or the levels of its layers, kept in a file beside it,
so that it can be resumed.

The first line says, as JSON, which picture they belong to; each record after it holds its place, its pixels and a
checksum of both, appended as soon as they are drawn. What a kill cut off, or what does not match, is left out with all
after it, and drawn again.
Knows events and files. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from tiledraw.canvas.pyramid import COARSE, COARSE_TILE, TILE, Tile
from tiledraw.common.files import atomic_write, read_file
from tiledraw.drawing.events import Event, LayerLevelDone, LevelDone, TileDone

SUFFIX = ".tiles"
MOST_BYTES = 2**30  # of a file
MOST_LEVELS = 10  # of a layer, of 8 to 4096 pixels a side
_PLACE = struct.Struct("<4H8sH")  # level, tiles a side, row, column; the beginning of the checksum; bytes of pixels


def _digest(place: list[Any], pixels: np.ndarray) -> str:
    """A checksum of pixels and of where they belong."""
    return sha256(json.dumps(place).encode() + b"\n" + pixels.tobytes()).hexdigest()


class ProgressError(ValueError):
    """A file of tiles is not what it should be."""


class _Kept:
    """A file beside a picture: a first line that says which picture it belongs to, and records behind it."""

    kind = ""  # what it holds

    def __init__(self, path: Path, picture: dict[str, Any]) -> None:
        self.path = path
        self.head = json.dumps(picture, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        if not path.exists():
            return
        data = read_file(path, MOST_BYTES)
        if not data.startswith(self.head):
            raise ProgressError(
                f"{path} holds {self.kind} of another picture; give the same options as then, or remove it"
            )
        end = self._take(data, len(self.head))
        with open(path, "r+b") as file:
            file.truncate(end)  # what a kill cut off, or what is damaged

    def _take(self, data: bytes, at: int) -> int:
        """Takes the records from a place on; where the last whole one ends."""
        raise NotImplementedError

    def _append(self, record: bytes) -> None:
        if not self.path.exists():  # only now: a picture that is refused before leaves nothing
            atomic_write(self.path, self.head)
        with open(self.path, "ab") as file:
            file.write(record)

    def remove(self) -> None:
        """The picture is finished: the file goes."""
        self.path.unlink(missing_ok=True)


class LayerProgress(_Kept):
    """The file of one picture of layers.

    Args:
        path: Where the file is, or will be.
        picture: What the picture is drawn from; levels of another one are refused.

    Attributes:
        levels: Of each layer, by its subject: its ink list, and its levels from the coarse pass on.

    Raises:
        ProgressError: the file holds levels of another picture, or none at all.
    """

    kind = "layers"

    def __init__(self, path: Path, picture: dict[str, Any]) -> None:
        self.levels: dict[str, tuple[str, list[np.ndarray]]] = {}
        super().__init__(path, picture)

    def _take(self, data: bytes, at: int) -> int:
        while (end := data.find(b"\n", at)) >= 0:
            try:
                subject, inks, level, digest = json.loads(data[at:end])
                side = COARSE << level if type(level) is int and 0 <= level < MOST_LEVELS else 0
                pixels = np.frombuffer(data, np.uint8, side**2, end + 1).reshape(side, side)
                if not side or _digest([subject, inks, level], pixels) != digest:
                    break
                if level != len(self.levels.get(subject, (inks, []))[1]):
                    break
            except (ValueError, TypeError, RecursionError):
                break
            self.levels.setdefault(subject, (inks, []))[1].append(pixels)
            at = end + 1 + pixels.size
        return at

    def add(self, event: Event) -> None:
        """Keeps a level that is not kept yet."""
        if not isinstance(event, LayerLevelDone):
            return
        _, levels = self.levels.setdefault(event.subject, (event.inks, []))
        if event.level != len(levels):
            return
        levels.append(event.pixels)
        entry = [event.subject, event.inks, event.level]
        entry.append(_digest(entry, event.pixels))
        self._append(json.dumps(entry, ensure_ascii=False).encode() + b"\n" + event.pixels.tobytes())


class Progress(_Kept):
    """The file of one picture.

    Args:
        path: Where the file is, or will be.
        picture: What the picture is drawn from; tiles of another one are refused.

    Raises:
        ProgressError: the file holds tiles of another picture, or none at all.
    """

    kind = "tiles"

    def __init__(self, path: Path, picture: dict[str, Any]) -> None:
        self.finished: dict[Tile, np.ndarray] = {}
        super().__init__(path, picture)

    def _take(self, data: bytes, at: int) -> int:
        while at + _PLACE.size <= len(data):
            *place, digest, size = _PLACE.unpack_from(data, at)
            end = at + _PLACE.size + size
            if end > len(data):
                break
            pixels = np.frombuffer(data, np.uint8, size, at + _PLACE.size)
            if bytes.fromhex(_digest(place, pixels))[: len(digest)] != digest:
                break
            self.finished[Tile(*place)] = pixels
            at = end
        return at

    def add(self, event: Event) -> None:
        """Keeps the pixels of an event that has some to keep."""
        match event:
            case TileDone(tile=tile, pixels=pixels):
                self._keep(tile, pixels)
            case LevelDone(level=0, pixels=pixels):
                self._keep(COARSE_TILE, pixels)

    def _keep(self, tile: Tile, pixels: np.ndarray) -> None:
        if tile in self.finished:
            return
        assert pixels.size <= TILE * TILE
        place = [tile.level, tile.grid, tile.row, tile.column]
        digest = bytes.fromhex(_digest(place, pixels))
        self._append(_PLACE.pack(*place, digest, pixels.size) + pixels.tobytes())
