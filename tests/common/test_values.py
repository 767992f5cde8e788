"""What a user types: every valid value is read, every other one gets one clear sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.values import format_bytes, parse_duration, parse_size

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


def test_bytes_for_people():
    assert [format_bytes(n) for n in (0, 999, 1024, 16_777_216, 10**12, 10**30)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "17 MB",
        "1 TB",
        "1,000,000 YB",
    ]


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("45m", 2700), ("2h", 7200), (" 1.5h ", 5400)])
def test_durations_are_read(text, seconds):
    assert parse_duration(text) == seconds


@given(st.decimals(min_value="0.01", max_value=10**6, places=2), st.sampled_from(["s", "m", "h"]))
def test_any_positive_number_of_a_unit_is_a_duration(number, unit):
    assert parse_duration(f"{number}{unit}") == pytest.approx(float(number) * {"s": 1, "m": 60, "h": 3600}[unit])


@pytest.mark.parametrize("text", ["", "2", "h", "-1h", "0m", "0.0h", "2 days", "1h30m", "1e3s", "nan", "2h\n2h"])
def test_other_texts_are_no_durations(text):
    with pytest.raises(ValueError, match="is no duration") as error:
        parse_duration(text)
    assert str(error.value).startswith(f"the time limit {text!r} is no duration;")
