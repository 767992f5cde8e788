"""A stream: one document that is drawn ahead, with its draft tokens.

The first draft tokens continue the edges of the pixels above and to the left; what the model draws behind a rejected
one is the next draft token. A stream is read ahead as far as its draft tokens can be trusted, which it learns as it
goes.
Knows ids and pixels in raster order. Knows nothing about decoders, logits or other streams.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from tiledraw.engine.bounds import WHITE, Bounds
from tiledraw.engine.resampling import View
from tiledraw.engine.streams import MOST_AHEAD, Streams
from tiledraw.format.weaving import DRAW

# Kinds of draft tokens, by how often they are accepted on the bundled model; each stream goes on to learn its own.
GIVEN, PLAIN, VAGUE, EDGE, NEAR, FAR, AGAIN, GUIDE = range(8)
ACCEPTANCE = {
    GIVEN: 1.0,  # no draft token
    PLAIN: 0.99,  # all neighbours agree
    VAGUE: 0.9,  # a neighbour is unknown
    EDGE: 0.3,  # neighbours disagree
    NEAR: 0.5,  # drawn up to two tokens behind a rejected one
    FAR: 0.85,  # drawn further behind it
    GUIDE: 0.8,  # the pixel of a layer's guide
    AGAIN: 0.97,  # a candidate's pixel, taken from the drawing before
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
        at: The place of the last token known, not yet read; -1 is the end of the beginning.
        last: The place of the last free pixel that has been told.
        view: Which rows are looked back at; None if all is drawn once.
        resampling, candidates: Other drawings of the rows in view, if those are doubtful; it goes on meanwhile.
        main, drawing: Of a candidate, whose it is, and its number; None and 0.
        costs, logits: What each place that is drawn costs, its surprise in nats and more if it contradicts the sums,
            and the logits of it, `(256,)`; if there is a view.
    """

    def __init__(self, documents: Streams, row: int) -> None:
        tail, self.places = documents.tail[row], documents.places
        self.head, self.base, self.temperature = documents.heads[row], documents.base, documents.temperature
        self.told, self.at, self.last = 0, -1, -1
        self.ids, self.free = [0] * len(tail), np.zeros(len(tail), dtype=bool)
        self.read, self.numbers = list[int](), list[int]()
        drawings = documents.noise[row]  # (drawings, pixels)
        self._uniforms = np.zeros((len(drawings), len(tail)))
        self._uniforms[:, self.places] = drawings
        # Pixels with a margin of one above and to the left, so that every pixel has neighbours; -1 is unknown.
        self.width = int(len(self.places) ** 0.5)  # pictures are square
        self.stride = self.width + 1
        self._cells = np.arange(self.stride**2).reshape(self.stride, -1)[1:, 1:].ravel()  # of each pixel, in `pixels`
        self.pixels, self.cells = [-1] * self.stride**2 + [0], [-1] * len(tail)  # the last is no pixel; see `tell`
        self.kinds, self.acceptance = [GIVEN] * len(tail), dict(ACCEPTANCE)  # by place; by kind
        self.drafted = -1  # the last place that has a draft token
        self._bounds: dict[int, list[int]] = {}  # by place: where the others are, and what they may sum to with it
        self.most = WHITE if documents.most is None else int(documents.most[row])
        self._drafts: dict[int, int] = {}  # by place, where they are known beforehand
        if documents.drafts is not None:
            self._drafts = dict(zip(self.places.tolist(), documents.drafts[row].tolist(), strict=True))
        self.drawings, self.view = len(drawings), View() if len(drawings) > 1 else None
        self.main, self.drawing, self.resampling, self.candidates = None, 0, None, list[Stream]()
        self.costs, self.logits = [0.0] * len(tail), dict[int, np.ndarray]()
        told = slice(documents.told)
        self.tell(tail[told], documents.read[row, told], None if documents.sums is None else documents.sums[row])

    def tell(self, ids: np.ndarray, read: np.ndarray, sums: np.ndarray | None) -> None:
        """Its next ids, up to the end of a row of pixels; which of them are read, bool; and what two by two pixels of
        those may sum to, `(2, pixels / 4)` or more."""
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
        if self.view:
            rows = zip(places.reshape(-1, self.width), free.reshape(-1, self.width), strict=True)
            if sums is not None:
                bounds = Bounds.of(free.reshape(-1, self.width), sums[:, : len(places) // 4])
                others = np.append(cells, len(self.pixels) - 1)[bounds.others]  # (pixels, 3)
                each = np.column_stack([others, bounds.least, bounds.most]).tolist()
                self._bounds |= zip(places.tolist(), each, strict=True)
            self.view.tell([row[is_free].tolist() for row, is_free in rows])

    @property
    def number(self) -> int:
        """The number of the token at `at` among those that are read; -1 at the end of the beginning."""
        return -1 if self.at < 0 else self.numbers[self.at]

    @property
    def has_ended(self) -> bool:
        """Whether all is drawn."""
        return self.waits and self.told == len(self.ids) and not (self.main or self.resampling)

    @property
    def waits(self) -> bool:
        """Whether all that has been told is drawn."""
        return self.at >= self.last

    @property
    def has_drawn_view(self) -> bool:
        """Whether there are rows in view, all of them drawn."""
        return bool(self.view and self.view.places) and self.at >= self.view.places[-1]

    @property
    def nats(self) -> float:
        """What the rows in view cost, as far as they are drawn."""
        return sum(self.costs[place] for place in self.view.places if place <= self.at)

    @property
    def settled(self) -> int:
        """How many of the first rows of pixels stay as they are."""
        if self.has_ended:
            return self.width
        if self.view:
            return self.view.settled
        known = self.told if self.waits else self.at + 1
        return int(np.searchsorted(self.places, known)) // self.width

    @property
    def drawn(self) -> np.ndarray:
        """All pixels, `(pixels,)`."""
        return np.array(self.pixels[:-1]).reshape(self.stride, self.stride)[1:, 1:].ravel()

    def in_view(self) -> list[int]:
        """The pixels that are looked back at."""
        return [self.pixels[self.cells[place]] for place in self.view.places]

    def uniform(self, place: int) -> float:
        """The noise of a place."""
        return self._uniforms[self.drawing, place]

    def bounds(self, place: int) -> tuple[int, int]:
        """The least and the most that may be drawn at a place: any ink at first, what sums allow when it is drawn
        again."""
        return self._allowed(place) if self.drawing else (0, self.most)

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
        """The least and the most that keep to the sums, behind the pixels drawn or drafted before a place."""
        if not self._bounds:
            return 0, WHITE
        first, second, third, least, most = self._bounds[place]
        others = self.pixels[first] + self.pixels[second] + self.pixels[third]
        return least - others, most - others

    def candidate(self, number: int) -> Stream:
        """Another drawing of the rows in view, which ends with them."""
        candidate = copy.copy(self)
        candidate.main, candidate.drawing, candidate.last = self, number, self.view.places[-1]
        candidate.resampling, candidate.candidates = None, []
        for name in ("ids", "pixels", "kinds", "costs", "logits", "acceptance"):
            setattr(candidate, name, getattr(self, name).copy())
        return candidate

    def take_over(self, candidate: Stream) -> None:
        """Goes on from the end of the rows in view, as a candidate has drawn them."""
        for place in self.view.places:
            self._put(place, candidate.pixels[self.cells[place]])
            self.costs[place], self.logits[place] = candidate.costs[place], candidate.logits[place]
        self.go_back(candidate.at)

    def go_back(self, place: int, pixel: int | None = None) -> None:
        """Takes back what is drawn behind a place, where there may be another pixel now; the rest are drafts again."""
        self.drafted = max(self.at, self.drafted)
        for later in range(place + 1, self.drafted + 1):
            if self.cells[later] >= 0:
                self.kinds[later] = AGAIN
        if pixel is not None:
            self._put(place, pixel)
        self.at = place

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

    def take(self, places: list[int], count: int, drawn: list[int], sure: list[bool], settled: Settle) -> list[int]:
        """Goes on by the next `count` tokens, with the pixels drawn at those places that are free, as they are
        `settled`, until a draft token is rejected; returns those pixels."""
        end = self.ahead(count)[-1] if count else self.at
        for step, place in enumerate(places):
            drawn[step] = settled(place, drawn[step], sure[step])
            accepted = place <= self.drafted and drawn[step] + self.base == self.ids[place]
            if place <= self.drafted:
                kind = self.kinds[place]
                self.acceptance[kind] += (accepted - self.acceptance[kind]) * LEARNING
            if not accepted:
                self._put(place, drawn[step])
                for behind, pixel in zip(places[step + 1 :], drawn[step + 1 :], strict=True):  # seldom wrong
                    self._put(behind, pixel, NEAR if behind <= place + 2 else FAR)
                self.drafted = max(self.drafted, end)
                end = place
                break
        self.at = end
        return drawn

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
