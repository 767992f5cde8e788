"""Changes: from a plan of layers and what a person asks for to a new plan.

    plan = recoloured(moved(plan, "cat", "top-left, small"), "house", "red")

A name means all placements of a subject, in English or Chinese; "cat 2" the second of them, in the order of the plan.
Knows plans, and prompts by rules. Knows nothing about pictures or models.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np

from tiledraw.common.checks import shorten
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.kin import unknown_message
from tiledraw.language.laying.geometry import boxes_of, relation_off
from tiledraw.language.laying.sense import how_worn
from tiledraw.language.places import EIGHTHS, LOCATIONS, SIZES, box_at, default_size
from tiledraw.language.plan import GRID, Placement, Plan, with_attribute
from tiledraw.language.request import Request, Thing
from tiledraw.language.subjects import subjects as all_subjects

_NUMBERED = re.compile(r"(.+?)\s+(\d{1,2})")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Changes:
    """What a person asks for, done in this order.

    Attributes:
        remove: What goes.
        replace: What other subjects take the place of.
        move: What goes elsewhere, with places.
        recolour: What gets other looks, with words for them.
        mirror: What is mirrored.
        backward, forward: What goes behind, or in front of, everything.
        background: The new background; None: as it is.
        add: What is added, in words.
    """

    remove: tuple[str, ...] = ()
    replace: Pairs = ()
    move: Pairs = ()
    recolour: Pairs = ()
    mirror: tuple[str, ...] = ()
    backward: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()
    background: str | None = None
    add: tuple[str, ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """Those that are asked for, by name."""
        return {name: value for name, value in vars(self).items() if value}

    def of(self, plan: Plan, known: Sequence[str] = ()) -> Plan:
        """The changed plan. `known` are subjects that can be drawn; empty: all.

        Raises:
            PlanError: the plan can't be changed so.
            UnknownSubjectError: something can't be drawn.
        """
        for name in self.remove:
            plan = removed(plan, name)
        for name, new in self.replace:
            plan = replaced(plan, name, new, known)
        for name, place in self.move:
            plan = moved(plan, name, place)
        for name, words in self.recolour:
            plan = with_looks(plan, name, words)
        for names, change in ((self.mirror, mirrored), (self.backward, backward), (self.forward, forward)):
            for name in names:
                plan = change(plan, name)
        if self.background is not None:
            plan = replace(plan, background=self.background)
        for text in self.add:
            plan = added(plan, text, known)
        return plan


def chosen(plan: Plan, name: str) -> list[int]:
    """The numbers of the placements that a name means.

    Raises:
        PlanError: the plan has none.
    """
    numbered = _NUMBERED.fullmatch(name.strip())
    subject = subject_named(plan.subjects, numbered[1] if numbered else name)
    numbers = [number for number, one in enumerate(plan.placements) if one.subject == subject]
    if numbered is None:
        return numbers
    if not 1 <= int(numbered[2]) <= len(numbers):
        raise PlanError(f"there is no {shorten(name)} in the plan; it has {len(numbers)} of {subject!r}")
    return [numbers[int(numbered[2]) - 1]]


def subject_named(subjects: Sequence[str], name: str) -> str:
    """The subject of a plan, of these, that a name means: "cat", "the cat", "猫".

    Raises:
        PlanError: the plan has none.
    """
    found = name.strip()
    if found not in subjects:
        with contextlib.suppress(ValueError):  # no known subject: the sentence below says so
            found = _read(found, ()).things[0].subject
    if found not in subjects:
        shown = ", ".join(dict.fromkeys(subjects)) or "nothing"
        raise PlanError(f"there is no {shorten(name.strip())} in the plan; it shows {shown}")
    return found


def _each(plan: Plan, name: str, change: Callable[[Placement], Placement]) -> Plan:
    numbers = chosen(plan, name)
    placements = (change(one) if number in numbers else one for number, one in enumerate(plan.placements))
    return replace(plan, placements=tuple(placements))


def removed(plan: Plan, name: str) -> Plan:
    """Without what the name means."""
    numbers = chosen(plan, name)
    return replace(plan, placements=tuple(one for n, one in enumerate(plan.placements) if n not in numbers))


def replaced(plan: Plan, name: str, new: str, known: Sequence[str] = ()) -> Plan:
    """With another subject, and its own colours, in the boxes of one. `known` can be drawn; empty: all.

    Raises:
        UnknownSubjectError: the new one can't be drawn, or is not one subject.
    """
    things = (Thing(new),) if new in known else _read(new, known).things
    if len(things) != 1 or things[0].count != 1:
        raise UnknownSubjectError(f"{shorten(new)} is not one subject; name one, such as 'dog'")
    subject, look = things[0].subject, things[0].look
    return _each(plan, name, lambda one: Placement(subject, one.box, mirrored=one.mirrored, **look))


def moved(plan: Plan, name: str, place: str) -> Plan:
    """At another place: a location word, a size word, both with a comma between, or a box `x0 y0 x1 y1`.

    Raises:
        PlanError: an unknown location or size, or several placements for one place.
    """
    if len(chosen(plan, name)) > 1:
        raise PlanError(f"there are several of {shorten(name)} in the plan; say which, such as '{name.strip()} 1'")
    if re.fullmatch(r"\d+( \d+){3}", place.strip()):
        box = Box(*map(int, place.split()))
        return _each(plan, name, lambda one: replace(one, box=box))
    location, size = "", ""
    for word in filter(None, (part.strip() for part in place.split(","))):
        if word in LOCATIONS and not location:
            location = word
        elif word in SIZES and not size:
            size = word
        else:
            raise PlanError(
                f"{shorten(word)} is no place; known are {', '.join(LOCATIONS)}, the sizes {', '.join(SIZES)}, and "
                "boxes such as 4 4 12 12"
            )

    def change(one: Placement) -> Placement:
        side = side_of(size, plan) if size else max(one.box.width, one.box.height)
        if location:
            return replace(one, box=box_at(location, side, plan.visible))
        return replace(one, box=_inside(_around(one.box, side), plan))

    return _each(plan, name, change)


def with_looks(plan: Plan, name: str, words: str) -> Plan:
    """With other looks: colours, patterns, materials and styles in words, such as "red" or "blue, striped white";
    "plain" takes all of them away.

    Raises:
        PlanError: a word that says nothing that can be drawn.
    """

    def change(one: Placement) -> Placement:
        bare = Placement(one.subject, one.box, mirrored=one.mirrored, turned=one.turned)
        return bare if words.strip() == "plain" else _dressed(bare, [word.strip() for word in words.split(",")])

    return _each(plan, name, change)


def mirrored(plan: Plan, name: str) -> Plan:
    """With left and right exchanged."""
    return _each(plan, name, lambda one: replace(one, mirrored=not one.mirrored, turned=-one.turned))


def turned(plan: Plan, name: str, degrees: int) -> Plan:
    """Turned clockwise by so many degrees more.

    Raises:
        PlanError: by more than 30 in all.
    """
    return _each(plan, name, lambda one: replace(one, turned=one.turned + degrees))


def forward(plan: Plan, name: str) -> Plan:
    """In front of everything."""
    return _reordered(plan, name, front=True)


def backward(plan: Plan, name: str) -> Plan:
    """Behind everything but the background."""
    return _reordered(plan, name, front=False)


def _reordered(plan: Plan, name: str, front: bool) -> Plan:
    numbers = chosen(plan, name)
    own = [plan.placements[number] for number in numbers]
    others = [one for number, one in enumerate(plan.placements) if number not in numbers]
    return replace(plan, placements=tuple([*others, *own] if front else [*own, *others]))


def added(plan: Plan, prompt: str, known: Sequence[str] = (), room: Sequence[Box] = ()) -> Plan:
    """With what a prompt asks for in front of the rest: where its words say, else where it covers least.

    Args:
        prompt: Such as "a red ball at the top right", "two small stars", or "a hat on the cat", where the cat is the
            one that is there.
        known: Subjects that can be drawn; empty: all.
        room: Boxes that it had better leave free, beside those of the plan.

    Raises:
        UnknownSubjectError: the prompt asks for something that can't be drawn.
        PlanError: the prompt names nothing, or the plan would have too many placements.
    """
    request = _read(prompt, known)
    there = {
        other: [one.box for one in plan.placements if one.subject == request.things[other].subject][-1:]
        for thing in request.things
        for relation in thing.relations
        for other in relation.of
        if request.things[other].subject in plan.subjects and request.things[other].count == 1
    }
    placements = list(plan.placements)
    default = default_size(min(16, len(placements) + sum(thing.count for thing in request.things)))
    for number, thing in enumerate(request.things):
        if number in there:
            continue
        side = plan.grid if thing.size == "full" else side_of(thing.size or default, plan)
        boxes = []
        for _ in range(thing.count):
            taken = [*room, *(one.box for one in placements), *boxes]
            place = thing.place if thing.count == 1 else ""
            wanted = [box_at(place, side, plan.visible)] if place else _grid(side, plan)
            home = box_at(thing.place or "center", side, plan.visible)
            off = _relation_off(request, number, wanted, there, plan)
            order = sorted(
                range(len(wanted)),
                key=lambda n: (round(off[n]), _covered(wanted[n], taken), _distance(wanted[n], home)),
            )
            boxes.append(wanted[order[0]])
        placements += [Placement(thing.subject, box, **thing.look) for box in boxes]
        there[number] = boxes
    return replace(plan, placements=tuple(placements))


def _relation_off(
    request: Request, number: int, boxes: Sequence[Box], there: Mapping[int, list[Box]], plan: Plan
) -> np.ndarray:
    """How far each of some boxes is from where relations to what is there want a thing of a request, in cells of a
    grid of 32: `[boxes]`."""
    thing = request.things[number]
    cells = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes], dtype=float).T[:, None] * GRID / plan.grid
    off = np.zeros(len(boxes))
    for relation in thing.relations:
        if all(other in there for other in relation.of):
            others = [boxes_of(there[other]) * GRID / plan.grid for other in relation.of]
            worn = how_worn(thing.subject, request.things[relation.of[0]].subject)
            off += relation_off(relation.word, cells, others, relation.times, *worn)
    return off


def _read(prompt: str, known: Sequence[str]) -> Request:
    """What a prompt asks for, of things that can be drawn.

    Raises:
        UnknownSubjectError: it names something else, or nothing.
    """
    request = read_request(prompt, known or None)
    if request.unknown:
        raise UnknownSubjectError(unknown_message(request.unknown, known or all_subjects()))
    if not request.things:
        raise UnknownSubjectError(f"{shorten(prompt)} names nothing to draw; name a subject, such as 'a red ball'")
    return request


def grown(plan: Plan, grid: int, x: int, y: int) -> Plan:
    """The plan of a larger picture, whose grid has so many cells of the same size; the old one begins at cell
    `(x, y)`."""
    moved_to = (
        replace(one, box=Box(one.box.x0 + x, one.box.y0 + y, one.box.x1 + x, one.box.y1 + y)) for one in plan.placements
    )
    return replace(plan, placements=tuple(moved_to), grid=grid, canvas=None)


def finer(plan: Plan, factor: int) -> Plan:
    """The same plan on a grid of so many times as many cells."""
    placements = tuple(replace(one, box=one.box.times(factor)) for one in plan.placements)
    canvas = plan.canvas.times(factor) if plan.canvas else None
    return replace(plan, placements=placements, grid=factor * plan.grid, canvas=canvas)


def side_of(size: str, plan: Plan) -> int:
    """Cells a side of a box of a size word: the same part of the picture on every grid."""
    return max(1, SIZES[size] * plan.grid // EIGHTHS)


def _around(box: Box, side: int) -> Box:
    """A square around the middle of a box."""
    x0, y0 = (box.x0 + box.x1 - side) // 2, (box.y0 + box.y1 - side) // 2
    return Box(x0, y0, x0 + side, y0 + side)


def _inside(box: Box, plan: Plan) -> Box:
    """The same box, pushed into the grid and cut to its size."""
    side = min(box.width, plan.grid)
    x0, y0 = (min(max(0, start), plan.grid - side) for start in (box.x0, box.y0))
    return Box(x0, y0, x0 + side, y0 + side)


def _grid(side: int, plan: Plan) -> list[Box]:
    """Boxes all over the visible canvas."""
    canvas, step = plan.visible, max(1, ceil(plan.grid / GRID) * 2)
    side = max(1, min(side, canvas.width, canvas.height))
    starts = [
        (x, y)
        for y in range(canvas.y0, canvas.y1 - side + 1, step)
        for x in range(canvas.x0, canvas.x1 - side + 1, step)
    ]
    return [Box(x, y, x + side, y + side) for x, y in starts]


def _covered(box: Box, taken: Sequence[Box]) -> int:
    """How much of a box others cover, in cells, each counted by itself."""
    return sum(
        max(0, min(box.x1, other.x1) - max(box.x0, other.x0)) * max(0, min(box.y1, other.y1) - max(box.y0, other.y0))
        for other in taken
    )


def _distance(box: Box, home: Box) -> int:
    return (box.x0 - home.x0) ** 2 + (box.y0 - home.y0) ** 2


def _dressed(placement: Placement, words: Sequence[str]) -> Placement:
    for word in words:
        placement = with_attribute(placement, word)
    return placement
