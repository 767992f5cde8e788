"""Designs: subjects without what is another subject, whole, and on their feet."""

import numpy as np
import pytest
from scipy import ndimage

from tiledraw.data.designs import IN_DRESSES, IN_HAND, IN_SUITS, IN_TROUSERS, OTHERS, REACH, SITTING, design
from tiledraw.data.font import shapes
from tiledraw.data.glyphs import ink_glyph
from tiledraw.language.subjects import subjects

NAMES = {subject.glyph.replace("\ufe0f", ""): name for name, subject in subjects().items()}
PEOPLE = [NAMES[character] for character in IN_TROUSERS + IN_SUITS + IN_DRESSES]
SIDE = 128


def inks_of(name: str) -> tuple[tuple[str, ...], np.ndarray]:
    palette, inks = ink_glyph(subjects()[name].design, SIDE)
    return palette.inks, inks


def extent(inks: np.ndarray) -> tuple[int, int]:
    """How high and how wide what is drawn is."""
    rows, columns = np.nonzero(inks)
    return int(np.ptp(rows)), int(np.ptp(columns))


def test_every_design_is_of_a_subject_and_leaves_out_shapes_that_are_there():
    standing = [*IN_TROUSERS, *IN_SUITS, *IN_DRESSES]
    designed = [*SITTING, *standing]
    assert {*OTHERS, *IN_HAND, *designed} <= set(NAMES) and len(set(designed)) == len(designed)
    for character in OTHERS.keys() - set(standing):
        assert len(design(character)) == len(shapes(character)) - len(OTHERS[character]) > 1


def test_what_people_hold_is_in_their_hands_below_their_shoulders():
    for character, numbers in IN_HAND.items():
        held = [shapes(character)[number] for number in numbers]
        lowest = min(shape.starts[:, 1].min() for shape in held)
        moved = design(character)[-len(shapes(character)) + len(OTHERS.get(character, ())) :]
        assert min(shape.starts[:, 1].min() for shape in moved) == pytest.approx(lowest - REACH)


def test_what_needs_no_design_is_as_the_font_has_it():
    assert design("🏠") == shapes("🏠")
    with pytest.raises(KeyError):
        design("中")


@pytest.mark.parametrize(
    ("name", "gone"),
    [("couch", "yellow"), ("boat", "light blue"), ("ship", "light blue"), ("tie", "light blue"), ("table", "gray")],
)
def test_what_is_another_subject_is_left_out(name, gone):
    assert gone not in inks_of(name)[0]


@pytest.mark.parametrize(("name", "narrow"), [("fork", 0.3), ("plate", 1.05), ("tie", 0.5)])
def test_what_is_left_fills_the_square(name, narrow):
    high, wide = extent(inks_of(name)[1])
    assert max(high, wide) > 0.9 * SIDE and wide < narrow * high


@pytest.mark.parametrize("name", PEOPLE)
def test_people_stand_on_two_feet_from_head_to_toe(name):
    inks, pixels = inks_of(name)
    high, wide = extent(pixels)
    assert high > 1.2 * wide
    below = pixels[int(0.88 * SIDE)]
    assert ndimage.label(np.isin(below, [n for n, ink in enumerate(inks) if ink not in ("none", "black")]))[1] == 2
    assert "dark blue" in inks or name not in [NAMES[character] for character in IN_TROUSERS]


@pytest.mark.parametrize("name", [*PEOPLE, *(NAMES[character] for character in SITTING), "robot", "tree"])
def test_bodies_and_trunks_are_one_with_what_they_carry(name):
    pieces, _ = ndimage.label(inks_of(name)[1], structure=np.ones((3, 3)))
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    assert sizes[-1] > 0.97 * sizes.sum()


def test_an_animal_keeps_its_head_and_sits_under_it():
    for character in SITTING:
        assert design(character)[-len(shapes(character)) :] == shapes(character)
        assert extent(inks_of(NAMES[character])[1])[0] > 1.3 * extent(inks_of(NAMES[character])[1])[1]
