"""Judging: what a request asks for and a plan does not show, one short sentence each.

The placements of the plan are given to the things of the request, in the best way where several have one subject. What
holds is what `geometry` says, but for a cell.
Knows requests, plans and the sense of subjects. Knows nothing about prompts, pixels or how plans are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, islice, product

import numpy as np

from tiledraw.language.laying import geometry
from tiledraw.language.laying.geometry import TOLERANCE, Boxes
from tiledraw.language.laying.habits import said_axes
from tiledraw.language.laying.sense import is_container, sense_of, slot_of
from tiledraw.language.plan import GRID, Placement, Plan
from tiledraw.language.request import Request, Thing

MOST_WAYS = 300  # to give placements to things of one subject
MOST_SHARED = 0.6  # of the area that two boxes cover together
MOST_HIDDEN = 0.8  # of a box, by one in front of it
_NUMBERED = list[int]  # numbers of placements


def unmet(request: Request, plan: Plan) -> list[str]:
    """What the plan does not show, in sentences without a full stop; empty if all holds."""
    boxes = geometry.boxes_of([placement.box for placement in plan.placements]) if plan.placements else None
    sentences = _of_whole(request, plan)
    if boxes is None or not request.things:
        return sentences
    judge = _Judge(request, plan, boxes * (GRID / plan.grid))
    return sentences + judge.of_boxes() + min(map(judge.of_way, judge.ways()), key=len)


def _of_whole(request: Request, plan: Plan) -> list[str]:
    """Subjects and their numbers, and the background."""
    wanted: Counter[str] = Counter()
    for thing in request.things:
        wanted[thing.subject] += thing.count
    shown = Counter(plan.subjects)
    sentences = [
        f"the plan has {shown[subject]} {subject}, not {count}"
        for subject, count in wanted.items()
        if shown[subject] != count
    ]
    sentences += [f"the plan has {shown[subject]} {subject} that nobody asked for" for subject in shown
                  if subject not in wanted]  # fmt: skip
    if request.background and plan.background != request.background:
        sentences.append(f"the background is {plan.background}, not {request.background}")
    return sentences


class _Judge:
    """One request, one plan, and its boxes [4, placements, 1] in cells of a grid of 32."""

    def __init__(self, request: Request, plan: Plan, boxes: Boxes):
        self.request, self.plan, self.boxes = request, plan, boxes
        visible, factor = plan.visible, GRID / plan.grid
        edges = (round(edge * factor) for edge in (visible.x0, visible.y0, visible.x1, visible.y1))
        self.canvas = type(visible)(*edges)

    def of_boxes(self) -> list[str]:
        """Whether each is inside the picture, to be seen, and the parts that stay empty are."""
        sentences = []
        canvas, placements = geometry.boxes_of([self.canvas]), self.plan.placements
        beyond = np.maximum(canvas[:2] - self.boxes[:2], self.boxes[2:] - canvas[2:]).max((0, 2))
        sentences += [f"a {placements[n].subject} is not inside the picture" for n in np.flatnonzero(beyond > 1)]
        for back, front in combinations(range(len(placements)), 2):
            one, other = self.boxes[:, back : back + 1], self.boxes[:, front : front + 1]
            a, b = (float(geometry.covering(*pair)[0, 0]) for pair in ((one, other), (other, one)))
            if a == b == 0:
                continue
            names = placements[back].subject, placements[front].subject
            if a * b / (a + b - a * b) > MOST_SHARED:
                sentences.append(f"a {names[0]} and a {names[1]} cover the same place")
            elif float(geometry.covering(one, seen_box(other, names[1]))[0, 0]) > MOST_HIDDEN:
                sentences.append(f"a {names[0]} is hidden by a {names[1]}")
        empty = self.request.empty
        for word, part in zip(empty, geometry.empty_parts(empty, self.canvas), strict=True):
            if geometry.empty_off(part, self.boxes)[0] > TOLERANCE:
                sentences.append(f"the {word} of the picture is not empty")
        return sentences

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

    def of_way(self, way: Sequence[_NUMBERED]) -> list[str]:
        """What does not hold of the things, if they are these placements."""
        sentences: list[str] = []
        for number, thing in enumerate(self.request.things):
            if way[number]:
                sentences += self._of_thing(number, thing, way)
        return sentences

    def _of_thing(self, number: int, thing: Thing, way: Sequence[_NUMBERED]) -> list[str]:
        mine, name = way[number], self.request.name(number)
        boxes = self.boxes[:, mine]
        forgiven = TOLERANCE * max(1.0, thing.count / 3)
        is_not = f"the {name} {'is' if thing.count == 1 else 'are'} not"
        wrong = dict.fromkeys(word for n in mine for word in _wrong_looks(thing, self.plan.placements[n]))
        sentences = [f"{is_not} {word}" for word in wrong]
        if geometry.percent_off(thing.across, thing.down, boxes, self.canvas)[0] > 2 * TOLERANCE:
            sentences.append(f"{is_not} where the percents say")
        axes = said_axes(self.request, number)
        if thing.place and geometry.place_off(thing.place, boxes, self.canvas, axes)[0] > forgiven:
            sentences.append(f"{is_not} at the {thing.place}")
        if thing.size and geometry.size_off(thing.size, boxes, self.canvas)[0] > forgiven:
            sentences.append(f"{is_not} {thing.size}")
        if thing.arrangement and geometry.arrangement_off(thing.arrangement, boxes, self.canvas)[0] > forgiven:
            sentences.append(f"{is_not} arranged as {thing.arrangement}")
        for relation in thing.relations:
            others = [self.boxes[:, way[other]] for other in relation.of]
            names = " and the ".join(self.request.name(other) for other in relation.of)
            if any(other.shape[1] == 0 for other in others):
                continue  # said already
            slot = slot_of(self.request.things[relation.of[0]].subject)
            off = geometry.relation_off(relation.word, boxes, others, relation.times, slot)
            smallest = min(float((group[2:] - group[:2]).min()) for group in (boxes, *others))
            if off[0] > forgiven * min(1.0, 0.15 * smallest) or not self._in_order(
                relation.word, mine, way[relation.of[0]]
            ):
                times = f"{relation.times} times " if relation.times else ""
                sentences.append(f"{is_not} {times}{relation.word} the {names}")
        return sentences

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
    """What boxes hide of what is behind them: of a container only what is below its rim."""
    if not is_container(subject):
        return boxes
    cut = boxes.copy()
    cut[1] += (boxes[3] - boxes[1]) * sense_of(subject).seat / 100
    return cut


def _wrong_looks(thing: Thing, placement: Placement) -> list[str]:
    """The words of a thing's look that a placement does not have."""
    return [word for name, word in thing.look.items() if getattr(placement, name) != word]
