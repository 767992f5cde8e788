"""Backgrounds of pictures in colours: told by what lies outside of the things that were seen, whatever its seed."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.backgrounds import ink_background
from tiledraw.evaluation.backgrounds import see_background
from tiledraw.evaluation.references import true_picture
from tiledraw.format.palettes import colour_of
from tiledraw.language.attributes import COLOURS, SCENERY
from tiledraw.language.plan import parse_plan

SEEN = parse_plan("background: none\n- house: 2 6 22 26\n- cat: red, 18 14 30 26")


@cache
def things_seen(side):
    return true_picture(SEEN, Canvas(side, side))


def on_background(name, side=128, seed=0):
    """The true picture of the things that were seen, on a background of a seed."""
    palette, inks = ink_background(name, side, seed)
    behind = np.array([colour_of(ink)[:3] for ink in palette.inks], dtype=np.uint8)[inks]
    things = things_seen(side)
    share = things[..., 3:] / 255
    return np.round(share * things[..., :3] + (1 - share) * behind).astype(np.uint8)


@pytest.mark.parametrize("name", [*SCENERY, *COLOURS])
def test_each_background_is_told_at_any_size_and_seed(name):
    for side, seed in ((64, 901), (256, 903)):
        assert see_background(on_background(name, side, seed), SEEN) == name


@pytest.mark.parametrize("name", ["navy", "night", "light blue", "snow", "sea"])
def test_what_was_not_seen_does_not_change_it(name):
    assert see_background(on_background(name), replace(SEEN, placements=SEEN.placements[1:])) == name


def test_where_things_hide_all_of_it_the_whole_picture_counts():
    green = np.full((64, 64, 3), colour_of("green")[:3], dtype=np.uint8)
    assert see_background(green, replace(SEEN, placements=(replace(SEEN.placements[0], box=SEEN.full),))) == "green"


def test_a_picture_that_is_not_square_is_read_where_it_lies_in_its_square():
    picture = np.ascontiguousarray(on_background("grass")[32:96])
    assert see_background(picture, replace(SEEN, canvas=Canvas(128, 64).cells_on(32))) == "grass"
