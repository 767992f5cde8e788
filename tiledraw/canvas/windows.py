"""Windows: tiles laid where the plan's subjects are, so that a line is not cut where the grid happens to be.

A subject that lies in one tile whole is drawn all but without an error; of one that tiles of the grid cut, each is
drawn by tiles that see but a part of it. Tiles of a level of 64 pixels are as wide as four plan cells, of 128 as two:
there windows can lie as the subjects do. A tile of 256 is as wide as one, and boxes end where tiles do.
Knows boxes of plan cells and canvases. Knows nothing about subjects, pixels or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tiledraw.canvas.pyramid import TILE, Canvas, Window
from tiledraw.language.boxes import Box
from tiledraw.language.first_plan import GRID


def windows(canvas: Canvas, level: int, boxes: Sequence[Box]) -> list[Window]:
    """The windows of a level in drawing order: each of the `boxes` that tiles of the grid would cut lies in as few of
    them as can hold it, each pixel of it kept by one that holds most of it. None where tiles are no whole cells."""
    span, rest = divmod(GRID * TILE, canvas.sides[level])  # plan cells a side of a tile
    if rest or not 1 < span < GRID:
        return []
    grid = GRID // span
    visible = canvas.visible(grid)
    room = Box(span * visible.x0, span * visible.y0, span * visible.x1, span * visible.y1)

    def window(square: Box, kept: Iterable[Box]) -> Window:
        row, column = (edge // span if edge % span == 0 else edge / span for edge in (square.y0, square.x0))
        return Window(level, grid, row, column, tuple(kept))

    found = []
    small = [box for box in boxes if max(box.width, box.height) <= span]
    cut = [box for box in small if _is_cut(box, span)]
    while cut:
        squares = dict.fromkeys(square for box in cut for square in _squares_around(box, span, room))

        def gain(square: Box, cut: Sequence[Box] = cut) -> tuple[int, int]:
            overlapping = sum(square.overlaps(box) and not square.contains(box) for box in boxes)
            return sum(square.contains(box) for box in cut), -overlapping

        best = max(squares, key=gain)
        found.append(window(best, [box for box in small if best.contains(box)]))
        cut = [box for box in cut if not best.contains(box)]
        small = [box for box in small if not best.contains(box)]
    for box in boxes:
        if max(box.width, box.height) > span and _is_cut(box, span):
            for square in _squares_over(box, span, room):
                found.append(window(square, [_overlap(square, box)]))
    return list(dict.fromkeys(found))


def _is_cut(box: Box, span: int) -> bool:
    """Whether tiles of the grid cut a box of which fewer, or none, would be cut off in tiles that lie as it does."""
    sides = ((box.x0, box.x1), (box.y0, box.y1))
    return any(start // span != (end - 1) // span and (start % span or end % span) for start, end in sides)


def _squares_around(box: Box, span: int, room: Box) -> Iterator[Box]:
    """All squares of `span` cells in the room that contain a box."""
    for y in range(max(room.y0, box.y1 - span), min(box.y0, room.y1 - span) + 1):
        for x in range(max(room.x0, box.x1 - span), min(box.x0, room.x1 - span) + 1):
            yield Box(x, y, x + span, y + span)


def _squares_over(box: Box, span: int, room: Box) -> Iterator[Box]:
    """Squares of `span` cells that cover a box, by rows, the last ones as far back as to end where it ends."""

    def starts(start: int, end: int, first: int, last: int) -> Iterator[int]:
        for place in range(start, end, span):
            yield max(first, min(place, max(start, end - span), last - span))

    for y in starts(box.y0, box.y1, room.y0, room.y1):
        for x in starts(box.x0, box.x1, room.x0, room.x1):
            yield Box(x, y, x + span, y + span)


def _overlap(one: Box, other: Box) -> Box:
    return Box(max(one.x0, other.x0), max(one.y0, other.y0), min(one.x1, other.x1), min(one.y1, other.y1))
