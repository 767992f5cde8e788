"""Drafts: things as far as the reader has read them, and the request that they make in the end.

Knows requests. Knows nothing about sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tiledraw.language.request import Relation, Request, Thing

FEW = 3  # what "some", "a few" and a plural without a number mean
MANY = 5  # of what stands around something
_LEAST = {"corners": 4, "circle": 3, "row": 2, "column": 2, "diagonal": 2, "rising diagonal": 2}


@dataclass
class Draft:
    """A thing so far.

    Attributes:
        subject: What it is; the words of the prompt, where nobody knows it.
        text: The words of the prompt.
        count: How many, if that is said.
        values: Looks, size, arrangement.
        place: Sides of the picture.
        shares: Percent "across" and "down".
        relations: A word, the numbers of other things, and how many times.
        known: Whether it can be drawn.
        several: Whether it is named in the plural, or "some".
        parts: How many of it are things by themselves: "two cats, one red".
        bare: Whether it was named without an article or anything else before it.
        part_of: The number of the things of which it is some.
        varied: Whether each of several things has a colour of its own.
    """

    subject: str
    text: str
    count: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    place: tuple[str, ...] = ()
    shares: dict[str, int] = field(default_factory=dict)
    relations: list[tuple[str, tuple[int, ...], int]] = field(default_factory=list)
    known: bool = True
    several: bool = False
    parts: int = 0
    part_of: int | None = None
    bare: bool = False
    varied: bool = False

    def another(self, **changes: Any) -> Draft:
        """The same once more, of which nothing is shared, with changes."""
        own = {"values": dict(self.values), "shares": dict(self.shares), "relations": list(self.relations)}
        return replace(self, **own | changes)

    @property
    def left(self) -> int | None:
        """How many of it are no things by themselves; None: as many as there may be."""
        if self.count is None:
            return 0 if self.parts else None
        return max(0, self.count - self.parts)

    @property
    def is_many(self) -> bool:
        return self.several or (self.count or 1) > 1


def location(names: Sequence[str]) -> str:
    """One of the nine places, from the sides that words name."""
    row = next((name for name in ("top", "bottom") if name in names), "")
    column = next((name for name in ("left", "right") if name in names), "")
    return "-".join(filter(None, (row, column))) or "center"


def request_of(
    drafts: Sequence[Draft], common: Mapping[str, str], background: str, absent: Sequence[str], empty: Sequence[str]
) -> Request:
    """The request that things make; what is `common` is said of all of them.

    Raises:
        PlanError: it asks for more than a picture holds.
    """
    kept = [number for number, draft in enumerate(drafts) if draft.known and draft.left != 0]
    new = {old: number for number, old in enumerate(kept)}
    unknown = tuple(dict.fromkeys(draft.text for draft in drafts if not draft.known and draft.left != 0))
    things = tuple(_thing(drafts[number], new, common) for number in kept)
    named = {thing.subject for thing in things}
    gone = tuple(dict.fromkeys(name for name in absent if name not in named))
    return Request(things, background, gone, tuple(dict.fromkeys(empty)), unknown)


def _thing(draft: Draft, new: Mapping[int, int], common: Mapping[str, str]) -> Thing:
    values = {**common, **draft.values}
    arrangement, place = values.pop("arrangement", ""), location(draft.place) if draft.place else ""
    words = [word for word, *_ in draft.relations]
    few = MANY if "around" in words or arrangement == "circle" else FEW
    count = draft.left or (few if draft.several else 1)
    if arrangement.endswith("edge") and count == 1:
        row, _ = arrangement.split(" ")
        sides = [side for side in draft.place if side not in ("center", row)]
        arrangement, place = "", location([row, *sides])
    elif arrangement.endswith("edge"):
        place = ""
    count = max(count, _LEAST.get(arrangement, 1), 2 if "on either side of" in words else 1)
    relations = [
        Relation(word, tuple(new[other] for other in of), times)
        for word, of, times in draft.relations
        if all(other in new for other in of)
    ]
    return Thing(
        draft.subject,
        count,
        place=place,
        across=draft.shares.get("across"),
        down=draft.shares.get("down"),
        arrangement=arrangement,
        relations=tuple(dict.fromkeys(relations)),
        **values,
    )
