"""The reader: prompts in English and Chinese into requests by fixed rules, the same way every time.

A prompt is scanned into phrases (`scanning.py`); going through them, words before a noun become what is said of it,
places and arrangements belong to the thing before them in their clause or else to the next one, and relations join
things. What a negation covers is absent; what nobody knows is unknown.
Knows words and grammar. Knows nothing about boxes, pixels or models.
"""

from __future__ import annotations

from collections.abc import Sequence

from tiledraw.common.checks import check_prompt
from tiledraw.language.hearing.drafts import location, request_of
from tiledraw.language.hearing.following import (
    LOOKS,
    NAMING,
    but_only,
    clause_of,
    ends_refusal,
    leads_to,
    lists,
    names_thing,
)
from tiledraw.language.hearing.looking import marks_follow
from tiledraw.language.hearing.relating import PLACING, is_owned
from tiledraw.language.hearing.relevance import relevant
from tiledraw.language.hearing.scanning import scan
from tiledraw.language.hearing.sets import Sets
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import Request
from tiledraw.language.subjects import subjects as all_subjects

_PAIRS = ("对", "双", "一对", "一双", "一对儿")
_STRONG = ("；", ";", "|", "/")
_ALL_OF = ("都", "均", "皆", "全都", "都是", "全部是", "全部都", "统统", "通通")  # of what was named before
_IS = ("是", "都是", "全是", "要", "成", "为", "、", "和")
_HE = {"he": "his", "she": "her", "he's": "his", "she's": "her"}
_REFUSED = ("no", "not", "without", "not appearing", "not shown", "not included", "absent", "avoid", "except")
_HAS = ("has", "have", "having", "has got", "have got", "'s got", "had")
_WHO = ("which", "that", "who", "whose")


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
    reader.forget_titles()
    reader.settle_sets()
    reader.settle_varied()
    return request_of(reader.things, reader.common, reader.background, reader.absent, reader.empty)


def _is_predicate(before: list[Token]) -> bool:
    """Whether a clause is no more than a place that is said of what was named before it: 火箭一枚，居中，..."""
    clause = clause_of(reversed(before))
    return len(clause) == 1 and clause[0].kind == "place" and clause[0].text[0] in "居靠偏"


def _corrects(rest: list[Token]) -> bool:
    """Whether a "no" is followed by another look or place: "No, sorry, blue"."""
    told = (*LOOKS, *PLACING)
    return next((token.kind for token in rest if token.kind in (*told, *NAMING, "relation")), "") in told


class _Reader(Sets):
    """Reads sentence by sentence what a prompt asks for."""

    def read(self, sentence: list[Token]) -> None:
        self.start_sentence(sentence)
        for index, token in enumerate(sentence):
            before, rest = sentence[:index], sentence[index + 1 :]
            if self._has(token, before, rest) or self._goes_on(token, before, rest):
                continue
            if token.kind in ("break", "not", "instead", "with"):
                self._take_end(token, before, rest)
            else:
                self._take(token, before, rest)
        self.end_clause([])
        self.settle_waiting()
        self.settle_lined()
        self.entitle()

    def _has(self, token: Token, before: list[Token], rest: list[Token]) -> bool:
        """Whether "with" or "has" says what the thing before it holds, wears or has on it, and so ends no clause."""
        last = before[-1] if before else None
        if last is not None and token.text.casefold() in _HAS:
            return (last.kind == "thing" or last.text.casefold() in (*_HE, *_WHO)) and self.owns(rest)
        if token.kind != "with":
            return False
        if last is not None and last.kind == "break" and self.head is None and self.former:
            self.head, self.group = self.former[-1], self.former[-1:]  # "a table, brown, with a cup on it"
        elif last is not None and last.kind == "each" and self.each is not None:
            self.head, self.group = self.each, [self.each]  # "three girls, each with a balloon"
        return self.owns(rest) or leads_to(rest, ("marks",)) or marks_follow(rest)

    def _goes_on(self, token: Token, before: list[Token], rest: list[Token]) -> bool:
        """Whether what looks like the end of a clause only leads to another look: "a big, red ball", 汽车改成绿色."""
        if token.kind == "instead":
            return self.head is not None and leads_to(rest, ("colour",))
        worn = self.waiting[-1:] and rest[:1] and self.waiting[-1][0] == rest[0].kind == "relation"
        if worn and token.text in ("、", "，", ",") and rest[0].value in ("wearing", "holding") and is_owned(rest[1:]):
            return self.head is None and self.waiting[-1][1][0] in ("wearing", "holding")  # 穿着裙子，戴着皇冠的公主
        looks = [one.kind in LOOKS for one in (*before[-1:], *rest[:1])] == [True, True]
        return token.text == "," and self.head is None and looks and names_thing(rest)

    def _take_end(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """Ends a clause, and says what of it holds in the next one."""
        topic, no = token.value == "topic", token.kind == "not"
        stops = no and bool(rest) and rest[0].kind == "break"
        refuses_all = before[-1:] != [] and (before[-1].kind == "all" or before[-1].text in ("也", "都", "什么"))
        correcting = token.kind == "instead" or (stops and not refuses_all)
        correcting |= token.text in ("…", "——") and names_thing(rest) and self._is_broken_off()
        if token.kind == "with" and self.head is not None:
            self.owner = self.owner_of(before, rest), len(self.things)
        ends = no and (not rest or (stops and rest[0].value != "topic"))
        if ends and not _corrects(rest) and self._retracts(before):
            return
        if topic:
            self.entitle()
        spoken_of, heads = self.head if topic else None, (self.head, self.group, self.shared)
        everything, backdrop = self.everything and not self.things, self.backdrop and not names_thing(rest)
        listed = token.text in ("、", ",", "，") and not leads_to(rest, PLACING) and names_thing(rest)
        in_list = listed and (token.text == "、" or lists(rest))
        joined = (in_list and self.is_bare()) or (listed and bool(self.shared))
        had = self.had if in_list else None
        self.end_clause(rest, topic, token.text in _STRONG or _is_predicate(before))
        self.topic, self.backdrop = spoken_of, backdrop
        self.everything, self.correcting = everything, self.correcting or correcting
        self.nothing = no and token.text.casefold().startswith("nothing")
        or_more = token.text.casefold() in ("or", "nor") or (token.text in ("、", "或") and names_thing(rest))
        listing = topic and before[-1:] != [] and before[-1].text.casefold() in _REFUSED
        refused = no and not correcting and not but_only(rest)
        self.negated = (self.negated and or_more) or listing or refused
        if had is not None and not self.negated:
            self.had, self.joint = had, True  # "with an apple, a pear and a plum"
        elif joined and not self.negated:
            self.head, self.group, self.shared = heads  # 桌上有猫、狗; "a cat, a dog and a pig on a bed"
            self.joint = True

    def _take_nothing(self) -> None:
        """A place is named before it is said that nothing is there: 中央什么也别放."""
        if self.waiting and self.waiting[-1][0] == "place" and self.head is None:
            self.empty.append(location(self.waiting.pop()[1]))

    def _retracts(self, before: list[Token]) -> bool:
        """Whether a "no" behind a noun takes it back: "Tomatoes no, please", "A zoo? No."."""
        told = any(token.kind == "filler" and len(token.text) > 1 and is_chinese(token.text) for token in before[-1:])
        before = list(before)
        while before and before[-1].kind in ("filler", "instead"):
            before.pop()
        topic = before[-1:] != [] and before[-1].value == "topic"
        if before and before[-1].kind == "break" and (len(before) == 2 or topic):  # "Sun, no.", "flowers: none"
            before = before[:-1]
        if not self.things or (before and before[-1].kind not in ("thing", "noun")) or (told and not before):
            return False
        related = any(one.kind == "relation" for one in clause_of(reversed(before)))
        if before and related and not is_chinese(before[-1].text):
            return True  # "below the basket nothing"
        named = [
            one for one in self.things if not before or before[-1].text == one.text or before[-1].value == one.subject
        ]
        for thing in named[-1:]:
            thing.parts = thing.count = thing.count or 1  # nothing is left of it
            self.absent += [thing.subject] if thing.known else []
        self.start_clause()
        return True

    def _is_broken_off(self) -> bool:
        """Whether a clause names one thing and says no more than how it looks: 两个小孩……两个男孩."""
        return len(self.things) - 1 == self.head and self.is_bare() and not (self.waiting or self.negated)

    def _take(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        kind, value, modifiers = token.kind, token.value, self.modifiers
        if kind == "and":
            if self.negated and ends_refusal(before, rest):
                self.end_clause([])
                self.negated = False
            self.joint = True
        elif token.text.casefold() in _WHO and self._tells_more(before, rest):
            if before[-1].kind in ("thing", "break"):
                self.told = self.latest
            self.head, self.group = self.told, [] if self.told is None else [self.told]
            if token.text.casefold() == "whose" and self.owns(rest) and self.open:
                self.waiting.append(("passive", self.open[:2]))
                self.open = self.head = None
        elif token.text.casefold() in _HE and self.things and self.head is None and not self.waiting:
            self.take_he(_HE[token.text.casefold()])
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
            self.take_count(token, before, rest)
        elif kind == "pattern" and self.negated and token.text.endswith("的") and names_thing(rest):
            self.negated = False  # 没有条纹的斑马
        elif kind == "that" or (kind in LOOKS and self._tells_apart(token, before, rest)):
            modifiers.values |= {kind: value} if kind in LOOKS else {}
            self.take_that(rest)
        elif kind == "sides" and self.things and not names_thing(rest):
            self.take_sides(value.split("-"))
        elif kind == "two colours":
            for name, look in zip(("colour", "pattern", "second"), value, strict=True):
                self.take_look(name, look, before, rest)
        elif kind in LOOKS:
            self.take_look(kind, value, before, rest)
        elif kind == "marks":
            if not self.negated:  # "a zebra without stripes"
                self.take_marks(value, before)
        elif kind == "backdrop":
            self.backdrop = not (before and before[-1].kind == "colour")
        elif kind == "all" and token.text in _ALL_OF and self.things and not (self.open or names_thing(rest)):
            self.take_all()
        elif kind == "all":
            self.everything = True
        elif kind == "one" and self.means_ones(token, rest):
            self.take_ones(token, rest)
        elif kind in ("pair", "measure") and token.text in _PAIRS and not names_thing(rest):
            self.take_pair(token.text, before)
        elif kind == "measure":
            modifiers.measure = token.text
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
        elif kind == "thing":
            self.take_thing(token, before, rest)
        elif kind == "noun":
            self.take_noun(token, before, rest)
        elif kind == "ordinal":
            self.take_ordinal(value, rest)
        elif kind == "ones" and token.text.casefold().startswith(("a ", "再")) and names_thing(rest):
            modifiers.fresh = True  # "a third ball", 再来一只猫
        elif kind == "ones":
            self.take_ones(token, rest)
        elif kind == "both" and (named := next((one for one in rest[:3] if one.kind == "thing"), None)):
            if all(thing.subject != named.value for thing in self.things):
                modifiers.count = 2
            modifiers.definite = True
        elif kind == "each other":
            self.take_each_other()
        elif kind == "it" and self.head is not None and not self.open and [one.kind for one in before[-1:]] == ["of"]:
            pass  # "the smallest of them"
        elif kind in ("it", "both"):
            self.take_it(token, rest)
        elif kind == "as many" and self.things:
            modifiers.count = max(1, round(value * (self.things[-1].count or 1)))
        elif kind == "each":
            self.apiece = True
            self.each = next((n for n in reversed(range(len(self.things))) if self.things[n].is_many), None)
        elif kind == "row of":
            modifiers.few, modifiers.count = True, None
            self.waiting.append(("arrangement", value))
        elif kind == "gen" and self.negated and (names_thing(rest) or leads_to(rest, ("background",))):
            self.negated = False  # 没有月亮的夜晚
        elif kind == "large and small":
            modifiers.contrast = True
            if self.head is not None and not names_thing(rest) and self.things[self.head].count in (None, 2):
                self.contrast(self.head)  # 靴子一大一小
        elif kind == "varied" and not self.negated:
            self.take_varied(before, rest)
        elif kind == "part of":
            self.take_part(value)
        elif kind == "rest":
            self.take_rest(rest)
        elif kind == "multiple":
            self.times = value
            if before and before[-1].kind == "size" and self.head is not None:
                self.multiply(self.head, value)  # 锁比钥匙大一倍
            compared = [number for number in self.previous if number != self.head] or self.former
            if before and before[-1].kind == "gen" and self.head is not None and compared:  # 勺子是叉子的两倍大
                self.relate(compared[-1:], "larger than", (self.head,), False)
                self.head, self.group = compared[-1], compared[-1:]
        elif kind == "arrangement" and (listed := self.listed()):
            told = "left" in token.text or "左" in token.text
            self.line_up(listed, "left of" if told else "above" if value == "column" else "next to")
        elif kind == "facing":
            told = any("facing" in self.things[number].values for number in self.group)
            self.attach(kind, value, None if told else self.group)  # "a pig facing left and a cow facing right"
        elif kind in ("fraction", "arrangement"):
            self.attach(kind, value, self.group if kind == "arrangement" else None)
        elif kind == "background":
            if not (rest and rest[0].kind == "not" and is_chinese(token.text)):  # 天空不用管
                self._take_background(value)
        elif kind == "place":
            self.take_place(token, before, rest)
        elif kind == "localiser":
            self.take_localiser(token.value, before, rest, token.text)
        elif kind in ("relation", "passive") and self.negated and not is_chinese(token.text):
            self.take_refused(before)
            if not self.negated:
                self.take_relation(token, before, rest)
        elif kind in ("relation", "passive"):
            self.take_relation(token, before, rest)
        elif kind == "relates to it":
            self.take_pronouned(token, before, rest)
        elif kind == "of" and self.head is not None and names_thing(rest) and rest[0].kind != "it" and not self.open:
            held = before[-1].kind == "thing" and self.latest in self.objects
            whole = self.latest if held and self.latest is not None else self.head
            self.open = ("in", (whole,), True)  # "a vase of roses"

    def _tells_apart(self, token: Token, before: list[Token], rest: list[Token]) -> bool:
        """Whether a look stands for a thing that was named before and looks so: 红的比绿的大."""
        if not token.text.endswith("的") or names_thing(rest) or self.negated or (before and before[-1].text in _IS):
            return False
        if not self.open and (not rest or rest[0].kind in ("break", "gen", "that")):
            return False
        had = self.things[self.head].values.get(token.kind, token.value) if self.head is not None else ""
        if had == token.value and not self.open:
            return False
        told = any(one.kind in ("place", "relation", "passive", "relates to it") for one in clause_of(rest))
        alike = any(thing.values.get(token.kind) == token.value for thing in self.things)
        return alike or (told and self.whole(1) is not None)

    def _tells_more(self, before: list[Token], rest: list[Token]) -> bool:
        """Whether "which" and the like tell more of the thing before them: "a cat, which ...", "whose ... and who"."""
        if not before or (rest and rest[0].kind in ("thing", "noun") and self.latest is None):
            return False
        last = before[-1]
        if last.kind == "break":
            return last.text == "," and before[-2:-1] != [] and before[-2].kind == "thing"
        return last.kind == "thing" or (last.kind == "and" and self.told is not None)

    def _take_background(self, value: str) -> None:
        if self.negated and value != "none":
            return
        if self.background in ("", "grass", "sunset"):
            self.background = value
        self.modifiers.values.pop("colour", None)
