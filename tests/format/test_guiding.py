"""Guiding: what a guide says of pixels holds for true pictures, and nothing is filled that is in doubt."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import ABSENT, Borders
from tiledraw.data.shards import ShardSource
from tiledraw.format.grammar import TileDocument
from tiledraw.format.guiding import plain_gray, plain_pixels
from tiledraw.language.boxes import Box

NOTHING = "level 2, row 1 of 4, column 0 of 4, light: nothing"


@pytest.mark.parametrize(
    ("changes", "gray"),
    [
        ({}, 187),
        ({"think": NOTHING.replace("nothing", "cat 0 0 32 32")}, None),
        ({"think": NOTHING.partition(", light")[0]}, None),  # it does not say what is there
        ({"borders": Borders(top=np.full(32, 187, dtype=np.uint8))}, 187),
        ({"borders": Borders(left=np.arange(156, 188, dtype=np.uint8))}, None),
        ({"guide": np.full((17, 16), -1, dtype=np.int16)}, None),
        ({"guide": np.repeat(np.array([187, -1], dtype=np.int16), [256, 16]).reshape(17, 16)}, 187),
    ],
)
def test_plain_gray_needs_a_thought_of_nothing_and_one_gray_all_around(changes, gray):
    document = TileDocument(NOTHING, np.full((17, 16), 187, dtype=np.int16))
    assert plain_gray(replace(document, **changes)) == gray


@given(st.integers(0, 2**32))
def test_pixels_are_plain_just_where_a_guide_pixel_and_all_around_it_are_of_one_gray(seed):
    rng = np.random.default_rng(seed)
    guide = np.where(rng.random((17, 16)) < 0.04, 0, 221).astype(np.int16)
    if seed % 2:
        guide[16] = ABSENT  # beneath the square
    pixels = plain_pixels(guide)
    assert pixels.shape == (32, 32) and pixels.dtype == np.int16
    for y in range(16):
        for x in range(16):
            window = guide[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            known = set(window[window != ABSENT].tolist())
            expected = known.pop() if len(known) == 1 else ABSENT
            assert (pixels[2 * y : 2 * y + 2, 2 * x : 2 * x + 2] == expected).all()


def test_outside_the_boxes_of_what_is_there_only_what_is_outside_counts():
    guide = np.full((17, 16), 221, np.int16)
    guide[4:12, 6:10] = 34  # fills a box of the tile
    guide[14, 14] = 0  # a speck that no box holds
    bare, boxed = (plain_pixels(guide, boxes) != ABSENT for boxes in ([], [Box(12, 8, 20, 24)]))
    bare, boxed = bare[::2, ::2], boxed[::2, ::2]
    assert not bare[3, 5:11].any() and boxed[3, 5:11].all()  # the row above the box
    assert np.array_equal(bare[4:12, 6:10], boxed[4:12, 6:10])  # inside nothing changes
    assert not boxed[13:16, 13:16].any() and boxed.sum() == 256 - 20 - 9
    others = [Box(12, 8, 20, 24), Box(-36, -36, -4, -4), Box(32, 0, 48, 16)]  # no more of these lies in the tile
    assert np.array_equal(plain_pixels(guide, others)[::2, ::2] != ABSENT, boxed)


def test_nothing_is_plain_under_a_guide_that_is_not_there():
    assert (plain_pixels(np.full((17, 16), ABSENT, np.int16)) == ABSENT).all()


def test_what_plain_guides_say_holds_for_true_pictures(built):
    source = ShardSource(built, "validation")
    tiles = [
        tile for tile in (source.stored("tile", n) for n in range(source.counts["tile"])) if len(tile.pixels) == 32
    ]
    wrong, plain = [], []
    for tile in (tile for tile in tiles if len(tile.pixels) == 32):
        pixels = plain_pixels(tile.guide)
        plain.append((pixels != ABSENT).mean())
        wrong.append((pixels[pixels != ABSENT] != tile.pixels[pixels != ABSENT]).sum() / pixels.size)
    assert np.mean(plain) > 0.3 and np.mean(wrong) < 0.001
