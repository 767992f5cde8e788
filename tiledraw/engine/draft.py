"""A stream: one document that is drawn ahead, with its draft tokens.

The first draft tokens continue the edges of the pixels above and to the left; what the model draws behind a rejected
one is the next draft token. A stream is read ahead as far as its draft tokens can be trusted, which it learns as it
goes.
Knows ids and pixels in raster order. Knows nothing about decoders, logits or other streams.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tiledraw.engine.streams import MOST_AHEAD, Streams
from tiledraw.format.weaving import DRAW

# Kinds of draft tokens, by how often they were accepted on gray pictures; each stream learns its own.
GIVEN, PLAIN, VAGUE, EDGE, NEAR, FAR, GUIDE = range(7)
ACCEPTANCE = {
    GIVEN: 1.0,  # no draft token
    PLAIN: 0.99,  # all neighbours agree
    VAGUE: 0.9,  # a neighbour is unknown
    EDGE: 0.3,  # neighbours disagree
    NEAR: 0.5,  # drawn up to two tokens behind a rejected one
    FAR: 0.85,  # drawn further behind it
    GUIDE: 0.8,  # the pixel of a layer's guide
}
Settle = Callable[[int, int, bool], int]  # a place, the pixel drawn there, and whether it is sure -> the pixel
LEARNING = 0.05  # what the latest draft token of a kind counts for
LEAST = 0.25  # a token is read ahead if all draft tokens up to it are accepted at least this often


class Stream:
    """One document: its ids behind the beginning, known, drawn or drafted. In lists, since it goes pixel by pixel.

    Attributes:
        head: The ids of the beginning.
        ids: By place, from the first pixel on.
        free: Which places are free pixels, `(rest,)`.
        read: The places that are read, as far as they have been told; the others are passed over.
        numbers: How many of those come before each place that has been told.
        told: How many of the ids have been told.
        uniforms: The noise, by place, `(rest,)`.
        at: The place of the last token known, not yet read; -1 is the end of the beginning.
        last: The place of the last free pixel that has been told.
        most: The largest pixel that may be drawn.
    """

    def __init__(self, documents: Streams, row: int) -> None:
        tail, self.places = documents.tail[row], documents.places
        self.head, self.base, self.temperature = documents.heads[row], documents.base, documents.temperature
        self.told, self.at, self.last = 0, -1, -1
        self.ids, self.free = [0] * len(tail), np.zeros(len(tail), dtype=bool)
        self.read, self.numbers = list[int](), list[int]()
        self.uniforms = np.zeros(len(tail))
        self.uniforms[self.places] = documents.noise[row]
        # Pixels with a margin of one above and to the left, so that every pixel has neighbours; -1 is unknown.
        self.width = int(len(self.places) ** 0.5)  # pictures are square
        self.stride = self.width + 1
        self._cells = np.arange(self.stride**2).reshape(self.stride, -1)[1:, 1:].ravel()  # of each pixel, in `pixels`
        self.pixels, self.cells = [-1] * self.stride**2, [-1] * len(tail)
        self.kinds, self.acceptance = [GIVEN] * len(tail), dict(ACCEPTANCE)  # by place; by kind
        self.drafted = -1  # the last place that has a draft token
        self.most = int(documents.most[row])
        self._drafts: dict[int, int] = {}  # by place, where they are known beforehand
        if documents.drafts is not None:
            self._drafts = dict(zip(self.places.tolist(), documents.drafts[row].tolist(), strict=True))
        told = slice(documents.told)
        self.tell(tail[told], documents.read[row, told])

    def tell(self, ids: np.ndarray, read: np.ndarray) -> None:
        """Its next ids, up to the end of a row of pixels; and which of them are read, bool."""
        first, self.told = self.told, self.told + len(ids)
        self.numbers += (read.cumsum() - read + len(self.read)).tolist()
        self.read += (np.flatnonzero(read) + first).tolist()
        begin, end = np.searchsorted(self.places, [first, self.told])
        places, cells = self.places[begin:end], self._cells[begin:end]
        self.ids[first : self.told], self.free[first : self.told] = ids.tolist(), ids == DRAW
        free = self.free[places]
        for place, cell in zip(places[free].tolist(), cells[free].tolist(), strict=True):
            self.cells[place] = cell
        known = ids[places[~free] - first] - self.base
        for cell, pixel in zip(cells[~free].tolist(), known.tolist(), strict=True):
            self.pixels[cell] = pixel
        self.last = int(places[free][-1]) if free.any() else self.last

    @property
    def number(self) -> int:
        """The number of the token at `at` among those that are read; -1 at the end of the beginning."""
        return -1 if self.at < 0 else self.numbers[self.at]

    @property
    def has_ended(self) -> bool:
        """Whether all is drawn."""
        return self.waits and self.told == len(self.ids)

    @property
    def waits(self) -> bool:
        """Whether all that has been told is drawn."""
        return self.at >= self.last

    @property
    def settled(self) -> int:
        """How many of the first rows of pixels are known, none of them drafted."""
        if self.has_ended:
            return self.width
        known = self.told if self.waits else self.at + 1
        return int(np.searchsorted(self.places, known)) // self.width

    @property
    def drawn(self) -> np.ndarray:
        """All pixels, `(pixels,)`."""
        return np.array(self.pixels).reshape(self.stride, self.stride)[1:, 1:].ravel()

    def ahead(self, count: int) -> list[int]:
        """The places of the next tokens."""
        first = self.number + 1
        return self.read[first : first + count]

    def before(self, place: int) -> tuple[list[int], list[int]]:
        """All tokens that are read before a place, as ids and positions."""
        start, places = len(self.head), self.read[: self.numbers[place]]
        ids = [*self.head, *(self.ids[earlier] for earlier in places)]
        return ids, [*range(start), *(start + earlier for earlier in places)]

    def draft(self) -> tuple[list[int], list[int]]:
        """The last token known, and draft tokens, as ids and positions; nothing if it waits."""
        if self.waits:
            return [], []
        places, number, probability = [self.at], self.number + 1, 1.0
        while (place := self.read[number]) < self.last and len(places) < MOST_AHEAD:
            if place > self.drafted:
                self.drafted = place
                if self.cells[place] >= 0:
                    self._draft_token(place)
            probability *= self.acceptance[self.kinds[place]]
            if probability < LEAST:
                break
            places.append(place)
            number += 1
        return [self.ids[place] for place in places], [len(self.head) + place for place in places]

    def take(self, places: list[int], count: int, drawn: list[int], sure: list[bool], settled: Settle) -> None:
        """Goes on by the next `count` tokens, with the pixels drawn at those places that are free, as they are
        `settled`, until a draft token is rejected."""
        end = self.ahead(count)[-1] if count else self.at
        for step, place in enumerate(places):
            pixel = settled(place, drawn[step], sure[step])
            accepted = place <= self.drafted and pixel + self.base == self.ids[place]
            if place <= self.drafted:
                kind = self.kinds[place]
                self.acceptance[kind] += (accepted - self.acceptance[kind]) * LEARNING
            if not accepted:
                self._put(place, pixel)
                for behind, draft in zip(places[step + 1 :], drawn[step + 1 :], strict=True):  # seldom wrong
                    self._put(behind, draft, NEAR if behind <= place + 2 else FAR)
                self.drafted = max(self.drafted, end)
                end = place
                break
        self.at = end

    def _draft_token(self, place: int) -> None:
        """Drafts a pixel from what is known of it, or from its neighbours: an edge that came from above goes on
        downwards, one that came from the left goes on to the right."""
        if self._drafts:
            return self._put(place, self._drafts[place], GUIDE)
        cell = self.cells[place]
        left, above, corner = (self.pixels[cell - back] for back in (1, self.stride, self.stride + 1))
        pixel = above if left == corner and above >= 0 else left if left >= 0 else max(above, 0)
        agree = left == above == corner
        self._put(place, pixel, PLAIN if agree else VAGUE if min(left, above) < 0 else EDGE)

    def _put(self, place: int, pixel: int, kind: int = GIVEN) -> None:
        self.ids[place], self.pixels[self.cells[place]], self.kinds[place] = pixel + self.base, pixel, kind
