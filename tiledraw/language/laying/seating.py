"""Seating: who sits where on what, from left to right: side by side, behind the head of an animal.

Knows requests and sense. Knows nothing about places, or how large things are until it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tiledraw.language.laying.orders import edges_of, ranks, relations_of
from tiledraw.language.laying.sense import ON_HEAD, sense_of, slot_of
from tiledraw.language.request import Request

ROWS = 6  # so many sit in one row


def guests_of(request: Request) -> dict[int, list[int]]:
    """The things that are on others, sit in them or ride them, by the number of what they are on."""
    guests: dict[int, list[int]] = {}
    for number, relation in relations_of(request):
        seated = relation.word == "in" and sense_of(request.things[relation.of[0]].subject).holds == "surface"
        if seated or relation.word in ("on", "riding"):
            guests.setdefault(relation.of[0], []).append(number)
    return guests


def free_share(subject: str) -> float:
    """Of the side of a thing, what does not belong to its head."""
    return 1 - sense_of(subject).front / 100


def per_row(request: Request, host: int, guests: Sequence[int]) -> float:
    """How many sit beside each other on each of the things that are alike."""
    each = sum(request.things[guest].count for guest in guests) / request.things[host].count
    return each if each <= ROWS else each / 2


def row_width(request: Request, guest: int, host: int, side: float) -> float:
    """How wide a row of so large guests is on each of the things that they are on, in cells."""
    count = per_row(request, host, [guest])
    return side * count + (count == 2)  # more of a kind stand close


def worn_on_heads(request: Request) -> dict[int, int]:
    """What things wear on, before or below their heads: the number of the wearer, and of what it wears."""
    return {
        number: relation.of[0]
        for number, relation in relations_of(request)
        if relation.word == "wearing" and slot_of(request.things[relation.of[0]].subject) in ON_HEAD
    }


def headings(request: Request, across: Sequence[float], rng: np.random.Generator) -> dict[int, str]:
    """The way that each thing with a head of its own faces under what sits on it, or with what it wears on its head: as
    the request says, towards what it or its rider chases or looks at, else any."""
    found: dict[int, str] = {}
    guests_there = guests_of(request)
    for host in dict.fromkeys((*worn_on_heads(request), *guests_there)):
        guests = guests_there.get(host, [])
        if not sense_of(request.things[host].subject).front:
            continue
        said = [request.things[number].facing for number in (host, *guests) if request.things[number].facing]
        ahead = [
            across[relation.of[0]] - across[host] for number in (host, *guests)
            for relation in request.things[number].relations if relation.word in ("chasing", "looking at")
        ]  # fmt: skip
        any_way = "left" if rng.random() < 0.5 else "right"
        found[host] = said[0] if said else ("left" if ahead[0] < 0 else "right") if ahead else any_way
    return found


def slots(
    request: Request, sides: Mapping[int, int], heading: Mapping[int, str], rng: np.random.Generator
) -> dict[int, float]:
    """Where the middle of each guest is, in shares of the side of what it sits on; several sit in the order that the
    request says."""
    found: dict[int, float] = {}
    rank = ranks(edges_of(request, ("left of",), ("right of",)), len(request.things))
    for host, guests in guests_of(request).items():
        taste = dict(zip(guests, rng.random(len(guests)), strict=True))
        front = (1 - free_share(request.things[host].subject)) * (host in heading)
        start = front if heading.get(host) == "left" else 0.0
        widths = {guest: row_width(request, guest, host, sides[guest]) / max(sides[host], 1) for guest in guests}
        if len(guests) == 1 == request.things[guests[0]].count:  # what is seen of it
            widths[guests[0]] *= sense_of(request.things[guests[0]].subject).wide / 100
        end = start
        for guest in sorted(guests, key=lambda n: (rank[n], taste[n])):
            found[guest] = end + widths[guest] / 2
            end += widths[guest]
        if not front:  # in the middle
            move = 0.5 - (start + end) / 2
        elif heading[host] == "left":  # close behind the head
            move = max((1 - front - (end - start)) / 4, 0.0)
        else:
            move = 1 - front - end - max((1 - front - (end - start)) / 4, 0.0)
        found |= {guest: found[guest] + move for guest in guests}
    return found
