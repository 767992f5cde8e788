"""Exact speculation: guesses pixels ahead, reads them in one forward pass, keeps those that sampling confirms.

Noise is tied to the pixel, so a guess is accepted exactly while it equals what sampling one by one would give: the
result is the same, token for token (Leviathan et al., 2023, with shared noise instead of rejection). First guesses
continue the edges of the pixels above and to the left; what the model draws behind a wrong guess is the next guess
(Teng et al., 2024, speculative Jacobi decoding). Each stream of a batch goes on at its own speed. A pixel that the
rounding of a pass could decide is drawn from logits in double precision.

Knows ids, pixels in raster order and a decoder that can peek. Knows nothing about plans or levels.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from tiledraw.engine.decoding import MOST_AHEAD, Decoder, sample, settle, surprise
from tiledraw.pixels import LEVELS
from tiledraw.weaving import DRAW


class PeekingDecoder(Decoder, Protocol):
    """A decoder that reads ahead and takes back."""

    def peek(self, ids: torch.Tensor) -> torch.Tensor:
        """Reads ids `(B, n)` after each stream without going on; hidden states `(B, n, hidden)`."""

    def accept(self, counts: torch.Tensor) -> None:
        """Goes on by the first `counts` `(B,)` tokens that `peek` read last."""

    def keep(self, rows: torch.Tensor) -> None:
        """Goes on with these streams alone."""


MOST = MOST_AHEAD // 2  # tokens of a pass at most


def tokens_ahead(batch: int) -> int:
    """Tokens of one pass: many where passes cost the same for any number of them, fewer in wide batches."""
    return MOST if batch <= 4 else 14 if batch <= 16 else 10


def draw_ahead(
    decoder: PeekingDecoder,
    hidden: torch.Tensor,
    heads: list[list[int]],
    tail: np.ndarray,
    places: np.ndarray,
    noise: np.ndarray,
    temperature: float,
    base: int,
    scored: bool = False,
    guesses: np.ndarray | None = None,
    limits: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws the free pixels of streams.

    Args:
        hidden: States `(B, hidden)` after the beginnings of the streams, before the first pixel.
        heads: Ids of those beginnings.
        tail: Ids `(B, rest)` from the first pixel on, DRAW where a pixel is free; each stream has a free one.
        places: Where in the tail the pixels are, `(pixels,)`.
        noise: Uniform numbers `(B, pixels)`.
        temperature: Of the sampling.
        base: The id of gray level 0.
        scored: Whether to reckon how likely they are.
        guesses: Pixels `(B, pixels)` uint8 that are likely, such as another drawing of the same documents.
        limits: Nats `(B,)`: a stream that surprises the model more is given up, if it is `scored`.

    Returns:
        Pixels `(B, pixels)` int64 in raster order, with those that are known already; and the surprise of the drawn
        ones in nats, `(B,)` float64, zeros unless `scored`, infinite for streams that were given up.
    """
    count, free = len(places), tail == DRAW
    width = int(count**0.5)  # pictures are square
    last = tail.shape[1] - 1 - free[:, ::-1].argmax(1)  # (B,): the place of the last free pixel
    end = int(last.max()) + 1
    number_at = np.full((len(tail), end + MOST_AHEAD), -1)  # (B, rest): the number of the free pixel there, or -1
    number_at[:, places[places < end]] = np.arange(count)[places < end]
    number_at[:, :end][~free[:, :end]] = -1
    streams = np.zeros((len(tail), end + MOST_AHEAD), dtype=np.int64)
    streams[:, :end] = np.where(free, base, tail)[:, :end]
    limits = np.full(len(tail), np.inf) if limits is None else limits
    result, nats = np.empty((len(tail), count), dtype=np.int64), np.zeros(len(tail))
    rows = np.arange(len(tail))  # which stream each row of the batch is
    at = np.zeros(len(tail), dtype=np.int64)  # (B,): the place of the last token known, not yet read
    guessed = np.zeros(len(tail), dtype=np.int64)  # (B,): the last place that has a guess
    # Pixels with a margin of one above and to the left, so that every pixel has neighbours; -1 is unknown.
    pixels = np.full((len(tail), width + 1, width + 1), -1, dtype=np.int64)
    pixels[:, 1:, 1:] = np.where(free, -1, tail - base)[:, places].reshape(-1, width, width)
    if guesses is not None:
        likely = np.where(free[:, places], guesses, tail[:, places] - base)
        pixels[:, 1:, 1:] = likely.reshape(-1, width, width)
        streams[:, places[places < end]] = likely[:, places < end] + base
        guessed[:] = end

    def settled(row: int, until: int, number: int, drawn: int) -> int:
        """Pixel `number` of stream `row` of the batch, whose tokens are known before place `until`."""
        past = heads[rows[row]] + streams[row, :until].tolist()
        sure = settle(decoder, past, noise[rows[row], number], temperature, base, base + LEVELS)
        return drawn if sure is None else sure

    logits = decoder.logits(hidden, base, base + LEVELS)
    first, sure = sample(logits, torch.from_numpy(noise[:, 0]), temperature)
    drawn, fresh = first.numpy(), free[:, 0]
    for row in np.flatnonzero(fresh & ~sure.numpy()):
        drawn[row] = settled(row, 0, 0, drawn[row])
    if scored:
        nats[fresh] = surprise(logits, drawn)[fresh]
    streams[fresh, 0] = drawn[fresh] + base
    pixels[fresh, 1, 1] = drawn[fresh]
    while len(rows):
        each, ahead = np.arange(len(rows))[:, None], tokens_ahead(len(rows))
        place = at[:, None] + np.arange(ahead + 1)  # (B, n + 1)
        numbers = number_at[each, place]  # (B, n + 1), -1 where the token is given
        fresh = np.where(place > guessed[:, None], numbers, -1)  # pixels without a guess
        for step in 1 + np.flatnonzero((fresh[:, 1:ahead] >= 0).any(0)):  # most tokens are given, or guessed already
            _guess(pixels, streams, place[:, step], fresh[:, step], width, base)
        states = decoder.peek(torch.from_numpy(streams[each, place[:, :-1]]))  # (B, n, hidden)
        wanted = numbers[:, 1:]  # (B, n): the pixel that each state predicts
        logits = decoder.logits(states.flatten(0, 1), base, base + LEVELS)
        chosen, sure = sample(
            logits,
            torch.from_numpy(noise[rows[:, None], np.maximum(wanted, 0)].ravel()),
            temperature,
        )
        drawn, sure = chosen.numpy().reshape(wanted.shape), sure.numpy().reshape(wanted.shape)
        wrong = (wanted >= 0) & ((drawn + base != streams[each, place[:, 1:]]) | ~sure)
        wrong[:, -1] = True  # behind the last token read there is no guess
        stop = wrong.argmax(1)  # (B,): accepted are the tokens before it, and what it draws
        chosen = (each[:, 0], stop)
        number = wanted[chosen]
        for row in np.flatnonzero((number >= 0) & ~sure[chosen]):
            drawn[row, stop[row]] = settled(row, place[row, stop[row] + 1], number[row], drawn[row, stop[row]])
        if scored:
            taken = (wanted >= 0) & (np.arange(ahead) <= stop[:, None])
            nats[rows] += np.where(taken, surprise(logits, drawn.ravel()).reshape(wanted.shape), 0).sum(1)
        # What the model drew behind a wrong guess is seldom wrong itself: it is the next guess.
        row, step = np.nonzero((wanted >= 0) & (np.arange(ahead) >= stop[:, None]))
        number, value = wanted[row, step], drawn[row, step]
        pixels[row, number // width + 1, number % width + 1] = value
        streams[row, place[row, step + 1]] = value + base
        guessed, at = np.maximum(guessed, place[:, -1]), place[:, 1:][chosen]
        decoder.accept(torch.from_numpy(stop + 1))
        hopeless = nats[rows] > limits[rows]
        if (done := (at >= last) | hopeless).any():
            nats[rows[hopeless]] = np.inf
            result[rows[done]] = pixels[done, 1:, 1:].reshape(-1, count)
            going = np.flatnonzero(~done)
            decoder.keep(torch.from_numpy(going))
            rows, at, last, guessed = rows[going], at[going], last[going], guessed[going]
            number_at, streams, pixels = number_at[going], streams[going], pixels[going]
    return result, nats


def _guess(
    pixels: np.ndarray, streams: np.ndarray, place: np.ndarray, number: np.ndarray, width: int, base: int
) -> None:
    """Guesses pixel `number` `(B,)` of each stream at `place` `(B,)`, where it is one, from its known neighbours:
    an edge that came from above goes on downwards, one that came from the left goes on to the right."""
    row = np.flatnonzero(number >= 0)
    y, x = number[row] // width + 1, number[row] % width + 1
    left, above, corner = pixels[row, y, x - 1], pixels[row, y - 1, x], pixels[row, y - 1, x - 1]
    guess = np.where((left == corner) & (above >= 0), above, left)
    guess = np.where(guess < 0, np.maximum(above, 0), guess)
    pixels[row, y, x] = guess
    streams[row, place[row]] = guess + base
