"""Composing: layers lie in their order and their boxes, edges keep their colours, turning and mirroring are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tiledraw.canvas.composing import Layer, compose
from tiledraw.language.boxes import Box

RED, BLUE = (200, 30, 20, 255), (10, 60, 220, 255)


def plain(colour, side=4):
    return np.full((side, side, 4), colour, dtype=np.uint8)


def corner(side=64):
    """A layer that is red at the upper left and nothing elsewhere."""
    colours = plain((0, 0, 0, 0), side)
    colours[: side // 2, : side // 2] = RED
    return colours


COLOURS = npst.arrays(np.uint8, (8, 8, 4))


@given(COLOURS)
def test_a_layer_that_fills_the_picture_is_the_picture(colours):
    picture = compose((8, 8), [Layer(colours, Box(0, 0, 8, 8))])
    opacity = colours[..., 3:]
    assert np.array_equal(picture[..., 3:], opacity)
    seen = np.broadcast_to(opacity > 0, colours.shape)
    assert (abs(picture.astype(int) - colours)[seen] <= 1).all()  # 8 bits of a premultiplied colour
    opaque = np.broadcast_to(opacity == 255, colours.shape)
    assert np.array_equal(picture[opaque], colours[opaque])


@given(COLOURS)
def test_no_layers_and_layers_of_nothing_change_nothing(colours):
    assert not compose((8, 8), []).any()
    below = Layer(colours, Box(0, 0, 8, 8))
    nothing = Layer(plain((255, 255, 255, 0)), Box(0, 0, 8, 8))
    assert np.array_equal(compose((8, 8), [below, nothing]), compose((8, 8), [below]))


def test_the_order_is_the_depth():
    red, blue = Layer(plain(RED), Box(0, 0, 6, 6)), Layer(plain(BLUE), Box(3, 3, 8, 8))
    picture = compose((8, 8), [red, blue])
    assert (picture[:6, :3] == RED).all() and (picture[3:, 3:] == BLUE).all() and not picture[6:, :3].any()
    assert (compose((8, 8), [blue, red])[:6, :6] == RED).all()


def test_half_of_a_colour_lets_half_of_what_is_below_through():
    picture = compose((4, 4), [Layer(plain(BLUE), Box(0, 0, 4, 4)), Layer(plain((*RED[:3], 51)), Box(0, 0, 4, 4))])
    expected = [round(0.2 * red + 0.8 * blue) for red, blue in zip(RED[:3], BLUE[:3], strict=True)]
    assert (picture == [*expected, 255]).all()


def test_an_edge_has_the_colour_of_what_is_there_and_none_of_what_is_not():
    colours = plain((0, 255, 0, 0), 8)  # a transparent green
    colours[:, :3] = RED
    picture = compose((4, 4), [Layer(colours, Box(0, 0, 4, 4))])
    assert (picture[:, :2, :3] == RED[:3]).all() and picture[0, :, 3].tolist() == [255, 128, 0, 0]


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 24), st.integers(1, 24))
def test_a_box_may_lie_outside_in_part_or_altogether(x, y, width, height):
    picture = compose((16, 12), [Layer(plain(RED), Box(x, y, x + width, y + height))])
    expected = np.zeros((12, 16), bool)
    expected[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = True
    assert np.array_equal(picture[..., 3] == 255, expected) and (picture[expected] == RED).all()


@given(COLOURS, st.sampled_from([(8, 8), (16, 8), (4, 2)]))
def test_mirroring_is_the_mirrored_picture(colours, size):
    box = Box(0, 0, *size)
    plainly, mirrored = (compose(size, [Layer(colours, box, mirrored=mirror)]) for mirror in (False, True))
    assert np.array_equal(mirrored, plainly[:, ::-1])


def test_a_turn_is_clockwise_around_the_middle_and_cuts_nothing_off():
    box = Box(32, 32, 96, 96)
    upright = compose((128, 128), [Layer(corner(), box)])[..., 3].astype(float)
    turned = compose((128, 128), [Layer(corner(), box, turned=30)])[..., 3].astype(float)
    other = compose((128, 128), [Layer(corner(), box, turned=-30)])[..., 3].astype(float)
    assert abs(turned.sum() / upright.sum() - 1) < 0.01 and abs(other.sum() / upright.sum() - 1) < 0.01
    rows, columns = np.indices(turned.shape) + 0.5

    def middle(opacity):
        return np.array([(columns * opacity).sum(), (rows * opacity).sum()]) / opacity.sum() - 64

    for angle, opacity in ((30, turned), (-30, other)):
        sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        x, y = middle(upright)
        assert np.allclose(middle(opacity), [cosine * x - sine * y, sine * x + cosine * y], atol=0.3)
    assert turned[:, :32].any() or turned[:32].any()  # beyond its box


def test_a_turn_in_a_box_that_is_no_square_keeps_right_angles():
    box = Box(16, 40, 112, 88)  # twice as wide as high
    turned = compose((128, 128), [Layer(plain(RED, 64), box, turned=20)])[..., 3] > 127
    rows, columns = np.nonzero(turned)
    angle = np.radians(20)
    x, y = columns + 0.5 - 64, rows + 0.5 - 64
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    assert abs(along).max() <= 48.8 and abs(across).max() <= 24.8
    assert abs(turned.sum() / (96 * 48) - 1) < 0.01


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colours": np.zeros((4, 4, 3), np.uint8)}, r"\(side, side, 4\) of uint8, not \(4, 4, 3\)"),
        ({"colours": np.zeros((4, 4, 4))}, "of float64"),
        ({"box": Box(3, 3, 3, 5)}, "the box 3 3 3 5 of a layer is empty"),
        ({"turned": 31.0}, "at most 30 degrees, not 31"),
        ({"turned": float("nan")}, "not nan"),
    ],
)
def test_what_is_no_layer_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        Layer(**{"colours": plain(RED), "box": Box(0, 0, 4, 4)} | change)
