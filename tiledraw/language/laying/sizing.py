"""Sizing: how large each thing of a request is, in cells, before anybody knows where it goes.

Size words and comparisons come first; the number of things, their usual sizes and what sits on what decide the rest.
Knows requests and sense. Knows nothing about places.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from tiledraw.language.boxes import Box
from tiledraw.language.laying.clusters import LOOSE, most_side
from tiledraw.language.laying.geometry import empty_parts, size_range
from tiledraw.language.laying.orders import columns_of, edges_of, hosts, in_column, ranks, relations_of
from tiledraw.language.laying.seating import free_share, guests_of, per_row, row_width
from tiledraw.language.laying.sense import GENTLE, OVERHEAD, sense_of
from tiledraw.language.request import Relation, Request

# Of the side of what they are in, where there are at most so many.
_INSIDE = ((1, 0.55), (2, 0.45), (3, 0.38), (5, 0.28), (7, 0.25), (14, 0.22), (99, 0.2))
# Of the side of who holds it, by its usual size; larger things, and what something is in, as the last.
_HELD = (0.36, 0.44, 0.52, 0.65)
_UNDER = 0.72  # of the side of what it is under
_PASSES = 5  # over the comparisons
_SHARES = {"in": 0.2, "on": 0.3, "riding": 0.45, "wearing": 0.1, "holding": 0.3}  # of the room that it needs


class Sizing:
    """The sides of all things.

    Attributes:
        sides: Of each, in cells.
        least: The shortest that is tried.
    """

    def __init__(self, request: Request, canvas: Box, rng: np.random.Generator, shrink: float):
        self.request, self.canvas = request, canvas
        self.host = hosts(request)
        self.relations = relations_of(request)
        self.guests = guests_of(request)
        self.filled = {relation.of[0] for _, relation in self.relations if relation.word == "in"}
        self.holder = {relation.of[0]: n for n, relation in self.relations if relation.word == "holding"}
        columns = columns_of(request)
        self.columns = len({columns[number] for number in range(len(columns)) if number not in self.host})
        self.least = 2 if request.total * 32 > canvas.width * canvas.height else 3
        crowded = request.total > 12
        self.leasts = [2 if crowded and number in self.host else self.least for number in range(len(request.things))]
        self.most = [self._most(number) for number in range(len(request.things))]
        self.sides = dict(enumerate(self._all(rng, shrink)))

    def pitches(self, number: int) -> tuple[float, ...]:
        """Sides from one of the things to the next: what is in or on something stands close."""
        words = [relation.word for relation in self.request.things[number].relations]
        if self.request.things[number].count == 1:
            return (LOOSE,)
        if "in" in words:
            return (0.8, 0.6, 0.42)
        if "on" in words:
            return (0.99, 0.9) if self.request.things[number].count > 2 else (LOOSE, 0.99)
        return (LOOSE,)

    def _all(self, rng: np.random.Generator, shrink: float) -> list[int]:
        things, canvas = self.request.things, self.canvas
        if not things:
            return []
        usual = np.array([sense_of(thing.subject).size for thing in things], dtype=float)
        counts = np.array([thing.count for thing in things], dtype=float)
        free = [self._share(number) for number in range(len(things))]
        total = float((np.where(np.array(free) < 1, np.minimum(counts, 2), counts) * free).sum())
        room = canvas.width * canvas.height * self._free_share()
        side = sqrt(room / max(total, 1.0)) * (0.8 if total < 2 else 0.68) * shrink
        side = min(side, 0.76 * min(canvas.width, canvas.height)) * 1.06
        if total <= 3:  # these stand side by side, or over each other
            across, down = self._across_and_down(free)
            side = min(side, 0.95 * canvas.width / across, 0.95 * canvas.height / down)
        gentle = np.clip(GENTLE ** (usual - np.average(usual, weights=counts)), 0.6, 1.6)
        sides = side * gentle * rng.uniform(0.93, 1.07, len(things))
        sides = np.minimum(sides, self.most)
        for _ in range(_PASSES):
            self._fit(sides)
        if not any(thing.size for thing in things):  # another seed sees it from nearer or farther
            sides = sides * rng.uniform(0.86, 1.0)
        rounded = np.maximum(np.floor(sides + 0.5).astype(int), self.leasts)
        for number, relation in self.relations:
            if relation.word == "same size as":
                rounded[number] = rounded[relation.of[0]]
        return [int(value) for value in rounded]

    def _across_and_down(self, free: list[float]) -> tuple[float, float]:
        """How many stand beside each other and over each other, if all are of one size."""
        column = columns_of(self.request)
        wide: dict[int, Counter[Relation | None]] = {}
        high: dict[int, float] = dict.fromkeys(column, 0.0)
        for number, thing in enumerate(self.request.things):
            lowest = number
            while lowest in self.host:
                lowest = self.host[lowest]
            high[column[lowest]] += free[number]
            if number == lowest:  # two above the same thing are beside each other
                wide.setdefault(column[number], Counter())[in_column(self.request, number)] += thing.count
        return float(sum(max(rows.values()) for rows in wide.values())), max(*high.values(), 1.0)

    def steps(self, one: int, other: int) -> int:
        """By how many classes of size one is usually larger than the other."""
        return sense_of(self.request.things[one].subject).size - sense_of(self.request.things[other].subject).size

    def _is_read(self, number: int) -> bool:
        """Whether it is looked at in a hand, as a book is."""
        sense = sense_of(self.request.things[number].subject)
        return sense.home == "any" and sense.size <= 2 and number not in self.host

    def _share(self, number: int) -> float:
        """Of the room that it would need alone."""
        host = self.host.get(number)
        if self.request.things[number].size == "full":
            return 0.0
        if host is None:
            relation = in_column(self.request, number)
            return 0.6 if relation and relation.word in ("in front of", "behind", "under") else 1.0
        words = [relation.word for one, relation in self.relations if {one, *relation.of} >= {number, host}]
        return min((_SHARES[word] for word in words if word in _SHARES), default=1.0)

    def _free_share(self) -> float:
        """Of the canvas, what need not stay empty."""
        canvas = self.canvas
        free = np.ones((canvas.height, canvas.width))
        for part in empty_parts(self.request.empty, canvas):
            free[part.y0 - canvas.y0 : part.y1 - canvas.y0, part.x0 - canvas.x0 : part.x1 - canvas.x0] = 0
        return max(float(free.mean()), 0.05) * (0.75 if "center" in self.request.empty else 1.0)

    def _most(self, number: int) -> float:
        """The longest side with which all of them, and all in a line with them, have room."""
        things, canvas = self.request.things, self.canvas
        most = most_side(things[number].arrangement, things[number].count, canvas)
        empty = self.request.empty
        if any(word in ("left", "right") or "-" in word for word in empty):
            most = min(most, canvas.width / (3 if {"left", "right"} <= set(empty) else 2))
        if any(word in ("top", "bottom") or "-" in word for word in empty):
            most = min(most, canvas.height / (3 if {"top", "bottom"} <= set(empty) else 2))
        if "center" in self.request.empty:
            most = min(most, canvas.height / 3, canvas.width / 3)
        if things[number].place in ("left", "right", "top-left", "top-right", "bottom-left", "bottom-right"):
            most = min(most, 0.45 * canvas.width)
        axes = (
            (canvas.width, ("left of",), ("right of",)),
            (canvas.height, ("above", "jumping over"), ("below",)),
        )
        for length, before, after in axes:
            edges = edges_of(self.request, before, after)
            if any(number in edge for edge in edges):
                most = min(most, 0.9 * length / (max(ranks(edges, len(things))) + 1))
        for percent, length in ((things[number].across, canvas.width), (things[number].down, canvas.height)):
            if percent is not None:
                edge = min(percent, 100 - percent) / 100 * length
                most = min(most, max(2 * (edge + 0.1 * length), 3))
        return most

    def _fit(self, sides: NDArray[np.float64]) -> None:
        """Changes sides towards what relations and size words want."""
        things = self.request.things
        for number, relation in self.relations:
            other, word, count = relation.of[0], relation.word, things[number].count
            if word == "in" and number not in self.guests.get(other, ()):
                self._inside(sides, number, other)
            elif word in ("on", "in"):
                self._on(sides, number, other)
            elif word == "riding":
                most = 0.8 if sense_of(things[other].subject).front else 0.95
                sides[number] = np.clip(sides[number], 0.55 * sides[other], most * sides[other])
            elif word == "wearing":
                sides[other] = self._worn(sides[number], number, other)
            elif things[other].subject in OVERHEAD and (word == "holding" or (word == "under" and count == 1)):
                sides[other] = sides[number] = min(sides[number], 0.6 * self.canvas.height)
            elif word == "holding":
                size = min(sense_of(things[other].subject).size, len(_HELD))
                share = _HELD[-1] if other in self.filled else _HELD[size - 1]
                sides[other] = min(sides[other], share * sides[number])
            elif word == "looking at" and self._is_read(other) and self.steps(number, other) > 0:
                sides[other] = min(sides[other], _HELD[1] * sides[number])
            elif word == "under" and sense_of(things[other].subject).home != "sky":
                share = min(_UNDER * max(GENTLE ** min(self.steps(number, other), 0), 0.6), 1.2 / count)
                sides[number] = min(sides[number], share * sides[other])
            elif word == "behind":
                sides[number] = max(sides[number], 0.8 * sides[other])
            elif word == "in front of":
                sides[number] = min(sides[number], min(0.85, 1.5 / count) * sides[other])
            elif word == "same size as":
                sides[number] = sides[other] = sqrt(sides[number] * sides[other])
            elif word == "larger than":
                _compare(sides, number, other, relation.times, self.least)
            elif word == "smaller than":
                _compare(sides, other, number, relation.times, self.least)
            elif word == "around" and count > 2:
                unit = min(self.canvas.width, self.canvas.height)
                sides[other] = min(sides[other], 0.4 * unit)
                sides[number] = min(sides[number], (unit - sides[other]) / 2 * 0.75, 0.75 * unit * 3.14 / 1.2 / count)
            elif word == "on either side of":
                half = ceil(count / 2)
                half = half if half <= 2 else 1
                most = self.canvas.width / (2.2 * half + 1)
                sides[other], sides[number] = min(sides[other], 1.3 * most), min(sides[number], most)
            elif word == "between":
                most = self.canvas.width / 3.6
                for one in (number, *relation.of):
                    sides[one] = min(
                        sides[one], most if things[one].count < 3 else most / ceil(sqrt(things[one].count))
                    )
        for number, thing in enumerate(things):
            if thing.size:
                low, high = size_range(thing.size, thing.count, self.canvas)
                middle = {"small": 0.75 * high, "medium": 0.75 * high, "large": 1.2 * low, "huge": 1.25 * low}
                wanted = min(middle.get(thing.size, high), self.most[number])
                held = any(r.word in ("larger than", "smaller than", "same size as", "in") and
                           number in (n, *r.of) for n, r in self.relations)  # fmt: skip
                sides[number] = np.clip(sides[number] if held else wanted, low + 0.2, max(high - 0.2, low + 0.2))
            sides[number] = max(sides[number], self.leasts[number])

    def _on(self, sides: NDArray[np.float64], number: int, other: int) -> None:
        """What is on something has room there beside all others that are; what has many guests is larger."""
        guests, host = self.guests[other], self.request.things[other]
        across = per_row(self.request, other, guests)
        width, usual = free_share(host.subject), 1.1
        if (steps := self.steps(number, other)) < 0:
            usual = max(min(0.95 * GENTLE ** (1.3 * steps), 0.8), 0.35)
        if across <= 1:
            if self.guests.get(number) and not host.size:  # what carries others is larger, and so is what it is on
                sides[other] = min(max(sides[other], sides[number] / max(usual, 0.5)), self.most[other])
            high = max(0.92 * self.canvas.height - self._below(sides, other), 0.65 * sides[other])
            sides[number] = min(sides[number], min(usual, 1.5 * width) * sides[other], high)
            return
        if not host.size:
            wanted = max(3.0 * across, min(4.0 * across, 0.7 * self.canvas.width / self.columns))
            sides[other] = min(max(sides[other], wanted / width), self.most[other])
        needed = sum(row_width(self.request, guest, other, float(sides[guest])) for guest in guests)
        room = width * sides[other] - (len(guests) - 1)
        if needed > room:
            for guest in guests:
                sides[guest] *= max(room, 1.0) / needed
        sides[number] = min(sides[number], min(usual, 0.8) * sides[other])

    def _below(self, sides: NDArray[np.float64], number: int) -> float:
        """How much of a thing is below what is on it, in cells."""
        return float(sides[number]) * (1 - sense_of(self.request.things[number].subject).seat / 100)

    def _inside(self, sides: NDArray[np.float64], number: int, other: int) -> None:
        """What is in something is smaller, and has room beside the others in there."""
        things = self.request.things
        inside = sum(things[n].count for n, host in self.host.items() if host == other)
        each = ceil(inside / things[other].count)
        if not things[other].size:
            wanted = 0.42 * min(self.canvas.width, self.canvas.height) * min(1.0, 0.75 + 0.05 * each)
            if other in self.holder:
                wanted = min(wanted, _HELD[-1] * sides[self.holder[other]])
            sides[other] = min(max(sides[other], wanted / sqrt(things[other].count)), self.most[other])
        share = next(share for most, share in _INSIDE if each <= most)
        sides[number] = min(sides[number], sides[other] * share)

    def _worn(self, wearer: float, number: int, other: int) -> float:
        """As large as the part of the wearer that wears it."""
        worn, sense = sense_of(self.request.things[other].subject).worn, sense_of(self.request.things[number].subject)
        head = sense.head / 100 * wearer
        shares = {"head": 1.15 * head, "face": 1.0 * head, "neck": 1.0 * head, "feet": 0.3 * wearer,
                  "hand": 0.25 * wearer, "back": 0.4 * wearer}  # fmt: skip
        return max(min(shares.get(worn, max(0.45 * wearer, head)), 0.95 * wearer), self.least)


def _compare(sides: NDArray[np.float64], large: int, small: int, times: int, least: float) -> None:
    """Makes one larger than the other, by moving both as much."""
    wanted = float(times) if times else 1.45
    now = sides[large] / sides[small]
    if (times and abs(now / wanted - 1) > 0.02) or now < wanted:
        factor = sqrt(wanted / now)
        sides[large], sides[small] = sides[large] * factor, sides[small] / factor
    if sides[small] < least:
        sides[large], sides[small] = wanted * least, least
