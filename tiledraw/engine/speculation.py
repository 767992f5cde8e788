"""Exact speculation: guesses pixels ahead, reads them in one forward pass, keeps those that sampling confirms.

Noise is tied to the pixel, so a guess is accepted exactly while it equals what sampling one by one would give: the
result is the same, token for token (Leviathan et al., 2023, with shared noise instead of rejection). First guesses
continue the edges of the pixels above and to the left; what the model draws behind a wrong guess is the next guess
(Teng et al., 2024, speculative Jacobi decoding). A stream reads ahead as far as its guesses can be trusted, and streams
of a batch go on at their own speeds. A pixel that the rounding of a pass could decide is drawn from logits in double
precision.

Knows ids, pixels in raster order and a decoder that can peek. Knows nothing about plans or levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from tiledraw.engine.decoding import MOST_AHEAD, Decoder, Streams, sample, settle, surprise
from tiledraw.pixels import LEVELS
from tiledraw.weaving import DRAW


class PeekingDecoder(Decoder, Protocol):
    """A decoder that reads ahead and takes back."""

    def peek(self, rows: Sequence[Sequence[int]], wanted: np.ndarray) -> Any:
        """Reads some ids after each stream without going on; the hidden states after the `wanted` ones of them,
        `(tokens,)` bool, stream after stream, `(wanted, hidden)`."""

    def accept(self, counts: np.ndarray) -> None:
        """Goes on by the first `counts` `(B,)` tokens that `peek` read last."""

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone."""


# Kinds of guesses, by how often they come true on the bundled model; each stream goes on to learn its own chances.
GIVEN, PLAIN, VAGUE, EDGE, NEAR, FAR = range(6)
CHANCES = {
    GIVEN: 1.0,  # no guess
    PLAIN: 0.99,  # all neighbours agree, or a likely pixel was given
    VAGUE: 0.9,  # a neighbour is unknown
    EDGE: 0.3,  # neighbours disagree
    NEAR: 0.5,  # drawn up to two tokens behind a wrong guess
    FAR: 0.85,  # drawn further behind it
}
LEARNING = 0.05  # what the latest guess of a kind counts for
LEAST = 0.25  # a token is read ahead if all guesses up to it come true at least this often


def draw_ahead(decoder: PeekingDecoder, documents: Streams) -> tuple[np.ndarray, np.ndarray]:
    """Draws the free pixels of streams.

    Returns:
        Pixels `(B, pixels)` int64 in raster order, with those that are known already; and the surprise of the drawn
        ones in nats, `(B,)` float64, zeros unless `scored`, infinite for streams that were given up.
    """
    ahead = Ahead(decoder)
    streams = ahead.join(documents, decoder.start(documents.heads, documents.tail.shape[1] + MOST_AHEAD))
    while ahead.streams:
        ahead.step()
    return np.stack([stream.drawn for stream in streams]), np.array([stream.nats for stream in streams])


class Ahead:
    """Streams of one temperature and vocabulary that a decoder draws side by side; others may join them.

    Attributes:
        streams: Those that have not ended, by the decoder's rows.
    """

    def __init__(self, decoder: PeekingDecoder) -> None:
        self.decoder = decoder
        self.streams: list[Stream] = []
        self.temperature, self.base = 0.0, 0

    def join(self, documents: Streams, hidden: Any) -> list[Stream]:
        """Streams whose beginnings the decoder has read, after those of all others; with the states there,
        `(B, hidden)`."""
        assert not self.streams or documents.temperature == self.temperature
        self.temperature, self.base = documents.temperature, documents.base
        new = [Stream(documents, row) for row in range(len(documents.heads))]
        self.streams += new
        self._take(new, [stream.free[:1] for stream in new], hidden[np.flatnonzero(documents.tail[:, 0] == DRAW)])
        return new

    def step(self) -> list[Stream]:
        """Drops streams that have ended, which it returns; if there is none, lets all others go on by a pass."""
        ended = [stream for stream in self.streams if stream.has_ended]
        if ended:
            rows = [row for row, stream in enumerate(self.streams) if not stream.has_ended]
            self.streams = [self.streams[row] for row in rows]
            self.decoder.keep(np.array(rows, dtype=np.int64))
            return ended
        drafts = [stream.draft() for stream in self.streams]
        free = [stream.free_ahead(len(draft)) for stream, draft in zip(self.streams, drafts, strict=True)]
        self.decoder.accept(self._take(self.streams, free, self.decoder.peek(drafts, np.concatenate(free))))
        return []

    def _take(self, streams: Sequence[Stream], free: Sequence[np.ndarray], states: Any) -> np.ndarray:
        """Goes on with what states `(free pixels ahead, hidden)` predict; how many tokens of each stream are right,
        `(B,)`. `free`: which of the next tokens of each stream are such pixels, `(tokens,)` bool."""
        ahead = [(np.flatnonzero(one) + stream.at + 1).tolist() for stream, one in zip(streams, free, strict=True)]
        logits = self.decoder.logits(states, self.base, self.base + LEVELS)
        uniform = [stream.uniforms[places] for stream, places in zip(streams, ahead, strict=True)]
        chosen, sure = sample(logits, np.concatenate(uniform), self.temperature)
        taken, drawn = [], []
        for stream, one, places in zip(streams, free, ahead, strict=True):
            part = slice(len(drawn), len(drawn) + len(places))
            settled = partial(self._settled, stream)
            pixels, right = stream.take(places, len(one), chosen[part].tolist(), sure[part].tolist(), settled)
            taken.append(right)
            drawn += pixels
        if any(stream.scored for stream in streams):
            costs, end = surprise(logits, np.array(drawn, dtype=np.int64)), 0
            for stream, places in zip(streams, ahead, strict=True):
                start, end = end, end + len(places)
                stream.add_costs(costs[start:end][np.array(places, dtype=np.int64) <= stream.at])
        return np.array(taken)

    def _settled(self, stream: Stream, place: int) -> int | None:
        """The pixel at a place of a stream from logits in double precision."""
        past = [*stream.head, *stream.ids[:place]]
        return settle(self.decoder, past, stream.uniforms[place], self.temperature, self.base, self.base + LEVELS)


class Stream:
    """One document: its ids behind the beginning, known, drawn or guessed. In lists, since it goes pixel by pixel.

    Attributes:
        head: The ids of the beginning.
        ids: By place, from the first pixel on.
        free: Which places are free pixels, `(rest,)`.
        uniforms: The noise of each place, `(rest,)`.
        at: The place of the last token known, not yet read; -1 is the end of the beginning.
        scored: Whether to reckon how likely the pixels are.
        nats: The surprise of those drawn; infinite if the stream was given up.
    """

    def __init__(self, documents: Streams, row: int) -> None:
        tail, places = documents.tail[row], documents.places
        self.head, self.ids, self.base, self.at = documents.heads[row], tail.tolist(), documents.base, -1
        self.scored, self.nats = documents.scored, 0.0
        self.limit = np.inf if documents.limits is None else float(documents.limits[row])
        self.free = tail == DRAW
        self.last = int(np.flatnonzero(self.free)[-1])
        self.uniforms = np.zeros(len(tail))
        self.uniforms[places] = documents.noise[row]
        # Pixels with a margin of one above and to the left, so that every pixel has neighbours; -1 is unknown.
        width = int(len(places) ** 0.5)  # pictures are square
        self.stride = width + 1
        pixels = np.full((self.stride, self.stride), -1)
        pixels[1:, 1:] = np.where(self.free[places], -1, tail[places] - self.base).reshape(width, width)
        cells = np.full(len(tail), -1)  # by place: where in `pixels` the free pixel is, or -1
        cells[places] = np.arange(self.stride**2).reshape(pixels.shape)[1:, 1:].ravel()
        cells[~self.free] = -1
        self.pixels, self.cells = pixels.ravel().tolist(), cells.tolist()
        self.kinds, self.chances = [GIVEN] * len(tail), dict(CHANCES)  # by place; by kind
        self.guessed = -1  # the last place that has a guess
        if documents.guesses is not None:
            for place, pixel in zip(places.tolist(), documents.guesses[row].tolist(), strict=True):
                if self.cells[place] >= 0:
                    self._put(place, pixel, PLAIN)
            self.guessed = self.last

    @property
    def has_ended(self) -> bool:
        """Whether all is drawn, or it was given up."""
        return self.at >= self.last or self.nats == np.inf

    def add_costs(self, costs: np.ndarray) -> None:
        """The surprises of some pixels drawn."""
        if self.scored:
            self.nats += float(costs.sum())
            if self.nats > self.limit:
                self.nats = np.inf

    @property
    def drawn(self) -> np.ndarray:
        """All pixels, `(pixels,)`."""
        return np.array(self.pixels).reshape(self.stride, self.stride)[1:, 1:].ravel()

    def free_ahead(self, count: int) -> np.ndarray:
        """Which of the next tokens are free pixels, `(count,)`."""
        return self.free[self.at + 1 : self.at + 1 + count]

    def draft(self) -> list[int]:
        """The last token known, and guesses."""
        ids, place, chance = [self.ids[self.at]], self.at + 1, 1.0
        while place < self.last and len(ids) < MOST_AHEAD:
            if place > self.guessed:
                self.guessed = place
                if self.cells[place] >= 0:
                    self._guess(place)
            chance *= self.chances[self.kinds[place]]
            if chance < LEAST:
                break
            ids.append(self.ids[place])
            place += 1
        return ids

    def take(
        self, places: list[int], count: int, drawn: list[int], sure: list[bool], settled: Callable[[int], int | None]
    ) -> tuple[list[int], int]:
        """Goes on by the next `count` tokens, with the pixels drawn at those places that are free, until a guess was
        wrong. Pixels that are not sure are `settled`.

        Returns:
            The pixels drawn, settled; and how many tokens it goes on.
        """
        begin, end = self.at + 1, self.at + count
        for step, place in enumerate(places):
            if not sure[step] and (other := settled(place)) is not None:
                drawn[step] = other
            right = place <= self.guessed and drawn[step] + self.base == self.ids[place]
            if place <= self.guessed:
                kind = self.kinds[place]
                self.chances[kind] += (right - self.chances[kind]) * LEARNING
            if not right:
                self._put(place, drawn[step])
                for behind, guess in zip(places[step + 1 :], drawn[step + 1 :], strict=True):  # seldom wrong
                    self._put(behind, guess, NEAR if behind <= place + 2 else FAR)
                self.guessed = max(self.guessed, end)
                end = place
                break
        self.at = end
        return drawn, end - begin + 1

    def _guess(self, place: int) -> None:
        """Guesses a pixel from its neighbours: an edge that came from above goes on downwards, one that came from the
        left goes on to the right."""
        cell = self.cells[place]
        left, above, corner = (self.pixels[cell - back] for back in (1, self.stride, self.stride + 1))
        guess = above if left == corner and above >= 0 else left if left >= 0 else max(above, 0)
        agree = left == above == corner
        self._put(place, guess, PLAIN if agree else VAGUE if min(left, above) < 0 else EDGE)

    def _put(self, place: int, pixel: int, kind: int = GIVEN) -> None:
        self.ids[place], self.pixels[self.cells[place]], self.kinds[place] = pixel + self.base, pixel, kind
