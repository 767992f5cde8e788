"""Looks: how things look that stand already, where the request leaves it open: which way they face, and their colours.

A chaser and what it chases face the same way, one that looks at another faces it, what stands at a side faces the
middle, as photographers leave room to look into; cats come in gray and cars in blue. All of it is drawn from the seed.
Knows requests, plans and sense. Knows nothing about where things stand best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tiledraw.language.laying.orders import edges_of
from tiledraw.language.laying.seating import guests_of, worn_on_heads
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.plan import Placement, Plan
from tiledraw.language.request import Request, Thing

OWN = 0.4  # share of groups that keep the colours of their subject
ALIKE = 0.5  # share of other groups whose things are all of one colour
INWARD = 0.8  # share of those at a side that face the middle
SIDE = 0.12  # of the width of the canvas, how far from its middle a side begins
TOGETHER = 0.75  # share of groups that face one way
_TOWARDS = ("chasing", "looking at")


def with_looks(request: Request, plan: Plan, owners: Sequence[int], rng: np.random.Generator) -> Plan:
    """The plan with what is open of looks decided.

    Args:
        request: What was asked for.
        plan: Where it stands.
        owners: The number of the thing of each placement.
        rng: What is open.
    """
    colours = _colours(request, owners, rng)
    mirrored = _mirrored(request, plan, owners, rng)
    placements = [
        replace(one, colour=colour or one.colour, mirrored=mirror)
        for one, colour, mirror in zip(plan.placements, colours, mirrored, strict=True)
    ]
    return replace(plan, placements=tuple(placements))


def _colours(request: Request, owners: Sequence[int], rng: np.random.Generator) -> list[str]:
    """A colour for each placement; "" where it stays as it is."""
    chosen = [""] * len(owners)
    for number, thing in enumerate(request.things):
        mine = [place for place, owner in enumerate(owners) if owner == number]
        pool = [] if thing.look else _open_colours(request, thing)
        if rng.random() < OWN or not pool:
            continue
        alike = rng.random() < ALIKE
        first = int(rng.integers(len(pool)))
        for place in mine:
            chosen[place] = pool[first if alike else int(rng.integers(len(pool)))]
    return chosen


def _open_colours(request: Request, thing: Thing) -> list[str]:
    """The usual colours of a thing but that of the background and those by which the request tells others from it: of
    others of the subject always, of all others where a colour is left."""
    usual = sense_of(thing.subject).colours
    alike = {request.background, *(other.colour for other in request.things if other.subject == thing.subject)}
    said = alike | {other.colour for other in request.things}
    return [one for one in usual if one not in said] or [one for one in usual if one not in alike]


def _mirrored(request: Request, plan: Plan, owners: Sequence[int], rng: np.random.Generator) -> list[bool]:
    """Which placements are mirrored, so that they face where they should."""
    middles = [(one.box.x0 + one.box.x1) / 2 for one in plan.placements]
    ways: list[str] = []
    together = {number: rng.random() < TOGETHER for number in range(len(request.things))}
    of_group: dict[int, str] = {}
    for place, owner in enumerate(owners):
        said = request.things[owner].facing
        way = said or _towards(request, owner, place, middles, owners) or of_group.get(owner, "")
        if not way:
            way = _inward(plan, middles[place], rng)
            if together[owner]:
                of_group[owner] = way
        ways.append(way)
    for number, thing in enumerate(request.things):  # a rider goes where its mount goes
        for relation in thing.relations:
            if relation.word == "riding" and relation.of[0] in owners and not thing.facing:
                mount = ways[list(owners).index(relation.of[0])]
                ways = [mount if owner == number else way for way, owner in zip(ways, owners, strict=True)]
    return [_is_mirrored(one.subject, way) for one, way in zip(plan.placements, ways, strict=True)]


def _towards(request: Request, owner: int, place: int, middles: Sequence[float], owners: Sequence[int]) -> str:
    """Where a thing faces because of what it does, or what is done to it; "" if that is open."""

    def middle(number: int) -> float:
        return float(np.mean([middles[n] for n, other in enumerate(owners) if other == number]))

    for relation in request.things[owner].relations:
        if relation.word in _TOWARDS:
            return _way(middle(relation.of[0]) - middles[place])
    for number, thing in enumerate(request.things):
        if any(relation.word == "chasing" and owner in relation.of for relation in thing.relations):
            return _way(middles[place] - middle(number))  # it flees
    for one, other in edges_of(request, ("behind",), ("in front of",)):
        if one == owner and abs(aside := middles[place] - middle(other)) >= 1:
            return _way(aside)  # it peeks out
    if sense_of(request.things[owner].subject).front:
        for number in guests_of(request).get(owner, []):
            if abs(aside := middles[place] - middle(number)) >= 1:
                return _way(aside)  # its head is where nothing sits
        if (worn := worn_on_heads(request).get(owner)) is not None:
            return _way(middle(worn) - middles[place])
    return ""


def _way(ahead: float) -> str:
    return "right" if ahead > 0 else "left" if ahead < 0 else ""


def _inward(plan: Plan, middle: float, rng: np.random.Generator) -> str:
    """Towards the middle of the canvas, from a side; from the middle, anywhere."""
    canvas = plan.visible
    off = middle - (canvas.x0 + canvas.x1) / 2
    inward, any_way = rng.random() < INWARD, "right" if rng.random() < 0.5 else "left"
    return _way(-off) if inward and abs(off) > SIDE * (canvas.x1 - canvas.x0) else any_way


def _is_mirrored(subject: str, way: str) -> bool:
    return bool(way) and sense_of(subject).faces not in ("", way)


def said_look(thing: Thing) -> dict[str, Any]:
    """What a placement of it says of how it looks because the request says it."""
    return {**thing.look, "mirrored": _is_mirrored(thing.subject, thing.facing)}


def facing(placement: Placement) -> str:
    """Where the front of a thing is, "left" or "right"; "" if it is not seen from the side."""
    faces = sense_of(placement.subject).faces
    other = "left" if faces == "right" else "right"
    return other if faces and placement.mirrored else faces
