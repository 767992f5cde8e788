"""Sketches: what is put together from them is what the plan says, and only what is to be drawn is sketched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pixels import resize
from tiledraw.canvas.pyramid import ABSENT
from tiledraw.data.documents import SceneConfig, SceneSource
from tiledraw.data.scenes import render, sketch
from tiledraw.evaluation.likelihood import scene_documents
from tiledraw.format.sketches import (
    approximate,
    fitting,
    level_alone,
    open_subjects,
    plan_alone,
    put_together,
    sketch_document,
    to_draw_on,
)
from tiledraw.format.think import read_contents
from tiledraw.language.boxes import Box
from tiledraw.language.first_plan import FULL, Placement, Plan

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
    medium, shares = picture[40:, 40:].astype(int), resize(SKETCHES["cat"], 24, 24).astype(int)
    off, off_by_shares = (np.abs(pixels - true[40:, 40:]).mean() for pixels in (medium, shares))
    assert 0 < off < 0.7 * off_by_shares  # 24 pixels are no whole part of 32


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_a_sketch_of_any_size_is_as_bright_as_the_sketch(seed, cells):
    sketched = np.random.default_rng(seed).integers(110, 140, (32, 32), dtype=np.uint8)  # never beyond black or white
    plan, coarse = Plan((Placement("sun", Box(0, 0, cells, cells)),)), np.zeros((8, 8), np.uint8)
    picture = put_together(plan, coarse, {"sun": sketched}, 64, 256)[: 8 * cells, : 8 * cells]
    assert abs(picture.mean() - sketched.mean()) < 0.6  # nearest pixels, or means that are rounded


def test_a_smooth_sketch_stays_smooth_at_any_size():
    slope = np.tile(np.arange(40, 200, 5, dtype=np.uint8), (32, 1))
    for cells in (3, 5, 6, 7):
        plan, side = Plan((Placement("sun", Box(0, 0, cells, cells)),)), 8 * cells
        picture = put_together(plan, np.zeros((8, 8), np.uint8), {"sun": slope}, 64, 256)[:side, :side]
        wanted = 40 + 5 * ((np.arange(side) + 0.5) * 32 / side - 0.5)
        assert np.abs(picture - wanted)[:, 6:-6].max() <= 0.51


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


def test_boxes_of_finer_levels_that_are_no_larger_than_a_sketch_are_known():
    once = {name: [sketch] for name, sketch in SKETCHES.items()}
    known, true = fitting(PLAN, once, 128, 16), render(PLAN, 128, 16)
    assert known.shape == (128, 128) and known.dtype == np.int16
    assert np.array_equal(known[:32, 80:112], true[:32, 80:112])  # the sun, of two cells
    known[:32, 80:112] = ABSENT
    assert (known == ABSENT).all()
    covered = Plan((PLAN.placements[1], Placement("cat", Box(6, 1, 8, 3))))
    known = fitting(covered, once, 128, 16)
    assert np.array_equal(known[16:48, 96:128], SKETCHES["cat"])
    assert (fitting(covered, {"sun": once["sun"]}, 128, 16)[16:48, 96:128] == ABSENT).all()


def test_boxes_that_are_larger_than_a_sketch_come_from_a_finer_one():
    true = render(PLAN, 128, 16)
    finer = {name: render(plan_alone(name, "white"), 128, 16)[32:96, 32:96] for name in SKETCHES}
    known = fitting(PLAN, {name: [SKETCHES[name], finer[name]] for name in SKETCHES}, 128, 16)
    shown = known != ABSENT
    assert np.array_equal(shown[:32, 80:112] | (true == true[0, 0])[:32, 80:112], np.ones((32, 32), bool))
    assert np.array_equal(known[64:, :64], true[64:, :64])  # the cat of four cells, as large as it
    assert np.array_equal(known[:32, 80:112], SKETCHES["sun"])  # the smaller one will do
    assert np.abs(known[80:, 80:].astype(int) - true[80:, 80:]).max() <= 34  # of three cells: within two gray steps
    assert shown.sum() == 64 * 64 + 32 * 32 + 48 * 48
    larger = Plan((Placement("cat", Box(0, 0, 5, 5)),))
    assert (fitting(larger, {"cat": [SKETCHES["cat"], finer["cat"]]}, 128, 16) == ABSENT).all()


def test_a_sketch_in_a_box_that_is_no_square_stands_on_its_ground():
    known = fitting(Plan((Placement("sun", Box(1, 1, 3, 5)),)), {"sun": [SKETCHES["sun"]]}, 128, 16)
    assert (known[16:32, 16:48] == SKETCHES["sun"][0, 0]).all() and (known[64:80, 16:48] == SKETCHES["sun"][0, 0]).all()
    assert np.array_equal(known[32:64, 16:48], SKETCHES["sun"])


def test_sketches_are_drawn_on_where_a_level_has_them_larger_and_a_finer_one_will_do():
    plan = Plan((*PLAN.placements, Placement("dog", Box(0, 0, 2, 2)), Placement("pig", Box(0, 0, 5, 5))))
    assert to_draw_on(plan, plan.subjects, [16, 32, 64]) == ["pig"]
    assert set(to_draw_on(plan, plan.subjects, [128])) == {"cat"}
    assert set(to_draw_on(plan, plan.subjects, [128, 256])) == {"cat", "sun", "dog"}
    assert to_draw_on(plan, ["sun"], [128]) == []


def test_a_page_of_a_sketch_is_the_level_above_that_of_its_plan():
    page = level_alone(SKETCHES["cat"])
    assert page.shape == (64, 64) and page.dtype == np.uint8
    assert np.array_equal(page, render(plan_alone("cat", "white"), 64, 16))


def test_a_level_put_together_is_means_of_the_next_one_but_where_it_is_approximate():
    plan = Plan((*PLAN.placements, Placement("sun", Box(0, 0, 3, 3))))
    unlike = approximate(plan, 128)
    assert unlike.shape == (128, 128) and unlike.dtype == bool
    guide = put_together(plan, render(plan, 8, 16), SKETCHES, 64, 16).astype(int)
    means = render(plan, 128, 16).reshape(64, 2, 64, 2).mean((1, 3))
    within = (np.abs(means - guide) <= 17).repeat(2, axis=0).repeat(2, axis=1)
    for three_cells in (slice(0, 48), slice(80, 128)):
        assert unlike[three_cells, three_cells].all() and not within[three_cells, three_cells].all()
        unlike[three_cells, three_cells] = False
    assert not unlike.any() and (within | approximate(plan, 128)).all()
    covered = approximate(Plan((*plan.placements, Placement("cat", Box(1, 1, 3, 3)))), 128)
    assert covered[:16, :48].all() and not covered[16:48, 16:48].any()


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
    config = SceneConfig(("cat",), ("medium",), ("white",), level_weights={64: 1, 128: 1}, max_subjects=1).clean()
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
