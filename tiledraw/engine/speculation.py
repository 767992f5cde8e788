"""Exact speculation: drafts pixels ahead, reads them in one forward pass, keeps those that sampling confirms.

Noise is tied to the pixel, so a draft token is accepted exactly while it equals what sampling one by one would give:
the result is the same, token for token (Leviathan et al., 2023, with shared noise instead of rejection); what the model
draws behind a rejected draft token is the next draft (Teng et al., 2024, speculative Jacobi decoding). Streams of a
batch go on at their own speeds, and one whose next rows have not been told yet waits. A pixel that the rounding of a
pass could decide is drawn from logits in double precision.

Knows streams and a decoder that can peek. Knows nothing about plans or levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.draft import Stream
from tiledraw.engine.sampling import sample, within
from tiledraw.engine.streams import MOST_AHEAD, Decoder, Streams, settle
from tiledraw.format.weaving import DRAW


class PeekingDecoder(Decoder, Protocol):
    """A decoder that reads ahead and takes back."""

    def peek(self, rows: Sequence[Sequence[int]], positions: Sequence[Sequence[int]], wanted: np.ndarray) -> Any:
        """Reads some ids after each stream, at these positions, without going on; the hidden states after the `wanted`
        ones of them, `(tokens,)` bool, stream after stream, `(wanted, hidden)`."""

    def accept(self, counts: np.ndarray) -> None:
        """Goes on by the first `counts` `(B,)` tokens that `peek` read last."""

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone, `(kept,)` numbers of rows."""


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

    def drop(self, stream: Stream) -> None:
        """Goes on without a stream that has not been dropped yet."""
        self._keep([row for row, other in enumerate(self.streams) if other is not stream])

    @property
    def can_go_on(self) -> bool:
        """Whether a stream has ended, or does not wait."""
        return any(stream.has_ended or not stream.waits for stream in self.streams)

    def step(self) -> None:
        """Drops streams that have ended; if there is none, lets all others go on by a pass."""
        going = [row for row, stream in enumerate(self.streams) if not stream.has_ended]
        if len(going) < len(self.streams):
            self._keep(going)
            return
        rows, positions = zip(*(stream.draft() for stream in self.streams), strict=True)
        ahead = [stream.ahead(len(row)) for stream, row in zip(self.streams, rows, strict=True)]
        free = np.concatenate([stream.free[places] for stream, places in zip(self.streams, ahead, strict=True)])
        self.decoder.accept(self._take(self.streams, ahead, self.decoder.peek(rows, positions, free)))

    def _keep(self, rows: Sequence[int]) -> None:
        """Goes on with some streams alone."""
        self.streams = [self.streams[row] for row in rows]
        self.decoder.keep(np.array(rows, dtype=np.int64))

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
        done = 0
        for stream, places, all_places in zip(streams, free, ahead, strict=True):
            part = slice(done, done := done + len(places))
            stream.take(places, len(all_places), chosen[part], sure[part], partial(self._settled, stream))
        return np.array([stream.number for stream in streams]) - began

    def _sample(self, logits: np.ndarray, each: Sequence[tuple[Stream, int]]) -> tuple[list[int], list[bool]]:
        """Pixels for some places of streams; and which of them are sure."""
        logits = within(logits, np.array([stream.most for stream, _ in each]))
        uniform = np.array([stream.uniforms[place] for stream, place in each])
        temperatures = np.array([stream.temperature for stream, _ in each])
        chosen, sure = np.empty(len(each), dtype=np.int64), np.empty(len(each), dtype=bool)
        for temperature in set(temperatures.tolist()):
            own = temperatures == temperature
            chosen[own], sure[own] = sample(logits[own], uniform[own], temperature)
        return chosen.tolist(), sure.tolist()

    def _settled(self, stream: Stream, place: int, drawn: int, is_sure: bool) -> int:
        """The pixel at a place of a stream: what was drawn, if that is not sure from logits in double precision."""
        if is_sure:
            return drawn
        uniform, temperature = stream.uniforms[place], stream.temperature
        pixel = settle(self.decoder, *stream.before(place), uniform, temperature, self.base, stream.most)
        return drawn if pixel is None else pixel
