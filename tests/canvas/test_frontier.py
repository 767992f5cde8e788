"""The frontier: each tile comes once, after all that it sees, and no later than it has to."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.canvas.frontier import BAND, Frontier
from tiledraw.canvas.pyramid import Canvas, Tile, wave_number

SIDES = st.integers(1, 12).map(lambda tiles: 32 * tiles)


def tiles_of(canvas, first=1):
    levels = range(first, len(canvas.sides))
    return [tile for level in levels for tile in sorted(canvas.tiles(level), key=wave_number)]


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


def drawn(canvas, tiles, pick=None):
    """The tiles in the order in which they are finished, some drawn side by side."""
    frontier, going, finished = Frontier(canvas, tiles), [], []
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


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_each_tile_comes_once_and_after_all_that_it_sees(width, height, pick):
    canvas = Canvas(width, height)
    tiles = tiles_of(canvas)
    begun = [(tile, set(before)) for what, tile, before in drawn(canvas, tiles, pick=pick) if what == "begun"]
    assert sorted((tile for tile, _ in begun), key=tiles.index) == tiles
    for tile, before in begun:
        assert tile.level == 1 or shown(canvas, tile) <= before
        beside = [
            other
            for other in tiles
            if other.level == tile.level and abs(other.row - tile.row) + abs(other.column - tile.column) == 1
        ]
        assert {other for other in beside if wave_number(other) < wave_number(tile)} <= before


def test_the_first_tile_of_a_level_need_not_wait_for_the_last_of_the_level_above():
    canvas = Canvas(128, 128)
    frontier = Frontier(canvas, tiles_of(canvas))
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
    order = [tile.level for what, tile, _ in drawn(canvas, tiles_of(canvas)) if what == "begun"]
    assert canvas.sides == (8, 16, 32, 64, 96)
    assert order[-9:] == [4] * 9


def test_what_is_finished_already_is_not_waited_for():
    canvas = Canvas(128, 128)
    tiles = [tile for tile in tiles_of(canvas) if tile.level == 4 and tile.row == 2]
    begun = [tile for what, tile, _ in drawn(canvas, tiles) if what == "begun"]
    assert sorted(begun, key=tiles.index) == tiles


# By rows --------------------------------------------------------------------------------------------------------------


def needed(canvas, tile, row):
    """The pixels, `(level, y, x)`, that a row of a tile sees and those above it did not; some lie outside."""
    y, x = tile.square.y0, tile.square.x0
    yield tile.level, y + row, x - 1
    if row == 0:
        yield from ((tile.level, y - 1, x + n) for n in range(tile.side))
    if canvas.sides[tile.level] == 2 * canvas.sides[tile.level - 1]:
        for guide_row in (row // 2, row // 2 + 1):
            yield from ((tile.level - 1, y // 2 + guide_row, x // 2 + n) for n in range(tile.side // 2))
    elif row == 0:
        side = canvas.sides[tile.level - 1]
        yield from ((tile.level - 1, y, x) for y in range(side) for x in range(side))


@given(SIDES, SIDES, st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_rows_are_taken_after_all_that_they_see_and_in_the_end_all_are(width, height, pick):
    canvas = Canvas(min(width, 128), min(height, 128))
    tiles = tiles_of(canvas)
    frontier, going, rows = Frontier(canvas, tiles, by_rows=True), {}, dict.fromkeys(tiles, 0)
    visible = {
        (tile.level, tile.square.y0 + y, tile.square.x0 + x)
        for tile in tiles
        for y in range(tile.side)
        for x in range(tile.side)
    }
    finished = set()
    while True:
        while taken := frontier.take():
            tile, known = taken
            assert going.get(tile, 0) < known <= tile.side and (known == tile.side or known % BAND == 0)
            for row in range(going.get(tile, 0), known):
                assert visible.intersection(needed(canvas, tile, row)) <= finished
            going[tile] = known
        if not (open_tiles := [tile for tile in going if rows[tile] < going[tile]]):
            break
        tile = pick.choice(open_tiles)
        before, rows[tile] = rows[tile], pick.randint(rows[tile] + 1, going[tile])
        y, x = tile.square.y0, tile.square.x0
        new = ((tile.level, y + down, x + n) for down in range(before, rows[tile]) for n in range(tile.side))
        finished.update(new)
        frontier.finish(tile, rows[tile])
    assert all(rows[tile] == tile.side for tile in tiles)


def test_whole_tiles_come_before_parts_and_only_what_is_asked_for():
    canvas = Canvas(128, 128)
    tiles = [tile for tile in tiles_of(canvas) if tile.level > 2]
    frontier = Frontier(canvas, tiles, by_rows=True)
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
    tiles = [tile for tile in tiles_of(canvas) if tile.level > 2]
    frontier = Frontier(canvas, tiles, by_rows=True)
    left, _ = frontier.take()
    frontier.finish(left, 8)
    right, rows = frontier.take()
    frontier.finish(right, 32)
    frontier.finish(left, 32)
    assert (right, rows) == (Tile(3, 2, 0, 1), 8)
    assert frontier.take() == (Tile(3, 2, 1, 0), 32) and frontier.take() is None
