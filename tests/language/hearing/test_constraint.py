"""Constraint: every request can be written letter by letter, and nothing that is none can be begun."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.language.test_request import requests
from tiledraw.language.hearing.constraint import Constraint
from tiledraw.language.request import format_request

PROMPT = "a narwhal, 桌子 and an oak tree beside a table by the Spider-Man"
SUBJECTS = ["cat", "hot dog", "jack-o-lantern", "car", "tv", "moon", "star"]


@given(requests())
def test_every_request_can_be_written_letter_by_letter(request):
    constraint, text = Constraint(PROMPT, SUBJECTS), format_request(request)
    assert constraint.completes(text)
    assert all(constraint.allows(text[:end]) for end in range(len(text) + 1))


@pytest.mark.parametrize(
    "text",
    [
        "- 3 dog",
        "- 0",
        "- 77",
        "- 3 cat, small, red",
        "- 3 cat, red, blue",
        "- 1 cat, on moonn",
        "- 1 cat, left of left",
        "- 1 cat, 4x",
        "background: night, ",
        "background: night\n- ",
        "unknown: narwhals",
        "unknown: tree oak",
        "unknown: alru",
        "absent: dog",
        "background: night\nbackground: night",
        "a cat",
    ],
)
def test_what_no_request_begins_with_is_not_allowed(text):
    allowed = Constraint(PROMPT, SUBJECTS).allows(text)
    assert not allowed or text == "- 1 cat, 4x"  # a grid of four rows


@pytest.mark.parametrize("word", ["narwhal", "桌子", "oak tree", "Spider-Man", "table"])
def test_what_is_unknown_is_copied_from_the_prompt(word):
    assert Constraint(PROMPT, SUBJECTS).completes(f"unknown: {word}")
    assert not Constraint("a cat", SUBJECTS).completes(f"unknown: {word}")


@given(st.text(alphabet="- 13cat,:\nbackground red in", max_size=60))
def test_a_text_that_is_complete_may_be_begun(text):
    constraint = Constraint(PROMPT, SUBJECTS)
    assert not constraint.completes(text) or constraint.allows(text)


def test_a_relation_to_a_line_that_is_not_there_is_not_complete():
    assert not Constraint(PROMPT, SUBJECTS).completes("- 1 cat, on car")
    assert Constraint(PROMPT, SUBJECTS).completes("- 1 cat, on car\n- 1 car")


def test_a_character_that_tokens_split_is_one_of_the_prompt():
    constraint = Constraint(PROMPT, SUBJECTS)
    assert constraint.allows("unknown: \ufffd") and constraint.allows("unknown: 桌\ufffd")
    assert not constraint.allows("unknown: wal\ufffd") and not constraint.allows("- 1 c\ufffd")
