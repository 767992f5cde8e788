"""Orders: what a request says is left of, above, smaller than or behind what; what says the reverse as well is refused.

Knows requests and the sense of subjects. Knows nothing about where things are, but for how low they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tiledraw.language.boxes import PlanError
from tiledraw.language.laying.geometry import Boxes
from tiledraw.language.laying.sense import is_container, sense_of
from tiledraw.language.request import Relation, Request

Edge = tuple[int, int]  # numbers of things: the first comes before the second
# A word, and its reverse: what is before what, along x, along y, in size.
_AXES = (
    (("left of",), ("right of",)),
    (("above", "jumping over"), ("below",)),
    (("smaller than",), ("larger than",)),
    (("behind",), ("in front of",)),
)
_ON = ("on", "in", "riding")  # the one that says it sits on the other
_BESIDE = ("next to", "left of", "right of")
_DEPTH = ("in front of", "behind")
_WITH_SEAT = (*_DEPTH, "under", "in", "on")  # holds of the seat of a thing as well
_WITH = ("wearing", "holding")  # the one that says it carries the other
# What is seen over one another, in one column.
_COLUMN = ("above", "below", "jumping over", "under", "in front of", "behind", "around")
_TOUCHING = ("in front of", "behind", "under", *_ON, *_WITH)


def edges_of(request: Request, before: Iterable[str], after: Iterable[str]) -> list[Edge]:
    """What comes before what, by words that say it and by words that say the reverse."""
    edges = []
    for number, relation in relations_of(request):
        if relation.word in before:
            edges += [(number, other) for other in relation.of]
        if relation.word in after:
            edges += [(other, number) for other in relation.of]
    return edges


def relations_of(request: Request) -> list[tuple[int, Relation]]:
    """All relations, each with the number of the thing that has it."""
    return [(number, relation) for number, thing in enumerate(request.things) for relation in thing.relations]


def columns_of(request: Request) -> list[int]:
    """The column of each thing, by the number of the first thing in it: what is above another thing shares its own."""
    column = list(range(len(request.things)))
    for number in column[:]:
        if relation := in_column(request, number):
            first, second = sorted((column[number], column[relation.of[0]]))
            column = [first if one == second else one for one in column]
    return column


def in_column(request: Request, number: int) -> Relation | None:
    """The relation by which a thing shares the column of another one."""
    return next((one for one in request.things[number].relations if one.word in _COLUMN), None)


def check_possible(request: Request) -> None:
    """Refuses what cannot be, whatever the layout.

    Raises:
        PlanError: with what contradicts what.
    """
    for before, after in _AXES:
        if circle := _circle(edges_of(request, before, after), len(request.things)):
            names = " and ".join(f"the {request.name(number)}" for number in circle[:3])
            raise PlanError(f"the request says that {names} are {before[0]} each other, which cannot be")
    for thing in request.things:
        if thing.subject in request.absent:
            raise PlanError(f"the request asks for {thing.subject!r} and for none")
        _check_count(thing.count, thing.arrangement, thing.subject, thing.rows_and_columns)
        if thing.size == "full" and thing.count > 1:
            raise PlanError(f"only one {thing.subject} can fill the picture, not {thing.count}")
        for relation in thing.relations:
            other = request.things[relation.of[0]]
            if relation.word == "on either side of" and thing.count < 2:
                raise PlanError(f"one {thing.subject} cannot be on either side of the {other.subject}; ask for two")
            if relation.word == "between" and len(relation.of) == 1 and other.count < 2:
                raise PlanError(f"the {thing.subject} cannot be between one {other.subject}; ask for two")


def _check_count(count: int, arrangement: str, subject: str, rows_and_columns: tuple[int, int] | None) -> None:
    if rows_and_columns and rows_and_columns[0] * rows_and_columns[1] != count:
        raise PlanError(f"{count} {subject} do not fill a {arrangement}")
    if arrangement == "corners" and count > 4:
        raise PlanError(f"{count} {subject} are more than the picture has corners")
    if arrangement == "circle" and count == 2:
        raise PlanError(f"two {subject} make no circle; ask for three")


def _circle(edges: list[Edge], number: int) -> list[int]:
    """Things that come before each other; empty if there are none."""
    rank = ranks(edges, number)
    return [thing for thing in range(number) if rank[thing] >= number] if edges else []


def ranks(edges: list[Edge], number: int) -> list[int]:
    """How many come before each of `number` things, one before the other; `number` or more where they run in a
    circle."""
    rank = [0] * number
    for _ in range(number + 1):
        for one, other in edges:
            rank[other] = max(rank[other], min(rank[one] + 1, number))
    return rank


def hosts(request: Request) -> dict[int, int]:
    """Of what sits on, is in, is worn or is held by something: that. It moves along with it. There are no circles."""
    found: dict[int, int] = {}
    for number, relation in relations_of(request):
        if relation.word not in (*_ON, *_WITH):
            continue
        guest, host = (number, relation.of[0]) if relation.word in _ON else (relation.of[0], number)
        above: int | None = host
        while above is not None and above != guest:
            above = found.get(above)
        if above is None:
            found.setdefault(guest, host)
    return found


def seats_too(request: Request) -> Request:
    """The request with what is on a seat or in a bowl, and also before, behind, on or in other things, there with it:
    "three ducks on a pond in front of a barn" has a pond in front of it, a cat on a couch next to a lamp a couch next
    to it; what is behind a rider is behind the horse, and a cup next to a vase on a table is on that, too."""
    for number, host in hosts(request).items():
        mine = request.things[number].relations
        if not any(relation.word in _ON and relation.of == (host,) for relation in mine):
            continue
        too = [one for one in mine if one.word in _WITH_SEAT]
        on = [one for one in mine if one.word == "on"][:1] * (not sense_of(request.things[host].subject).front)
        beside = {one.of[0] for one in mine if one.word in _BESIDE}
        for other, thing in enumerate(request.things):
            there = [replace(one, of=(host,)) for one in thing.relations if one.word in _DEPTH and one.of == (number,)]
            request = _related_too(request, other, there)
            if other in beside or any(one.word in _BESIDE and one.of == (number,) for one in thing.relations):
                if _is_put_on(request, other):
                    request = _related_too(request, other, on)
                elif hosts(request).get(other) != host:
                    too += [one for one in mine if one.word == "next to" and one.of == (other,)]
        request = _related_too(request, host, too)
    return request


def _is_put_on(request: Request, number: int) -> bool:
    """Whether a thing stands on tables rather than on the ground, and nothing is said of what it is on or in."""
    said = {relation.word for relation in request.things[number].relations}
    return sense_of(request.things[number].subject).home == "any" and said.isdisjoint(_ON)


def _related_too(request: Request, number: int, relations: Iterable[Relation]) -> Request:
    """The request with further relations of a thing to what it does not relate to yet, if that can be."""
    thing, before, after = request.things[number], request.things[:number], request.things[number + 1 :]
    known = {number, *(other for relation in thing.relations for other in relation.of)}
    new = [one for one in relations if not known & set(one.of)]
    changed = replace(request, things=(*before, replace(thing, relations=(*thing.relations, *new)), *after))
    try:
        check_possible(changed)
    except PlanError:
        return request
    return changed


def may_touch(request: Request) -> dict[Edge, Edge]:
    """Which things may overlap, both ways round: the one that is farther away, and the one in front."""
    pairs: list[Edge] = []
    host = hosts(request)
    carried: dict[int, list[int]] = {}  # all that moves along with a thing
    for number in host:
        above: int | None = host[number]
        while above is not None:
            carried.setdefault(above, []).append(number)
            above = host.get(above)
    for number, relation in relations_of(request):
        around_one = relation.word == "around" and request.things[number].count == 1
        if relation.word in _TOUCHING or around_one:
            pairs += [_back_and_front(request, number, relation.word, other) for other in relation.of]
    for back, front in pairs[:]:
        pairs += [(back, one) for one in carried.get(front, ()) if one != back]
        pairs += [(one, front) for one in carried.get(back, ()) if one != front]
    for number, thing in enumerate(request.things):
        if thing.size == "full":
            pairs += [(number, other) for other in range(len(request.things)) if other != number]
    touching: dict[Edge, Edge] = {}
    for back, front in pairs:
        touching.setdefault((back, front), (back, front))
        touching.setdefault((front, back), (back, front))
    return touching


def _back_and_front(request: Request, number: int, word: str, other: int) -> Edge:
    if word == "behind" or word in _WITH or (word == "in" and is_container(request.things[other].subject)):
        return number, other
    return other, number


def depth_order(request: Request, boxes: Mapping[int, Boxes]) -> list[int]:
    """The things, farthest first: what the request says, then what fills the picture and what is in the sky, then what
    stands higher."""
    hard = edges_of(request, ("behind",), ("in front of",))
    edges: list[Edge] = []
    for edge in [*hard, *may_touch(request).values()]:
        if not _circle([*edges, edge], len(request.things)):
            edges.append(edge)

    def nearness(number: int) -> tuple[bool, bool, float, int]:
        thing = request.things[number]
        low = float(boxes[number][3].max())
        return thing.size != "full", sense_of(thing.subject).home != "sky", low, number

    order: list[int] = []
    left = sorted(range(len(request.things)), key=nearness)
    while left:
        free = next(n for n in left if all(back not in left for back, front in edges if front == n))
        order.append(free)
        left.remove(free)
    return order
