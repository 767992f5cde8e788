"""Statistics: means lie in their intervals, the same values give the same interval, more values a narrower one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.evaluation.statistics import Estimate, estimate

NUMBERS = st.floats(-1e3, 1e3)


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_the_mean_lies_in_its_interval_and_the_interval_among_the_values(values):
    made = estimate(values)
    assert made.count == len(values)
    assert made.mean == pytest.approx(np.mean(values))
    slack = 1e-9 * max(map(abs, values))
    assert min(values) - slack <= made.low <= made.mean + slack
    assert made.mean - slack <= made.high <= max(values) + slack


@settings(max_examples=10)
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_the_same_values_give_the_same_estimate(values):
    assert estimate(values) == estimate(list(values))


@given(NUMBERS, st.integers(1, 5))
def test_equal_values_have_no_width(value, count):
    made = estimate([value] * count)
    assert made.low == made.mean == made.high == pytest.approx(value)
    assert made.count == count


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="at least one value"):
        estimate([])


def test_the_interval_is_that_of_95_percent():
    values = [0, 1] * 50
    made = estimate(values)
    assert made.mean == 0.5
    width = 2 * 1.96 * 0.5 / len(values) ** 0.5  # of the normal approximation
    assert made.high - made.low == pytest.approx(width, rel=0.15)
    assert isinstance(made, Estimate) and all(type(number) is float for number in (made.mean, made.low, made.high))
    more = estimate(values * 4)
    assert more.high - more.low == pytest.approx(width / 2, rel=0.15)
