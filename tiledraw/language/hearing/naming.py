"""Naming: which things nouns name: new ones, or ones named before.

Knows tokens and drafts. Knows nothing about places and relations but that a thing may end what waits for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tiledraw.language.hearing.again import is_short_for
from tiledraw.language.hearing.drafts import Draft
from tiledraw.language.hearing.following import goes_on, names_thing, side_behind
from tiledraw.language.hearing.joining import Modifiers
from tiledraw.language.hearing.looking import Looking
from tiledraw.language.hearing.meanings import OPPOSITE
from tiledraw.language.hearing.referring import LIVING, group_of, is_worn
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import COUNTED_BY, is_chinese
from tiledraw.language.subjects import drawn_as


class Naming(Looking):
    """Takes nouns."""

    def take_noun(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A noun: something new, or something named before; of a relation that waits, the other thing."""
        modifiers, subject = self.modifiers, token.value if token.kind == "thing" else ""
        if token.text.casefold() == "orange" and self.is_colour(before, rest):
            self.take_look("colour", "orange", before, rest)
            return
        if token.kind == "noun" and rest and rest[0].kind == "of" and names_thing(rest[1:]):
            return
        drawn = drawn_as(subject, self.known) if subject else None
        self.modifiers = Modifiers()
        if self.negated:
            self.absent += [drawn or subject] if subject and not self.aside else []
            self.refused = True
            return
        if (drawn or subject) in self.absent and not modifiers.new and not modifiers.values:
            return  # "no cats, please, cats are boring"
        name = drawn or subject or token.text
        number = self._mentioned(name, modifiers, token, before, rest)
        if modifiers.nth and not modifiers.fresh:  # "the second table"
            same = [n for n, thing in enumerate(self.things) if thing.subject == name]
            number = same[modifiers.nth - 1] if modifiers.nth <= len(same) > 1 else None
        if number is not None:
            self.say(number, modifiers.values)
            self.named(number, rest)
            return
        few = modifiers.few and subject not in ("fire", *COUNTED_BY)  # a pile of fire is one
        several = (token.several and modifiers.count is None) or few
        count = modifiers.count
        if self.each is not None and count in (None, 1) and not several:
            count, self.each = self.things[self.each].count, None
        if modifiers.pair and token.text.casefold() not in COUNTED_BY:
            count = 2 * (count or 1)
        draft = Draft(name, token.text, count, dict(modifiers.values), known=drawn is not None)
        draft.several, draft.place = several and count is None, modifiers.place
        draft.bare = not (modifiers.new or modifiers.definite or several or modifiers.values)
        if (
            self.correcting and self.things and self.head is None and not (self.waiting or self.refused)
        ):  # "a cat, no, a dog"
            draft.place, draft.relations = self.things[-1].place, self.things[-1].relations
            self.things[-1] = draft
        else:
            self.things.append(draft)
        self.correcting = self.refused = False
        number = len(self.things) - 1
        if modifiers.flanking:  # 左右各一棵树
            self.things[number].place = ("left",)
            self.things.append(self.things[number].another(place=("right",)))
        if modifiers.contrast and count == 2:  # 一大一小两只靴子
            self.contrast(number)
        if modifiers.grid:
            self.give((number,), "grid", modifiers.grid)
        self.named(number, rest)

    def contrast(self, number: int) -> None:
        """Two things, of which one is large and one is small."""
        self.modifiers.contrast, self.things[number].count = False, 1
        small = self.things[number].another()
        self.things[number].values["size"], small.values["size"] = "large", "small"
        self.things.append(small)

    def is_colour(self, before: list[Token], rest: list[Token]) -> bool:
        """Whether "orange" is a colour here."""
        behind = before[-1].text.casefold() if before else ""
        food = any(group_of(thing.subject) == "food" for thing in self.things[-1:])
        apart = not rest or rest[0].kind in ("break", "relation", "relates to it", "place", "with", "localiser")
        if self.things and not food and apart and before and before[-1].kind in ("break", "count", "thing"):
            return True  # "a cat, orange, on a mat"; "four blue books, four orange"
        return bool(rest and (rest[0].kind in ("thing", "ones", "noun", "backdrop") or rest[0].text == "one")) or (
            behind
            in ("in", "is", "are", "painted", "all", "everything", "coloured", "colored", "color", "be", "bright")
        )

    def _mentioned(
        self, subject: str, modifiers: Modifiers, token: Token, before: list[Token], rest: list[Token]
    ) -> int | None:
        """The thing that a noun names again, if it does: "the dog", a bare Chinese noun, "a whale. A big whale"."""
        values = modifiers.values
        apart = not self.joint or (bool(rest) and rest[0].kind == "localiser")

        def may_be(thing: Draft) -> bool:
            return thing.subject == subject or (not modifiers.new and apart and is_short_for(token, thing))

        side = (modifiers.place or side_behind(rest)) if modifiers.definite else ()
        if is_chinese(token.text) and not modifiers.new and before[-1:] != [] and before[-1].kind == "gen":
            side = next((value for kind, value in self.waiting if kind == "place"), ())  # 左边的猫

        def elsewhere(thing: Draft) -> bool:  # "the horse on the left and the horse on the right"
            return any(OPPOSITE.get(one) in thing.place for one in side)

        fitting = [
            number
            for number, thing in enumerate(self.things)
            if may_be(thing)
            and not elsewhere(thing)
            and all(thing.values.get(kind, word) == word for kind, word in values.items())
        ]
        if self.alone and values and fitting == [len(self.things) - 1] and modifiers.count is None:
            return fitting[-1]
        if is_chinese(token.text) and not modifiers.new and fitting == [self.latest] and not self.joint:
            return fitting[0]  # 拿着气球，是红气球
        # "a cat and a dog, cat on the left"
        again = [n for n in fitting if not token.several or self.things[n].several or self.things[n].is_many]
        if modifiers.definite and modifiers.count is not None:  # "two cats and a dog. The two cats ..."
            counted = [number for number in fitting if self.things[number].count == modifiers.count]
            if counted:
                return counted[-1]
        if modifiers.new or not (modifiers.definite or is_chinese(token.text) or self.open or again):
            return None
        exact = [number for number in fitting if values.items() <= self.things[number].values.items()]
        return (exact or [None])[-1] if values else (fitting or [None])[-1]

    def named(self, number: int, rest: list[Token]) -> None:
        """A thing has been named: a relation that waits takes it, or it becomes the head of the clause."""
        worn, self.had = self.had if self.joint else None, None
        self.latest = number
        if self.joint and self.waiting and [token.kind for token in rest[:1]] == ["gen"]:  # 戴着帽子和围巾的雪人
            kind, value = self.waiting[-1]
            if kind == "relation" and value[0] in ("wearing", "holding") and self._is_had(value[0], number):
                self.waiting.append((kind, (value[0], (number,), 0)))
                self.objects.append(number)
                self.joint = False
                return
        own = takewhile(lambda token: token.kind not in ("and", "break"), rest[:4])  # "and a fork next to it"
        alone = any(token.kind in ("relates to it", "place") for token in own)
        if worn is not None and not (self.open or alone) and self._is_had(worn[0], number):  # "wearing a hat and a tie"
            self.open, self.joint = worn, False
        if self.open:
            word, subjects, passive = self.open
            if word == "between" and not passive and not self.anchors and goes_on(rest):
                self.anchors.append(number)
                return
            of = (*self.anchors, number)
            self.open, self.anchors = None, []
            if word == "wearing" or (word == "holding" and self.together):
                self._wear(number, subjects)
            self.objects += of
            if subjects and (word in ("wearing", "holding") or (passive and word in ("in", "on"))):
                self.had = word, subjects, passive
            if number in subjects[:-1]:  # one of a list may be what the last relates to
                subjects = subjects[-1:]
            for said in filter(None, (word, self.also)):
                if subjects:
                    self.relate(subjects, said, of, passive)
                else:
                    self.waiting.append(("passive", (said, of)) if passive else ("relation", (said, of, self.times)))
            self.times, self.also = 0, ""
            return
        waiting, self.waiting = self.waiting, []
        if self.joint and not waiting and self.head is not None:
            waiting = self.shared
        elif waiting:
            shared = [] if self.apart else waiting
            self.shared = [(kind, value) for kind, value in shared if kind in ("relation", "passive")]
        for kind, value in waiting:
            if kind == "arrangement" and value in ("row", "column") and not self.things[number].is_many:
                self.lined = value, number  # if others follow
            else:
                self.give((number,), kind, value)
        head = self.things[self.head] if self.head is not None else None
        free = head is not None and (not head.relations or bool(self.shared) or self.apart)
        joined = self.joint and head is not None and free and not head.place
        self.apart = False
        if not joined:
            self.previous = self.group
        self.group = [*self.group, number] if joined else [number]
        self.head, self.joint = number, False

    def _wear(self, number: int, subjects: Sequence[int]) -> None:
        """Several who wear something have one each."""
        apart = {self.things[n].part_of for n in subjects}  # several whose members wear it themselves
        worn, total = self.things[number], sum(self.things[n].count or 1 for n in subjects if n not in apart)
        each = worn.several or is_chinese(worn.text)  # but "a man and a woman wearing a hat"
        if each and worn.count is None and total > 1 and not any(self.things[n].several for n in subjects):
            worn.count, worn.several = total, False

    def _is_had(self, word: str, number: int) -> bool:
        """Whether a thing behind "and" is worn or held, too."""
        subject = self.things[number].subject
        return is_worn(subject) if word == "wearing" else group_of(subject) not in (*LIVING, "places")
