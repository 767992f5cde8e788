"""Pairs to learn enlarging from: the same in every run, of one place, corrupted as asked."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pixels import quantise, resize
from tiledraw.data.pairs import CropConfig, PairSource, corrupt

CROPS = CropConfig(("cat", "sun"), side=32, pictures=1, each=6, level_weights={64: 0.5, 128: 0.5}, corrupted=0.0)


def test_a_picture_gives_the_same_pairs_in_every_run_and_others_in_other_splits():
    one, again = (PairSource(CROPS).pairs(3) for _ in range(2))
    assert all(np.array_equal(part, other) for part, other in zip(one, again, strict=True))
    for other in (PairSource(CROPS).pairs(4), PairSource(CROPS, "validation").pairs(3)):
        assert not np.array_equal(one[0], other[0])


def test_both_crops_show_the_same_place():
    for index in range(6):
        small, large = PairSource(CROPS).pairs(index)
        assert (small.shape, large.shape) == ((6, 32, 32), (6, 128, 128))
        assert small.dtype == large.dtype == np.uint8
        assert set(np.unique(small)) | set(np.unique(large)) <= set(range(0, 256, 17))
        means = np.stack([resize(picture, 32, 32) for picture in large])
        assert np.abs(means.astype(int) - small).mean() < 6
        assert max(len(np.unique(crop)) for crop in small) > 2  # strokes are not missed


def test_corrupted_crops_differ_from_the_true_ones_in_the_given_share():
    true, corrupted = (
        np.concatenate(
            [PairSource(replace(CROPS, each=8, level_weights={64: 1.0}, corrupted=share)).pairs(n)[1] for n in range(2)]
        )
        for share in (0.0, 1.0)
    )
    assert true.shape == corrupted.shape  # what is to be drawn stays true
    rng, picture = np.random.default_rng(0), np.zeros((32, 32), np.uint8)
    picture[:, 12:15] = 255
    results = [corrupt(rng, picture, 16) for _ in range(20)]
    shares = [(result != picture).mean() for result in results]
    assert 0 < np.mean(shares) < 0.2
    assert all(np.array_equal(quantise(result, 16), result) for result in results)


@pytest.mark.parametrize(
    "changes", [{"side": 96}, {"side": 33}, {"level_weights": {}}, {"level_weights": {80: 1.0}}, {"each": 0}]
)
def test_crops_that_can_not_be_are_refused(changes):
    with pytest.raises(ValueError):
        replace(CROPS, **changes)
