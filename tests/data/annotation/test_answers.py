"""Questions and answers: what a model says becomes a plan and a sentence that fit a think step, or it is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.data.annotation.answers import read_answer
from tiledraw.data.annotation.boxes import numbers_of, to_cells, to_thousandths
from tiledraw.data.annotation.finding import find
from tiledraw.data.annotation.naming import BACKGROUNDS, background_of, is_subject, subject_of
from tiledraw.data.annotation.questions import LANGUAGES, SCHEMA, picture_question
from tiledraw.data.annotation.texts import MAX_DESCRIPTION, AnswerError, check_text, cut_text
from tiledraw.language.boxes import Box
from tiledraw.language.plan import FULL, GRID, Placement, Plan, format_plan, parse_plan

ANSWER = {
    "description": "A cat sits under a tree.",
    "background": "grass",
    "things": [{"name": "tree", "box": [400, 0, 1000, 900]}, {"name": "cat", "box": [120, 400, 560, 980]}],
}
PLAN = Plan((Placement("tree", Box(13, 0, 32, 29)), Placement("cat", Box(4, 13, 18, 31))), "grass")


def changed(**changes):
    return json.dumps({**ANSWER, **changes})


def thing(**changes):
    return changed(things=[{"name": "cat", "box": [0, 0, 500, 500], **changes}])


boxes = st.tuples(*[st.tuples(st.integers(0, GRID - 1), st.integers(1, GRID)).filter(lambda e: e[0] < e[1])] * 2).map(
    lambda ends: Box(ends[0][0], ends[1][0], ends[0][1], ends[1][1])
)
things = st.builds(Placement, st.sampled_from(["cat", "hot dog", "arbre"]), boxes)
plans = st.builds(Plan, st.lists(things, min_size=1, max_size=16, unique=True).map(tuple), st.sampled_from(BACKGROUNDS))


@given(plans, st.sampled_from(["", "Sure! {here} it is:\n```json\n", '<think>{"things": []}\n</think>\n']))
def test_a_plan_comes_back_from_json_whatever_stands_around_it(plan, before):
    told = [
        {"name": placement.subject, "box": [round(1000 * edge / GRID) for edge in vars(placement.box).values()]}
        for placement in plan.placements
    ]
    answer = {"description": "Some things.", "background": plan.background, "things": told}
    reading = read_answer(before + json.dumps(answer, indent=1) + "\n```\nAnything else?")
    assert (reading.plan, reading.description, reading.remarks) == (plan, "Some things.", ())


@given(plans)
def test_a_plan_comes_back_from_its_own_text(plan):
    reading = read_answer(f"Let me see.\n{format_plan(plan)}\n")
    assert (reading.plan, reading.description) == (plan, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_that_the_question_shows_is_read(language):
    question = picture_question("a cat", language)
    plan = read_answer(question).plan
    assert [placement.box for placement in plan.placements] == [placement.box for placement in PLAN.placements]
    assert "a cat" in question and all(word in question for word in BACKGROUNDS)
    assert picture_question("a cat", language, "no JSON") != question
    assert all(key in question for key in SCHEMA["properties"])


@pytest.mark.parametrize("caption", ["", "  ", "a <|image_pad|> cat", "\0", "a" * 1000, "$row {background}"])
def test_no_caption_breaks_a_question(caption):
    question = picture_question(caption)
    assert "<|" not in question and "\0" not in question and read_answer(question).plan == PLAN


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("A Cat", "cat"),
        ("hot_dog", "hot dog"),
        ("person 2", "person"),
        ("the  tree.", "tree"),
        ("another", "another"),
        ("**Cat**", "cat"),
        ("cat/kitten", "cat"),
        ("dog (left)", "dog"),
        ("a large brown dog that sits on the grass", "dog"),
        ("a long hot dog lying on the side of the road", "hot dog"),
        ("a bunch of bananas", "bananas"),
        ("a group of three people", "people"),
        ("two cats", "cats"),
        ("a cup of coffee", "cup of coffee"),
        ("digit 7", "digit seven"),
        ("7", "digit seven"),
        ("一只猫", "猫"),
        ("一棵枝叶非常茂密的高大的树", "树"),
        ("unknown", ""),
        ("", ""),
        ("42", ""),
        ("<|im_end|>", ""),
    ],
)
def test_names_are_written_as_plans_write_them(name, subject):
    assert subject_of(name) == subject


@given(st.text(max_size=60))
def test_any_name_is_a_subject_or_none(name):
    assert subject_of(name) == "" or is_subject(subject_of(name))


@pytest.mark.parametrize(
    ("words", "background"),
    [
        *((word, word) for word in BACKGROUNDS),
        ("Plain white", "white"),
        ("light grey", "light gray"),
        ("a dim corner", "dark gray"),
        ("a starry night sky", "night"),
        ("clear blue sky", "light gray"),
        ("a green field", "grass"),
        ("off-white", "light gray"),
        ("pitch black", "black"),
        ("radial gradient", "light gray"),
        ("indoor", "room"),
        ("浅灰色", "light gray"),
        ("夜空", "night"),
        ("chiaroscuro", ""),
        ("", ""),
    ],
)
def test_backgrounds_in_other_words_are_mapped(words, background):
    assert background_of(words) == background


# Boxes ---------------------------------------------------------------------------------------------------------------

CAT = (120.0, 400.0, 560.0, 980.0)


@pytest.mark.parametrize(
    "box",
    [
        [120, 400, 560, 980],
        [[120, 400, 560, 980]],
        [[120, 400], [560, 980]],
        ["120", "400.0", "560", "980"],
        "120, 400, 560, 980",
        "(120,400),(560,980)",
        [0.12, 0.4, 0.56, 0.98],
        ["12%", "40%", "56%", "98%"],
        {"x1": 120, "y1": 400, "x2": 560, "y2": 980},
        {"xmin": 0.12, "ymin": 0.4, "xmax": 0.56, "ymax": 0.98},
        {"left": 120, "top": 400, "right": 560, "bottom": 980},
        {"x": 120, "y": 400, "width": 440, "height": 580},
        {"top_left": [120, 400], "bottom_right": [560, 980]},
        {"topLeft": {"x": 120, "y": 400}, "bottomRight": {"x": 560, "y": 980}},
        [560, 980, 120, 400],
        [120, 400, 560, 980, 0.87],
    ],
    ids=str,
)
def test_boxes_are_read_in_all_ways_to_write_them(box):
    (edges,) = to_thousandths([numbers_of(box)])
    assert edges == pytest.approx(CAT)


@pytest.mark.parametrize("side", [1.0, 1000, 1008, 1036, 1288, 2016])
def test_pixels_of_a_resized_picture_are_told_from_thousandths(side):
    told = [([edge * side / 1000 for edge in edges], False) for edges in (CAT, (0, 0, 1000, 1000))]
    found = to_thousandths(told)
    assert found[0] == pytest.approx(CAT, abs=1)
    assert to_thousandths([([edge * 0.336 for edge in CAT], False)], (336, 336))[0] == pytest.approx(CAT)


def test_corners_with_widths_are_told_from_corners():
    found = to_thousandths([([120, 400, 440, 580], False), ([50, 20, 40, 10], False)])
    assert found[0] == pytest.approx(CAT) and found[1] == pytest.approx((50, 20, 90, 30))


@pytest.mark.parametrize(
    "box",
    [
        None,
        7,
        [],
        [1, 2, 3],
        ["a", 0, 1, 2],
        [True, 0, 1, 2],
        "left",
        {},
        {"x1": 1},
        [1e999, 0, 1, 1],
        [0, 0, 10**400, 1],
    ],
    ids=str,
)
def test_what_is_no_box_is_none(box):
    assert numbers_of(box)[0] == []


NUMBERS = st.integers() | st.floats() | st.text(max_size=5) | st.none()


@given(st.lists(st.lists(NUMBERS, max_size=5) | st.dictionaries(st.sampled_from(["x", "y", "w", "h", "x1"]), NUMBERS)))
def test_any_boxes_are_inside_or_none(told):
    found = [(numbers, sized) for numbers, sized in map(numbers_of, told) if numbers]
    for edges in to_thousandths(found):
        assert edges is None or (0 <= edges[0] < edges[2] <= 1000 and 0 <= edges[1] < edges[3] <= 1000)


@given(st.tuples(*[st.tuples(st.floats(0, 1000), st.floats(0, 1000)).filter(lambda edges: edges[0] < edges[1])] * 2))
def test_a_box_goes_to_the_nearest_cells(ends):
    (left, right), (top, bottom) = ends
    box = to_cells([left, top, right, bottom])
    assert FULL.contains(box) and box.width >= 1 and box.height >= 1
    for edge, cell in ((left, box.x0), (right, box.x1), (top, box.y0), (bottom, box.y1)):
        assert abs(GRID * edge / 1000 - cell) <= 1 + 1e-9
    if box.width > 1:
        assert abs(GRID * left / 1000 - box.x0) <= 0.5 + 1e-9 and abs(GRID * right / 1000 - box.x1) <= 0.5 + 1e-9


# What can't be used --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (changed(things=[*ANSWER["things"], "a dog"]), "the box of 'dog' is not four numbers"),
        (changed(things=[*ANSWER["things"], {"name": 7, "box": [0, 0, 5, 5]}]), "a thing has no name"),
        (changed(things=[*ANSWER["things"], {"name": "unknown", "box": [0, 0, 5, 5]}]), "'unknown' is no name of a"),
        (changed(things=[*ANSWER["things"], {"name": "dog", "box": [0, 0, float("nan"), 5]}]), "is not four numbers"),
        (changed(things=[*ANSWER["things"], {"name": "dog", "box": [7, 7, 7, 7]}]), "holds nothing of the picture"),
        (changed(background="octarine"), "the background 'octarine' is none of white, light gray"),
        (changed(background=None), "the background is missing; gray is taken"),
        (changed(description=None), "the description is missing"),
        (changed(description="a " * MAX_DESCRIPTION), "has more than 400 characters, and was cut"),
        (changed(description="a <think> cat"), "holds '<think>', a word of the vocabulary"),
        (changed(description="a [PX7] cat"), "holds '[PX7]', a word of the vocabulary"),
        (changed(description="a <|endoftext|> cat"), "a word of the vocabulary"),
        (changed(description="a\0cat"), "no text, U+0000"),
        (changed(description="a \ud800 cat"), "no text, U+D800"),
        (changed(description="background: dark"), "reads like a line of a plan"),
        (changed(description="it is unknown: a cat"), "reads like a line of a plan"),
    ],
)
def test_what_can_not_be_used_is_said_and_all_else_kept(answer, remark):
    reading = read_answer(answer)
    assert len(reading.remarks) == 1 and remark in reading.remarks[0] and "\n" not in reading.remarks[0]
    assert reading.plan.placements == PLAN.placements
    assert parse_plan(f"{reading.description}\n{format_plan(reading.plan)}") == reading.plan


def test_of_too_many_things_the_largest_are_kept_in_their_order():
    told = [{"name": f"thing {'abcdefghijklmnopqrst'[n]}", "box": [0, 0, 50 * n + 10, 50 * n + 10]} for n in range(20)]
    reading = read_answer(changed(things=told[::2] + told[1::2]))
    names = [f"thing {'abcdefghijklmnopqrst'[n]}" for n in (*range(0, 20, 2), *range(1, 20, 2)) if n >= 4]
    assert list(reading.plan.subjects) == names
    assert reading.remarks == ("20 things are named; the 16 largest are kept",)


def test_what_is_told_again_and_again_counts_once():
    assert read_answer(changed(things=ANSWER["things"] * 50)).plan == PLAN


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "no thing is named"),
        ("I can't help with that.", "no thing is named"),
        ("I'm sorry, but I am unable to say what this picture shows.", "no thing is named"),
        ("[" * 100_000, "no thing is named"),
        ('{"things": ' * 5_000, "holds no plan"),
        ("<think>A cat sits under a tree, I think.", "no thing is named"),
        ("background: white\n- cat: 0 0 33 9", "not inside the plan grid"),
        ('{"things": []}', "no thing is named"),
        ('{"things": [{"name": "unknown", "box": [0, 0, 5, 5]}]}', "'unknown' is no name of a thing"),
        ('{"things": [{"name": "cat", "box": [1, 2]}]}', "the box of 'cat' is not four numbers"),
    ],
)
def test_an_answer_of_which_nothing_can_be_used_is_refused_in_one_sentence(answer, sentence):
    with pytest.raises(AnswerError, match=sentence) as caught:
        read_answer(answer)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["name", "box", "things", "description", "background", "x1"]), inner)
    ),
    max_leaves=20,
)


@given(st.text(max_size=80) | ANY.map(json.dumps) | ANY.map(repr))
def test_any_answer_is_read_or_one_sentence(answer):
    try:
        reading = read_answer(answer)
    except AnswerError as error:
        assert str(error) and "\n" not in str(error)
    else:
        plan = reading.plan or PLAN
        assert parse_plan(f"{reading.description}\n{format_plan(plan)}") == plan
        assert reading.plan or reading.description


@given(st.text(alphabet="[](){}<>0123456789.,: \n\"'`abox", max_size=200))
def test_anything_that_looks_like_boxes_is_found_or_not(answer):
    assert len(find(answer).things) < 200


@given(st.text())
def test_a_checked_text_never_changes_a_plan(text):
    try:
        line = check_text(text, "text", 100)
    except AnswerError:
        return
    assert "\n" not in line and line == line.strip() and len(line) <= 100
    assert parse_plan(f"{line}\n{format_plan(PLAN)}") == PLAN


@given(st.text(), st.integers(5, 40))
def test_a_cut_text_is_short_and_begins_the_same(text, limit):
    cut = cut_text(text, limit)
    assert len(cut) <= limit and " ".join(text.split()).startswith(cut.removesuffix("…"))
