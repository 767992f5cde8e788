"""Clusters: the forms in which things that are alike can stand together, before anybody says where.

A form is an array [4, members] of boxes, all of one side, whose hull begins at 0 0. Most things have several: three
cats stand in a row, in two rows, in a column; which fits best is seen when the rest of the picture is known.
Knows numbers. Knows nothing about subjects, relations, plans or which form is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from tiledraw.language.boxes import Box
from tiledraw.language.laying.geometry import GRID_WORD

Form = NDArray[np.float64]  # [4, members]
LOOSE = 1.15  # sides from one to the next
CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))


def most_side(arrangement: str, count: int, canvas: Box) -> float:
    """How long the side may be, in cells, so that so many fit in so arranged."""
    width, height = canvas.width - 1, canvas.height - 1
    across, square = ceil(sqrt(count)), min(width, height)
    if found := GRID_WORD.fullmatch(arrangement):
        return min(width / int(found[2]), height / int(found[1])) * 0.95
    if arrangement in ("row", "top edge", "bottom edge"):
        return 0.95 * width / count
    if arrangement in ("column", "left edge", "right edge"):
        return 0.95 * height / count
    if arrangement.endswith("diagonal"):
        return square / (1 + 0.75 * (count - 1))
    if arrangement == "circle":  # the diameter, and the side of the polygon
        return square / (1 + max(LOOSE / sin(pi / max(count, 3)), 1.2))
    if arrangement == "corners":
        return 0.45 * square
    return 0.95 * max(min(width / across, height / ceil(count / across)), min(height / across, width / across))


def forms_of(
    count: int, side: int, arrangement: str, canvas: Box, rng: np.random.Generator, pitch: float = LOOSE
) -> list[Form]:
    """The forms in which so many may stand, those that fit into the canvas; none fits if the side is too long.

    Args:
        count: Members.
        side: In cells.
        arrangement: A word of `request.ARRANGEMENTS` or "2x3 grid"; empty: loosely, in as many rows as fit.
        canvas: Into which it has to fit; edges and corners are its own.
        rng: What is open.
        pitch: Sides from one to the next; less than 1: they overlap.
    """
    if count == 1 and arrangement != "corners" and not arrangement.endswith("edge"):
        forms = [_form(np.zeros((1, 2)), side)]
    else:
        forms = [_form(points, side) for points in _points(count, side, arrangement, canvas, rng, pitch)]
    return [form for form in forms if form[2].max() <= canvas.width and form[3].max() <= canvas.height]


def _points(
    count: int, side: int, arrangement: str, canvas: Box, rng: np.random.Generator, pitch: float
) -> Iterator[NDArray[np.float64]]:
    """Where the top left corners are: arrays [members, 2]."""
    width, height = canvas.width, canvas.height
    if found := GRID_WORD.fullmatch(arrangement):
        yield from _rows([int(found[2])] * int(found[1]), side, canvas, pitch)
    elif arrangement == "row":
        yield from _rows([count], side, canvas, pitch)
    elif arrangement == "column":
        yield from _rows([1] * count, side, canvas, pitch)
    elif arrangement == "grid":
        for columns in range(2 if count > 2 else count, count // 2 + 2):
            if count <= 2 or (count > columns and (columns + 1) // 2 * 2 >= 2):
                rows = [columns] * (count // columns) + ([count % columns] if count % columns else [])
                yield from _rows(rows, side, canvas, pitch, flush=True)
    elif arrangement == "circle":
        yield from _circles(count, side, canvas, float(rng.integers(2)) / 2)
    elif arrangement.endswith("diagonal"):
        for step in {max(pitch, 0.8), 0.95, 0.75}:
            steps = np.arange(count) * max(2.5, min(step * side, (min(width, height) - side) / max(count - 1, 1)))
            yield np.stack([steps, steps if arrangement == "diagonal" else steps[::-1]], axis=1)
    elif arrangement == "corners":
        chosen = rng.permutation(4)[:count] if count < 4 else np.arange(count)
        room = np.array([width - side - 2, height - side - 2])
        yield np.array([CORNERS[number] for number in chosen]) * room
    elif arrangement in ("top edge", "bottom edge"):
        yield np.stack([np.linspace(0, width - side - 2, count), np.zeros(count)], axis=1)
    elif arrangement.endswith("edge"):
        yield np.stack([np.zeros(count), np.linspace(0, height - side - 2, count)], axis=1)
    else:
        for lines in range(1, min(count, ceil(sqrt(count)) + 2) + 1):
            yield from _rows(_balanced(count, lines), side, canvas, pitch)


def scattered(count: int, side: int, canvas: Box, rng: np.random.Generator) -> list[Form]:
    """Loose rows whose members lie a little higher and lower, as stars or balloons do."""
    forms = []
    for rows in range(1, min(count, 3) + 1):
        for points in _rows(_balanced(count, rows), side, canvas, 1.4):
            points = points + rng.uniform(-0.2, 0.2, points.shape) * side
            forms.append(_form(points - points.min(0), side))
    return [form for form in forms if form[2].max() <= canvas.width and form[3].max() <= canvas.height]


def halves(count: int, side: int, gap: float, left: int | None = None) -> list[Form]:
    """Some on the left, the others on the right of a gap in cells, each half in a row or in a column."""
    left = ceil(count / 2) if left is None else left
    forms = []
    for down in (False, True) if count > 2 else (False,):
        points = []
        for number in range(count):
            first = number < left
            place = (number if first else number - left) * (side + 1.0)
            half = (left - 1) * (side + 1.0) if not down else 0.0
            x = (0.0 if down else place) + (0.0 if first else half + side + gap)
            points.append((x, place if down else 0.0))
        forms.append(_form(np.array(points), side))
    return forms


def rings(count: int, side: int, width: float, height: float) -> list[Form]:
    """Around a box of so many cells, clear of it; looser ones after the tightest."""
    if count <= 2:
        return halves(count, side, width + 1) if count == 2 else [_form(np.zeros((1, 2)), side)]
    least = 1.08 * side / (2 * sin(pi / count))
    forms = []
    for turn in (0.5, 0.0):
        for clear in (0.5, 0.15):
            rx, ry = max(least, width / 2 + clear * side + 0.5), max(least, height / 2 + clear * side + 0.5)
            forms.append(_form(_ring(count, rx, ry, turn), side))
    return forms


def _ring(count: int, rx: float, ry: float, turn: float) -> NDArray[np.float64]:
    angles = [2 * pi * (number + turn) / count - pi / 2 for number in range(count)]
    return np.array([(rx * cos(angle), ry * sin(angle)) for angle in angles])


def _circles(count: int, side: int, canvas: Box, turn: float) -> Iterator[NDArray[np.float64]]:
    least = max(LOOSE * side / (2 * sin(pi / max(count, 3))), 0.6 * side, 5)
    most = (min(canvas.width, canvas.height) - side - 1) / 2
    for radius in sorted({min(least, most), min(1.3 * least, most), min(1.6 * least, most)}):
        yield _ring(count, radius, radius, turn)


def _balanced(count: int, rows: int) -> list[int]:
    """How many stand in each row, the fuller ones below."""
    return [count // rows + (number >= rows - count % rows) for number in range(rows)]


def _rows(
    rows: Sequence[int], side: int, canvas: Box, pitch: float, flush: bool = False
) -> Iterator[NDArray[np.float64]]:
    """Rows of so many each, centred (or flush left), as loose as there is room: first with `pitch`, then with what
    fits."""
    columns, lines = max(rows), len(rows)
    steps = []
    for extent, number in ((canvas.width, columns), (canvas.height, lines)):
        fits = (extent - side) / max(number - 1, 1) if number > 1 else 0.0
        wanted = max(pitch * side, side + 1) if pitch >= 1 else pitch * side
        steps.append(min(wanted, fits))
    least = min(pitch, 0.9) * side
    if (columns > 1 and steps[0] < least) or (lines > 1 and steps[1] < least):
        return
    yield np.array([
        ((column if flush else column + (columns - row) / 2) * steps[0], line * steps[1])
        for line, row in enumerate(rows)
        for column in range(row)
    ])  # fmt: skip


def _form(points: NDArray[np.float64], side: int) -> Form:
    """Whole cells, so that all members have one side."""
    points = points - points.min(0)
    corners = np.floor(points + 0.5).T
    return np.concatenate([corners, corners + side])
