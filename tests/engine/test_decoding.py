"""Decoding: samples come from the right share of the distribution, thoughts from text, pixels go where they are free.

A scripted decoder stands for the model, so that every logit is known.
"""

from math import nextafter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from transformers import AutoTokenizer

from tiledraw.engine.decoding import MAX_THINK, draw_pixels, draw_think, sample
from tiledraw.engine.noise import uniforms
from tiledraw.grammar import DRAW, FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.models.loading import bundled_folder
from tiledraw.pyramid import Borders
from tiledraw.vocabulary import END_THINK, FRAME_WORDS, Vocabulary

VOCABULARY = Vocabulary(AutoTokenizer.from_pretrained(bundled_folder()))
ALMOST_ONE = nextafter(1.0, 0.0)

logit_rows = npst.arrays(np.float32, st.integers(1, 40), elements=st.floats(-30, 30, width=32))
uniform = st.floats(0, 1, exclude_max=True) | st.just(ALMOST_ONE)
temperatures = st.floats(0.05, 20)


def sample_one(logits: np.ndarray, u: float, temperature: float) -> int:
    return int(sample(torch.from_numpy(logits)[None], torch.tensor([u], dtype=torch.float64), temperature)[0])


@given(logit_rows, uniform)
def test_temperature_zero_takes_the_largest(logits, u):
    assert logits[sample_one(logits, u, 0)] == logits.max()


@given(logit_rows, uniform, temperatures)
def test_a_sample_is_the_inverse_of_the_cumulative_distribution(logits, u, temperature):
    chosen = sample_one(logits, u, temperature)
    assert 0 <= chosen < len(logits)
    weights = np.exp((logits.astype(np.float64) - logits.max()) / temperature)
    shares = weights.cumsum() / weights.sum()
    before = shares[chosen - 1] if chosen else 0.0
    assert before - 1e-12 <= u <= shares[chosen] + 1e-12


@given(logit_rows, uniform, uniform, temperatures)
def test_a_larger_number_never_gives_an_earlier_index(logits, one, other, temperature):
    low, high = sorted((one, other))
    assert sample_one(logits, low, temperature) <= sample_one(logits, high, temperature)


@given(logit_rows, st.data(), uniform, st.just(0.0) | temperatures)
def test_what_is_forbidden_is_never_drawn(logits, data, u, temperature):
    allowed = data.draw(npst.arrays(bool, len(logits)).filter(np.any))
    assert allowed[sample_one(np.where(allowed, logits, -np.inf).astype(np.float32), u, temperature)]


@pytest.mark.parametrize("size", [1, 256, 5000])
@pytest.mark.parametrize("temperature", [0.01, 1.0, 100.0])
def test_numbers_just_below_one_stay_in_the_range(size, temperature):
    logits = torch.randn(50, size, generator=torch.Generator().manual_seed(0))
    logits[:, -size // 3 :] = -torch.inf if size > 1 else 0.0
    chosen = sample(logits, torch.full((50,), ALMOST_ONE, dtype=torch.float64), temperature)
    assert logits[torch.arange(50), chosen].isfinite().all()


def test_samples_have_the_shares_of_the_softmax():
    shares = torch.tensor([0.1, 0.0, 0.6, 0.3])
    drawn = sample(shares.log().expand(10_000, 4), torch.from_numpy(uniforms(0, 0, 0, 0, 10_000)), 1.0)
    assert torch.allclose(drawn.bincount(minlength=4) / 10_000, shares, atol=0.02)
    assert not (drawn == 1).any()


class Scripted:
    """A decoder whose logits are the same at every step. Keeps what it was fed."""

    def __init__(self, logits: torch.Tensor, batch: int = 1) -> None:
        self.scores = logits.expand(batch, VOCABULARY.size)  # (B, V)

    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        self.rows, self.room = [list(row) for row in rows], room
        return torch.zeros(len(rows), 1)

    def feed(self, ids: torch.Tensor) -> torch.Tensor:
        for row, new in zip(self.rows, ids.tolist(), strict=True):
            row += new
        self.room -= ids.shape[1]
        assert self.room >= 0
        return torch.zeros(len(ids), 1)

    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> torch.Tensor:
        return self.scores[:, start:stop]


def liking(*ids: int) -> torch.Tensor:
    """Logits that prefer ids, the first most."""
    logits = torch.zeros(VOCABULARY.size)
    for rank, identifier in enumerate(ids):
        logits[identifier] = 100.0 - rank
    return logits


WORDS = [VOCABULARY.words[word] for word in FRAME_WORDS]
CODES = list(range(VOCABULARY.base, VOCABULARY.end_of_code))
NOISE = uniforms(0, 255, 0, 0, MAX_THINK)


@pytest.mark.parametrize("document", [FlatDocument("a cat"), LayoutDocument("a cat", "canvas: 0 2 8 6\n")])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_thought_ends_at_its_end_word_and_is_text(document, temperature):
    text = VOCABULARY.encode("x")[0]
    for count in (0, 5):
        decoder = Scripted(liking())
        decoder.logits = lambda hidden, start, stop, d=decoder, n=count: liking(  # noqa: B023
            text if n + len(d.first) > len(d.rows[0]) else VOCABULARY.words[END_THINK]
        )[None]
        start = decoder.start
        decoder.first = []
        decoder.start = lambda rows, room, d=decoder, s=start: (setattr(d, "first", rows[0]), s(rows, room))[1]
        assert draw_think(decoder, VOCABULARY, document, NOISE, temperature) == "x" * count
        given = tokenise(segments(document), VOCABULARY)[0].tolist()
        assert decoder.rows[0] == given + [text] * count
