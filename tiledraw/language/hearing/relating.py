"""Relating: what places and words for relations say of which things.

Knows tokens and drafts. Knows nothing about what nouns name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tiledraw.language.hearing.again import PERSONS, group_of
from tiledraw.language.hearing.drafts import location
from tiledraw.language.hearing.following import (
    LOOKS,
    NAMING,
    breaks_first,
    clause_of,
    leads_to,
    names_alone,
    names_thing,
    of_thing,
    words,
)
from tiledraw.language.hearing.naming import BESIDE, CLOTHES, Naming
from tiledraw.language.hearing.sifting import OPPOSITE
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import AMONG, COMPARED, PLACED

_OF_PLACE = {"left": "left of", "right": "right of", "top": "on", "bottom": "under", "center": "in"}
ALONE = {"above": "top", "below": "bottom"}  # a relation to nothing: "a sun above"
PLACING = ("place", "arrangement", "background", "backdrop", "fraction")
_LOOSE = (*COMPARED, *AMONG, "in", "under", "behind", "next to", "near", "on")  # that may stand behind both things
_HOLDERS = ("home", "food")  # groups of things that hold what they are "with"
_STANDING = tuple("在喺佇到于从进入过蹲坐站趴躺停挂立卧睡摆放搁漂飘着")  # verbs of where something is end in these
_SITTING = {"sitting", "sits", "hiding", "hides", "sleeping", "sleeps", "lying", "curled", "standing", "asleep"}
_ONE = {"it", "its", "his", "her", "him"}  # they stand for one thing
_EMPTY = {"empty", "blank", "free", "bare", "vacant", "空", "留空", "空着", "留白", "空白", "空出来", "空出", "空开",
          "空置"}  # fmt: skip
_HOVERING = ("cloud", "rain cloud", "thundercloud", "sun", "moon", "full moon", "rainbow")
_UPON = ("上面", "上头", "上边", "顶上")
_DOWN = ("下面", "下", "下边", "脚下")  # under a table, but below a balloon
_COVERS = {"tree", "palm tree", "christmas tree", "pine", "cherry blossom", "table", "bed", "couch", "chair", "seat",
           "armchair", "umbrella", "hat", "ladder", "leaf", "solar panel", "shower", "piano", "sun"}  # fmt: skip
_ACROSS = {"left of": "right of", "right of": "left of"}


def _describes(rest: list[Token]) -> bool:
    """Whether what a verb speaks of is said of a noun behind it: 戴帽子的男孩."""
    clause = clause_of(rest)
    named = next((number for number, token in enumerate(clause) if token.kind in NAMING), len(clause))
    return any(token.kind == "gen" for token in clause[named:])


def _stays_empty(rest: list[Token]) -> bool:
    """Whether a Chinese clause goes on behind a place with nothing but a refusal: 右边别放东西."""
    told = [token for token in clause_of(rest) if token.kind not in ("filler", "all", "measure", "gen")]
    return bool(told) and told[0].kind in ("not", "nothing") and is_chinese(told[0].text) and len(told) == 1


class Relating(Naming):
    """Takes places and relations."""

    def relate(self, subjects: Sequence[int], word: str, of: tuple[int, ...], passive: bool) -> None:
        """As `Joining.relate`, but a cloud is above what others would be on."""
        named = [self.things[number].subject for number in subjects]
        above = word == "on" and not passive and bool(named) and all(name in _HOVERING for name in named)
        super().relate(subjects, "above" if above else word, of, passive)

    def owns(self, rest: list[Token]) -> bool:
        """Whether "with" tells what somebody wears or holds: then it is such a relation."""
        thing = next((token for token in rest[:6] if token.kind in NAMING), None)
        if self.head is None or thing is None or thing.kind != "thing" or not names_thing(rest):
            return False
        last = self.head if self.latest is None else self.latest
        owner, owned = group_of(self.things[self.head].subject), group_of(thing.value)
        own = list(takewhile(lambda token: token.kind not in ("and", "break"), rest[:9]))
        told = any(token.kind == "relates to it" for token in own)  # "with a lamp on it"
        holds = sense_of(self.things[last].subject).holds
        if holds and group_of(self.things[last].subject) in _HOLDERS and not told:
            self.open = ("in" if holds == "container" else "on", (last,), True)  # "a cake with candles"
            return True
        wears = owner in PERSONS and owned == CLOTHES
        holds_it = owner == "people" and owned not in (*PERSONS, "places")
        if told or not (wears or holds_it):
            return False
        self.open = ("wearing" if wears else "holding", (self.head,), False)
        return True

    def take_place(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A place of the picture, or the side of a thing: "at the top of the tree"."""
        named = bool(rest) and (rest[0].kind in ("thing", "ones") or rest[0].text.casefold() == "one")
        if named and not is_chinese(token.text):  # "the left balloon"
            self.modifiers.place = token.value
            return
        if self.open and not self.anchors and self.open[0] not in ("chasing", "riding", "holding", "wearing"):
            self.open = None
        own = takewhile(lambda one: one.kind not in ("break", "place", *NAMING), rest[:6])
        said = {word for one in own for word in one.text.casefold().split()}
        if (self.nothing and self.head is None and not names_thing(rest)) or said & _EMPTY or _stays_empty(rest):
            self.empty.append(location(token.value))
        elif of_thing(rest) and len(token.value) == 1:
            self.open = (_OF_PLACE[token.value[0]], tuple(self.heads), False)
        elif before and before[-1].kind == "gen" and before[-2:-1] and before[-2].kind in NAMING and self.things:
            first, *more = [_OF_PLACE[side] if len(token.value) == 1 else BESIDE[side] for side in token.value]
            self.take_localiser(first, before, rest, more=more)  # 船的左下方
        elif self.head is None and token.text in _UPON and names_thing(rest) and self._stands_alone():
            self.waiting.append(("relation", ("on", tuple(self.former), 0)))
        elif self.head is None and (of := self._across_from(token, rest)):
            self.waiting.append(("relation", of))
        elif (
            before
            and before[-1].kind in LOOKS
            and before[-1].text.endswith("的")
            and self.previous
            and len(self.group) == 1
        ):
            self.take_localiser(BESIDE.get(token.value[0], "in"), before, rest, token.text)  # 橘的在黑的左边
        elif self.waiting and self.waiting[-1][0] == "place" and self.head is None:
            self.waiting[-1] = ("place", (*self.waiting[-1][1], *token.value))
        elif self.flanks and token.value == ("center",) and self.head is None:
            self.waiting.append(("relation", ("between", self.flanks, 0)))  # 左右各一棵树，中间一座房子
        elif rest and rest[0].value == "topic":
            self.waiting.append(("place", token.value))  # 左边：猫 右边：狗
        else:
            self.attach("place", token.value)

    def _stands_alone(self) -> bool:
        """Whether the clause before was about one thing without a place in the picture: 馅饼一个，上头放两颗樱桃."""
        alone = len(self.former) == 1 and not self.things[self.former[0]].place
        return alone and self.things[self.former[0]].subject != "sun" and self.former[0] + 1 == len(self.things)

    def _across_from(self, token: Token, rest: list[Token]) -> tuple[str, tuple[int, ...], int] | None:
        """The relation that a side says behind its opposite: 女孩左边有狗，右边有猫, both of the girl."""
        other = OPPOSITE.get(token.value[0])
        if len(token.value) != 1 or other is None or not is_chinese(token.text) or not names_thing(rest):
            return None
        words = (BESIDE[other], _OF_PLACE[other])
        for thing in (self.things[number] for number in self.former):
            for word, of, _ in thing.relations:
                if word in words:
                    return (_OF_PLACE if word == _OF_PLACE[other] else BESIDE)[token.value[0]], of, 0
        return None

    def take_localiser(
        self, word: str, before: list[Token], rest: list[Token], token_text: str = "", more: Sequence[str] = ()
    ) -> None:
        """A Chinese word behind a noun: that noun is what another thing relates to, unless nothing else is there. It
        may say `more` than one side."""
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
        if word == "under" and token_text in _DOWN and self.things[self.head].subject not in _COVERS:
            word = "below"
        subjects = [number for number in self.previous if number != self.head]
        placed = any(token.text.endswith(_STANDING) for token in clause_of(reversed(before)))
        if placed and not subjects and self.head not in self.former and len(self.heads) == 1:
            subjects = self.former  # 一座塔，立在一本书上
        if word == "in" and token_text in ("当中", "之中", "中") and self.things[self.head].is_many:
            word = "between"  # 两本书当中
        if word == "between" and len(self.group) > 1:
            anchors = tuple(self.group[-2:])
        if subjects and placed:
            for side in (word, *more):
                self.relate(tuple(subjects), side, anchors, False)
            self.head, self.group = subjects[-1], subjects
        elif not breaks_first(rest):
            self.waiting += [("relation", (side, anchors, 0)) for side in (word, *more)]
            self.head, self.group = None, []
        elif self.topic is not None and self.topic not in anchors:
            for side in (word, *more):
                self.relate((self.topic,), side, anchors, False)
            self.head, self.group = self.topic, [self.topic]
        elif word in ("left of", "right of", "on", "under", "above", "below"):
            place = {"left of": "left", "right of": "right", "on": "top", "above": "top"}.get(word, "bottom")
            self.place(anchors, (place,))
        else:
            self.waiting.append(("relation", (word, anchors, 0)))

    def take_relation(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        word, heads = token.value, tuple(self.heads)
        if not heads and not self.waiting and names_alone(rest) and (self.alone or not self.first):
            wholes = {self.things[n].part_of for n in self.former} - {None}
            parts = [n for n, thing in enumerate(self.things) if thing.part_of in wholes]
            heads = tuple(parts or self.former)  # "a cat, on a mat"; "two cats, one red and one blue, on a mat"
        if is_chinese(token.text) and not heads and not self.waiting and self.former and not _describes(rest):
            heads = tuple(self.former)  # 工人戴着头盔，扛着铁锹
        if token.text[0] == "打" and any(group_of(one.value) == CLOTHES for one in rest[:6] if one.kind == "thing"):
            word = "wearing"  # 打着领带
        if leads_to(rest, PLACING) and word not in ("riding", "chasing", "wearing", "holding"):
            return
        if token.text.casefold() == "against" and leads_to(rest, ("colour",)) and not names_thing(rest):
            self.backdrop = True
            return
        if not names_thing(rest):
            if heads and self.previous and any(one.text == "被" for one in clause_of(reversed(before))):
                self.relate(heads, word, tuple(self.previous[-1:]), False)  # 狗被两只猫追着
            elif word in ALONE and not heads and not self.things and (not rest or rest[0].kind == "break"):
                self.attach("place", (ALONE[word],))
            elif word in ALONE and heads:
                self.place(heads[-1:], (ALONE[word],))
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
        if token.text.casefold() == "in" and heads and group_of(named) == CLOTHES:  # "a man in a hat"
            wears = not _SITTING & set(words(before[-2:]))
            word = "wearing" if wears and group_of(self.things[heads[-1]].subject) in PERSONS else word
        self.open = (word, heads, token.kind == "passive")

    def take_pronouned(self, token: Token, rest: list[Token]) -> None:
        """A relation to what was named before: "with a cat on it"."""
        word = token.value
        if not self.things:
            self.modifiers.flanking = word == "on either side of"  # 左右各一棵树
            return
        if self.negated:
            return
        if word == "around" and names_thing(rest) and (self.heads or (self.former and not self.first)):
            self.open = (word, tuple(self.heads or self.former), False)  # "bees, all around a flower"
        elif rest and rest[0].kind == "of" and names_thing(rest[1:]):  # "one on either side of the house"
            self.open = (word, tuple(self.heads or self.former or [len(self.things) - 1]), False)
        elif self.head is not None and is_chinese(token.text) and names_thing(rest):
            self.waiting.append(("relation", (word, (self.head,), 0)))  # 推车一辆里面装着面包
            self.head, self.group = None, []
        elif self.head is not None and self.owner and len(self.things) - 1 > self.owner[1]:
            # "with a cup and a fork on it"
            free = [n for n in range(self.owner[1], len(self.things)) if not self.things[n].relations]
            self.relate(free, word, self.owner[:1], False)
        elif self.head is not None:
            self.relate_back(word, self.heads[-1:], single=bool(_ONE & set(token.text.casefold().split())))
        elif names_thing(rest) or not rest or rest[0].kind in ("there", "filler", "break"):
            last = len(self.things) - 1
            last = self.bearer(last) if is_chinese(token.text) else last
            placed = [one for one in self.things[last].relations if one[0] in (*PLACED, *AMONG)]
            before = placed[-1:] if is_chinese(token.text) else [
                one for one in self.things[last].relations
                if _ACROSS.get(one[0]) == word and "its" in token.text.casefold()
            ]  # fmt: skip
            if before:  # "to its left ..., to its right ...", 房子前面有车，后面有树: both of the house
                last = before[0][1][0]
            self.waiting.append(("relation", (word, (last,), 0)))
