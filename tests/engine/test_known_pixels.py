"""Decoding around pixels that are known: they stay, the others are drawn as one by one, in any company."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.canvas.pyramid import Borders
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.sampling import sample
from tiledraw.format.grammar import LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.weaving import DRAW

# Which of the 8x8 pixels are free, stream by stream.
FREE = np.zeros((5, 8, 8), bool)
FREE[0] = True
FREE[1, 2:5, 3:6] = True
FREE[2, 0, 0] = True  # the first alone
FREE[3, 7, 7] = True  # the last alone
FREE[4] = np.random.default_rng(3).random((8, 8)) < 0.5


class Leaning(NumpyDecoder):
    """Likes one gray so much that many draft tokens come true."""

    def logits(self, hidden, start=0, stop=None):
        logits = super().logits(hidden, start, stop)
        logits[:, 100] += 8
        return logits


def coarse(free):
    """Layouts of which all but the free pixels are known."""
    known = np.random.default_rng(1).integers(0, 256, free.shape).astype(np.int16)
    known = np.where(free, DRAW, known).astype(np.int16)
    return [LayoutDocument("a cat " * (n + 1), think="background: light", pixels=k) for n, k in enumerate(known)]


def noise(batch, count=64):
    return np.stack([uniforms(5, 1, number, 0, count) for number in range(batch)])


@pytest.mark.parametrize("kind", [NumpyDecoder, Leaning])
@pytest.mark.parametrize("temperature", [0, 1.0])
def test_known_pixels_stay_and_free_ones_are_drawn_the_same_ahead_and_in_any_company(loaded, kind, temperature):
    decoder = kind(loaded.config, loaded.tensors())
    documents = coarse(FREE)
    one, ahead = (
        draw_pixels(decoder, loaded.vocabulary, documents, noise(5), temperature, ahead=ahead)
        for ahead in (False, True)
    )
    assert one.dtype == np.uint8 and np.array_equal(one, ahead)
    for number, (document, free) in enumerate(zip(documents, FREE.reshape(5, 64), strict=True)):
        assert np.array_equal(one[number, ~free], document.pixels.ravel()[~free])
        alone = draw_pixels(decoder, loaded.vocabulary, [document], noise(5)[[number]], temperature)
        assert np.array_equal(alone[0], one[number])


@pytest.mark.parametrize("stream", [0, 1, 4])
def test_free_pixels_are_those_of_reading_all_before_each_anew(loaded, stream):
    decoder, base = NumpyDecoder(loaded.config, loaded.tensors()), loaded.vocabulary.base
    [document], numbers = coarse(FREE[[stream]]), noise(1)[0]
    ids, drawn = tokenise(segments(document), loaded.vocabulary)
    places = np.flatnonzero(drawn)[-64:]
    for place, number in zip(places, numbers, strict=True):
        if ids[place] == DRAW:
            logits = decoder.logits(decoder.start([ids[:place].tolist()], 8), base, base + 256)
            ids[place] = base + int(sample(logits, number[None], 1.0)[0][0])
    pixels = draw_pixels(decoder, loaded.vocabulary, [document], noise(1), 1.0)
    assert np.array_equal(pixels[0], ids[places] - base)


def test_what_is_known_is_what_would_have_been_drawn(loaded):
    """Half of a drawing, given, leads to the other half."""
    decoder = NumpyDecoder(loaded.config, loaded.tensors())
    [document] = coarse(FREE[:1])
    whole = draw_pixels(decoder, loaded.vocabulary, [document], noise(1), 1.0)
    half = np.where(FREE[4], DRAW, whole.reshape(8, 8).astype(np.int16))
    again = draw_pixels(decoder, loaded.vocabulary, [replace(document, pixels=half)], noise(1), 1.0)
    assert np.array_equal(again, whole)


def test_free_pixels_see_the_known_ones_before_them(loaded):
    decoder = NumpyDecoder(loaded.config, loaded.tensors())
    one, other = coarse(FREE[[3]])[0], coarse(FREE[[3]])[0]
    other.pixels[7, 6] ^= 255
    logits = []
    for document in (one, other):
        ids = tokenise(segments(document), loaded.vocabulary)[0]
        first = int(np.argmax(ids == DRAW))
        logits.append(decoder.logits(decoder.start([ids[:first].tolist()], 8)))
        drawn = draw_pixels(decoder, loaded.vocabulary, [document], noise(1), 0)[0, 63]
        base = loaded.vocabulary.base
        assert drawn == int(logits[-1][0, base : base + 256].argmax())
    assert not np.allclose(logits[0], logits[1])


def test_tiles_with_borders_keep_what_is_known_between_guides_and_thoughts(vocabulary, make_reckoner):
    edge = np.arange(32, dtype=np.uint8)
    guide = np.random.default_rng(0).integers(-1, 256, (17, 16)).astype(np.int16)
    known = np.random.default_rng(1).integers(0, 256, (2, 32, 32)).astype(np.int16)
    known[0, 3, 5:9] = known[1, 30, 20:31] = DRAW
    documents = [
        TileDocument("level 2, row 0 of 2, column 0 of 2, light: cat 0 0 8 8", guide, Borders(edge, edge), known[0]),
        TileDocument("level 2, row 0 of 2, column 0 of 2, light: nothing", guide, Borders(), known[1]),
    ]
    together = draw_pixels(make_reckoner(), vocabulary, documents, noise(2, 1024), 1.0)
    for number, document in enumerate(documents):
        stays = known[number].ravel() != DRAW
        assert np.array_equal(together[number, stays], known[number].ravel()[stays])
        alone = draw_pixels(make_reckoner(), vocabulary, [document], noise(2, 1024)[[number]], 1.0)
        assert np.array_equal(alone[0], together[number])
