"""The assembler: tiles go back to where they were cut from, and seams are measured against what has none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.assembler import AssemblyError, assemble, seam_ratio, steps
from tiledraw.canvas.pyramid import Canvas, Tile

SIDES = st.integers(1, 9).map(lambda tiles: 32 * tiles)


def grays(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def cut(canvas, seed=0):
    """The square of a canvas, and its visible tiles."""
    square = grays(canvas.side, canvas.side, seed)
    return square, [(tile, square[tile.slices]) for tile in canvas.tiles(len(canvas.sides) - 1)]


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_tiles_in_any_order_make_up_the_picture(width, height, random):
    canvas = Canvas(width, height)
    square, tiles = cut(canvas)
    random.shuffle(tiles)
    picture = assemble(iter(tiles), canvas)
    assert picture.shape == (height, width) and picture.dtype == np.uint8
    assert np.array_equal(picture, canvas.crop(square))


@pytest.mark.parametrize(("size", "gone"), [((64, 64), 0), ((64, 64), 3), ((96, 32), 1), ((32, 32), 0)])
def test_a_missing_tile_is_named(size, gone):
    canvas = Canvas(*size)
    _, tiles = cut(canvas)
    tile, _ = tiles.pop(gone)
    with pytest.raises(AssemblyError, match=rf"^1 tiles are missing, row {tile.row} column {tile.column} first$"):
        assemble(tiles, canvas)


@pytest.mark.parametrize(
    "tile",
    [
        Tile(1, 1, 0, 0),  # of the level above
        Tile(3, 4, 0, 0),
        Tile(2, 3, 3, 1),  # outside the square
        Tile(2, 3, 1, -1),
        Tile(2, 3, 0, 0),  # in the square, but not visible
        Tile(1, 3, 1, 0),  # of a grid that this level does not have
    ],
)
def test_a_foreign_tile_is_refused(tile):
    canvas = Canvas(96, 32)
    _, tiles = cut(canvas)
    with pytest.raises(AssemblyError, match="is not of a canvas"):
        assemble([*tiles, (tile, grays(32, 32))], canvas)


@pytest.mark.parametrize("shape", [(32, 31), (64, 32), (1, 32), (32,), (32, 32, 1), (0, 0)])
def test_a_misshapen_tile_is_refused(shape):
    canvas = Canvas(64, 64)
    _, tiles = cut(canvas)
    tiles[2] = (tiles[2][0], np.zeros(shape, dtype=np.uint8))
    with pytest.raises(AssemblyError, match="32x32 pixels"):
        assemble(tiles, canvas)


# Seams ---------------------------------------------------------------------------------------------------------------


def with_seams(picture, much=40):
    """The picture with every second tile lighter."""
    rows, columns = np.indices(picture.shape) // 32
    return picture + (much * ((rows + columns) % 2)).astype(np.uint8)


def smooth(seed, shape=(96, 128)):
    """A picture of slow gradients from 0 to 200."""
    y, x = np.indices(shape)
    return (100 + 99 * np.sin(seed + y / 9) * np.cos(x / 7)).astype(np.uint8)


def test_steps_are_those_across_tile_borders_and_the_others():
    picture = np.zeros((64, 96), dtype=np.uint8)
    picture[:, 32:] = 200
    across, within = steps(picture)
    places = 64 * 2 + 96  # two upright borders, a level one
    assert across == pytest.approx(200 * 64 / places)
    assert within == 0
    picture[0, 0] = 10
    assert steps(picture)[1] == pytest.approx(20 / (64 * 95 + 96 * 63 - places))


@pytest.mark.parametrize("size", [(32, 32), (32, 8), (1, 1)])
def test_a_picture_of_one_tile_has_no_seams(size):
    with pytest.raises(AssemblyError, match="one tile"):
        steps(np.zeros(size, dtype=np.uint8))


def test_around_what_was_drawn_anew_its_own_borders_alone_count():
    picture, free = np.zeros((96, 96), dtype=np.uint8), np.zeros((96, 96), dtype=bool)
    free[32:64, 32:64] = True
    picture[:, 64:] = 50  # a third of its right border, and tile borders that don't count
    across, within = steps(picture, free)
    assert across == pytest.approx(50 * 32 / 128) and within == 0
    picture[5, 5] = 10
    assert steps(picture, free)[1] == pytest.approx(40 / (2 * 96 * 93))
    free[10, 10] = True  # masks need not end at tiles
    assert steps(picture, free)[0] == pytest.approx(50 * 32 / 132)


@pytest.mark.parametrize("free", [np.zeros((64, 64), dtype=bool), np.ones((64, 64), dtype=bool)])
def test_without_a_border_of_what_was_drawn_anew_there_is_no_ratio(free):
    with pytest.raises(AssemblyError, match="nothing or all"):
        steps(grays(64, 64), free)


def test_seams_around_what_was_drawn_anew_raise_its_ratio_alone():
    picture, free = smooth(0, (128, 128)), np.zeros((128, 128), dtype=bool)
    free[32:64, 64:96] = True
    edited = np.where(free, picture + 40, picture).astype(np.uint8)
    assert seam_ratio([edited], [picture], [free]) > 3
    assert seam_ratio([picture], [picture], [free]) == pytest.approx(1)
    elsewhere = picture.copy()
    elsewhere[96:] += 40
    assert seam_ratio([elsewhere], [picture], [free]) < 1.1 < seam_ratio([elsewhere], [picture])


def test_pictures_have_the_seams_of_themselves():
    pictures = [smooth(seed) for seed in range(3)]
    assert seam_ratio(pictures, pictures) == pytest.approx(1)
    assert seam_ratio(iter(pictures), iter(pictures)) == pytest.approx(1)
    others = [smooth(seed, (160, 96)) for seed in range(5, 9)]
    assert seam_ratio(others, pictures) == pytest.approx(1, abs=0.2)


def test_visible_seams_raise_the_ratio_the_more_the_more_they_are_seen():
    pictures = [smooth(seed) for seed in range(3)]
    ratios = [seam_ratio([with_seams(picture, much) for picture in pictures], pictures) for much in (0, 5, 20, 50)]
    assert ratios == sorted(ratios)
    assert ratios[1] > 1.1 and ratios[3] > 5
    shifted = [np.roll(with_seams(picture, 50), 16, (0, 1)) for picture in pictures]  # edges, but not between tiles
    assert seam_ratio(shifted, pictures) < 1.1


def test_pictures_without_any_step_have_no_ratio():
    plain = np.full((64, 64), 7, dtype=np.uint8)
    assert np.isnan(seam_ratio([plain], [smooth(0)]))
    assert np.isnan(seam_ratio([smooth(0)], [plain]))
    inside = plain.copy()
    inside[10:20, 10:20] = 0  # steps, but none at a border to compare with
    assert np.isnan(seam_ratio([smooth(0)], [inside]))
    assert seam_ratio([plain, smooth(0)], [smooth(0)]) == pytest.approx(1)  # one plain picture among others is fine
