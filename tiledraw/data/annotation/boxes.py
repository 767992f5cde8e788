"""Boxes as vision-language models tell them -> cells of a plan.

They are asked for in thousandths, and many models answer as they were trained all the same: in pixels of the picture as
it was resized for them, in fractions or percent, as corners or as a corner with width and height, as lists, objects or
text. One answer uses one way, so all of its boxes decide together which one it is.
Knows numbers. Knows nothing about names or JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID

Edges = tuple[float, float, float, float]  # left, top, right, bottom

_THOUSAND = 1000
_RESIZED, _STEP = 1008, 28  # pixels a side to which Qwen2.5-VL resizes a picture of 1000; sides are multiples of 28
_MOST = 2 * 1024  # a coordinate beyond is no place in a picture that is shown
_CORNERS = (("x0", "y0", "x1", "y1"), ("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"))
_SIDES = ("left", "top", "right", "bottom")
_SIZED = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))
_ENDS = (("topleft", "bottomright"), ("start", "end"), ("min", "max"), ("p1", "p2"))
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)%?")


def numbers_of(box: Any) -> tuple[list[float], bool]:
    """The four numbers of a box in whatever form, or none; and whether the last two are width and height."""
    if isinstance(box, str):
        found = [_number(text) for text in _NUMBER.findall(box[:200])]
        return (found if _are_four(found) else []), False
    if isinstance(box, Mapping):
        return _of_mapping({re.sub(r"[^a-z0-9]", "", str(key).lower()): value for key, value in box.items()})
    if isinstance(box, Sequence):
        if len(box) == 1:
            return numbers_of(box[0])
        if len(box) == 2 and all(isinstance(end, Sequence) and len(end) == 2 for end in box):
            box = [*box[0], *box[1]]
        found = [_number(value) for value in (box[:4] if len(box) == 5 else box[:5])]  # a fifth one is how sure it is
        return (found if _are_four(found) else []), False
    return [], False


def _of_mapping(box: Mapping[str, Any]) -> tuple[list[float], bool]:
    for keys in (*_CORNERS, _SIDES, *_SIZED):
        if all(key in box for key in keys):
            found = [_number(box[key]) for key in keys]
            return (found if _are_four(found) else []), keys in _SIZED
    for start, end in _ENDS:
        if start in box and end in box:
            ends = [list(one.values()) if isinstance(one, Mapping) else one for one in (box[start], box[end])]
            return numbers_of(ends)
    return [], False


def _number(value: Any) -> float:
    """A number, however it is written, percents as thousandths; NaN if it is none."""
    if isinstance(value, str):
        text = value.strip()
        match = _NUMBER.fullmatch(text[:40])
        return (float(text[:-1]) * 10 if text.endswith("%") else float(text)) if match else math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if -_MOST <= value <= _MOST else math.nan  # also of numbers that are too large for a float


def _are_four(values: Sequence[float]) -> bool:
    return len(values) == 4 and all(map(math.isfinite, values)) and all(-_MOST <= value <= _MOST for value in values)


def to_thousandths(
    boxes: Sequence[tuple[Sequence[float], bool]], size: tuple[float, float] | None = None
) -> list[Edges | None]:
    """Boxes of one answer in thousandths of the picture, inside of it; None for those of which nothing is inside.

    Args:
        boxes: Four numbers each, and whether the last two are width and height; see `numbers_of`.
        size: Width and height of the picture, if the answer says them.
    """
    told = [(list(numbers), sized) for numbers, sized in boxes]
    most = max((max(numbers) for numbers, _ in told), default=0.0)
    width, height = size if size and most <= 1.02 * max(size) else (_scale(most),) * 2
    lists = [numbers for numbers, sized in told if not sized]
    if any(x1 <= x0 or y1 <= y0 for x0, y0, x1, y1 in lists) and all(
        x + w <= 1.02 * width and y + h <= 1.02 * height and w > 0 and h > 0 for x, y, w, h in lists
    ):
        told = [(numbers, True) for numbers, _ in told]  # corners would be turned; widths and heights fit
    return [_inside(numbers, sized, width, height) for numbers, sized in told]


def _scale(most: float) -> float:
    """The side of a picture in which the largest coordinate is this."""
    if most <= 1.05:
        return 1.0
    return float(_THOUSAND) if most <= _THOUSAND else max(_RESIZED, _STEP * math.ceil(most / _STEP))


def _inside(numbers: Sequence[float], sized: bool, width: float, height: float) -> Edges | None:
    x0, y0, x1, y1 = numbers
    if sized:
        x1, y1 = x0 + x1, y0 + y1
    sides = ((x0, x1, width), (y0, y1, height))
    (left, right), (top, bottom) = (
        sorted(min(max(_THOUSAND * edge / side, 0.0), float(_THOUSAND)) for edge in (start, end))
        for start, end, side in sides
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def area(edges: Edges) -> float:
    return (edges[2] - edges[0]) * (edges[3] - edges[1])


def to_cells(box: Sequence[float]) -> Box:
    """A box `left top right bottom` in thousandths of a square picture, in plan cells: the nearest edges, and at least
    the one cell that holds the middle."""
    (x0, x1), (y0, y1) = (_cells(start, end) for start, end in (box[0::2], box[1::2]))
    return Box(x0, y0, x1, y1)


def _cells(start: float, end: float) -> tuple[int, int]:
    low, high = (math.floor(GRID * edge / _THOUSAND + 0.5) for edge in (start, end))
    if low < high:
        return low, high
    middle = min(GRID - 1, math.floor(GRID * (start + end) / 2 / _THOUSAND))
    return middle, middle + 1
