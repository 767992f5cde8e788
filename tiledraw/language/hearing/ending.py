"""Ending: what becomes of what still waits where a clause or a sentence ends.

Knows tokens and drafts. Knows nothing about words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tiledraw.language.hearing.following import names_thing
from tiledraw.language.hearing.relating import ALONE, Relating
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese, measure


class Ending(Relating):
    """Ends clauses and sentences."""

    def is_bare(self) -> bool:
        """Whether nothing is said of the things of the clause so far but how they look."""
        things = [self.things[number] for number in self.group]
        return bool(things) and not self.open and not any(one.relations or one.place or one.shares for one in things)

    def end_clause(self, rest: list[Token], topic: bool = False, strong: bool = False) -> None:
        """What still waits at the end of a clause belongs to the thing before it, unless the next thing comes, or what
        stands before a colon is the `topic` of that; what stands behind a thing and before a `strong` mark never
        belongs to the next."""
        self._count_behind()
        chinese = bool(self.things) and is_chinese(self.things[-1].text)
        if strong and self.head is None and self.former and self.waiting:
            told = self.things[self.former[-1]]
            free = chinese or not (told.place or told.relations)
            self.settle_waiting(self.former[-1] if free else None)
        follows, last = names_thing(rest), len(self.things) - 1
        if self.open and self.open[0] in ALONE and self.open[1]:
            self.place(self.open[1], (ALONE[self.open[0]],))
        behind = not follows or not (self.first or self.modifiers.new or chinese)  # "a tree, small; a bird"
        thing = self.head if self.head is not None else last if self.things and behind else None
        if thing is None and self.topic is not None:
            thing = self.topic  # "couch: red; chair: blue"
        looks = self.modifiers.values and not (self.modifiers.new or self.waiting)
        if thing is None and self.former and looks and chinese:
            thing = self.former[-1]  # 帐篷，橙色，前面有火
        if thing is not None:  # "a cat, very small"
            self.say(thing, self.modifiers.values)
            if self.modifiers.count:
                many = [n for n, draft in enumerate(self.things) if draft.several and draft.count is None]
                if many or self.things[thing].count is None or self.correcting:
                    self.things[(many or [thing])[-1]].count = self.modifiers.count
            if self.modifiers.pair and self.things[thing].several:  # "boots, a pair"
                self.things[thing].count = 2
            if self.modifiers.grid:
                self.give((thing,), "grid", self.modifiers.grid)
        if not self.things and (style := self.modifiers.values.pop("style", "")):
            self.common["style"] = style  # 线稿：两只猫
        if self.head is None and self.waiting and self.things and not topic:
            placed = [kind for kind, _ in self.waiting] == ["place"] and bool(self.former)
            placed &= self.thing_first and not self.things[-1].place and not chinese
            if self.topic is not None or not follows or placed:
                self.settle_waiting()  # "a tent, left; a boat, right"
        negated, former = self.negated, self.group or self.former
        self.start_clause()
        self.former, self.first = former, self.first and not former
        self.negated = negated

    def _count_behind(self) -> None:
        """A number in a clause of its own counts what the clause before was about, or what has its measure word: of
        蜜蜂围着花飞，四只 the bees."""
        said = self.modifiers
        if self.head is not None or not self.former or not said.count or said.values or self.waiting:
            return
        if self.apiece:
            counted = [n for n in self.former if self.things[n].count in (None, 1)]
        elif not said.measure or self.topic is not None:
            return
        else:
            free = [n for n in range(min(self.former), len(self.things))
                    if self.things[n].count in (None, 1) or self.things[n].several]  # fmt: skip
            measured = [n for n in free if measure(self.things[n].text) == said.measure]
            counted = ([n for n in free if self.things[n].several] or measured or free)[:1]
        for number in counted:
            self.things[number].count, self.things[number].several = said.count, False
        said.count = None if counted else said.count

    def settle_waiting(self, last: int | None = None) -> None:
        """Gives what waits to the thing named `last`, unless it has a place, or stands in a relation, by itself."""
        if self.things:
            thing = self.topic if self.topic is not None else len(self.things) - 1 if last is None else last
            for kind, value in self.waiting:
                free = not self.things[thing].place and not self.things[thing].relations
                if free or self.correcting or kind not in ("place", "relation"):
                    self.give((thing,), kind, value)
        self.waiting = []

    def settle_lined(self) -> None:
        """Lines up what was named one by one, or gives the arrangement to the only thing there is."""
        if self.lined:
            value, first = self.lined
            among = range(first, len(self.things))
            things = [n for n in self.subjects() if n in among and not any(
                set(of) & set(among) for _, of, _ in self.things[n].relations)]  # fmt: skip
            things = things if len(things) > 1 else list(among)
            if len(things) > 1 and not any(self.things[number].is_many for number in things):
                self.line_up(things, "left of" if value == "row" else "above")
            else:
                self.give((first,), "arrangement", value)

    def listed(self) -> list[int]:
        """Single things named one by one, if an arrangement behind them may be of all: "a cup, a pot, in a row"."""
        named = [n for n in self.subjects() if n >= self.begun and self.things[n].left != 0]
        bare = not self.alone and not any(self.things[n].relations or self.things[n].place for n in named)
        group = named if bare else self.group
        return group if len(group) > 1 and not any(self.things[n].is_many for n in group) else []

    def line_up(self, things: Sequence[int], word: str) -> None:
        """Relates each of some things to the next."""
        for one, other in pairwise(things):
            self.relate((one,), word, (other,), False)

    def entitle(self) -> None:
        """What a sentence, or what stands before a colon, does no more than name may be a title."""
        thing = self.things[-1] if len(self.things) - 1 == self.begun else None
        if thing and thing.count is None and not (thing.values or thing.place or thing.shares or thing.relations):
            self.titles.append(self.begun)

    def forget_titles(self) -> None:
        """Of a title nothing is drawn where the same is asked for behind it: "dim sum: four dumplings"."""
        for title in self.titles:
            named = self.things[title]
            same = [n for n, thing in enumerate(self.things) if thing.subject == named.subject]
            told = is_chinese(named.text) and (named.values or named.place)  # since, where it was named by itself again
            told = told or any(title in of for thing in self.things for _, of, _ in thing.relations)
            if title < same[-1] and not told:
                self.things[title].parts = self.things[title].count = 1
