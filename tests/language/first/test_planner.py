"""The planner: a thought becomes a plan, or one sentence that says what can be drawn."""

import pytest

from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.first.plan import FULL
from tiledraw.language.first.planner import read_thought

KNOWN = ("cat", "sun", "horse")


def test_a_thought_becomes_a_plan():
    thought = "let me see\nbackground: light\n- cat: bottom-left, large, 0 4 4 8"
    plan = read_thought(thought, "a cat", Box(0, 2, 8, 8), KNOWN)
    assert plan.background == "light"
    assert plan.canvas == Box(0, 2, 8, 8)
    assert [(placement.subject, placement.box) for placement in plan.placements] == [("cat", Box(0, 4, 4, 8))]


@pytest.mark.parametrize(
    ("thought", "name"),
    [("unknown: hippo", "'hippo'"), ("unknown:", "'draw a hippo'"), ("unknown: " + "x" * 90, "'x{40}…'")],
)
def test_an_unknown_thing_is_told_with_the_nearest_known(thought, name):
    with pytest.raises(UnknownSubjectError, match=rf"^I don't know how to draw {name}; the nearest .* cat.*$"):
        read_thought(thought, "draw a hippo", FULL, KNOWN)


def test_a_model_without_a_list_names_any_subject():
    with pytest.raises(UnknownSubjectError, match="subjects are rabbit, "):
        read_thought("unknown: rabit", "a rabit", FULL, ())


@pytest.mark.parametrize(
    ("thought", "sentence"),
    [
        ("", "thought of no plan for 'a cat' .*--planner rules"),
        ("background: light\n- cat: left, large, 7 7 12 12", "thought of no plan for 'a cat' .*--planner rules"),
        ("background: light", "no subject in 'a cat'.*--planner rules"),
    ],
)
def test_a_thought_without_a_plan_is_one_sentence(thought, sentence):
    with pytest.raises(PlanError, match=rf"^the model [^\n]*{sentence}$") as error:
        read_thought(thought, "a cat", FULL, KNOWN)
    assert not isinstance(error.value, UnknownSubjectError)


def test_a_long_prompt_is_not_repeated_in_full():
    with pytest.raises(PlanError) as error:
        read_thought("background: light", "cat " * 500, FULL, KNOWN)
    assert len(str(error.value)) < 200


def test_a_model_that_has_learned_without_plans_may_think_without_one():
    assert read_thought("shows: digit 7", "draw a 7", FULL, (), planless=True) is None
    plan = read_thought(
        "shows: a cat\nbackground: light\n- cat: left, large, 0 2 4 6", "a cat", FULL, (), planless=True
    )
    assert plan.subjects == ("cat",)


@pytest.mark.parametrize("thought", ["unknown: rabit", "I think unknown: rabit"])
def test_whoever_has_learned_without_plans_refuses_all_the_same(thought):
    with pytest.raises(PlanError):  # a refusal has no picture, so it can't be taken as it is
        read_thought(thought, "a rabit", FULL, (), planless=True)
