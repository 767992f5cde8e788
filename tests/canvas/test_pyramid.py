"""Pyramid: levels grow by small factors, tiles cover the canvas, guides and borders are the pixels they stand for."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import (
    ABSENT,
    Canvas,
    Level,
    Tile,
    guide_of,
    level_sides,
    wave_number,
)
from tiledraw.language.boxes import Box
from tiledraw.language.plan import FULL

SIDES = st.integers(1, 128).map(lambda tiles: 32 * tiles)
SMALL = st.integers(1, 20).map(lambda tiles: 32 * tiles)
GRIDS = st.integers(1, 9)


def grays(seed, side):
    return np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)


def all_tiles(grid, level=2):
    return [Tile(level, grid, row, column) for row in range(grid) for column in range(grid)]


def neighbours(one, other):
    return abs(one.row - other.row) + abs(one.column - other.column) == 1


# Levels and canvases -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", range(32, 4097, 32))
def test_levels_grow_from_8_to_the_side_by_factors_of_at_most_2(side):
    sides = level_sides(side)
    assert sides[:3] == (8, 16, 32) and sides[-1] == side
    factors = [high / low for low, high in pairwise(sides)]
    assert all(factor == 2 for factor in factors[:-1])
    assert all(1 < factor <= 2 for factor in factors)


def test_sides_of_powers_of_two_refine_twice_each():
    assert level_sides(512) == (8, 16, 32, 64, 128, 256, 512)
    assert level_sides(96) == (8, 16, 32, 64, 96)


@pytest.mark.parametrize("side", [0, -1, -32, 1, 31, 33, 100, 4095, 4128, 1_000_000, 2**64])
def test_canvases_of_other_sizes_are_refused_by_name(side):
    with pytest.raises(ValueError, match=r"^the width must be a multiple of 32 from 32 to 4096, not -?\d+$"):
        Canvas(side, 32)
    with pytest.raises(ValueError, match=r"^the height "):
        Canvas(32, side)


@given(SMALL, SMALL)
@example(4096, 32)
@example(32, 4096)
@example(32, 32)
@example(2048, 1024)
def test_visible_tiles_of_the_last_level_cover_just_the_canvas_and_those_above_all_of_it(width, height):
    canvas = Canvas(width, height)
    (x, y), side = canvas.offset, canvas.side
    for level in range(1, len(canvas.sides)):
        tiles, own = canvas.tiles(level), canvas.sides[level]
        grid = max(1, own // 32)
        assert tiles == sorted(set(tiles), key=lambda tile: (tile.row, tile.column))
        assert all(tile.level == level and tile.grid == grid for tile in tiles)
        # a tile is visible if and only if some of the canvas lies in it
        visible = {
            (row, column)
            for row in range(grid)
            for column in range(grid)
            if y * grid < (row + 1) * side
            and row * side < (y + height) * grid
            and x * grid < (column + 1) * side
            and column * side < (x + width) * grid
        }
        assert {(tile.row, tile.column) for tile in tiles} == visible
    shown = np.zeros((side, side), dtype=np.uint8)
    for tile in canvas.tiles(len(canvas.sides) - 1):
        shown[tile.slices] += 1
    assert canvas.crop(shown).shape == (height, width)
    assert (canvas.crop(shown) == 1).all() and shown.sum() == width * height


@given(SIDES, SIDES)
def test_a_canvas_lies_in_the_middle_of_its_square_and_has_plan_cells(width, height):
    canvas = Canvas(width, height)
    (x, y), side = canvas.offset, canvas.side
    assert side == max(width, height)
    assert x % 32 == y % 32 == 0
    assert 0 <= side - width - 2 * x <= 32 and 0 <= side - height - 2 * y <= 32
    cells = canvas.cells
    assert FULL.contains(cells) and cells.width >= 1 and cells.height >= 1
    # cells that lie in the canvas whole; or, where there are none, those that it touches
    whole = [n for n in range(32) if x * 32 <= n * side and (n + 1) * side <= (x + width) * 32]
    touched = [n for n in range(32) if x * 32 < (n + 1) * side and n * side < (x + width) * 32]
    assert list(range(cells.x0, cells.x1)) == (whole or touched)
    assert canvas.cells == FULL or width != height


@given(GRIDS, st.data())
def test_boxes_in_a_tiles_own_units_are_where_the_cells_are(grid, data):
    tile = Tile(2, grid, data.draw(st.integers(0, grid - 1)), data.draw(st.integers(0, grid - 1)))
    box = Box(*data.draw(st.tuples(*[st.integers(0, 32)] * 4)))
    own = tile.to_units(box)
    assert all(type(number) is int for number in (own.x0, own.y0, own.x1, own.y1))
    # a plan cell is `grid` pixels of this level, a unit one
    for cell, unit, start in ((box.x0, own.x0, tile.column), (box.y1, own.y1, tile.row)):
        assert cell * grid == unit + 32 * start


# Waves ---------------------------------------------------------------------------------------------------------------


@given(GRIDS, GRIDS)
def test_no_tile_has_a_neighbour_in_its_own_wave_and_all_sooner_ones_lie_above_or_to_the_left(rows, columns):
    tiles = [tile for tile in all_tiles(max(rows, columns)) if tile.row < rows and tile.column < columns]
    assert len({wave_number(tile) for tile in tiles}) == rows + columns - 1
    for one in tiles:
        beside = [other for other in tiles if neighbours(one, other)]
        sooner = [other for other in beside if wave_number(other) < wave_number(one)]
        assert all(wave_number(other) != wave_number(one) for other in beside)
        assert sooner == [other for other in beside if other.row < one.row or other.column < one.column]


@given(GRIDS)
def test_tiles_see_those_to_the_left_and_above(grid):
    level = Level(32 * grid)
    for tile in sorted(all_tiles(grid), key=wave_number):
        borders = level.borders(tile)
        assert (borders.top is not None) == (tile.row > 0) and (borders.left is not None) == (tile.column > 0)
        assert borders.bottom is None and borders.right is None
        level.put(tile, np.zeros((32, 32), dtype=np.uint8))
    assert level.done.all()


# Borders and guides --------------------------------------------------------------------------------------------------


@given(GRIDS, st.integers(0, 2**32))
def test_borders_are_the_pixels_of_finished_neighbours_that_touch(grid, seed):
    pixels = grays(seed, 32 * grid)
    done = np.random.default_rng(seed).random((grid, grid)) < 0.6
    level = Level(32 * grid)
    for tile in all_tiles(grid):
        if done[tile.row, tile.column]:
            level.put(tile, pixels[tile.slices])
    assert np.array_equal(level.done, done)
    for tile in all_tiles(grid):
        y, x = 32 * tile.row, 32 * tile.column
        borders = level.borders(tile)
        for border, row, column, at in (
            (borders.top, -1, 0, lambda i, y=y, x=x: (y - 1, x + i)),
            (borders.left, 0, -1, lambda i, y=y, x=x: (y + i, x - 1)),
            (borders.right, 0, 1, lambda i, y=y, x=x: (y + i, x + 32)),
            (borders.bottom, 1, 0, lambda i, y=y, x=x: (y + 32, x + i)),
        ):
            row, column = tile.row + row, tile.column + column
            if 0 <= row < grid and 0 <= column < grid and done[row, column]:
                assert border.dtype == np.uint8
                assert border.tolist() == [pixels[at(i)] for i in range(32)]
            else:
                assert border is None


def test_borders_do_not_change_when_the_level_does():
    level = Level.finished(grays(0, 64))
    border = level.borders(Tile(2, 2, 0, 0)).right
    before = border.copy()
    level.put(Tile(2, 2, 0, 1), np.zeros((32, 32), dtype=np.uint8))
    assert np.array_equal(border, before)


@pytest.mark.parametrize("side", [16, 32, 128])
@pytest.mark.parametrize("shades", [16, 256])
def test_a_guide_of_factor_two_is_the_window_of_the_level_above_and_the_row_beneath(side, shades):
    above = quantise(grays(1, side), shades)
    grid = side // 16
    guides = Level.finished(above).guides(2 * side, shades)
    assert guides.shape == (16 * grid + 1, 16 * grid)
    for tile in all_tiles(grid):
        y, x = 16 * tile.row, 16 * tile.column
        guide = guide_of(guides, tile)
        assert guide.shape == (17, 16)
        assert np.array_equal(guide[:16], above[y : y + 16, x : x + 16])
        beneath = above[y + 16, x : x + 16] if tile.row < grid - 1 else np.full(16, ABSENT)
        assert np.array_equal(guide[16], beneath)


@given(SIDES, SIDES, st.integers(0, 2**32))
def test_a_tiles_guide_needs_no_more_than_the_tiles_above_that_it_shows(width, height, seed):
    canvas = Canvas(min(width, 512), min(height, 512))
    for number in range(1, len(canvas.sides)):
        whole, part = (Level(canvas.sides[number - 1]) for _ in range(2))
        pixels, above = grays(seed, whole.side), canvas.tiles(number - 1) if number > 1 else [Tile(0, 1, 0, 0)]
        for tile in above:
            whole.put(tile, pixels[tile.slices])
        guides = whole.guides(canvas.sides[number], 16)
        for tile in canvas.tiles(number)[:: max(1, len(canvas.tiles(number)) // 7)]:
            part.rows[:], part.pixels[:] = 0, 0
            for other in above if number == 1 else canvas.above(tile) or above:
                part.put(other, pixels[other.slices])
            assert np.array_equal(part.guide(tile, canvas.sides[number], 16), guide_of(guides, tile))
            assert part.guide(tile, canvas.sides[number], 16).dtype == np.int16


def test_a_guide_of_an_unfinished_level_is_not_kept_when_more_of_it_is_drawn():
    above, tile = Level(64), Tile(3, 3, 1, 1)  # of a level of 96 pixels a side
    assert (above.guide(tile, 96, 256) == ABSENT).all()
    for number in range(4):
        above.put(Tile(2, 2, *divmod(number, 2)), np.full((32, 32), 7, np.uint8))
    assert (above.guide(tile, 96, 256) == 7).all()


def test_guides_of_other_factors_are_means_or_nearest_pixels():
    above = grays(2, 64)
    halves = Level.finished(above).guides(64, 256)[:32]
    assert np.abs(halves - above.reshape(32, 2, 32, 2).mean((1, 3))).max() <= 1
    doubles = Level.finished(above).guides(256, 256)[:128]
    assert np.array_equal(doubles, above.repeat(2, 0).repeat(2, 1))


@given(st.integers(1, 16), st.sampled_from([2, 4, 16, 256]))
def test_guides_have_no_more_grays_than_asked_for(grid, shades):
    guides = Level.finished(grays(3, 96)).guides(32 * grid, shades)
    assert (guides[-1] == ABSENT).all()
    assert set(np.unique(guides[:-1])) <= set(quantise(np.arange(256), shades).tolist())


def test_guides_are_absent_where_the_level_above_is_not_finished():
    above, pixels = Level(64), grays(4, 64)
    above.put(Tile(2, 2, 0, 1), pixels[:32, 32:])
    guides = above.guides(128, 256)
    assert np.array_equal(guides[:32, 32:], pixels[:32, 32:])
    assert (guides[32:] == ABSENT).all() and (guides[:, :32] == ABSENT).all()
    # a guide pixel that would mix finished and unfinished pixels is absent too
    assert (above.guides(96, 256)[:24, 24:] != ABSENT).all()
    assert (Level(64).guides(96, 256) == ABSENT).all()
    assert np.array_equal(above.guides(160, 256)[:, 40:] == ABSENT, np.arange(81)[:, None].repeat(40, 1) >= 40)
