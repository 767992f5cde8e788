"""Relating: what places and words for relations say of which things.

Knows tokens and drafts. Knows nothing about what nouns name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import takewhile

from tiledraw.language.hearing.choosing import Choosing
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
from tiledraw.language.hearing.referring import LIVING, group_of, is_worn
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import AMONG, COMPARED, PLACED

_OF_PLACE = {"left": "left of", "right": "right of", "top": "on", "bottom": "under", "center": "in"}
_BESIDE = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
ALONE = {"above": "top", "below": "bottom", "under": "bottom"}  # a relation to nothing: "a sun above"
PLACING = ("place", "arrangement", "background", "backdrop", "fraction")
_LOOSE = (*COMPARED, *AMONG, "in", "under", "behind", "next to", "near", "on")  # that may stand behind both things
_HOLDERS = ("home", "food")  # groups of things that hold what they are "with"
_STANDING = tuple("在到于从过蹲坐站趴躺停挂立卧睡摆放搁漂飘着")  # verbs of where something is end in these
_SITTING = {"sitting", "sits", "hiding", "hides", "sleeping", "sleeps", "lying", "curled", "standing", "asleep"}
_STANDS = {"is", "are", "was", "were", "stands", "stand", "sits", "sit", "lies", "lie", "hangs", "hang", "hovers",
           "floats", "flies", "goes", "grows", "waits", "sleeps", "stood", "sat", "hung", "lay", "rests", "walks",
           "swims", "runs", "there's", "comes"}  # fmt: skip
_EMPTY = {"empty", "blank", "free", "bare", "vacant", "clear", "clean", "void", "room", "space", "unpainted",
          "untouched", "空", "留空", "空着", "留白", "空白"}  # fmt: skip
_PICTURE = {"picture", "page", "canvas", "image", "frame", "sheet", "paper", "scene", "drawing", "screen", "poster"}
_TOO = {"too", "also", "as", "well", "please", "pls"}
_NOTHING = {"nothing", "nada", "nowt", "zilch", "void", "emptiness", "empty", "nobody", "blank"}
_KEEPING = {"leave", "keep", "reserve", "save", "empty", "clear"}


def _inverted(rest: list[Token], known: Collection[str] = ()) -> bool:
    """Whether a relation and its other thing stand before what they are said of: "on the mat a cat"; with a comma
    between them, if that thing is `known`: "on the mat, a cat"."""
    named = (*NAMING, "ordinal", "rest")
    place = next((n for n, token in enumerate(rest) if token.kind in named or (n and token.text == "one")), None)
    if place is None:
        return False
    behind = rest[place + 1 :]
    comma = behind[:1] != [] and behind[0].kind == "break" and rest[0].kind == "the" and rest[place].text in known
    for token in behind[1:] if comma else behind:
        if token.kind not in ("filler", "other") or comma:
            return token.kind in ("one", "count", "few", "pair", "the", "not", *NAMING)
    return rest[place].kind == "it"


def _names_side(rest: list[Token]) -> bool:
    """Whether a side tells which of things is meant: "behind the left door"."""
    side = next((n for n, token in enumerate(rest[:3]) if token.kind == "place"), None)
    if side is None or len(rest[side].value) > 1 or is_chinese(rest[side].text):
        return False
    behind = rest[side + 1 : side + 2]
    return behind != [] and (behind[0].kind in ("thing", "ones") or behind[0].text.casefold() == "one")


def _stays_empty(before: list[Token], rest: list[Token], first: bool) -> bool:
    """Whether a place is one where nothing may be: "the top stays free", "left: nothing", "keep it for text"."""
    own = takewhile(lambda one: one.kind not in ("break", "place", *NAMING), rest[:7])
    if _EMPTY & {word for one in own if one.kind in ("filler", "other") for word in one.text.casefold().split()}:
        return True
    skipped = ("filler", "break") if first else ("filler",)  # "on the right, nothing"
    behind = [one for one in rest[:3] if one.kind not in skipped]
    if behind and behind[0].text.casefold() in _NOTHING:
        return True
    clause = list(takewhile(lambda one: one.kind not in ("break", *NAMING), reversed(before)))
    asked = _KEEPING & set(words(clause))
    return bool(asked) and ("for" in words(rest[:2]) or bool(asked & {"empty", "clear", "reserve"}))


class Relating(Choosing):
    """Takes places and relations."""

    def owns(self, rest: list[Token]) -> bool:
        """Whether "with" tells what somebody wears or holds: then it is such a relation."""
        thing = next((token for token in rest[:6] if token.kind in NAMING), None)
        if self.head is None or thing is None or thing.kind != "thing" or not names_thing(rest):
            return False
        last = self.head if self.latest is None else self.latest
        owner, owned = group_of(self.things[self.head].subject), group_of(thing.value)
        own = list(takewhile(lambda token: token.kind not in ("and", "break"), rest[:9]))
        told = any(token.kind in ("relates to it", "it") for token in own)  # "with a lamp on it"
        holds = sense_of(self.things[last].subject).holds
        if holds and group_of(self.things[last].subject) in _HOLDERS and not told:
            self.open = ("in" if holds == "container" else "on", (last,), True)  # "a cake with candles"
            return True
        wears = is_worn(thing.value) and owner in (*LIVING, "food")
        holds_it = owner in LIVING and owned not in (*LIVING, "places") and (owner == "people" or not thing.several)
        holds_it = holds_it and sense_of(thing.value).size <= sense_of(self.things[self.head].subject).size
        many = any(one.kind == "count" and one.value > 3 for one in rest[: rest.index(thing)])
        if told or many or not (wears or holds_it):
            return False
        self.open = ("wearing" if wears else "holding", (self.head,), False)
        return True

    def owner_of(self, before: list[Token], rest: list[Token]) -> int:
        """What is "with" something: the thing right before, if a pronoun behind can stand for it ("next to a tree with
        apples in it"), or what the clause is about."""
        assert self.head is not None
        pronoun = next((one for one in rest if one.kind in ("relates to it", "break")), None)
        last = self.latest if self.latest in self.objects and before and before[-1].kind == "thing" else None
        if last is None or pronoun is None or pronoun.kind == "break":
            return self.head
        lives = group_of(self.things[last].subject) in LIVING
        fits = self.agrees(last, pronoun.text.casefold().split()) and (lives or pronoun.value != "held")
        return last if fits else self.head

    def take_place(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A place of the picture, or the side of a thing: "at the top of the tree"."""
        # "in the top right one"
        corner = len(token.value) > 1 and [one.kind for one in before[-2:]] == ["relation", "the"]
        start = [one.kind for one in before if one.kind not in ("the", "filler")][-2:]
        if start == ["and", "relation"] and names_thing(rest) and not is_chinese(token.text):
            self.head, self.group = None, []  # "a cat on the left and on the right a dog"
        if token.value == ("opposite",):
            token = replace(token, value=self._opposite())
        named = rest[:1] != [] and (
            rest[0].kind in ("thing", "ones") or (rest[0].text.casefold() == "one" and not corner)
        )
        if named and not is_chinese(token.text):  # "the left balloon"
            self.modifiers.place = token.value
            return
        if corner:
            self.modifiers.definite = False
        if self.open and not self.anchors and self.open[0] not in ("chasing", "riding", "holding", "wearing"):
            self.open = None
        if (self.nothing and self.head is None and not names_thing(rest)) or _stays_empty(
            before, rest, self.head is None
        ):
            self.empty.append(location(token.value))
        elif of_thing(rest) and len(token.value) == 1:
            self.open = (_OF_PLACE[token.value[0]], tuple(self.heads), False)
        elif before and before[-1].kind == "gen" and before[-2:-1] and before[-2].kind in NAMING and self.things:
            first, *more = [_OF_PLACE[side] if len(token.value) == 1 else _BESIDE[side] for side in token.value]
            self.take_localiser(first, before, rest, more=more)  # 船的左下方
        elif self.waiting and self.waiting[-1][0] == "place" and self.head is None:
            self.waiting[-1] = ("place", (*self.waiting[-1][1], *token.value))
        elif token.value == ("top",) and before[-1:] != [] and before[-1].text.casefold() == "on" and self._tops(rest):
            if self.latest == self.head:
                self.relate_back("on", self.heads[-1:])  # "a cake with a cherry on top"
        elif self.flanks and token.value == ("center",) and self.head is None:
            self.waiting.append(("relation", ("between", self.flanks, 0)))  # 左右各一棵树，中间一座房子
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

    def _opposite(self) -> tuple[str, ...]:
        """Where the corner or side is that is opposite to that of the thing placed last."""
        across = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
        placed = [thing.place for number, thing in enumerate(self.things) if thing.place and number != self.head]
        return tuple(across.get(side, side) for side in placed[-1]) if placed else ("center",)

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

    def take_refused(self, before: list[Token]) -> None:
        """A relation behind a negation. What is refused stands there, but not what it would relate to: "no cat on the
        chair"; what has no ... goes on: "a man without glasses in an armchair"."""
        if before and before[-1].kind == "thing" and self.former and not is_chinese(before[-1].text):
            refusal = [one for one in clause_of(reversed(before[:-1])) if one.kind == "not"]
            if refusal and refusal[0].text.casefold() in ("without", "with no", "minus", "sans"):
                self.negated, self.head, self.group = False, self.former[-1], self.former[-1:]
        self.aside = True

    def take_relation(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        word, heads = token.value, tuple(self.heads)
        if isinstance(word, tuple):  # "to the lower left of"
            word, self.also = word
        taken = names_alone(rest) or (names_thing(rest) and not is_chinese(token.text))
        if not is_chinese(token.text) and _inverted(rest, {thing.text for thing in self.things}):
            taken = False
        if not heads and not self.waiting and taken and (self.alone or not self.first):
            wholes = {self.things[n].part_of for n in self.former} - {None}
            parts = [n for n, thing in enumerate(self.things) if thing.part_of in wholes]
            heads = tuple(parts or self.former)  # "a cat, on a mat"; "two cats, one red and one blue, on a mat"
        if before and not is_chinese(token.text) and self.things:
            said = clause_of(reversed(before))[:3]
            if "all" in words(said) and not any(one.kind in NAMING for one in said):
                heads = tuple(n for n in self.subjects() if self.things[n].left != 0)  # "..., all in a bowl"
        framed = _PICTURE & set(words(rest[:2])) or any(one.kind == "background" for one in rest[:2])
        if word in ("left of", "right of") and framed:
            self.attach("place", (word.split()[0],))  # "on the left side of the page"
            return
        topic = rest[:1] != [] and rest[0].value == "topic"
        if topic and self.things and not self.things[-1].place and self.head is None and word in PLACED:
            self._wait_for(word, self.meant(word, range(len(self.things)), "it"))  # "below: a cat"
            return
        stands = rest[:1] != [] and (
            rest[0].text.casefold() in _STANDS or (rest[0].text == "," and names_thing(rest[1:]) and word not in ALONE)
        )
        begins = not before or before[-1].kind in ("break", "and")
        if stands and begins and self.things and not self.waiting and word in PLACED:
            last = self.things[-1]
            pronoun = "them" if last.is_many or last.part_of is not None else "it"
            self._wait_for(word, self.meant(word, range(len(self.things)), pronoun))  # "behind stands a tree"
            self.head, self.group = None, []
            return
        if (
            leads_to(rest, PLACING)
            and not _names_side(rest)
            and word not in ("riding", "chasing", "wearing", "holding")
        ):
            return
        if token.text.casefold() == "against" and leads_to(rest, ("colour",)) and not names_thing(rest):
            self.backdrop = True
            return
        if word == "on" and before and self._puts_on(heads, before[-1], rest):
            return
        if not names_thing(rest):
            if word in ALONE and not heads and (topic or not self.things) and (not rest or rest[0].kind == "break"):
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
            word = "larger than" if self.times > 0 else "smaller than"
        self.times = abs(self.times)
        named = next((one.value for one in rest[:6] if one.kind == "thing" and one.text.casefold() != "orange"), "")
        if token.text.casefold() == "in" and heads and is_worn(named):  # "a man in a hat"
            wears = not _SITTING & set(words(before[-2:]))
            word = "wearing" if wears and group_of(self.things[heads[-1]].subject) in LIVING else word
        self.open = (word, heads, token.kind == "passive")
        self.verb = word, token.kind == "passive"

    def _puts_on(self, heads: Sequence[int], last: Token, rest: list[Token]) -> bool:
        """Whether "on" says that something is worn: "with boxing gloves on"; if nobody is said to wear it yet, somebody
        named before it does."""
        if set(words(list(takewhile(lambda one: one.kind not in ("break", "and"), rest)))) - _TOO:
            return False
        if self.latest in self.objects and is_worn(self.things[self.latest].subject):
            return True
        if len(heads) != 1 or last.kind != "thing" or not is_worn(self.things[heads[0]].subject):
            return False
        others = [n for n in range(heads[0]) if group_of(self.things[n].subject) in LIVING]
        self.relate_as(heads, "on", others[-1:])
        return bool(others)

    def take_pronouned(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A relation to what was named before: "with a cat on it"."""
        word = token.value
        spoken = [self.head] if self.head is not None else self.former
        last = self.things[spoken[-1]] if spoken else None
        if last and last.several and last.count is None and token.text.casefold().startswith("one "):
            last.count = 2  # "trees, one on either side"
        if not self.things:
            self.modifiers.flanking = word == "on either side of"  # 左右各一棵树
            return
        if self.negated:
            return
        if token.text.casefold().startswith("in the other") and all(one.value != "held" for one in before):
            return
        if word == "around" and names_thing(rest) and (self.heads or (self.former and not self.first)):
            self.open = (word, tuple(self.heads or self.former), False)  # "bees, all around a flower"
        elif rest and rest[0].kind == "of" and names_thing(rest[1:]):  # "one on either side of the house"
            self.open = (word, tuple(self.heads or self.former or [len(self.things) - 1]), False)
        elif before and before[-1].kind == "and" and names_thing(rest) and not is_chinese(token.text):
            self._wait_for(word, self.meant(word, range(len(self.things)), token.text))
            self.head, self.group = None, []  # "a hat on its head and in its trunk a rose"
        elif (
            self.head is not None
            and self.owner
            and len(self.things) - 1 >= self.owner[1]
            and word != "between"
            and (word != "held" or group_of(self.things[self.owner[0]].subject) in LIVING)
        ):
            # "with a cup and a fork on it"
            free = [n for n in range(self.owner[1], len(self.things)) if not self.things[n].relations]
            self.relate_as(free, word, self.owner[:1])
        elif self.head is not None and before and before[-1].kind == "thing" and self.latest in self.objects:
            self.relate_as((self.latest,), word, (self.head,))  # "smaller than the tree behind it"
        elif self.head is not None:
            heads = self.heads[-1:]
            if word in ("in", "on", "under") and self.head > 0 and not is_chinese(token.text):
                of = self.meant(word, range(self.head), token.text)[-1]
                heads = [
                    n for n in self.heads if n > of and not self.things[n].relations
                ] or heads  # "a pear and a plum in it"
            self.relate_back(word, heads, token.text)
        elif names_thing(rest) or not rest or rest[0].kind in ("there", "filler", "break"):
            last = len(self.things) - 1
            if is_chinese(token.text) and self.things[last].relations:  # 房子前面有车，后面有树: both of the house
                last = self.things[last].relations[-1][1][0]
            chinese = is_chinese(token.text)
            self._wait_for(word, (last,) if chinese else self.meant(word, range(len(self.things)), token.text))
        elif self.latest is not None and not is_chinese(token.text):  # "a third, green, flies above them"
            self.relate_back(word, (self.latest,), token.text)

    def _wait_for(self, word: str, meant: tuple[int, ...]) -> None:
        """The next thing relates to what a pronoun stands for."""
        if word == "held":
            self.waiting.append(("passive", ("holding", meant)))
        elif word == "between":
            self.waiting.append(("relation", (word, meant[-2:], 0)))
        else:
            self.waiting += [("relation", (word, (one,), 0)) for one in meant]
        self.pointed = meant[0]
