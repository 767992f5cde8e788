"""Revising: rows that surprise the model are drawn again, the likeliest drawing stays, and no batch changes which."""

from dataclasses import replace

import numpy as np
import pytest
from trembling import Trembling

from tiledraw.canvas.pyramid import ABSENT
from tiledraw.engine import draft as stream
from tiledraw.engine.bounds import Bounds, within
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.resampling import DOUBT, ROWS, STEP, STRAY, Resampling, View
from tiledraw.engine.sampling import sample, surprise
from tiledraw.engine.static_decoder import StaticDecoder
from tiledraw.format.grammar import LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.guiding import sums_within
from tiledraw.format.weaving import DRAW

PROMPTS = ("a cat", "a dog on the left", "two apples", "一只猫", "a sun at the top")
PLACES = [list(range(start, start + 8)) for start in range(0, 64, 8)]


def coarse(count, pixels=None):
    """Layout documents of 64 pixels."""
    return [LayoutDocument(prompt, think="background: light", pixels=pixels) for prompt in PROMPTS[:count]]


def noise(count, drawings, pixels=64):
    return np.stack([[uniforms(7, 256 * k, row, 0, pixels) for k in range(drawings)] for row in range(count)])


@pytest.fixture
def decoder(loaded):
    return NumpyDecoder(loaded.config, loaded.tensors())


# By the book ----------------------------------------------------------------------------------------------------------


def slowly(decoder, vocabulary, document, numbers, temperature):
    """What revised drawings are to be: every pixel of every drawing from all that is before it, read anew."""
    ids, drawn = tokenise(segments(document), vocabulary)
    places, base = np.flatnonzero(drawn)[-numbers.shape[1] :], vocabulary.base
    side = int(len(places) ** 0.5)
    free = ids[places] == DRAW
    pixels, costs = np.where(free, 0, ids[places] - base), np.zeros(len(places))
    sums = document.sums if isinstance(document, TileDocument) else None
    bounds = None if sums is None else Bounds.of(free.reshape(side, side), sums)

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
        monkeypatch.setattr(stream, "LEAST", least)
        assert np.array_equal(draw_pixels(decoder, vocabulary, documents, numbers, 0.8), expected)


def test_the_choice_is_the_same_however_few_streams_there_is_room_for(decoder, vocabulary):
    documents, numbers = coarse(5), noise(5, 4)
    expected = draw_pixels(decoder, vocabulary, documents, numbers, 0.8)
    for decoder.spare in (1, 2, 7):
        assert np.array_equal(draw_pixels(decoder, vocabulary, documents, numbers, 0.8), expected)


def test_logits_that_are_off_by_rounding_change_no_choice(loaded, vocabulary):
    documents, numbers = coarse(5), noise(5, 4)
    ways = (kind(loaded.config, loaded.tensors()) for kind in (NumpyDecoder, Trembling))
    one, other = (draw_pixels(way, vocabulary, documents, numbers, 1.0) for way in ways)
    assert np.array_equal(one, other)


def test_the_static_decoder_draws_rows_again_as_the_lean_one_does(loaded, decoder, vocabulary):
    documents, numbers = coarse(3), noise(3, 3)
    expected = draw_pixels(decoder, vocabulary, documents, numbers, 0.8)
    assert not np.array_equal(expected, draw_pixels(decoder, vocabulary, documents, numbers[:, :1], 0.8))
    for most in (1, 8):
        static = StaticDecoder(loaded.model)
        static.most_streams = lambda tokens, most=most: most
        assert np.array_equal(draw_pixels(static, vocabulary, documents, numbers, 0.8), expected)


# Views ----------------------------------------------------------------------------------------------------------------


def views(view):
    """The tops of all views, and the rows that are settled before each."""
    seen = []
    while view.places:
        seen.append((view.top, view.settled))
        view.go_on()
    return seen


def test_rows_come_into_view_four_at_a_time_and_two_are_settled_with_each():
    view = View()
    assert not view.places and view.settled == 0
    view.tell(PLACES)
    assert view.places == list(range(32))
    assert views(view) == [(0, 0), (2, 2), (4, 4)]
    assert view.settled == 6  # the last view settles all of its rows, which the end of the drawing says


def test_rows_without_free_pixels_are_passed_over():
    view = View()
    view.tell([[], [], [], [], [], [40, 41], [], []])
    assert views(view) == [(2, 2), (4, 4)]


@pytest.mark.parametrize("cuts", [(0, 8), (2, 8), (2, 4, 6, 8), (4, 8)])
def test_rows_that_are_told_late_come_into_view_as_soon_as_four_are_known(cuts):
    view, seen = View(), []
    for first, last in zip((0, *cuts), cuts, strict=False):
        view.tell(PLACES[first:last])
        assert view.settled == max(0, last - 4) or last - first > 2
        seen += views(view)
    assert [top for top, _ in seen] == [0, 2, 4]


# Candidates -----------------------------------------------------------------------------------------------------------


def resampling(*nats, drawings=4, precise=None, error=0.0):
    """A resampling in which drawings, whose pixels are their number, have ended; None: one that has not."""
    made = Resampling(drawings, error, precise)
    for number, cost in enumerate(nats):
        if cost is not None:
            made.end(number, cost, [number])
    return made


@pytest.mark.parametrize(
    ("nats", "chosen_drawing"),
    [
        ((DOUBT,), 0),
        ((DOUBT + 1,), None),
        ((30, None, 1), None),  # the second one may be sound, too
        ((30, 31, 1), 2),
        ((30, 7, 1), 1),
        ((30, 40, 20, 25), 2),
        ((30, 40, 50, 35), 0),
        ((30, np.inf, np.inf, np.inf), 0),
        ((30, 20, 20, 20), 1),
    ],
)
def test_the_first_sound_drawing_stays_or_else_the_likeliest(nats, chosen_drawing):
    assert resampling(*nats).chosen_drawing == chosen_drawing


def test_a_drawing_is_lost_once_it_is_neither_sound_nor_the_likeliest():
    assert [resampling(30, 20).is_lost(nats) for nats in (DOUBT, 20, 21)] == [False, False, True]
    assert [resampling(30, None, 2).is_lost(nats) for nats in (3, DOUBT, DOUBT + 0.1)] == [False, False, True]
    assert not resampling(30, error=1.0).is_lost(31.9) and resampling(30, error=1.0).is_lost(32.1)


def test_what_rounding_could_decide_is_decided_in_double_precision():
    asked = []

    def precise(pixels):
        asked.append(pixels)
        return {0: DOUBT + 1e-5, 1: DOUBT - 1e-5, 2: 20.2, 3: 20.1}[pixels[0]]

    assert resampling(DOUBT, DOUBT + 0.005, precise=precise, error=0.01).chosen_drawing == 1
    assert asked == [[0], [1]]
    asked.clear()
    assert resampling(30, 40, 20.0, 20.01, precise=precise, error=0.01).chosen_drawing == 3
    assert asked == [[2], [3]]
    asked.clear()
    assert resampling(30, 40, 20.0, 21.0, precise=precise, error=0.01).chosen_drawing == 2 and not asked
