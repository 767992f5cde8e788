"""Plans: text and YAML come back as the same plan, old files are read, and all else is refused in one sentence."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, MOST_TURNED, PATTERNS, STYLES
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.plan import (
    GRID,
    MAX_PLACEMENTS,
    Placement,
    Plan,
    format_plan,
    parse_plan,
    plan_from_yaml,
    plan_to_yaml,
)

COLOUR_WORDS = st.sampled_from(list(COLOURS))
YAML_WORDS = st.sampled_from(["cat", "hot dog", "no", "yes", "null", "true", "on", "y", "Nan", "will-o'wisp", "猫"])


def boxes(grid):
    edges = st.tuples(st.integers(0, grid - 1), st.integers(0, grid - 1))
    return edges.flatmap(
        lambda start: st.builds(
            lambda x1, y1: Box(*start, x1, y1), st.integers(start[0] + 1, grid), st.integers(start[1] + 1, grid)
        )
    )


@st.composite
def placements(draw, grid=GRID):
    pattern = draw(st.sampled_from(["", *PATTERNS]))
    return Placement(
        draw(YAML_WORDS),
        draw(boxes(grid)),
        colour=draw(st.just("") | COLOUR_WORDS),
        parts=tuple(draw(st.dictionaries(COLOUR_WORDS, COLOUR_WORDS, max_size=2)).items()),
        pattern=pattern,
        second=draw(st.just("") | COLOUR_WORDS) if pattern else "",
        material=draw(st.sampled_from(["", *MATERIALS])),
        style=draw(st.sampled_from(["", *STYLES])),
        mirrored=draw(st.booleans()),
        turned=draw(st.integers(-MOST_TURNED, MOST_TURNED)),
    )


@st.composite
def plans(draw):
    grid = draw(st.sampled_from([GRID, GRID, 40, 128]))
    things = draw(st.lists(placements(grid), max_size=5))
    return Plan(tuple(things), draw(st.sampled_from(BACKGROUNDS)), grid, draw(st.none() | boxes(grid)))


CAT = Placement("cat", Box(4, 14, 18, 28), "black", pattern="striped", second="white", mirrored=True)
ROOM = Plan((Placement("house", Box(14, 6, 30, 24), "red"), CAT), "grass")


def test_a_plan_reads_as_the_first_lines_of_its_module_say():
    assert format_plan(ROOM).splitlines() == [
        "background: grass",
        "- house: red, 14 6 30 24",
        "- cat: black, striped white, mirrored, 4 14 18 28",
    ]


@given(plans())
def test_text_comes_back_as_the_same_plan(plan):
    found = parse_plan(format_plan(plan))
    assert (found.placements, found.background, found.grid, found.visible) == (
        plan.placements, plan.background, plan.grid, plan.visible,
    )  # fmt: skip


@given(plans())
def test_yaml_comes_back_as_the_same_plan(plan):
    found = plan_from_yaml(plan_to_yaml(plan))
    assert format_plan(found) == format_plan(plan) and found.placements == plan.placements


def test_free_thought_before_a_plan_is_passed_over_and_behind_it_refused():
    assert parse_plan("things: 1 cat black\nhm\n" + format_plan(ROOM)) == ROOM
    with pytest.raises(PlanError, match="no line of a plan"):
        parse_plan(format_plan(ROOM) + "\nand a dog")


def test_what_is_unknown_is_said():
    with pytest.raises(UnknownSubjectError, match="wyvern"):
        parse_plan("unknown: wyvern")


def test_a_canvas_that_is_given_counts_for_more_than_that_of_a_file():
    wide = plan_from_yaml(plan_to_yaml(Plan((CAT,), canvas=Box(0, 4, 32, 28))), Box(0, 8, 32, 24))
    assert wide.visible == Box(0, 8, 32, 24)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"placements": [{"subject": "cat", "box": "0 0 33 8"}]}, "not inside the plan grid"),
        ({"placements": [{"subject": "cat", "box": "8 0 8 8"}]}, "not inside the plan grid"),
        ({"placements": [{"subject": "cat", "box": "0 0 8"}]}, "four whole numbers"),
        ({"placements": [{"subject": "cat"}]}, "has no box"),
        ({"placements": [{"subject": "background", "box": "0 0 8 8"}]}, "no subject name"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "colour": "blurple"}]}, "blurple"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "colour": "striped"}]}, "is no colour"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "turned": float("nan")}]}, "nan"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "turned": 31}]}, "turned by 31"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "mirrored": "maybe"}]}, "maybe"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "parts": ["red"]}]}, "must map inks to colours"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8", "hat": "red"}]}, "unknown key 'hat'"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8"}] * (MAX_PLACEMENTS + 1)}, "at most 64 placements"),
        ({"placements": [{"subject": "cat", "box": "0 0 8 8"}] * 10_000}, "has 10,000"),
        ({"placements": "cat"}, "must be a list"),
        ({"background": "hell"}, "hell"),
        ({"grid": 8}, "out of range"),
        ({"grid": "x"}, "no number of cells"),
        ({"canvas": "0 0 0 32"}, "not inside the plan grid"),
    ],
)
def test_what_no_plan_can_say_is_refused_in_one_sentence(change, message):
    data = {"grid": GRID, "background": "grass", "placements": []} | change
    with pytest.raises(PlanError, match=message) as error:
        plan_from_yaml(yaml.safe_dump(data))
    assert "\n" not in str(error.value) and len(str(error.value)) < 600


@pytest.mark.parametrize(
    "line",
    ["- cat: red, blue, 0 0 8 8", "- cat: striped, spotted, 0 0 8 8", "- cat: fluffy, 0 0 8 8", "- cat: 0 0 8 8, red"],
)
def test_a_line_that_says_what_can_not_be_drawn_is_refused(line):
    with pytest.raises(PlanError):
        parse_plan(f"background: white\n{line}")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_plan_or_refused(before, after):
    for text in (before, f"background: white\n{before}", f"background: white\n- cat: {before}, {after}"):
        for read in (parse_plan, plan_from_yaml):
            try:
                assert isinstance(read(text), Plan)
            except PlanError as error:
                assert str(error) is not None
