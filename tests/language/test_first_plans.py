"""Plans of the first edition: files and texts that people have are read as plans of today, and all else is refused in
one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.attributes import BACKGROUNDS
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.first_plans import BACKGROUNDS as FIRST
from tiledraw.language.plan import Placement, Plan, format_plan, parse_plan, plan_from_text, plan_from_yaml

FILE = "background: light\nplacements:\n- {subject: cat, box: 0 4 4 8}\n- {subject: sun, location: top-right}\n"
TEXT = "a thought\nbackground: light\n- cat: bottom-left, large, 0 4 4 8\n- sun: top-right, medium, 5 0 8 3"
PLAN = Plan((Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(20, 0, 32, 12))), "light gray")


@pytest.mark.parametrize("read", [plan_from_yaml, plan_from_text])
def test_what_people_have_is_read_as_a_plan_of_today(read):
    assert read(FILE if read is plan_from_yaml else TEXT) == PLAN


def test_a_canvas_is_read_and_one_that_is_given_counts_for_more():
    wide = FILE + "canvas: 0 2 8 6\n"
    assert plan_from_yaml(wide).canvas == Box(0, 8, 32, 24)
    assert plan_from_yaml(wide, Box(0, 4, 32, 28)).canvas == Box(0, 4, 32, 28)
    assert plan_from_text(f"canvas: 0 2 8 6\n{TEXT}").canvas == Box(0, 8, 32, 24)


def test_a_text_of_today_is_read_as_such_and_what_models_think_is_never_of_the_first_edition():
    assert plan_from_text(format_plan(PLAN)) == PLAN
    with pytest.raises(PlanError):
        parse_plan(TEXT)


@given(st.sampled_from(list(FIRST)))
def test_every_background_has_one_here(background):
    assert plan_from_yaml(f"background: {background}").background in BACKGROUNDS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{subject: cat, box: 0 0 9 8}", "not inside the plan grid"),
        ("{subject: cat, box: 4 0 4 8}", "not inside the plan grid"),
        ("{subject: cat, box: 0 0 8}", "four whole numbers"),
        ("{subject: cat, location: middle}", "location 'middle' is unknown"),
        ("{subject: cat, size: tiny}", "size 'tiny' is unknown"),
        ("{subject: cat, size: small, box: 0 0 8 8}", "give one of the two"),
        ("{subject: canvas, box: 0 0 8 8}", "no subject name"),
        ("{subject: [cat], box: 0 0 8 8}", "a subject in words"),
        ("{subject: cat, colour: red}", "unknown key 'colour'"),
        ("cat", "a placement must be a mapping"),
    ],
)
def test_what_no_such_plan_said_is_refused_in_one_sentence(change, message):
    with pytest.raises(PlanError, match=message) as error:
        plan_from_yaml(f"placements:\n- {change}\n")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("placements: cat", "must be a list"),
        ("background: hell", "hell"),
        ("canvas: 0 0 0 8", "not inside the plan grid"),
        ("placements: [" + "{subject: cat, box: 0 0 4 4}, " * 17 + "]", "at most 16 placements"),
    ],
)
def test_a_whole_that_no_such_plan_said_is_refused(text, message):
    with pytest.raises(PlanError, match=message):
        plan_from_yaml(text)


@pytest.mark.parametrize("text", ["- cat: left, large, 0 4 4 8", TEXT + "\n- dog: left, large, 0 4 4 9"])
def test_a_text_that_is_no_such_plan_is_refused(text):
    with pytest.raises(PlanError):
        plan_from_text(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_plan_or_refused(before, after):
    for text in (f"background: light\n- cat: left, large, 0 4 4 8\n{before}", f"{before}\n{TEXT}\n{after}"):
        try:
            assert isinstance(plan_from_text(text), Plan)
        except PlanError as error:
            assert str(error)
