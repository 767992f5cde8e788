"""Judging: plans and pictures are held against one request by one judge, each by what it can show."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.cases import Case
from tiledraw.evaluation.judging import PARTS, asked_parts, judge_picture, judge_plan, judge_refusal, seen_in
from tiledraw.evaluation.references import reference_plan, true_picture, true_pixels
from tiledraw.evaluation.suite import read_suite
from tiledraw.language.boxes import PlanError
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.plan import Plan, parse_plan
from tiledraw.language.request import parse_request

NAMES = ("cat", "dog", "house", "sun", "apple", "bowl")


def case_of(text, at_least=()):
    return Case("x", "x", "en", "x", parse_request(text), at_least)


def parts(complaints):
    return {one.part for one in complaints}


@pytest.mark.parametrize(
    "text",
    [
        "- 1 cat, red, left of dog\n- 1 dog\nbackground: grass",
        "- 1 cat, red, large, left\n- 1 cat, blue, small\nabsent: sun\nbackground: none",
        "- 3 apple, row\n- 1 house, behind dog\n- 1 dog\nbackground: night\nempty: top",
        "- 1 dog, in front of house\n- 1 house\nbackground: pink",
    ],
)
def test_the_true_picture_of_a_laid_out_request_is_right(text):
    case = case_of(text)
    plan = lay_out(case.request, seed=3)
    assert judge_plan(case, plan, NAMES) == []
    assert judge_picture(case, seen_in(true_pixels(plan, 128), NAMES), NAMES) == []


@pytest.mark.parametrize(
    ("seen", "missed"),
    [
        ("background: grass\n- dog: red, 2 6 14 18\n- cat: white, 18 6 30 18", {"colours"}),
        ("background: snow\n- dog: black, 18 6 30 18\n- cat: white, 2 6 14 18", {"relations", "background"}),
        ("background: grass\n- dog: black, 2 6 14 18", {"subjects"}),
        ("background: grass\n- dog: black, 2 6 10 14\n- dog: black, 2 16 10 24\n- cat: white, 18 6 30 18", {"counts"}),
        ("background: grass\n- dog: black, 2 6 14 18\n- cat: white, 18 6 30 18\n- sun: 2 20 10 28", {"absent"}),
        ("background: grass\n- dog: black, 2 6 14 18\n- cat: white, 18 6 30 18\n- bowl: 2 20 10 28", {"subjects"}),
    ],
)
def test_each_part_turns_on_what_belongs_to_it(seen, missed):
    case = case_of("- 1 dog, black, left of cat\n- 1 cat\nbackground: grass\nabsent: sun")
    assert parts(judge_picture(case, parse_plan(seen), NAMES)) == missed
    assert parts(judge_plan(case, parse_plan(seen), NAMES)) == missed


def test_a_picture_is_not_judged_by_what_no_finder_sees():
    case = case_of("- 1 cat, red, striped white, line drawing\nbackground: none")
    plain = parse_plan("background: white\n- cat: red, 4 4 20 20")
    assert judge_picture(case, plain, NAMES) == []
    assert parts(judge_plan(case, plain, NAMES)) == {"looks", "background"}


def test_of_some_things_there_may_be_more():
    seen = parse_plan("background: white\n" + "\n".join(f"- cat: {x} 4 {x + 6} 10" for x in (0, 8, 16)))
    assert parts(judge_picture(case_of("- 2 cat"), seen, NAMES)) == {"counts"}
    assert judge_picture(case_of("- 2 cat", (0,)), seen, NAMES) == []
    assert parts(judge_picture(case_of("- 4 cat", (0,)), seen, NAMES)) == {"counts"}


def test_what_stands_for_a_subject_counts_as_it():
    seen = parse_plan("background: white\n- tree: 4 4 20 20")
    assert judge_picture(case_of("- 1 christmas tree"), seen, ("tree",)) == []
    assert parts(judge_picture(case_of("- 1 christmas tree"), seen, ("tree", "christmas tree"))) == {"subjects"}


def test_a_refusal_is_right_where_it_names_what_nobody_can_draw():
    asked = case_of("- 1 cat\nunknown: oak podium, 桌子")
    assert judge_refusal(asked, "I don't know how to draw 'oak podium' and '桌子'") == []
    assert parts(judge_refusal(asked, "I don't know how to draw 'oak podium'")) == {"unknown"}
    assert parts(judge_refusal(case_of("- 1 cat"), "I don't know how to draw 'cat'")) == {"subjects"}
    drawn = parse_plan("background: white\n- cat: 4 4 20 20")
    assert parts(judge_picture(asked, drawn, NAMES)) == parts(judge_plan(asked, drawn, NAMES)) == {"unknown"}


def test_what_is_seen_keeps_the_order_of_depth_and_lies_on_the_grid():
    plan = parse_plan("background: white\n- house: 4 4 24 24\n- dog: 14 14 28 28")
    seen = seen_in(true_pixels(plan, 128), NAMES)
    assert [(one.subject, one.box) for one in seen.placements] == [(one.subject, one.box) for one in plan.placements]
    wide = true_picture(replace(plan, canvas=None), Canvas(128, 64))[..., :3]
    assert all(seen.full.contains(one.box) for one in seen_in(np.ascontiguousarray(wide), NAMES).placements)


def test_there_is_no_plan_with_what_nobody_can_draw():
    with pytest.raises(PlanError, match="no plan with what nobody can draw, podium"):
        reference_plan(parse_request("- 1 cat\nunknown: podium"), seed=0)


def test_the_parts_that_are_asked_for():
    assert asked_parts(parse_request("- 1 cat")) == ("subjects", "counts")
    everything = parse_request(
        "- 2 cat, red, striped, small, left, row\n- 1 dog, left of cat\nbackground: sea\nabsent: sun\nempty: right\n"
        "unknown: podium"
    )
    assert asked_parts(everything) == PARTS
    assert asked_parts(parse_request("background: sea")) == ("background",)
    assert "places" in asked_parts(parse_request("- 1 cat, 30% across"))


def test_the_plan_of_another_case_is_right_only_where_it_shows_the_same():
    cases = read_suite()[::9]
    for case, other in zip(cases, [*cases[1:], cases[0]], strict=True):
        plan = lay_out(other.request)
        assert isinstance(plan, Plan)
        if not judge_plan(case, plan, ()):
            assert set(plan.subjects) == {thing.subject for thing in case.request.things}
