"""Chooses the tile of a scene to learn from: mostly busy ones, since plain tiles teach next to nothing.

Knows plans, tiles and pixels. Knows nothing about documents.
"""

from __future__ import annotations

import numpy as np

from tiledraw.canvas.pyramid import MIN_SIDE, Canvas, Tile, level_sides
from tiledraw.format.think import tile_think
from tiledraw.language.first.plan import Plan

FEW_STEPS = 20  # added to every count, so that plain tiles have a chance; strokes through a tile make hundreds
MANY_STEPS = 100  # count no more: a sliver of a subject goes wrong as often as its middle


def choose_tile(
    rng: np.random.Generator, plan: Plan, side: int, busy: float, picture: np.ndarray | None = None
) -> Tile:
    """A tile of the level of `side` pixels: with probability `busy` one that a subject touches.

    With the picture of the level, `(side, side)` uint8, tiles without strokes are rare: most of a picture is plain, and
    there is next to nothing to learn from that.
    """
    number, least = len(level_sides(side)) - 1, max(side, MIN_SIDE)
    tiles = Canvas(least, least).tiles(number)
    if rng.random() < busy:
        tiles = [tile for tile in tiles if not tile_think(plan, tile).endswith("nothing")] or tiles
        if picture is not None:
            steps = np.array([count_steps(picture[tile.slices]) for tile in tiles])
            weights = FEW_STEPS + steps.clip(max=MANY_STEPS).astype(float)
            return tiles[int(rng.choice(len(tiles), p=weights / weights.sum()))]
    return tiles[rng.integers(len(tiles))]


def count_steps(pixels: np.ndarray) -> int:
    """How many neighbours in a row or a column differ."""
    return sum(int(np.count_nonzero(np.diff(pixels.astype(np.int16), axis=axis))) for axis in (0, 1))
