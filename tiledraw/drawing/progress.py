"""Progress: the finished tiles of a picture that is being drawn, or the levels of its layers, kept in a file beside it,
so that it can be resumed.

The first line says, as JSON, which picture they belong to; each record after it holds its place and its pixels,
appended as soon as they are drawn. A record that a kill cut off is left out; a level has a checksum, and one that does
not match, with all after it, is drawn again.
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
from tiledraw.common.files import atomic_write
from tiledraw.drawing.events import Event, LayerLevelDone, LevelDone, TileDone

SUFFIX = ".tiles"
_PLACE = struct.Struct("<4HH")  # level, tiles a side, row, column; bytes of pixels


class ProgressError(ValueError):
    """A file of tiles is not what it should be."""


class LayerProgress:
    """The file of one picture of layers.

    Args:
        path: Where the file is, or will be.
        picture: What the picture is drawn from; levels of another one are refused.

    Attributes:
        levels: Of each layer, by its subject: its ink list, and its levels from the coarse pass on.

    Raises:
        ProgressError: the file holds levels of another picture, or none at all.
    """

    def __init__(self, path: Path, picture: dict[str, Any]) -> None:
        self.path = path
        self.levels: dict[str, tuple[str, list[np.ndarray]]] = {}
        self.head = json.dumps(picture, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        if path.exists():
            self._read(path.read_bytes())

    def _read(self, data: bytes) -> None:
        if not data.startswith(self.head):
            raise ProgressError(
                f"{self.path} holds layers of another picture; give the same options as then, or remove it"
            )
        at = len(self.head)
        while (end := data.find(b"\n", at)) >= 0:
            try:
                subject, inks, level, side, digest = json.loads(data[at:end])
                pixels = np.frombuffer(data, np.uint8, side**2, end + 1).reshape(side, side)
                _, levels = self.levels.setdefault(subject, (inks, []))
                if sha256(pixels.tobytes()).hexdigest() != digest or level != len(levels) or side != COARSE << level:
                    break
            except (ValueError, TypeError):
                break
            levels.append(pixels)
            at = end + 1 + pixels.size
        with open(self.path, "r+b") as file:
            file.truncate(at)  # what a kill cut off, or what is damaged

    def add(self, event: Event) -> None:
        """Keeps a level that is not kept yet."""
        if not isinstance(event, LayerLevelDone):
            return
        _, levels = self.levels.setdefault(event.subject, (event.inks, []))
        if event.level != len(levels):
            return
        levels.append(event.pixels)
        if not self.path.exists():  # only now: a picture that is refused before leaves nothing
            atomic_write(self.path, self.head)
        digest = sha256(event.pixels.tobytes()).hexdigest()
        entry = [event.subject, event.inks, event.level, len(event.pixels), digest]
        with open(self.path, "ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n" + event.pixels.tobytes())

    def remove(self) -> None:
        """The picture is finished: the file goes."""
        self.path.unlink(missing_ok=True)


class Progress:
    """The file of one picture.

    Args:
        path: Where the file is, or will be.
        picture: What the picture is drawn from; tiles of another one are refused.

    Raises:
        ProgressError: the file holds tiles of another picture, or none at all.
    """

    def __init__(self, path: Path, picture: dict[str, Any]) -> None:
        self.path = path
        self.finished: dict[Tile, np.ndarray] = {}
        self.head = json.dumps(picture, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        if path.exists():
            self._read(path.read_bytes())

    def _read(self, data: bytes) -> None:
        if not data.startswith(self.head):
            raise ProgressError(
                f"{self.path} holds tiles of another picture; give the same options as then, or remove it"
            )
        at = len(self.head)
        while at + _PLACE.size <= len(data):
            *place, size = _PLACE.unpack_from(data, at)
            end = at + _PLACE.size + size
            if end > len(data):
                break
            self.finished[Tile(*place)] = np.frombuffer(data, np.uint8, size, at + _PLACE.size)
            at = end
        with open(self.path, "r+b") as file:
            file.truncate(at)  # what a kill cut off

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
        if not self.path.exists():  # only now: a picture that is refused before leaves nothing
            atomic_write(self.path, self.head)
        record = _PLACE.pack(tile.level, tile.grid, tile.row, tile.column, pixels.size) + pixels.tobytes()
        with open(self.path, "ab") as file:
            file.write(record)

    def remove(self) -> None:
        """The picture is finished: the file goes."""
        self.path.unlink(missing_ok=True)
