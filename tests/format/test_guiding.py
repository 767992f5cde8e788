"""Guiding: what a guide says of pixels holds for true scenes, and nothing is filled that is in doubt."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import ABSENT, Borders
from tiledraw.data.documents import SceneConfig, SceneSource
from tiledraw.format.grammar import LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.guiding import plain_gray, plain_pixels, read_tokens
from tiledraw.format.think import read_contents
from tiledraw.format.weaving import DRAW, woven_row
from tiledraw.language.boxes import Box

NOTHING = "level 2, row 1 of 4, column 0 of 4, light: nothing"


@pytest.mark.parametrize(
    ("changes", "gray"),
    [
        ({}, 187),
        ({"think": NOTHING.replace("nothing", "cat 0 0 8 8")}, None),
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
@settings(max_examples=40)
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
    bare, boxed = (plain_pixels(guide, boxes) != ABSENT for boxes in ([], [Box(3, 2, 5, 6)]))
    bare, boxed = bare[::2, ::2], boxed[::2, ::2]
    assert not bare[3, 5:11].any() and boxed[3, 5:11].all()  # the row above the box
    assert np.array_equal(bare[4:12, 6:10], boxed[4:12, 6:10])  # inside nothing changes
    assert not boxed[13:16, 13:16].any() and boxed.sum() == 256 - 20 - 9
    others = [Box(3, 2, 5, 6), Box(-9, -9, -1, -1), Box(8, 0, 12, 4)]  # no more of these lies in the tile
    assert np.array_equal(plain_pixels(guide, others)[::2, ::2] != ABSENT, boxed)


def test_nothing_is_plain_under_a_guide_that_is_not_there():
    assert (plain_pixels(np.full((17, 16), ABSENT, np.int16)) == ABSENT).all()


def test_true_scenes_are_what_their_plain_guides_say():
    source = SceneSource(SceneConfig(("cat", "sun", "house"), busy=1.0).clean())
    wrong, plain = [], []
    for side in (32, 64, 128, 256):
        for tile in (source.tile(index, side) for index in range(12)):
            pixels = plain_pixels(tile.guide, boxes=[box for _, box in read_contents(tile.think)])
            plain.append((pixels != ABSENT).mean())
            wrong.append((pixels[pixels != ABSENT] != tile.pixels[pixels != ABSENT]).sum() / pixels.size)
    assert np.mean(plain) > 0.3 and np.mean(wrong) < 0.001


# What is passed over --------------------------------------------------------------------------------------------------


def scene_tiles(sides=(32, 64, 128, 256), count=6):
    source = SceneSource(SceneConfig(("cat", "sun", "house"), busy=1.0).clean())
    return [replace(source.tile(index, side), sparse=True) for side in sides for index in range(count)]


def test_what_is_passed_over_is_plain_or_stands_beside_nothing_but_plain_pixels(vocabulary):
    row, passed = woven_row(32), []
    for tile in scene_tiles():
        _, drawn = tokenise(segments(tile), vocabulary)
        read, first = read_tokens(tile, drawn), int(np.argmax(drawn))
        assert read.shape == drawn.shape and read.dtype == bool
        assert read[:first].all() and read[np.flatnonzero(drawn)[-1] + 1 :].all()
        begin = first - row.pixels[0]
        rows = read[begin : begin + 32 * row.length].reshape(32, row.length)
        plain = plain_pixels(tile.guide) != ABSENT
        assert plain[~rows[:, row.pixels]].all()  # every other pixel is read
        plain_eighths = plain.reshape(32, 8, 4).all(-1)
        rows[0, : row.pixels[0]] = not plain_eighths[0].all()
        if not plain_eighths[0, 0] or plain_eighths[0].all():
            assert (rows[0, 3 : row.pixels[0]] == (not plain_eighths[0, 0])).all()
            assert np.array_equal(rows[:, 3:], ~plain_eighths.repeat(8, axis=1))
        assert np.array_equal(rows[:, :3], ~plain_eighths.all(1, keepdims=True).repeat(3, axis=1))
        passed.append(1 - read.mean())
    assert np.mean(passed) > 0.3


def test_plain_pixels_that_are_to_be_drawn_are_read(vocabulary):
    tile = scene_tiles((64,), 1)[0]
    drawn = tokenise(segments(tile), vocabulary)[1]
    assert not read_tokens(tile, drawn).all()
    assert read_tokens(replace(tile, pixels=None), drawn).all()
    plain_eighths = (plain_pixels(tile.guide) != ABSENT).reshape(32, 8, 4).all(-1)
    y, x = np.argwhere(plain_eighths)[-1] * [1, 4]
    known = tile.pixels.astype(np.int16)
    known[y, x] = DRAW
    read, place = read_tokens(replace(tile, pixels=known), drawn), np.flatnonzero(drawn)[32 * y + x]
    assert read[place] and read.sum() - read_tokens(tile, drawn).sum() in (8, 11)  # its eighth, perhaps its row's head


def test_all_is_read_of_layouts_of_the_first_level_and_of_tiles_that_are_not_sparse(vocabulary):
    source = SceneSource(SceneConfig(("cat", "sun")))
    smallest, dense = replace(source.tile(0, 16), sparse=True), source.tile(0, 64)
    for document in (source.layout(0), smallest, dense, LayoutDocument("a cat")):
        _, drawn = tokenise(segments(document), vocabulary)
        assert read_tokens(document, drawn).all()
