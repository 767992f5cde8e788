"""Attributes: colours reach the main ink and its shades and nothing else, patterns and styles say what they do."""

import numpy as np
import pytest

from tiledraw.data.glyphs import ink_glyph
from tiledraw.drawing.attributes import PATTERNS, RAMPS, STYLES, main_ink, patterned, recoloured, styled
from tiledraw.format.palettes import NONE, Palette, PaletteError, colour_of
from tiledraw.language.attributes import COLOURS
from tiledraw.language.subjects import subjects

SIDE = 64


def picture(name, side=SIDE):
    return ink_glyph(subjects()[name].design, side)


def shown(palette, inks):
    """The ink word of each pixel."""
    return np.array(palette.inks)[inks]


@pytest.mark.parametrize(
    ("name", "ink"),
    [
        ("strawberry", "red"),
        ("sun", "yellow"),
        ("cat", "orange"),
        ("tree", "lime"),
        ("owl", "gray"),
    ],
)
def test_the_main_ink_is_what_covers_most_but_outlines(name, ink):
    palette, inks = picture(name)
    assert palette.inks[main_ink(palette, inks)] == ink


def test_the_main_ink_of_nothing_but_outlines_are_these():
    inks = np.array([[0, 1], [0, 0]], np.uint8)
    assert main_ink(Palette((NONE, "black")), inks) == 1


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_changes_the_main_ink_and_no_outline_or_foreign_ink(colour):
    palette, inks = picture("strawberry")
    new, numbers = recoloured(palette, inks, colour)
    before, after = shown(palette, inks), shown(new, numbers)
    assert (after[before == "red"] == colour).all()
    for kept in (NONE, "green"):
        assert (after[before == kept] == kept).all()
    assert (after[before == "black"] == ("dark gray" if colour == "black" else "black")).all()  # lines can be seen


def test_shades_follow_the_colour_as_far_as_its_ramp_goes():
    palette, inks = picture("strawberry")  # red and dark red
    before = shown(palette, inks)
    for colour, shade in (("blue", "dark blue"), ("green", "dark green"), ("violet", "violet"), ("yellow", "gold")):
        after = shown(*recoloured(palette, inks, colour))
        assert set(after[before == "dark red"]) == {shade}


def test_every_subject_can_have_every_colour_and_keeps_its_shape():
    for name in list(subjects())[::5]:
        palette, inks = picture(name, 32)
        for colour in list(COLOURS)[::4]:
            new, numbers = recoloured(palette, inks, colour)
            assert colour in new.inks and np.array_equal(shown(new, numbers) == NONE, shown(palette, inks) == NONE)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_covers_a_good_part_of_the_main_ink_and_nothing_else_at_any_size(pattern):
    for side in (64, 256):
        palette, inks = picture("heart", side)
        before, after = shown(palette, inks), shown(*patterned(palette, inks, pattern, "blue"))
        main = before == palette.inks[main_ink(palette, inks)]
        assert 0.2 < (after[main] == "blue").mean() < 0.6
        assert np.array_equal(after[~main], before[~main])


def test_styles_are_other_inks_of_the_same_picture():
    palette, inks = picture("house")
    before = shown(palette, inks)
    lines, black, gray = (shown(*styled(palette, inks, style)) for style in STYLES)
    assert set(np.unique(lines)) == {NONE, "black", "white"} and np.array_equal(lines == "black", before == "black")
    assert set(np.unique(black)) == {NONE, "black"}
    grays, _ = styled(palette, inks, "gray style")
    assert all(len(set(colour[:3].tolist())) == 1 for colour in grays.colours)
    for style in (lines, black, gray):
        assert np.array_equal(style == NONE, before == NONE)


def test_ramps_hold_known_colours_from_light_to_dark():
    weights = 0.299, 0.587, 0.114, 0
    luma = {word: sum(np.multiply(colour_of(word), weights)) for word in COLOURS}
    for ramp in RAMPS:
        lumas = [luma[ink] for ink in ramp]
        assert lumas == sorted(lumas, reverse=True)
    assert {ink for ramp in RAMPS for ink in ramp} == set(COLOURS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p, i: recoloured(p, i, "blurple"), "the colour 'blurple' is unknown"),
        (lambda p, i: patterned(p, i, "dotty"), "the pattern 'dotty' is unknown; known are striped"),
        (lambda p, i: patterned(p, i, "striped", "blurple"), "the colour 'blurple' is unknown"),
        (lambda p, i: styled(p, i, "cubist"), "the style 'cubist' is unknown; known are line drawing"),
    ],
)
def test_an_unknown_word_is_one_sentence(change, sentence):
    with pytest.raises(PaletteError, match=sentence):
        change(*picture("heart"))
