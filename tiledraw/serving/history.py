"""History: pictures that were drawn, kept in a folder: a PNG each, its layers beside it, and a table of them in SQLite.

Knows pictures and files. Knows nothing about HTTP or how pictures are drawn.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from PIL import Image

from tiledraw.canvas.pictures import png_info
from tiledraw.common.checks import shorten
from tiledraw.common.files import atomic_open, atomic_write, check_writable_folder
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.picture import LAYERED, Picture, hash_of, image_of
from tiledraw.drawing.previews import png_of
from tiledraw.language.plan import Plan
from tiledraw.serving.opening import Opened
from tiledraw.serving.plans import frame_of, plan_to_data

THUMBNAIL = 192  # pixels a side at most
MOST_LISTED = 100
MOST = 2**62  # numbers of pictures
NO_FRAME = (0, 0, 1)  # of pictures without a plan
_COLUMNS = "number, id, time, prompt, width, height, seed, plan, frame, told"
_TOLD = ("thought", "remark", "other")
_LATER = ("frame", "told")  # which the first histories do not have


class UnknownPictureError(ValueError):
    """The history holds no such picture."""


class HistoryError(Exception):
    """The history can't be read or written any longer."""


@dataclass(frozen=True)
class Entry:
    """What the history says of a picture.

    Attributes:
        number: Counts them from the oldest on; 0 if it is not kept.
        id: Its name; "" if it is not kept.
        time: When it was drawn, in seconds since 1970.
        prompt: What was asked for.
        size: Width and height.
        seed: Of its noise.
        plan: As JSON holds it; None of a picture that has none, such as a photo.
        over: Whether it was drawn over another picture.
        frame: Where the square of the plan grid lies: column, row and side, in pixels.
        thought: What the model thought, "" if that is not known.
        remark: What was said of the picture.
        other: The plan, as JSON holds it, of what may as well have been asked for; None if that is not in doubt.
    """

    number: int
    id: str
    time: float
    prompt: str
    size: tuple[int, int]
    seed: int
    plan: dict[str, Any] | None
    over: bool
    frame: tuple[float, float, float]
    thought: str = ""
    remark: str = ""
    other: dict[str, Any] | None = None


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
                columns = {row[1] for row in self._table.execute("PRAGMA table_info(pictures)")}
                for name in _LATER:
                    if name not in columns:
                        self._table.execute(f"ALTER TABLE pictures ADD COLUMN {name} TEXT")
        except sqlite3.Error as error:
            raise ValueError(
                f"the history in {folder} can't be opened ({error}); give --history another folder"
            ) from None

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        """The table, for one thread at a time. Raises a HistoryError if it is of no use any longer."""
        with self._writing(), self._lock, self._table:
            yield self._table

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A block that raises a HistoryError if the folder is of no use any longer."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise HistoryError(f"the history in {self.folder} can't be used ({reason})") from None

    def add(self, picture: Picture, ground: Ground | None = None, remark: str = "", other: Plan | None = None) -> Entry:
        """Keeps a picture that was drawn, over a ground if one is given, and what was said of it. Raises a HistoryError
        if it can't."""
        entry = entry_of(picture, ground, remark, other)
        with self._writing():
            picture.save(self._path(entry))
            if picture.layers:
                picture.save(self._path(entry, LAYERED))
        return self._enter(entry, picture)

    def add_opened(self, opened: Opened) -> Entry:
        """Keeps a picture of layers that somebody has sent, unless it is there already. Raises a HistoryError if it
        can't."""
        assert opened.drawn is not None
        record, ground = opened.record, opened.drawn.ground
        entry = _new_entry(opened.image, record.prompt, record.seed, opened.drawn.plan, ground)
        if (same := self._same(entry, opened.image)) is not None:
            return same
        with self._writing():
            with atomic_open(self._path(entry)) as file:
                opened.image.save(file, "PNG", pnginfo=png_info(opened.chunks))
            if opened.layered is not None:
                atomic_write(self._path(entry, LAYERED), opened.layered)
        return self._enter(entry, opened.image)

    def add_ground(self, ground: Ground) -> Entry:
        """Keeps a picture of anybody's, to draw over, unless it is there already. Raises a HistoryError if it can't."""
        image = image_of(ground.colours)
        entry = _new_entry(image, "", 0, None, None)
        if (same := self._same(entry, image)) is not None:
            return same
        with self._writing(), atomic_open(self._path(entry)) as file:
            image.save(file, "PNG")
        return self._enter(entry, image)

    def _path(self, entry: Entry, suffix: str = ".png") -> Path:
        return self.folder / f"{entry.id}{suffix}"

    def _same(self, entry: Entry, image: Image.Image) -> Entry | None:
        """The picture that is the same one, if it is there."""
        command = f"SELECT {_COLUMNS} FROM pictures WHERE pixels = ? AND plan = ? AND seed = ? ORDER BY number DESC"
        with self._asking() as table:
            row = table.execute(command, (hash_of(image), json.dumps(entry.plan), str(entry.seed))).fetchone()
        return _entry(row) if row else None

    def _enter(self, entry: Entry, image: Image.Image) -> Entry:
        thumbnail = Image.Image.copy(image)
        thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
        frame = json.dumps(entry.frame) if entry.over else None
        about = (entry.id, entry.time, entry.prompt, *entry.size, str(entry.seed), json.dumps(entry.plan), frame)
        told = json.dumps({name: getattr(entry, name) for name in _TOLD})
        values = (*about, told, hash_of(image), png_of(thumbnail))
        marks = ", ".join("?" * len(values))
        with self._asking() as table:
            columns = _COLUMNS.removeprefix("number, ")
            command = f"INSERT INTO pictures ({columns}, pixels, thumbnail) VALUES ({marks})"
            number = table.execute(command, values).lastrowid
        return replace(entry, number=number or 0)

    def newest(self, before: int | None = None, count: int = 30) -> list[Entry]:
        """The newest pictures first, only those older than the number `before` if it is given."""
        command = f"SELECT {_COLUMNS} FROM pictures WHERE number < ? ORDER BY number DESC LIMIT ?"
        below = MOST if before is None else min(max(before, 0), MOST)  # as large a number as SQLite takes
        with self._asking() as table:
            rows = table.execute(command, (below, min(max(count, 0), MOST_LISTED))).fetchall()
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

    def layered_file(self, name: str) -> Path:
        """The file of a picture that holds most of it: its layers, too, if they were kept. Raises as `file` does."""
        path = self.folder / f"{self.entry(name).id}{LAYERED}"
        return path if path.is_file() else self.file(name)

    def layers(self, name: str) -> list[tuple[int, int, Image.Image]]:
        """The layers of a picture, the lowest first: column, row, and colours. Raises as `file` does."""
        layers = read_openraster(self.file(name, LAYERED)).layers
        return [(layer.x, layer.y, Image.fromarray(layer.colours)) for layer in layers]

    def remove(self, name: str) -> None:
        """Forgets a picture. Raises an UnknownPictureError if there is none of that id."""
        entry = self.entry(name)
        with self._asking() as table:
            table.execute("DELETE FROM pictures WHERE id = ?", (entry.id,))
            for suffix in (".png", LAYERED):
                self._path(entry, suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing more is asked of it."""
        with self._lock:
            self._table.close()

    def _row(self, columns: str, name: str) -> tuple[Any, ...]:
        with self._asking() as table:
            command = f"SELECT {columns} FROM pictures WHERE id = ?"
            row: tuple[Any, ...] | None = table.execute(command, (name,)).fetchone()
        if row is None:
            raise UnknownPictureError(f"the history has no picture {shorten(name)}")
        return row


def entry_of(picture: Picture, ground: Ground | None = None, remark: str = "", other: Plan | None = None) -> Entry:
    """What is to be said of a picture that was drawn."""
    entry = _new_entry(picture, picture.prompt, picture.seed, picture.plan, ground)
    return replace(entry, thought=picture.thought, remark=remark, other=plan_to_data(other) if other else None)


def _new_entry(image: Image.Image, prompt: str, seed: int, plan: Plan | None, ground: Ground | None) -> Entry:
    data, frame = plan_to_data(plan) if plan else None, frame_of(image.size, ground) if plan else NO_FRAME
    return Entry(0, secrets.token_hex(8), time.time(), prompt, image.size, seed, data, ground is not None, frame)


def _entry(row: tuple[Any, ...]) -> Entry:
    number, name, when, prompt, width, height, seed, plan, frame, told = row
    size, data = (width, height), json.loads(plan)
    known = tuple(json.loads(frame)) if frame else frame_of(size) if data else NO_FRAME
    about = json.loads(told) if told else {}
    return Entry(number, name, when, prompt, size, int(seed), data, frame is not None, known, **about)
