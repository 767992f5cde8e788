"""Exact speculation: drafts pixels ahead, reads them in one forward pass, keeps those that sampling confirms.

Noise is tied to the pixel, so a draft token is accepted exactly while it equals what sampling one by one would give:
the result is the same, token for token (Leviathan et al., 2023, with shared noise instead of rejection); what the model
draws behind a rejected draft token is the next draft (Teng et al., 2024, speculative Jacobi decoding). Streams of a
batch go on at their own speeds, and one whose next rows have not been told yet waits. A pixel that the rounding of a
pass could decide is drawn from logits in double precision. Rows that are drawn again are streams of their own.

Knows streams and a decoder that can peek. Knows nothing about plans or levels.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.bounds import WHITE, within
from tiledraw.engine.draft import Stream
from tiledraw.engine.resampling import STRAY, Resampling
from tiledraw.engine.sampling import ROUNDING, sample, surprise
from tiledraw.engine.streams import MOST_AHEAD, Decoder, Streams, settle
from tiledraw.format.weaving import DRAW


class PeekingDecoder(Decoder, Protocol):
    """A decoder that reads ahead and takes back.

    Attributes:
        spare: How many streams may be added to those that it was started with.
    """

    spare: int

    def peek(self, rows: Sequence[Sequence[int]], positions: Sequence[Sequence[int]], wanted: np.ndarray) -> Any:
        """Reads some ids after each stream, at these positions, without going on; the hidden states after the `wanted`
        ones of them, `(tokens,)` bool, stream after stream, `(wanted, hidden)`."""

    def accept(self, counts: np.ndarray) -> None:
        """Goes on by the first `counts` `(B,)` tokens that `peek` read last; back, where it is negative."""

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone; one that is named again becomes several."""


def draw_ahead(decoder: PeekingDecoder, documents: Streams) -> np.ndarray:
    """Draws the free pixels of streams: pixels `(B, pixels)` int64 in raster order, with those that are known."""
    ahead = Ahead(decoder)
    streams = ahead.join(documents, decoder.start(documents.heads, documents.tail.shape[1] + MOST_AHEAD))
    while ahead.streams:
        ahead.step()
    return np.stack([stream.drawn for stream in streams])


class Ahead:
    """Streams of one vocabulary that a decoder draws side by side; others may join them.

    Attributes:
        streams: Those that have not ended, by the decoder's rows.
    """

    def __init__(self, decoder: PeekingDecoder) -> None:
        self.decoder = decoder
        self.streams: list[Stream] = []
        self.base = 0

    def join(self, documents: Streams, hidden: Any) -> list[Stream]:
        """Streams whose beginnings the decoder has read, after those of all others; with the states there,
        `(B, hidden)`."""
        self.base = documents.base
        new = [Stream(documents, row) for row in range(len(documents.heads))]
        self.streams += new
        self._take(new, [stream.ahead(1) for stream in new], hidden[np.flatnonzero(documents.tail[:, 0] == DRAW)])
        return new

    def tell(self, stream: Stream, ids: np.ndarray, read: np.ndarray, sums: np.ndarray | None) -> None:
        """Tells a stream its next ids, which of them are read, and what two by two of their pixels may sum to,
        `(2, pixels / 4)`."""
        stream.tell(ids, read, sums)
        self._review([stream])  # more rows may be in view now

    def drop(self, stream: Stream) -> None:
        """Goes on without a stream that has not been dropped yet."""
        self._keep([(other, row) for row, other in enumerate(self.streams) if stream not in (other, other.main)])

    @property
    def can_go_on(self) -> bool:
        """Whether a stream has ended, or does not wait."""
        return any(stream.has_ended or not stream.waits for stream in self.streams)

    def step(self) -> None:
        """Drops streams that have ended; if there is none, lets all others go on by a pass."""
        going = [(stream, row) for row, stream in enumerate(self.streams) if not stream.has_ended]
        if len(going) < len(self.streams):
            self._keep(going)
            return
        rows, positions = zip(*(stream.draft() for stream in self.streams), strict=True)
        ahead = [stream.ahead(len(row)) for stream, row in zip(self.streams, rows, strict=True)]
        free = np.concatenate([stream.free[places] for stream, places in zip(self.streams, ahead, strict=True)])
        self.decoder.accept(self._take(self.streams, ahead, self.decoder.peek(rows, positions, free)))
        self._review(self.streams)

    def _keep(self, streams: Sequence[tuple[Stream, int]]) -> None:
        """Goes on with some streams, each from what the decoder has read of a row."""
        self.streams = [stream for stream, _ in streams]
        self.decoder.keep(np.array([row for _, row in streams], dtype=np.int64))

    def _take(self, streams: Sequence[Stream], ahead: Sequence[Sequence[int]], states: Any) -> np.ndarray:
        """Goes on with what states `(free pixels ahead, hidden)` predict; how many tokens of each stream are right,
        `(B,)`. `ahead`: the places of the next tokens of each stream."""
        free = [
            [place for place in places if stream.cells[place] >= 0]
            for stream, places in zip(streams, ahead, strict=True)
        ]
        began = np.array([stream.number for stream in streams])
        each = [(stream, place) for stream, places in zip(streams, free, strict=True) for place in places]
        logits = self.decoder.logits(states, self.base, self.base + LEVELS)
        chosen, sure = self._sample(logits, each)
        drawn: list[int] = []
        for stream, places, all_places in zip(streams, free, ahead, strict=True):
            part = slice(len(drawn), len(drawn) + len(places))
            settled = partial(self._settled, stream)
            drawn += stream.take(places, len(all_places), chosen[part], sure[part], settled)
        if any(stream.view for stream in streams):
            costs = surprise(logits, np.array(drawn, dtype=np.int64)).tolist()
            for (stream, place), row, cost, pixel in zip(each, logits, costs, drawn, strict=True):
                stream.logits[place], stream.costs[place] = row, cost + STRAY * stream.is_stray(place, pixel)
        return np.array([stream.number for stream in streams]) - began

    def _sample(self, logits: np.ndarray, each: Sequence[tuple[Stream, int]]) -> tuple[list[int], list[bool]]:
        """Pixels for some places of streams, within their bounds; and which of them are sure."""
        if any(stream.drawing or stream.most < WHITE for stream, _ in each):
            least, most = np.array([stream.bounds(place) for stream, place in each]).T
            logits = within(logits, least, most)
        uniform = np.array([stream.uniform(place) for stream, place in each])
        temperatures = np.array([stream.temperature for stream, _ in each])
        chosen, sure = np.empty(len(each), dtype=np.int64), np.empty(len(each), dtype=bool)
        for temperature in set(temperatures.tolist()):
            own = temperatures == temperature
            chosen[own], sure[own] = sample(logits[own], uniform[own], temperature)
        return chosen.tolist(), sure.tolist()

    def _review(self, streams: Sequence[Stream]) -> None:
        """Settles rows in view as soon as they are drawn, or has them drawn again by candidates."""
        for stream in [stream for stream in streams if stream.main is None]:
            while stream.has_drawn_view and not self._is_undecided(stream):
                stream.view.go_on()

    def _is_undecided(self, stream: Stream) -> bool:
        """Whether it can't be said yet which drawing of the rows in view stays; if it can, the stream has that."""
        resampling = stream.resampling = stream.resampling or self._resampling(stream)
        for candidate in stream.candidates:
            if not resampling.has_ended(candidate.drawing) and (
                candidate.has_drawn_view or resampling.is_lost(candidate.nats)
            ):
                resampling.end(
                    candidate.drawing, *((candidate.nats, candidate.in_view()) if candidate.has_drawn_view else ())
                )
                candidate.last = candidate.at
        while (chosen_drawing := resampling.chosen_drawing) is None:
            if not self._draw_again(stream):
                return True
        chosen = next((candidate for candidate in stream.candidates if candidate.drawing == chosen_drawing), stream)
        if stream.candidates:
            rows = {other: row for row, other in enumerate(self.streams)}
            kept = [other for other in self.streams if other not in stream.candidates]
            self._keep([(other, rows[chosen if other is stream else other]) for other in kept])
        if chosen is not stream:
            stream.take_over(chosen)
        stream.resampling, stream.candidates = None, []
        return False

    def _resampling(self, stream: Stream) -> Resampling:
        precise = partial(self._precise, stream) if hasattr(self.decoder, "precise_logits") else None
        resampling = Resampling(stream.drawings, 2 * ROUNDING * len(stream.view.places), precise)
        resampling.end(0, stream.nats, stream.in_view())
        return resampling

    def _draw_again(self, stream: Stream) -> bool:
        """Begins further drawings of the rows in view as far as there is room, each at the first place where it differs
        from the first one: up to there both see the same, so nothing has to be read anew. Whether some have ended,
        since they don't differ."""
        resampling, new, ended = stream.resampling, list[Stream](), False
        candidates = [other for other in self.streams if other.main]
        room = max(
            self.decoder.spare - len(candidates), all(candidate.waits for candidate in candidates)
        )  # one at least goes on
        while resampling.begun < resampling.drawings and len(new) < room:
            candidate = stream.candidate(resampling.begun)
            resampling.begun += 1
            if self._differs(candidate):
                new.append(candidate)
            else:
                resampling.end(candidate.drawing, stream.nats, stream.in_view())
                ended = True
        if new:
            row, others = self.streams.index(stream), len(self.streams)
            self._keep([*zip(self.streams, range(others), strict=True), *((candidate, row) for candidate in new)])
            self.decoder.accept(np.array([0] * others + [candidate.number - stream.number for candidate in new]))
            stream.candidates += new
        return ended

    def _differs(self, candidate: Stream) -> bool:
        """Goes back to the first place in view that is drawn otherwise, if there is one."""
        places = candidate.view.places
        logits = np.stack([candidate.logits[place] for place in places])
        chosen, sure = self._sample(logits, [(candidate, place) for place in places])
        for place, row, drawn, is_sure in zip(places, logits, chosen, sure, strict=True):
            pixel = self._settled(candidate, place, drawn, is_sure)
            if pixel + self.base != candidate.ids[place]:
                cost = float(surprise(row[None], np.array([pixel]))[0])
                candidate.costs[place] = cost + STRAY * candidate.is_stray(place, pixel)
                candidate.go_back(place, pixel)
                return True
        return False

    def _settled(self, stream: Stream, place: int, drawn: int, is_sure: bool) -> int:
        """The pixel at a place of a stream: what was drawn, if that is not sure from logits in double precision."""
        if is_sure:
            return drawn
        temperature, bounds = stream.temperature, stream.bounds(place)
        pixel = settle(self.decoder, *stream.before(place), stream.uniform(place), temperature, self.base, *bounds)
        return drawn if pixel is None else pixel

    def _precise(self, stream: Stream, pixels: Sequence[int]) -> float:
        """What pixels in view of a stream cost, from logits in double precision."""
        places, other = stream.view.places, copy.copy(stream)
        other.ids = stream.ids.copy()
        for place, pixel in zip(places, pixels, strict=True):
            other.ids[place] = pixel + self.base
        numbers = np.array([stream.numbers[place] for place in places])
        ids, positions = other.before(places[-1])
        count = int(numbers[-1] - numbers[0]) + 1
        logits = self.decoder.precise_logits(ids, self.base, self.base + LEVELS, count, positions)
        nats = surprise(logits[numbers - numbers[0]], np.array(pixels)).sum()
        return float(nats) + STRAY * stream.strays(places, pixels)
