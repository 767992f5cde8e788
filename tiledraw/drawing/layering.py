"""Layering: a subject becomes a layer, from its ink list and coarse pass on, level by level, in tiles.

A layer depends on what it shows, on the seed and on the temperature alone: not on where it goes in a picture, what
lies over it, or what else is drawn. So the same subject twice is one layer, and a finer level goes on from the levels
of a coarser drawing.
Knows layers' documents and tasks, and backgrounds by name. Knows nothing about plans, boxes or decoders.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from tiledraw.canvas.pyramid import COARSE, COARSE_TILE, Tile
from tiledraw.drawing.events import Event, LayerLevelDone, LayerTileDone
from tiledraw.engine.decoding import draw_texts
from tiledraw.engine.noise import uniforms
from tiledraw.engine.scheduling import Part, Task
from tiledraw.engine.streams import Decoder
from tiledraw.format.layers import LayerDocument, from_blocks, guide_of, known_level, layer_tiles
from tiledraw.format.palettes import Palette, PaletteError, parse_palette
from tiledraw.format.vocabulary import END_THINK, Vocabulary
from tiledraw.format.weaving import DRAW
from tiledraw.language.attributes import OPEN_SCENERY

MOST_KEPT = 2**25  # pixels of finest levels that a store holds


@dataclass(frozen=True)
class LayerJob:
    """A layer to draw.

    Attributes:
        subject: What it shows.
        inks: Its ink list in words.
        level: The number of its last level, of `8 << level` pixels a side.
        seed: Of all noise.
        temperature: Of the pixels; 0 is greedy.
        borders: Whether tiles see their finished neighbours, and so wait for them.
        levels: What is drawn of it already, from the coarse pass on, `(side, side)` uint8 each.
    """

    subject: str
    inks: str
    level: int
    seed: int = 0
    temperature: float = 0.0
    borders: bool = True
    levels: tuple[np.ndarray, ...] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, str, int, float, bool]:
        """What all pixels depend on."""
        return self.subject, self.inks, self.seed, self.temperature, self.borders

    def noise(self, tile: Tile) -> np.ndarray:
        """Of the pixels of a tile, `(1, pixels)`."""
        key = (zlib.crc32(self.subject.encode()) << 8) + tile.level
        return uniforms(self.seed, key, int(tile.row), int(tile.column), tile.side**2)


class LayerStore:
    """The levels of layers that were drawn, for pictures to come; the oldest go first. Threads may share it."""

    def __init__(self) -> None:
        self._drawn = OrderedDict[tuple[Any, ...], list[np.ndarray]]()  # the oldest first
        self._lock = Lock()

    def levels(self, job: LayerJob) -> tuple[np.ndarray, ...]:
        """What has been drawn of a layer, the coarse pass first."""
        with self._lock:
            return tuple(self._drawn.get(job.key, ()))

    def keep(self, job: LayerJob, levels: list[np.ndarray]) -> None:
        """Keeps the levels of a layer, unless more of them are kept."""
        with self._lock:
            known = self._drawn.pop(job.key, [])
            self._drawn[job.key] = max(levels, known, key=len)
            while sum(one[-1].size for one in self._drawn.values()) > MOST_KEPT:
                self._drawn.popitem(last=False)


def level_for(side: int, most: int = 9) -> int:
    """The number of the first level of at least so many pixels a side, at most `most`."""
    return min(most, max(0, (side - 1).bit_length() - COARSE.bit_length() + 1))


def layer_temperature(name: str, temperature: float | None) -> float:
    """The temperature at which a layer of a picture is drawn: backgrounds that are open are never greedy."""
    return temperature or OPEN_SCENERY.get(name, 0.0)


def draw_layer(job: LayerJob) -> Part[Event, list[np.ndarray]]:
    """Draws what is missing of a layer; all its levels, the coarse pass first, `(side, side)` uint8 each."""
    levels = list(job.levels)
    for number, level in enumerate(levels[: job.level + 1]):
        yield LayerLevelDone(job.subject, job.inks, number, level)
    if not levels:
        yield Task(LayerDocument(job.subject, job.inks, COARSE_TILE), job.noise(COARSE_TILE), job.temperature)
        drawn = yield None
        assert drawn is not None
        levels.append(from_blocks(drawn[1]))
        yield LayerLevelDone(job.subject, job.inks, 0, levels[0])
    while len(levels) <= job.level:
        levels.append((yield from _draw_level(job, len(levels), levels[-1])))
        yield LayerLevelDone(job.subject, job.inks, len(levels) - 1, levels[-1])
    return levels


def _draw_level(job: LayerJob, number: int, above: np.ndarray) -> Part[Event, np.ndarray]:
    """A level from the one above: what that leaves no doubt about is filled in, the rest is drawn tile by tile."""
    known = known_level(above, number)
    pixels = np.where(known == DRAW, 0, known).astype(np.uint8)
    tiles = layer_tiles(number)
    open_tiles = [tile for tile in tiles if (known[tile.slices] == DRAW).any()]
    missing = {(tile.row, tile.column): tile for tile in open_tiles}  # not finished yet

    def is_ready(tile: Tile) -> bool:
        seen = (tile.row - 1, tile.column), (tile.row, tile.column - 1)
        return not job.borders or not any(place in missing for place in seen)

    drawing: dict[Task, LayerDocument] = {}
    ready = [tile for tile in open_tiles if is_ready(tile)]
    while missing:
        for tile in ready:
            document = _document(job, tile, above, pixels)
            task = Task(document, job.noise(tile), job.temperature)
            drawing[task] = document
            yield task
        answer = yield None
        assert answer is not None
        task, drawn = answer
        document = drawing.pop(task)
        tile = document.tile
        pixels[tile.slices] = from_blocks(drawn)
        del missing[tile.row, tile.column]
        beside = ((tile.row, tile.column + 1), (tile.row + 1, tile.column)) if job.borders else ()
        ready = [missing[place] for place in beside if place in missing and is_ready(missing[place])]
        yield LayerTileDone(document, pixels[tile.slices].copy())
    return pixels


def _document(job: LayerJob, tile: Tile, above: np.ndarray, pixels: np.ndarray) -> LayerDocument:
    rows, columns = tile.slices
    top = pixels[rows.start - 1, columns].copy() if job.borders and tile.row else None
    left = pixels[rows, columns.start - 1].copy() if job.borders and tile.column else None
    return LayerDocument(job.subject, job.inks, tile, guide_of(above, tile), top, left)


def think_inks(decoder: Decoder, vocabulary: Vocabulary, subjects: Sequence[str]) -> dict[str, Palette]:
    """The palette of each subject's layer, as the model thinks it.

    Raises:
        PaletteError: what it thinks of a subject is no ink list.
    """
    documents = [LayerDocument(subject, None, COARSE_TILE) for subject in subjects]
    palettes = {}
    for subject, text in zip(subjects, draw_texts(decoder, vocabulary, documents, END_THINK), strict=True):
        try:
            palettes[subject] = parse_palette(text)
        except PaletteError as error:
            raise PaletteError(f"the model thought of no inks for {subject!r} ({error}); train it on") from None
    return palettes
