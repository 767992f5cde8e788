"""Choosing: which of the things so far numbers, ordinals and pronouns mean: "two of them", "the red one", "the other".

Knows tokens and drafts. Knows nothing about places and relations but that a thing may end what waits for one.
"""

from __future__ import annotations

from tiledraw.language.hearing.drafts import Draft
from tiledraw.language.hearing.following import LOOKS, names_thing, told_of
from tiledraw.language.hearing.joining import Modifiers
from tiledraw.language.hearing.naming import Naming
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import COUNTED_BY, is_chinese
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import ACTIONS

_SEVERAL = ("them", "they", "它们", "他们", "她们")
_TOLD = ("break", "with", "relation", "place", "relates to it", *LOOKS)  # what is said of "another"
_NEW = ("one", "the", "count", "few", "pair")  # what begins another noun


def _counts_next(rest: list[Token]) -> bool:
    """Whether a number behind a Chinese noun counts the next one: that, or what is said of it, follows."""
    rest = rest[1:] if rest and (rest[0].kind == "measure" or rest[0].text == "只") else rest
    return not rest or rest[0].kind in ("thing", "noun", "gen", "general", *LOOKS)


class Choosing(Naming):
    """Takes numbers, ordinals and pronouns."""

    def take_count(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A number: of the next thing, or of the one before ("apples x3", 苹果三个)."""
        if token.value > MAX_PLACEMENTS and not names_thing(rest):
            return  # a year
        times = bool(before) and before[-1].kind == "times"
        whole, said = None if times else self.whole(token.value), self.modifiers
        them = [one.kind for one in rest[:2]] == ["of", "it"]
        told = them or (told_of(rest) and not names_thing(rest))
        if whole is not None and told and not (said.compared or said.place):
            self.take_member(whole, token.value)
            return
        if self.means_ones(token, rest):
            self.take_ones(token, rest)
            return
        thing = self.head if self.head is not None else self.topic
        draft = self.things[thing] if thing is not None else None
        last = before[-1] if before else None
        behind = last is not None and last.kind == "thing" and is_chinese(last.text) and self.head == self.latest
        if behind and draft is not None and draft.count is None and not _counts_next(rest):
            draft.count = token.value  # 煎蛋俩加培根
        elif draft is None or draft.count is not None or (names_thing(rest) and not times):
            self.modifiers.count = token.value
        elif times or draft.several or is_chinese(draft.text) or before[-1].kind == "thing":
            draft.count = token.value  # but "my cat turns 5" is one cat

    def take_pair(self, text: str, before: list[Token]) -> None:
        """Pairs behind the noun: 靴子一双, 鸽子三对."""
        number = self.head if self.head is not None else self.former[-1] if self.former else None
        behind = len(text) > 1 or (bool(before) and before[-1].kind in ("thing", "count"))  # 对 may mean "yes"
        if number is None or not behind or self.things[number].subject in COUNTED_BY:
            return
        told = before[-1].value if before and before[-1].kind == "count" else 1
        if self.things[number].count in (None, 1, told):
            self.things[number].count, self.modifiers.count = 2 * told, None

    def take_member(self, whole: int, count: int) -> None:
        """Some of several things: "two cats, one on the left"."""
        values, self.modifiers = self.modifiers.values, Modifiers()
        number, self.joint = self.member(whole, count), False
        self.say(number, values)
        self.named(number, [])

    def take_rest(self, rest: list[Token]) -> None:
        """What is left of several things: "the other one"."""
        if names_thing(rest) and rest[0].kind not in _NEW:
            self.modifiers.definite = True
        elif (whole := self.whole(1)) is not None:
            self.take_member(whole, self.things[whole].left or 1)
        elif self.latest is not None:  # "the green one larger than the other"
            this = self.open[1][0] if self.open and self.open[1] else self.latest
            same = [n for n in self._alike(this) if n != this]
            if same:
                self.named(same[-1], rest)

    def take_that(self, rest: list[Token]) -> None:
        """One of several that a look or a side tells apart: 左边那只, 红的比绿的大."""
        sides = [value for kind, value in self.waiting if kind == "place"]
        number = self._told_apart(self.modifiers.values, sides[-1] if sides else ())
        if number is not None:
            self.modifiers = Modifiers()
            self.waiting = [one for one in self.waiting if one[0] != "place"]
            self.named(number, rest)

    def _told_apart(self, values: dict[str, str], side: tuple[str, ...]) -> int | None:
        """The thing that looks so, or stands there; of several that look alike one becomes a thing by itself."""
        for number in reversed(range(len(self.things))):
            thing = self.things[number]
            if values and values.items() <= thing.values.items() and thing.left != 0:
                return number
            if side and not values and thing.part_of is not None and set(side) <= set(thing.place):
                return number
        whole = self.whole(1)
        if whole is None or not (values or side):
            return None
        number = self.member(whole, 1)
        self.say(number, values)
        if side:
            self.place((number,), side)
        return number

    def take_sides(self, sides: list[str]) -> None:
        """Two things, or each of two, on either side: 王子和公主，一左一右."""
        things = self.group if self.head is not None else self._together()
        if len(things) < 2 and things and self.things[things[-1]].count == 2:
            things = [self.member(things[-1], 1), self.member(things[-1], 1)]
        for number, side in zip(things[-2:], sides, strict=False):
            self.place((number,), (side,))

    def take_part(self, percent: int) -> None:
        """So many percent of several things: "half of them"."""
        if (whole := self.whole(1)) is not None:
            self.take_member(whole, max(1, round((self.things[whole].count or 1) * percent / 100)))

    def take_ordinal(self, number: int, rest: list[Token]) -> None:
        """ "The first", "the latter": one of several things, or of those that the noun behind it names. Negative
        numbers count from the end."""
        if names_thing(rest) and rest[0].kind not in _NEW:
            self.modifiers.definite, self.modifiers.nth = True, max(number, 0)
            return
        whole = self.whole(1)
        if whole is None:
            spoken = self.subjects()
            alike = self._alike(spoken[-1]) if spoken else []
            parts = spoken if len(alike) < 2 else alike
            parts = parts[-2:] if number < 0 else parts
        else:
            parts = [n for n, thing in enumerate(self.things) if thing.part_of == whole]
        place = number if number < 0 else number - 1
        if -len(parts) <= place < len(parts):
            self.modifiers = Modifiers()
            self.named(parts[place], rest)
        elif whole is not None and self.things[whole].left:
            self.take_member(whole, 1)

    def _alike(self, number: int) -> list[int]:
        """Things of the same subject that are drawn."""
        subject = self.things[number].subject
        return [n for n, thing in enumerate(self.things) if thing.subject == subject and thing.left != 0]

    def means_ones(self, token: Token, rest: list[Token]) -> bool:
        """Whether "one" stands for a noun: "the right one", and "another"."""
        if token.text.casefold() == "another":
            return bool(self.things) and bool(rest) and rest[0].kind in _TOLD and not names_thing(rest)
        pointed = self.modifiers.definite and bool(rest) and rest[0].kind in ("one", "few")  # "the left one a goat"
        if token.text.casefold() != "one" or not self.things or (names_thing(rest) and not pointed):
            return False
        modifiers = self.modifiers
        return bool(modifiers.definite or modifiers.values or modifiers.place or modifiers.compared)

    def take_ones(self, token: Token, rest: list[Token]) -> None:
        """ "two yellow ones": another of what was named last."""
        modifiers, self.modifiers = self.modifiers, Modifiers()
        if not self.things or self.negated:
            return
        told = self.former[-1] if self.head is None and self.former and modifiers.count is None else None
        if told is not None and modifiers.values and not modifiers.place and not modifiers.definite:
            thing = self.things[told]  # "a vase, a glass one"
            same = not modifiers.values.keys() & thing.values.keys() and not thing.relations and not thing.parts
            if same and thing.is_many == (token.text.casefold() == "ones"):
                self.say(told, modifiers.values)
                self.named(told, rest)
                return
        if not modifiers.new and modifiers.definite and (meant := self._described(modifiers)) is not None:
            self.named(meant, rest)
            return
        last = self.things[(self.subjects() or [-1])[-1]]
        had: list[int] = []
        if self.open and self.open[0] in ACTIONS:  # "a girl holding a red balloon, another a blue one"
            word = self.open[0]
            had = [of[0] for thing in self.things for said, of, _ in thing.relations if said == word]
            last = self.things[had[-1]] if had else last
        whole = self.whole(modifiers.count or 1) if token.text.casefold() == "one" or modifiers.count else None
        apart = self.head is None or self.things[self.head].part_of is not None
        clash = whole is not None and bool(modifiers.values.keys() & self.things[whole].values.keys())
        if whole is not None and apart and not had and not clash:
            self.modifiers = modifiers
            self.take_member(whole, modifiers.count or 1)
            self.place((len(self.things) - 1,), modifiers.place)
            return
        draft = Draft(last.subject, last.text, modifiers.count, dict(modifiers.values), known=last.known)
        draft.several, draft.place = modifiers.count is None and token.text.casefold() == "ones", modifiers.place
        self.things.append(draft)
        self.named(len(self.things) - 1, rest)

    def _described(self, modifiers: Modifiers) -> int | None:
        """What was named before of which all is true that is said now: "the red one", "the left one"."""
        for number in reversed(range(len(self.things))):
            thing = self.things[number]
            said = modifiers.values.items() <= thing.values.items() and set(modifiers.place) <= set(thing.place)
            if said and (modifiers.values or modifiers.place) and thing.left != 0:
                return number
        return None

    def take_it(self, token: Token, rest: list[Token]) -> None:
        """A pronoun: the thing named last, or several."""
        if not self.things or (self.negated and is_chinese(token.text)):
            self.open = None if self.negated else self.open
            return
        last, several = len(self.things) - 1, token.kind == "both" or token.text.casefold() in _SEVERAL
        if not self.open:
            if not any(kind == "relation" for kind, _ in self.waiting):  # "between the two of them"
                last = self.meant("", range(len(self.things)), token.text)[-1] if is_chinese(token.text) else last
                pair = several and token.text.casefold() != "them" and last > 0 and not self.things[last].is_many
                self.previous = self.group
                told = self._together() if is_chinese(token.text) else []
                self.head, self.group = last, (told or [last - 1, last]) if pair else [last]
            return
        word, subjects, passive = self.open
        others = [number for number in range(len(self.things)) if number not in subjects]
        if not others and len(subjects) > 1:  # "a girl and a turtle bigger than her"
            others, subjects = list(subjects[:-1]), subjects[-1:]
            self.open = word, subjects, passive
        if several and len(others) > 1 and word not in ("between", "around"):
            self.open = None
            pair = token.kind == "both" or is_chinese(token.text)
            for other in others[-2:] if pair else self.meant(word, others, "them"):
                if subjects:
                    self.relate(subjects, word, (other,), passive)
                else:
                    self.waiting.append(("relation", (word, (other,), self.times)))
        elif word == "between" and len(others) > 1 and not self.things[others[-1]].is_many:
            self.anchors, self.open = [], None
            self.relate(subjects, word, tuple(others[-2:]), passive)
        else:
            self.named(self.meant(word, others, token.text)[-1] if others and word else last, rest)

    def _together(self) -> list[int]:
        """What "both" and 都 speak of behind its clause: what the clause before was about, or all of its sentence."""
        if len(self.former) > 1 or any(self.things[n].is_many for n in self.former):
            return list(self.former)
        return list(range(self.begun, len(self.things)))

    def take_all(self) -> None:
        """ "All" of what was named: 一个月亮和三颗星星，都是黄的."""
        if self.head is None and (things := self._together()):
            self.head, self.group = things[-1], things
        self.together = True

    def take_he(self, pronoun: str) -> None:
        """ "She", of somebody named before."""
        number = self.meant("", range(len(self.things)), pronoun)[-1]
        if self.agrees(number, [pronoun]):
            self.head, self.group = number, [number]

    def take_each_other(self) -> None:
        """Things that relate to each other: "a cat and a dog looking at each other"."""
        if self.open:
            word, subjects, _ = self.open
            several = subjects if len(subjects) > 1 else tuple(self.former)
            self.relate(several[:-1], word, several[-1:], False)
            self.open = None
