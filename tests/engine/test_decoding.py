"""Decoding: samples come from the right share of the distribution, thoughts from text, pixels go where they are free.

A scripted decoder stands for the model, so that every logit is known.
"""

from dataclasses import replace
from math import nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from transformers import AutoTokenizer

from tiledraw.canvas.pyramid import Borders
from tiledraw.engine.decoding import MAX_THINK, draw_pixels, draw_think
from tiledraw.engine.noise import uniforms
from tiledraw.engine.sampling import ROUNDING, sample
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.vocabulary import END_THINK, Vocabulary
from tiledraw.format.weaving import DRAW
from tiledraw.models.loading import packaged_folder

VOCABULARY = Vocabulary(AutoTokenizer.from_pretrained(packaged_folder("painter")))
ALMOST_ONE = nextafter(1.0, 0.0)

logit_rows = npst.arrays(np.float32, st.integers(1, 40), elements=st.floats(-30, 30, width=32))
uniform = st.floats(0, 1, exclude_max=True) | st.just(ALMOST_ONE)
temperatures = st.floats(0.05, 20)


def sample_one(logits: np.ndarray, u: float, temperature: float) -> int:
    return int(sample(logits[None], np.array([u]), temperature)[0][0])


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
    logits = np.random.default_rng(0).standard_normal((50, size), dtype=np.float32)
    logits[:, -size // 3 :] = -np.inf if size > 1 else 0.0
    chosen, _ = sample(logits, np.full(50, ALMOST_ONE), temperature)
    assert np.isfinite(logits[np.arange(50), chosen]).all()


@given(logit_rows, uniform, temperatures, st.integers(0, 2**32))
def test_a_sample_that_is_sure_is_the_same_from_logits_that_are_off_by_rounding(logits, u, temperature, seed):
    exact = logits.astype(np.float64)[None]
    off = np.random.default_rng(seed).random(exact.shape) * 2 - 1
    number = np.array([u])
    for t in (temperature, 0):
        chosen, sure = sample(exact, number, t)
        assert not sure or sample(exact + off * ROUNDING * 0.99, number, t)[0] == chosen


def test_samples_are_seldom_unsure():
    logits = np.random.default_rng(0).standard_normal((20_000, 256), dtype=np.float32) * 4
    _, sure = sample(logits, uniforms(0, 0, 0, 0, 20_000), 1.0)
    assert 0 < (~sure).sum() < 100


def test_samples_have_the_shares_of_the_softmax():
    shares = np.array([0.1, 0.0, 0.6, 0.3])
    with np.errstate(divide="ignore"):
        logits = np.broadcast_to(np.log(shares), (10_000, 4))
    drawn, _ = sample(logits, uniforms(0, 0, 0, 0, 10_000), 1.0)
    assert np.allclose(np.bincount(drawn, minlength=4) / 10_000, shares, atol=0.02)
    assert not (drawn == 1).any()


class Scripted:
    """A decoder that goes through a script of logits `(V,)` or `(B, V)`, one a step; the last repeats."""

    def __init__(self, *script: np.ndarray) -> None:
        self.script = script

    def start(self, rows: list[list[int]], room: int) -> np.ndarray:
        self.rows, self.room, self.step = [list(row) for row in rows], room, 0
        return np.zeros((len(rows), 1))

    def feed(self, ids: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        self.room -= ids.shape[1]
        assert self.room >= 0
        self.step += 1
        for row, new in zip(self.rows, ids.tolist(), strict=True):
            row += new
        return np.zeros((len(ids), 1))

    def logits(self, hidden: np.ndarray, start: int = 0, stop: int | None = None) -> np.ndarray:
        scores = self.script[min(self.step, len(self.script) - 1)]
        return np.broadcast_to(scores, (len(self.rows), VOCABULARY.size))[:, start:stop]


def liking(*ids: int) -> np.ndarray:
    """Logits that want these ids."""
    logits = np.zeros(VOCABULARY.size, np.float32)
    logits[list(ids)] = 100.0
    return logits


LETTER = VOCABULARY.encode("x")[0]
END = VOCABULARY.words[END_THINK]
NOT_TEXT = [*VOCABULARY.words.values(), *range(VOCABULARY.base, VOCABULARY.end_of_code)]
NOISE = uniforms(0, 255, 0, 0, MAX_THINK)


@pytest.mark.parametrize("document", [FlatDocument("a cat"), LayoutDocument("a cat", "canvas: 0 2 8 6\n")])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("count", [0, 5])
def test_a_thought_goes_on_from_the_document_to_its_end_word(document, temperature, count):
    decoder = Scripted(*[liking(LETTER)] * count, liking(END))
    assert draw_think(decoder, VOCABULARY, document, NOISE, temperature) == "x" * count
    assert decoder.rows == [tokenise(segments(document), VOCABULARY)[0].tolist() + [LETTER] * count]


@pytest.mark.parametrize("temperature", [0.0, 1.0, 20.0])
def test_a_thought_never_holds_frame_or_code_words(temperature):
    wanted = liking(*(identifier for identifier in NOT_TEXT if identifier != END))
    wanted[END] = -100.0
    decoder = Scripted(wanted)
    text = draw_think(decoder, VOCABULARY, FlatDocument("a cat"), NOISE, temperature)
    drawn = decoder.rows[0][-MAX_THINK:]
    assert not set(drawn) & set(NOT_TEXT)
    assert text == VOCABULARY.decode(drawn)


def test_a_thought_that_does_not_end_is_cut_off():
    assert draw_think(Scripted(liking(LETTER)), VOCABULARY, FlatDocument("a cat"), NOISE, 0.0) == "x" * MAX_THINK


def tile_documents(batch: int) -> list[TileDocument]:
    generator = np.random.default_rng(0)
    border = np.arange(32, dtype=np.uint8)
    guides = generator.integers(-1, 256, (batch, 17, 16)).astype(np.int16)
    return [
        TileDocument("nothing " * n, guide, Borders(border, None, border, border)) for n, guide in enumerate(guides)
    ]


DOCUMENTS = {
    "tile": tile_documents,
    "coarse": lambda batch: [LayoutDocument("a cat " * (n + 1), think="background: light") for n in range(batch)],
    "flat": lambda batch: [FlatDocument("a cat " * (n + 1), think="background: light") for n in range(batch)],
}


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("batch", [1, 3])
def test_exactly_the_free_pixels_are_drawn(kind, batch):
    documents = DOCUMENTS[kind](batch)
    streams = [tokenise(segments(document), VOCABULARY)[0] for document in documents]
    count = int((streams[0] == DRAW).sum())
    noise = np.stack([uniforms(1, 0, number, 0, count) for number in range(batch)])
    decoder = Scripted(np.zeros(VOCABULARY.size, np.float32))
    pixels = draw_pixels(decoder, VOCABULARY, documents, noise, 1.0)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, (noise * 256).astype(np.uint8))  # equal logits: the number itself is the gray
    for document, row, stream, drawn in zip(documents, decoder.rows, streams, pixels, strict=True):
        full = stream.copy()
        full[stream == DRAW] = drawn.astype(np.int64) + VOCABULARY.base
        assert row == full[: len(row)].tolist()  # what is given stands between the drawn pixels, and is never drawn
        assert (stream[len(row) :] == DRAW).sum() == 1  # only the last pixel need not be fed
        side = int(count**0.5)
        whole = tokenise(segments(replace(document, pixels=drawn.reshape(side, side))), VOCABULARY)[0]
        assert np.array_equal(whole, full)


def test_greedy_pixels_take_the_likeliest_gray_and_nothing_but_grays():
    wanted = liking(LETTER, END, VOCABULARY.end_of_code - 1, VOCABULARY.base + 77)
    pixels = draw_pixels(Scripted(wanted), VOCABULARY, DOCUMENTS["coarse"](2), np.zeros((2, 64)), 0.0)
    assert (pixels == 77).all()


def test_documents_that_free_different_places_are_no_batch():
    documents = [DOCUMENTS["coarse"](1)[0], DOCUMENTS["flat"](1)[0]]
    with pytest.raises((AssertionError, ValueError)):
        draw_pixels(Scripted(liking(LETTER)), VOCABULARY, documents, np.zeros((2, 1024)), 0.0)
