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
    Level,
    Tile,
    mean_gray,
)
from tiledraw.drawing.events import PlanReady
from tiledraw.drawing.job import Job
from tiledraw.engine.noise import uniforms
from tiledraw.format.grammar import TileDocument
from tiledraw.format.guiding import plain_gray, plain_pixels
from tiledraw.format.think import known_think, read_contents, read_label, tile_think
from tiledraw.language.first.plan import Plan
from tiledraw.language.plan import Plan as LayeredPlan
from tiledraw.models.knowledge import Knowledge


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

    def document(
        self, tile: Tile, levels: Sequence[Level], stays: np.ndarray | None, frontier: Frontier
    ) -> TileDocument:
        """The document of a tile, as far as it is known what it sees.

        Args:
            tile: The tile.
            levels: All levels, as far as they are drawn.
            stays: Pixels of the tile's level that stay, `(side, side)` int16, ABSENT elsewhere; None: nothing does.
            frontier: Which tiles see which.
        """
        without, level = self.job.without, levels[tile.level]
        above = levels[0 if "guides" in without else tile.level - 1]
        guide = above.guide(tile, level.side, self.knowledge.grays)
        borders = Borders() if "borders" in without else level.borders(tile, partial(frontier.sees, tile))
        # large levels need not be copied for each tile
        known = np.full((tile.side, tile.side), ABSENT, np.int16) if stays is None else stays[tile.slices]
        think = self._think(tile, guide)
        if "guides" not in without:
            known = known_pixels(think, guide, known)
        return TileDocument(think, guide, borders, known, sparse=self.knowledge.sparse)

    def _think(self, tile: Tile, guide: np.ndarray) -> str:
        if self.plan is not None or "think" in self.job.without:
            return tile_think(self.plan or Plan(), tile, "think" not in self.job.without)
        return known_think(tile, read_label(self.ready.text, self.knowledge.labels), mean_gray(guide))

    def finished(self, tile: Tile, document: TileDocument, rows: int) -> np.ndarray | None:
        """The pixels of a tile that is drawn already, or of some first rows that need not be drawn, `(rows, side)`."""
        if tile in self.job.finished:
            return self.job.finished[tile]
        pixels = document.pixels
        if pixels is not None and (pixels[:rows] != ABSENT).all():
            return pixels[:rows].astype(np.uint8)
        gray = plain_gray(document) if rows == tile.side else None
        return None if gray is None else np.full((tile.side, tile.side), gray, dtype=np.uint8)

    def noise(self, tile: Tile, level_side: int) -> np.ndarray:
        """The noise of a tile, as `noise` tells."""
        return noise(self.job, tile.level, level_side, tile.row, tile.column)


def noise(job: Job, noise_level: int, level_side: int, row: int = 0, column: int = 0) -> np.ndarray:
    """Of a tile of a level, `(pixels,)`."""
    return uniforms(job.seed, noise_level, row, column, min(TILE, level_side) ** 2)


def known_pixels(think: str, guide: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What is known of a tile before it is drawn, int16, ABSENT elsewhere: what is `known` already, and in tiles of
    32x32 what the guide leaves no doubt about."""
    if len(known) != TILE:
        return known
    boxes = [box for _, box in read_contents(think) or ()]
    return np.where(known == ABSENT, plain_pixels(guide, boxes), known)
