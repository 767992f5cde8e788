"""The suite: lines come back, a bad line is told in one sentence, and training never shows a shipped prompt."""

import json
import re
import runpy
import string
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.common.checks import check_prompt
from tiledraw.data.documents import SceneSource
from tiledraw.evaluation.judging import judge, plan_detections
from tiledraw.evaluation.suite import CATEGORIES, Case, SuiteError, format_case, parse_case, parse_suite, read_suite
from tiledraw.language.first import wording
from tiledraw.language.first.layout import RELATIONS, Item, Request, arrange, fits
from tiledraw.language.first.phrases import LANGUAGES, frames, phrase, split_of
from tiledraw.language.first.plan import BACKGROUNDS, LOCATIONS, SIZES, size_of
from tiledraw.language.first.requests import held_out
from tiledraw.language.first.rules import plan_by_rules
from tiledraw.language.nouns import COUNTED_BY, MEASURES, names, plural

BUILDER = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "build_suite.py"))
SHIPPED = read_suite()
SCENES = replace(BUILDER["read_scenes"](BUILDER["CONFIG"]), unknown=0.0)
ITEMS = [item for case in SHIPPED for item in case.request.items]


# The format ----------------------------------------------------------------------------------------------------------


def is_prompt(text):
    try:
        return check_prompt(text) == text
    except ValueError:
        return False


@st.composite
def cases(draw):
    subjects = draw(st.lists(st.sampled_from(["cat", "sun", "hot dog", "tree", "car"]), min_size=1, unique=True))
    items = []
    for index, subject in enumerate(subjects):
        relation = draw(st.none() | st.sampled_from(RELATIONS)) if index else None
        items.append(
            Item(
                subject,
                draw(st.integers(1, 3)),
                draw(st.none() | st.sampled_from(list(SIZES))),
                draw(st.none() | st.sampled_from(LOCATIONS)),
                relation,
                draw(st.integers(0, index - 1)) if relation else None,
            )
        )
    words = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=8)
    request = Request(tuple(items), draw(st.none() | st.sampled_from(BACKGROUNDS)))
    return Case(
        draw(st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=80)),
        draw(words),
        draw(words),
        draw(st.text(max_size=40).filter(is_prompt)),
        request,
    )


@given(cases())
def test_a_case_comes_back_from_its_line(case):
    line = format_case(case)
    assert parse_case(line) == case
    assert "\n" not in line and format_case(parse_case(line)) == line


@settings(max_examples=30)
@given(
    st.lists(cases(), min_size=1, max_size=3, unique_by=lambda case: case.id), st.sampled_from(["\n", "\r\n", "\n\n"])
)
def test_a_suite_comes_back_from_its_lines_whatever_ends_them(suite, end):
    assert parse_suite(end.join(map(format_case, suite)) + end) == tuple(suite)


def test_what_a_prompt_leaves_open_is_left_out_of_its_line():
    case = Case("a", "count", "en", "a cat", Request((Item("cat"),)))
    assert json.loads(format_case(case))["expect"] == {"things": [{"subject": "cat"}]}


EXPECT = {"things": [{"subject": "cat"}]}
GOOD = {"id": "x-1", "category": "single", "language": "en", "prompt": "a cat", "expect": EXPECT}


def changed(**keys):
    """A good line with other values; None leaves a key out."""
    return json.dumps({key: value for key, value in (GOOD | keys).items() if value is not None})


def expecting(*things, **keys):
    return changed(expect={"things": list(things), **keys})


SUN = {"subject": "sun"}
BAD_LINES = {
    "no JSON": ("{'id': 1}", "no JSON object"),
    "cut off": (changed()[:-1], "no JSON object"),
    "so deep that no reader follows": ("[" * 100_000, "no JSON object"),
    "a number": ("7", "not an object with the keys id, category"),
    "a list": ("[]", "not an object"),
    "a key that is missing": (changed(prompt=None), "lacks the key 'prompt'"),
    "a key that is unknown": (changed(seed=1), "unknown key 'seed'"),
    "a key twice": (changed()[:-1] + ', "prompt": "a dog"}', "the key 'prompt' stands twice"),
    "an id of another type": (changed(id=7), "'id' of the line is '7', not of the type str"),
    "an id that names no file": (changed(id="../x"), r"id '\.\./x' names files"),
    "an id that is empty": (changed(id=""), "id '' names files"),
    "an id that is too long": (changed(id="x" * 81), "names files"),
    "a category that is empty": (changed(category=""), "the category ''"),
    "a language that can't be printed": (changed(language="\ud800"), "the language"),
    "an empty prompt": (changed(prompt=" "), "the prompt is empty"),
    "a prompt that is too long": (changed(prompt="x" * 2001), "the prompt has 2,001 characters"),
    "a prompt that is no text": (changed(prompt="\ud800"), "not text in UTF-8"),
    "expect of another type": (changed(expect=[]), "'expect' of the line is"),
    "nothing expected": (changed(expect={}), "'expect' lacks the key 'things'"),
    "no things": (expecting(), "'things' is empty"),
    "things of another type": (changed(expect={"things": SUN}), "'things' of 'expect' is"),
    "a thing of another type": (expecting("sun"), "a thing is '\"sun\"', not an object"),
    "a thing without a subject": (expecting({"count": 2}), "a thing lacks the key 'subject'"),
    "a thing with an unknown key": (expecting(SUN | {"colour": "red"}), "a thing has the unknown key 'colour'"),
    "a subject that is no name": (expecting({"subject": ""}), "'' is no subject name"),
    "a subject twice": (expecting(SUN, SUN), "a subject stands in 'things' twice"),
    "a count in words": (expecting(SUN | {"count": "two"}), "'count' of a thing is"),
    "a count that is no number": (expecting(SUN | {"count": True}), "'count' of a thing is 'true'"),
    "a count of none": (expecting(SUN | {"count": 0}), "0 of 'sun' are asked for"),
    "more than a picture holds": (expecting(SUN | {"count": 9}, {"subject": "cat", "count": 9}), "18 subjects"),
    "an unknown location": (expecting(SUN | {"location": "north"}), "location 'north' is unknown"),
    "an unknown size": (expecting(SUN | {"size": "tiny"}), "size 'tiny' is unknown"),
    "an unknown relation": (expecting(SUN | {"relation": "near", "of": "cat"}, {"subject": "cat"}), "relation 'near'"),
    "an unknown background": (expecting(SUN, background="pink"), "background 'pink' is unknown"),
    "a relation without of": (expecting(SUN | {"relation": "above"}), "needs both a relation and the item"),
    "of without a relation": (expecting(SUN | {"of": "cat"}, {"subject": "cat"}), "needs both a relation and the item"),
    "of something that is not there": (expecting(SUN | {"relation": "above", "of": "cat"}), "relates to 'cat', which"),
    "of itself": (expecting(SUN | {"relation": "above", "of": "sun"}), "run in a circle"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_told_in_one_sentence_that_names_it(line, message):
    with pytest.raises(SuiteError, match=message) as error:
        parse_suite(f"{changed(id='first')}\n\n{line}\n", "mine.jsonl")
    assert str(error.value).startswith("mine.jsonl, line 3: ")
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


def test_an_id_that_stands_twice_is_told():
    with pytest.raises(SuiteError, match="line 3: the id 'x-1' stands in an earlier line too"):
        parse_suite(f"{changed()}\n{changed(id='x-2')}\n{changed(prompt='another')}")


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_suite_without_cases_is_told(text):
    with pytest.raises(SuiteError, match=r"mine\.jsonl holds no cases"):
        parse_suite(text, "mine.jsonl")


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 20) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "things", "subject", "count", "relation", "of", "size"]), inner)
    ),
)


@given(st.sampled_from([*GOOD, "things"]), anything)
def test_whatever_a_line_holds_nothing_but_a_suite_error_comes_of_it(key, value):
    line = json.dumps(GOOD | ({"expect": {"things": value}} if key == "things" else {key: value}))
    try:
        assert len(parse_suite(line)) == 1
    except SuiteError as error:
        assert str(error).startswith("the suite, line 1: ")


def test_a_file_is_read_or_told(tmp_path):
    path = tmp_path / "mine.jsonl"
    with pytest.raises(FileNotFoundError):
        read_suite(str(path))
    path.write_bytes(changed().encode("utf-16"))
    with pytest.raises(SuiteError, match=f"{re.escape(str(path))} is no text in UTF-8"):
        read_suite(str(path))
    path.write_text(changed(prompt="一只猫") + "\n7", encoding="utf-8")
    with pytest.raises(SuiteError, match=f"{re.escape(str(path))}, line 2: "):
        read_suite(str(path))
    path.write_text(changed(prompt="一只猫"), encoding="utf-8")
    assert read_suite(str(path)) == (Case("x-1", "single", "en", "一只猫", Request((Item("cat"),))),)


# The shipped suite ---------------------------------------------------------------------------------------------------


def test_the_shipped_suite_is_what_its_script_writes():
    text = "".join(format_case(case) + "\n" for case in BUILDER["cases"](SCENES))
    assert BUILDER["SUITE"].read_bytes() == text.encode(), "run scripts/build_suite.py again"


def test_the_shipped_suite_asks_for_everything_in_both_languages():
    for language in LANGUAGES:
        own = [case for case in SHIPPED if case.language == language]
        assert len(own) == 100 and all(bool(re.search("[一-鿿]", case.prompt)) == (language == "zh") for case in own)
        every = {name: [case.request for case in own if case.category == name] for name in CATEGORIES}
        assert sum(map(len, every.values())) == len(own)
        asked = Counter(item.subject for case in own for item in case.request.items)
        assert asked.keys() == set(SCENES.subjects) and max(asked.values()) <= 3
        single = [request.items for request in every["single"]]
        assert all(len(items) == 1 for items in single)
        assert Counter(items[0].location for items in single) == dict.fromkeys(LOCATIONS, 3)
        assert len({(items[0].subject, items[0].location) for items in single}) == len(single)
        assert {len(request.items) for request in every["several"]} == {2, 3}
        assert all(item.location for request in every["several"] for item in request.items)
        related = [item.relation for request in every["relation"] for item in request.items if item.relation]
        assert Counter(related) == dict.fromkeys(RELATIONS, len(every["relation"]) // 4)
        counted = {(item.count, bool(item.location)) for request in every["count"] for item in request.items}
        assert counted >= {(count, placed) for count in (2, 3, 4) for placed in (True, False)}
        sized = [item for request in every["size"] for item in request.items]
        assert {item.size for item in sized} == set(SCENES.sizes) and all(item.location for item in sized)
        assert {request.background for request in every["background"]} == set(SCENES.backgrounds)
        assert {len(request.items) for request in every["background"]} == {1, 2}


def test_no_prompt_is_shipped_twice():
    assert len({case.prompt.casefold() for case in SHIPPED}) == len(SHIPPED) == 200


def test_all_that_is_shipped_can_be_drawn_where_and_as_it_is_asked():
    for case in SHIPPED:
        plan = arrange(case.request)
        assert fits(case.request) and {size_of(placement.box) for placement in plan.placements} <= set(SCENES.sizes)
        assert judge(case.request, plan_detections(plan), plan.background).right, case


def test_every_shipped_prompt_says_what_it_expects():
    for case in SHIPPED:
        plan = plan_by_rules(case.prompt, SCENES.subjects)
        assert judge(case.request, plan_detections(plan), plan.background).right, case


# What training never shows -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    """Prompts of training by language, with their plans."""
    source = SceneSource(SCENES)
    drawn = [source.prompt(kind, index) for kind in ("layout", "flat") for index in range(1000)]
    return {"en": drawn[::2], "zh": drawn[1::2]}


def bare(text):
    """A text without spaces, marks and capitals, which frames do not hang on."""
    return re.sub(r"[\W_]", "", text).casefold()


def one_of(texts):
    return "(?:" + "|".join(sorted({re.escape(bare(text)) for text in texts}, key=len, reverse=True)) + ")"


def cells(table):
    return [text for options in table.values() for text in re.split(r"[|\n]", options)]


def train_pattern(language):
    """What every prompt of training matches: a background or none, a frame, and how a clause of training begins.

    A clause begins with a thing (number, size, noun), a place, or what leads to one of them.
    """
    nouns = [name for subject in SCENES.subjects for name in names(subject, language, SCENES.subjects)]
    sizes = one_of(cells(wording.SIZE_WORDS[language])) + "?"
    if language == "en":
        counted = f"(?:(?:{'|'.join(set(COUNTED_BY.values()))})s?of)?"
        thing = f"(?:a|an|one|two|acoupleof|three|four|[234])?{sizes}{counted}{one_of([*nouns, *map(plural, nouns)])}"
        leads = one_of(["there is", "there are", *(text.format("") for text in cells(wording.RELATION_WORDS["en"]))])
        clause = f"(?:{leads}|{thing}|PLACE)"
        sides = [(v, h) for v in ("top", "bottom", "middle", "upper", "lower") for h in ("left", "right", "middle")]
    else:
        number = f"(?:[一两三四234]?{one_of(MEASURES)})?"
        clause = f"(?:[在画有把]?{number}{sizes}{one_of(nouns)}|在?PLACE)"
        sides = [(v, h) for v in "上下中顶底" for h in "左右中"]
    places = [text.format(u=v, v=v, w=v, h=h) for text in cells(wording.PLACES[language]["train"]) for v, h in sides]
    clause = clause.replace("PLACE", one_of(places))
    framed = []
    for frame in frames(language, "train"):
        start, end = map(re.escape, map(bare, frame.split("{}")))
        framed.append(f"{start}{clause}.*{end}$")
    opening = f"(?:在?{one_of(cells(wording.BACKGROUND_WORDS[language]))}上?)?"
    return re.compile(opening + "(?:" + "|".join(framed) + ")")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_shipped_prompt_is_framed_as_training_frames_its_own(trained, language):
    pattern = train_pattern(language)
    assert all(pattern.match(bare(prompt)) for prompt, _ in trained[language])  # the pattern holds all of training
    for case in SHIPPED:
        if case.language == language:
            assert not pattern.match(bare(case.prompt)), case
            assert split_of(case.prompt, language) == "test"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_shipped_prompt_comes_out_of_the_training_source(trained, language):
    shipped = {case.prompt.casefold() for case in SHIPPED}
    assert len(trained[language]) == 1000
    for prompt, _ in trained[language]:
        assert prompt.casefold() not in shipped
        assert split_of(prompt, language) == "train"


def test_the_wording_of_training_never_says_a_shipped_request_as_the_suite_does():
    rng = np.random.default_rng(0)
    for case in SHIPPED:
        said = {phrase(case.request, case.language, "train", rng, SCENES.subjects) for _ in range(20)}
        assert case.prompt not in said and len(said) > 1


def test_no_shipped_prompt_brings_together_what_training_does(trained):
    together = [case for case in SHIPPED if len(case.request.items) > 1]
    assert len(together) > 80
    assert all(held_out(item.subject for item in case.request.items) for case in together)
    shown = {frozenset(plan.subjects) for prompts in trained.values() for _, plan in prompts}
    assert not shown & {frozenset(item.subject for item in case.request.items) for case in together}
