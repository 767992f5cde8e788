"""Palettes: words are exact, lists are read as they are written, and few colours are kept without loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.format.palettes import (
    COLOURS,
    GRAY,
    NONE,
    Palette,
    PaletteError,
    colour_of,
    ink_of,
    palette_of,
    parse_palette,
    quantise_colours,
)

BYTES = st.integers(0, 255)
RGBA = st.tuples(BYTES, BYTES, BYTES, BYTES)


@given(RGBA)
def test_every_colour_is_one_ink_and_back(colour):
    ink = ink_of(colour)
    assert colour_of(ink) == (colour if colour[3] else (0, 0, 0, 0))
    assert (ink == NONE) == (colour[3] == 0)


def test_every_word_is_a_colour_of_its_own():
    colours = [colour_of(word) for word in COLOURS]
    assert len(set(colours)) == len(COLOURS) and [ink_of(colour) for colour in colours] == list(COLOURS)
    assert all(word.replace(" ", "").isalpha() and word != NONE for word in COLOURS)


@given(st.lists(RGBA.map(ink_of), min_size=1, max_size=20, unique=True))
def test_an_ink_list_is_read_as_it_is_written(inks):
    palette = Palette(tuple(inks))
    assert parse_palette(str(palette)) == palette


def test_gray_is_named_and_its_inks_are_gray_levels():
    assert str(GRAY) == "gray" and parse_palette(" gray ") is GRAY and len(GRAY.inks) == 256
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(GRAY.paint(pixels)[..., 0], np.asarray(image_from_pixels(pixels)))
    assert np.array_equal(GRAY.paint(pixels), np.dstack([pixels] * 3 + [np.full_like(pixels, 255)]))


@given(st.lists(RGBA, min_size=1, max_size=256), st.integers(1, 20), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_any_picture_of_at_most_256_colours_is_kept_without_loss(colours, height, width, seed):
    chosen = np.random.default_rng(seed).integers(len(colours), size=(height, width))
    picture = np.array(colours, dtype=np.uint8)[chosen]
    palette, numbers = palette_of(picture)
    shown = np.where(picture[..., 3:] == 0, 0, picture)  # what is not there has no colour
    assert numbers.dtype == np.uint8 and np.array_equal(palette.paint(numbers), shown)
    again, same = palette_of(palette.paint(numbers))
    assert again == palette and np.array_equal(same, numbers)


def test_inks_are_numbered_by_role_none_then_black_then_by_area():
    picture = np.array([[colour_of(word) for word in ("red", "red", "red", "white", "white", "black", NONE)]], np.uint8)
    palette, numbers = palette_of(picture)
    assert palette.inks == (NONE, "black", "red", "white") and numbers.tolist() == [[2, 2, 2, 3, 3, 1, 0]]


def test_too_many_colours_are_refused_and_can_be_quantised_with_the_loss_said():
    ramp = np.zeros((16, 32, 4), np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 3] = np.arange(16)[:, None] * 16, np.arange(32) * 8, 255
    ramp[0, 0, 3] = 0
    with pytest.raises(PaletteError, match="the picture has 512 colours; at most 256"):
        palette_of(ramp)
    few, off = quantise_colours(ramp)
    palette, numbers = palette_of(few)
    assert len(palette.inks) <= 256 and numbers[0, 0] == 0 and palette.inks[0] == NONE
    assert 0 < off < 10
    assert quantise_colours(few)[1] == 0.0


@given(npst.arrays(np.uint8, (4, 5, 4)))
def test_few_colours_are_quantised_without_loss(picture):
    picture[..., 3] = np.where(picture[..., 3] > 127, 255, 0)
    _, off = quantise_colours(picture)
    assert off == 0.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("none, blak", "the ink 'blak' is unknown; an ink is none, a colour such as black"),
        ("", "the ink '' is unknown"),
        ("red, red", "'red' stands twice"),
        ("black, #000000", "'#000000' stands twice"),
        ("#12345", "unknown"),
        ("#GGGGGG", "unknown"),
        (", ".join(f"#{number:06x}" for number in range(300)), "1 to 256 inks, this one has 300"),
    ],
)
def test_what_is_no_palette_is_one_sentence(text, sentence):
    with pytest.raises(PaletteError, match=sentence) as error:
        parse_palette(text)
    assert "\n" not in str(error.value)


def test_a_number_that_is_no_ink_is_refused():
    with pytest.raises(PaletteError, match="ink 2 is none of the 2 inks"):
        Palette((NONE, "black")).paint(np.array([[0, 2]], np.uint8))
