"""Plans against what was asked: each part of the verdict turns on its own part of the plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.evaluation.planning import PlanVerdict, check_plan
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import FULL, LOCATIONS, Placement, Plan, box_at

placements = st.builds(
    Placement,
    st.sampled_from(["cat", "sun", "hot dog"]),
    st.builds(box_at, st.sampled_from(LOCATIONS), st.integers(2, 6)),
)
plans = st.builds(
    lambda things, background: Plan(tuple(things), background),
    st.lists(placements, max_size=5),
    st.sampled_from(["white", "night"]),
)


def plan(*things, background="white", canvas=FULL):
    return Plan(tuple(Placement(subject, Box(*box)) for subject, box in things), background, canvas)


CAT, SUN = ("cat", (0, 5, 3, 8)), ("sun", (5, 0, 8, 3))


@given(plans, st.randoms(use_true_random=False))
def test_a_plan_in_any_order_is_right(expected, random):
    shuffled = list(expected.placements)
    random.shuffle(shuffled)
    verdict = check_plan(Plan(tuple(shuffled), expected.background), expected)
    assert verdict == PlanVerdict(True, True, True, True)
    assert verdict.right


@given(plans)
def test_no_plan_is_wrong_in_everything(expected):
    assert check_plan(None, expected) == PlanVerdict(False, False, False, False)
    assert not check_plan(None, expected).right


@pytest.mark.parametrize(
    ("given_plan", "verdict"),
    [
        (plan(CAT, ("sun", (4, 0, 8, 4))), PlanVerdict(True, True, False, True)),  # larger, in the same corner
        (plan(CAT, ("sun", (0, 0, 3, 3))), PlanVerdict(True, False, False, True)),  # in another corner
        (plan(("sun", CAT[1]), ("cat", SUN[1])), PlanVerdict(True, False, False, True)),  # changed places
        (plan(CAT), PlanVerdict(False, False, False, True)),  # one is missing
        (plan(CAT, SUN, SUN), PlanVerdict(False, False, False, True)),  # one is there twice
        (plan(CAT, ("moon", SUN[1])), PlanVerdict(False, False, False, True)),  # another one
        (plan(CAT, SUN, background="night"), PlanVerdict(True, True, True, False)),
        (plan(), PlanVerdict(False, False, False, True)),
    ],
)
def test_each_part_is_judged(given_plan, verdict):
    assert check_plan(given_plan, plan(CAT, SUN)) == verdict
    assert check_plan(given_plan, plan(CAT, SUN)).right == (verdict.subjects and verdict.locations)


def test_a_number_must_be_right_and_every_location_must_be_met_as_often():
    two = plan(("cat", (0, 0, 2, 2)), ("cat", (6, 0, 8, 2)))
    assert check_plan(two, two).right
    assert not check_plan(plan(("cat", (0, 0, 2, 2)), ("cat", (0, 0, 2, 2))), two).locations
    assert check_plan(plan(("cat", (0, 0, 2, 2)), ("cat", (0, 0, 2, 2))), two).subjects


def test_locations_are_those_on_the_canvas():
    wide = Box(0, 2, 8, 6)
    top = plan(("cat", (3, 2, 5, 4)), canvas=wide)
    assert check_plan(plan(("cat", (3, 2, 5, 4)), canvas=wide), top).right
    assert not check_plan(plan(("cat", (3, 3, 5, 5)), canvas=wide), top).locations
