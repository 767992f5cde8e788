"""Revising: rows that surprise the model are drawn again, the likeliest drawing stays, and no batch changes which."""

from dataclasses import replace

import numpy as np
import pytest
from trembling import Trembling

from tiledraw.engine import speculation
from tiledraw.engine.bounds import Bounds, within
from tiledraw.engine.decoding import draw_pixels, sample, surprise
from tiledraw.engine.lean import LeanDecoder
from tiledraw.engine.noise import uniforms
from tiledraw.engine.revising import DOUBT, ROWS, STEP, STRAY, Revision
from tiledraw.grammar import LayoutDocument, TileDocument, segments, tokenise
from tiledraw.guiding import sums_within
from tiledraw.pyramid import ABSENT
from tiledraw.weaving import DRAW

PROMPTS = ("a cat", "a dog on the left", "two apples", "一只猫", "a sun at the top")
PLACES = [list(range(start, start + 8)) for start in range(0, 64, 8)]


def coarse(count, pixels=None):
    """Layout documents of 64 pixels."""
    return [LayoutDocument(prompt, think="background: light", pixels=pixels) for prompt in PROMPTS[:count]]


def noise(count, drawings, pixels=64):
    return np.stack([[uniforms(7, 256 * k, row, 0, pixels) for k in range(drawings)] for row in range(count)])


@pytest.fixture
def decoder(loaded):
    return LeanDecoder(loaded.config, loaded.tensors())


# By the book ----------------------------------------------------------------------------------------------------------


def slowly(decoder, vocabulary, document, numbers, temperature):
    """What revised drawings are to be: every pixel of every drawing from all that is before it, read anew."""
    ids, drawn = tokenise(segments(document), vocabulary)
    places, base = np.flatnonzero(drawn)[-numbers.shape[1] :], vocabulary.base
    side = int(len(places) ** 0.5)
    free = ids[places] == DRAW
    pixels, costs = np.where(free, 0, ids[places] - base), np.zeros(len(places))
    sums = document.sums if isinstance(document, TileDocument) else None
    bounds = None if sums is None else Bounds.of(free, sums)

    def draw(first, last, number):
        for pixel in range(first, last):
            if not free[pixel]:
                continue
            past = ids.copy()
            past[places[:pixel]] = pixels[:pixel] + base
            logits = shown = decoder.logits(decoder.start([past[: places[pixel]].tolist()], 8), base, base + 256)
            least, most = np.array([0]), np.array([255])
            if bounds is not None:
                before = np.append(np.where((np.arange(len(pixels)) < pixel) | ~free, pixels, 0), 0)
                known = before[bounds.others[pixel]].sum()
                least, most = bounds.least[[pixel]] - known, bounds.most[[pixel]] - known
                shown = within(logits, least, most) if number else logits
            pixels[pixel] = sample(shown, numbers[[number], pixel], temperature)[0][0]
            stray = not least[0] <= pixels[pixel] <= most[0]
            costs[pixel] = surprise(logits, pixels[[pixel]])[0] + STRAY * stray

    done = 0
    for top in range(0, side - ROWS + 1, STEP):
        begin, end = side * top, side * (top + ROWS)
        draw(done, end, 0)
        done, tried = end, []
        for number in range(len(numbers)):
            if number:
                draw(begin, end, number)
            nats = costs[begin:end][free[begin:end]].sum()
            tried.append((nats, pixels[begin:end].copy(), costs[begin:end].copy()))
            if nats <= DOUBT:
                break
        else:
            _, pixels[begin:end], costs[begin:end] = min(tried, key=lambda one: one[0])
    return pixels


@pytest.mark.parametrize("temperature", [0.6, 1.0])
@pytest.mark.parametrize("drawings", [1, 2, 5])
def test_what_is_drawn_is_the_likeliest_of_all_drawings_view_by_view(decoder, vocabulary, temperature, drawings):
    numbers = noise(3, drawings)
    drawn = draw_pixels(decoder, vocabulary, coarse(3), numbers, temperature)
    for number, document in enumerate(coarse(3)):
        assert np.array_equal(drawn[number], slowly(decoder, vocabulary, document, numbers[number], temperature))
    if drawings > 1:
        assert not np.array_equal(drawn, draw_pixels(decoder, vocabulary, coarse(3), numbers[:, :1], temperature))


def test_what_is_known_stays_and_is_no_surprise(decoder, vocabulary):
    known = np.full((8, 8), ABSENT, dtype=np.int16)
    known[0, 0] = known[2:4, 3:] = known[6, :] = 17
    [document] = coarse(1, known)
    drawn = draw_pixels(decoder, vocabulary, [document], noise(1, 4), 1.0)
    assert (drawn[0][known.ravel() != ABSENT] == 17).all()
    assert np.array_equal(drawn[0], slowly(decoder, vocabulary, document, noise(1, 4)[0], 1.0))


# Sums -----------------------------------------------------------------------------------------------------------------


def tile(seed):
    """A tile of 16x16 pixels and its guide."""
    guide = np.random.default_rng(seed).choice([0, 119, 255], (9, 8)).astype(np.int16)
    return TileDocument("level 1, row 0 of 1, column 0 of 1, light: cat 0 0 8 8", guide, sums=sums_within(guide, 16))


@pytest.mark.parametrize("drawings", [1, 3])
def test_a_tile_with_sums_is_drawn_as_by_the_book(decoder, vocabulary, drawings):
    numbers = noise(1, drawings, 256)
    drawn = draw_pixels(decoder, vocabulary, [tile(1)], numbers, 0.8)
    assert np.array_equal(drawn[0], slowly(decoder, vocabulary, tile(1), numbers[0], 0.8))


def test_a_tile_that_is_drawn_again_keeps_to_its_sums(decoder, vocabulary):
    once, again = (
        draw_pixels(decoder, vocabulary, [tile(0)], noise(1, count, 256), 1.0).reshape(8, 2, 8, 2).mean((1, 3))
        for count in (1, 2)
    )
    assert np.abs(again - tile(0).guide[:8]).max() <= 17 < np.abs(once - tile(0).guide[:8]).max()


def test_tiles_with_and_without_sums_share_a_batch(decoder, vocabulary):
    documents, numbers = [tile(0), replace(tile(0), sums=None)], noise(2, 2, 256)
    together = draw_pixels(decoder, vocabulary, documents, numbers, 1.0)
    alone = [draw_pixels(decoder, vocabulary, documents[n : n + 1], numbers[[n]], 1.0)[0] for n in range(2)]
    assert np.array_equal(together, np.stack(alone))
    assert not np.array_equal(*together)


# Batches and rounding -------------------------------------------------------------------------------------------------


def test_the_choice_is_the_same_in_any_company(decoder, vocabulary):
    documents, numbers = coarse(5), noise(5, 3)
    together = draw_pixels(decoder, vocabulary, documents, numbers, 1.0)
    alone = [draw_pixels(decoder, vocabulary, documents[n : n + 1], numbers[[n]], 1.0)[0] for n in range(5)]
    assert np.array_equal(together, np.stack(alone))


def test_the_choice_is_the_same_however_far_ahead_is_read(decoder, vocabulary, monkeypatch):
    documents, numbers = coarse(5), noise(5, 4)
    expected = draw_pixels(decoder, vocabulary, documents, numbers, 0.8)
    for least in (0.0, 0.6, 2.0):  # as far as can be, hardly, not at all
        monkeypatch.setattr(speculation, "LEAST", least)
        assert np.array_equal(draw_pixels(decoder, vocabulary, documents, numbers, 0.8), expected)


def test_logits_that_are_off_by_rounding_change_no_choice(loaded, vocabulary):
    documents, numbers = coarse(5), noise(5, 4)
    ways = (kind(loaded.config, loaded.tensors()) for kind in (LeanDecoder, Trembling))
    one, other = (draw_pixels(way, vocabulary, documents, numbers, 1.0) for way in ways)
    assert np.array_equal(one, other)


# The look -------------------------------------------------------------------------------------------------------------


def looked(costs_of_drawings, drawings, precise=None, error=0.0):
    """Draws 8x8 pixels whose costs are those of a drawing's number; the pixels are that number. What was drawn, and
    how often each view was."""
    revision, at, pixels, costs = Revision(PLACES, drawings, error), -1, [0] * 64, [0.0] * 64
    tops, passes = [], 0
    while revision.places:
        at += 1
        place = at
        number = revision.forced.get(place, revision.drawing_of(place))
        pixels[place], costs[place] = number, costs_of_drawings(place, number)
        passes += 1
        while revision.look(at, costs, lambda: [pixels[place] for place in revision.places], precise):
            tops.append(revision.top)
            at = revision.places[0] - 1
    return pixels, tops, passes


def test_sound_rows_are_drawn_once():
    pixels, tops, passes = looked(lambda place, number: DOUBT / 32, 5)
    assert (set(pixels), tops, passes) == ({0}, [], 64)


def test_doubtful_rows_are_drawn_until_they_are_sound_and_those_above_stay():
    def cost(place, number):
        return 1.0 if place // 8 in (4, 5) and number < 2 else 0.0

    pixels, tops, _ = looked(cost, 5)
    assert tops == [2, 2] and pixels[:16] == [0] * 16 and set(pixels[16:48]) == {2} and set(pixels[48:]) == {0}


def test_of_doubtful_drawings_the_likeliest_is_drawn_once_more():
    pixels, tops, _ = looked(lambda place, number: (2.0, 1.5, 1.0, 1.5)[number], 4)
    assert tops == [0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4]  # three others, and the likeliest again
    assert set(pixels) == {2}


def test_a_drawing_is_given_up_as_soon_as_it_is_less_likely_than_another():
    _, tops, passes = looked(lambda place, number: 1.0 if number == 0 else 100.0, 3)
    assert len(tops) == 9 and passes < 64 + 9 * 33 - 5 * 31


def test_what_rounding_could_decide_is_decided_in_double_precision():
    asked = []

    def precise(places, pixels):
        asked.append(pixels[0])
        return DOUBT + (-1 if pixels[0] == 1 else 1)

    near = DOUBT / 32
    pixels, *_ = looked(lambda place, number: near, 3, precise, error=1e-4)
    assert set(pixels) == {1} and 0 in asked
    asked.clear()
    looked(lambda place, number: near * 1.1, 3, precise, error=1e-4)  # doubtful for sure; all three are alike
    assert len(asked) >= 3
