"""Judging: what was asked for is right, each part of a verdict turns on its own part, and a little off does no harm."""

from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.evaluation.judging import NOTHING, Detection, Verdict, judge, plan_detections, side_of
from tiledraw.evaluation.suite import read_suite
from tiledraw.language.boxes import Box
from tiledraw.language.first.layout import Item, Request, arrange

PARTS = {field.name for field in fields(Verdict)}
SHIPPED = read_suite()
SHIFT = 0.3  # of a cell

# two small cats at the left, a sun above a tree at the right, on light
ASKED = Request(
    (Item("cat", 2, "small", "left"), Item("sun", relation="above", anchor=2), Item("tree", location="right")), "light"
)
CATS = [Detection("cat", Box(0, 2, 2, 4)), Detection("cat", Box(0, 4, 2, 6))]
SUN, TREE = Detection("sun", Box(6, 0, 8, 2)), Detection("tree", Box(6, 3, 8, 5))


def wrong(request, detections, background="light"):
    """The parts of the verdict that are not met."""
    verdict = judge(request, detections, background)
    parts = {part for part in PARTS if not getattr(verdict, part)}
    assert verdict.right == (not parts)
    return parts


def moved(detection, right=0.0, down=0.0):
    box = detection.box
    return replace(detection, box=Box(box.x0 + right, box.y0 + down, box.x1 + right, box.y1 + down))


@given(st.permutations([*CATS, SUN, TREE]))
def test_what_was_asked_for_is_right_in_any_order(detections):
    assert judge(ASKED, detections, "light") == Verdict(True, True, True, True, True, True)
    assert judge(ASKED, detections, "light").right


@pytest.mark.parametrize(
    ("seen", "parts"),
    [
        ([*CATS, SUN, TREE, Detection("moon", Box(3, 6, 5, 8))], {"subjects", "counts"}),
        ([*CATS, replace(SUN, subject="moon"), TREE], {"subjects", "counts", "relations"}),
        ([*CATS, SUN], {"subjects", "counts", "relations", "locations"}),
        ([SUN, TREE], {"subjects", "counts", "locations", "sizes"}),
        ([], {"subjects", "counts", "locations", "relations", "sizes"}),
        ([*CATS, Detection("cat", Box(0, 3, 2, 5)), SUN, TREE], {"counts"}),
        ([*CATS[:1], SUN, TREE], {"counts"}),
        ([*CATS, SUN, moved(SUN), TREE], {"counts"}),
        ([*(moved(cat, right=3) for cat in CATS), SUN, TREE], {"locations"}),
        ([*(moved(cat, down=2) for cat in CATS), SUN, TREE], {"locations"}),
        ([CATS[0], moved(CATS[1], right=6), SUN, TREE], {"locations"}),  # one of two is elsewhere
        ([*CATS, moved(SUN, down=6), TREE], {"relations"}),
        ([*CATS, moved(SUN, right=-5), TREE], {"relations"}),  # above, but further to the left
        ([*CATS, replace(SUN, box=TREE.box), TREE], {"relations"}),  # in the same place
        ([*CATS, replace(SUN, box=TREE.box), replace(TREE, box=SUN.box)], {"relations", "locations"}),
        ([Detection("cat", Box(0, 1, 3, 4)), Detection("cat", Box(0, 4, 3, 7)), SUN, TREE], {"sizes"}),
        ([Detection("cat", Box(0, 2, 2, 4)), Detection("cat", Box(0, 4, 4, 8)), SUN, TREE], {"sizes", "locations"}),
        ([*CATS, replace(SUN, box=Box(5, 0, 8, 3)), TREE], set()),  # nobody asked for a size of the sun
    ],
)
def test_each_part_turns_on_what_belongs_to_it(seen, parts):
    assert wrong(ASKED, seen) == parts


def test_the_background_counts_where_it_is_asked_for():
    assert wrong(ASKED, [*CATS, SUN, TREE], "gray") == {"background"}
    assert not wrong(replace(ASKED, background=None), [*CATS, SUN, TREE], "gray")


def test_what_a_request_leaves_open_is_met_wherever_it_stands():
    for box in (Box(0, 0, 2, 2), Box(2, 2, 8, 8)):
        assert judge(Request((Item("cat"),)), [Detection("cat", box, 0.4)], "gray").right


def test_locations_are_those_of_the_canvas():
    top, wide = Request((Item("cat", location="top"),)), Box(0, 2, 8, 6)
    seen = [Detection("cat", Box(3, 2, 5, 4))]
    assert judge(top, seen, "white", wide).right
    assert not judge(top, seen, "white").locations


@pytest.mark.parametrize(("side", "size"), [(2.4, "small"), (2.6, "medium"), (3.4, "medium"), (3.6, "large")])
def test_a_size_is_the_nearest_word_to_the_longer_side(side, size):
    for word in ("small", "medium", "large"):
        seen = [Detection("cat", Box(1, 1, 1 + side, 1 + side / 2))]
        assert judge(Request((Item("cat", size=word),)), seen, "white").sizes == (word == size)


@given(*[st.integers(0, 6)] * 4)
def test_sides_are_opposite_and_follow_the_greater_distance(x, y, other_x, other_y):
    side = side_of(Box(x, y, x + 2, y + 2), Box(other_x, other_y, other_x + 2, other_y + 2))
    back = side_of(Box(other_x, other_y, other_x + 2, other_y + 2), Box(x, y, x + 2, y + 2))
    opposite = {"left of": "right of", "right of": "left of", "above": "below", "below": "above", None: None}
    assert back == opposite[side]
    assert (side is None) == ((x, y) == (other_x, other_y))
    if abs(x - other_x) != abs(y - other_y):
        assert (side in ("left of", "right of")) == (abs(x - other_x) > abs(y - other_y))
        assert (side in ("right of", "below")) == (x + y > other_x + other_y) or abs(x - other_x) == abs(y - other_y)


def test_nothing_meets_nothing():
    assert not any(vars(NOTHING).values()) and not NOTHING.right
    assert set(vars(NOTHING)) == PARTS


def test_the_reference_plan_of_every_shipped_case_is_right():
    for case in SHIPPED:
        plan = arrange(case.request)
        assert judge(case.request, plan_detections(plan), plan.background).right, case


def test_a_shift_of_every_box_on_its_own_leaves_every_shipped_case_right():
    for case in SHIPPED:
        plan = arrange(case.request)
        detections = plan_detections(plan)
        for shifts in product((-SHIFT, SHIFT), repeat=2 * len(detections)):
            pairs = zip(shifts[::2], shifts[1::2], strict=True)
            seen = [moved(detection, *pair) for detection, pair in zip(detections, pairs, strict=True)]
            assert judge(case.request, seen, plan.background).right, (case, shifts)


def test_the_plan_of_another_case_is_not_right_unless_it_shows_the_same():
    for case, other in zip(SHIPPED, [*SHIPPED[1:], SHIPPED[0]], strict=True):
        plan = arrange(other.request)
        right = judge(case.request, plan_detections(plan), plan.background).right
        assert not right or set(plan.subjects) == {item.subject for item in case.request.items}
