"""Scenes: pictures depend on the plan alone, keep to their grays, and show subjects inside their boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.canvas.pixels import quantise
from tiledraw.data.scenes import background, glyph, random_plan, render
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import BACKGROUNDS, FULL, Placement, Plan
from tiledraw.language.subjects import subjects, unknowns

NAMES = ("cat", "sun", "tree")  # few, since each large glyph takes a while to draw
SIDES = st.sampled_from([32, 64, 96, 128, 256])


@st.composite
def boxes(draw):
    x0, y0 = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return Box(x0, y0, draw(st.integers(x0 + 2, 8)), draw(st.integers(y0 + 2, 8)))


PLACEMENTS = st.lists(st.builds(Placement, st.sampled_from(NAMES), boxes()), min_size=1, max_size=3).map(tuple)
PLANS = st.builds(Plan, PLACEMENTS, st.sampled_from(BACKGROUNDS))


def test_the_same_plan_is_the_same_picture_also_after_the_glyphs_are_forgotten():
    plan = Plan((Placement("cat", Box(0, 4, 4, 8)), Placement("sun", Box(5, 0, 8, 3))), "sky")
    once = render(plan, 128)
    glyph.cache_clear()
    assert np.array_equal(render(plan, 128), once)
    assert not np.array_equal(render(Plan(plan.placements, "night"), 128), once)


@given(PLANS, SIDES, st.sampled_from([2, 16, 256]))
@settings(max_examples=40)
def test_pictures_have_the_size_and_no_more_grays_than_asked_for(plan, side, grays):
    picture = render(plan, side, grays)
    assert picture.dtype == np.uint8 and picture.shape == (side, side)
    assert np.array_equal(quantise(picture, grays), picture)
    assert len(np.unique(picture)) <= grays


@given(st.sampled_from(NAMES), boxes(), st.sampled_from(BACKGROUNDS), SIDES)
@settings(max_examples=40)
def test_a_subject_lies_in_the_middle_of_its_box_and_nothing_outside_changes(name, box, ground, side):
    bare, picture = render(Plan((), ground), side), render(Plan((Placement(name, box),), ground), side)
    cell = side // 8
    changed_y, changed_x = np.nonzero(bare != picture)
    assert len(changed_y) > cell * cell / 2  # something to see
    assert cell * box.x0 <= changed_x.min() and changed_x.max() < cell * box.x1
    assert cell * box.y0 <= changed_y.min() and changed_y.max() < cell * box.y1
    off_middle = (changed_x.min() + changed_x.max() + 1 - cell * (box.x0 + box.x1)) / 2
    assert abs(off_middle) <= 0.15 * cell * min(box.width, box.height) + 1


def test_later_placements_lie_over_earlier_ones():
    box = Box(2, 2, 6, 6)
    cat, sun = Placement("cat", box), Placement("sun", box)
    over, under = render(Plan((cat, sun)), 64), render(Plan((sun, cat)), 64)
    assert not np.array_equal(over, under)
    opaque = glyph("sun", 32)[1] == 1
    assert opaque.any()
    assert np.array_equal(over[16:48, 16:48][opaque], render(Plan((sun,)), 64)[16:48, 16:48][opaque])


@given(PLANS, st.sampled_from([16, 256]))
@settings(max_examples=20)
def test_the_coarse_picture_is_the_mean_of_the_32x32_one(plan, grays):
    coarse, flat = render(plan, 8, grays), render(plan, 32, grays)
    means = flat.reshape(8, 4, 8, 4).mean((1, 3))
    assert coarse.shape == (8, 8)
    assert np.array_equal(quantise(coarse, grays), coarse)
    assert np.abs(coarse - means).max() <= 255 / (grays - 1) / 2 + 1


def test_backgrounds_differ_and_are_plain_where_they_should_be():
    seen = {name: background(name, 32) for name in BACKGROUNDS}
    assert len({picture.tobytes() for picture in seen.values()}) == len(BACKGROUNDS)
    assert all(np.ptp(seen[name]) == 0 for name in ("white", "light", "gray", "dark"))
    assert seen["white"].min() == 255
    assert all(np.ptp(picture, axis=1).max() == 0 for picture in seen.values())  # the same all along a row


def test_an_unknown_subject_is_a_key_error():
    with pytest.raises(KeyError):
        render(Plan((Placement("nobody", Box(0, 0, 4, 4)),)), 32)


def test_all_subjects_have_names_and_a_glyph_of_their_own():
    known = subjects()
    assert len(known) >= 300
    assert all(subject.name == name and subject.chinese and subject.glyph for name, subject in known.items())
    assert len({subject.glyph for subject in known.values()}) == len(known)
    Plan(tuple(Placement(name, Box(0, 0, 2, 2)) for name in list(known)[:16]))
    for name in known:
        Plan((Placement(name, Box(0, 0, 2, 2)),))  # every name is one that a plan takes


@given(st.integers(0, 2**32), st.sampled_from([FULL, Box(0, 2, 8, 6), Box(3, 0, 5, 8)]), st.integers(1, 6))
def test_random_plans_are_the_same_for_a_seed_stay_on_the_canvas_and_do_not_overlap(seed, canvas, count):
    def make():
        return random_plan(np.random.default_rng(seed), NAMES, (2, 3, 4), ("white", "dark"), count, canvas)

    plan = make()
    assert plan == make()
    assert 1 <= len(plan.placements) <= count
    boxes = [placement.box for placement in plan.placements]
    assert all(canvas.contains(box) and box.width == box.height for box in boxes)
    assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[:n])
    assert plan.canvas == canvas and plan.background in ("white", "dark") and set(plan.subjects) <= set(NAMES)


def test_unknowns_are_many_that_are_no_subjects_and_each_can_be_drawn():
    assert len(unknowns()) > 100 and not set(unknowns()) & set(subjects())
    assert not set(unknowns().values()) & {subject.glyph for subject in subjects().values()}
    for name in unknowns():
        Plan((Placement(name, FULL),))  # a name that a plan may hold
        assert glyph(name, 16)[1].sum() > 16
