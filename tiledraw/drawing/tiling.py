"""Tiling: what each tile of a picture is told before it is drawn: its thought, its guide, its borders, what is known.

Knows jobs, plans, levels and what a model has learned. Knows nothing about tokens, decoders or when tiles are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tiledraw.canvas.frontier import Frontier
from tiledraw.canvas.pyramid import (
    ABSENT,
    TILE,
    Borders,
    Draft,
    Level,
    Tile,
    Window,
    known_borders,
    mean_gray,
    slices_of,
)
from tiledraw.canvas.windows import windows
from tiledraw.common.checks import MAX_CANDIDATES
from tiledraw.drawing.events import PlanReady
from tiledraw.drawing.job import Job
from tiledraw.engine.noise import uniforms
from tiledraw.format.grammar import TileDocument
from tiledraw.format.guiding import plain_gray, plain_pixels, sums_within
from tiledraw.format.sketches import LARGEST, approximate
from tiledraw.format.think import known_think, read_contents, read_label, tile_think
from tiledraw.language.first_plan import GRID, Plan
from tiledraw.language.plan import Plan as LayeredPlan
from tiledraw.models.knowledge import Knowledge

FIRST = 4  # times as many candidates on levels of one tile: what goes wrong there goes wrong on all later levels
NARROW = 128  # pixels a side of the largest level whose rows are drawn again: what is above decides all shapes
DRAWING = 256  # distance between the noise levels of candidates of the same rows
WINDOW = 64  # distance between the noise levels of a level's tiles and of its windows
SKETCH = 128  # the noise level of sketches


@dataclass(frozen=True)
class Tiling:
    """The tiles of one picture: what is to be drawn, what was thought of it, and what the model knows."""

    job: Job
    ready: PlanReady
    knowledge: Knowledge

    @property
    def plan(self) -> Plan | None:
        """What is where, on 8x8 cells."""
        assert not isinstance(self.ready.plan, LayeredPlan)
        return self.ready.plan

    def windows(self, level: int, tiles: Sequence[Tile], known: np.ndarray | None) -> list[Window]:
        """The windows that tiles of a level which are still to be drawn need, or windows that these need, around
        subjects of which not all is `known`, `(side, side)` int16 and ABSENT elsewhere, None: nothing is; without
        thoughts none, since where they lie tells of the plan."""
        if self.job.order != "planned" or self.plan is None or "think" in self.job.without:
            return []
        needing = [tile for tile in tiles if tile not in self.job.finished]
        boxes, cell = [placement.box for placement in self.plan.placements], self.job.canvas.sides[level] // GRID
        if known is not None:
            boxes = [box for box in boxes if (known[slices_of(box.times(cell))] == ABSENT).any()]
        laid = windows(self.job.canvas, level, boxes)
        needed: list[Window] = []
        for window in reversed(laid):
            if any(window.shows(tile) for tile in needing):
                needed.insert(0, window)
                needing.append(window)
        return needed

    def document(
        self, tile: Tile, levels: Sequence[Level], stays: np.ndarray | None, frontier: Frontier
    ) -> TileDocument:
        """The document of a tile, as far as it is known what it sees.

        Args:
            tile: The tile, or a draft or a window.
            levels: All levels, as far as they are drawn.
            stays: Pixels of the tile's level that stay, `(side, side)` int16, ABSENT elsewhere; None: nothing does.
            frontier: Which tiles see which.
        """
        without, level = self.job.without, levels[tile.level]
        above = levels[0 if "guides" in without else tile.level - 1]
        guide = above.guide(tile, level.side, self.knowledge.grays)
        known, borders = _known(tile, level, stays, frontier)
        if "borders" in without:
            borders = Borders()
        think, sums = self._think(tile, guide), None
        # the levels of scenes are means
        if _drawings(self.job, level.side) > 1 and self.knowledge.subjects and level.side == 2 * above.side:
            sums = sums_within(guide, self.knowledge.grays, self._unbound(tile, levels, known))
        if "guides" not in without:
            known = known_pixels(think, guide, known)
        return TileDocument(think, guide, borders, known, sums=sums, sparse=self.knowledge.sparse)

    def _unbound(self, tile: Tile, levels: Sequence[Level], known: np.ndarray) -> np.ndarray:
        """What is `known` of a tile, and anything where its guide comes from sketches that are no means."""
        if self.plan is None or not self.knowledge.sketches or levels[tile.level - 1].side != LARGEST:
            return known
        return np.where(approximate(self.plan, levels[tile.level].side)[tile.slices], 0, known)

    def _think(self, tile: Tile, guide: np.ndarray) -> str:
        if self.plan is not None or "think" in self.job.without:
            return tile_think(self.plan or Plan(), tile, "think" not in self.job.without)
        return known_think(tile, read_label(self.ready.text, self.knowledge.labels), mean_gray(guide))

    def finished(self, tile: Tile, document: TileDocument, rows: int) -> np.ndarray | None:
        """The pixels of a tile that is drawn already, or of some first rows that need not be drawn, `(rows, side)`."""
        drawn = tile.tile if isinstance(tile, Draft) else tile  # then all that see the draft are drawn, too
        if drawn in self.job.finished:
            return self.job.finished[drawn]
        pixels = document.pixels
        if pixels is not None and (pixels[:rows] != ABSENT).all():
            return pixels[:rows].astype(np.uint8)
        gray = plain_gray(document) if rows == tile.side else None
        return None if gray is None else np.full((tile.side, tile.side), gray, dtype=np.uint8)

    def noise(self, tile: Tile, level_side: int) -> np.ndarray:
        """The noise of a tile, as `noise` tells; windows have noise of their own."""
        if isinstance(tile, Window):
            return noise(self.job, WINDOW + tile.level, level_side, tile.square.y0, tile.square.x0)
        return noise(self.job, tile.level, level_side, tile.row, tile.column)


def noise(job: Job, noise_level: int, level_side: int, row: int = 0, column: int = 0) -> np.ndarray:
    """Of all drawings of a tile of a level, `(drawings, pixels)`; the first is that of a tile drawn once."""
    levels = [noise_level + DRAWING * number for number in range(_drawings(job, level_side))]
    return np.stack([uniforms(job.seed, level, row, column, min(TILE, level_side) ** 2) for level in levels])


def _drawings(job: Job, level_side: int) -> int:
    """How often the rows of a tile are drawn at most."""
    if job.flat or job.temperature == 0 or job.candidates == 1 or level_side > NARROW:
        return 1
    return min(FIRST * job.candidates, MAX_CANDIDATES) if level_side <= TILE else job.candidates


def known_pixels(think: str, guide: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What is known of a tile before it is drawn, int16, ABSENT elsewhere: what is `known` already, and in tiles of
    32x32 what the guide leaves no doubt about."""
    if len(known) != TILE:
        return known
    boxes = [box for _, box in read_contents(think) or ()]
    return np.where(known == ABSENT, plain_pixels(guide, boxes), known)


def _known(tile: Tile, level: Level, stays: np.ndarray | None, frontier: Frontier) -> tuple[np.ndarray, Borders]:
    """Pixels of a tile, `(side, side)` int16, that stay or that windows keep, ABSENT elsewhere; and its borders."""
    seen = frontier.windows(tile)
    if isinstance(tile, Window):
        whole = level.known(seen, stays)
        return _until_kept(tile, whole[tile.slices]), known_borders(whole, tile.square)
    borders = level.borders(tile, partial(frontier.sees, tile))
    if seen:
        return level.known(seen, stays)[tile.slices], borders
    # large levels have no windows, and need not be copied for each tile
    return np.full((tile.side, tile.side), ABSENT, np.int16) if stays is None else stays[tile.slices], borders


def _until_kept(window: Window, known: np.ndarray) -> np.ndarray:
    """Pixels of a window as they are known, `(side, side)` int16; anything in the rows after the last that is kept,
    which nobody sees."""
    end = max(part.y1 for part in window.kept) - window.square.y0
    after = np.arange(len(known))[:, None] >= end
    return np.where(after & (known == ABSENT), 0, known).astype(np.int16)
