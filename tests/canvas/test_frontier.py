"""The frontier: each tile comes once, after all that it sees, and no later than it has to."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.canvas.frontier import BAND, Frontier
from tiledraw.canvas.pyramid import ORDERS, Canvas, Draft, Tile, Window, in_drawing_order, neighbours, wave_number
from tiledraw.canvas.windows import windows
from tiledraw.language.boxes import Box

SIDES = st.integers(1, 12).map(lambda tiles: 32 * tiles)


BOXES = [Box(3, 3, 6, 6), Box(1, 0, 3, 2), Box(0, 2, 3, 5), Box(6, 1, 8, 3)]


def tiles_of(canvas, order, first=1):
    levels = range(first, len(canvas.sides))
    boxes = [box for box in BOXES if canvas.cells.contains(box)] if order == "planned" else []
    return [
        tile
        for level in levels
        for tile in (*windows(canvas, level, boxes), *in_drawing_order(canvas.tiles(level), order))
    ]


def shown(canvas, tile):
    """The tiles of the level above that hold a pixel of a tile's guide, pixel by pixel."""
    above, half = canvas.tiles(tile.level - 1), tile.side // 2
    scale = 2 * canvas.sides[tile.level - 1] / canvas.sides[tile.level]  # pixels of it a guide pixel
    if scale != 1:
        return set(above)
    pixels = [(int(half * tile.row) + y, int(half * tile.column) + x) for y in range(half + 1) for x in range(half)]
    return {
        other
        for other in above
        if any((y // other.side, x // other.side) == (other.row, other.column) for y, x in pixels)
    }


def drawn(canvas, tiles, order, guided=True, pick=None):
    """The tiles in the order in which they are finished, some drawn side by side."""
    frontier, going, finished = Frontier(canvas, tiles, order, guided), [], []
    pick = pick or random.Random(0)
    while True:
        while len(going) < 5 and (taken := frontier.take()):
            tile, rows = taken
            assert rows == tile.side
            going.append(tile)
            yield "begun", tile, list(finished)
        if not going:
            return
        tile = going.pop(pick.randrange(len(going)))
        finished.append(tile)
        frontier.finish(tile, tile.side)
        yield "finished", tile, list(finished)


@given(SIDES, SIDES, st.sampled_from(ORDERS), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_each_tile_comes_once_and_after_all_that_it_sees(width, height, order, pick):
    canvas = Canvas(width, height)
    tiles = tiles_of(canvas, order)
    begun = [(tile, set(before)) for what, tile, before in drawn(canvas, tiles, order, pick=pick) if what == "begun"]
    assert sorted((tile for tile, _ in begun), key=tiles.index) == tiles
    for tile, before in begun:
        assert tile.level == 1 or shown(canvas, tile) <= before
        earlier = tiles[: tiles.index(tile)]
        assert {w for w in earlier if isinstance(w, Window) and w.level == tile.level and w.shows(tile)} <= before
        if isinstance(tile, Window):
            continue
        beside = [
            other
            for other in tiles
            if not isinstance(other, Window)
            if other.level == tile.level and abs(other.row - tile.row) + abs(other.column - tile.column) == 1
        ]
        assert {other for other in beside if wave_number(other, order) < wave_number(tile, order)} <= before


def test_the_first_tile_of_a_level_need_not_wait_for_the_last_of_the_level_above():
    canvas = Canvas(128, 128)
    frontier = Frontier(canvas, tiles_of(canvas, "raster"), "raster")
    taken = []
    while len(taken) < 5:
        tile, _ = frontier.take()
        taken.append(tile)
        if tile.level < 3 or (tile.row, tile.column) == (0, 0):
            frontier.finish(tile, tile.side)
    assert [(tile.level, tile.row, tile.column) for tile in taken] == [
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
        (3, 0, 1),
        (3, 1, 0),
    ]
    assert frontier.take()[0].level == 4  # the other two of level 3 are not finished


def test_a_level_that_is_no_doubling_waits_for_the_whole_one_above():
    canvas = Canvas(96, 96)
    order = [tile.level for what, tile, _ in drawn(canvas, tiles_of(canvas, "raster"), "raster") if what == "begun"]
    assert canvas.sides == (8, 16, 32, 64, 96)
    assert order[-9:] == [4] * 9


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_finished_already_is_not_waited_for(order):
    canvas = Canvas(128, 128)
    tiles = [tile for tile in tiles_of(canvas, order) if tile.level == 4 and tile.row == 2]
    begun = [tile for what, tile, _ in drawn(canvas, tiles, order) if what == "begun"]
    assert sorted(begun, key=tiles.index) == tiles


def test_without_guides_no_tile_waits_for_the_level_above():
    canvas = Canvas(256, 256)
    tiles = tiles_of(canvas, "independent")
    frontier = Frontier(canvas, tiles, "independent", guided=False)
    assert [frontier.take() for _ in tiles] == [(tile, tile.side) for tile in tiles] and frontier.take() is None


# By rows --------------------------------------------------------------------------------------------------------------


def needed(canvas, tile, row, order):
    """The pixels, `(kind of drawing, level, y, x)`, that a row of a tile sees and those above it did not; some lie
    outside."""
    y, x = tile.square.y0, tile.square.x0
    for other in () if isinstance(tile, Window) else neighbours(tile):
        drawings = [drawing for drawing in (Draft(**vars(other)), other) if order == "chess" or drawing is other]
        seen = [type(drawing) for drawing in drawings if wave_number(drawing, order) < wave_number(tile, order)]
        if seen and other.row == tile.row:
            yield seen[-1], tile.level, y + row, x - 1 if other.column < tile.column else x + tile.side
        elif seen and row == 0:
            beside = y - 1 if other.row < tile.row else y + tile.side
            yield from ((seen[-1], tile.level, beside, x + n) for n in range(tile.side))
    if canvas.sides[tile.level] == 2 * canvas.sides[tile.level - 1]:
        for guide_row in (row // 2, row // 2 + 1):
            yield from ((Tile, tile.level - 1, y // 2 + guide_row, x // 2 + n) for n in range(tile.side // 2))
    elif row == 0:
        side = canvas.sides[tile.level - 1]
        yield from ((Tile, tile.level - 1, y, x) for y in range(side) for x in range(side))


def kept_by(tiles, tile, row):
    """The pixels that windows before a tile keep in one of its rows, or before the first one at its edges."""
    square, edge = tile.square, int(isinstance(tile, Window))
    rows = {square.y0 + row} | ({square.y0 - 1, square.y1} if edge and row == 0 else set())
    return {
        (Window, tile.level, y, x)
        for window in tiles[: tiles.index(tile)]
        if isinstance(window, Window) and window.level == tile.level
        for part in window.kept
        for y in rows.intersection(range(part.y0, part.y1))
        for x in range(max(part.x0, square.x0 - edge), min(part.x1, square.x1 + edge))
    }


@given(SIDES, SIDES, st.sampled_from(ORDERS), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_rows_are_taken_after_all_that_they_see_and_in_the_end_all_are(width, height, order, pick):
    canvas = Canvas(min(width, 128), min(height, 128))
    tiles = tiles_of(canvas, order)
    frontier, going, rows = Frontier(canvas, tiles, order, by_rows=True), {}, dict.fromkeys(tiles, 0)
    visible = {
        (type(tile), tile.level, tile.square.y0 + y, tile.square.x0 + x)
        for tile in tiles
        if not isinstance(tile, Window)
        for y in range(tile.side)
        for x in range(tile.side)
    }
    finished = set()
    while True:
        while taken := frontier.take():
            tile, known = taken
            assert going.get(tile, 0) < known <= tile.side and (known == tile.side or known % BAND == 0)
            for row in range(going.get(tile, 0), known):
                assert visible.intersection(needed(canvas, tile, row, order)) <= finished
                assert kept_by(tiles, tile, row) <= finished
            if type(tile) is Tile and Draft(**vars(tile)) in rows:  # nobody sees the draft any more
                assert all(rows.get(other, tile.side) == tile.side for other in neighbours(tile))
            going[tile] = known
        if not (open_tiles := [tile for tile in going if rows[tile] < going[tile]]):
            break
        tile = pick.choice(open_tiles)
        before, rows[tile] = rows[tile], pick.randint(rows[tile] + 1, going[tile])
        y, x = tile.square.y0, tile.square.x0
        new = (
            (type(tile), tile.level, y + down, x + n) for down in range(before, rows[tile]) for n in range(tile.side)
        )
        finished.update(new)
        frontier.finish(tile, rows[tile])
    assert all(rows[tile] == tile.side for tile in tiles)


def test_whole_tiles_come_before_parts_and_only_what_is_asked_for():
    canvas = Canvas(128, 128)
    tiles = [tile for tile in tiles_of(canvas, "raster") if tile.level > 2]
    frontier = Frontier(canvas, tiles, "raster", by_rows=True)
    first = frontier.take(part=False)
    assert first == (Tile(3, 2, 0, 0), 32) and frontier.take(part=False) is None and frontier.take() is None
    frontier.finish(first[0], 15)
    assert frontier.take(part=False) is None
    assert frontier.take() == (Tile(3, 2, 0, 1), 12)  # so many rows of its left neighbour are finished, by fours
    frontier.finish(first[0], 18)
    assert frontier.take(whole=False, part=False) == (Tile(3, 2, 0, 1), 16)  # what was taken before goes on at once
    assert frontier.take(whole=False) is None
    assert frontier.take() == (Tile(4, 4, 0, 0), 32)  # all of its guide is there
    frontier.finish(first[0], 32)
    assert frontier.take(whole=False, part=False) == (Tile(3, 2, 0, 1), 32)


def test_a_tile_that_is_finished_early_is_not_taken_again():
    canvas = Canvas(64, 64)
    tiles = [tile for tile in tiles_of(canvas, "raster") if tile.level > 2]
    frontier = Frontier(canvas, tiles, "raster", by_rows=True)
    left, _ = frontier.take()
    frontier.finish(left, 8)
    right, rows = frontier.take()
    frontier.finish(right, 32)
    frontier.finish(left, 32)
    assert (right, rows) == (Tile(3, 2, 0, 1), 8)
    assert frontier.take() == (Tile(3, 2, 1, 0), 32) and frontier.take() is None


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="known are independent, raster, chess, planned"):
        Frontier(Canvas(32, 32), Canvas(32, 32).tiles(1), "spiral")
