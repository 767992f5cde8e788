"""Joining: what a prompt says of things, given to those that it is said of.

Knows drafts. Knows nothing about words.
"""

from __future__ import annotations

from collections.abc import Sequence
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
            elif kind == "arrangement" and not (value == "diagonal" and "arrangement" in thing.values):
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
        self.things[number].values.update(values)

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
