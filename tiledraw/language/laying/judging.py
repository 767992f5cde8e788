"""Judging: what a request asks for and a plan does not show, one short sentence each, with the part that it is about.

The placements of the plan are given to the things of the request, in the best way where several have one subject. What
holds is what `geometry` says, but for a cell.
Knows requests, plans and the sense of subjects. Knows nothing about prompts, pixels or how plans are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, product
from typing import NamedTuple

import numpy as np

from tiledraw.language.laying import geometry
from tiledraw.language.laying.gathering import parts_of
from tiledraw.language.laying.geometry import TOLERANCE, Boxes
from tiledraw.language.laying.habits import said_axes
from tiledraw.language.laying.looks import facing
from tiledraw.language.laying.sense import how_worn, is_container, sense_of
from tiledraw.language.plan import GRID, Placement, Plan
from tiledraw.language.request import Request, Thing

MOST_WAYS = 300  # to give placements to things of one subject
MOST_SHARED = 0.6  # of the area that two boxes cover together
MOST_HIDDEN = 0.8  # of a box, by one in front of it
# What a request is about: what is there and what is not, how it looks, where it is, and whether it can be seen.
PARTS = ("subjects", "counts", "absent", "colours", "looks", "sizes", "places", "relations", "arrangements", "empty",
         "background", "visible")  # fmt: skip
_NUMBERED = list[int]  # numbers of placements


class Complaint(NamedTuple):
    """What a plan does not show: a word of `PARTS`, and a sentence without a full stop."""

    part: str
    sentence: str


def unmet(request: Request, plan: Plan, at_least: Sequence[int] = ()) -> list[Complaint]:
    """What the plan does not show; empty if all holds. Nothing is said of where a thing should be that is missing.

    Args:
        request: What is asked for; what it calls unknown is not judged.
        plan: What is there.
        at_least: Numbers of things of which there may be more.
    """
    if at_least:
        request = _with_as_many(request, plan, at_least)
    boxes = geometry.boxes_of([placement.box for placement in plan.placements]) if plan.placements else None
    complaints = _of_whole(request, plan)
    if boxes is None or not request.things:
        return complaints
    judge = _Judge(request, plan, boxes * (GRID / plan.grid))
    return complaints + judge.of_boxes() + min(map(judge.of_way, judge.ways()), key=len)


def _with_as_many(request: Request, plan: Plan, at_least: Sequence[int]) -> Request:
    """A request for as many as the plan has, of things of which there may be more."""
    planned, things = Counter(plan.subjects), list(request.things)
    for number in at_least:
        thing = things[number]
        more = planned[thing.subject] - sum(other.count for other in things if other.subject == thing.subject)
        things[number] = replace(thing, count=thing.count + max(0, more))
    return replace(request, things=tuple(things))


def _of_whole(request: Request, plan: Plan) -> list[Complaint]:
    """Subjects and their numbers, and the background."""
    wanted: Counter[str] = Counter()
    for thing in request.things:
        wanted[thing.subject] += thing.count
    shown = Counter(plan.subjects)
    complaints = [
        Complaint("counts" if shown[subject] else "subjects", f"there are {shown[subject]} {subject}, not {count}")
        for subject, count in wanted.items()
        if shown[subject] != count
    ]
    complaints += [
        Complaint(
            "absent" if subject in request.absent else "subjects",
            f"there are {count} {subject} that nobody asked for",
        )
        for subject, count in shown.items()
        if subject not in wanted
    ]
    if request.background and plan.background != request.background:
        complaints.append(Complaint("background", f"the background is {plan.background}, not {request.background}"))
    return complaints


class _Judge:
    """One request, one plan, and its boxes [4, placements, 1] in cells of a grid of 32."""

    def __init__(self, request: Request, plan: Plan, boxes: Boxes):
        self.request, self.plan, self.boxes = request, plan, boxes
        visible, factor = plan.visible, GRID / plan.grid
        edges = (round(edge * factor) for edge in (visible.x0, visible.y0, visible.x1, visible.y1))
        self.canvas = type(visible)(*edges)

    def of_boxes(self) -> list[Complaint]:
        """Whether each is inside the picture, to be seen, and the parts that stay empty are."""
        canvas, placements = geometry.boxes_of([self.canvas]), self.plan.placements
        beyond = np.maximum(canvas[:2] - self.boxes[:2], self.boxes[2:] - canvas[2:]).max((0, 2))
        hidden = [f"a {placements[n].subject} is not inside the picture" for n in np.flatnonzero(beyond > 1)]
        for back, front in combinations(range(len(placements)), 2):
            one, other = self.boxes[:, back : back + 1], self.boxes[:, front : front + 1]
            a, b = (float(geometry.covering(*pair)[0, 0]) for pair in ((one, other), (other, one)))
            if a == b == 0:
                continue
            names = placements[back].subject, placements[front].subject
            if a * b / (a + b - a * b) > MOST_SHARED:
                hidden.append(f"a {names[0]} and a {names[1]} cover the same place")
            elif float(geometry.covering(one, seen_box(other, names[1]))[0, 0]) > MOST_HIDDEN:
                hidden.append(f"a {names[0]} is hidden by a {names[1]}")
        empty = self.request.empty
        full = [
            f"the {word} of the picture is not empty"
            for word, part in zip(empty, geometry.empty_parts(empty, self.canvas), strict=True)
            if geometry.empty_off(part, self.boxes)[0] > TOLERANCE
        ]
        return [Complaint("visible", sentence) for sentence in hidden] + [Complaint("empty", it) for it in full]

    def ways(self) -> Iterator[list[_NUMBERED]]:
        """Ways to give placements to things, at least one: the numbers of the placements of each thing."""
        things = self.request.things
        subjects = dict.fromkeys(thing.subject for thing in things)
        alternatives = []
        for subject in subjects:
            numbers = [n for n, thing in enumerate(things) if thing.subject == subject]
            free = [n for n, placement in enumerate(self.plan.placements) if placement.subject == subject]
            shares = list(islice(self._shares(numbers, free), MOST_WAYS))
            alternatives.append([dict(zip(numbers, share, strict=True)) for share in shares])
        for way in islice(product(*alternatives), MOST_WAYS):
            given = {number: share for part in way for number, share in part.items()}
            yield [given[number] for number in range(len(things))]

    def _shares(self, numbers: Sequence[int], free: _NUMBERED) -> Iterator[list[_NUMBERED]]:
        """Ways to share placements of one subject; what looks right first."""
        if len(numbers) == 1:
            yield [free]
            return
        thing = self.request.things[numbers[0]]
        ranked = sorted(free, key=lambda n: len(_wrong_looks(thing, self.plan.placements[n])))
        looking = [n for n in ranked if not _wrong_looks(thing, self.plan.placements[n])]
        pool = looking if len(looking) >= thing.count else ranked
        for chosen in combinations(pool, min(thing.count, len(pool))):
            for rest in self._shares(numbers[1:], [n for n in free if n not in chosen]):
                yield [list(chosen), *rest]

    def of_way(self, way: Sequence[_NUMBERED]) -> list[Complaint]:
        """What does not hold of the things, if they are these placements."""
        complaints: list[Complaint] = []
        for number, thing in enumerate(self.request.things):
            if way[number]:
                complaints += self._of_thing(number, thing, way)
        return complaints

    def _of_thing(self, number: int, thing: Thing, way: Sequence[_NUMBERED]) -> list[Complaint]:
        mine, name = way[number], self.request.name(number)
        boxes = self.boxes[:, mine]
        forgiven = TOLERANCE * max(1.0, thing.count / 3)
        wrong: list[tuple[str, str]] = []  # a part, and what does not hold
        for look in dict.fromkeys(look for n in mine for look in _wrong_looks(thing, self.plan.placements[n])):
            wrong.append(("colours" if look == "colour" else "looks", thing.look[look]))
        if thing.facing and any(facing(self.plan.placements[n]) not in ("", thing.facing) for n in mine):
            wrong.append(("looks", f"facing {thing.facing}"))
        if geometry.percent_off(thing.across, thing.down, boxes, self.canvas)[0] > 2 * TOLERANCE:
            wrong.append(("places", "where the percents say"))
        axes = said_axes(self.request, number)
        if thing.place and geometry.place_off(thing.place, boxes, self.canvas, axes)[0] > forgiven:
            wrong.append(("places", f"at the {thing.place}"))
        if thing.size and geometry.size_off(thing.size, boxes, self.canvas)[0] > forgiven:
            wrong.append(("sizes", thing.size))
        if thing.arrangement and self._arrangement_off(number, way) > forgiven:
            wrong.append(("arrangements", f"arranged as {thing.arrangement}"))
        for relation in thing.relations:
            others = [self.boxes[:, way[other]] for other in relation.of]
            names = " and the ".join(self.request.name(other) for other in relation.of)
            if any(other.shape[1] == 0 for other in others):
                continue  # said already
            worn = how_worn(thing.subject, self.request.things[relation.of[0]].subject)
            off = geometry.relation_off(relation.word, boxes, others, relation.times, *worn)
            smallest = min(float((group[2:] - group[:2]).min()) for group in (boxes, *others))
            if off[0] > forgiven * min(1.0, 0.15 * smallest) or not self._in_order(
                relation.word, mine, way[relation.of[0]]
            ):
                times = f"{relation.times} times " if relation.times else ""
                wrong.append(("relations", f"{times}{relation.word} the {names}"))
        is_not = f"the {name} {'is' if thing.count == 1 else 'are'} not"
        return [Complaint(part, f"{is_not} {what}") for part, what in wrong]

    def _arrangement_off(self, number: int, way: Sequence[_NUMBERED]) -> float:
        """How far things are from their arrangement, by themselves or with such as stand among them."""
        groups = [way[number]]
        if parts := parts_of(self.request, number):
            groups.append([n for one in (number, *parts) for n in way[one]])
        said = self.request.things[number].arrangement
        return min(float(geometry.arrangement_off(said, self.boxes[:, mine], self.canvas)[0]) for mine in groups)

    def _in_order(self, word: str, mine: _NUMBERED, others: _NUMBERED) -> bool:
        """Whether what is in front is drawn later, where they overlap."""
        if word not in ("in front of", "behind"):
            return True
        for one, two in product(mine, others):
            touching = geometry.covering(self.boxes[:, one], self.boxes[:, two])[0] > 0
            if touching and (one > two) != (word == "in front of"):
                return False
        return True


def seen_box(boxes: Boxes, subject: str) -> Boxes:
    """What boxes hide of what is behind them: as much as the thing in them is wide and high, of a container what is
    below its rim."""
    sense, side = sense_of(subject), boxes[3] - boxes[1]
    if is_container(subject):
        return np.stack([boxes[0], boxes[1] + side * sense.seat / 100, boxes[2], boxes[3]])
    edge, top, bottom = (share / 100 * side for share in ((100 - sense.wide) / 2, sense.top, sense.bottom))
    return np.stack([boxes[0] + edge, boxes[1] + top, boxes[2] - edge, boxes[1] + bottom])


def _wrong_looks(thing: Thing, placement: Placement) -> list[str]:
    """The names of what a thing's look says and a placement does not have."""
    return [name for name, word in thing.look.items() if getattr(placement, name) != word]
