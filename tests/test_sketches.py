"""Sketches: what is put together from them is what the plan says, and only what is to be drawn is sketched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.data.documents import SceneConfig, SceneSource
from tiledraw.data.scenes import render, sketch
from tiledraw.evaluation.likelihood import scene_documents
from tiledraw.plan import FULL, Box, Placement, Plan
from tiledraw.pyramid import ABSENT
from tiledraw.sketches import exact, open_subjects, put_together, sketch_document
from tiledraw.think import read_contents

PLAN = Plan((Placement("cat", Box(0, 4, 4, 8)), Placement("sun", Box(5, 0, 7, 2)), Placement("cat", Box(5, 5, 8, 8))))
SKETCHES = {name: sketch(name, "white", 16) for name in ("cat", "sun")}


def test_a_sketch_is_a_tile_that_its_subject_fills_with_nothing_above_it():
    document = sketch_document("cat", "light")
    assert document.think == "sketch, light: cat 0 0 8 8"
    assert read_contents(document.think) == [("cat", FULL)]
    assert document.guide.shape == (17, 16) and (document.guide == ABSENT).all()
    assert not any(edge is not None for edge in vars(document.borders).values()) and document.pixels is None


def test_large_and_small_subjects_of_64_pixels_are_as_the_true_picture_has_them_but_for_rounding():
    picture, true = put_together(PLAN, render(PLAN, 8, 16), SKETCHES, 64, 16), render(PLAN, 64, 16)
    assert picture.shape == (64, 64) and picture.dtype == np.uint8
    assert np.array_equal(picture[32:, :32], true[32:, :32])
    assert np.abs(picture[:16, 40:56].astype(int) - true[:16, 40:56]).max() <= 17
    medium = np.abs(picture[40:, 40:].astype(int) - true[40:, 40:])
    assert 0 < medium.mean() < 12  # 24 pixels are no whole part of 32


@given(st.integers(0, 255), st.sampled_from([16, 32, 64]), st.integers(0, 4), st.integers(1, 4), st.integers(1, 4))
def test_a_sketch_lies_in_the_middle_of_its_box_on_the_ground(gray, side, x0, width, height):
    coarse, sketched = np.full((8, 8), 221, np.uint8), np.full((32, 32), gray, np.uint8)
    sketched[0, 0] = 221  # the ground
    box = Box(x0, 2, x0 + width, 2 + height)
    picture = put_together(Plan((Placement("sun", box),)), coarse, {"sun": sketched}, side, 256)
    cell, size = side // 8, side // 8 * min(width, height)
    x, y = cell * x0 + (cell * width - size) // 2, cell * 2 + (cell * height - size) // 2
    around = picture.copy()
    around[y : y + size, x : x + size] = 221
    assert (around == 221).all()
    assert (picture[y + size // 2 : y + size, x : x + size] == gray).all()


def test_what_has_no_sketch_is_left_to_what_is_known():
    coarse = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(put_together(PLAN, coarse, {}, 32, 256), coarse.repeat(4, 0).repeat(4, 1))


def test_boxes_of_the_next_level_that_are_as_large_as_a_sketch_are_known():
    known, true = exact(PLAN, SKETCHES, 128), render(PLAN, 128, 16)
    assert known.shape == (128, 128) and known.dtype == np.int16
    assert np.array_equal(known[:32, 80:112], true[:32, 80:112])  # the sun, of two cells
    known[:32, 80:112] = ABSENT
    assert (known == ABSENT).all()
    covered = Plan((PLAN.placements[1], Placement("cat", Box(6, 1, 8, 3))))
    known = exact(covered, SKETCHES, 128)
    assert np.array_equal(known[16:48, 96:128], SKETCHES["cat"])
    assert (exact(covered, {"sun": SKETCHES["sun"]}, 128)[16:48, 96:128] == ABSENT).all()


def test_subjects_of_which_all_stays_are_not_sketched():
    assert open_subjects(PLAN, None) == ["cat", "sun"]
    stays = np.zeros((64, 64), np.int16)
    assert open_subjects(PLAN, stays) == []
    stays[15, 55] = ABSENT  # the last pixel of the sun
    assert open_subjects(PLAN, stays) == ["sun"]
    stays[40, 39] = ABSENT  # beside the second cat
    assert open_subjects(PLAN, stays) == ["sun"]
    stays[40, 40] = ABSENT
    assert open_subjects(PLAN, stays) == ["sun", "cat"]


# In training ---------------------------------------------------------------------------------------------------------


def test_sketches_come_in_the_given_share_and_show_their_subjects():
    source = SceneSource(SceneConfig(("cat", "sun"), backgrounds=("white", "gray"), sketches=0.5))
    tiles = [source.tile(index) for index in range(200)]
    sketches = [tile for tile in tiles if tile.think.startswith("sketch, ")]
    assert 75 < len(sketches) < 125
    for tile in sketches:
        background, name = tile.think.removeprefix("sketch, ").removesuffix(" 0 0 8 8").split(": ")
        assert np.array_equal(tile.pixels, render(Plan((Placement(name, FULL),), background), 32, 16))
    assert {tile.think.split()[-5] for tile in sketches} == {"cat", "sun"}


def test_the_level_after_those_that_are_put_together_has_them_as_its_guide():
    config = SceneConfig(("cat",), ("medium",), ("white",), level_weights={64: 1, 128: 1}, max_subjects=1).undisturbed()
    with_sketches = SceneConfig(**{**vars(config), "sketches": 1e-9})
    guides = {
        side: [[SceneSource(one).tile(index, side).guide for index in range(8)] for one in (config, with_sketches)]
        for side in (64, 128)
    }
    assert all(np.array_equal(*pair) for pair in zip(*guides[64], strict=True))
    assert sum(not np.array_equal(*pair) for pair in zip(*guides[128], strict=True)) >= 6


def test_sketches_want_a_plain_ground():
    with pytest.raises(ValueError, match="sketches stand on a plain ground, which 'night' is not"):
        SceneConfig(("cat",), backgrounds=("white", "night"), sketches=0.3)


# Their likelihood ----------------------------------------------------------------------------------------------------


def test_a_sketched_picture_consists_of_a_sketch_of_each_subject_and_the_levels_after_those_put_together():
    plain = scene_documents("a cat", PLAN, 128, 16)
    stages = scene_documents("a cat", PLAN, 128, 16, sketched=True)
    assert list(stages) == ["coarse", "sketches", "level 4"]
    assert [document.think.split()[2] for document in stages["sketches"]] == ["cat", "sun"]
    assert np.array_equal(stages["sketches"][1].pixels, SKETCHES["sun"])
    pairs = list(zip(plain["level 4"], stages["level 4"], strict=True))
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in pairs)
    others = [read_contents(one.think) for one, other in pairs if not np.array_equal(one.guide, other.guide)]
    shown = {(subject, box.width) for contents in others for subject, box in contents}
    assert shown == {("sun", 8), ("cat", 12)}  # the guide of the large cat is the true one
