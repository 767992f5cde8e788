"""Corruption: wrong pixels come as often as asked for, where they may be, and what is given stays as it is."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import ABSENT, Borders
from tiledraw.data.corruption import Corruption, corrupt_borders, corrupt_guide, slip

NOISY = Corruption(grays=16)
CLEAN = NOISY.clean()


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.5, 1.0]))
def test_what_is_absent_of_a_guide_stays_absent_whatever_the_noise(seed, noise):
    rng = np.random.default_rng(seed)
    guide = quantise(rng.integers(0, 256, (17, 16)), 16).astype(np.int16)
    guide[16], guide[2, 3] = ABSENT, ABSENT
    before = guide.copy()
    corrupted = corrupt_guide(rng, guide, replace(NOISY, guide_noise=noise, guide_dropout=0.0))
    assert np.array_equal(guide, before)
    assert corrupted.dtype == np.int16
    assert np.array_equal(corrupted == ABSENT, guide == ABSENT)
    if not noise:
        assert np.array_equal(corrupted, guide)


def test_a_guide_may_be_left_out_whole():
    rng = np.random.default_rng(0)
    dropped = corrupt_guide(rng, np.zeros((17, 16), np.int16), replace(NOISY, guide_noise=0.0, guide_dropout=1.0))
    assert (dropped == ABSENT).all() and dropped.dtype == np.int16


def test_borders_are_left_out_as_orders_leave_them_out_and_otherwise_true():
    rng = np.random.default_rng(0)
    true = Borders(*(quantise(rng.integers(0, 256, 32), 16) for _ in range(3)), None)
    seen = set()
    for _ in range(300):
        kept = corrupt_borders(rng, true, CLEAN)
        pairs = list(zip(vars(kept).values(), vars(true).values(), strict=True))
        assert all(new is None or np.array_equal(new, old) for new, old in pairs)
        seen.add(tuple(new is not None for new, _ in pairs))
    assert seen == {(top, left, right, False) for top in (0, 1) for left in (0, 1) for right in (0, 1)}
    wrong = [corrupt_borders(rng, true, replace(CLEAN, border_noise=1.0)) for _ in range(100)]
    shares = [(one.top != true.top).mean() for one in wrong if one.top is not None]
    assert 0 < np.mean(shares) < 0.1


@given(st.integers(0, 2**32), st.sampled_from([16, 32]))
def test_slips_are_a_few_pixels_with_grays_of_others(seed, side):
    rng = np.random.default_rng(seed)
    pixels = quantise(rng.integers(0, 256, (side, side)), 16)
    before = pixels.copy()
    slipped = slip(rng, pixels, replace(NOISY, slips=1.0))
    assert np.array_equal(pixels, before)
    assert slipped.dtype == np.uint8 and set(slipped.ravel()) <= set(pixels.ravel())
    assert (slipped != pixels).mean() <= 8 / 16  # patches of a quarter of the side at most
    plain = np.full((side, side), 7, dtype=np.uint8)
    assert np.array_equal(slip(rng, plain, replace(NOISY, slips=1.0)), plain)  # nothing goes on too far
