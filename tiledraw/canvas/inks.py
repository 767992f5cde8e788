"""Ink pictures: their levels, and what a guide of inks leaves no doubt about.

An ink picture is an array of ink numbers; a mean of two inks is none, so a level shows the most frequent ink of each
two by two pixels of the next.
Knows arrays of ink numbers. Knows nothing about palettes, tokens or models.
"""

from __future__ import annotations

import numpy as np


def reduce_inks(inks: np.ndarray) -> np.ndarray:
    """The level above: the most frequent ink of each two by two pixels, `(height, width)` uint8 -> `(height / 2,
    width / 2)` uint8. Of equally frequent inks the smallest number stays, and 0, which is nothing, goes last: where
    inks are numbered by role, outlines stay whole (`scripts/measure_inks.py` compares this with other rules)."""
    height, width = inks.shape
    blocks = inks.reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2).reshape(height // 2, width // 2, 4)
    a, b, c, d = np.moveaxis(np.sort(blocks - np.uint8(1), axis=-1), -1, 0)  # 0 has become the largest
    return np.where(a == b, a, np.where(b == c, b, np.where(c == d, c, a))) + np.uint8(1)


def ink_levels(inks: np.ndarray, coarsest: int = 8) -> list[np.ndarray]:
    """An ink picture `(side, side)` uint8, side a power of two, as all of its levels, the coarsest first."""
    levels = [inks]
    while len(levels[0]) > coarsest:
        levels.insert(0, reduce_inks(levels[0]))
    return levels


def known_inks(guide: np.ndarray) -> np.ndarray:
    """What a guide leaves no doubt about, `(side, side)` int16 of the next level, twice as large; -1 where it does: two
    by two pixels are known where the guide pixel and all eight around it (as far as there are some) are of one ink."""
    padded = np.pad(guide.astype(np.int16), 1, mode="edge")
    height, width = guide.shape
    around = np.stack([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    plain = (around == around[4]).all(0)
    return np.where(plain, guide, np.int16(-1)).repeat(2, 0).repeat(2, 1).astype(np.int16)
