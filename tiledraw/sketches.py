"""Sketches: each subject of a plan by itself, filling a tile, and the first levels of a picture put together from them.

A subject is drawn once, always at the same size and place, instead of on each level wherever a plan has it; so a model
has few pixels to learn for it. Finer levels are drawn as ever, but for boxes as large as a sketch.
Knows plans, documents and arrays. Knows nothing about tokens or models.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiledraw.grammar import TileDocument
from tiledraw.pixels import quantise, resize
from tiledraw.plan import GRID, Plan
from tiledraw.pyramid import ABSENT, COARSE, TILE, slices_of
from tiledraw.think import sketch_think

LARGEST = 64  # pixels a side of the largest level that is put together: there a large subject is as large as its sketch


def sketch_document(
    subject: str, background: str, pixels: np.ndarray | None = None, slipped: np.ndarray | None = None
) -> TileDocument:
    """A sketch to draw, or drawn: a tile whose thought says it all, without guide and borders."""
    guide = np.full((TILE // 2 + 1, TILE // 2), ABSENT, dtype=np.int16)
    return TileDocument(sketch_think(subject, background), guide, pixels=pixels, slipped=slipped)


def open_subjects(plan: Plan, stays: np.ndarray | None) -> list[str]:
    """Subjects of which something is to be drawn around what `stays` of a level `(side, side)` int16, ABSENT elsewhere;
    None: nothing does."""
    if stays is None:
        return list(dict.fromkeys(plan.subjects))
    cell = len(stays) // GRID
    slices = [(placement.subject, slices_of(placement.box.times(cell))) for placement in plan.placements]
    return list(dict.fromkeys(subject for subject, place in slices if (stays[place] == ABSENT).any()))


def put_together(
    plan: Plan, coarse: np.ndarray, sketches: Mapping[str, np.ndarray], side: int, grays: int
) -> np.ndarray:
    """The level of `side` pixels of a picture `(side, side)` uint8: the ground from its `coarse` pass `(8, 8)` uint8,
    and in the largest square in the middle of each box a sketch `(32, 32)` uint8 on that ground, if there is one."""
    cell = side // GRID
    picture = coarse.repeat(side // COARSE, axis=0).repeat(side // COARSE, axis=1)
    placed = [(placement.subject, placement.box) for placement in plan.placements if placement.subject in sketches]
    for subject, box in placed:
        sketch, own = sketches[subject], box.times(cell)
        square = own.middle
        picture[slices_of(own)] = sketch[0, 0]  # a corner: the ground
        picture[slices_of(square)] = resize(sketch, square.width, square.height)
    return quantise(picture, grays)


def exact(plan: Plan, sketches: Mapping[str, np.ndarray], side: int) -> np.ndarray:
    """What sketches leave no doubt about on a finer level of `side` pixels: boxes as large as they, `(side, side)`
    int16, ABSENT elsewhere."""
    cell = side // GRID
    known = np.full((side, side), ABSENT, dtype=np.int16)
    for placement in plan.placements:  # later ones lie over earlier ones
        box = placement.box.times(cell)
        fits = placement.subject in sketches and box.width == box.height == TILE
        known[slices_of(box)] = sketches[placement.subject] if fits else ABSENT
    return known
