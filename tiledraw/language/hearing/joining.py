"""Joining: what a prompt says of things, given to those that it is said of.

Knows drafts. Knows nothing about words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tiledraw.language.hearing.drafts import Draft


class Joining:
    """Things so far, and what is said of them by their numbers."""

    def __init__(self) -> None:
        self.things: list[Draft] = []
        self.waiting: list[tuple[str, Any]] = []  # what belongs to the next thing
        self.head: int | None = None  # the thing that a place or relation behind it belongs to
        self.times = 0
        self.correcting = False

    def attach(self, kind: str, value: Any, things: list[int] | None = None) -> None:
        """What belongs to the thing before it in the clause, or to the next one."""
        if self.head is not None:
            self.give(tuple(things or [self.head]), kind, value)
        else:
            self.waiting.append((kind, value))

    def give(self, numbers: tuple[int, ...], kind: str, value: Any) -> None:
        for number in numbers:
            thing = self.things[number]
            if kind == "place":
                self.place((number,), value)
            elif kind == "fraction":
                thing.shares[value[0]] = value[1]
            elif kind == "arrangement":
                old = thing.values.get("arrangement", "")
                if not (value == "diagonal" and old) and not (value in ("row", "column") and old.endswith("edge")):
                    thing.values["arrangement"] = value
            elif kind == "grid":
                thing.values["arrangement"] = f"{value[0]}x{value[1]} grid"
                thing.count = value[0] * value[1]
            elif kind == "relation":
                self.times = value[2]
                self.relate((number,), value[0], value[1], False)
            elif kind == "passive":
                self.relate((number,), value[0], value[1], True)

    def place(self, numbers: Sequence[int], names: tuple[str, ...]) -> None:
        axes = {"left": 0, "right": 0, "top": 1, "bottom": 1}
        for number in numbers:
            thing = self.things[number]
            old = [] if self.correcting else [
                name for name in thing.place if axes.get(name) not in {axes.get(new) for new in names}
            ]  # fmt: skip
            thing.place = tuple(dict.fromkeys([*old, *names]))

    def say(self, number: int, values: dict[str, str]) -> None:
        """How a thing looks; of several things one in each colour: "three balls: red, green and blue"."""
        thing, colour = self.things[number], values.get("colour")
        old = thing.values.get("colour")
        if colour and colour != old and thing.is_many and (old or thing.parts) and not self.correcting:
            if old:
                self.member(number, 1)
                del thing.values["colour"]
            if thing.left != 0 or thing.count is None:
                number = self.member(number, 1)
        self.things[number].values.update(values)

    def member(self, number: int, count: int) -> int:
        """So many of several things become a thing by themselves; its number."""
        whole = self.things[number]
        part = replace(whole, count=count, values=dict(whole.values), relations=list(whole.relations), shares={})
        part.several, part.parts, part.is_part = False, 0, True
        part.values.pop("arrangement", None)
        whole.parts += count
        self.things.append(part)
        return len(self.things) - 1

    def whole(self, count: int) -> int | None:
        """The several things named last of which so many, and not all, may be told apart."""
        for number in reversed(range(len(self.things))):
            thing = self.things[number]
            free = 0 if thing.is_part or thing.count is None else thing.count - thing.parts
            if count <= free and thing.count != count:
                return number
        return None

    def relate(self, subjects: Sequence[int], word: str, of: tuple[int, ...], passive: bool) -> None:
        times = self.times if word in ("larger than", "smaller than") else 0
        for subject in subjects:
            for one, others in [(other, (subject,)) for other in of] if passive else [(subject, of)]:
                known = [relation[:2] for relation in self.things[one].relations]
                if one not in others and (word, others) not in known:
                    self.things[one].relations.append((word, others, times))

    def relate_back(self, word: str, heads: Sequence[int], single: bool = False) -> None:
        """Relates things to the one that was named before them, a `single` one if there is any; between needs two of
        these, or one of several."""
        before = [n for n in range(len(self.things)) if n < min(heads)]
        others = before or [n for n in range(len(self.things)) if n not in heads]
        if single:
            others = [n for n in others if not self.things[n].is_many] or others
        many = word != "between" or (bool(others) and self.things[others[-1]].is_many)
        if others and (many or len(others) > 1):
            self.relate(heads, word, tuple(others[-1:] if many else others[-2:]), False)
