"""Habits: what a place costs that the request leaves open; suns are up, houses stand on the ground, cats sit on seats.

All of it is soft, in fractions of a cell, and drawn from the seed where several things are as good.
Knows requests and sense. Knows nothing about what a request says of places, which weighs more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from tiledraw.language.attributes import SCENERY
from tiledraw.language.boxes import Box
from tiledraw.language.laying.geometry import Boxes, covering, hull_of
from tiledraw.language.laying.orders import columns_of, edges_of, hosts, ranks, relations_of
from tiledraw.language.laying.seating import guests_of, headings, slots
from tiledraw.language.laying.sense import ON_HEAD, OVERHEAD, Sense, is_container, sense_of
from tiledraw.language.request import Relation, Request

# Where the ground begins and ends, and where water is, in shares of the height.
_GROUND = {"grass": (0.76, 0.95), "hills": (0.8, 0.96), "beach": (0.83, 0.97), "snow": (0.76, 0.95),
           "desert": (0.82, 0.96), "room": (0.8, 0.95), "sea": (0.62, 0.8), "night": (0.82, 0.93),
           "forest": (0.78, 0.95), "street": (0.78, 0.96), "underwater": (0.86, 0.97),
           "sunset": (0.8, 0.96)}  # fmt: skip
_WATER = {"beach": (0.6, 0.72), "sea": (0.65, 0.95), "underwater": (0.3, 0.82), "sunset": (0.56, 0.7)}
# where the sky ends
_SKY = {"grass": 0.6, "hills": 0.45, "beach": 0.48, "sea": 0.45, "snow": 0.6, "night": 0.8, "desert": 0.55,
        "forest": 0.3, "street": 0.2, "sunset": 0.45}  # fmt: skip
_LEVEL = ("next to", "chasing", "playing with", "looking at", "left of", "right of", "between", "on either side of")
_TOWERING = 6  # of such a size, what is below them is at their foot: houses, mountains
_UPPER = ("above", "jumping over")  # these decide how high the upper thing is


def said_axes(request: Request, number: int) -> tuple[int, ...]:
    """The axes, 0 across and 1 down, of which the place of a thing speaks: "on the left" says nothing of how high it is
    where things stand on a ground."""
    thing = request.things[number]
    if not thing.place:
        return ()
    stands = request.background in SCENERY and sense_of(thing.subject).home in ("ground", "water")
    return tuple(axis for axis in thing.open_axes if axis == 0 or not (stands and thing.place in ("left", "right")))


class Habits:
    """What is usual of the things of one request in one try."""

    def __init__(self, request: Request, canvas: Box, rng: np.random.Generator, sides: Mapping[int, int]):
        self.request, self.canvas = request, canvas
        self.scenery = request.background in SCENERY
        self.host, self.guests = hosts(request), guests_of(request)
        self.relations = relations_of(request)
        self.senses = [sense_of(thing.subject) for thing in request.things]
        number = len(request.things)
        self.margins = np.array([[[canvas.x0 + 1], [canvas.y0 + 1]], [[canvas.x1 - 1], [canvas.y1 - 1]]])
        self.open_height = [self._is_open_in_height(n) for n in range(number)]
        self.across = self._across(rng, number)
        self.flying = [self._flies(n) for n in range(number)]
        self.down = self._down(rng, sides)
        self.heading = headings(request, self.across, rng)
        self.slots = slots(request, sides, self.heading, rng)
        self.centre = (canvas.x0 + canvas.x1) / 2 + rng.uniform(-0.06, 0.06) * canvas.width  # of all together

    def stands(self, number: int) -> bool:
        """Whether it stands on a ground, or swims on water, that is seen."""
        return self.scenery and self.senses[number].home in ("ground", "water")

    def _is_open_in_height(self, number: int) -> bool:
        """Whether the request says nothing of how high it is."""
        thing = self.request.things[number]
        if thing.down is not None or 1 in said_axes(self.request, number):
            return False
        towers = self.senses[number].size >= _TOWERING
        for n, relation in self.relations:
            upper = (n,) if relation.word in _UPPER else relation.of if relation.word == "below" and not towers else ()
            if number in upper or (relation.word == "around" and number in (n, *relation.of)):
                return False
        return True

    def scatters(self, number: int) -> bool:
        """Whether several of it stand loosely, none as high as the next, as stars do."""
        thing = self.request.things[number]
        related = {one for n, relation in self.relations for one in (n, *relation.of)}
        return (
            self.senses[number].home == "sky" and 1 < thing.count <= 12 and not thing.arrangement
            and number not in related
        )  # fmt: skip

    def _across(self, rng: np.random.Generator, number: int) -> list[float]:
        """Where each would be from left to right, in cells: spread out, in the order that the request says."""
        column = columns_of(self.request)
        alone = list(dict.fromkeys(column[n] for n in range(number) if n not in self.host))
        jitter = 0.08 if len(alone) > 1 else 0.14
        shares = {
            one: (place + 0.5) / len(alone) + rng.uniform(-jitter, jitter)
            for one, place in zip(alone, rng.permutation(len(alone)), strict=True)
        }
        edges = edges_of(self.request, ("left of",), ("right of",))
        rank = ranks(edges, number)
        ordered = {n: (rank[n] + 0.5) / (max(rank) + 1) for edge in edges for n in edge}
        said: dict[int, list[float]] = {}
        for n, share in ordered.items():
            said.setdefault(column[n], []).append(share)
        shares |= {one: float(np.mean(found)) for one, found in said.items()}
        return [self.canvas.x0 + ordered.get(n, shares.get(column[n], 0.5)) * self.canvas.width for n in range(number)]

    def _horizon(self, sense: Sense) -> float:
        """Where begins what it stands or swims on, in cells from above."""
        places = _WATER if sense.home == "water" and self.request.background in _WATER else _GROUND
        return self.canvas.y0 + places[self.request.background][0] * self.canvas.height

    def _flies(self, number: int) -> bool:
        """Whether it is up in the sky if nothing is said; beside what is not, it is as high as that, but for a ground
        that is seen."""
        if self.senses[number].home != "sky":
            return False
        beside = [
            one for n, relation in self.relations if relation.word in _LEVEL
            for one in (n, *relation.of) if number in (n, *relation.of)
        ]  # fmt: skip
        return self.scenery or all(self.senses[one].home == "sky" for one in beside)

    def _down(self, rng: np.random.Generator, sides: Mapping[int, int]) -> list[tuple[str, float, float, float]]:
        """How high each would be: "feet" or "middle", from and to, in cells, and how much a cell weighs."""
        canvas, background = self.canvas, self.request.background
        flying = self.flying
        wants = []
        ground, nearest = _GROUND.get(background, (0.0, 0.0))
        line = ground + (nearest - ground) * rng.uniform(0.15, 0.85)
        tallest = max(sides.values(), default=0) / canvas.height
        level = min(0.5 + 0.42 * tallest + (0.12 if any(flying) and not all(flying) else 0.0), 0.92)
        level += rng.uniform(-0.07, 0.07)
        for number, sense in enumerate(self.senses):
            height = rng.uniform(0.14, 0.26)
            if self.request.things[number].size == "full":
                want = ("middle", 0.5, 0.5, 0.1)
            elif flying[number] and (self.scenery or not all(flying)):
                want = ("middle", height - 0.06, height + 0.06, 0.25)
            elif sense.home == "water" and background in _WATER:
                low, high = _WATER[background]
                want = ("feet", low, high, 0.5)
            elif flying[number]:
                want = ("middle", 0.35, 0.6, 0.15)
            elif self.scenery:
                want = (
                    ("feet", line - 0.02, line + 0.02, 0.3) if sense.home != "water" else ("feet", ground, nearest, 0.4)
                )
            elif sense.home == "ground" or any(flying):
                want = ("feet", level - 0.01, level + 0.01, 0.2)
            else:
                want = ("middle", 0.44, 0.56, 0.12)
            wants.append((want[0], canvas.y0 + want[1] * canvas.height, canvas.y0 + want[2] * canvas.height, want[3]))
        return wants

    def cost(self, numbers: Sequence[int], boxes: Mapping[int, Boxes]) -> Boxes:
        """What it costs that some of the things stand so: [places]."""
        cost = np.zeros(1)
        for number in numbers:
            cost = cost + self._of_one(number, boxes[number])
        for number, relation in self.relations:
            others = set(relation.of)
            if (number in numbers or others & set(numbers)) and {number, *others} <= boxes.keys():
                for other in relation.of:
                    cost = cost + self._of_two(number, relation, other, boxes[number], boxes[other])
        return cost + 0.25 * self._balance(boxes)

    def _balance(self, boxes: Mapping[int, Boxes]) -> Boxes:
        """How far the middle of all that stands for itself is from the middle of the picture, sideways."""
        if self.request.empty or len(boxes) == 1:
            return np.zeros(1)
        free = [group for number, group in boxes.items() if number not in self.host]
        if len(free) < len(self.request.things) - len(self.host):
            return np.zeros(1)
        left, right = reduce(np.minimum, [g[0].min(0) for g in free]), reduce(np.maximum, [g[2].max(0) for g in free])
        return abs((left + right) / 2 - self.centre)

    def _of_one(self, number: int, boxes: Boxes) -> Boxes:
        canvas, thing, sense = self.canvas, self.request.things[number], self.senses[number]
        around = hull_of(boxes)[:, 0]
        cost = np.zeros(1)
        if thing.size != "full" and not thing.arrangement.endswith("edge"):  # a margin
            low, high = self.margins
            cost = cost + 0.5 * (np.maximum(low - around[:2], 0) + np.maximum(around[2:] - high, 0)).sum(0)
        if number in self.host:
            return cost
        side = boxes[3] - boxes[1]
        loose = not (thing.place or thing.arrangement)
        if thing.across is None and loose:
            cost = cost + 0.06 * abs((around[0] + around[2]) / 2 - self.across[number])
        if thing.arrangement and not thing.place and thing.across is None:
            cost = cost + 0.05 * abs((around[0] + around[2]) / 2 - (canvas.x0 + canvas.x1) / 2)
        if sense.home == "sky" and self.request.background in _SKY and thing.down is None and loose:
            end = canvas.y0 + _SKY[self.request.background] * canvas.height
            cost = cost + 2.0 * np.maximum(boxes[3] - end, 0).sum(0)
        if self.open_height[number]:
            what, low, high, weight = self.down[number]
            high_up = (boxes[1] + side * sense.bottom / 100).max(0) if what == "feet" else (around[1] + around[3]) / 2
            if thing.arrangement and what == "feet":
                weight = weight / 2
            cost = cost + weight * np.maximum(np.maximum(low - high_up, high_up - high), 0)
            cost = cost + 0.5 * self._in_the_air(number, boxes)
        return cost

    def in_the_air(self, boxes: Mapping[int, Boxes]) -> float:
        """How high things are above the ground that they would stand on, in cells."""
        grounded = (number for number in boxes if self.open_height[number] and number not in self.host)
        return sum(float(self._in_the_air(number, boxes[number])[0]) for number in grounded)

    def _in_the_air(self, number: int, boxes: Boxes) -> Boxes:
        """How high one is: [places]."""
        if not self.scenery or self.down[number][0] != "feet":
            return np.zeros(1)
        feet = _down(boxes, self.senses[number].bottom)
        return np.maximum(self._horizon(self.senses[number]) - feet, 0).sum(0)

    def _of_two(self, number: int, relation: Relation, other: int, a: Boxes, b: Boxes) -> Boxes:
        """What is usual between things that relate so."""
        word, mine, its = relation.word, self.senses[number], self.senses[other]
        if word == "wearing":
            return self._worn(number, mine, its, a, b)
        if word == "holding":
            return self._held(number, other, a, b)
        one, two = a[:, :, None], b[:, None]  # [4, members, others, places]
        feet, ground = _down(one, mine.bottom), _down(two, its.bottom)
        aside = abs(one[0] + one[2] - two[0] - two[2]) / 2
        if word in _LEVEL and "sky" not in (mine.home, its.home):
            return 0.35 * abs(feet - ground).min((0, 1))
        if word in _LEVEL:  # what flies beside what does not
            around, beside = hull_of(a), hull_of(b)
            return 0.35 * abs(around[1] + around[3] - beside[1] - beside[3])[0] / 2
        if word == "in" and is_container(self.request.things[other].subject):
            rim = _down(two, its.seat)
            around, holder = hull_of(a), hull_of(b)
            deep = abs(feet.max((0, 1)) - rim.max((0, 1)) - 0.18 * (a[3] - a[1]).mean(0))
            return 0.5 * deep + 0.3 * abs(around[0] + around[2] - holder[0] - holder[2])[0] / 2
        if word == "in":
            high = abs(feet - _down(two, its.seat + 4) if its.holds else (one[1] + one[3]) / 2 - _down(two, 62))
            return (0.3 * high + 0.1 * aside).min(1).sum(0)
        if word in ("on", "riding"):
            return self._seated(number, mine, its, a, b)
        if word == "under" and self.request.things[other].subject in OVERHEAD and a.shape[1] == 1:
            return self._held(number, other, a, b)
        if word == "under":
            levels = its.home != "sky" and number not in self.guests  # what carries others stands nearer
            level = 0.3 * abs(feet - ground - 0.5) if levels else 0.0 * aside
            return (level + 0.12 * aside).min(1).sum(0)
        if word in ("in front of", "behind"):
            nearer, farther = (feet, ground) if word == "in front of" else (ground, feet)
            apart = 0.25 * abs(nearer - farther - 2).min((0, 1))
            if a.shape[1] == 1:
                return apart
            around, beside = hull_of(a), hull_of(b)  # several are seen on both sides
            return apart + 0.2 * abs(around[0] + around[2] - beside[0] - beside[2])[0]
        if word in ("above", "below", "jumping over"):
            around, beside = hull_of(a), hull_of(b)
            return 0.4 * abs(around[0] + around[2] - beside[0] - beside[2])[0] / 2
        if word == "around":
            around, center = hull_of(a), hull_of(b)
            return 0.3 * (abs(around[0] + around[2] - center[0] - center[2])
                          + abs(around[1] + around[3] - center[1] - center[3]))[0]  # fmt: skip
        return np.zeros(1)

    def _seated(self, number: int, mine: Sense, its: Sense, a: Boxes, b: Boxes) -> Boxes:
        """What is on something stands on its seat, each guest where it has room there."""
        one, two = a[:, :, None], b[:, None]
        side = b[2] - b[0]
        high = abs(_down(one, mine.bottom) - _down(two, its.seat) - 0.5)
        place = b[0] + self.slots.get(number, 0.5) * side
        if b.shape[1] == 1:  # all share the seat
            around = hull_of(a)
            aside = 0.3 * abs((around[0] + around[2]) / 2 - place)[0]
            return 0.8 * high.min(1).mean(0) * min(a.shape[1], 3) + aside
        aside = abs((one[0] + one[2]) / 2 - place[None])
        return (0.8 * high + 0.2 * aside).min(1).mean(0) * min(a.shape[1], 3)

    def _worn(self, number: int, wearer: Sense, worn: Sense, a: Boxes, b: Boxes) -> Boxes:
        """What is worn on the head is where that is, at one end of what is seen from the side; the rest in the
        middle."""
        one, two = a[:, :, None], b[:, None]
        head = wearer.head / 100 * (one[3] - one[1])
        eyes = _down(one, wearer.eyes)
        middle = (two[1] + two[3]) / 2
        share = wearer.head_from_front if worn.worn in ON_HEAD else 0.5
        share = 1 - share if self.heading.get(number) == "right" else share
        aside = abs(one[0] + share * (one[2] - one[0]) - (two[0] + two[2]) / 2)
        neck = wearer.eyes + 0.42 * wearer.head
        body = neck + 0.3 * (wearer.bottom - neck)
        down = {
            "head": _down(two, worn.bottom) - (eyes - 0.3 * head),
            "face": _down(two, (worn.top + worn.bottom) / 2) - eyes,
            "neck": _down(two, worn.top) - _down(one, neck),
            "feet": _down(two, worn.bottom) - _down(one, 98),
            "back": middle - _down(one, 62),
            "hand": middle - _down(one, 60),
        }.get(worn.worn, middle - _down(one, body))
        if worn.worn in ("back", "hand"):
            aside = abs(aside - (0.2 if wearer.head < 40 else 0.4) * (one[2] - one[0]))
        return (0.6 * abs(down) + 0.6 * aside).min(1).sum(0)

    def _held(self, number: int, other: int, a: Boxes, b: Boxes) -> Boxes:
        """What is held is at the side of the body, its lower end about where hands are, of what flies a little higher;
        what protects is over the head, its handle beside the face."""
        held, side = hull_of(b), a[2] - a[0]
        aside = abs(a[0] + a[2] - held[0] - held[2]) / 2
        if self.request.things[other].subject in OVERHEAD:
            return (0.5 * abs(aside - 0.34 * side) + 0.6 * abs(held[3] - _down(a, 60))).sum(0)
        wide, flies = self.senses[number].wide / 100, self.senses[other].home == "sky"
        edge = (1 - wide) / 2 * side
        body = np.stack([a[0] + edge, a[1], a[2] - edge, a[3]])
        hidden = np.maximum(covering(body[:, :, None], b[:, None]) - 0.2, 0)
        beside = wide / 2 * side + 0.25 * (held[2] - held[0])
        high = abs(held[3] - _down(a, 45 if flies else 78))
        return (0.5 * abs(aside - beside) + 0.6 * high + side * hidden.sum(1)).sum(0)


def _down(boxes: Boxes, percent: float) -> Boxes:
    """So many percent down the side of each."""
    return boxes[1] + (boxes[3] - boxes[1]) * percent / 100
