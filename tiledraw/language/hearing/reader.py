"""The reader: prompts in English and Chinese into requests by fixed rules, the same way every time.

A prompt is scanned into phrases (`scanning.py`); going through them, words before a noun become what is said of it,
places and arrangements belong to the thing before them in their clause or else to the next one, and relations join
things. What a negation covers is absent; what nobody knows is unknown.
Knows words and grammar. Knows nothing about boxes, pixels or models.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import Any

from tiledraw.common.checks import check_prompt
from tiledraw.language.hearing.drafts import Draft, location, request_of
from tiledraw.language.hearing.following import (
    LOOKS,
    NAMING,
    breaks_first,
    but_only,
    goes_on,
    leads_to,
    lists,
    names_alone,
    names_thing,
    of_thing,
    refused_behind,
    told_of,
    words,
)
from tiledraw.language.hearing.joining import Joining
from tiledraw.language.hearing.relevance import relevant
from tiledraw.language.hearing.scanning import Token, scan
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import COUNTED_BY, is_chinese
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import AMONG, COMPARED, PARTS, Request
from tiledraw.language.subjects import drawn_as
from tiledraw.language.subjects import subjects as all_subjects

_OF_PLACE = {"left": "left of", "right": "right of", "top": "on", "bottom": "under", "center": "in"}
_SITTING = {"sitting", "sits", "hiding", "hides", "sleeping", "sleeps", "lying", "curled", "standing", "asleep"}
_STANDING = ("在", "到", "于", "从", "过", "蹲", "坐", "站", "趴", "躺", "停", "挂", "立", "卧", "睡", "摆", "放", "搁", "漂", "飘", "着")
_WHO = ("which", "that", "who")
_GROUPS = {"bunch", "herd", "flock", "pack", "pile", "group", "swarm", "school", "lot", "heap", "crowd", "collection",
           "family", "team", "army", "handful", "trail", "string", "cluster", "set", "gang", "litter"}  # fmt: skip
_RINGS = ("ring", "circle")
_ACROSS = {"left of": "right of", "right of": "left of"}
_ALONE = {"above": "top", "below": "bottom"}  # a relation to nothing: "a sun above"
_PLACING = ("place", "arrangement", "background", "backdrop", "fraction")
_LOOSE = (*COMPARED, *AMONG, "in", "under", "behind", "next to", "near", "on")  # that may stand behind both things
_LINED = {"column": "above"}  # how single things stand to each other that are lined up
_CLOTHES = "clothes"
_HOLDERS = ("home", "food")  # groups of things that hold what they are "with"
_PERSONS = ("people", "fantasy", "mammals", "birds")


def read_request(prompt: str, subjects: Sequence[str] | None = None) -> Request:
    """What a prompt asks for. `subjects` are those that can be drawn; all of them if not given.

    Raises:
        PlanError: it asks for more than a picture holds.
        ValueError: it is empty, too long or no text.
    """
    known = tuple(all_subjects()) if subjects is None else tuple(subjects)
    reader = _Reader(frozenset(known))
    for sentence in relevant(scan(check_prompt(prompt))):
        reader.read(sentence)
    reader.choose()
    return request_of(reader.things, reader.common, reader.background, reader.absent, reader.empty)


@dataclass
class _Modifiers:
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

    @property
    def new(self) -> bool:
        """Whether they introduce something that was not named before."""
        return self.fresh or self.count is not None or self.pair or self.few


def _group_of(subject: str) -> str:
    """The group of a subject, "" if it is none."""
    entry = all_subjects().get(subject)
    return entry.group if entry else ""


def _behind_marks(tokens: list[Token]) -> bool:
    """Whether stripes, dots or the like stand right before, but for "in" and "that are"."""
    skipped = ("filler", "relation", "other")
    return next((token.kind for token in reversed(tokens) if token.kind not in skipped), "") == "marks"


def _marks_follow(tokens: list[Token]) -> bool:
    """Whether stripes, dots or the like follow, with no more before them than a colour."""
    return next((token.kind for token in tokens if token.kind not in ("colour", "filler", "size")), "") == "marks"


class _Reader(Joining):
    """Reads sentence by sentence what a prompt asks for."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__()
        self.known = known
        self.background, self.absent, self.empty = "", list[str](), list[str]()
        self.common = dict[str, str]()  # what is said of everything
        self.latest: int | None = None  # the thing named last
        self.former: list[int] = []  # what the clause before was about
        self._start_clause()

    def _start_clause(self) -> None:
        self.head: int | None = None  # the thing that a place or relation behind it belongs to
        self.group: list[int] = []  # the head, and things joined to it by "and"
        self.previous: list[int] = []  # the group before it in the clause
        self.shared: list[tuple[str, Any]] = []  # what waited for the head, and is said of what is joined to it, too
        self.joint = False  # whether "and" stands behind the head
        self.modifiers = _Modifiers()
        self.negated = False
        self.open: tuple[str, tuple[int, ...], bool] | None = None  # a relation that waits for its other thing
        self.anchors: list[int] = []  # things of a "between" so far
        self.had: tuple[str, tuple[int, ...], bool] | None = None  # who wears or holds what was named last
        self.times = 0
        self.each: int | None = None  # several things, of which each has what is named next
        self.backdrop = self.everything = self.nothing = False

    # --- sentences and clauses ---------------------------------------------------------------------------------------

    def read(self, sentence: list[Token]) -> None:
        self._start_clause()
        self.waiting, self.topic, self.correcting, listed = [], None, False, False
        self.lined: tuple[str, int] | None = None  # how things that are named one by one stand, and the first of them
        self.first = True  # whether no clause has ended in this sentence
        self.owner: tuple[int, int] | None = None  # what is said to be "with" something, and the first of these
        self.alone = sum(token.kind in NAMING for token in sentence) == 1
        for index, token in enumerate(sentence):
            rest = sentence[index + 1 :]
            if token.kind == "with" and (self._owns(rest) or leads_to(rest, ("marks",)) or _marks_follow(rest)):
                continue
            if token.kind == "instead" and self.head is not None and leads_to(rest, ("colour",)):
                continue  # 汽车改成绿色: painted so
            if token.kind in ("break", "not", "instead", "with"):
                correcting = token.kind == "instead" or (token.kind == "not" and bool(rest) and rest[0].kind == "break")
                if token.kind == "with" and self.head is not None:
                    self.owner = self.head, len(self.things)
                if token.kind == "not" and (not rest or rest[0].kind == "break") and self._retracts(sentence[:index]):
                    continue
                everything, heads = self.everything and not self.things, (self.head, self.group, self.shared)
                topic = self.head if token.value == "topic" else None
                listed = token.text in ("、", ",", "，") and not leads_to(rest, _PLACING) and names_thing(rest)
                bare = listed and self._is_bare() and lists(rest)
                had = self.had if listed and lists(rest) else None  # "with an apple, a pear and a plum"
                backdrop = self.backdrop and not names_thing(rest)
                self._end_clause(rest)
                self.topic, self.backdrop = topic, backdrop
                self.everything, self.correcting = everything, self.correcting or correcting
                goes_on = self.negated and token.text.casefold() in ("or", "nor", "、", "或") and names_thing(rest)
                self.nothing = token.kind == "not" and token.text.casefold().startswith("nothing")
                self.negated = goes_on or (token.kind == "not" and not correcting and not but_only(rest))
                if had is not None and not self.negated:
                    self.had, self.joint = had, True
                elif ((listed and heads[2]) or bare) and not self.negated:
                    # 桌上有猫、狗; "a cat, a dog and a pig on a bed"
                    self.head, self.group, self.shared = heads
                    self.joint = True
            else:
                self._take(token, sentence[:index], rest)
        self._end_clause([])
        self._settle_waiting()
        if self.lined:
            (value, first), self.lined = self.lined, None
            lined = list(range(first, len(self.things)))
            if len(lined) > 1 and not any(self.things[number].is_many for number in lined):
                for one, other in pairwise(lined):
                    self.relate((one,), "left of" if value == "row" else "above", (other,), False)
            else:
                self.give((first,), "arrangement", value)

    def _take_nothing(self) -> None:
        """A place is named before it is said that nothing is there: 中央什么也别放."""
        if self.waiting and self.waiting[-1][0] == "place" and self.head is None:
            self.empty += [part for part in [location(self.waiting.pop()[1])] if part in PARTS]

    def _retracts(self, before: list[Token]) -> bool:
        """Whether a "no" behind a noun takes it back: "Tomatoes no, please", "A zoo? No."."""
        before = list(before)
        while before and before[-1].kind in ("filler", "instead"):
            before.pop()
        if before and before[-1].kind == "break" and len(before) == 2:  # "Sun, no."
            before = before[:-1]
        if not self.things or (before and before[-1].kind not in ("thing", "noun")):
            return False
        named = [one for one in self.things if not before or before[-1].text == one.text or before[-1].value == one.subject]
        for thing in named[-1:]:
            thing.parts = thing.count = thing.count or 1  # nothing is left of it
            self.absent += [thing.subject] if thing.known else []
        self._start_clause()
        return True

    def _is_bare(self) -> bool:
        """Whether nothing is said of the things of the clause so far but how they look."""
        things = [self.things[number] for number in self.group]
        return bool(things) and not self.open and not any(one.relations or one.place or one.shares for one in things)

    def _end_clause(self, rest: list[Token]) -> None:
        """What still waits at the end of a clause belongs to the thing before it, unless the next thing comes."""
        follows, last = names_thing(rest), len(self.things) - 1
        if self.open and self.open[0] in _ALONE and self.open[1]:
            self.place(self.open[1], (_ALONE[self.open[0]],))
        elif self.open and not self.open[2] and self.open[1] and self.anchors:
            self.relate(self.open[1], self.open[0], tuple(self.anchors), False)
        thing = self.head if self.head is not None else last if self.things and not follows else None
        if thing is None and self.topic is not None:
            thing = self.topic  # "couch: red; chair: blue"
        if thing is not None:  # "a cat, very small"
            self.say(thing, self.modifiers.values)
            if self.modifiers.count:
                many = [n for n, draft in enumerate(self.things) if draft.several and draft.count is None]
                if many or self.things[thing].count is None or self.correcting:
                    self.things[(many or [thing])[-1]].count = self.modifiers.count
            if self.modifiers.grid:
                self.give((thing,), "grid", self.modifiers.grid)
        if self.head is None and self.waiting and self.things and (self.topic is not None or not follows):
            self._settle_waiting()
        negated, former = self.negated, self.group or self.former
        self._start_clause()
        self.former, self.first = former, self.first and not former
        self.negated = negated

    def _settle_waiting(self) -> None:
        """Gives what waits to the thing named last, unless it has a place, or stands in a relation, by itself."""
        if self.things:
            thing = self.topic if self.topic is not None else len(self.things) - 1
            for kind, value in self.waiting:
                free = not self.things[thing].place and not self.things[thing].relations
                if free or self.correcting or kind not in ("place", "relation"):
                    self.give((thing,), kind, value)
        self.waiting = []

    # --- words -------------------------------------------------------------------------------------------------------

    def _take(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        kind, value, modifiers = token.kind, token.value, self.modifiers
        if kind == "and":
            self.joint = True
        elif kind == "filler" and token.text.casefold() in _WHO and before and before[-1].kind == "thing":
            self.head, self.group = self.latest, [] if self.latest is None else [self.latest]
        elif kind == "nothing":
            self._take_nothing()
        elif kind == "only":
            self.negated = False
        elif kind == "comparative":
            if self.things and names_thing(rest):
                anchors = [one[1] for kind, one in self.waiting if kind == "relation"]  # "to its left a smaller one"
                self.waiting.append(("relation", (value, anchors[-1] if anchors else (len(self.things) - 1,), 0)))
                modifiers.compared = True
        elif kind == "count":
            self._take_count(token, before, rest)
        elif kind in LOOKS:
            self._take_look(kind, value, before, rest)
        elif kind == "marks":
            self._take_marks(value, before)
        elif kind == "backdrop":
            self.backdrop = not (before and before[-1].kind == "colour")
        elif kind == "all":
            self.everything = True
        elif kind == "one" and self._means_ones(token, rest):
            self._take_ones(token, rest)
        elif kind in ("few", "pair", "one", "the"):
            modifiers.few |= kind == "few"
            modifiers.pair |= kind == "pair"
            modifiers.fresh |= kind == "one"
            modifiers.definite |= kind == "the"
        elif kind == "grid":
            if self.head is not None and not names_thing(rest):
                self.give((self.head,), "grid", value)
            else:
                modifiers.grid = value
        elif kind == "general" and not self.negated and not refused_behind(rest):
            first, *_ = names = value.split("-")
            self._take_noun(replace(token, kind="thing", value=first), before, rest)
            self.things[-1].general = tuple(names)
        elif kind in ("thing", "noun"):
            self._take_noun(token, before, rest)
        elif kind == "ones":
            self._take_ones(token, rest)
        elif kind == "both" and (named := next((one for one in rest[:3] if one.kind == "thing"), None)):
            if all(thing.subject != named.value for thing in self.things):
                modifiers.count = 2
            modifiers.definite = True
        elif kind in ("it", "both"):
            self._take_it(token, rest)
        elif kind == "as many" and self.things:
            modifiers.count = max(1, round(value * (self.things[-1].count or 1)))
        elif kind == "each":
            self.each = next((n for n in reversed(range(len(self.things))) if self.things[n].is_many), None)
        elif kind == "row of":
            modifiers.few, modifiers.count = True, None
            self.waiting.append(("arrangement", value))
        elif kind == "gen" and self.negated and (names_thing(rest) or leads_to(rest, ("background",))):
            self.negated = False  # 没有月亮的夜晚
        elif kind == "large and small":
            modifiers.contrast = True
        elif kind == "rest":
            self._take_rest(rest)
        elif kind == "multiple":
            self.times = value
            compared = [number for number in self.previous if number != self.head] or self.former
            if before and before[-1].kind == "gen" and self.head is not None and compared:  # 勺子是叉子的两倍大
                self.relate(compared[-1:], "larger than", (self.head,), False)
                self.head, self.group = compared[-1], compared[-1:]
        elif kind == "arrangement" and len(self.group) > 1 and not any(self.things[n].is_many for n in self.group):
            word = "left of" if "left" in token.text or "左" in token.text else _LINED.get(value, "next to")
            for one, other in pairwise(self.group):
                self.relate((one,), word, (other,), False)
        elif kind in ("fraction", "share", "arrangement"):
            self.attach("fraction" if kind == "share" else kind, value, self.group if kind == "arrangement" else None)
        elif kind == "background":
            self._take_background(value)
        elif kind == "place":
            self._take_place(token, before, rest)
        elif kind == "localiser":
            self._take_localiser(token.value, before, rest, token.text)
        elif kind in ("relation", "passive"):
            self._take_relation(token, before, rest)
        elif kind == "relates to it":
            self._take_pronouned(token, rest)
        elif kind == "of" and self.head is not None and names_thing(rest) and not self.open:
            self.open = ("in", (self.head,), True)  # "a vase of roses"

    def _take_count(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A number: of the next thing, or of the one before ("apples x3", 苹果三个)."""
        if token.value > MAX_PLACEMENTS and not names_thing(rest):
            return  # a year
        times = bool(before) and before[-1].kind == "times"
        whole, said = None if times else self.whole(token.value), self.modifiers
        them = [one.kind for one in rest[:2]] == ["of", "it"]
        told = them or (told_of(rest) and not names_thing(rest))
        if whole is not None and told and not (said.fresh or said.compared or said.place):
            self._take_member(whole, token.value)
            return
        if self._means_ones(token, rest):
            self._take_ones(token, rest)
            return
        thing = self.head if self.head is not None else self.topic
        draft = self.things[thing] if thing is not None else None
        if draft is None or draft.count is not None or (names_thing(rest) and not times):
            self.modifiers.count = token.value
        elif times or draft.several or is_chinese(draft.text) or before[-1].kind == "thing":
            draft.count = token.value  # but "my cat turns 5" is one cat

    def _take_member(self, whole: int, count: int) -> None:
        """Some of several things: "two cats, one on the left"."""
        values, self.modifiers = self.modifiers.values, _Modifiers()
        number, self.joint = self.member(whole, count), False
        self.say(number, values)
        self._named(number, [])

    def _take_rest(self, rest: list[Token]) -> None:
        """What is left of several things: "the other one"."""
        if names_thing(rest):
            self.modifiers.definite = True
        elif (whole := self.whole(1)) is not None:
            self._take_member(whole, self.things[whole].left or 1)

    def _take_look(self, kind: str, value: str, before: list[Token], rest: list[Token]) -> None:
        """A look or a size: of the background, of everything, of the next thing, or of the one before where none
        follows ("the umbrella in pink")."""
        if self.negated and not names_thing(rest):
            return  # "not too large"
        if kind == "size" and before and before[-1].kind == "multiple" and is_chinese(before[-1].text):
            return
        if kind == "colour" and (self.backdrop or leads_to(rest, ("backdrop",))):
            self.background, self.backdrop = value, False
        elif kind == "colour" and rest and rest[0].kind == "marks":
            self.modifiers.values[kind] = value  # of the marks
        elif kind == "colour" and self.latest is not None and _behind_marks(before) and not names_thing(rest):
            self.say(self.latest, {"second": value})  # "with stripes in green"
        elif self.everything and not names_thing(rest):
            self.common[kind] = value
        elif self.open and kind == "size" and self.open[0] in COMPARED and not names_thing(rest):  # 比猫大
            return
        elif self.head is not None and not names_thing(rest):
            if self.open and self.open[0] == "in":
                self.open = None
            for thing in self.group or [self.head]:
                if thing == self.head or self.things[thing].values.get(kind, value) == value:
                    self.say(thing, {kind: value})
        else:
            waiting = self.modifiers.values
            if kind == "colour" and waiting.get(kind, value) != value and self.things and not names_thing(rest):
                self.say(len(self.things) - 1, {kind: waiting.pop(kind)})  # "balls: red and green"
            waiting[kind] = value

    def _take_marks(self, pattern: str, before: list[Token]) -> None:
        """Stripes, dots and the like of a thing named before; a colour right before them is theirs."""
        values = {"pattern": pattern}
        if before and before[-1].kind == "colour" and (colour := self.modifiers.values.pop("colour", "")):
            values["second"] = colour
        if self.latest is not None:
            self.say(self.latest, values)
        else:
            self.modifiers.values.update(values)

    def _take_noun(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A noun: something new, or something named before; of a relation that waits, the other thing."""
        modifiers, subject = self.modifiers, token.value if token.kind == "thing" else ""
        if token.text.casefold() == "orange" and self._is_colour(before, rest):
            self._take_look("colour", "orange", before, rest)
            return
        if token.kind == "noun" and rest and rest[0].kind == "of" and names_thing(rest[1:]):
            if token.text.casefold() in _GROUPS:
                modifiers.few |= modifiers.count is None  # "a bunch of bananas"
                modifiers.fresh, modifiers.count = True, None
            return
        rings = [n for n, thing in enumerate(self.things) if thing.values.get("arrangement") == "circle"]
        if token.text.casefold() in _RINGS and modifiers.definite and rings and self.open:  # "inside the ring, a fairy"
            self.open, self.modifiers = None, _Modifiers()
            self.waiting.append(("passive", ("around", (rings[-1],))))
            return
        drawn = drawn_as(subject, self.known) if subject else None
        self.modifiers = _Modifiers()
        if self.negated:
            self.absent += [drawn or subject] if subject else []
            return
        if (drawn or subject) in self.absent and not modifiers.new and not modifiers.values:
            return  # "no cats, please, cats are boring"
        number = self._mentioned(drawn or subject or token.text, modifiers, token)
        if number is not None:
            self.say(number, modifiers.values)
            self._named(number, rest)
            return
        several = (token.several and modifiers.count is None) or modifiers.few
        count = modifiers.count
        if self.each is not None and count in (None, 1) and not several:
            count, self.each = self.things[self.each].count, None
        if modifiers.pair and token.text.casefold() not in COUNTED_BY:
            count = 2 * (count or 1)
        draft = Draft(
            drawn or subject or token.text, token.text, count, dict(modifiers.values), known=drawn is not None
        )
        draft.several, draft.place = several and count is None, modifiers.place
        if self.correcting and self.things and self.head is None and not self.waiting:  # "a cat, no, a dog"
            draft.place, draft.relations = self.things[-1].place, self.things[-1].relations
            self.things[-1] = draft
        else:
            self.things.append(draft)
        self.correcting = False
        number = len(self.things) - 1
        if modifiers.contrast and count == 2:  # 一大一小两只靴子
            self.things[number].count = 1
            self.things.append(replace(self.things[number], relations=[("larger than", (number,), 0)]))
        if modifiers.grid:
            self.give((number,), "grid", modifiers.grid)
        self._named(number, rest)

    def choose(self) -> None:
        """Makes "any animal" one that can be drawn, is not unwanted, and is not named otherwise, if there is one."""
        for thing in self.things:
            if thing.general:
                named = {other.subject for other in self.things if other is not thing}
                fitting = [name for name in thing.general if name in self.known and name not in self.absent]
                thing.subject = next((name for name in fitting if name not in named), (fitting or thing.general)[0])
                thing.known = bool(fitting)

    def _is_colour(self, before: list[Token], rest: list[Token]) -> bool:
        """Whether "orange" is a colour here."""
        behind = before[-1].text.casefold() if before else ""
        if self.things and before and before[-1].value == "topic":
            return True  # "couch: orange"
        if self.things and before and before[-1].kind == "break" and rest and rest[0].text.casefold() in ("if", "please"):
            return True  # "a rose, orange if possible"
        return bool(rest and rest[0].kind in ("thing", "ones", "noun", "backdrop")) or (
            behind
            in ("in", "is", "are", "painted", "all", "everything", "coloured", "colored", "color", "be", "bright")
        )

    def _mentioned(self, subject: str, modifiers: _Modifiers, token: Token) -> int | None:
        """The thing that a noun names again, if it does: "the dog", a bare Chinese noun, "a whale. A big whale"."""
        values = modifiers.values
        fitting = [
            number
            for number, thing in enumerate(self.things)
            if thing.subject == subject and all(thing.values.get(kind, word) == word for kind, word in values.items())
        ]
        if self.alone and values and fitting == [len(self.things) - 1] and modifiers.count is None:
            return fitting[-1]
        if modifiers.new or not (modifiers.definite or is_chinese(token.text) or self.open):
            return None
        exact = [number for number in fitting if values.items() <= self.things[number].values.items()]
        return (exact or [None])[-1] if values else (fitting or [None])[-1]

    def _means_ones(self, token: Token, rest: list[Token]) -> bool:
        """Whether "one" stands for a noun: "the right one"."""
        if token.text.casefold() != "one" or not self.things or names_thing(rest):
            return False
        modifiers = self.modifiers
        return bool(modifiers.definite or modifiers.values or modifiers.place or modifiers.compared)

    def _take_ones(self, token: Token, rest: list[Token]) -> None:
        """ "two yellow ones": another of what was named last."""
        modifiers, self.modifiers = self.modifiers, _Modifiers()
        if not self.things or self.negated:
            return
        last = self.things[-1]
        whole = self.whole(modifiers.count or 1) if token.text.casefold() == "one" else None
        if whole is not None and self.head is None and not modifiers.values.keys() & self.things[whole].values.keys():
            self.modifiers = modifiers
            self._take_member(whole, modifiers.count or 1)
            self.place((len(self.things) - 1,), modifiers.place)
            return
        draft = Draft(last.subject, last.text, modifiers.count, dict(modifiers.values), known=last.known)
        draft.several, draft.place = modifiers.count is None and token.text.casefold() == "ones", modifiers.place
        self.things.append(draft)
        self._named(len(self.things) - 1, rest)

    def _take_it(self, token: Token, rest: list[Token]) -> None:
        """A pronoun: the thing named last, or several."""
        if not self.things:
            return
        last, several = len(self.things) - 1, token.kind == "both" or token.text.casefold() in ("them", "they", "它们")
        if not self.open:
            self.head, self.group = last, [last]
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
            self._named(others[-1] if others else last, rest)

    def _named(self, number: int, rest: list[Token]) -> None:
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

    def _is_had(self, word: str, number: int) -> bool:
        """Whether a thing behind "and" is worn or held, too."""
        group = _group_of(self.things[number].subject)
        return group == _CLOTHES if word == "wearing" else group not in (*_PERSONS, "places")

    def _owns(self, rest: list[Token]) -> bool:
        """Whether "with" tells what somebody wears or holds: then it is such a relation."""
        thing = next((token for token in rest[:6] if token.kind in NAMING), None)
        if self.head is None or thing is None or thing.kind != "thing" or not names_thing(rest):
            return False
        last = self.head if self.latest is None else self.latest
        owner, owned = _group_of(self.things[self.head].subject), _group_of(thing.value)
        own = list(takewhile(lambda token: token.kind not in ("and", "break"), rest[:9]))
        told = any(token.kind == "relates to it" for token in own)  # "with a lamp on it"
        holds = sense_of(self.things[last].subject).holds
        if holds and _group_of(self.things[last].subject) in _HOLDERS and not told:
            self.open = ("in" if holds == "container" else "on", (last,), True)  # "a cake with candles"
            return True
        wears = owner in _PERSONS and owned == _CLOTHES
        holds_it = owner == "people" and owned not in (*_PERSONS, "places")
        if told or not (wears or holds_it):
            return False
        self.open = ("wearing" if wears else "holding", (self.head,), False)
        return True

    def _take_background(self, value: str) -> None:
        if self.negated and value != "none":
            return
        if not self.background or self.background == "grass":
            self.background = value
        if self.open and self.open[0] in ("in", "on", "above", "near", "next to", "under", "against"):
            self.open = None
        self.modifiers.values.pop("colour", None)

    def _take_place(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A place of the picture, or the side of a thing: "at the top of the tree"."""
        named = bool(rest) and (rest[0].kind in ("thing", "ones") or rest[0].text.casefold() == "one")
        if named and not is_chinese(token.text):  # "the left balloon"
            self.modifiers.place = token.value
            return
        if self.open and not self.anchors and self.open[0] not in ("chasing", "riding", "holding", "wearing"):
            self.open = None
        if (self.nothing and self.head is None and not names_thing(rest)) or any(word in ("empty", "blank", "free", "空", "留空", "空着", "留白", "空白") for word in words(rest[:3])):
            self.empty += [part for part in [location(token.value)] if part in PARTS]
        elif of_thing(rest) and len(token.value) == 1:
            self.open = (_OF_PLACE[token.value[0]], tuple(self._heads()), False)
        elif before and before[-1].kind == "gen" and before[-2:-1] and before[-2].kind in NAMING and self.things:
            self._take_localiser(_OF_PLACE[token.value[0]], before, rest)
        elif self.waiting and self.waiting[-1][0] == "place" and self.head is None:
            self.waiting[-1] = ("place", (*self.waiting[-1][1], *token.value))
        else:
            self.attach("place", token.value)

    def _take_localiser(self, word: str, before: list[Token], rest: list[Token], token_text: str = "") -> None:
        """A Chinese word behind a noun: that noun is what another thing relates to, unless nothing else is there."""
        if before and before[-1].kind in NAMING and self.head is None and self.things and not self.waiting:
            last = self.things[-1]  # 骑在大象背上: what the verb says
            if last.relations or any(relation[1] == (len(self.things) - 1,) for thing in self.things
                                     for relation in thing.relations):  # fmt: skip
                return
        if self.head is None:
            for number, (kind, value) in enumerate(self.waiting):  # the anchor of a verb that stood before
                if kind == "relation" and value[0] == "in":
                    self.waiting[number] = (kind, (word, value[1], value[2]))
            return
        anchors: tuple[int, ...] = (self.head,)
        subjects = [number for number in self.previous if number != self.head]
        placed = any(token.text.endswith(_STANDING) for token in before[-9:])
        if placed and not subjects and self.head not in self.former and len(self._heads()) == 1:
            subjects = self.former  # 一座塔，立在一本书上
        if word == "in" and token_text in ("当中", "之中", "中") and self.things[self.head].is_many:
            word = "between"  # 两本书当中
        if word == "between" and len(self.group) > 1:
            anchors = tuple(self.group[-2:])
        if subjects and placed:
            self.relate(tuple(subjects), word, anchors, False)
            self.head, self.group = subjects[-1], subjects
        elif not breaks_first(rest):
            self.waiting.append(("relation", (word, anchors, 0)))
            self.head, self.group = None, []
        elif self.topic is not None and self.topic not in anchors:
            self.relate((self.topic,), word, anchors, False)
            self.head, self.group = self.topic, [self.topic]
        elif word in ("left of", "right of", "on", "under", "above", "below"):
            place = {"left of": "left", "right of": "right", "on": "top", "above": "top"}.get(word, "bottom")
            self.place(anchors, (place,))
        else:
            self.waiting.append(("relation", (word, anchors, 0)))

    def _take_relation(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        word, heads = token.value, tuple(self._heads())
        if not heads and not self.waiting and names_alone(rest) and (self.alone or not self.first):
            heads = tuple(self.former)  # "a cat, on a mat"
        if leads_to(rest, _PLACING) and word not in ("riding", "chasing", "wearing", "holding"):
            return
        if token.text.casefold() == "against" and leads_to(rest, ("colour",)) and not names_thing(rest):
            self.backdrop = True
            return
        if not names_thing(rest):
            if word in _ALONE and heads:
                self.place(heads[-1:], (_ALONE[word],))
            elif word in COMPARED and len(heads) > 1:  # 月饼跟月亮一样大
                self.relate(heads[:-1], word, heads[-1:], False)
            elif word in _LOOSE and heads and len(self.things) > 1 and not (word == "in" and leads_to(rest, LOOKS)):
                self.relate_back(word, heads)
            return
        if token.text == "比" and any(one.kind == "size" and one.value == "small" for one in rest[:6]):
            word = "smaller than"
        if self.times and word == "same size as":
            word = "larger than"
        named = next((one.value for one in rest[:6] if one.kind == "thing" and one.text.casefold() != "orange"), "")
        if token.text.casefold() == "in" and heads and _group_of(named) == _CLOTHES:  # "a man in a hat"
            wears = not _SITTING & set(words(before[-2:]))
            word = "wearing" if wears and _group_of(self.things[heads[-1]].subject) in _PERSONS else word
        self.open = (word, heads, token.kind == "passive")

    def _take_pronouned(self, token: Token, rest: list[Token]) -> None:
        """A relation to what was named before: "with a cat on it"."""
        word = token.value
        if not self.things:
            return
        if rest and rest[0].kind == "of" and names_thing(rest[1:]):  # "one on either side of the house"
            self.open = (word, tuple(self._heads() or self.former or [len(self.things) - 1]), False)
        elif self.head is not None and self.owner and len(self.things) - 1 > self.owner[1]:  # "with a cup and a fork on it"
            free = [n for n in range(self.owner[1], len(self.things)) if not self.things[n].relations]
            self.relate(free, word, self.owner[:1], False)
        elif self.head is not None:
            self.relate_back(word, self._heads()[-1:], single=token.text.casefold().endswith(" it"))
        elif names_thing(rest) or not rest or rest[0].kind in ("there", "filler", "break"):
            last = len(self.things) - 1
            before = self.things[last].relations[-1:] if is_chinese(token.text) else [
                one for one in self.things[last].relations
                if _ACROSS.get(one[0]) == word and "its" in token.text.casefold()
            ]  # fmt: skip
            if before:  # "to its left ..., to its right ...", 房子前面有车，后面有树: both of the house
                last = before[0][1][0]
            self.waiting.append(("relation", (word, (last,), 0)))

    def _heads(self) -> list[int]:
        return self.group if self.head is not None and self.head in self.group else []
