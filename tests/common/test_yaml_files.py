"""YAML is read strictly: what people write comes back, and what is odd is one sentence with its line."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.yaml_files import YamlError, load_own_yaml, load_yaml

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@given(DATA)
def test_what_is_written_is_read(data):
    text = yaml.safe_dump(data, default_style='"')  # else it leaves 1e5 bare, which YAML 1.1 takes for a text
    assert load_yaml(text) == load_own_yaml(text) == data


@given(st.text(alphabet="abc:-[]{}&*<>?!|#'\"\\\n 012.,~%@`", max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(text):
    for texts in (False, True):
        try:
            load_yaml(text, texts)
        except YamlError as error:
            assert str(error) and "\n" not in str(error)


def test_numbers_are_numbers_and_texts_stay_texts():
    assert load_yaml("[1e-4, 2.0e-3, 5, .5, -1.5e+3, 1, no, 2024-01-01]") == [
        1e-4, 2e-3, 5, 0.5, -1500.0, 1, False, "2024-01-01",
    ]  # fmt: skip
    assert math.isnan(load_yaml(".nan")) and load_yaml("-.inf") == -math.inf
    assert load_yaml("{no: 1e-4, 1: ~}", texts=True) == {"no": "1e-4", "1": "~"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("steps: 1\nsteps: 2", "line 2: the key 'steps' stands twice in one place"),
        ("a:\n  b: 1\n  c: 2\n  'b': 3", "line 4: the key 'b' stands twice"),
        ("[{a: 1, a: 1}]", "line 1: the key 'a' stands twice"),
        ("1: a\n0x1: b", "line 2: the key '1' stands twice"),
        ("a: [1\n", "line 2: "),
        ("a: \x00", "special characters are not allowed"),
        ("a: *b", "undefined alias"),
        ("a: &a [*a]", "line 1: an alias stands in what it stands for"),
        (BOMB, "aliases unfold to more than 1,000,000 values"),
        ("[" * 100_000, "nested too deeply"),
        ("{a: " * 20_000, "nested too deeply"),
        ("a" * 5_000_000, "longer than 4,000,000 letters"),
        ("a: " + "9" * 5000, "4300 digits"),
        ("? [a]\n: b", "unhashable key"),
        ("!!python/object:os.system x", "could not determine a constructor"),
    ],
    ids=lambda value: value[:20].replace("\x00", "0"),
)
def test_what_is_odd_is_one_sentence(text, sentence):
    with pytest.raises(YamlError) as error:
        load_yaml(text)
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_an_alias_and_a_merge_are_read():
    assert load_yaml("a: &a {x: 1}\nb: {<<: *a, x: 2, y: 3}\nc: *a") == {
        "a": {"x": 1}, "b": {"x": 2, "y": 3}, "c": {"x": 1},
    }  # fmt: skip
