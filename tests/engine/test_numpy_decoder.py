"""The NumPy decoder: the logits of transformers, however the tokens are fed."""

from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.engine.numpy_decoder import NumpyDecoder

ROWS = 96
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def lean(model):
    return NumpyDecoder(model.config.to_dict(), model.state_dict())


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def pair(request, make_model):
    """A model and the NumPy decoder of it."""
    model = make_model(ROWS, window=8, tied=request.param)
    return model, lean(model)


def stream(length, seed=0):
    return np.random.default_rng(seed).integers(0, ROWS, length)


@lru_cache(64)
@torch.no_grad()
def stock(model, ids):
    """The logits of stock transformers at every place of a stream."""
    return model(torch.tensor([ids]), use_cache=False).logits[0]


def check(pair, hidden, ids, at):
    """Whether a state of the decoder gives the logits of stock transformers at a place of a stream."""
    model, decoder = pair
    np.testing.assert_allclose(decoder.logits(hidden[None])[0], stock(model, tuple(ids.tolist()))[at], **CLOSE)


def test_logits_are_those_of_transformers_at_every_place(pair):
    _, decoder = pair
    ids = stream(40)
    check(pair, decoder.start([ids[:1].tolist()], 40)[0], ids, 0)
    for at in range(1, 40):
        check(pair, decoder.feed(ids[None, at : at + 1])[0], ids, at)


@pytest.mark.parametrize("length", [1, 2, 6, 7, 8, 9, 10, 15, 16, 17, 33])
def test_a_beginning_of_any_length_around_the_window_is_read_right(pair, length):
    _, decoder = pair
    ids = stream(length + 3)
    check(pair, decoder.start([ids[:length].tolist()], 3)[0], ids, length - 1)
    check(pair, decoder.feed(ids[None, length : length + 1])[0], ids, length)
    check(pair, decoder.feed(ids[None, length + 1 :])[0], ids, length + 2)


@given(
    lengths=st.lists(st.integers(1, 24), min_size=1, max_size=4),
    counts=st.lists(st.integers(1, 7), min_size=1, max_size=8),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=15)
def test_streams_of_unequal_lengths_fed_a_few_tokens_at_a_time(pair, lengths, counts, seed):
    _, decoder = pair
    streams = [stream(length + sum(counts), seed + number) for number, length in enumerate(lengths)]
    rows = [ids[:length].tolist() for ids, length in zip(streams, lengths, strict=True)]
    hidden = decoder.start(rows, sum(counts))
    for row, (ids, length) in enumerate(zip(streams, lengths, strict=True)):
        check(pair, hidden[row], ids, length - 1)
    fed = 0
    for count in counts:
        parts = [ids[length + fed : length + fed + count] for ids, length in zip(streams, lengths, strict=True)]
        hidden = decoder.feed(np.stack(parts))
        fed += count
        for row, (ids, length) in enumerate(zip(streams, lengths, strict=True)):
            check(pair, hidden[row], ids, length + fed - 1)


def test_a_new_start_forgets_the_old_streams(pair):
    _, decoder = pair
    ids = stream(20)
    decoder.start([stream(30, 1).tolist(), stream(5, 2).tolist()], 4)
    check(pair, decoder.start([ids[:12].tolist()], 8)[0], ids, 11)
    check(pair, decoder.feed(ids[None, 12:])[0], ids, 19)


def test_a_range_of_logits_is_that_part_of_all(pair):
    _, decoder = pair
    hidden = decoder.start([stream(9).tolist(), stream(4, 1).tolist()], 1)
    whole = decoder.logits(hidden)
    assert whole.shape == (2, ROWS) and whole.dtype == np.float32
    np.testing.assert_allclose(decoder.logits(hidden, 10, 30), whole[:, 10:30], **CLOSE)
    np.testing.assert_allclose(decoder.logits(hidden, 90), whole[:, 90:], **CLOSE)


@pytest.mark.parametrize("window", [1, 2, 200])
def test_windows_of_any_width(make_model, window):
    model = make_model(ROWS, window=window)
    pair = model, lean(model)
    ids = stream(24)
    check(pair, pair[1].start([ids[:9].tolist()], 15)[0], ids, 8)
    check(pair, pair[1].feed(ids[None, 9:10])[0], ids, 9)
    check(pair, pair[1].feed(ids[None, 10:16])[0], ids, 15)
    check(pair, pair[1].feed(ids[None, 16:])[0], ids, 23)


def test_a_whole_tile_deep_in_the_positions(make_model):
    model = make_model(ROWS, window=136)
    pair = model, lean(model)
    ids = stream(1400)
    hidden = pair[1].start([ids[:60].tolist()], 1340)
    for start in range(60, 1400, 67):
        hidden = pair[1].feed(ids[None, start : start + 67])
    check(pair, hidden[0], ids, 1399)


def test_more_than_the_model_reads_is_refused_in_one_sentence(pair):
    with pytest.raises(ValueError, match=r"^the model reads at most 4,096 tokens; 4,097 are needed$"):
        pair[1].start([[1] * 49, [1]], 4048)


# Reading ahead -------------------------------------------------------------------------------------------------------


def start(decoder, lengths, room=60):
    """Streams of these lengths and more to come, after the decoder has read their beginnings."""
    streams = [stream(length + room, number) for number, length in enumerate(lengths)]
    decoder.start([ids[:length].tolist() for ids, length in zip(streams, lengths, strict=True)], room)
    return streams


def parts(streams, at, count):
    """The next tokens of each stream, `(B, count)`."""
    return np.stack([ids[place : place + count] for ids, place in zip(streams, at, strict=True)])


@pytest.mark.parametrize("lengths", [(12,), (3, 17, 9), (5, 5)])
def test_a_peek_gives_the_states_after_each_token_and_changes_nothing(pair, lengths):
    _, decoder = pair
    streams = start(decoder, lengths)
    decoder.peek(np.flip(parts(streams, lengths, 20), 1).tolist())  # a wrong draft token, longer than the window
    ahead = [ids[:12].tolist() for ids in parts(streams, lengths, 12)]
    ahead = [ids[: 12 - 5 * (row % 2)] for row, ids in enumerate(ahead)]  # of unequal lengths
    first = decoder.peek(ahead)
    assert np.array_equal(first, decoder.peek(ahead)) and len(first) == sum(map(len, ahead))
    states = iter(first)
    for ids, length, new in zip(streams, lengths, ahead, strict=True):
        for number in range(len(new)):
            check(pair, next(states), ids, length + number)
    hidden = decoder.feed(parts(streams, lengths, 1))
    for row, (ids, length) in enumerate(zip(streams, lengths, strict=True)):
        check(pair, hidden[row], ids, length)


@given(
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    data=st.data(),
)
@settings(max_examples=15)
def test_each_stream_goes_on_at_its_own_speed(pair, lengths, data):
    _, decoder = pair
    streams, at, rows = start(decoder, lengths, room=90), list(lengths), list(range(len(lengths)))
    for _ in range(data.draw(st.integers(1, 6))):
        lengths = [data.draw(st.integers(1, 13)) for _ in rows]
        counts = [data.draw(st.integers(0, length)) for length in lengths]
        ahead = [streams[row][at[row] : at[row] + length] for row, length in zip(rows, lengths, strict=True)]
        for ids, right in zip(ahead, counts, strict=True):
            ids[right:] = (ids[right:] + 1) % ROWS  # draft tokens that are not accepted leave no trace
        hidden, first = decoder.peek([ids.tolist() for ids in ahead]), 0
        for ids, right in zip(ahead, counts, strict=True):
            ids[right:] = (ids[right:] - 1) % ROWS
        for row, length, right in zip(rows, lengths, counts, strict=True):
            for place in {0, right - 1} & set(range(right)):
                check(pair, hidden[first + place], streams[row], at[row] + place)
            at[row] += right
            first += length
        decoder.accept(np.array(counts))
        if data.draw(st.booleans()):
            kept = sorted(data.draw(st.sets(st.sampled_from(range(len(rows))), min_size=1)))
            decoder.keep(np.array(kept))
            rows = [rows[number] for number in kept]
    hidden = decoder.feed(parts([streams[row] for row in rows], [at[row] for row in rows], 2))
    assert len(hidden) == len(rows)
    for number, row in enumerate(rows):
        check(pair, hidden[number], streams[row], at[row] + 1)


def test_streams_that_are_kept_go_on_as_before_and_the_others_are_gone(pair):
    _, decoder = pair
    lengths = (3, 17, 9, 4)
    streams = start(decoder, lengths)
    decoder.feed(parts(streams, lengths, 2))
    decoder.keep(np.array([1, 3]))
    hidden = decoder.feed(parts([streams[1], streams[3]], (19, 6), 3))
    assert hidden.shape[0] == len(decoder.lengths) == 2
    check(pair, hidden[0], streams[1], 21)
    check(pair, hidden[1], streams[3], 8)


# Positions -----------------------------------------------------------------------------------------------------------


def test_tokens_keep_the_positions_that_they_are_given(pair):
    model, decoder = pair
    ids, positions = stream(30), np.cumsum(np.random.default_rng(1).integers(1, 9, 30))
    positions[:9] = np.arange(9)
    positions[9:] += 9
    with torch.no_grad():
        told = {"position_ids": torch.from_numpy(positions[None]), "attention_mask": torch.ones(1, 30)}
        expected = model(torch.from_numpy(ids[None]), use_cache=False, **told).logits[0].numpy()
    decoder.start([ids[:9].tolist()], 300)
    states = decoder.peek([ids[9:20].tolist()], [positions[9:20].tolist()])
    np.testing.assert_allclose(decoder.logits(states), expected[9:20], **CLOSE)
    decoder.accept(np.array([4]))
    hidden = decoder.feed(ids[None, 13:], positions[None, 13:])
    np.testing.assert_allclose(decoder.logits(hidden)[0], expected[-1], **CLOSE)
    precise = decoder.precise_logits(ids.tolist(), 0, ROWS, positions.tolist())
    np.testing.assert_allclose(precise, expected[-1:], **CLOSE)
    assert not np.allclose(precise, decoder.precise_logits(ids.tolist(), 0, ROWS), **CLOSE)
