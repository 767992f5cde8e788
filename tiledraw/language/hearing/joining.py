"""Joining: what a prompt says of things, given to those that it is said of, and what of a sentence is still open.

Knows drafts and how a sentence is read. Knows nothing about words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from tiledraw.language.hearing.drafts import Draft
from tiledraw.language.hearing.following import NAMING
from tiledraw.language.hearing.tokens import Token


@dataclass
class Modifiers:
    """What has been said before a noun."""

    count: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    definite: bool = False
    fresh: bool = False
    pair: bool = False
    few: bool = False
    grid: tuple[int, int] | None = None
    place: tuple[str, ...] = ()
    compared: bool = False
    contrast: bool = False
    flanking: bool = False
    measure: str = ""
    nth: int = 0  # of things alike, from 1 on

    @property
    def new(self) -> bool:
        """Whether they introduce something that was not named before."""
        return self.fresh or self.count is not None or self.pair or self.few


class Joining:
    """Things so far, and what is said of them by their numbers; and where in a sentence the reader is."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = known
        self.things: list[Draft] = []
        self.background, self.absent, self.empty = "", list[str](), list[str]()
        self.common = dict[str, str]()  # what is said of everything
        self.latest: int | None = None  # the thing named last
        self.former: list[int] = []  # what the clause before was about
        self.titles: list[int] = []  # things that were only named, and nothing was said of them
        self.pointed: int | None = None  # what the pronoun before stood for
        self.start_sentence([])

    def start_sentence(self, sentence: Sequence[Token]) -> None:
        self.waiting: list[tuple[str, Any]] = []  # what belongs to the next thing
        kinds = [token.kind for token in sentence if token.kind in ("place", *NAMING)]
        self.thing_first = kinds[:1] != ["place"]  # whether places stand behind what they are of
        self.begun = len(self.things)  # the first thing of the sentence
        self.topic: int | None = None  # what a colon stands behind
        self.correcting = False
        self.refused = False  # whether the noun named last was refused
        self.lined: tuple[str, int] | None = None  # how things that are named one by one stand, and the first of them
        self.verb: tuple[str, bool] | None = None  # the relation said last, and whether it is passive
        self.told: int | None = None  # what a relative clause tells more of
        self.first = True  # whether no clause has ended in this sentence
        self.owner: tuple[int, int] | None = None  # what is said to be "with" something, and the first of these
        self.alone = sum(token.kind in NAMING for token in sentence) == 1
        self.start_clause()

    def start_clause(self) -> None:
        self.head: int | None = None  # the thing that a place or relation behind it belongs to
        self.group: list[int] = []  # the head, and things joined to it by "and"
        self.previous: list[int] = []  # the group before it in the clause
        self.shared: list[tuple[str, Any]] = []  # what waited for the head, and is said of what is joined to it, too
        self.joint = False  # whether "and" stands behind the head
        self.modifiers = Modifiers()
        self.negated = False
        self.open: tuple[str, tuple[int, ...], bool] | None = None  # a relation that waits for its other thing
        self.objects: list[int] = []  # what things of the clause relate to
        self.also = ""  # a second relation to the same thing: "to the lower left of"
        self.anchors: list[int] = []  # things of a "between" so far
        self.had: tuple[str, tuple[int, ...], bool] | None = None  # who wears or holds what was named last
        self.times = 0
        self.apart = False  # whether what waits is said of the next thing alone
        self.apiece = False  # whether "each" was said
        self.each: int | None = None  # several things, of which each has what is named next
        self.aside = False  # whether nouns stand behind a relation of what is refused
        self.backdrop = self.everything = self.nothing = False
        self.together = False  # whether 都 says something of all of the group

    @property
    def heads(self) -> list[int]:
        """The things that a place or relation behind them belongs to."""
        return self.group if self.head is not None and self.head in self.group else []

    def attach(self, kind: str, value: Any, things: list[int] | None = None) -> None:
        """What belongs to the thing before it in the clause, or to the next one."""
        if self.head is not None:
            things = self.group if self.together and self.head in self.group else things
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
            elif kind == "facing":
                thing.values[kind] = value
            elif kind == "arrangement":
                old = thing.values.get("arrangement", "")
                if not (value == "diagonal" and old) and not (value in ("row", "column") and old.endswith("edge")):
                    thing.values["arrangement"] = value
            elif kind == "grid":
                thing.values["arrangement"] = f"{value[0]}x{value[1]} grid"
                thing.count = value[0] * value[1]
            elif kind == "varied":
                thing.varied = True
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
        if colour and thing.part_of is not None and old not in (None, colour) and not self.correcting:
            number, thing, old = thing.part_of, self.things[thing.part_of], None
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
        part = whole.another(count=count, shares={}, several=False, parts=0, part_of=number)
        part.values.pop("arrangement", None)
        whole.parts += count
        self.things.append(part)
        return len(self.things) - 1

    def whole(self, count: int) -> int | None:
        """The several things named last of which so many, and not all, may be told apart."""
        for number in reversed(range(len(self.things))):
            thing = self.things[number]
            free = 0 if thing.part_of is not None or thing.count is None else thing.count - thing.parts
            if count <= free and thing.count != count:
                return number
        return None

    def relate(self, subjects: Sequence[int], word: str, of: tuple[int, ...], passive: bool) -> None:
        if passive and word == "between":  # 两棵树夹着一座房子
            self.relate(of, word, tuple(subjects[-2:]), False)
            return
        times = self.times if word in ("larger than", "smaller than") else 0
        for subject in subjects:
            for one, others in [(other, (subject,)) for other in of] if passive else [(subject, of)]:
                known = [relation[:2] for relation in self.things[one].relations]
                if one not in others and (word, others) not in known:
                    self.things[one].relations.append((word, others, times))

    def multiply(self, number: int, times: int) -> None:
        """Says how many times a thing is larger or smaller, where it is known to be."""
        relations = self.things[number].relations
        for place, (word, of, old) in enumerate(relations):
            if word in ("larger than", "smaller than") and not old:
                relations[place] = word, of, times
