"""Noise: each pixel has its own number, which depends on its key alone and is as good as random."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.engine.noise import FLAT_LEVEL, TEXT_LEVEL, uniforms

SEEDS = st.integers(0, 2**64 - 1)
INDICES = st.integers(0, 255)


@given(SEEDS, INDICES, INDICES, INDICES, st.integers(0, 1100), st.integers(0, 1100))
def test_numbers_are_the_same_every_time_and_do_not_depend_on_how_many_there_are(seed, level, row, column, few, many):
    few, many = sorted((few, many))
    numbers = uniforms(seed, level, row, column, many)
    assert numbers.shape == (many,) and numbers.dtype == np.float64
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert np.array_equal(uniforms(seed, level, row, column, few), numbers[:few])


def test_numbers_stay_the_same_from_version_to_version():
    assert uniforms(0, 0, 0, 0, 3).tolist() == [0.6596440155358114, 0.9474124649506863, 0.31572273506057225]
    assert uniforms(2**64 - 1, 3, 15, 7, 2).tolist() == [0.633741160583319, 0.6225717797037859]


def test_no_two_keys_share_their_numbers():
    keys = list(product((0, 1, 2, 2**32, 2**64 - 1), (0, 1, 2, FLAT_LEVEL, TEXT_LEVEL), range(5), range(5)))
    numbers = np.concatenate([uniforms(*key, 16) for key in keys])
    assert len(np.unique(numbers)) == len(numbers)


@given(st.integers(0, 2**64 - 2), INDICES, INDICES, INDICES, st.integers(0, 3))
def test_numbers_of_neighbouring_keys_have_nothing_to_do_with_each_other(seed, level, row, column, changed):
    keys = [seed, level, row, column]
    one = uniforms(*keys, 1024)
    keys[changed] += 1
    other = uniforms(*keys, 1024)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
    assert abs(np.corrcoef(one[1:], other[:-1])[0, 1]) < 0.2


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**64 - 1])
def test_numbers_are_uniform(seed):
    numbers = np.concatenate([uniforms(seed, 2, row, column, 1024) for row in range(8) for column in range(8)])
    counts = np.histogram(numbers, bins=64, range=(0, 1))[0]
    expected = len(numbers) / 64
    assert ((counts - expected) ** 2 / expected).sum() < 120  # chi-square of 63 degrees: beyond it 1 in 50,000
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.02
    # the same over tiles: the first pixels of many tiles, and a column of pixels
    firsts = np.array([uniforms(seed, 3, row, column, 1)[0] for row in range(64) for column in range(16)])
    assert abs(firsts.mean() - 0.5) < 0.05 and abs(firsts.std() - 12**-0.5) < 0.03
    assert abs(np.corrcoef(firsts[1:], firsts[:-1])[0, 1]) < 0.15
