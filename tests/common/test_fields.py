"""What a dataclass of settings allows stands in its annotations: one sentence says what was given and what is right."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.fields import (
    Filled,
    LevelSide,
    Names,
    Range,
    Share,
    Weight,
    check_argument,
    check_fields,
    check_mapping,
)

Animal = Annotated[str, Names("animal", lambda: ("cat", "dog"), "a zoo lists them")]


@dataclass(frozen=True)
class Inner:
    share: Share = 0.5
    animals: Annotated[tuple[Animal, ...], Filled()] = ("cat",)
    weights: Annotated[dict[LevelSide, Weight], Filled()] = field(default_factory=lambda: {16: 1.0})
    note: str | None = None

    def __post_init__(self):
        check_fields(self, "inner")


@dataclass(frozen=True)
class Outer:
    count: Annotated[int, Range(1, 1000)] | Literal["auto"] = 3
    even: Annotated[int, Range(2, 8, multiple=2)] = 2
    clip: Annotated[float, Range(0, 1, above=True)] = 1
    kind: Literal["a", "b"] = "a"
    on: bool = False
    inner: Inner = Inner()
    other: Inner | None = None

    def __post_init__(self):
        check_fields(self)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"count": 0}, "count is 0; it is from 1 to 1,000"),
        ({"count": 1.5}, "count is 1.5; it is a whole number or auto"),
        ({"count": True}, "count is true; it is a whole number or auto"),
        ({"count": "many"}, "count is 'many'; it is a whole number or auto"),
        ({"count": 10**5000}, "count is a number of 5,001 digits; it is from 1 to 1,000"),
        ({"even": 3}, "even is 3; it is a multiple of 2, from 2 to 8"),
        ({"clip": 0.0}, "clip is 0.0; it is above 0, up to 1"),
        ({"clip": float("nan")}, "clip is nan; it is a finite number"),
        ({"kind": "c"}, "kind is 'c'; it is a or b"),
        ({"on": 1}, "on is 1; it is true or false"),
        ({"inner": None}, "inner is nothing (null); it is a section with keys such as share, animals, weights"),
        ({"other": 3}, "other is 3; it is a section with keys such as share, animals, weights or nothing (null)"),
        ({"other": {"share": -1}}, "other.share is -1; it is from 0 to 1"),
        ({"inner": {"animals": ["catt"]}}, "that animal is unknown; did you mean cat? (a zoo lists them)"),
        ({"inner": {"animals": ["x" * 10**6]}}, "that animal is unknown (a zoo lists them)"),
        ({"inner": {"animals": []}}, "inner.animals is empty; it holds at least one"),
        ({"inner": {"animals": "cat"}}, "inner.animals is 'cat'; it is a list"),
        ({"inner": {"weights": {16: 0}}}, "inner.weights is a mapping; not all of them may be 0"),
        ({"inner": {"weights": {17: 1}}}, "a key of inner.weights is 17; levels have 16, 32, 64"),
        ({"inner": {"weights": {16: "x"}}}, "inner.weights.16 is 'x'; it is a number"),
        ({"inner": {"note": 3}}, "inner.note is 3; it is text or nothing (null)"),
        ({"iner": {}}, "the key 'iner' is unknown; did you mean inner?"),
        ({"inner": {"wat": 1}}, "the key 'inner.wat' is unknown; there are share, animals, weights, note"),
        ({1: 2}, "the key '1' is unknown"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) and "count" not in value else None,
)
def test_what_is_wrong_is_one_sentence_with_the_key(content, sentence):
    with pytest.raises(ValueError) as error:
        check_mapping(content, Outer)
    assert sentence in str(error.value) and len(str(error.value)) < 300


def test_an_instance_is_held_to_the_same_rules():
    assert Outer(count="auto", other=Inner(share=1)).inner.share == 0.5
    for wrong in ({"count": 0}, {"clip": float("inf")}, {"kind": "c"}, {"other": 3}):
        with pytest.raises(ValueError, match=f"^{next(iter(wrong))} is "):
            Outer(**wrong)
    with pytest.raises(ValueError, match=r"^inner\.share is 2; it is from 0 to 1$"):
        Inner(share=2)


def test_a_command_line_says_numbers_for_texts_too():
    check_argument("inner.note", 2024, Outer)
    check_argument("unknown", 3, Outer)  # of single options others know better
    check_argument("inner.weights.16", 3, Inner)
    for key, value in (("inner.share", "abc"), ("other", 3), ("other.wat", 3)):
        with pytest.raises(ValueError, match=key.split(".")[0]):
            check_argument(key, value, Outer)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
)
KEYS = st.sampled_from(["count", "even", "clip", "kind", "on", "inner", "other", "share", "animals", "weights", "note"])


@given(st.dictionaries(KEYS, JUNK | st.dictionaries(KEYS, JUNK, max_size=4), max_size=4))
def test_whatever_stands_there_is_right_or_a_value_error(content):
    try:
        check_mapping(content, Outer)
    except ValueError as error:
        assert str(error) and len(str(error)) < 400
