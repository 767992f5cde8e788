"""History: pictures that were drawn, kept in a folder: a PNG each, its layers beside it, and a table of them in SQLite.

Knows pictures and files. Knows nothing about HTTP or how pictures are drawn.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from PIL import Image

from tiledraw.canvas.pictures import png_info
from tiledraw.common.checks import shorten
from tiledraw.common.files import atomic_open, atomic_write, check_writable_folder
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.picture import LAYERED, AnyPlan, Picture, hash_of
from tiledraw.serving.opening import Opened
from tiledraw.serving.plans import plan_to_data
from tiledraw.serving.previews import png_of

THUMBNAIL = 192  # pixels a side at most
MOST_LISTED = 100
MOST = 2**62  # numbers of pictures
_COLUMNS = "number, id, time, prompt, width, height, seed, plan"


class UnknownPictureError(ValueError):
    """The history holds no such picture."""


@dataclass(frozen=True)
class Entry:
    """What the history says of a picture: `number` counts them from the oldest on, `plan` is as JSON holds it."""

    number: int
    id: str
    time: float
    prompt: str
    size: tuple[int, int]
    seed: int
    plan: dict[str, Any] | None


class History:
    """The pictures of a folder. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Raises an OSError or a ValueError of one sentence if the folder can't be used."""
        folder.mkdir(parents=True, exist_ok=True)
        check_writable_folder(folder)
        self.folder, self._lock = folder, Lock()
        try:
            self._table = sqlite3.connect(folder / "history.sqlite", check_same_thread=False)
            with self._table:
                self._table.execute(
                    "CREATE TABLE IF NOT EXISTS pictures (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, "
                    "time REAL, prompt TEXT, width INTEGER, height INTEGER, seed TEXT, plan TEXT, pixels TEXT, "
                    "thumbnail BLOB)"
                )
        except sqlite3.Error as error:
            raise ValueError(
                f"the history in {folder} can't be opened ({error}); give --history another folder"
            ) from None

    def add(self, picture: Picture) -> Entry:
        """Keeps a picture that was drawn."""
        name = secrets.token_hex(8)
        picture.save(self.folder / f"{name}.png")
        if picture.layers:
            picture.save(self.folder / f"{name}{LAYERED}")
        return self._enter(name, picture, picture.prompt, picture.seed, picture.plan)

    def add_opened(self, opened: Opened) -> Entry:
        """Keeps a picture of layers that somebody has sent, unless it is there already."""
        assert opened.plan is not None
        command = f"SELECT {_COLUMNS} FROM pictures WHERE pixels = ? AND plan = ? AND seed = ? ORDER BY number DESC"
        told = hash_of(opened.image), json.dumps(plan_to_data(opened.plan)), str(opened.record.seed)
        with self._lock:
            same = self._table.execute(command, told).fetchone()
        if same is not None:
            return _entry(same)
        name = secrets.token_hex(8)
        with atomic_open(self.folder / f"{name}.png") as file:
            opened.image.save(file, "PNG", pnginfo=png_info(opened.chunks))
        if opened.layered is not None:
            atomic_write(self.folder / f"{name}{LAYERED}", opened.layered)
        return self._enter(name, opened.image, opened.record.prompt, opened.record.seed, opened.plan)

    def _enter(self, name: str, image: Image.Image, prompt: str, seed: int, plan: AnyPlan | None) -> Entry:
        now, thumbnail = time.time(), Image.Image.copy(image)
        thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
        data = plan_to_data(plan) if plan else None
        pixels, small = hash_of(image), png_of(thumbnail)
        values = (name, now, prompt, *image.size, str(seed), json.dumps(data), pixels, small)
        marks = ", ".join("?" * len(values))
        with self._lock, self._table:
            columns = _COLUMNS.removeprefix("number, ")
            command = f"INSERT INTO pictures ({columns}, pixels, thumbnail) VALUES ({marks})"
            number = self._table.execute(command, values).lastrowid
        return Entry(number or 0, name, now, prompt, image.size, seed, data)

    def newest(self, before: int | None = None, count: int = 30) -> list[Entry]:
        """The newest pictures first, only those older than the number `before` if it is given."""
        command = f"SELECT {_COLUMNS} FROM pictures WHERE number < ? ORDER BY number DESC LIMIT ?"
        below = MOST if before is None else min(max(before, 0), MOST)  # as large a number as SQLite takes
        with self._lock:
            rows = self._table.execute(command, (below, min(max(count, 0), MOST_LISTED))).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, name: str) -> Entry:
        """Raises an UnknownPictureError if there is none of that id."""
        return _entry(self._row(_COLUMNS, name))

    def thumbnail(self, name: str) -> bytes:
        """A small PNG. Raises an UnknownPictureError if there is none of that id."""
        return bytes(self._row("thumbnail", name)[0])

    def file(self, name: str, suffix: str = ".png") -> Path:
        """The file of a picture. Raises an UnknownPictureError if there is none."""
        path = self.folder / f"{self.entry(name).id}{suffix}"
        if not path.is_file():
            raise UnknownPictureError(f"the history has no file {path.name}")
        return path

    def layers(self, name: str) -> list[tuple[int, int, Image.Image]]:
        """The layers of a picture, the lowest first: column, row, and colours. Raises as `file` does."""
        layers = read_openraster(self.file(name, LAYERED)).layers
        return [(layer.x, layer.y, Image.fromarray(layer.colours)) for layer in layers]

    def remove(self, name: str) -> None:
        """Forgets a picture. Raises an UnknownPictureError if there is none of that id."""
        entry = self.entry(name)
        with self._lock, self._table:
            self._table.execute("DELETE FROM pictures WHERE id = ?", (entry.id,))
        for suffix in (".png", LAYERED):
            (self.folder / f"{entry.id}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing more is asked of it."""
        with self._lock:
            self._table.close()

    def _row(self, columns: str, name: str) -> tuple[Any, ...]:
        with self._lock:
            row: tuple[Any, ...] | None = self._table.execute(
                f"SELECT {columns} FROM pictures WHERE id = ?", (name,)
            ).fetchone()
        if row is None:
            raise UnknownPictureError(f"the history has no picture {shorten(name)}")
        return row


def _entry(row: tuple[Any, ...]) -> Entry:
    number, name, when, prompt, width, height, seed, plan = row
    return Entry(number, name, when, prompt, (width, height), int(seed), json.loads(plan))
