"""What a user types: every valid value is read, every other one gets one clear sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.cli.values import check_prompt, check_seed, check_temperature, format_bytes, parse_size, shorten

sides = st.integers(1, 128).map(lambda tiles: 32 * tiles)


@given(sides, sides)
def test_sizes_are_read(width, height):
    assert parse_size(f"{width}x{height}") == (width, height)
    assert parse_size(f" {width} X {height} ") == (width, height)
    assert parse_size(str(width)) == (width, width)


@given(st.text() | st.text("0123456789xX×-+ "))
def test_any_text_is_a_size_or_a_sentence(text):
    try:
        sizes = parse_size(text)
    except ValueError as error:
        assert str(error).startswith("size ")
        assert "\n" not in str(error)
        assert len(str(error)) < 300
    else:
        assert all(side % 32 == 0 and 32 <= side <= 4096 for side in sizes)


@given(st.integers(), st.integers())
def test_sides_out_of_range_are_refused(width, height):
    valid = all(side % 32 == 0 and 32 <= side <= 4096 for side in (width, height))
    if valid:
        assert parse_size(f"{width}x{height}") == (width, height)
    else:
        with pytest.raises(ValueError, match=r"^size "):
            parse_size(f"{width}x{height}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a size"),
        ("abc", "is not a size"),
        ("1.5", "is not a size"),
        ("1x1x1", "is not a size"),
        ("+", "is not a size"),
        ("١٢٨", "is not a size"),
        ("0", "leaves nothing to draw"),
        ("256x0", "leaves nothing to draw"),
        ("-1", "is negative"),
        ("256x-32", "is negative"),
        ("1024x", "lacks the height after the x"),
        ("x256", "lacks the width before the x"),
        ("33", "a multiple of 32, such as 32 and 64"),
        ("31", "a multiple of 32, such as 32$"),
        ("4096x4095", "a multiple of 32, such as 4064 and 4096"),
        ("4128", "would need 17 MB of memory"),
        ("1000000x1000000", "would need 1 TB of memory"),
        ("9" * 100_000, "more than any machine can hold"),
    ],
)
def test_each_bad_size_has_its_own_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_size(text)


@pytest.mark.parametrize("prompt", ["a cat", "在左下角画一朵花", "[PX7] <think>", "two\nlines", "x" * 2000, "🐈"])
def test_prompts_are_read(prompt):
    check_prompt(prompt)


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("x" * 2001, "has 2,001 characters"),
        ("a\0b", "NUL"),
        ("a\ud800b", "not text in UTF-8"),
        ("a\udcffb", "not text in UTF-8"),
    ],
)
def test_bad_prompts(prompt, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_prompt(prompt)


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


def test_bytes_for_people():
    assert [format_bytes(n) for n in (0, 999, 1024, 16_777_216, 10**12, 10**30)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "17 MB",
        "1 TB",
        "1,000,000 YB",
    ]


def test_shorten():
    assert shorten("cat") == "'cat'"
    assert shorten("x" * 50) == repr("x" * 40 + "…")
