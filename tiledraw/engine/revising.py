"""Revising: rows that surprise the model are drawn again, and the likeliest drawing of them stays.

A model that errs is soon surprised by what it draws next, so its likelihood tells a broken line from a sound one
(sample and rank; Adiwardana et al., 2020, "Towards a Human-like Open-Domain Chatbot"); here some rows at a time, from
top to bottom, so most rows are drawn once, and what is sound above a broken line stays. Pixels that contradict what is
known of them count like surprises. They are forbidden only when rows are drawn again, since a model that has erred, and
must not go on so, leaves specks: then the first drawing may still be the likelier one.
Knows the places of pixels, and how much each surprises. Knows nothing about decoders, documents or levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

ROWS = 4  # that are looked at together: an error shows in the rows beneath it
STEP = 2  # rows that are settled at a time
DOUBT = 8.0  # nats: sound rows of the bundled model mostly surprise it less, broken ones more
STRAY = 3.0  # nats that a pixel costs besides if it contradicts what is known of its two by two

Precise = Callable[[Sequence[int], Sequence[int]], float]  # what pixels at some places cost, in double precision


class Revision:
    """Looks back at one drawing while it is drawn.

    Attributes:
        places: The free pixels of the rows in view, in raster order; none at the end.
        drawing: The number of their drawing that is under way.
        forced: Pixels by place: the likeliest drawing, which is drawn once more since it was not the last.
    """

    def __init__(self, rows: Sequence[Sequence[int]], drawings: int, error: float = 0.0) -> None:
        """Takes the places of the free pixels of each row, how often rows are drawn at most, and how many nats the
        surprise of a pixel may be off by rounding."""
        self.rows, self.drawings, self.error, self.top = rows, drawings, error, -STEP
        self._go_on()

    def _go_on(self) -> None:
        self.tried: list[tuple[float, list[int]]] = []  # nats and pixels of each drawing; infinite if it was given up
        self.drawing, self.forced, self.places = 0, dict[int, int](), list[int]()
        while not self.places and self.top + ROWS < len(self.rows):
            self.top += STEP
            self.places = [place for row in self.rows[self.top : self.top + ROWS] for place in row]

    def drawing_of(self, place: int) -> int:
        """Whose noise a place is drawn with: rows beneath those in view are in their first drawing."""
        return self.drawing if self.places and place <= self.places[-1] else 0

    def look(self, at: int, costs: Sequence[float], pixels: Callable[[], list[int]], precise: Precise | None) -> bool:
        """Whether the rows in view are to be drawn from their first place again. If not, they go on, or are settled
        and others come into view.

        Args:
            at: The last place that is drawn.
            costs: Of each place that is, in nats.
            pixels: Of the rows in view, when all are drawn.
            precise: Tells drawings apart where rounding could; None if that can't be done.
        """
        while self.places:
            is_whole, error = at >= self.places[-1], self.error * len(self.places)
            nats = sum(costs[place] for place in self.places if place <= at)
            if is_whole:
                if self.forced or not self._is_doubtful(nats, error, pixels, precise):
                    self._go_on()
                    continue
            elif self.forced or not self.tried or nats <= min(self.tried)[0] + 2 * error:
                return False
            self.tried.append((nats, pixels()) if is_whole else (np.inf, []))
            if len(self.tried) < self.drawings:
                self.drawing = len(self.tried)
                return True
            likeliest = self._likeliest(error, precise)
            if not is_whole or self.tried[-1][1] != likeliest:
                self.forced = dict(zip(self.places, likeliest, strict=True))
                return True
            self._go_on()
        return False

    def _is_doubtful(self, nats: float, error: float, pixels: Callable[[], list[int]], precise: Precise | None) -> bool:
        if precise is not None and abs(nats - DOUBT) <= error:
            nats = precise(self.places, pixels())
        return nats > DOUBT

    def _likeliest(self, error: float, precise: Precise | None) -> list[int]:
        """The pixels of the likeliest drawing; of equals the first."""
        least = min(nats for nats, _ in self.tried)
        close = [drawn for nats, drawn in self.tried if nats <= least + 2 * error]
        if precise is None or all(drawn == close[0] for drawn in close):
            return next(drawn for nats, drawn in self.tried if nats == least)
        return min(close, key=lambda drawn: precise(self.places, drawn))
