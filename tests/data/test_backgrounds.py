"""Backgrounds: the same at every size, another with another seed, all of their inks used, none of them a mistake."""

import numpy as np
import pytest

from tiledraw.canvas.inks import reduce_inks
from tiledraw.data.backgrounds import PAINTERS, ink_background
from tiledraw.language.attributes import COLOURS, SCENERY


def test_all_scenery_can_be_drawn():
    assert tuple(PAINTERS) == SCENERY


@pytest.mark.parametrize("name", (*SCENERY, *COLOURS))
def test_a_background_fills_its_square_with_all_of_its_inks(name):
    for seed in range(5):
        palette, inks = ink_background(name, 64, seed)
        assert inks.shape == (64, 64) and inks.dtype == np.uint8
        assert set(np.unique(inks)) == set(range(len(palette.inks)))
        assert (palette.paint(inks)[..., 3] == 255).all()  # nothing is seen through it


@pytest.mark.parametrize("name", SCENERY)
def test_the_same_seed_is_the_same_background_at_every_size(name):
    for seed in range(3):
        small, large = (ink_background(name, side, seed)[1] for side in (128, 256))
        off = (reduce_inks(large + 1) != small + 1).mean()  # ink 0 is no nothing here
        assert off < (0.05 if name == "street" else 0.02)  # but for edges, of which windows have many
        assert np.array_equal(ink_background(name, 128, seed)[1], small)


@pytest.mark.parametrize("name", [name for name in SCENERY if name != "street"])
def test_another_seed_is_another_background(name):
    assert len({ink_background(name, 128, seed)[1].tobytes() for seed in range(8)}) > 4


@pytest.mark.parametrize("name", [name for name in SCENERY if name not in ("night", "street")])
def test_what_lies_below_is_ground_and_what_lies_above_is_not(name):
    for seed in range(5):
        palette, inks = ink_background(name, 64, seed)
        assert (inks[-1] == len(palette.inks) - 1).all() and (inks[0] == 0).all()


def test_a_street_has_its_road_below_and_the_sky_above():
    palette, inks = ink_background("street", 64, 3)
    below, above = ({palette.inks[ink] for ink in row} for row in (inks[-1], inks[0]))
    assert (below, above) == ({"gray"}, {"light blue"})


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        ink_background("moon base", 32)
