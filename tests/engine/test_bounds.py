"""Bounds: what is drawn within them sums to what is allowed, and nothing that could do so is forbidden."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.engine.bounds import Bounds, within


def scene(seed, side, slack):
    """Pixels, which of them are free, and sums around theirs."""
    rng = np.random.default_rng(seed)
    pixels = rng.choice([0, 17, 128, 255], (side, side))
    sums = pixels.reshape(side // 2, 2, side // 2, 2).sum((1, 3)).ravel()
    return pixels.ravel(), rng.random(side * side) < rng.choice([0.3, 1.0]), np.stack([sums - slack, sums + slack])


def limits(bounds, place, pixels):
    """The least and the most that a pixel may be, behind what stands in `pixels`, 0 where nothing does yet."""
    others = np.append(pixels, 0)[bounds.others[place]].sum()
    return np.clip([bounds.least[place] - others, bounds.most[place] - others], 0, 255)


@given(st.integers(0, 2**32), st.sampled_from([8, 16, 32]), st.sampled_from([0, 68, 600]))
@settings(max_examples=40)
def test_pixels_drawn_within_bounds_keep_to_the_sums(seed, side, slack):
    pixels, free, sums = scene(seed, side, slack)
    bounds, rng = Bounds.of(free.reshape(side, side), sums), np.random.default_rng(seed)
    drawn = np.where(free, 0, pixels)
    for place in np.flatnonzero(free):
        least, most = limits(bounds, place, drawn)
        assert least <= most
        drawn[place] = rng.integers(least, most + 1)
    got = drawn.reshape(side // 2, 2, side // 2, 2).sum((1, 3)).ravel()
    assert (sums[0] <= got).all() and (got <= sums[1]).all()


@given(st.integers(0, 2**32), st.sampled_from([8, 16]), st.sampled_from([0, 68]))
@settings(max_examples=40)
def test_pixels_that_keep_to_the_sums_are_within_bounds(seed, side, slack):
    pixels, free, sums = scene(seed, side, slack)
    bounds, drawn = Bounds.of(free.reshape(side, side), sums), np.where(free, 0, pixels)
    for place in np.flatnonzero(free):
        least, most = limits(bounds, place, drawn)
        assert least <= pixels[place] <= most
        drawn[place] = pixels[place]


def test_bounds_of_a_batch_are_those_of_each():
    scenes = [scene(seed, 8, 68) for seed in range(3)]
    together = Bounds.of(
        np.stack([free.reshape(8, 8) for _, free, _ in scenes]), np.stack([sums for *_, sums in scenes])
    )
    for number, (_, free, sums) in enumerate(scenes):
        for name, values in vars(Bounds.of(free.reshape(8, 8), sums)).items():
            assert np.array_equal(getattr(together, name)[number], values)


def test_logits_outside_of_bounds_go_and_the_nearest_gray_is_left_if_none_would_do():
    logits = np.zeros((4, 256), dtype=np.float32)
    shown = within(logits, np.array([10, -300, 300, -80]), np.array([12, 700, 400, -3]))
    assert [np.flatnonzero(np.isfinite(row)).tolist() for row in shown] == [[10, 11, 12], [*range(256)], [255], [0]]
