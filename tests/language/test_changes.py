"""Changes: a plan becomes what is asked for, all else stays, and what can't be done is refused in one sentence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.changes import (
    Changes,
    added,
    backward,
    chosen,
    finer,
    forward,
    grown,
    mirrored,
    moved,
    removed,
    replaced,
    turned,
    with_looks,
)
from tiledraw.language.plan import Placement, Plan

SUN = Placement("sun", Box(0, 0, 8, 8))
CATS = (Placement("cat", Box(4, 16, 12, 24), "black"), Placement("cat", Box(20, 16, 28, 24), mirrored=True, turned=10))
PLAN = Plan((SUN, *CATS), "grass")


def test_a_name_means_all_of_its_subject_in_both_languages_and_a_number_one_of_them():
    assert chosen(PLAN, "cat") == chosen(PLAN, "the cat") == chosen(PLAN, "猫") == [1, 2]
    assert chosen(PLAN, "cat 2") == [2] and chosen(PLAN, "sun") == [0]
    for name in ("dog", "cat 3", "cat 0", "", "x 99"):
        with pytest.raises(PlanError, match="in the plan"):
            chosen(PLAN, name)


def test_what_is_removed_goes_and_the_rest_stays():
    assert removed(PLAN, "cat 1").placements == (SUN, CATS[1])
    assert removed(PLAN, "cat").placements == (SUN,)


def test_another_subject_takes_the_place_and_its_own_colours():
    plan = replaced(PLAN, "cat", "red dog")
    assert [one.subject for one in plan.placements] == ["sun", "dog", "dog"]
    assert plan.placements[1] == Placement("dog", CATS[0].box, "red") and plan.placements[2].mirrored
    assert replaced(PLAN, "sun", "月亮").placements[0].subject == "moon"
    for new in ("two dogs", "a dog and a bird", "qwerty"):
        with pytest.raises((UnknownSubjectError, PlanError)):
            replaced(PLAN, "sun", new)


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("top-right", Box(24, 0, 32, 8)),
        ("bottom, large", Box(8, 16, 24, 32)),
        ("small", Box(0, 0, 8, 8)),
        ("large", Box(0, 0, 16, 16)),
        ("1 2 30 9", Box(1, 2, 30, 9)),
    ],
)
def test_a_subject_goes_to_a_place_a_size_or_a_box(place, box):
    plan = moved(PLAN, "sun", place)
    assert plan.placements == (replace(SUN, box=box), *CATS)


@pytest.mark.parametrize(
    ("name", "place"), [("cat", "top"), ("sun", "nowhere"), ("sun", "0 0 40 8"), ("sun", "8 8 8 9")]
)
def test_a_place_that_is_none_is_refused(name, place):
    with pytest.raises(PlanError):
        moved(PLAN, name, place)


def test_looks_take_the_place_of_looks():
    plan = with_looks(PLAN, "cat 1", "blue, striped white")
    assert plan.placements[1].words == ["blue", "striped white"] and plan.placements[2] == CATS[1]
    assert with_looks(PLAN, "cat", "plain").placements[1].words == []
    assert with_looks(PLAN, "cat", "red").placements[2].words == ["red", "mirrored", "turned 10"]
    with pytest.raises(PlanError, match="fluffy"):
        with_looks(PLAN, "cat", "fluffy")


def test_what_is_mirrored_twice_is_as_before():
    assert mirrored(PLAN, "cat").placements[2] == replace(CATS[1], mirrored=False, turned=-10)
    assert mirrored(mirrored(PLAN, "cat"), "cat") == PLAN


def test_turns_add_up_as_far_as_they_may():
    assert turned(PLAN, "cat 2", 15).placements[2].turned == 25
    with pytest.raises(PlanError):
        turned(PLAN, "cat 2", 25)


def test_the_order_of_depth_changes_and_nothing_else():
    assert forward(PLAN, "sun").placements == (*CATS, SUN)
    assert backward(PLAN, "cat 2").placements == (CATS[1], SUN, CATS[0])


def test_what_is_added_stands_in_front_where_its_words_say():
    plan = added(PLAN, "a red striped ball at the top right")
    assert plan.placements[:3] == PLAN.placements
    ball = plan.placements[3]
    assert (ball.subject, ball.colour, ball.pattern) == ("ball", "red", "striped") and ball.box.x1 == 32
    assert ball.box.y0 == 0


def test_what_is_added_without_a_place_covers_nothing_as_long_as_there_is_room():
    plan = added(PLAN, "two small stars")
    stars = plan.placements[3:]
    assert [star.subject for star in stars] == ["star", "star"]
    boxes = [one.box for one in plan.placements]
    assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[:n])


def test_changes_are_done_in_their_order():
    changes = Changes(
        remove=("cat 1",), recolour=(("cat", "red"),), forward=("sun",), background="night", add=("a moon",)
    )
    plan = changes.of(PLAN)
    assert [one.subject for one in plan.placements] == ["cat", "sun", "moon"] and plan.background == "night"
    assert plan.placements[0].colour == "red" and list(changes.given) == [
        "remove",
        "recolour",
        "forward",
        "background",
        "add",
    ]
    assert Changes().of(PLAN) == PLAN
    with pytest.raises(PlanError):
        Changes(background="hell").of(PLAN)


@given(st.integers(1, 8), st.integers(0, 20), st.integers(0, 20))
def test_a_grown_plan_has_its_boxes_where_they_were(factor, x, y):
    plan = grown(finer(PLAN, factor), 32 * factor + 40, x, y)
    assert plan.grid == 32 * factor + 40
    for one, old in zip(plan.placements, PLAN.placements, strict=True):
        box = old.box.times(factor)
        assert one.box == Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)
