"""Exact speculation: guesses pixels ahead, reads them in one forward pass, keeps those that sampling confirms.

Noise is tied to the pixel, so a guess is accepted exactly while it equals what sampling one by one would give: the
result is the same, token for token (Leviathan et al., 2023, with shared noise instead of rejection). First guesses
continue the edges of the pixels above and to the left; what the model draws behind a wrong guess is the next guess
(Teng et al., 2024, speculative Jacobi decoding). A stream reads ahead as far as its guesses can be trusted, and streams
of a batch go on at their own speeds. A pixel that the rounding of a pass could decide is drawn from logits in double
precision. Rows that are to be drawn again are taken back.

Knows ids, pixels in raster order and a decoder that can peek. Knows nothing about plans or levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from tiledraw.engine.bounds import WHITE, Bounds, within
from tiledraw.engine.decoding import MOST_AHEAD, ROUNDING, Decoder, Streams, sample, settle, surprise
from tiledraw.engine.revising import STRAY, Revision
from tiledraw.pixels import LEVELS
from tiledraw.weaving import DRAW


class PeekingDecoder(Decoder, Protocol):
    """A decoder that reads ahead and takes back."""

    def peek(self, rows: Sequence[Sequence[int]], wanted: np.ndarray) -> Any:
        """Reads some ids after each stream without going on; the hidden states after the `wanted` ones of them,
        `(tokens,)` bool, stream after stream, `(wanted, hidden)`."""

    def accept(self, counts: np.ndarray) -> None:
        """Goes on by the first `counts` `(B,)` tokens that `peek` read last; back, where it is negative."""

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone."""


# Kinds of guesses, by how often they come true on the bundled model; each stream goes on to learn its own chances.
GIVEN, PLAIN, VAGUE, EDGE, NEAR, FAR, AGAIN = range(7)
CHANCES = {
    GIVEN: 1.0,  # no guess
    PLAIN: 0.99,  # all neighbours agree
    VAGUE: 0.9,  # a neighbour is unknown
    EDGE: 0.3,  # neighbours disagree
    NEAR: 0.5,  # drawn up to two tokens behind a wrong guess
    FAR: 0.85,  # drawn further behind it
    AGAIN: 0.97,  # so it was drawn before
}
Settle = Callable[[int, int, bool], int]  # a place, the pixel drawn there, and whether it is sure -> the pixel
LEARNING = 0.05  # what the latest guess of a kind counts for
LEAST = 0.25  # a token is read ahead if all guesses up to it come true at least this often


def draw_ahead(decoder: PeekingDecoder, documents: Streams) -> np.ndarray:
    """Draws the free pixels of streams: pixels `(B, pixels)` int64 in raster order, with those that are known."""
    ahead = Ahead(decoder)
    streams = ahead.join(documents, decoder.start(documents.heads, documents.tail.shape[1] + MOST_AHEAD))
    while ahead.streams:
        ahead.step()
    return np.stack([stream.drawn for stream in streams])


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
        """Goes on with what states `(free pixels ahead, hidden)` predict; how many tokens of each stream are right, or
        are taken back, `(B,)`. `free`: which of the next tokens of each stream are such pixels, `(tokens,)` bool."""
        ahead = [(np.flatnonzero(one) + stream.at + 1).tolist() for stream, one in zip(streams, free, strict=True)]
        began = np.array([stream.at for stream in streams])
        each = [(stream, place) for stream, places in zip(streams, ahead, strict=True) for place in places]
        logits = self.decoder.logits(states, self.base, self.base + LEVELS)
        chosen, sure = self._sample(logits, each)
        drawn: list[int] = []
        for stream, one, places in zip(streams, free, ahead, strict=True):
            part = slice(len(drawn), len(drawn) + len(places))
            settled = partial(self._settled, stream)
            drawn += stream.take(places, len(one), chosen[part], sure[part], settled)
        if any(stream.revision for stream in streams):
            costs = surprise(logits, np.array(drawn, dtype=np.int64)).tolist()
            for (stream, place), row, cost, pixel in zip(each, logits, costs, drawn, strict=True):
                stream.logits[place], stream.costs[place] = row, cost + STRAY * stream.is_stray(place, pixel)
            for stream in streams:
                self._revise(stream)
        return np.array([stream.at for stream in streams]) - began

    def _sample(self, logits: np.ndarray, each: Sequence[tuple[Stream, int]]) -> tuple[list[int], list[bool]]:
        """Pixels for some places of streams, within their bounds; and which of them are sure."""
        if any(stream.revision for stream, _ in each):
            least, most = np.array([stream.bounds(place) for stream, place in each]).T
            logits = within(logits, least, most)
        uniform = np.array([stream.uniform(place) for stream, place in each])
        chosen, sure = sample(logits, uniform, self.temperature)
        return chosen.tolist(), sure.tolist()

    def _revise(self, stream: Stream) -> None:
        """Goes back as long as rows are to be drawn again."""
        precise = partial(self._precise, stream) if hasattr(self.decoder, "precise_logits") else None
        while stream.revision and stream.revision.look(stream.at, stream.costs, stream.in_view, precise):
            self._draw_again(stream)

    def _draw_again(self, stream: Stream) -> None:
        """Goes back to the first place where another drawing of the rows in view differs from the one before, if one
        does: up to there both see the same, so nothing has to be read again."""
        places = [place for place in stream.revision.places if place <= stream.at]
        logits = np.stack([stream.logits[place] for place in places])
        chosen, sure = self._sample(logits, [(stream, place) for place in places])
        for place, row, drawn, is_sure in zip(places, logits, chosen, sure, strict=True):
            pixel = self._settled(stream, place, drawn, is_sure)
            if pixel + self.base != stream.ids[place]:
                cost = float(surprise(row[None], np.array([pixel]))[0])
                stream.costs[place] = cost + STRAY * stream.is_stray(place, pixel)
                stream.go_back(place, pixel)
                return

    def _settled(self, stream: Stream, place: int, drawn: int, is_sure: bool) -> int:
        """The pixel at a place of a stream: the one that is forced, or what was drawn, if that is not sure from logits
        in double precision."""
        if stream.revision and place in stream.revision.forced:
            return stream.revision.forced[place]
        if is_sure:
            return drawn
        past = [*stream.head, *stream.ids[:place]]
        pixel = settle(self.decoder, past, stream.uniform(place), self.temperature, self.base, *stream.bounds(place))
        return drawn if pixel is None else pixel

    def _precise(self, stream: Stream, places: Sequence[int], pixels: Sequence[int]) -> float:
        """What pixels at some places of a stream cost, from logits in double precision."""
        ids, first, last = stream.ids.copy(), places[0], places[-1]
        for place, pixel in zip(places, pixels, strict=True):
            ids[place] = pixel + self.base
        past = [*stream.head, *ids[:last]]
        logits = self.decoder.precise_logits(past, self.base, self.base + LEVELS, last - first + 1)
        nats = surprise(logits[np.array(places) - first], np.array(pixels)).sum()
        return float(nats) + STRAY * stream.strays(places, pixels)


class Stream:
    """One document: its ids behind the beginning, known, drawn or guessed. In lists, since it goes pixel by pixel.

    Attributes:
        head: The ids of the beginning.
        ids: By place, from the first pixel on.
        free: Which places are free pixels, `(rest,)`.
        at: The place of the last token known, not yet read; -1 is the end of the beginning.
        revision: Looks back at what is drawn; None if all is drawn once.
        costs, logits: What each place that is drawn costs, its surprise in nats and more if it contradicts the sums,
            and the logits of it, `(256,)`; if there is a revision.
    """

    def __init__(self, documents: Streams, row: int) -> None:
        tail, places = documents.tail[row], documents.places
        self.head, self.ids, self.base, self.at = documents.heads[row], tail.tolist(), documents.base, -1
        self.free = tail == DRAW
        self.last = int(np.flatnonzero(self.free)[-1])
        drawings = documents.noise[row]  # (drawings, pixels)
        self._uniforms = np.zeros((len(drawings), len(tail)))
        self._uniforms[:, places] = drawings
        # Pixels with a margin of one above and to the left, so that every pixel has neighbours; -1 is unknown.
        width = int(len(places) ** 0.5)  # pictures are square
        self.stride = width + 1
        pixels = np.full((self.stride, self.stride), -1)
        pixels[1:, 1:] = np.where(self.free[places], -1, tail[places] - self.base).reshape(width, width)
        numbers = np.arange(self.stride**2).reshape(pixels.shape)[1:, 1:].ravel()  # where in `pixels` each pixel is
        cells = np.full(len(tail), -1)  # by place: where in `pixels` the free pixel is, or -1
        cells[places] = numbers
        cells[~self.free] = -1
        self.pixels, self.cells = [*pixels.ravel().tolist(), 0], cells.tolist()  # the last one is none
        self.kinds, self.chances = [GIVEN] * len(tail), dict(CHANCES)  # by place; by kind
        self.guessed = -1  # the last place that has a guess
        self._bounds: dict[int, list[int]] = {}  # by place: where the others are, and what they may sum to with it
        self.revision, self.costs, self.logits = None, [0.0] * len(tail), dict[int, np.ndarray]()
        if len(drawings) > 1:
            rows = [line[self.free[line]].tolist() for line in places.reshape(width, width)]
            self.revision = Revision(rows, len(drawings), error=2 * ROUNDING)
            if documents.sums is not None:
                bounds = Bounds.of(self.free[places], documents.sums[row])
                others = np.append(numbers, len(self.pixels) - 1)[bounds.others]  # (pixels, 3)
                each = np.column_stack([others, bounds.least, bounds.most]).tolist()
                self._bounds = dict(zip(places.tolist(), each, strict=True))

    @property
    def has_ended(self) -> bool:
        """Whether all is drawn."""
        return self.at >= self.last

    @property
    def drawn(self) -> np.ndarray:
        """All pixels, `(pixels,)`."""
        return np.array(self.pixels[:-1]).reshape(self.stride, self.stride)[1:, 1:].ravel()

    def in_view(self) -> list[int]:
        """The pixels that are looked back at."""
        return [self.pixels[self.cells[place]] for place in self.revision.places]

    def uniform(self, place: int) -> float:
        """The noise of a place."""
        return self._uniforms[self.revision.drawing_of(place) if self.revision else 0, place]

    def bounds(self, place: int) -> tuple[int, int]:
        """The least and the most that may be drawn at a place: anything at first, what sums allow when it is drawn
        again."""
        return self._allowed(place) if self.revision and self.revision.drawing_of(place) else (0, WHITE)

    def is_stray(self, place: int, pixel: int) -> bool:
        """Whether a pixel contradicts the sums."""
        least, most = self._allowed(place)
        return not least <= pixel <= most

    def strays(self, places: Sequence[int], pixels: Sequence[int]) -> int:
        """How many of some pixels do, if they were at those places."""
        cells, kept = [self.cells[place] for place in places], self.pixels.copy()
        for cell, pixel in zip(cells, pixels, strict=True):
            self.pixels[cell] = pixel
        count = sum(self.is_stray(place, pixel) for place, pixel in zip(places, pixels, strict=True))
        self.pixels = kept
        return count

    def _allowed(self, place: int) -> tuple[int, int]:
        """The least and the most that keep to the sums, behind the pixels drawn or guessed before a place."""
        if not self._bounds:
            return 0, WHITE
        first, second, third, least, most = self._bounds[place]
        others = self.pixels[first] + self.pixels[second] + self.pixels[third]
        return least - others, most - others

    def go_back(self, place: int, pixel: int) -> None:
        """Takes back what is drawn from a place on, where there is another pixel now; the rest are guesses again."""
        for later in range(place + 1, max(self.at, self.guessed) + 1):
            if self.cells[later] >= 0:
                self.kinds[later] = AGAIN
        self.guessed = max(self.at, self.guessed)
        self._put(place, pixel)
        self.at = place

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

    def take(self, places: list[int], count: int, drawn: list[int], sure: list[bool], settled: Settle) -> list[int]:
        """Goes on by the next `count` tokens, with the pixels drawn at those places that are free, as they are
        `settled`, until a guess was wrong; returns those pixels."""
        end = self.at + count
        for step, place in enumerate(places):
            drawn[step] = settled(place, drawn[step], sure[step])
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
        return drawn

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
