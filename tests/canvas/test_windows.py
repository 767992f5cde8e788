"""Windows: each subject that tiles would cut lies in tiles of its own, and nothing else is kept of those."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import Canvas
from tiledraw.canvas.windows import windows
from tiledraw.language.boxes import Box

SIDES = st.integers(1, 16).map(lambda tiles: 32 * tiles)


@st.composite
def boxes_on(draw, canvas):
    cells = canvas.cells
    x0, y0 = draw(st.integers(cells.x0, cells.x1 - 1)), draw(st.integers(cells.y0, cells.y1 - 1))
    return Box(x0, y0, draw(st.integers(x0 + 1, cells.x1)), draw(st.integers(y0 + 1, cells.y1)))


def cells_of(box):
    return {(y, x) for y in range(box.y0, box.y1) for x in range(box.x0, box.x1)}


@given(SIDES, SIDES, st.data())
def test_every_box_lies_in_one_tile_of_the_grid_or_in_as_few_windows_as_can_hold_it(width, height, data):
    canvas = Canvas(width, height)
    boxes = data.draw(st.lists(boxes_on(canvas), max_size=5))
    for level in range(1, len(canvas.sides)):
        tiles, found = canvas.tiles(level), windows(canvas, level, boxes)
        span, rest = divmod(8 * 32, canvas.sides[level])
        if rest or not 1 < span < 8:
            assert found == []
            continue
        visible = set().union(*(cells_of(Box(*(span * n for n in corners(tile)))) for tile in tiles))
        squares = {window: Box(*(int(span * n) for n in corners(window))) for window in found}
        assert len(squares) == len(found)  # each comes once
        for window, square in squares.items():
            assert square.width == square.height == span and cells_of(square) <= visible
            assert window.boxes and all(square.contains(box) for box in window.boxes)
        for box in boxes:
            holding = [window for window in found if any(box.contains(kept) for kept in window.boxes)]
            whole = [window for window in holding if box in window.boxes]
            in_grid = any(cells_of(box) <= cells_of(Box(*(span * n for n in corners(tile)))) for tile in tiles)
            if max(box.width, box.height) <= span:
                assert whole or in_grid
            elif not all(aligned(*ends, span) for ends in ((box.x0, box.x1), (box.y0, box.y1))):
                kept = [part for window in holding for part in window.boxes if box.contains(part)]
                assert set().union(*map(cells_of, kept)) == cells_of(box)


def aligned(start, end, span):
    """Whether tiles of the grid hold a side of a box in as few pieces as any could."""
    return start // span == (end - 1) // span or start % span == end % span == 0


def corners(tile):
    return tile.column, tile.row, tile.column + 1, tile.row + 1


@pytest.mark.parametrize(
    ("boxes", "level", "expected"),
    [
        ([(0, 0, 4, 4), (5, 5, 8, 8)], 3, []),  # each lies in a tile of the grid
        ([(2, 2, 6, 6)], 3, [(0.5, 0.5, ["2 2 6 6"])]),
        ([(3, 0, 6, 3)], 3, [(0, 0.5, ["3 0 6 3"])]),
        ([(2, 3, 4, 5), (4, 3, 6, 5)], 3, [(0.25, 0.5, ["2 3 4 5", "4 3 6 5"])]),  # one window for both
        ([(2, 2, 6, 6)], 4, []),  # cut where its own tiles would cut it
        ([(1, 0, 3, 2)], 4, [(0, 0.5, ["1 0 3 2"])]),
        (
            [(0, 0, 3, 3)],
            4,
            [(0, 0, ["0 0 2 2"]), (0, 0.5, ["1 0 3 2"]), (0.5, 0, ["0 1 2 3"]), (0.5, 0.5, ["1 1 3 3"])],
        ),
        ([(1, 1, 3, 3)], 2, []),  # the whole level is one tile
        ([(1, 1, 4, 4)], 5, []),  # tiles are as wide as cells
    ],
)
def test_windows_lie_around_what_the_grid_cuts(boxes, level, expected):
    found = windows(Canvas(256, 256), level, [Box(*box) for box in boxes])
    assert [(window.row, window.column, list(map(str, window.boxes))) for window in found] == expected


def test_a_level_whose_tiles_are_no_whole_cells_has_none():
    assert windows(Canvas(96, 96), 4, [Box(1, 1, 4, 4)]) == []
