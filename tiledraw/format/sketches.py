"""Sketches: each subject of a plan by itself, filling a tile, and the levels of a picture put together from them.

A subject is drawn once, always at the same size and place, instead of on each level wherever a plan has it; so a model
has few pixels to learn for it. Where a picture has it larger, the sketch is drawn on, to twice its side, as a large
subject alone on a page is. Boxes larger than that are drawn as ever.
Knows plans, documents and arrays. Knows nothing about tokens or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from tiledraw.canvas.pixels import LEVELS, quantise, resize
from tiledraw.canvas.pyramid import ABSENT, COARSE, TILE, slices_of
from tiledraw.format.grammar import TileDocument
from tiledraw.format.think import sketch_think
from tiledraw.language.boxes import Box
from tiledraw.language.first_plan import GRID, Placement, Plan

LARGEST = 64  # pixels a side of the largest level that is put together: there a large subject is as large as its sketch
FINER = 2 * TILE  # pixels a side of a sketch that has been drawn on
ALONE = Box(2, 2, 6, 6)  # where it then is on a page of its own, of twice LARGEST pixels a side


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


def to_draw_on(plan: Plan, subjects: Iterable[str], sides: Iterable[int]) -> list[str]:
    """Those of the `subjects` that on one of the levels of these `sides` are larger than a sketch, and no larger than a
    finer one."""
    larger = {
        placement.subject
        for placement in plan.placements
        for side in sides
        if TILE < placement.box.middle.width * side // GRID <= FINER
    }
    return [subject for subject in subjects if subject in larger]


def plan_alone(subject: str, background: str) -> Plan:
    """The page on which a sketch is drawn on."""
    return Plan((Placement(subject, ALONE),), background)


def level_alone(sketch: np.ndarray) -> np.ndarray:
    """The level of LARGEST pixels of that page, `(64, 64)` uint8."""
    page = np.full((LARGEST, LARGEST), sketch[0, 0])
    page[slices_of(ALONE.times(LARGEST // GRID))] = sketch
    return page


def put_together(
    plan: Plan, coarse: np.ndarray, sketches: Mapping[str, np.ndarray], side: int, grays: int
) -> np.ndarray:
    """The level of `side` pixels of a picture `(side, side)` uint8: the ground from its `coarse` pass `(8, 8)` uint8,
    and in the largest square in the middle of each box a sketch `(32, 32)` uint8 on that ground, if there is one."""
    cell = side // GRID
    picture = coarse.repeat(side // COARSE, axis=0).repeat(side // COARSE, axis=1)
    placed = [(placement.subject, placement.box) for placement in plan.placements if placement.subject in sketches]
    for subject, box in placed:
        _put(picture, box.times(cell), sketches[subject])
    return quantise(picture, grays)


def _put(picture: np.ndarray, box: Box, sketch: np.ndarray) -> None:
    """Puts a sketch `(n, n)` uint8 into the middle of a box of a picture, in place, on its own ground."""
    square = box.middle
    picture[slices_of(box)] = sketch[0, 0]  # a corner pixel shows the ground alone
    picture[slices_of(square)] = _fitted(sketch, square.width)


def _fitted(sketch: np.ndarray, side: int) -> np.ndarray:
    """A sketch `(n, n)` uint8 in a box of `side` pixels: means of its pixels, or of what runs smoothly through them
    where they are not whole ones, which comes nearer to a glyph drawn as small than shares of pixels do."""
    if len(sketch) % side == 0:
        return resize(sketch, side, side)
    means = _smooth_means(len(sketch), side)
    return np.clip(np.round(means @ sketch @ means.T), 0, LEVELS - 1).astype(np.uint8)


@cache
def _smooth_means(length: int, side: int) -> np.ndarray:
    """Makes `side` pixels of so many others, `(side, length)` float64: the means over their widths of the smooth curve
    of parabolas, one a pixel, that has the others as its means (Zerroukat, Wood and Staniforth 2006, "The Parabolic
    Spline Method")."""
    pixels = np.eye(length)
    beside = np.pad(pixels, ((1, 1), (0, 0)), mode="edge")
    slopes_alike = sum(weight * np.eye(length + 1, k=k) for weight, k in ((1, -1), (4, 0), (1, 1)))
    slopes_alike[[0, -1], [0, -1]] = 5  # beyond its ends it goes on as there
    edges = np.linalg.solve(slopes_alike, 3 * (beside[:-1] + beside[1:]))  # of pixels, (length + 1, length)
    ends = np.linspace(0, length, side + 1)
    pixel = np.minimum(ends.astype(int), length - 1)
    mean, left, right, t = pixels[pixel], edges[pixel], edges[pixel + 1], (ends - pixel)[:, None]
    integral = np.tri(length, k=-1)[pixel] + left * t + (3 * mean - 2 * left - right) * t**2
    integral += (left + right - 2 * mean) * t**3
    return np.diff(integral, axis=0) * side / length


def approximate(plan: Plan, side: int) -> np.ndarray:
    """Where the level of LARGEST pixels is not just means of a finer level of `side` pixels, `(side, side)` bool."""
    cell, result = side // GRID, np.zeros((side, side), dtype=bool)
    for placement in plan.placements:  # later ones lie over earlier ones
        square = placement.box.middle
        result[slices_of(placement.box.times(cell))] = TILE % (square.width * LARGEST // GRID) != 0
    return result


def fitting(plan: Plan, sketches: Mapping[str, Sequence[np.ndarray]], side: int, grays: int) -> np.ndarray:
    """What sketches leave no doubt about on a finer level of `side` pixels: boxes no larger than they, `(side, side)`
    int16, ABSENT elsewhere. Each subject has sketches `(n, n)` uint8 of rising size; the first that is large enough
    will do."""
    known = np.full((side, side), ABSENT, dtype=np.int16)
    for placement in plan.placements:  # later ones lie over earlier ones
        box = placement.box.times(side // GRID)
        known[slices_of(box)] = ABSENT
        if large_enough := [one for one in sketches.get(placement.subject, ()) if len(one) >= box.middle.width]:
            _put(known, box, large_enough[0])
    return np.where(known == ABSENT, known, quantise(known, grays))
