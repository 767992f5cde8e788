"""Noise that belongs to the pixel: uniform numbers keyed by (seed, level, row, column, pixel).

A picture depends neither on the batch size nor on the order of its tiles. Knows integers. Knows nothing about models.
"""

from __future__ import annotations

import numpy as np

TEXT_LEVEL = 255  # the "level" of the planner's noise; level 0 is the coarse pass
FLAT_LEVEL = 254  # the "level" of a flat image


def _mix(state: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele et al., 2014): a bijection of uint64 that mixes all bits."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def uniforms(seed: int, level: int, row: int, column: int, count: int) -> np.ndarray:
    """`count` numbers in [0, 1), float64 `(count,)`: those of the first pixels of one tile in raster order."""
    state = np.array([seed], dtype=np.uint64)
    with np.errstate(over="ignore"):
        for key in (level, row, column):
            state = _mix((state + np.uint64(0x9E3779B97F4A7C15)) ^ _mix(np.array([key + 1], dtype=np.uint64)))
        state = _mix(state + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**53
