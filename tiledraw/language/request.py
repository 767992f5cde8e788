"""Requests: what a prompt asks for, thing by thing, and the text in which a thinker writes it down.

    - 3 apple, red, in bowl
    - 1 bowl, large, center
    background: night
    unknown: table

One line a group of things that are alike: how many, what, how they look, how large, where, how they stand, and how they
relate to other lines. A relation names the other line by its subject, with a number where several have it
("left of car 2"). What the prompt leaves open is not said: the layout decides it.
Knows words, and what they may say together. Knows nothing about prompts, boxes, pixels or models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, PATTERNS, STYLES
from tiledraw.language.boxes import PlanError
from tiledraw.language.places import LOCATIONS
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.plan_files import short, word_from

FACING = ("left", "right")
SIZES = ("small", "medium", "large", "huge", "full")  # full: it fills the picture
# Between boxes: where one thing is, seen from another.
PLACED = ("left of", "right of", "above", "below", "on", "under", "in", "in front of", "behind", "next to", "near")
AMONG = ("between", "around", "on either side of")
COMPARED = ("larger than", "smaller than", "same size as")
ACTIONS = ("riding", "chasing", "jumping over", "playing with", "holding", "wearing", "looking at")
RELATIONS = (*PLACED, *AMONG, *COMPARED, *ACTIONS)
ARRANGEMENTS = ("row", "column", "grid", "circle", "diagonal", "rising diagonal", "corners", "top edge", "bottom edge",
                "left edge", "right edge")  # fmt: skip
SIDES_AND_CORNERS = ("left", "right", "top", "bottom", *(word for word in LOCATIONS if "-" in word))
PARTS = (*SIDES_AND_CORNERS, "center")  # that may stay empty: halves, quarters, the middle ninth
MOST_TIMES = 9  # "9 times larger than"
_GRID = re.compile(r"(\d{1,2})x(\d{1,2}) grid")


@dataclass(frozen=True)
class Relation:
    """How a thing relates to others: a word of `RELATIONS`, and the numbers of the things that it relates to.

    Attributes:
        word: What it is: "left of", "riding".
        of: One number; of `between` two different ones, or one whose things it is between.
        times: Of "larger than" and "smaller than": how many times, 0 if that is open.
    """

    word: str
    of: tuple[int, ...]
    times: int = 0


@dataclass(frozen=True)
class Thing:
    """Things that are alike.

    Attributes:
        subject: What they are.
        count: How many.
        colour: Of their main ink; empty where it is open, like all that follows.
        pattern: On the main ink.
        second: The second colour of the pattern.
        material: What they seem to be made of.
        style: How they are drawn.
        size: A word of `SIZES`.
        place: A word of `LOCATIONS`: where they are, together.
        across: Percent of the way from left to right, where their middle is, in place of what the place says of it.
        down: Percent of the way from top to bottom.
        arrangement: How they stand: a word of `ARRANGEMENTS`, or rows and columns, "2x3 grid".
        facing: Where their front is, if they are seen from the side: a word of `FACING`.
        relations: To other things.

    Raises:
        PlanError: a word that is unknown, or a number out of its range.
    """

    subject: str
    count: int = 1
    colour: str = ""
    pattern: str = ""
    second: str = ""
    material: str = ""
    style: str = ""
    size: str = ""
    place: str = ""
    across: int | None = None
    down: int | None = None
    arrangement: str = ""
    facing: str = ""
    relations: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_PLACEMENTS:
            raise PlanError(
                f"{self.count:,} of {short(self.subject)} are asked for; a picture holds 1 to {MAX_PLACEMENTS}"
            )
        for name, known in _WORDS.items():
            if value := getattr(self, name):
                word_from(value, known, f"the {name} of {self.subject!r}")
        if self.second and not self.pattern:
            raise PlanError(f"{self.subject!r} has a second colour but no pattern; give one of {', '.join(PATTERNS)}")
        for percent in (self.across, self.down):
            if percent is not None and not 0 <= percent <= 100:
                raise PlanError(f"{self.subject!r} stands at {percent}%; give 0 to 100")
        if self.arrangement and self.arrangement not in ARRANGEMENTS and self.rows_and_columns is None:
            raise PlanError(
                f"the arrangement {short(self.arrangement)} is unknown; known are {', '.join(ARRANGEMENTS)}, '2x3 grid'"
            )
        for relation in self.relations:
            word_from(relation.word, RELATIONS, f"the relation of {self.subject!r}")
            if relation.times not in (0, *range(2, MOST_TIMES + 1)) or (
                relation.times and relation.word not in ("larger than", "smaller than")
            ):
                raise PlanError(f"{self.subject!r} is {relation.times} times {relation.word!r}; that says nothing")
            if not 1 <= len(set(relation.of)) == len(relation.of) <= (2 if relation.word == "between" else 1):
                raise PlanError(f"{self.subject!r} is {relation.word!r} of {len(relation.of)} things; name one")

    @property
    def rows_and_columns(self) -> tuple[int, int] | None:
        """Of a grid that says them."""
        if not (found := _GRID.fullmatch(self.arrangement)):
            return None
        rows, columns = int(found[1]), int(found[2])
        return (rows, columns) if 1 <= rows * columns <= MAX_PLACEMENTS else None

    @property
    def open_axes(self) -> tuple[int, ...]:
        """The axes of which its place speaks: those of which it does not say percents."""
        return tuple(axis for axis, percent in enumerate((self.across, self.down)) if percent is None)

    @property
    def look(self) -> dict[str, str]:
        """What a placement of it says of how it looks."""
        return {name: value for name in _LOOKS if (value := getattr(self, name))}


_LOOKS = ("colour", "pattern", "second", "material", "style")
_WORDS: dict[str, Sequence[str]] = {
    "colour": tuple(COLOURS), "pattern": PATTERNS, "second": tuple(COLOURS), "material": tuple(MATERIALS),
    "style": STYLES, "size": SIZES, "place": LOCATIONS, "facing": FACING,
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a prompt asks for.

    Attributes:
        things: In the order in which the prompt names them.
        background: A word of `BACKGROUNDS`; empty where it is open.
        absent: Subjects that must not be there.
        empty: Parts of the picture, words of `PARTS`, where nothing may be.
        unknown: Words of the prompt for things that nobody here can draw.

    Raises:
        PlanError: too many things, a relation to a thing that there is not, or to itself.
    """

    things: tuple[Thing, ...] = ()
    background: str = ""
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.background:
            word_from(self.background, BACKGROUNDS, "background")
        for part in self.empty:
            word_from(part, PARTS, "the empty part")
        if self.total > MAX_PLACEMENTS:
            raise PlanError(f"{self.total:,} things are asked for; a picture holds at most {MAX_PLACEMENTS}")
        for number, thing in enumerate(self.things):
            for relation in thing.relations:
                if any(not 0 <= other < len(self.things) or other == number for other in relation.of):
                    raise PlanError(f"{thing.subject!r} is {relation.word!r} of a thing that is not there")

    @property
    def total(self) -> int:
        return sum(thing.count for thing in self.things)

    def renamed(self, name: Callable[[str], str]) -> Request:
        """The same request with other names of subjects."""
        things = tuple(replace(thing, subject=name(thing.subject)) for thing in self.things)
        return replace(self, things=things, absent=tuple(dict.fromkeys(map(name, self.absent))))

    def name(self, number: int) -> str:
        """How a line refers to a thing: by its subject, with a number where several have it."""
        subject = self.things[number].subject
        same = [n for n, thing in enumerate(self.things) if thing.subject == subject]
        return subject if len(same) == 1 else f"{subject} {same.index(number) + 1}"


def without(request: Request, names: Mapping[int, str]) -> Request:
    """A request in which some things, by their numbers, are unknown under these names: they are no things any longer,
    and nothing relates to them."""
    kept = [number for number in range(len(request.things)) if number not in names]
    new = {old: number for number, old in enumerate(kept)}
    things = []
    for number in kept:
        thing = request.things[number]
        related = [relation for relation in thing.relations if all(other in new for other in relation.of)]
        related = [replace(relation, of=tuple(new[other] for other in relation.of)) for relation in related]
        things.append(replace(thing, relations=tuple(related)))
    unknown = dict.fromkeys([*request.unknown, *(names[number] for number in sorted(names))])
    return replace(request, things=tuple(things), unknown=tuple(unknown))


def ordered(request: Request, order: Sequence[int]) -> Request:
    """The same request with its things in another order: their old numbers."""
    if list(order) == list(range(len(request.things))):
        return request
    new = {old: number for number, old in enumerate(order)}
    things = []
    for old in order:
        thing = request.things[old]
        related = (replace(relation, of=tuple(new[other] for other in relation.of)) for relation in thing.relations)
        things.append(replace(thing, relations=tuple(related)))
    return replace(request, things=tuple(things))


def format_request(request: Request) -> str:
    """The lines that a thinker writes, without a newline at the end."""
    lines = []
    for thing in request.things:
        pattern = f"{thing.pattern} {thing.second}".strip()
        across = "" if thing.across is None else f"{thing.across}% across"
        down = "" if thing.down is None else f"{thing.down}% down"
        facing = f"facing {thing.facing}" if thing.facing else ""
        words = [thing.colour, pattern, thing.material, thing.style, thing.size, thing.place, across, down,
                 thing.arrangement, facing]  # fmt: skip
        for relation in thing.relations:
            times = f"{relation.times} times " if relation.times else ""
            words.append(f"{times}{relation.word} {' and '.join(map(request.name, relation.of))}")
        lines.append(", ".join([f"- {thing.count} {thing.subject}", *filter(None, words)]))
    for name in ("background", "absent", "empty", "unknown"):
        if value := getattr(request, name):
            lines.append(f"{name}: {value if isinstance(value, str) else ', '.join(value)}")
    return "\n".join(lines)


def parse_request(text: str) -> Request:
    """Reads the lines that `format_request` writes.

    Raises:
        PlanError: a line that is none of a request, or says what no request can.
    """
    things: list[dict[str, Any]] = []  # the fields of each, its relations still as words
    values: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, _, rest = line.partition(": ")
        if found := _THING.match(line):
            things.append(_fields_of(found[2], int(found[1]), line[found.end() :]))
        elif key == "background" and key not in values:
            values[key] = rest
        elif key in ("absent", "empty", "unknown") and key not in values:
            values[key] = tuple(filter(None, map(str.strip, rest.split(","))))
        else:
            raise PlanError(f"{short(line)} is no line of a request; one is such as '- 3 apple, red, in bowl'")
    names: dict[str, list[int]] = {}
    for number, thing in enumerate(things):
        names.setdefault(thing["subject"], []).append(number)
    for thing in things:
        thing["relations"] = tuple(_relation_of(word, names, thing["subject"]) for word in thing["relations"])
    return Request(tuple(Thing(**thing) for thing in things), **values)


_THING = re.compile(r"- (\d{1,3}) ([^,:]{1,60})(?=,|$)")
_PERCENT = re.compile(r"(\d{1,3})% (across|down)")
_FIELDS = {  # of words that say a field alone
    word: name
    for name, words in (
        ("arrangement", ARRANGEMENTS), ("place", LOCATIONS), ("size", SIZES), ("style", STYLES),
        ("material", MATERIALS), ("colour", COLOURS),
    )
    for word in words
}  # fmt: skip
_RELATION = re.compile(rf"(?:(\d) times )?({'|'.join(sorted(RELATIONS, key=len, reverse=True))}) (.+)")


def _fields_of(subject: str, count: int, rest: str) -> dict[str, Any]:
    """The fields of the thing of a line; its relations as they stand there."""
    values: dict[str, Any] = {}
    relations: list[str] = []
    for word in filter(None, map(str.strip, rest.split(","))):
        first, _, second = word.partition(" ")
        found = _kind_of(word, first, second)
        if found is None and _RELATION.fullmatch(word):
            relations.append(word)
            continue
        if found is None:
            raise PlanError(f"{short(word)} says nothing that a request can say of {short(subject)}")
        if found[0] in values:
            raise PlanError(f"{short(subject)} has two words for its {found[0]}; give one")
        values[found[0]] = found[1]
        if found[0] == "pattern" and second:
            values["second"] = second
    return {"subject": subject, "count": count, "relations": relations, **values}


def _kind_of(word: str, first: str, second: str) -> tuple[str, Any] | None:
    """The field that a word of a line says, and its value; None for such as says none."""
    if name := _FIELDS.get(word):
        return name, word
    if first in PATTERNS and (not second or second in COLOURS):
        return "pattern", first
    if first == "facing" and second in FACING:
        return "facing", second
    if percent := _PERCENT.fullmatch(word):
        return percent[2], int(percent[1])
    return ("arrangement", word) if _GRID.fullmatch(word) else None


def _relation_of(text: str, names: dict[str, list[int]], subject: str) -> Relation:
    """A relation whose words are `text`, to things by their names."""
    found = _RELATION.fullmatch(text)
    assert found is not None
    of = []
    for name in found[3].split(" and ") if found[2] == "between" else [found[3]]:
        bare, number = (name, "") if name in names else (name.rstrip("0123456789").rstrip(), name.split(" ")[-1])
        numbers = names.get(bare, [])
        place = int(number) if number.isdecimal() else 1
        if not 1 <= place <= len(numbers):
            raise PlanError(f"{short(subject)} is {short(text)}, but no line is of that name")
        of.append(numbers[place - 1])
    return Relation(found[2], tuple(of), int(found[1] or 0))
