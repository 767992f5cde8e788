"""Bounds: the least and the most that a pixel may be, where it is known what two by two pixels may sum to.

So a drawing keeps to the smaller picture that it is made from, pixel by pixel (as networks that enlarge are made
consistent with what they enlarge; Bahat and Michaeli, 2020, "Explorable Super Resolution").
Knows pixels in raster order. Knows nothing about guides, documents or decoders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiledraw.canvas.pixels import LEVELS

WHITE = LEVELS - 1


@dataclass(frozen=True, eq=False)
class Bounds:
    """Of each of the pixels of some rows, in raster order.

    Attributes:
        others: Which pixels of its two by two are known before it is drawn, `(..., pixels, 3)` int64; `pixels` where
            there are fewer than three.
        least, most: What it and those may sum to, `(..., pixels)` int64.
    """

    others: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, free: np.ndarray, sums: np.ndarray) -> Bounds:
        """Pixels are drawn in raster order where they are `free`, `(..., height, width)` bool; the others are known.
        `sums`: the least and the most that two by two pixels may sum to, `(..., 2, pixels / 4)`."""
        *batch, height, width = free.shape
        count = height * width
        numbers, free = np.arange(count).reshape(height, width), free.reshape(*batch, count)
        quads = np.stack([numbers[y::2, x::2].ravel() for y in (0, 1) for x in (0, 1)], axis=-1)  # (pixels / 4, 4)
        others = np.empty((*free.shape, 3), dtype=np.int64)
        least, most = np.empty(free.shape, dtype=np.int64), np.empty(free.shape, dtype=np.int64)
        for slot in range(4):
            rest = [other for other in range(4) if other != slot]
            known = ~free[..., quads[:, rest]] | (np.array(rest) < slot)  # (..., pixels / 4, 3)
            own = quads[:, slot]
            others[..., own, :] = np.where(known, quads[:, rest], count)
            least[..., own] = sums[..., 0, :] - WHITE * (3 - known.sum(-1))
            most[..., own] = sums[..., 1, :]
        return cls(others, least, most)


def within(logits: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Logits of gray levels `(B, 256)`, minus infinity below `least` and above `most`, `(B,)` each. Where no gray
    level would do, the nearest one stays."""
    grays = np.arange(LEVELS)
    low, high = least.clip(0, WHITE)[:, None], most.clip(0, WHITE)[:, None]
    return np.where((grays >= low) & (grays <= high), logits, -np.inf)
