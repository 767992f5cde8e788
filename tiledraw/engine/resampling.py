"""Resampling: rows that surprise the model are drawn again, and the likeliest drawing of them stays.

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

ROWS = 4  # rows that are looked at together: an error shows in the rows beneath it
STEP = 2  # rows that are settled at a time
DOUBT = 8.0  # nats: sound rows of the bundled model mostly surprise it less, broken ones more
STRAY = 3.0  # nats that a pixel costs besides if it contradicts what is known of its two by two

Precise = Callable[[Sequence[int]], float]  # the surprise of pixels in view, in nats, in double precision


class View:
    """Which rows of a drawing are looked at, while it is drawn.

    Attributes:
        top: The first row in view.
        places: The free pixels of the rows in view, in raster order; none at the end, or before more rows are told.
    """

    def __init__(self) -> None:
        self.top, self.places = -STEP, list[int]()
        self.rows: list[Sequence[int]] = []

    @property
    def settled(self) -> int:
        """How many of the first rows stay as they are."""
        return max(0, self.top if self.places else self.top + STEP)

    def tell(self, rows: Sequence[Sequence[int]]) -> None:
        """The places of the free pixels of each of the next rows."""
        self.rows += rows
        if not self.places:
            self.go_on()

    def go_on(self) -> None:
        """Settles the first rows in view, and lets the next that have free pixels into view."""
        self.places = []
        while not self.places and self.top + STEP + ROWS <= len(self.rows):
            self.top += STEP
            self.places = [place for row in self.rows[self.top : self.top + ROWS] for place in row]


class Resampling:
    """Drawings of the rows in view, in their order: the first one that is sound stays, or else the likeliest.

    Attributes:
        begun: How many drawings have been begun; the first is the one that is doubted.
    """

    def __init__(self, drawings: int, error: float, precise: Precise | None) -> None:
        """Takes how many drawings there are at most, how many nats rounding may make of what one costs, and what tells
        drawings apart where that could decide; None if that can't be done."""
        self.drawings, self.error, self.precise, self.begun = drawings, error, precise, 1
        self._ended: dict[int, tuple[float, list[int], bool]] = {}  # surprise, pixels, whether it is sound

    def end(self, number: int, nats: float = np.inf, pixels: Sequence[int] = ()) -> None:
        """A drawing is whole, or given up."""
        judged = self.precise(pixels) if self.precise and abs(nats - DOUBT) <= self.error else nats
        self._ended[number] = nats, list(pixels), judged <= DOUBT

    def is_lost(self, nats: float) -> bool:
        """Whether a drawing that costs more than that can't stay any more."""
        return nats > max(DOUBT, self._least) + 2 * self.error

    def has_ended(self, number: int) -> bool:
        return number in self._ended

    @property
    def chosen_drawing(self) -> int | None:
        """The number of the drawing that stays; None if that can't be said yet."""
        for number in range(self.drawings):
            if number not in self._ended:
                return None
            if self._ended[number][2]:
                return number
        close = [number for number, (nats, *_) in self._ended.items() if nats <= self._least + 2 * self.error]
        drawn = {number: self._ended[number][1] for number in sorted(close)}
        first = min(number for number in close if self._ended[number][0] == self._least)
        if self.precise is None or all(pixels == drawn[first] for pixels in drawn.values()):
            return first
        return min(drawn, key=lambda number: self.precise(drawn[number]))

    @property
    def _least(self) -> float:
        return min(nats for nats, *_ in self._ended.values())
