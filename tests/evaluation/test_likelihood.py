"""Likelihood: bits per pixel are the mean cross-entropy of the pixels that are drawn, in bits."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import Borders
from tiledraw.evaluation.likelihood import BATCH, bits_per_pixel
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.models.loading import load_model

GENERATOR = np.random.default_rng(0)


def grays(*shape):
    return GENERATOR.integers(0, 256, shape).astype(np.uint8)


COARSE = [LayoutDocument("a cat " * (n + 1), think="background: light", pixels=grays(8, 8)) for n in range(BATCH + 2)]
FLAT = [FlatDocument("a cat", "a cat", grays(32, 32))]
TILES = [TileDocument("level 1", grays(17, 16).astype(np.int16), Borders(grays(32)), grays(32, 32)) for _ in range(2)]


@pytest.fixture(scope="module")
def own(model_folder):
    """The tiny model, loaded again: its attention is set, and its weights are changed."""
    return load_model(str(model_folder))


@torch.no_grad()
def plain_bits(loaded, documents):
    """The mean over all pixels, from the logits of stock transformers on one document after the other."""
    base, nats = loaded.vocabulary.base, []
    for document in documents:
        ids = torch.from_numpy(tokenise(segments(document), loaded.vocabulary)[0])
        logits = loaded.model(ids[None], use_cache=False).logits[0, :-1, base : base + LEVELS]
        code = ids[1:] - base
        drawn = torch.from_numpy(tokenise(segments(document), loaded.vocabulary)[1])[1:] & (code >= 0) & (code < LEVELS)
        nats.append(functional.cross_entropy(logits[drawn], code[drawn], reduction="none"))
    return torch.cat(nats).mean().item() / math.log(2), sum(map(len, nats))


@pytest.mark.parametrize(
    ("documents", "pixels"), [(COARSE, 6 * 64), (FLAT, 1024), (TILES, 2048), (COARSE + FLAT, 1408)]
)
def test_bits_are_the_cross_entropy_of_transformers(loaded, own, documents, pixels):
    expected, count = plain_bits(loaded, documents)
    assert count == pixels
    assert bits_per_pixel(own, documents) == pytest.approx(expected, rel=1e-3)
    assert expected > 8.1  # random weights know nothing, and are sure of it


def test_bits_are_per_pixel_not_per_batch(own):
    each = [bits_per_pixel(own, [document]) for document in COARSE]
    assert len({round(bits, 3) for bits in each}) == len(each)
    assert bits_per_pixel(own, COARSE) == pytest.approx(np.mean(each), rel=1e-3)


def test_an_even_model_needs_eight_bits(model_folder):
    even = load_model(str(model_folder))
    with torch.no_grad():
        even.model.lm_head.weight.zero_()
    assert bits_per_pixel(even, [*COARSE, *TILES]) == pytest.approx(8, abs=1e-4)


def test_no_gradients_are_kept(own):
    bits_per_pixel(own, COARSE[:1])
    assert all(parameter.grad is None for parameter in own.model.parameters())
