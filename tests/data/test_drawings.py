"""Drawings of our own: SVG is read as browsers draw it, in inks that words name."""

from pathlib import Path

import numpy as np
import pytest

from tiledraw.data import drawings as module
from tiledraw.data.drawings import drawing, drawings
from tiledraw.data.glyphs import glyph_palette, ink_glyph
from tiledraw.language.attributes import COLOURS


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The shapes of elements of SVG."""

    def draw(*elements: str):
        text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">{"".join(elements)}</svg>'
        (tmp_path / "thing.svg").write_text(text, encoding="utf-8")
        monkeypatch.setattr(module, "_FOLDER", tmp_path)
        return drawing("thing")

    return draw


def extent(shape):
    return [*shape.starts.min(0).round(6), *shape.starts.max(0).round(6)]


def test_y_grows_upwards_and_what_comes_later_lies_on_top(drawn):
    low, high = drawn('<rect x="10" y="52" width="20" height="10" fill="#ff0000"/>', '<circle cx="36" cy="12" r="8"/>')
    assert extent(low) == [10, 10, 30, 20] and low.colour == (255, 0, 0, 255)
    assert extent(high) == [28, 52, 44, 68] and high.colour == (0, 0, 0, 255)


def test_groups_hand_their_looks_down_and_elements_may_have_others(drawn):
    inner, edge, own = drawn(
        '<g fill="#00ff00" stroke="#000000" stroke-width="4"><rect x="4" y="4" width="8" height="8"/>',
        '<line x1="20" y1="40" x2="60" y2="40" fill="none" stroke="#123456"/></g>',
    )
    assert inner.colour == (0, 255, 0, 255) and edge.colour == (0, 0, 0, 255) and own.colour == (18, 52, 86, 255)


def test_lines_are_as_wide_as_told_with_round_ends(drawn):
    (line,) = drawn('<polyline points="20,40 60,40" fill="none" stroke="#000000" stroke-width="6"/>')
    assert extent(line) == pytest.approx([17, 29, 63, 35])


def test_closed_paths_have_no_gap_in_their_outline(drawn):
    _, edge = drawn('<path d="M20 20h30v30z" fill="#ffffff" stroke="#000000" stroke-width="2"/>')
    assert extent(edge) == pytest.approx([19, 21, 51, 53])
    (area,) = drawn('<path d="M20 20c0 -20 30 -20 30 0q0 20 -15 20z" fill="#ffffff"/>')
    assert extent(area)[1] == pytest.approx(32, abs=0.01)


@pytest.mark.parametrize("name", sorted(drawings()))
def test_drawings_fill_their_square_in_a_few_colours_that_words_name(name):
    palette, inks = ink_glyph(name, 64)
    rows, columns = np.nonzero(inks)
    assert max(np.ptp(rows), np.ptp(columns)) >= 59
    assert {"none"} < set(palette.inks) <= {*COLOURS, "none"} and 3 <= len(palette.inks) <= 12
    assert "black" in palette.inks or name == "fireworks"
    assert str(glyph_palette(name)) == str(palette)
