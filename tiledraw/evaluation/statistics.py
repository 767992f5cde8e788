"""Statistics: means with 95% bootstrap intervals. Knows numbers. Knows nothing about what they measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiledraw.common.extras import needs

RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A mean of `count` values and the 95% interval around it."""

    mean: float
    low: float
    high: float
    count: int


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of values, with the percentile bootstrap interval (Efron, 1979). The same values give the same interval.

    Raises:
        ValueError: there are no values.
    """
    with needs("evaluation"):
        from scipy.stats import bootstrap

    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        raise ValueError("a mean needs at least one value")
    mean = float(data.mean())
    if np.ptp(data) == 0:  # the bootstrap gives equal values no interval at all
        return Estimate(mean, mean, mean, len(data))
    interval = bootstrap(
        (data,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), len(data))
