"""Place codes: near for places that look alike, and enough to tell what is there."""

import numpy as np
import pytest

from tiledraw.data.layers import render_layer
from tiledraw.data.places import layer_codes
from tiledraw.language.subjects import subjects

NAMES = list(subjects())[:60]


@pytest.fixture(scope="module")
def wide():
    """The codes of all of these, 192 numbers wide."""
    return layer_codes(NAMES, 192)


@pytest.mark.parametrize("width", [48, 192])
def test_every_subject_has_a_code_for_each_of_its_places(wide, width):
    names = NAMES if width == 192 else NAMES[:20]
    codes = wide if width == 192 else layer_codes(names, width)
    assert list(codes) == names
    assert all(code.shape == (64, width) and code.dtype == np.float32 for code in codes.values())
    every = np.concatenate(list(codes.values()))
    assert np.sqrt((every**2).mean()) == pytest.approx(1, rel=1e-3)
    assert np.abs(every.mean(0)).max() < 0.01 and every.std(0).max() < 3 * every.std(0).min()  # no number stands out


def test_what_is_in_a_place_can_be_read_off_its_code(wide):
    means = []
    for name in NAMES:
        shown = (render_layer(name, 32)[1] > 0).astype(float)
        means.append(shown.reshape(8, 4, 8, 4).transpose(0, 2, 1, 3).reshape(64, 16))
    codes, seen = np.concatenate([wide[name] for name in NAMES]), np.concatenate(means)
    codes = np.column_stack([codes, np.ones(len(codes))])
    known, new = slice(0, 64 * 40), slice(64 * 40, None)
    solution, *_ = np.linalg.lstsq(codes[known], seen[known], rcond=None)
    error = codes[new] @ solution - seen[new]  # of subjects that the solution has not seen
    assert (error**2).mean() < 0.07 * seen[new].var()


def test_codes_are_the_same_each_time():
    first = layer_codes(NAMES[:8], 64)
    assert all(np.array_equal(code, first[name]) for name, code in layer_codes(NAMES[:8], 64).items())
