"""Gathering: things of one subject that stand among others of it: "four flowers in a row, one of them blue" is one row.

A request says that as two lines, the arrangement in one of them. They are placed as one group, and who of it is who is
drawn from the seed. Knows requests. Knows nothing about boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tiledraw.language.request import ARRANGEMENTS, Request, ordered

_OF_ANY_LENGTH = tuple(word for word in ARRANGEMENTS if word not in ("grid", "corners"))


def parts_of(request: Request, number: int) -> list[int]:
    """The numbers of the things that stand among those of an arrangement: of the same subject, and nothing else is said
    of where they are, or how large."""
    things = request.things
    if things[number].arrangement not in _OF_ANY_LENGTH:
        return []
    related = {one for thing in things for relation in thing.relations for one in relation.of}
    return [
        other for other, thing in enumerate(things)
        if other != number and thing.subject == things[number].subject and other not in related
        and not (thing.arrangement or thing.relations or thing.place or thing.size or len(thing.open_axes) < 2)
        and all(not one.arrangement for one in things[:number] if one.subject == thing.subject)
    ]  # fmt: skip


def gathered(request: Request) -> tuple[Request, list[list[int]]]:
    """The request with each arrangement as one thing, and the numbers that the things of each line had before."""
    parts = {number: parts_of(request, number) for number in range(len(request.things))}
    inside = {part for found in parts.values() for part in found}
    kept = [number for number in range(len(request.things)) if number not in inside]
    members = [
        [part for one in (number, *parts[number]) for part in [one] * request.things[one].count] for number in kept
    ]
    whole = ordered(request, kept) if inside else request
    things = tuple(replace(thing, count=len(group)) for thing, group in zip(whole.things, members, strict=True))
    return replace(whole, things=things), members


def scattered_owners(owners: Sequence[int], members: Sequence[Sequence[int]], rng: np.random.Generator) -> list[int]:
    """The number of the thing, in the request as it was, of each placement: owners are numbers in the gathered one."""
    left = [[group[int(n)] for n in rng.permutation(len(group))] for group in members]
    return [left[owner].pop() for owner in owners]
