"""Placing: what places of the picture, sides of things and Chinese words behind nouns say of which things.

Knows tokens and drafts. Knows nothing about what nouns name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from tiledraw.language.hearing.choosing import Choosing
from tiledraw.language.hearing.drafts import location
from tiledraw.language.hearing.following import LOOKS, NAMING, breaks_first, clause_of, names_thing, of_thing, words
from tiledraw.language.hearing.meanings import BESIDE, OPPOSITE
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import is_chinese

_OF_PLACE = {"left": "left of", "right": "right of", "top": "on", "bottom": "under", "center": "in"}
_STANDING = tuple("在喺佇到于从进入过蹲坐站趴躺停挂立卧睡摆放搁漂飘着")  # verbs of where something is end in these
_EMPTY = {"empty", "blank", "free", "bare", "vacant", "clear", "clean", "void", "room", "space", "unpainted",
          "untouched", "空", "留空", "空着", "留白", "空白", "空出来", "空出", "空开", "空置"}  # fmt: skip
_NOTHING = {"nothing", "nada", "nowt", "zilch", "void", "emptiness", "empty", "nobody", "blank"}
_KEEPING = {"leave", "keep", "reserve", "save", "empty", "clear"}
_UPON = ("上面", "上头", "上边", "顶上")
_DOWN = ("下面", "下", "下边", "脚下")  # under a table, but below a balloon
_COVERS = {"tree", "palm tree", "christmas tree", "pine", "cherry blossom", "table", "bed", "couch", "chair", "seat",
           "armchair", "umbrella", "hat", "ladder", "leaf", "solar panel", "shower", "piano", "sun"}  # fmt: skip


def _stays_empty(before: list[Token], rest: list[Token], first: bool) -> bool:
    """Whether a place is one where nothing may be: "the top stays free", "left: nothing", "keep it for text",
    右边别放东西."""
    own = takewhile(lambda one: one.kind not in ("break", "place", *NAMING), rest[:7])
    if _EMPTY & {word for one in own if one.kind in ("filler", "other") for word in one.text.casefold().split()}:
        return True
    told = [token for token in clause_of(rest) if token.kind not in ("filler", "all", "measure", "gen")]
    if len(told) == 1 and told[0].kind in ("not", "nothing") and is_chinese(told[0].text):
        return True
    skipped = ("filler", "break") if first else ("filler",)  # "on the right, nothing"
    behind = [one for one in rest[:3] if one.kind not in skipped]
    if behind and behind[0].text.casefold() in _NOTHING:
        return True
    clause = list(takewhile(lambda one: one.kind not in ("break", *NAMING), reversed(before)))
    asked = _KEEPING & set(words(clause))
    return bool(asked) and ("for" in words(rest[:2]) or bool(asked & {"empty", "clear", "reserve"}))


class Placing(Choosing):
    """Takes places."""

    def take_place(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A place of the picture, or the side of a thing: "at the top of the tree"."""
        # "in the top right one"
        corner = len(token.value) > 1 and [one.kind for one in before[-2:]] == ["relation", "the"]
        if token.value == ("opposite",):
            placed = [thing.place for number, thing in enumerate(self.things) if thing.place and number != self.head]
            opposite = tuple(OPPOSITE.get(side, side) for side in placed[-1]) if placed else ("center",)
            token = replace(token, value=opposite)
        named = rest[:1] != [] and (
            rest[0].kind in ("thing", "ones") or (rest[0].text.casefold() == "one" and not corner)
        )
        if named and not is_chinese(token.text):  # "the left balloon"
            self.modifiers.place = token.value
            return
        if corner:
            self.modifiers.definite = False
        if (self.nothing and self.head is None and not names_thing(rest)) or _stays_empty(
            before, rest, self.head is None
        ):
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
        elif token.value == ("top",) and before[-1:] != [] and before[-1].text.casefold() == "on" and self._tops(rest):
            if self.latest == self.head:
                self.relate_back("on", self.heads[-1:])  # "a cake with a cherry on top"
        elif rest and rest[0].value == "topic":
            self.waiting.append(("place", token.value))  # 左边：猫 右边：狗
        else:
            both = any(one.kind == "both" for one in clause_of(reversed(before)))
            self.attach("place", token.value, self.group if both else None)

    def _tops(self, rest: list[Token]) -> bool:
        """Whether "on top" means what was named before, not the picture."""
        ends = not rest or rest[0].kind in ("break", "and", "with")
        last = self.latest if self.head is not None else None
        return ends and bool(last) and sense_of(self.things[last or 0].subject).home != "sky"

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
        if self.head is None:
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
        elif word in ("left of", "right of", "on", "under", "above", "below"):
            place = {"left of": "left", "right of": "right", "on": "top", "above": "top"}.get(word, "bottom")
            self.place(anchors, (place,))
        else:
            self.waiting.append(("relation", (word, anchors, 0)))
