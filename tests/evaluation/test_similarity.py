"""Similarity: equal pictures have all of it, noise takes some away, and small pictures are enlarged first."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tiledraw.canvas.pixels import resize
from tiledraw.evaluation.similarity import MOST_DECIBELS, sharpness, similarity


@pytest.fixture(scope="module")
def picture():
    """A disc on a gradient, `(64, 64)` uint8."""
    y, x = np.mgrid[:64, :64]
    return np.where((x - 24) ** 2 + (y - 40) ** 2 < 200, 20, 100 + 2 * y).astype(np.uint8)


def noisy(picture, strength):
    noise = np.random.default_rng(0).normal(0, strength, picture.shape)
    return np.clip(picture + noise, 0, 255).round().astype(np.uint8)


def test_equal_pictures(picture):
    assert similarity(picture, picture) == (pytest.approx(1.0), MOST_DECIBELS)
    blank = np.full((64, 64), 255, np.uint8)
    assert similarity(blank, blank) == (pytest.approx(1.0, abs=1e-9), MOST_DECIBELS)


def test_more_noise_is_less_similar(picture):
    figures = [similarity(noisy(picture, strength), picture) for strength in (0, 5, 20, 60)]
    for (ssim, psnr), (less_ssim, less_psnr) in pairwise(figures):
        assert less_ssim < ssim and less_psnr < psnr


def test_decibels_are_those_of_the_mean_square(picture):
    other = (picture.astype(int) + 10).astype(np.uint8)
    assert similarity(other, picture)[1] == pytest.approx(20 * np.log10(255 / 10), abs=1e-4)


def test_a_flat_picture_is_enlarged_by_nearest_pixels(picture):
    flat = resize(picture, 32, 32)
    assert flat.shape == (32, 32)
    assert similarity(flat, picture) == similarity(flat.repeat(2, 0).repeat(2, 1), picture)
    assert similarity(flat, flat.repeat(2, 0).repeat(2, 1)) == (pytest.approx(1.0), MOST_DECIBELS)


def test_figures_are_plain_numbers(picture):
    assert [type(figure) for figure in similarity(noisy(picture, 9), picture)] == [float, float]


def test_blurred_edges_are_less_sharp_and_equal_ones_equal(picture):
    assert sharpness(picture, picture) == 1
    blurred = [np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius))) for radius in (1, 2, 4)]
    figures = [1.0, *(sharpness(other, picture) for other in blurred)]
    assert all(more > less for more, less in pairwise(figures))
    assert np.isnan(sharpness(picture, np.zeros((64, 64), np.uint8)))
