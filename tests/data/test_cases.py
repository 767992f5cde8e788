"""Cases: lines come back, and a bad line is told in one sentence that names it."""

import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.checks import check_prompt
from tiledraw.data.cases import Case, CaseError, format_case, parse_case, parse_cases, read_cases
from tiledraw.language.request import Request, Thing, parse_request

REQUESTS = [
    "- 1 cat",
    "- 3 hot dog, red, row\n- 1 sun, left of hot dog, small",
    "- 1 cat, behind dog\n- 2 dog, 30% across\nbackground: night\nabsent: car, tree\nempty: top-left",
    "background: grass",
    "unknown: 桌子",
]


def is_prompt(text):
    try:
        return check_prompt(text) == text
    except ValueError:
        return False


@st.composite
def cases(draw):
    words = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=8)
    request = parse_request(draw(st.sampled_from(REQUESTS)))
    numbers = range(len(request.things))
    return Case(
        draw(st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=80)),
        draw(words),
        draw(words),
        draw(st.text(max_size=40).filter(is_prompt)),
        request,
        tuple(draw(st.lists(st.sampled_from(numbers), unique=True))) if numbers else (),
        draw(st.sampled_from(["", "develop"])),
    )


@given(cases())
def test_a_case_comes_back_from_its_line(case):
    line = format_case(case)
    assert parse_case(line) == case
    assert "\n" not in line and format_case(parse_case(line)) == line


@given(
    st.lists(cases(), min_size=1, max_size=3, unique_by=lambda case: case.id), st.sampled_from(["\n", "\r\n", "\n\n"])
)
def test_cases_come_back_from_their_lines_whatever_ends_them(several, end):
    assert parse_cases(end.join(map(format_case, several)) + end, "mine") == tuple(several)


GOOD = {"id": "x-1", "category": "single", "language": "en", "prompt": "a cat", "request": "- 1 cat"}


def changed(**keys):
    """A good line with other values; None leaves a key out."""
    return json.dumps({key: value for key, value in (GOOD | keys).items() if value is not None})


BAD_LINES = {
    "no JSON": ("{'id': 1}", "no JSON object"),
    "cut off": (changed()[:-1], "no JSON object"),
    "so deep that no reader follows": ("[" * 100_000, "no JSON object"),
    "a number": ("7", "not an object with the keys id, category"),
    "a list": ("[]", "not an object"),
    "a key that is missing": (changed(prompt=None), "lacks the key 'prompt'"),
    "a key that is unknown": (changed(seed=1), "unknown key 'seed'"),
    "a key of the first edition": (changed(expect={"things": []}), "unknown key 'expect'"),
    "a key twice": (changed()[:-1] + ', "prompt": "a dog"}', "the key 'prompt' stands twice"),
    "an id of another type": (changed(id=7), "'id' is '7', not of the type str"),
    "an id that names no file": (changed(id="../x"), r"id '\.\./x' names files"),
    "an id that is empty": (changed(id=""), "id '' names files"),
    "an id that is too long": (changed(id="x" * 81), "names files"),
    "a category that is empty": (changed(category=""), "the category ''"),
    "a language that can't be printed": (changed(language="\ud800"), "the language"),
    "an empty prompt": (changed(prompt=" "), "the prompt is empty"),
    "a prompt that is too long": (changed(prompt="x" * 2001), "the prompt has 2,001 characters"),
    "a prompt that is no text": (changed(prompt="\ud800"), "not text in UTF-8"),
    "a request of another type": (changed(request=["- 1 cat"]), "'request' is"),
    "a request for nothing": (changed(request=""), "asks for nothing"),
    "a line that is none of a request": (changed(request="a cat"), "'a cat' is no line of a request"),
    "a word that says nothing": (changed(request="- 1 cat, bright"), "'bright' says nothing"),
    "a subject that is no name": (changed(request="- 1 c4t"), "'c4t' is no subject name"),
    "a count of none": (changed(request="- 0 cat"), "0 of 'cat' are asked for"),
    "more than a picture holds": (changed(request="- 60 cat\n- 60 dog"), "120 things"),
    "a relation to what is not there": (changed(request="- 1 cat, on mat"), "no line is of that name"),
    "an unknown background": (changed(request="- 1 cat\nbackground: mist"), "mist"),
    "at_least of another type": (changed(at_least=0), "'at_least' is '0', not of the type list"),
    "at_least of no thing": (changed(at_least=[1]), "'at_least' names '1'"),
    "at_least that is no number": (changed(at_least=[True]), "'at_least' names 'true'"),
}


@pytest.mark.parametrize(("line", "message"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_told_in_one_sentence_that_names_it(line, message):
    with pytest.raises(CaseError, match=message) as error:
        parse_cases(f"{changed(id='first')}\n\n{line}\n", "mine.jsonl")
    assert str(error.value).startswith("mine.jsonl, line 3: ")
    assert "\n" not in str(error.value) and len(str(error.value)) < 600


def test_an_id_that_stands_twice_is_told():
    with pytest.raises(CaseError, match="line 3: the id 'x-1' stands in an earlier line too"):
        parse_cases(f"{changed()}\n{changed(id='x-2')}\n{changed(prompt='another')}", "mine")


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_file_without_cases_is_told(text):
    with pytest.raises(CaseError, match=r"mine\.jsonl holds no cases"):
        parse_cases(text, "mine.jsonl")


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "at_least"]), inner),
)


@given(st.sampled_from([*GOOD, "at_least", "split"]), anything)
def test_whatever_a_line_holds_nothing_but_a_case_error_comes_of_it(key, value):
    try:
        assert len(parse_cases(json.dumps(GOOD | {key: value}), "mine")) == 1
    except CaseError as error:
        assert str(error).startswith("mine, line 1: ")


def test_a_file_is_read_or_told(tmp_path):
    path = tmp_path / "mine.jsonl"
    with pytest.raises(FileNotFoundError):
        read_cases(path)
    path.write_bytes(changed().encode("utf-16"))
    with pytest.raises(CaseError, match=f"{re.escape(str(path))} is no text in UTF-8"):
        read_cases(path)
    path.write_text(changed(prompt="一只猫") + "\n7", encoding="utf-8")
    with pytest.raises(CaseError, match=f"{re.escape(str(path))}, line 2: "):
        read_cases(path)
    path.write_text(changed(prompt="一只猫"), encoding="utf-8")
    assert read_cases(path) == (Case("x-1", "single", "en", "一只猫", Request((Thing("cat"),))),)
