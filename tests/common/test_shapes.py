"""Shapes: data of the form is what it was, and all other is one sentence that says where it is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.shapes import Each, Fields, Maybe, Named, ShapeError, Text, Whole, parse_json, read_json

SHAPE = Fields({"a": Each(Whole(1, 3)), "b": Named(Maybe(Text("x+", "letters x")))})


def test_data_of_the_form_comes_back(tmp_path):
    data = {"a": [1, 3], "b": {"c": None, "d": "xx"}, "more": 7}
    assert parse_json(json.dumps(data), SHAPE, "it") == data
    (tmp_path / "it.json").write_text(json.dumps(data))
    assert read_json(tmp_path / "it.json", SHAPE) == data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{\n"a": [1,]}', "it is no JSON, as line 2 shows"),
        ("[" * 100_000, "it is nested too deeply"),
        ("9" * 5000, "it is no JSON"),
        ("7", "it is '7', not an object"),
        ('{"a": [1]}', "it lacks the key 'b'"),
        ('{"a": 1, "b": {}}', "it.a is '1', not a list"),
        ('{"a": [1, 4], "b": {}}', "it.a[1] is '4', not a whole number from 1 to 3"),
        ('{"a": [true], "b": {}}', "it.a[0] is 'true', not a whole number"),
        ('{"a": [1.0], "b": {}}', "it.a[0] is '1.0', not a whole number"),
        ('{"a": [], "b": []}', "it.b is '[]', not an object"),
        ('{"a": [], "b": {"c": "y"}}', "it.b.c is 'y', not letters x"),
    ],
)
def test_other_data_is_told_with_its_place(text, sentence):
    with pytest.raises(ShapeError) as error:
        parse_json(text, SHAPE, "it")
    assert str(error.value).startswith(sentence) and "\n" not in str(error.value)


def test_files_are_named(tmp_path):
    for path, sentence in ((tmp_path / "none", "is missing, or no file"), (tmp_path, "is missing, or no file")):
        with pytest.raises(ShapeError, match=f"{path} {sentence}"):
            read_json(path, SHAPE)
    (tmp_path / "it.json").write_bytes(b"\xff\xff")
    with pytest.raises(ShapeError, match=r"it\.json is damaged: it\.json is no JSON"):
        read_json(tmp_path / "it.json", SHAPE)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@given(VALUES)
def test_any_data_has_the_form_or_is_one_sentence(value):
    try:
        parse_json(json.dumps(value), SHAPE, "it")
    except ShapeError as error:
        assert "\n" not in str(error) and len(str(error)) < 200
    else:
        assert all(number in (1, 2, 3) for number in value["a"])
