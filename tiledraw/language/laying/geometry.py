"""Geometry: how far boxes are from what a word says of them, in cells of the plan grid; 0 means that it holds.

Each word of a request that speaks of where things are has one definition here. Layouts are searched with it, plans are
judged with it. All are pure functions of boxes: arrays [4, members, places], x0, y0, x1, y1 first, y downwards. Places
are alternatives, all measured at once, so that a search sees the whole picture; results are arrays [places].
Knows arrays. Knows nothing about subjects, requests, plans or depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from math import ceil, sqrt
from typing import Any

import numpy as np

from tiledraw.language.boxes import Box, PlanError

# Arrays of floats, whose types numpy forgets at the first index.
Boxes = Any  # [4, members, places]; of pairs also [4, members, others, places]
Off = Any  # [places], in cells
TOLERANCE = 1.0  # cells that a judge forgives, a thirty-second of the picture: too little for people to see
GRID_WORD = re.compile(r"(\d{1,2})x(\d{1,2}) grid")
SLOTS = ("head", "face", "neck", "body", "hand", "feet", "back")  # where things are worn
_STEP = 4.0  # cells that a missing member, quadrant or line counts


def boxes_of(boxes: Sequence[Box]) -> Boxes:
    """Boxes as an array [4, members, 1]."""
    return np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes], dtype=float).T[:, :, None]


def hull_of(*groups: Boxes) -> Boxes:
    """The smallest boxes around all members: [4, 1, places]."""
    parts = [
        group
        if group.shape[1] == 1
        else np.concatenate([group[:2].min(1, keepdims=True), group[2:].max(1, keepdims=True)])
        for group in groups
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = np.concatenate([np.minimum(whole[:2], part[:2]), np.maximum(whole[2:], part[2:])])
    return whole


def overlap(a: Boxes, b: Boxes, axis: int) -> Boxes:
    """How far boxes overlap along x (0) or y (1); less than 0 is a gap."""
    return np.minimum(a[axis + 2], b[axis + 2]) - np.maximum(a[axis], b[axis])


def covering(a: Boxes, b: Boxes) -> Boxes:
    """The share of a that b covers, from 0 to 1."""
    both = _over(overlap(a, b, 0), 0) * _over(overlap(a, b, 1), 0)
    return both / (_size(a, 0) * _size(a, 1))


def _over(value: Boxes, most: Boxes | float) -> Boxes:
    return np.maximum(value - most, 0.0)


def _short(value: Boxes, least: Boxes | float) -> Boxes:
    return np.maximum(least - value, 0.0)


def _outside(value: Boxes, low: Boxes | float, high: Boxes | float) -> Boxes:
    return np.maximum(np.maximum(low - value, value - high), 0.0)


def _size(boxes: Boxes, axis: int) -> Boxes:
    return boxes[axis + 2] - boxes[axis]


def _middle(boxes: Boxes, axis: int) -> Boxes:
    return (boxes[axis] + boxes[axis + 2]) / 2


def _narrower(a: Boxes, b: Boxes, axis: int) -> Boxes:
    return np.minimum(_size(a, axis), _size(b, axis))


def _covers(a: Boxes, b: Boxes, axis: int, part: float) -> Boxes:
    """How far from overlapping along an axis by a part of the shorter one."""
    return _short(overlap(a, b, axis), part * _narrower(a, b, axis))


def _side(boxes: Boxes) -> Boxes:
    """The side of a square of the mean area: [places]."""
    return np.sqrt((_size(boxes, 0) * _size(boxes, 1)).mean(0))


# Relations of one box to another -------------------------------------------------------------------------------------


def _before(a: Boxes, b: Boxes, axis: int) -> Boxes:
    """a lies before b: its middle by 3 cells, and they overlap by at most a fifth of the narrower one."""
    return _short(_middle(b, axis) - _middle(a, axis), 3) + _over(overlap(a, b, axis), _narrower(a, b, axis) / 5)


def _on(a: Boxes, b: Boxes) -> Boxes:
    """Its bottom is inside b or just above its top, its middle is not the lower one, and it stands over b by at least
    six tenths of the narrower one."""
    return _covers(a, b, 0, 0.6) + _outside(a[3], b[1] - 0.5, b[3] - 0.5) + _over(_middle(a, 1), _middle(b, 1))


def _under(a: Boxes, b: Boxes) -> Boxes:
    """Its middle is 3 cells lower or more, and its bottom at most one higher; sideways it is below b."""
    return _covers(a, b, 0, 0.6) + _short(_middle(a, 1) - _middle(b, 1), 3) + _short(a[3], b[3] - 1)


def _in(a: Boxes, b: Boxes) -> Boxes:
    """Its middle is inside b, half a cell or more from the edges, and it is smaller: at most eight tenths as wide."""
    inside = sum(_outside(_middle(a, axis), b[axis] + 0.5, b[axis + 2] - 0.5) for axis in (0, 1))
    return inside + _over(_size(a, 0), 0.8 * _size(b, 0))


def _in_front_of(a: Boxes, b: Boxes) -> Boxes:
    """What is nearer stands lower, by a cell or more, and hides a part: sideways they overlap by six tenths of the
    narrower one, and there is no gap of more than 2 cells between them."""
    lower = _short(a[3] - b[3], 1) + _short(_middle(a, 1) - _middle(b, 1), 1)
    return _covers(a, b, 0, 0.6) + lower + _over(-overlap(a, b, 1), 2)


def _beside(a: Boxes, b: Boxes, most: float) -> Boxes:
    """Side by side: a gap of at most `most` cells, an overlap of at most a fifth of the narrower one, and in height
    they overlap by at least half the lower one."""
    sideways = overlap(a, b, 0)
    return _over(-sideways, most) + _over(sideways, _narrower(a, b, 0) / 5) + _covers(a, b, 1, 0.5)


def _near(a: Boxes, b: Boxes) -> Boxes:
    """Gaps of at most 6 cells, in any direction."""
    return _over(-overlap(a, b, 0), 6) + _over(-overlap(a, b, 1), 6)


def _riding(a: Boxes, b: Boxes) -> Boxes:
    """On b, its bottom from a tenth of the way down to seven tenths, and its middle 2 cells higher or more."""
    height = _size(b, 1)
    seated = _outside(a[3], b[1] + height / 10, b[1] + 0.7 * height)
    return _covers(a, b, 0, 0.6) + seated + _short(_middle(b, 1) - _middle(a, 1), 2)


def _jumping_over(a: Boxes, b: Boxes) -> Boxes:
    """Above b, with a gap of at most 5 cells."""
    return _covers(a, b, 0, 0.5) + _outside(-overlap(a, b, 1), 0, 5) + _short(b[1] - a[3], 0)


def _chasing(a: Boxes, b: Boxes) -> Boxes:
    """Beside b, with a gap of at most 6 cells, standing about as low."""
    return _beside(a, b, 6) + _over(abs(a[3] - b[3]), 3)


def _looking_at(a: Boxes, b: Boxes) -> Boxes:
    """Beside b, with a gap of at most 8 cells, or below it, as one looks at the moon."""
    below = _short(_middle(a, 1) - _middle(b, 1), 3) + _over(overlap(a, b, 1), _narrower(a, b, 1) / 5)
    return np.minimum(_beside(a, b, 8), below)


def _holding(a: Boxes, b: Boxes) -> Boxes:
    """b touches a and is not in its middle: a fifth of its width to the side, or higher; most of a is to be seen."""
    touching = _short(overlap(a, b, 0), 1) + _short(overlap(a, b, 1), 1)
    aside = _short(abs(_middle(a, 0) - _middle(b, 0)), _size(a, 0) / 5)
    return touching + aside + _over(covering(a, b), 0.6) * _size(a, 0)


_WORN = {  # how far down the wearer the middle of the worn is, in shares of the wearer's height
    "head": (-0.3, 0.35), "face": (0.0, 0.6), "neck": (0.15, 0.85), "body": (0.25, 0.95), "hand": (0.2, 0.95),
    "feet": (0.65, 1.1), "back": (0.1, 0.9),
}  # fmt: skip


def _wearing(a: Boxes, b: Boxes, slot: str, sideways: bool) -> Boxes:
    """b is where a wears it: in its middle, but for a fifth of its width (on the back, in a hand, or where a is seen
    from the side, half of it), as far down as `slot` says, touching, and not larger."""
    height, (low, high) = _size(a, 1), _WORN[slot]
    aside = 0.55 if sideways or slot in ("hand", "back") else 0.2
    across = _over(abs(_middle(a, 0) - _middle(b, 0)), aside * _size(a, 0))
    down = _outside(_middle(b, 1), a[1] + low * height, a[1] + high * height)
    return across + down + _short(overlap(a, b, 1), 1) + _over(_size(b, 0), _size(a, 0))


# Relations of groups -------------------------------------------------------------------------------------------------

_Pair = Callable[[Boxes, Boxes], Boxes]
_ALL: dict[str, _Pair] = {  # each relates so to the box around all the others
    "left of": lambda a, b: _before(a, b, 0),
    "right of": lambda a, b: _before(b, a, 0),
    "above": lambda a, b: _before(a, b, 1),
    "below": lambda a, b: _before(b, a, 1),
    "jumping over": _jumping_over,
    "holding": _holding,
}
_SOME: dict[str, _Pair] = {"on": _on, "under": _under, "in": _in}  # each relates so to at least one of the others
_TOGETHER: dict[str, _Pair] = {  # the boxes around all relate so
    "in front of": _in_front_of,
    "behind": lambda a, b: _in_front_of(b, a),
}
_ANY: dict[str, _Pair] = {  # at least one relates so to at least one of the others
    "next to": lambda a, b: _beside(a, b, 4),
    "near": _near,
    "chasing": _chasing,
    "playing with": lambda a, b: _beside(a, b, 4),
    "looking at": _looking_at,
}


def relation_off(
    word: str, what: Boxes, of: Sequence[Boxes], times: int = 0, slot: str = "body", sideways: bool = False
) -> Off:
    """How far boxes are from relating so to others.

    Args:
        word: One of `request.RELATIONS`.
        what: The boxes that relate.
        of: The boxes of each thing that they relate to: of "between" one or two, else one.
        times: Of "larger than" and "smaller than"; 0 if that is open.
        slot: Of "wearing": one of `SLOTS`.
        sideways: Of "wearing": whether the wearer is seen from the side, its head at one end.
    """
    if word == "between":
        return _between(what, of)
    [other] = of
    pairs = what[:, :, None], other[:, None]  # [4, members, others, places]
    if word in _ALL:
        return _ALL[word](what, hull_of(other)).sum(0)
    if word in _SOME:
        return _SOME[word](*pairs).min(1).sum(0)
    if word in _TOGETHER:
        return _TOGETHER[word](hull_of(what), hull_of(other))[0]
    if word in _ANY:
        return _ANY[word](*pairs).min((0, 1))
    if word in ("riding", "wearing"):  # each has its own
        off = _riding(*pairs) if word == "riding" else _wearing(*pairs, slot, sideways)
        return off.min(1).sum(0) + (off.min(0).sum(0) if off.shape[0] >= off.shape[1] or word == "wearing" else 0)
    if word == "around":
        return _around(what, hull_of(other))
    if word == "on either side of":
        return _either_side(what, hull_of(other))
    if word == "same size as":
        return _over(abs(_side(what) - _side(other)), 0.5)
    return _larger(what, other, times) if word == "larger than" else _larger(other, what, times)


def _between(what: Boxes, of: Sequence[Boxes]) -> Off:
    """Between two things (their hulls), or between two members of one group: the middle of each lies along the line
    from one's middle to the other's, from a quarter of the way to three quarters, at most 4 cells off it, and it
    overlaps neither by more than a fifth of the smaller one."""
    if len(of) == 2:
        return _between_two(what, hull_of(of[0]), hull_of(of[1]))
    members = [of[0][:, n : n + 1] for n in range(of[0].shape[1])]
    ways = [_between_two(what, b, c) for b, c in combinations(members, 2)]
    return np.minimum.reduce(ways) if ways else np.full(what.shape[2], 10 * _STEP)


def _between_two(a: Boxes, b: Boxes, c: Boxes) -> Off:
    (x, y), (x0, y0), (x1, y1) = ((_middle(boxes, 0), _middle(boxes, 1)) for boxes in (a, b, c))
    length = np.maximum(np.hypot(x1 - x0, y1 - y0), 0.5)
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length  # in cells
    aside = abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
    clear = [_over(np.minimum(overlap(a, o, 0), overlap(a, o, 1)), _narrower(a, o, 0) / 5) for o in (b, c)]
    return (_outside(along, length / 4, 3 * length / 4) + _over(aside, 4) + clear[0] + clear[1]).sum(0)


def _around(what: Boxes, center: Boxes) -> Off:
    """Three or more: outside of the box, in at least three of the four quadrants around its middle (those between its
    axes, or those turned by 45 degrees). Two stand on either side. One goes around it: their middles agree."""
    if what.shape[1] == 1:
        return (_over(abs(_middle(what, 0) - _middle(center, 0)), 0.2 * _size(center, 0))
                + _outside(_middle(what, 1), center[1], center[3]))[0]  # fmt: skip
    if what.shape[1] == 2:
        return _either_side(what, center)
    x, y = _middle(what, 0), _middle(what, 1)
    depths = [np.minimum(middle - center[axis], center[axis + 2] - middle) for axis, middle in ((0, x), (1, y))]
    inside = _over(np.minimum(*depths), -0.5).sum(0)
    angles = np.degrees(np.arctan2(y - _middle(center, 1), x - _middle(center, 0)))
    quadrants = []
    for turn in (0.001, 45.0):
        which = np.floor((angles + turn) / 90).astype(int) % 4
        quadrants.append(sum((which == quadrant).any(0).astype(float) for quadrant in range(4)))
    return inside + _STEP * _short(np.maximum(*quadrants), 3)


def _either_side(what: Boxes, center: Boxes) -> Off:
    """Some are left of it and some right of it, none elsewhere, and in height each overlaps with it by half."""
    left, right = _before(what, center, 0), _before(center, what, 0)
    high = _covers(what, center, 1, 0.5)
    return np.minimum(left, right).sum(0) + left.min(0) + right.min(0) + high.sum(0)


def _larger(what: Boxes, of: Boxes, times: int) -> Off:
    """The side is 1.35 times as long or more; of "twice as large" 1.7 to 2.3 times, and so on."""
    one, other = _side(what), _side(of)
    return _outside(one, 0.85 * times * other, 1.15 * times * other) if times else _short(one, 1.35 * other)


# Places, sizes, empty parts ------------------------------------------------------------------------------------------


def place_off(word: str, boxes: Boxes, canvas: Box, axes: Sequence[int] = (0, 1)) -> Off:
    """How far from one of the nine places: along each axis the box around all has at most a quarter of its free room
    before it (start), a third to two thirds (middle), or at least three quarters (end), and the middle of each lies in
    the first 55%, from 15% to 85%, or in the last 55%. In the center each is also in the middle 40% of the width or
    of the height. Only the `axes` count of which nothing more exact is said."""
    off = np.zeros(boxes.shape[2])
    for axis in axes:
        off = off + _zone(boxes, _columns_and_rows(word)[axis], axis, canvas)
    if word == "center" and len(axes) == 2:
        whole = boxes_of([canvas])
        far = [_over(abs(_middle(boxes, i) - _middle(whole, i)), 0.2 * _size(whole, i)) for i in (0, 1)]
        off = off + np.minimum(*far).sum(0)
    return off


def _columns_and_rows(word: str) -> tuple[int, int]:
    column = 0 if "left" in word else 2 if "right" in word else 1
    return column, 0 if "top" in word else 2 if "bottom" in word else 1


_ZONES = (((0.0, 0.25), (0.0, 0.55)), ((1 / 3, 2 / 3), (0.15, 0.85)), ((0.75, 1.0), (0.45, 1.0)))


def _zone(boxes: Boxes, zone: int, axis: int, canvas: Box) -> Off:
    start, length = (canvas.x0, canvas.width) if axis == 0 else (canvas.y0, canvas.height)
    (low, high), (first, last) = _ZONES[zone]
    around = hull_of(boxes)
    slack = length - _size(around, axis)[0]
    room = _outside(around[axis, 0] - start, low * slack, high * slack) * (slack >= 1)
    return room + _outside(_middle(boxes, axis) - start, first * length, last * length).sum(0)


def percent_off(across: int | None, down: int | None, boxes: Boxes, canvas: Box) -> Off:
    """How far the middle of the box around all is from percents of the width and height, but for a cell; where the
    edge of the canvas is in the way, what is too large has to be smaller, but for 12%."""
    off = np.zeros(boxes.shape[2])
    if across is None and down is None:
        return off
    around = hull_of(boxes)
    for axis, percent in ((0, across), (1, down)):
        if percent is not None:
            start, length = (canvas.x0, canvas.width) if axis == 0 else (canvas.y0, canvas.height)
            half = _size(around, axis)[0] / 2
            middle, wanted = _middle(around, axis)[0] - start, percent / 100 * length
            nearest = np.clip(wanted, half, np.maximum(length - half, half))
            off = off + _over(abs(middle - nearest), 1) + _over(abs(middle - wanted), 0.12 * length)
    return off


def size_range(word: str, count: int, canvas: Box) -> tuple[float, float]:
    """The shortest and longest side, in cells, of a size word; many that are large are as large as so many can be."""
    unit, across = min(canvas.width, canvas.height), ceil(sqrt(count))
    low, high = _SIZES[word]
    return min(low, _ROOM[word] / across) * unit, high * unit


_SIZES = {"small": (0.09, 0.28), "medium": (0.29, 0.5), "large": (0.45, 1.0), "huge": (0.6, 1.0), "full": (0.97, 1.0)}
_ROOM = {"small": 0.6, "medium": 0.7, "large": 0.85, "huge": 0.9, "full": 0.97}


def size_off(word: str, boxes: Boxes, canvas: Box) -> Off:
    """How far the longer side of each is from what a size word says."""
    low, high = size_range(word, boxes.shape[1], canvas)
    return _outside(np.maximum(_size(boxes, 0), _size(boxes, 1)), low, high).sum(0)


def empty_parts(words: Sequence[str], canvas: Box) -> list[Box]:
    """Parts of a canvas that stay empty: halves ("left"), quarters ("top-left"), the middle ninth ("center"); of two
    opposite halves the outer thirds, so that something fits between them."""
    return [_part(word, canvas, 3 if _OPPOSITE.get(word) in words else 2) for word in words]


_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def _part(word: str, canvas: Box, shares: int) -> Box:
    x0, y0, x1, y1 = canvas.x0, canvas.y0, canvas.x1, canvas.y1
    if word == "center":
        width, height = canvas.width // 3, canvas.height // 3
        return Box(x0 + width, y0 + height, x1 - width, y1 - height)
    width, height = canvas.width // shares, canvas.height // shares
    return Box(x1 - width if "right" in word else x0, y1 - height if "bottom" in word else y0,
               x0 + width if "left" in word else x1, y0 + height if "top" in word else y1)  # fmt: skip


def empty_off(part: Box, boxes: Boxes) -> Off:
    """How deep boxes reach into a part that stays empty."""
    parts = boxes_of([part])
    return _over(np.minimum(overlap(boxes, parts, 0), overlap(boxes, parts, 1)), 0).sum(0)


# Arrangements --------------------------------------------------------------------------------------------------------


def arrangement_off(word: str, boxes: Boxes, canvas: Box) -> Off:
    """How far from standing so; a thing alone may stand anywhere, but for edges and corners.

    Args:
        word: One of `request.ARRANGEMENTS`, or "2x3 grid".
        boxes: Of one thing.
        canvas: What edges and corners belong to.
    """
    if word == "corners":
        return _corners(boxes, canvas)
    if word.endswith(" edge"):
        return _edge(boxes, word.removesuffix(" edge"), canvas)
    return np.array([_standing(word, boxes[:, :, place]) for place in range(boxes.shape[2])])


def _standing(word: str, boxes: Boxes) -> float:
    """Of one place: boxes [4, members]."""
    x, y, side = (boxes[0] + boxes[2]) / 2, (boxes[1] + boxes[3]) / 2, float((boxes[2] - boxes[0]).mean())
    if found := GRID_WORD.fullmatch(word):
        return _grid(x, y, side, int(found[1]), int(found[2]))
    if len(x) == 1:
        return 0.0
    if word in ("row", "column"):
        along, across = (x, y) if word == "row" else (y, x)
        return _line(along, across, side)
    if word == "grid":
        return _grid(x, y, side) if len(x) > 2 else _line(x, y, side)
    if word == "circle":
        return _circle(x, y)
    if word in ("diagonal", "rising diagonal"):
        return _diagonal(x, y if word == "diagonal" else -y, side)
    raise PlanError(f"the arrangement {word!r} is unknown")


def _line(along: Boxes, across: Boxes, side: float) -> float:
    """All within a cell across, each at least three quarters of a side (and 2 cells) from the next."""
    steps = np.diff(np.sort(along))
    return float(_over(np.ptp(across), 1) + _short(steps, max(2.0, 0.75 * side)).sum())


def _grid(x: Boxes, y: Boxes, side: float, rows: int = 0, columns: int = 0) -> float:
    """Rows of as many, the last one perhaps shorter; full rows stand in columns, within a cell."""
    lines: list[list[int]] = []
    for number in np.argsort(y, kind="stable"):
        if lines and y[number] - y[lines[-1][0]] <= max(1.0, side / 2):
            lines[-1].append(int(number))
        else:
            lines.append([int(number)])
    lines = [sorted(line, key=lambda n: x[n]) for line in lines]
    wide = len(lines[0])
    shape = abs(len(lines) - rows) + abs(wide - columns) if rows else int(len(lines) < 2) + int(wide < 2)
    uneven = sum(abs(len(line) - wide) for line in (lines if rows else lines[:-1])) + max(len(lines[-1]) - wide, 0)
    off = _STEP * (shape + uneven) + sum(_line(x[line], y[line], side) for line in lines if len(line) > 1)
    full = np.array([x[line] for line in lines if len(line) == wide])
    return float(off + _over(np.ptp(full, axis=0), 1).sum())


def _circle(x: Boxes, y: Boxes) -> float:
    """Three or more, as far from their common middle but for an eighth and half a cell, with no gap wider than twice
    an equal step."""
    if len(x) < 3:
        return _STEP
    x, y = x - x.mean(), y - y.mean()
    radii, angles = np.hypot(x, y), np.sort(np.degrees(np.arctan2(y, x)))
    mean = radii.mean()
    gap = np.diff(angles, append=angles[0] + 360).max()
    wide = np.radians(_over(gap, min(145.0, 720 / len(x)))) * mean
    return float(_short(mean, 4) + _over(abs(radii - mean), mean / 8 + 0.5).sum() + wide)


def _diagonal(x: Boxes, y: Boxes, side: float) -> float:
    """From the top left to the bottom right: each step goes as far right as down but for a third, by 2 cells or more,
    and none is more than 2 cells off the line from the first to the last."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    steps = _short(np.diff(x), max(2.0, side / 3)).sum() + _short(np.diff(y), max(2.0, side / 3)).sum()
    dx, dy = x[-1] - x[0], y[-1] - y[0]
    aside = abs((x - x[0]) * dy - (y - y[0]) * dx) / max(np.hypot(dx, dy), 1e-9)
    return float(steps + _over(aside, 2).sum())


def _corners(boxes: Boxes, canvas: Box) -> Off:
    """Each is in a corner, with at most 15% of its free room before or behind it; up to four in different ones."""
    places, off = [], np.zeros(boxes.shape[2])
    for axis, start, length in ((0, canvas.x0, canvas.width), (1, canvas.y0, canvas.height)):
        slack = np.maximum(length - _size(boxes, axis), 1.0)
        before = boxes[axis] - start
        off = off + _over(np.minimum(before, slack - before), 0.15 * slack).sum(0)
        places.append(before > slack / 2)
    which = places[0] + 2 * places[1]
    different = sum((which == corner).any(0).astype(float) for corner in range(4))
    return off + _STEP * _short(different, boxes.shape[1])


def _edge(boxes: Boxes, edge: str, canvas: Box) -> Off:
    """Each is at most 2 cells from the edge; two or more are apart and take up at least six tenths of it."""
    number = ("left", "top", "right", "bottom").index(edge)
    axis = 1 - number % 2  # along the edge
    off = _over(abs(boxes[number] - (canvas.x0, canvas.y0, canvas.x1, canvas.y1)[number]), 2).sum(0)
    if boxes.shape[1] == 1:
        return off
    length = canvas.width if axis == 0 else canvas.height
    steps = np.diff(np.sort(_middle(boxes, axis), axis=0), axis=0)
    off = off + _short(steps, np.maximum(2.0, 0.6 * _size(boxes, axis).mean(0))).sum(0)
    return off + _short(_size(hull_of(boxes), axis)[0], 0.6 * length)
