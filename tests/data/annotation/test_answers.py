"""Questions and answers: what a model says becomes a plan or a text that fits a think step, or one sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import Tile
from tiledraw.data.annotation.answers import (
    MAX_DESCRIPTION,
    AnswerError,
    check_text,
    picture_question,
    read_picture_answer,
    read_tile_answer,
    tile_question,
    to_cells,
)
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import BACKGROUNDS, FULL, GRID, Placement, Plan, format_plan, parse_plan

ANSWER = {
    "description": "A cat sits under a tree.",
    "background": "light",
    "things": [{"name": "tree", "box": [400, 0, 1000, 900]}, {"name": "cat", "box": [120, 400, 560, 980]}],
}
PLAN = Plan((Placement("tree", Box(3, 0, 8, 7)), Placement("cat", Box(1, 3, 4, 8))), "light")


def changed(**changes):
    return json.dumps({**ANSWER, **changes})


def thing(**changes):
    return changed(things=[{"name": "cat", "box": [0, 0, 500, 500], **changes}])


boxes = st.tuples(*[st.tuples(st.integers(0, GRID - 1), st.integers(1, GRID)).filter(lambda e: e[0] < e[1])] * 2).map(
    lambda ends: Box(ends[0][0], ends[1][0], ends[0][1], ends[1][1])
)
plans = st.builds(
    Plan,
    st.lists(st.builds(Placement, st.sampled_from(["cat", "hot dog", "arbre"]), boxes), min_size=1, max_size=16).map(
        tuple
    ),
    st.sampled_from(BACKGROUNDS),
)


@given(plans, st.sampled_from(["", "Sure! {here} it is:\n```json\n", '<think>{"things": []}\n</think>\n']))
def test_a_plan_comes_back_from_json_whatever_stands_around_it(plan, before):
    cell = 1000 // GRID
    things = [
        {"name": placement.subject, "box": [cell * edge for edge in vars(placement.box).values()]}
        for placement in plan.placements
    ]
    answer = {"description": "Some things.", "background": plan.background, "things": things}
    assert read_picture_answer(before + json.dumps(answer, indent=1) + "\n```\nAnything else?") == (
        plan,
        "Some things.",
    )


@given(plans)
def test_a_plan_comes_back_from_its_own_text(plan):
    assert read_picture_answer(f"Let me see.\n{format_plan(plan)}\n") == (plan, "")


def test_the_form_that_the_question_shows_is_read():
    question = picture_question("a cat")
    assert read_picture_answer(question) == (PLAN, ANSWER["description"])
    assert "(a cat)" in question and all(word in question for word in BACKGROUNDS)
    question = tile_question(Tile(2, 2, 0, 1), "a cat")
    assert read_tile_answer(question).startswith("the cat's left ear")
    assert "row 1 of 2" in question and "column 2 of 2" in question


@pytest.mark.parametrize("caption", ["", "  ", "a <|image_pad|> cat", "\0", "a" * 1000, "$row {background}"])
def test_no_caption_breaks_a_question(caption):
    question = picture_question(caption)
    assert "<|" not in question and "\0" not in question and read_picture_answer(question)[0] == PLAN


@pytest.mark.parametrize(
    ("name", "subject"),
    [("A Cat", "cat"), ("hot_dog", "hot dog"), ("person 2", "person"), ("the  tree.", "tree"), ("another", "another")],
)
def test_names_are_written_as_plans_write_them(name, subject):
    assert read_picture_answer(thing(name=name))[0].subjects == (subject,)


@pytest.mark.parametrize("keys", [("label", "bbox_2d"), ("subject", "bbox")])
def test_things_may_be_told_as_models_are_used_to(keys):
    things = [dict(zip(keys, ("cat", [0, 0, 500, 500]), strict=True))]
    assert read_picture_answer(changed(things=things))[0].placements == (Placement("cat", Box(0, 0, 4, 4)),)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "holds no plan"),
        ("I can't help with that.", "holds no plan"),
        ("[" * 100_000, "holds no plan"),
        ('{"things": ' * 5_000, "holds no plan"),
        (json.dumps(ANSWER)[:-30], "holds no plan"),
        ("background: light", "no thing is named"),
        ("background: light\n- cat: center, large, 0 0 9 9", "not inside the plan grid"),
        (changed(things=[]), "no thing is named"),
        (changed(things="a cat"), "no thing is named"),
        (changed(things=["a cat"]), "not a name with a box"),
        (changed(things=[ANSWER["things"][0]] * 17), "at most 16 placements"),
        (changed(background="blue"), "background 'blue' is unknown"),
        (changed(background=None), "background 'none' is unknown"),
        (changed(description=None), "the description is missing"),
        (changed(description=" "), "the description is missing"),
        (changed(description="a" * (MAX_DESCRIPTION + 1)), "has 401 characters"),
        (changed(description="a <think> cat"), "holds '<think>', a word of the vocabulary"),
        (changed(description="a [PX7] cat"), r"holds '\[PX7\]', a word of the vocabulary"),
        (changed(description="a <|endoftext|> cat"), "a word of the vocabulary"),
        (changed(description="a\0cat"), "no text, U\\+0000"),
        (changed(description="a \ud800 cat"), "no text, U\\+D800"),
        (changed(description="background: dark"), "reads like a line of a plan"),
        (changed(description="- cat: center, large, 0 0 8 8"), "reads like a line of a plan"),
        (changed(description="it is unknown: a cat"), "reads like a line of a plan"),
        (thing(name="unknown"), "no subject name"),
        (thing(name="cat: a big one"), "no subject name"),
        (thing(name=""), "no subject name"),
        (thing(name="one two three four five"), "no subject name"),
        (thing(name=7), "has no name"),
        (thing(box=None), "not four numbers"),
        (thing(box=[1, 2, 3]), "not four numbers"),
        (thing(box=["0", 0, 500, 500]), "not four numbers"),
        (thing(box=[0, 0, float("nan"), 5]), "not four numbers"),
        (thing(box=[0, 0, 1200, 500]), "not in thousandths"),
        (thing(box=[-5, 0, 500, 500]), "not in thousandths"),
        (thing(box=[500, 0, 100, 500]), "not in thousandths"),
    ],
)
def test_an_answer_that_breaks_a_think_step_is_refused_in_one_sentence(answer, sentence):
    with pytest.raises(AnswerError, match=sentence) as caught:
        read_picture_answer(answer)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "no JSON object with a text"),
        ("the cat's ear", "no JSON object with a text"),
        ('{"text": 7}', "the text is missing"),
        ('{"text": "' + "a" * 300 + '"}', "has 300 characters"),
        ('{"text": "</think>"}', "no JSON object with a text"),
        ('{"text": "<|im_end|>"}', "a word of the vocabulary"),
    ],
)
def test_a_bad_text_of_a_tile_is_refused(answer, sentence):
    with pytest.raises(AnswerError, match=sentence):
        read_tile_answer(answer)


def test_a_text_becomes_one_line():
    assert read_tile_answer('```json\n{"text": " an ear,\n dark "}\n```') == "an ear, dark"


@given(st.text(max_size=60) | st.dictionaries(st.sampled_from([*ANSWER, "text"]), st.text(max_size=30)).map(json.dumps))
def test_any_answer_is_a_plan_or_a_sentence(answer):
    try:
        plan, description = read_picture_answer(answer)
    except AnswerError as error:
        assert str(error)
    else:
        assert parse_plan(f"{description}\n{format_plan(plan)}") == plan


@given(st.text())
def test_a_checked_text_never_changes_a_plan(text):
    try:
        line = check_text(text, "text", 100)
    except AnswerError:
        return
    assert "\n" not in line and line == line.strip() and len(line) <= 100
    assert parse_plan(f"{line}\n{format_plan(PLAN)}") == PLAN


@given(st.tuples(*[st.tuples(st.floats(0, 1000), st.floats(0, 1000)).filter(lambda edges: edges[0] < edges[1])] * 2))
def test_a_box_goes_to_the_nearest_cells(ends):
    (left, right), (top, bottom) = ends
    box = to_cells([left, top, right, bottom])
    assert FULL.contains(box) and box.width >= 1 and box.height >= 1
    for edge, cell in ((left, box.x0), (right, box.x1), (top, box.y0), (bottom, box.y1)):
        assert abs(GRID * edge / 1000 - cell) <= 1 + 1e-9
    if box.width > 1:
        assert abs(GRID * left / 1000 - box.x0) <= 0.5 + 1e-9 and abs(GRID * right / 1000 - box.x1) <= 0.5 + 1e-9
