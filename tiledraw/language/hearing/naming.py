"""Naming: which things nouns, numbers and pronouns name: new ones, ones named before, or some of several.

Knows tokens and drafts. Knows nothing about places and relations but that a thing may end what waits for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tiledraw.language.hearing.again import PERSONS, group_of, is_short_for
from tiledraw.language.hearing.drafts import Draft
from tiledraw.language.hearing.following import LOOKS, goes_on, names_thing, told_of
from tiledraw.language.hearing.joining import Modifiers
from tiledraw.language.hearing.looking import Looking
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import COUNTED_BY, is_chinese
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.subjects import drawn_as

BESIDE = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
CLOTHES = "clothes"
_GROUPS = {"bunch", "herd", "flock", "pack", "pile", "group", "swarm", "school", "lot", "heap", "crowd", "collection",
           "family", "team", "army", "handful", "trail", "string", "cluster", "set", "gang", "litter"}  # fmt: skip
_SEVERAL = ("them", "they", "它们", "他们", "她们")
_WOMEN = ("woman", "girl", "old woman", "princess", "bride", "nurse", "fairy", "mermaid")
_DEEDS = ("wearing", "holding", "riding", "playing with", "chasing", "looking at")
_RINGS = ("ring", "circle")


def _counts_next(rest: list[Token]) -> bool:
    """Whether a number behind a Chinese noun counts the next one: that, or what is said of it, follows."""
    rest = rest[1:] if rest and (rest[0].kind == "measure" or rest[0].text == "只") else rest
    return not rest or rest[0].kind in ("thing", "noun", "gen", "general", *LOOKS)


class Naming(Looking):
    """Takes nouns, numbers and pronouns."""

    def take_count(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A number: of the next thing, or of the one before ("apples x3", 苹果三个)."""
        if token.value > MAX_PLACEMENTS and not names_thing(rest):
            return  # a year
        times = bool(before) and before[-1].kind == "times"
        whole, said = None if times else self.whole(token.value), self.modifiers
        them = [one.kind for one in rest[:2]] == ["of", "it"]
        told = them or (told_of(rest) and not names_thing(rest))
        if whole is not None and told and not (said.fresh or said.compared or said.place):
            self.take_member(whole, token.value)
            return
        if self.means_ones(token, rest):
            self.take_ones(token, rest)
            return
        thing = self.head if self.head is not None else self.topic
        draft = self.things[thing] if thing is not None else None
        behind = (
            bool(before) and before[-1].kind == "thing" and is_chinese(before[-1].text) and self.head == self.latest
        )
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
        if len(side) == 1 and side[0] in BESIDE:
            self.relate((number,), BESIDE[side[0]], (whole,), False)
        return number

    def take_sides(self, sides: list[str]) -> None:
        """Two things, or each of two, on either side: 王子和公主，一左一右."""
        things = self.group if self.head is not None else self._together()
        if len(things) < 2 and things and self.things[things[-1]].count == 2:
            things = [self.member(things[-1], 1), self.member(things[-1], 1)]
        if len(things) == 1 and not self.things[things[0]].is_many and things[0] > self.begun:
            things = [things[0] - 1, things[0]]
        for number, side in zip(things[-2:], sides, strict=False):
            self.place((number,), (side,))

    def take_rest(self, rest: list[Token]) -> None:
        """What is left of several things: "the other one"."""
        if names_thing(rest):
            self.modifiers.definite = True
        elif (whole := self.whole(1)) is not None:
            self.take_member(whole, self.things[whole].left or 1)

    def take_noun(self, token: Token, before: list[Token], rest: list[Token], general: tuple[str, ...] = ()) -> None:
        """A noun: something new, or something named before; of a relation that waits, the other thing. A `general` one
        means any of these subjects."""
        modifiers, subject = self.modifiers, token.value if token.kind == "thing" else ""
        if token.text.casefold() == "orange" and self.is_colour(before, rest):
            self.take_look("colour", "orange", before, rest)
            return
        if token.kind == "noun" and rest and rest[0].kind == "of" and names_thing(rest[1:]):
            if token.text.casefold() in _GROUPS:
                modifiers.few |= modifiers.count is None  # "a bunch of bananas"
                modifiers.fresh, modifiers.count = True, None
            return
        rings = [n for n, thing in enumerate(self.things) if thing.values.get("arrangement") == "circle"]
        if token.text.casefold() in _RINGS and modifiers.definite and rings and self.open:  # "inside the ring, a fairy"
            self.open, self.modifiers = None, Modifiers()
            self.waiting.append(("passive", ("around", (rings[-1],))))
            return
        drawn = drawn_as(subject, self.known) if subject else None
        self.modifiers = Modifiers()
        if self.negated:
            self.absent += [drawn or subject] if subject else []
            self.refused = True
            return
        if (drawn or subject) in self.absent and not modifiers.new and not modifiers.values:
            return  # "no cats, please, cats are boring"
        number = self._mentioned(drawn or subject or token.text, modifiers, token, rest)
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
        draft = Draft(
            drawn or subject or token.text, token.text, count, dict(modifiers.values), known=drawn is not None
        )
        draft.general = general
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
        if modifiers.flanking:
            self.things[number].place = ("left",)
            self.things.append(self.things[number].another(place=("right",)))
            self.flanks = number, number + 1
        if modifiers.contrast and count == 2:  # 一大一小两只靴子
            self.contrast(number)
        if modifiers.grid:
            self.give((number,), "grid", modifiers.grid)
        self.named(number, rest)

    def contrast(self, number: int) -> None:
        """Two things, of which one is larger."""
        self.modifiers.contrast, self.things[number].count = False, 1
        larger = self.things[number].another(relations=[("larger than", (number,), 0)])
        self.things[number].values["size"], larger.values["size"] = "small", "large"
        self.things.append(larger)

    def choose(self) -> None:
        """Makes "any animal" one that can be drawn, is not unwanted, and is not named otherwise, if there is one."""
        for thing in self.things:
            if thing.general:
                named = {other.subject for other in self.things if other is not thing}
                fitting = [name for name in thing.general if name in self.known and name not in self.absent]
                thing.subject = next((name for name in fitting if name not in named), (fitting or thing.general)[0])
                thing.known = bool(fitting)

    def is_colour(self, before: list[Token], rest: list[Token]) -> bool:
        """Whether "orange" is a colour here."""
        behind = before[-1].text.casefold() if before else ""
        if self.things and before and before[-1].value == "topic":
            return True  # "couch: orange"
        asked = bool(rest) and rest[0].text.casefold() in ("if", "please")
        if self.things and before and before[-1].kind == "break" and asked:
            return True  # "a rose, orange if possible"
        return bool(rest and rest[0].kind in ("thing", "ones", "noun", "backdrop")) or (
            behind
            in ("in", "is", "are", "painted", "all", "everything", "coloured", "colored", "color", "be", "bright")
        )

    def _mentioned(self, subject: str, modifiers: Modifiers, token: Token, rest: list[Token]) -> int | None:
        """The thing that a noun names again, if it does: "the dog", a bare Chinese noun, "a whale. A big whale"."""
        values = modifiers.values

        apart = not self.joint or (bool(rest) and rest[0].kind == "localiser")

        def may_be(thing: Draft) -> bool:
            return thing.subject == subject or (not modifiers.new and apart and is_short_for(token, thing))

        fitting = [
            number
            for number, thing in enumerate(self.things)
            if may_be(thing) and all(thing.values.get(kind, word) == word for kind, word in values.items())
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

    def means_ones(self, token: Token, rest: list[Token]) -> bool:
        """Whether "one" stands for a noun: "the right one"."""
        if token.text.casefold() != "one" or not self.things or names_thing(rest):
            return False
        modifiers = self.modifiers
        return bool(modifiers.definite or modifiers.values or modifiers.place or modifiers.compared)

    def take_ones(self, token: Token, rest: list[Token]) -> None:
        """ "two yellow ones": another of what was named last."""
        modifiers, self.modifiers = self.modifiers, Modifiers()
        if not self.things or self.negated:
            return
        last = self.things[-1]
        whole = self.whole(modifiers.count or 1) if token.text.casefold() == "one" else None
        apart = self.head is None or self.things[self.head].part_of is not None
        if whole is not None and apart and not modifiers.values.keys() & self.things[whole].values.keys():
            self.modifiers = modifiers
            self.take_member(whole, modifiers.count or 1)
            self.place((len(self.things) - 1,), modifiers.place)
            return
        draft = Draft(last.subject, last.text, modifiers.count, dict(modifiers.values), known=last.known)
        draft.several, draft.place = modifiers.count is None and token.text.casefold() == "ones", modifiers.place
        self.things.append(draft)
        self.named(len(self.things) - 1, rest)

    def take_it(self, token: Token, rest: list[Token]) -> None:
        """A pronoun: the thing named last, or several."""
        if not self.things or (self.negated and is_chinese(token.text)):
            self.open = None if self.negated else self.open
            return
        last, several = len(self.things) - 1, token.kind == "both" or token.text.casefold() in _SEVERAL
        if not self.open:
            last = self._meant(token.text)
            self.previous = self.group
            alone = not several or self.things[last].is_many or not last or not is_chinese(token.text)
            self.head, self.group = last, [last] if alone else self._together() or [last - 1, last]
            return
        word, subjects, passive = self.open
        others = [number for number in range(len(self.things)) if number not in subjects]
        if several and len(others) > 1 and word not in ("between", "around"):
            self.open = None
            for other in others[-2:]:
                if subjects:
                    self.relate(subjects, word, (other,), passive)
                else:
                    self.waiting.append(("relation", (word, (other,), self.times)))
        elif word == "between" and len(others) > 1 and not self.things[others[-1]].is_many:
            self.anchors, self.open = [], None
            self.relate(subjects, word, tuple(others[-2:]), passive)
        else:
            self.named(others[-1] if others else last, rest)

    def _meant(self, pronoun: str) -> int:
        """The thing that a pronoun stands for: the last one that may be a she, a he or an it, if there is one."""
        people = [n for n, thing in enumerate(self.things) if group_of(thing.subject) in PERSONS[:2]]
        women = [n for n in people if self.things[n].subject in _WOMEN]
        last = len(self.things) - 1
        if pronoun in ("前者", "后者"):
            return max(0, last - 1) if pronoun == "前者" else last
        if pronoun in ("她", "她们"):
            return (women or people or [last])[-1]
        if pronoun in ("他", "他们"):
            return ([n for n in people if n not in women] or people or [last])[-1]
        return last

    def bearer(self, number: int) -> int:
        """Who wears, holds or rides a thing, if anybody does: 女孩戴着围巾，身旁有猫 speaks of the girl."""
        for other, thing in enumerate(self.things):
            if any(word in _DEEDS and number in of for word, of, _ in thing.relations):
                return other
        return number

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

    def named(self, number: int, rest: list[Token]) -> None:
        """A thing has been named: a relation that waits takes it, or it becomes the head of the clause."""
        worn, self.had = self.had if self.joint else None, None
        self.latest = number
        own = takewhile(lambda token: token.kind not in ("and", "break"), rest[:4])  # "and a fork next to it"
        alone = any(token.kind in ("relates to it", "relation", "place") for token in own)
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
            if subjects and (word in ("wearing", "holding") or (passive and word in ("in", "on"))):
                self.had = word, subjects, passive
            if subjects:  # one of a list may be what the last relates to
                self.relate(subjects[-1:] if number in subjects[:-1] else subjects, word, of, passive)
            else:
                self.waiting.append(("passive", (word, of)) if passive else ("relation", (word, of, self.times)))
            self.times = 0
            return
        waiting, self.waiting = self.waiting, []
        if self.joint and not waiting and self.head is not None:
            waiting = self.shared
        elif waiting:
            self.shared = [(kind, value) for kind, value in waiting if kind in ("relation", "passive")]
        for kind, value in waiting:
            if kind == "arrangement" and value in ("row", "column") and not self.things[number].is_many:
                self.lined = value, number  # if others follow
            else:
                self.give((number,), kind, value)
        head = self.things[self.head] if self.head is not None else None
        joined = self.joint and head is not None and (not head.relations or bool(self.shared)) and not head.place
        if not joined:
            self.previous = self.group
        self.group = [*self.group, number] if joined else [number]
        self.head, self.joint = number, False

    def _wear(self, number: int, subjects: Sequence[int]) -> None:
        """Several who wear something have one each."""
        worn, total = self.things[number], sum(self.things[n].count or 1 for n in subjects)
        if worn.count is None and total > 1 and not any(self.things[n].several for n in subjects):
            worn.count, worn.several = total, False

    def _is_had(self, word: str, number: int) -> bool:
        """Whether a thing behind "and" is worn or held, too."""
        group = group_of(self.things[number].subject)
        return group == CLOTHES if word == "wearing" else group not in (*PERSONS, "places")
