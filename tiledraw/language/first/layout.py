"""Layout: what a prompt asks for (a request), and where it then goes (a plan).

`arrange` is the one rule that the training scenes and the rules planner share, so it is small enough to be learned:
the number of subjects gives the default size, words give places, what has no place stands in a row through the middle,
and only what would overlap becomes smaller or moves.

Knows words and boxes. Knows nothing about prompts, languages, pixels or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, isqrt

from tiledraw.language.boxes import Box, PlanError, hull
from tiledraw.language.first.plan import BACKGROUNDS, FULL, LOCATIONS, MAX_PLACEMENTS, SIZES, Placement, Plan

RELATIONS = ("left of", "right of", "above", "below")
INVERSE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
DEFAULT_BACKGROUND = "white"
_SIDE_OF = {"left of": "left", "right of": "right", "above": "top", "below": "bottom"}


@dataclass(frozen=True)
class Item:
    """A subject that a prompt mentions, with what the prompt says of it; `anchor` is the index of another item."""

    subject: str
    count: int = 1
    size: str | None = None
    location: str | None = None
    relation: str | None = None
    anchor: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_PLACEMENTS:
            raise PlanError(f"{self.count} of {self.subject!r} are asked for; a picture holds 1 to {MAX_PLACEMENTS}")
        for what, word, known in (
            ("size", self.size, tuple(SIZES)),
            ("location", self.location, LOCATIONS),
            ("relation", self.relation, RELATIONS),
        ):
            if word is not None and word not in known:
                raise PlanError(f"{what} {word!r} is unknown; known are {', '.join(known)}")
        if (self.relation is None) != (self.anchor is None):
            raise PlanError(f"{self.subject!r} needs both a relation and the item that it relates to, or neither")


@dataclass(frozen=True)
class Request:
    """The items of a prompt in the order of mention, and the background if the prompt names one."""

    items: tuple[Item, ...]
    background: str | None = None

    def __post_init__(self) -> None:
        if self.background is not None and self.background not in BACKGROUNDS:
            raise PlanError(f"background {self.background!r} is unknown; known are {', '.join(BACKGROUNDS)}")
        if self.total > MAX_PLACEMENTS:
            raise PlanError(f"{self.total} subjects are asked for; a picture holds at most {MAX_PLACEMENTS}")
        for index, item in enumerate(self.items):
            if item.anchor is not None and not 0 <= item.anchor < len(self.items):
                raise PlanError(f"{item.subject!r} relates to item {item.anchor}; there are {len(self.items)} items")
            if index in self.anchors(index):
                raise PlanError(f"the relations of {item.subject!r} run in a circle")

    @property
    def total(self) -> int:
        return sum(item.count for item in self.items)

    def anchors(self, index: int) -> list[int]:
        """The item that this one relates to, the item that one relates to, and so on."""
        chain: list[int] = []
        anchor = self.items[index].anchor
        while anchor is not None and anchor not in chain:
            chain.append(anchor)
            anchor = self.items[anchor].anchor
        return chain


def arrange(request: Request, canvas: Box = FULL) -> Plan:
    """Where everything goes. A pure function; placements stand in the order of the items."""
    boxes, clean = _unmoved(request, canvas)
    if not clean:
        boxes = _moved(request, boxes, canvas)
    placements = (Placement(request.items[index].subject, box) for index, box in boxes)
    return Plan(tuple(placements), request.background or DEFAULT_BACKGROUND, canvas)


def fits(request: Request, canvas: Box = FULL) -> bool:
    """Whether everything has room where the words put it, so that nothing overlaps and nothing has to move."""
    return _unmoved(request, canvas)[1]


def has_overlap(plan: Plan) -> bool:
    return _overlap(placement.box for placement in plan.placements)


def default_size(total: int) -> str:
    """The size word of what no size is given for, by the number of subjects in the picture."""
    return "large" if total <= 1 else "medium" if total == 2 else "small"


_Boxes = list[tuple[int, Box]]  # (index of the item, box), in the order of the items


def _overlap(boxes: Iterable[Box]) -> bool:
    return any(one.overlaps(other) for one, other in combinations(boxes, 2))


def _unmoved(request: Request, canvas: Box) -> tuple[_Boxes, bool]:
    """The boxes at the largest default size at which nothing overlaps (else at the smallest), and if there is one."""
    items = _outward(request.items)
    words = list(SIZES)
    for default in reversed(words[: words.index(default_size(request.total)) + 1]):
        boxes = _place(items, default, canvas)
        if not _overlap(box for _, box in boxes):
            return boxes, True
    return boxes, False


def _outward(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The same, with relations that run from an item without a place to one that has a place, not the other way."""
    turned = list(items)
    for index, item in enumerate(items):
        if item.location is None or item.relation is None or item.anchor is None:
            continue
        turned[index] = replace(item, relation=None, anchor=None)
        anchor = turned[item.anchor]
        if anchor.location is None and anchor.relation is None:
            turned[item.anchor] = replace(anchor, relation=INVERSE[item.relation], anchor=index)
    return tuple(turned)


def _place(items: tuple[Item, ...], default: str, canvas: Box) -> _Boxes:
    """The boxes where the words put them, without a look at overlaps."""
    sides = [min(SIZES[item.size or default], canvas.width, canvas.height) for item in items]
    dependents = {i: [n for n, item in enumerate(items) if item.anchor == i] for i in range(len(items))}
    blocks: dict[int, list[Box]] = {}
    row: list[int] = []
    for index, item in enumerate(items):
        if item.relation is None and not item.location and not dependents[index]:
            row.append(index)
        elif item.relation is None:
            word = item.location or _root_location(index, items, dependents)
            blocks[index] = _cluster(word, item.count, sides[index], canvas)
    pending = [index for index, item in enumerate(items) if item.relation is not None]
    while pending:  # relations run in no circle, so each round places at least one
        for index in [index for index in pending if items[index].anchor in blocks]:
            item = items[index]
            last = not any(items[other].relation == item.relation for other in dependents[index])
            room = _beside(item.relation, hull(blocks[item.anchor]), last, canvas)
            blocks[index] = _cluster(_SIDE_OF[item.relation], item.count, sides[index], canvas, room)
            pending.remove(index)
    members = [index for index in row for _ in range(items[index].count)]
    for index, box in zip(members, _rows([sides[index] for index in members], canvas), strict=True):
        blocks.setdefault(index, []).append(box)
    return [(index, box) for index in range(len(items)) for box in blocks[index]]


def _root_location(index: int, items: tuple[Item, ...], dependents: dict[int, list[int]]) -> str:
    """Where an item without a place stands that others relate to: opposite to them, to leave them room."""
    relations, pending = set(), [index]
    while pending:
        for other in dependents[pending.pop()]:
            relations.add(items[other].relation)
            pending.append(other)
    column = 1 + ("left of" in relations) - ("right of" in relations)
    row = 1 + ("above" in relations) - ("below" in relations)
    return LOCATIONS[3 * row + column]


@dataclass(frozen=True)
class _Room:
    """Where a cluster goes that stands beside another: column and row 0, 1, 2 are start, middle and end of the box."""

    box: Box
    column: int
    row: int


def _beside(relation: str, anchor: Box, last: bool, canvas: Box) -> _Room:
    """The free strip on one side of the anchor; the last of a chain stands at its far end, others in its middle."""
    far_start, far_end = (0, 2) if last else (1, 1)
    if relation == "left of":
        return _Room(Box(canvas.x0, anchor.y0, anchor.x0, anchor.y1), far_start, 1)
    if relation == "right of":
        return _Room(Box(anchor.x1, anchor.y0, canvas.x1, anchor.y1), far_end, 1)
    if relation == "above":
        return _Room(Box(anchor.x0, canvas.y0, anchor.x1, anchor.y0), 1, far_start)
    return _Room(Box(anchor.x0, anchor.y1, anchor.x1, canvas.y1), 1, far_end)


def _cluster(location: str, count: int, side: int, canvas: Box, room: _Room | None = None) -> list[Box]:
    """`count` boxes close together at a location (or in a room), reading order: a pair or three in line with the
    edge they stand at, three in a corner as two and one, four as two and two."""
    row, column = divmod(LOCATIONS.index(location), 3)
    if count <= 3 and column == 1:
        columns = count
    elif count <= 3 and row == 1:
        columns = 1
    else:
        columns = isqrt(count - 1) + 1
    rows = ceil(count / columns)
    step_x = _step(columns, side, canvas.width)
    step_y = _step(rows, side, canvas.height)
    width, height = side + step_x * (columns - 1), side + step_y * (rows - 1)
    room = room or _Room(canvas, column, row)
    x0 = room.box.x0 + (room.box.width - width) * room.column // 2
    y0 = room.box.y0 + (room.box.height - height) * room.row // 2
    x0 = max(canvas.x0, min(x0, canvas.x1 - width))
    y0 = max(canvas.y0, min(y0, canvas.y1 - height))
    boxes = []
    for index in range(count):
        in_row = min(columns, count - index // columns * columns)
        x = x0 + (columns - in_row) * step_x // 2 + index % columns * step_x
        y = y0 + index // columns * step_y
        boxes.append(Box(x, y, x + side, y + side))
    return boxes


def _step(count: int, side: int, length: int) -> int:
    """From one box to the next: the side where there is room, less where there is not."""
    return side if count == 1 or count * side <= length else (length - side) // (count - 1)


def _rows(sides: list[int], canvas: Box) -> list[Box]:
    """Boxes from left to right through the middle: one alone in the center, more from edge to edge; if one row cannot
    hold them, as few rows as can."""
    if not sides:
        return []
    rows = min(len(sides), ceil(sum(sides) / canvas.width), max(1, canvas.height // max(sides)))
    columns = ceil(len(sides) / rows)
    lines = [sides[start : start + columns] for start in range(0, len(sides), columns)]
    height = max(sides)
    top = canvas.y0 + (canvas.height - height * len(lines)) // 2
    boxes = []
    for number, line in enumerate(lines):
        free = canvas.width - sum(line)
        for index, side in enumerate(line):
            gap = free // 2 if len(line) == 1 else free * index // (len(line) - 1)
            x0 = canvas.x0 + max(0, min(sum(line[:index]) + gap, canvas.width - side))
            y0 = top + number * height + (height - side) // 2
            boxes.append(Box(x0, y0, x0 + side, y0 + side))
    return boxes


def _moved(request: Request, boxes: _Boxes, canvas: Box) -> _Boxes:
    """What overlaps moves to the nearest free place, items without a place first; without a free place it stays."""
    items = request.items
    order = sorted(range(len(boxes)), key=lambda n: items[boxes[n][0]].location is None)
    settled: dict[int, Box] = {}
    for n in order:
        settled[n] = nearest_free(boxes[n][1], list(settled.values()), canvas)
    return [(index, settled[n]) for n, (index, _) in enumerate(boxes)]


def nearest_free(box: Box, taken: Sequence[Box], canvas: Box) -> Box:
    """The free place on the canvas that is nearest to a box; the box itself if there is none."""

    def distance(other: Box) -> tuple[int, int, int]:
        return (other.x0 - box.x0) ** 2 + (other.y0 - box.y0) ** 2, other.y0, other.x0

    places = (
        Box(x, y, x + box.width, y + box.height)
        for y in range(canvas.y0, canvas.y1 - box.height + 1)
        for x in range(canvas.x0, canvas.x1 - box.width + 1)
    )
    return min((place for place in places if not any(place.overlaps(t) for t in taken)), key=distance, default=box)
