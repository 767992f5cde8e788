"""Placing: from a request to a plan, as people with layout sense would do it; the same every time for one seed.

Sides come first, then each thing goes to the best of all places beside what stands already, in turns until nothing gets
better; several starts, the best wins. What the prompt says weighs ten times what sense says: a cell off costs more than
any habit. What no start can hold is refused in a sentence.
Knows requests, geometry and sense. Knows nothing about prompts, pixels or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

import numpy as np

from tiledraw.language.attributes import SCENERY
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.laying import geometry
from tiledraw.language.laying.clusters import Form, forms_of, halves, rings, scattered
from tiledraw.language.laying.gathering import gathered, scattered_owners
from tiledraw.language.laying.geometry import Boxes, hull_of
from tiledraw.language.laying.habits import Habits, said_axes
from tiledraw.language.laying.judging import seen_box, unmet
from tiledraw.language.laying.looks import said_look, with_looks
from tiledraw.language.laying.orders import check_possible, depth_order, hosts, may_touch, seats_too
from tiledraw.language.laying.sense import how_worn
from tiledraw.language.laying.sizing import Sizing
from tiledraw.language.plan import GRID, Placement, Plan
from tiledraw.language.request import Relation, Request, Thing

__all__ = ["lay_out", "unmet"]

SHRINK = (1.0, 0.97, 0.94, 0.87, 0.79, 0.7, 0.62, 0.54, 0.46)  # how large things are, start by start
FIRST = 3  # starts of which the best is taken; more only where something does not hold
SHIFT, SHIFTS = 3, 5  # cells that all may lie to the side, and how many ways are tried
HOPELESS = 40.0  # cells: so much is no bad luck, but a contradiction
MOST_TRIED = 1500  # maps of places, before a search ends
IN_THE_AIR = 1.0  # cells above their ground that are as good as none
SWEEPS = 4
SAID = 10.0  # how much a cell weighs that the request speaks of; of sense 1 or less
_ENOUGH = 1e-6
_RESIZED = (0.85, 1.2, 0.7)  # tried where something does not hold


def lay_out(request: Request, canvas: Box | None = None, seed: int = 0) -> Plan:
    """A plan that shows what the request asks for. A pure function of its arguments.

    Args:
        request: What a prompt asks for.
        canvas: The part of the grid of 32x32 cells that is visible; None: all of it.
        seed: Another one gives another layout, as far as the request leaves it open.

    Raises:
        PlanError: the request contradicts itself, or no layout was found in which all holds.
    """
    canvas = canvas or Box(0, 0, GRID, GRID)
    check_possible(request)
    if not request.things:
        return Plan((), request.background or "white", GRID, canvas)
    whole, members = gathered(request)
    together = seats_too(whole)
    best: _Start | None = None
    no_room, tried = "", 0
    for number, shrink in enumerate(SHRINK):
        if best and number >= FIRST and (best.is_good() or best.said() > HOPELESS or tried > MOST_TRIED):
            break
        start = _Start(together, canvas, np.random.default_rng([seed % 2**63, number]), shrink)
        try:
            start.run()
        except PlanError as error:
            no_room = str(error)
            continue
        tried += start.tried
        if best is None or start.cost() < best.cost():
            best = start
    if best is None:
        raise PlanError(no_room)
    rng = np.random.default_rng([seed % 2**63, len(SHRINK)])
    plan, owners = best.plan(), best.owners()
    if whole != request:
        owners = scattered_owners(owners, members, rng)
        looks = [said_look(request.things[owner]) for owner in owners]
        same = [Placement(one.subject, one.box, **look) for one, look in zip(plan.placements, looks, strict=True)]
        plan = replace(plan, placements=tuple(same))
    if complaints := unmet(request, plan):
        raise PlanError(f"no layout was found in which all of the request holds: {complaints[0].sentence}")
    return with_looks(request, _shifted(request, plan, canvas, rng), owners, rng)


def _shifted(request: Request, plan: Plan, canvas: Box, rng: np.random.Generator) -> Plan:
    """The plan in the middle, or a little beside it, where the request leaves that open: searches of several seeds may
    end alike."""
    steps = 1 if request.background in SCENERY else SHIFT  # what stands on a ground stays there
    x0, y0 = (min(getattr(one.box, name) for one in plan.placements) for name in ("x0", "y0"))
    x1, y1 = (max(getattr(one.box, name) for one in plan.placements) for name in ("x1", "y1"))
    across = down = 0.0  # to the middle
    if not request.empty and not any(_is_placed(thing) for thing in request.things):
        across = (canvas.x0 + canvas.x1 - x0 - x1) / 2
        down = 0.0 if request.background in SCENERY else (canvas.y0 + canvas.y1 - y0 - y1) / 2
    columns = range(max(ceil(across - SHIFT), canvas.x0 + 1 - x0), min(floor(across + SHIFT), canvas.x1 - 1 - x1) + 1)
    rows = range(max(ceil(down - steps), canvas.y0 + 1 - y0), min(floor(down + steps), canvas.y1 - 1 - y1) + 1)
    ways = [(dx, dy) for dx in columns or (0,) for dy in rows or (0,)]
    for number in rng.permutation(len(ways))[:SHIFTS]:
        dx, dy = ways[number]
        boxes = (Box(one.box.x0 + dx, one.box.y0 + dy, one.box.x1 + dx, one.box.y1 + dy) for one in plan.placements)
        moved = tuple(replace(one, box=box) for one, box in zip(plan.placements, boxes, strict=True))
        shifted = replace(plan, placements=moved)
        if not unmet(request, shifted):
            return shifted
    return plan


def _is_placed(thing: Thing) -> bool:
    """Whether the request says where in the picture it is."""
    edges = thing.arrangement == "corners" or thing.arrangement.endswith("edge")
    return bool(thing.place or edges or thing.size == "full") or len(thing.open_axes) < 2


@dataclass
class _Start:
    """One try: sides, then places.

    Attributes:
        request: What is asked for.
        canvas: In cells.
        rng: What is open.
        shrink: How large things are, of what sense says.
    """

    request: Request
    canvas: Box
    rng: np.random.Generator
    shrink: float
    boxes: dict[int, Boxes] = field(default_factory=dict)  # [4, members, 1], of what stands already

    def __post_init__(self) -> None:
        self.sizing = Sizing(self.request, self.canvas, self.rng, self.shrink)
        self.sides = self.sizing.sides
        self.habits = Habits(self.request, self.canvas, self.rng, self.sides)
        self.numbers = range(len(self.request.things))
        self.relations = [(n, relation) for n in self.numbers for relation in self.request.things[n].relations]
        self.on = [(host, number) for number, host in hosts(self.request).items()]
        pairs = {(number, other) for number, relation in self.relations for other in relation.of}
        self.related = sorted(pairs | {(other, number) for number, other in pairs})
        self.worn = {(n, relation.of[0]) for n, relation in self.relations if relation.word == "wearing"}
        self.tried = 0
        self.tastes = self.rng.uniform(0, 1.0, 12)
        self.liking: dict[int, float] = {}  # what the forms cost in which things stand
        self.touching = may_touch(self.request)

    def run(self) -> None:
        """Places everything, then moves what can be better."""
        for number in self._order():
            self._put([number], self._forms(number, self.sides[number]))
        for _ in range(SWEEPS):
            before = self.cost()
            for number in self._order():
                self._improve(number)
            if self.cost() > before - 0.3:
                return

    def _order(self) -> list[int]:
        """Which is placed first: what others relate to, then what is larger."""
        depth = dict.fromkeys(self.numbers, 0)
        for _ in self.numbers:
            for number, relation in self.relations:
                for other in relation.of:
                    if depth[number] <= depth[other] < len(depth):
                        depth[number] = depth[other] + 1
        return sorted(self.numbers, key=lambda n: (depth[n], -self.sides[n], n))

    def _improve(self, number: int) -> None:
        """Moves a thing, alone and with what is on it; where something does not hold or hangs in the air, with all it
        relates to, and in other sizes."""
        self._put([number], self._forms(number, self.sides[number]))
        if len(crowd := self._crowd(number, self.on)) > 1:
            self._put(crowd)
        if self.habits.in_the_air({number: self.boxes[number]}) > IN_THE_AIR:
            self._put(self._crowd(number, self.related))
        if self.said([number]) > _ENOUGH:
            if 1 < len(crowd := self._crowd(number, self.related)) < len(self.request.things):
                self._put(crowd)
            for factor in _RESIZED:
                side = max(self.sizing.leasts[number], round(self.sides[number] * factor))
                if self.said([number]) > _ENOUGH and side != self.sides[number]:
                    self._put([number], self._forms(number, side))

    def _crowd(self, number: int, edges: Sequence[tuple[int, int]]) -> list[int]:
        """A thing and what moves along: the second of each edge with the first."""
        crowd = [number]
        for one in crowd:
            crowd += [other for first, other in edges if first == one and other not in crowd]
        return crowd

    # Forms and places ------------------------------------------------------------------------------------------------

    def _forms(self, number: int, side: int) -> list[Form]:
        """The forms that a thing may have beside what stands already."""
        thing, forms = self.request.things[number], []
        for relation in thing.relations:
            if thing.arrangement or relation.of[0] not in self.boxes:
                continue
            x0, y0, x1, y1 = hull_of(self.boxes[relation.of[0]])[:, 0, 0]
            if relation.word == "around":
                forms += rings(thing.count, side, x1 - x0, y1 - y0)
            if relation.word == "on either side of":
                forms += halves(thing.count, side, x1 - x0 + 2)
        for other, relation in self.relations:
            if relation.word == "between" and relation.of == (number,) and thing.count > 1 and not thing.arrangement:
                inside = hull_of(self.boxes[other]) if other in self.boxes else None
                width = float((inside[2] - inside[0])[0, 0]) if inside is not None else 1.2 * self.sides[other]
                forms += halves(thing.count, side, max(width + 1, 0.8 * width + side / 2))
        if not forms:
            pitches = self.sizing.pitches(number)
            if self.habits.scatters(number):
                forms = scattered(thing.count, side, self.canvas, self.rng)
            for pitch in () if forms else pitches:
                forms += forms_of(thing.count, side, thing.arrangement, self.canvas, self.rng, pitch)
        forms = [form for form in forms if form[2].max() <= self.canvas.width and form[3].max() <= self.canvas.height]
        while not forms and side > 2:
            side -= 1
            forms = forms_of(thing.count, side, thing.arrangement, self.canvas, self.rng, 1.0)
        if not forms:
            raise PlanError(f"{thing.count} {thing.subject} have no room in the picture")
        return forms

    def _put(self, numbers: list[int], forms: Sequence[Form] = ()) -> None:
        """Moves things together to the best place, one of them in any of its forms; they stay if none is better."""
        if forms:
            groups = [[form] for form in forms]
        else:
            whole = hull_of(*(self.boxes[n] for n in numbers))
            groups = [[self.boxes[n][:, :, 0] - whole[[0, 1, 0, 1], 0] for n in numbers]]
        placed = all(n in self.boxes for n in numbers)
        best = self._cost(numbers, {})[0] - 1e-9 if placed else np.inf
        if placed:
            best += self.liking.get(numbers[0], 0.0)
        chosen: list[Boxes] | None = None
        for number, group in enumerate(groups):
            liked = self._liked(numbers[0], group[0], number) if forms else self.liking.get(numbers[0], 0.0)
            width, height = (int(np.ceil(max(part[axis].max() for part in group))) for axis in (2, 3))
            x = np.arange(self.canvas.x0, self.canvas.x1 - width + 1)
            y = np.arange(self.canvas.y0, self.canvas.y1 - height + 1)
            coarse = _every_other(x, self.rng), _every_other(y, self.rng)
            for tries in range(2):
                moved, costs = self._at(numbers, group, *coarse)
                costs = costs + liked
                place = int(costs.argmin())
                if costs[place] < best:
                    best, chosen = costs[place], [part[:, :, place : place + 1] for part in moved]
                    self.liking[numbers[0]] = liked
                elif tries == 0 and costs[place] > best + 3 * SAID:
                    break
                column, row = coarse[0][place % len(coarse[0])], coarse[1][place // len(coarse[0])]
                coarse = x[abs(x - column) <= 1], y[abs(y - row) <= 1]
        if chosen is not None:
            for number, boxes in zip(numbers, chosen, strict=True):
                self.boxes[number] = boxes
                self.sides[number] = int(boxes[2, 0, 0] - boxes[0, 0, 0])

    def _liked(self, thing: int, form: Form, number: int) -> float:
        """What a form costs by itself: members that overlap, few in several rows or many in a tall one, and what the
        seed likes."""
        members = form.shape[1]
        if members == 1:
            return 0.0
        boxes = form[:, :, None]
        shared = geometry.covering(boxes[:, :, None], boxes[:, None])[..., 0] - np.eye(members)
        close = float(np.maximum(shared - 0.15, 0).sum() + SAID * np.maximum(shared - 0.3, 0).sum())
        upright = 0.0
        if not self.request.things[thing].arrangement:
            rows = len(np.unique(form[1].round()))
            tall = form[3].max() > 1.2 * form[2].max()
            stands = self.habits.stands(thing) or self.habits.senses[thing].home == "ground"
            upright = (4.0 if stands else 1.5) * (members <= 3 and rows > 1) + 1.5 * tall
        return float(0.6 * close + upright + self.tastes[min(number, len(self.tastes) - 1)])

    def _at(self, numbers: Sequence[int], group: Sequence[Form], x: Boxes, y: Boxes) -> tuple[list[Boxes], Boxes]:
        """Things at every column and row, and what that costs: boxes [4, members, places], costs [places]."""
        moves = np.empty((4, 1, len(y), len(x)))
        moves[0::2], moves[1::2] = x, y[:, None]
        places = moves.reshape(4, 1, -1)
        moved = [part[:, :, None] + places for part in group]
        self.tried += 1
        return moved, self._cost(numbers, dict(zip(numbers, moved, strict=True)))

    # What a place costs ----------------------------------------------------------------------------------------------

    def cost(self) -> float:
        """Of all, as it stands, and of the forms in which it does."""
        return float(self._cost(list(self.numbers), {})[0]) + sum(self.liking.values())

    def is_good(self) -> bool:
        """Whether nothing is amiss, and all stand on their ground."""
        holds = self.said() < _ENOUGH and not unmet(self.request, self.plan())
        return holds and self.habits.in_the_air(self.boxes) < IN_THE_AIR

    def said(self, numbers: Sequence[int] | None = None) -> float:
        """How far the things are from what the request says, in cells."""
        return float(self._said(self.numbers if numbers is None else numbers, self.boxes)[0])

    def _cost(self, numbers: Sequence[int], moved: dict[int, Boxes]) -> Boxes:
        boxes = self.boxes | moved
        return SAID * self._said(numbers, boxes) + self._crowding(numbers, boxes) + self.habits.cost(numbers, boxes)

    def _said(self, numbers: Sequence[int], boxes: dict[int, Boxes]) -> Boxes:
        """How far things, if they stood in these boxes, would be from what the request says of them: [places]."""
        off = np.zeros(1)
        for number in numbers:
            thing, mine = self.request.things[number], boxes[number]
            off = off + geometry.percent_off(thing.across, thing.down, mine, self.canvas)
            if thing.place:
                off = off + geometry.place_off(thing.place, mine, self.canvas, said_axes(self.request, number))
            if thing.size:
                off = off + geometry.size_off(thing.size, mine, self.canvas)
            if thing.arrangement:
                absolute = thing.arrangement == "corners" or thing.arrangement.endswith("edge")
                part = mine if absolute else mine[:, :, :1]  # wherever a row is, it is one
                off = off + geometry.arrangement_off(thing.arrangement, part, self.canvas)
            for part in geometry.empty_parts(self.request.empty, self.canvas):
                off = off + geometry.empty_off(part, mine)
        for number, relation in self._among(numbers, boxes):
            others = [boxes[other] for other in relation.of]
            worn = how_worn(*(self.request.things[n].subject for n in (number, relation.of[0])))
            off = off + geometry.relation_off(relation.word, boxes[number], others, relation.times, *worn)
        return off

    def _among(self, numbers: Sequence[int], boxes: dict[int, Boxes]) -> Iterable[tuple[int, Relation]]:
        """The relations of some things, as far as all that they are about stands."""
        for number, relation in self.relations:
            if (number in numbers or set(relation.of) & set(numbers)) and {number, *relation.of} <= boxes.keys():
                yield number, relation

    def _crowding(self, numbers: Sequence[int], boxes: dict[int, Boxes]) -> Boxes:
        """What overlap costs: what has no reason to overlap stays apart, and nothing hides another thing."""
        cost = np.zeros(1)
        for number in numbers:
            others = [n for n in boxes if n != number and (n not in numbers or n > number)]
            if free := [n for n in others if (n, number) not in self.touching]:
                mine = boxes[number]
                if len(free) > 1 and all(boxes[n].shape[2] == 1 for n in free):
                    cost = cost + _apart(mine, np.concatenate([boxes[n] for n in free], axis=1))
                else:
                    cost = cost + sum(_apart(mine, boxes[n]) for n in free)
            for other in others:
                if (number, other) in self.touching:
                    cost = cost + self._hiding(number, other, boxes)
        return cost

    def _hiding(self, one: int, other: int, boxes: dict[int, Boxes]) -> Boxes:
        """What is hidden of the one that is farther away, where they may touch."""
        back, front = self.touching[one, other]
        if (back, front) in self.worn:  # hats may hide hair
            return np.zeros(1)
        if self.request.things[front].size == "full" or self.request.things[back].size == "full":
            return np.zeros(1)
        a, b = boxes[back][:, :, None], boxes[front][:, None]
        shown = seen_box(b, self.request.things[front].subject)
        covered = geometry.covering(a, shown)
        hidden = np.maximum(covered - 0.5, 0) * SAID + 0.5 * np.maximum(covered - 0.4, 0)
        same = np.maximum(covered * geometry.covering(shown, a) - 0.35, 0) * SAID
        side = boxes[back][2, 0, 0] - boxes[back][0, 0, 0]
        return ((hidden + same) * side).sum((0, 1))

    def owners(self) -> list[int]:
        """The number of the thing of each placement of the plan."""
        return [n for n in depth_order(self.request, self.boxes) for _ in range(self.request.things[n].count)]

    def plan(self) -> Plan:
        """The plan, farthest first."""
        placements = []
        for number in depth_order(self.request, self.boxes):
            thing, boxes = self.request.things[number], self.boxes[number][:, :, 0].T
            look = said_look(thing)
            for x0, y0, x1, y1 in sorted(boxes.tolist(), key=lambda box: (box[3], box[0])):
                placements.append(Placement(thing.subject, Box(int(x0), int(y0), int(x1), int(y1)), **look))
        return Plan(tuple(placements), self.request.background or "white", GRID, self.canvas)


def _every_other(line: Boxes, rng: np.random.Generator) -> Boxes:
    """Half of the columns or rows, where there are many."""
    return line[int(rng.integers(2)) :: 2] if len(line) > 6 else line


def _apart(a: Boxes, b: Boxes) -> Boxes:
    """What it costs that boxes come closer than a cell or overlap, the deeper the worse: [places]."""
    one, other = a[:, :, None], b[:, None]
    deep = np.minimum(geometry.overlap(one, other, 0), geometry.overlap(one, other, 1))
    narrow = np.minimum(one[2] - one[0], other[2] - other[0])
    return (np.maximum(deep + 1, 0) * 0.7 + np.maximum(deep - narrow / 4, 0) * SAID).sum((0, 1))
