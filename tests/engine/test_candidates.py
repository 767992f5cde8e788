"""Candidates: what surprises the model has rivals, the likeliest stays, and no batch changes which one that is."""

import numpy as np
import pytest
import torch

from tiledraw.engine import candidates
from tiledraw.engine.candidates import draw_likeliest
from tiledraw.engine.decoding import ROUNDING, draw_pixels, draw_scored
from tiledraw.engine.lean import LeanDecoder
from tiledraw.engine.noise import uniforms
from tiledraw.grammar import LayoutDocument, segments, tokenise
from tiledraw.pyramid import ABSENT

PROMPTS = ("a cat", "a dog on the left", "two apples", "一只猫", "a sun at the top")


def coarse(count, pixels=None):
    """Layout documents of 64 pixels."""
    return [LayoutDocument(prompt, think="background: light", pixels=pixels) for prompt in PROMPTS[:count]]


def noise(count, number):
    """Of so many documents and candidates."""
    return np.stack([[uniforms(7, 256 * k, row, 0, 64) for k in range(number)] for row in range(count)])


@pytest.fixture
def decoder(loaded):
    return LeanDecoder(loaded.config, loaded.tensors())


@pytest.fixture
def draw(decoder, vocabulary):
    def draw(documents, numbers, temperature=1.0, batch=64):
        return draw_likeliest(decoder, vocabulary, documents, numbers, temperature, batch)

    return draw


def each_alone(decoder, vocabulary, documents, numbers, temperature=1.0):
    """Pixels `(n, candidates, pixels)` and surprise `(n, candidates)` of all candidates."""
    drawn = [
        [draw_scored(decoder, vocabulary, [document], row[None], temperature) for row in rows]
        for document, rows in zip(documents, numbers, strict=True)
    ]
    return (
        np.array([[pixels[0] for pixels, _ in rows] for rows in drawn]),
        np.array([[nats[0] for _, nats in rows] for rows in drawn]),
    )


def test_a_single_candidate_is_what_is_drawn_without_a_choice(draw, decoder, vocabulary):
    documents, numbers = coarse(3), noise(3, 1)
    assert np.array_equal(draw(documents, numbers), draw_pixels(decoder, vocabulary, documents, numbers[:, 0], 1.0))


def test_the_likeliest_of_all_candidates_stays(draw, decoder, vocabulary):
    documents, numbers = coarse(5), noise(5, 4)
    pixels, nats = each_alone(decoder, vocabulary, documents, numbers)
    assert (nats[:, 0] > candidates.DOUBT).all()  # an untrained model is always surprised
    best = nats.argmin(1)
    assert len(set(best.tolist())) > 1
    assert np.array_equal(draw(documents, numbers), pixels[np.arange(5), best])


def test_only_what_surprises_the_model_has_rivals(draw, decoder, vocabulary, monkeypatch):
    documents, numbers = coarse(5), noise(5, 4)
    pixels, nats = each_alone(decoder, vocabulary, documents, numbers)
    doubt = float(np.sort(nats[:, 0])[2:4].mean())
    monkeypatch.setattr(candidates, "DOUBT", doubt)
    started, start = [], LeanDecoder.start

    def counted(self, rows, room):
        if self.dtype == np.float32:  # those in double precision settle samples
            started.append(len(rows))
        return start(self, rows, room)

    monkeypatch.setattr(LeanDecoder, "start", counted)
    drawn = draw(documents, numbers)
    chosen = np.where(nats[:, 0] > doubt, nats.argmin(1), 0)
    assert np.array_equal(drawn, pixels[np.arange(5), chosen])
    assert sum(started) == 5 + 2 * 3


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_the_choice_is_the_same_in_any_company_and_batch(draw, batch):
    documents, numbers = coarse(5), noise(5, 3)
    together = draw(documents, numbers)
    alone = [draw([document], numbers[[row]], batch=batch)[0] for row, document in enumerate(documents)]
    assert np.array_equal(together, np.stack(alone))


@pytest.mark.parametrize("ahead", [True, False])
def test_surprise_is_the_sum_over_the_free_pixels_under_the_plain_model(loaded, decoder, vocabulary, ahead):
    known = np.full((8, 8), ABSENT, dtype=np.int16)
    known[2:4, 3:] = 17
    for pixels in (None, known):
        [document] = coarse(1, pixels)
        drawn, nats = draw_scored(decoder, vocabulary, [document], noise(1, 1)[0], 0.8, ahead=ahead)
        ids, is_pixel = tokenise(segments(document), vocabulary)
        places = np.flatnonzero(is_pixel)[-64:]
        free = np.ones(64, bool) if pixels is None else pixels.ravel() == ABSENT
        ids[places] = drawn[0].astype(int) + vocabulary.base
        with torch.no_grad():
            logits = loaded.model(torch.from_numpy(ids)[None]).logits[0, places - 1].double()
        shares = logits[:, vocabulary.base : vocabulary.base + 256].log_softmax(-1)
        expected = -shares[np.arange(64), drawn[0].astype(int)].numpy()[free].sum()
        assert nats[0] == pytest.approx(expected, abs=1e-3)


def test_what_rounding_could_decide_is_decided_in_double_precision(decoder, vocabulary):
    [document], numbers = coarse(1), noise(1, 4)
    pixels, nats = each_alone(decoder, vocabulary, [document], numbers)
    judge, best = candidates._Judge(decoder, vocabulary), int(nats[0].argmin())
    error = 2 * ROUNDING * 64
    for number in range(4):
        blurred = np.full(4, 100.0)
        blurred[number] -= 1.9 * error  # seems the likeliest
        assert judge.likeliest(document, pixels[0], blurred) == best
        clear = np.full(4, 100.0)
        clear[number] -= 2.1 * error
        assert judge.likeliest(document, pixels[0], clear) == number


def test_doubt_near_its_border_is_decided_in_double_precision(decoder, vocabulary, monkeypatch):
    [document], numbers = coarse(1), noise(1, 1)
    pixels, nats = each_alone(decoder, vocabulary, [document], numbers)
    judge, error = candidates._Judge(decoder, vocabulary), 2 * ROUNDING * 64
    for off, doubts in ((-0.5 * error, True), (0.5 * error, False)):
        monkeypatch.setattr(candidates, "DOUBT", float(nats[0, 0]) + off)
        assert judge.doubts(document, pixels[0, 0], candidates.DOUBT + 0.9 * error) is doubts
        assert judge.doubts(document, pixels[0, 0], candidates.DOUBT - 0.9 * error) is doubts
        assert judge.doubts(document, pixels[0, 0], candidates.DOUBT + 1.1 * error) is True
        assert judge.doubts(document, pixels[0, 0], candidates.DOUBT - 1.1 * error) is False


def test_equal_drawings_are_not_compared_twice(decoder, vocabulary):
    pixels = np.zeros((3, 64), dtype=np.uint8)
    judge = candidates._Judge(decoder, vocabulary)
    decoder.precise_logits = None  # would fail if called
    assert judge.likeliest(coarse(1)[0], pixels, np.array([50.0, 50.0, 50.001])) in (0, 1)
