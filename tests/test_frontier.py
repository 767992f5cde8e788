"""The frontier: each tile comes once, after all that it sees, and no later than it has to."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.frontier import Frontier
from tiledraw.pyramid import ORDERS, Canvas, in_drawing_order, wave_number

SIDES = st.integers(1, 12).map(lambda tiles: 32 * tiles)


def tiles_of(canvas, order, first=1):
    return [tile for level in range(first, len(canvas.sides)) for tile in in_drawing_order(canvas.tiles(level), order)]


def shown(canvas, tile):
    """The tiles of the level above that hold a pixel of a tile's guide, pixel by pixel."""
    above, half = canvas.tiles(tile.level - 1), tile.side // 2
    scale = 2 * canvas.sides[tile.level - 1] / canvas.sides[tile.level]  # pixels of it a guide pixel
    if scale != 1:
        return set(above)
    pixels = [(half * tile.row + y, half * tile.column + x) for y in range(half + 1) for x in range(half)]
    return {
        other
        for other in above
        if any((y // other.side, x // other.side) == (other.row, other.column) for y, x in pixels)
    }


def drawn(canvas, tiles, order, guided=True, pick=None):
    """The tiles in the order in which they are finished, some drawn side by side."""
    frontier, going, finished = Frontier(canvas, tiles, order, guided), [], []
    pick = pick or random.Random(0)
    while frontier or going:
        while frontier and len(going) < 5:
            going.append(frontier.take())
            yield "begun", going[-1], list(finished)
        tile = going.pop(pick.randrange(len(going)))
        finished.append(tile)
        frontier.finish(tile)
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
        beside = [
            other
            for other in tiles
            if other.level == tile.level and abs(other.row - tile.row) + abs(other.column - tile.column) == 1
        ]
        assert {other for other in beside if wave_number(other, order) < wave_number(tile, order)} <= before


def test_the_first_tile_of_a_level_need_not_wait_for_the_last_of_the_level_above():
    canvas = Canvas(128, 128)
    frontier = Frontier(canvas, tiles_of(canvas, "raster"), "raster")
    taken = []
    while frontier and len(taken) < 5:
        taken.append(frontier.take())
        if taken[-1].level < 3 or (taken[-1].row, taken[-1].column) == (0, 0):
            frontier.finish(taken[-1])
    assert [(tile.level, tile.row, tile.column) for tile in taken] == [
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
        (3, 0, 1),
        (3, 1, 0),
    ]
    assert frontier and frontier.take().level == 4  # the other two of level 3 are not finished


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
    assert [frontier.take() for _ in tiles] == tiles and not frontier


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="known are independent, raster, chess"):
        Frontier(Canvas(32, 32), Canvas(32, 32).tiles(1), "spiral")
