"""Requests: their text comes back as what was written, and nothing that says nothing is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, PATTERNS, STYLES
from tiledraw.language.boxes import PlanError
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import (
    ARRANGEMENTS,
    FACING,
    PARTS,
    RELATIONS,
    SIZES,
    Relation,
    Request,
    Thing,
    format_request,
    parse_request,
)

SUBJECTS = ["cat", "hot dog", "jack-o-lantern", "car", "tv"]


def _word(words):
    return st.sampled_from(["", *words])


@st.composite
def requests(draw):
    number = draw(st.integers(1, 5))
    things = []
    for n in range(number):
        pattern = draw(_word(PATTERNS))
        others = [other for other in range(number) if other != n]
        relations = []
        for word in draw(st.lists(st.sampled_from(RELATIONS), max_size=3)) if others else ():
            of = draw(st.permutations(others))[: draw(st.integers(1, 2 if word == "between" else 1))]
            times = draw(st.sampled_from([0, *range(2, 10)])) if word in ("larger than", "smaller than") else 0
            relations.append(Relation(word, tuple(of), times))
        thing = Thing(
            draw(st.sampled_from(SUBJECTS)),
            draw(st.integers(1, 12)),
            colour=draw(_word(COLOURS)),
            pattern=pattern,
            second=draw(_word(COLOURS)) if pattern else "",
            material=draw(_word(MATERIALS)),
            style=draw(_word(STYLES)),
            size=draw(_word(SIZES)),
            place=draw(_word(LOCATIONS)),
            across=draw(st.none() | st.integers(0, 100)),
            down=draw(st.none() | st.integers(0, 100)),
            arrangement=draw(_word([*ARRANGEMENTS, "2x3 grid"])),
            facing=draw(_word(FACING)),
            relations=tuple(relations),
        )
        things.append(thing)
    words = st.lists(st.sampled_from(["table", "桌子", "oak tree"]), max_size=2, unique=True).map(tuple)
    return Request(
        tuple(things),
        draw(_word(BACKGROUNDS)),
        absent=draw(st.sampled_from([(), ("moon",), ("moon", "star")])),
        empty=draw(st.lists(st.sampled_from(PARTS), max_size=2, unique=True).map(tuple)),
        unknown=draw(words),
    )


@given(requests())
def test_a_request_comes_back_from_its_text(request):
    assert parse_request(format_request(request)) == request


@given(st.text(alphabet="- 13cat,:\nbackground night left of redin", max_size=80))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    try:
        parse_request(text)
    except PlanError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- 3 apple, in bowl", "no line is of that name"),
        ("- 1 cat, left of cat 2", "no line is of that name"),
        ("- 1 cat, left of cat", "not there"),
        ("- 0 cat", "0 of 'cat'"),
        ("- 99 cat", "99 of 'cat'"),
        ("- 40 cat\n- 40 dog", "80 things"),
        ("- 1 cat, furious", "'furious' says nothing"),
        ("- 1 cat, red, blue", "two words for its colour"),
        ("- 1 cat, 200% down", "stands at 200%"),
        ("a cat", "no line of a request"),
        ("background: mars", "mars"),
        ("- 1 cat\n- 1 dog, 3 times on cat", "says nothing"),
        ("- 1 cat, 99x99 grid", "99x99 grid"),
    ],
)
def test_what_is_wrong_is_named(text, says):
    with pytest.raises(PlanError, match=says):
        parse_request(text)


def test_lines_of_one_subject_are_told_apart_by_number():
    request = Request((Thing("car", colour="red", relations=(Relation("left of", (1,)),)), Thing("car", colour="blue")))
    assert format_request(request) == "- 1 car, red, left of car 2\n- 1 car, blue"
