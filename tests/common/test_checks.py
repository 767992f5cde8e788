"""Checks: what is text, a seed or a temperature passes; everything else gets one sentence."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.checks import MAX_PROMPT, as_read, check_prompt, check_seed, check_temperature, shorten


@pytest.mark.parametrize(
    "prompt",
    ["a cat", "在左下角画一朵花", "[PX7] <think>", "two\nlines", "two\r\nlines", "tab\tbed", "x" * 2000, "👨‍🌾"],
)
def test_prompts_come_back_without_white_space_around_them(prompt):
    assert check_prompt(prompt) == check_prompt(f" \n{prompt}\t ") == prompt


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("x" * 2001, "has 2,001 characters; at most 2,000"),
        ("a\0b", r"U\+0000, at character 2"),
        ("\x1b[31mred", r"U\+001B, at character 1"),
        ("a\x7f", r"U\+007F"),
        ("a\x85b", r"U\+0085"),
        ("a\ud800b", "not text in UTF-8"),
        ("a\udcffb", "not text in UTF-8"),
    ],
)
def test_bad_prompts(prompt, sentence):
    with pytest.raises(ValueError, match=rf"^the prompt [^\n]*{sentence}[^\n]*$"):
        check_prompt(prompt)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=50) | st.just("🐈" * MAX_PROMPT))
def test_any_text_is_clean_or_refused(prompt):
    try:
        clean = check_prompt(prompt)
    except ValueError as error:
        assert "\n" not in str(error)
        str(error).encode()
    else:
        assert clean == clean.strip() == check_prompt(clean) != ""
        assert clean.encode().decode() == clean
        assert all(unicodedata.category(character) != "Cc" or character in "\n\r\t" for character in clean)


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("DRAW A CAT!", "draw a cat!"),
        ("Draw a TV", "Draw a TV"),
        ("T", "T"),
        ("画 TV 吧", "画 tv 吧"),
        ("a cat", "a cat"),
    ],
)
def test_capitals_alone_are_read_as_small_letters(prompt, read):
    assert as_read(prompt) == as_read(read) == read


def test_seeds():
    check_seed(0)
    check_seed(2**64 - 1)
    for seed in (-1, 2**64):
        with pytest.raises(ValueError, match="out of range"):
            check_seed(seed)


def test_temperatures():
    check_temperature(0)
    check_temperature(1.5)
    for temperature in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="out of range"):
            check_temperature(temperature)


def test_shorten():
    assert shorten("cat") == "'cat'"
    assert shorten("x" * 50) == repr("x" * 40 + "…")


def test_checks_import_nothing_heavy():
    code = "import sys, tiledraw.common.checks; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "torch", "yaml", "tiledraw.language.plan"} & set(modules)
