"""Seeing: true pictures show what was drawn and nothing else, also where it is hidden in part, or drawn with errors."""

import numpy as np
import pytest

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed, square_of
from tiledraw.evaluation.seeing import see
from tiledraw.format.palettes import parse_palette
from tiledraw.language.plan import parse_plan

# such as are alike among them
NAMES = ("cat", "dog", "bear", "ball", "orange", "donut", "house", "tree", "sun", "knife")
PLAN = parse_plan("background: grass\n- house: 14 4 30 20\n- cat: red, 2 12 18 28\n- ball: mirrored, 22 22 31 31")


def drawn(plan, side=64, width=None):
    """The true picture of a plan."""
    canvas = Canvas(width or side, side)
    layers = {}
    for name, last in levels_needed(plan, canvas).items():
        levels = [render_layer(name, COARSE << level) for level in range(last + 1)]
        layers[name] = DrawnLayer(parse_palette(levels[-1][0]), [inks for _, inks in levels])
    return compose((canvas.width, canvas.height), layers_of(plan, canvas, layers))[..., :3]


def seen(picture):
    return {(one.subject, one.box) for one in see(picture, NAMES)}


def true(plan, side=64, width=None):
    canvas = Canvas(width or side, side)
    return {(one.subject, square_of(plan, one, canvas)) for one in plan.placements}


@pytest.mark.parametrize("side", [64, 96, 256])
def test_subjects_of_a_true_picture_are_seen_in_their_boxes(side):
    assert seen(drawn(PLAN, side)) == true(PLAN, side)


@pytest.mark.parametrize("background", ["hills", "night", "room", "black"])
def test_each_background_is_no_subject_and_hides_none(background):
    plan = parse_plan(f"background: {background}\n- dog: 2 2 14 14\n- orange: 16 16 30 30")
    assert seen(drawn(plan)) == true(plan)
    assert not see(drawn(parse_plan(f"background: {background}")), NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_subjects_are_told_from_others_that_are_alike(name):
    plan = parse_plan(f"background: light blue\n- {name}: 4 6 22 24")
    assert seen(drawn(plan)) == true(plan)


def test_colour_and_mirroring_are_seen():
    plan = parse_plan("background: white\n- cat: blue, mirrored, 1 1 15 15\n- dog: 16 16 31 31")
    cat, dog = sorted(see(drawn(plan), NAMES), key=lambda one: one.subject)
    assert (cat.colour, cat.mirrored) == ("blue", True)
    assert not dog.mirrored


def test_what_is_hidden_in_part_is_seen_behind_what_hides_it():
    plan = parse_plan("background: cream\n- bear: 6 6 22 22\n- tree: 13 8 30 25")
    found = {one.subject: one for one in see(drawn(plan), NAMES)}
    assert {(one.subject, one.box) for one in found.values()} == true(plan)
    assert found["bear"].shown < 0.9 < found["tree"].shown


def test_several_of_one_subject_are_seen_as_often():
    plan = parse_plan("background: yellow\n- donut: 1 1 11 11\n- donut: 12 12 22 22\n- donut: 20 1 30 11")
    assert seen(drawn(plan)) == true(plan)


def test_a_few_wrong_pixels_are_borne():
    picture, rng = drawn(PLAN), np.random.default_rng(0)
    wrong = rng.random(picture.shape[:2]) < 0.03
    picture[wrong] = rng.integers(0, 256, (wrong.sum(), 3))
    assert seen(picture) == true(PLAN)


def test_boxes_that_are_not_square_hold_their_subject_in_the_middle():
    plan = parse_plan("background: sea\n- dog: 2 3 21 18")  # two cells and a half to the right
    ((subject, box),) = seen(drawn(plan))
    assert (subject, box) == ("dog", square_of(plan, plan.placements[0], Canvas(64, 64)))


def test_a_picture_that_is_not_square_is_seen_in_its_own_pixels():
    plan = parse_plan("canvas: 8 0 24 32\nbackground: sea\n- dog: 9 3 23 17")
    assert seen(drawn(plan, 128, 64)) == true(plan, 128, 64)


def test_nothing_to_look_for_is_nothing_seen():
    assert see(drawn(PLAN), []) == []


@pytest.mark.parametrize("picture", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), "cat"])
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(ValueError, match="must be a"):
        see(picture, NAMES)


@pytest.mark.parametrize("name", ["bed", "book"])
def test_a_subject_of_thin_strokes_that_are_a_pixel_off_is_seen_once(name):
    true_one = drawn(parse_plan(f"background: white\n- {name}: 6 6 26 26"), 128)
    off = np.where(np.arange(128)[:, None, None] % 24 < 12, true_one, np.roll(true_one, (1, 1), (0, 1)))
    assert [one.subject for one in see(off, (*NAMES, "bed", "toilet", "book"))] == [name]
