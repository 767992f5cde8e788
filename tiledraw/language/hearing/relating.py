"""Relating: what words for relations say of which things.

Knows tokens and drafts. Knows nothing about what nouns name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from tiledraw.language.hearing.following import (
    LOOKS,
    NAMING,
    clause_of,
    leads_to,
    names_alone,
    names_thing,
    words,
)
from tiledraw.language.hearing.placing import Placing
from tiledraw.language.hearing.referring import LIVING, group_of, is_worn
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.nouns import is_chinese
from tiledraw.language.request import AMONG, COMPARED, PLACED

ALONE = {"above": "top", "below": "bottom", "under": "bottom"}  # a relation to nothing: "a sun above"
PLACING = ("place", "arrangement", "background", "backdrop", "fraction")
_LOOSE = (*COMPARED, *AMONG, "in", "under", "behind", "next to", "near", "on")  # that may stand behind both things
_DEEDS = ("riding", "chasing", "wearing", "holding")  # of which no place is the other thing
_HOLDERS = ("home", "food")  # groups of things that hold what they are "with"
_SITTING = {"sitting", "sits", "hiding", "hides", "sleeping", "sleeps", "lying", "curled", "standing", "asleep"}
_STANDS = {"is", "are", "was", "were", "stands", "stand", "sits", "sit", "lies", "lie", "hangs", "hang", "hovers",
           "floats", "flies", "goes", "grows", "waits", "sleeps", "stood", "sat", "hung", "lay", "rests", "walks",
           "swims", "runs", "there's", "comes"}  # fmt: skip
_PICTURE = {"picture", "page", "canvas", "image", "frame", "sheet", "paper", "scene", "drawing", "screen", "poster"}
_TOO = {"too", "also", "as", "well", "please", "pls"}
_CROSSED = ("river", "pond", "road", "railway track")
_HOVERING = ("cloud", "rain cloud", "thundercloud", "sun", "moon", "full moon", "rainbow")


def _describes(rest: list[Token]) -> bool:
    """Whether what a verb speaks of is said of a noun behind it: 戴帽子的男孩."""
    clause = clause_of(rest)
    named = next((number for number, token in enumerate(clause) if token.kind in NAMING), len(clause))
    return any(token.kind == "gen" for token in clause[named:])


def is_owned(rest: list[Token]) -> bool:
    """Whether what a verb speaks of is said of the noun right behind it, with no more between than a 的."""
    named = next((number for number, token in enumerate(rest) if token.kind in NAMING), len(rest))
    return [token.kind for token in rest[named + 1 : named + 2]] == ["gen"] and names_thing(rest[named + 2 :])


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


class Relating(Placing):
    """Takes relations."""

    def relate(self, subjects: Sequence[int], word: str, of: tuple[int, ...], passive: bool) -> None:
        """As `Joining.relate`, but clouds are above what others would be on, and bridges on what they are over."""
        named = [self.things[number].subject for number in subjects]
        above = word == "on" and not passive and bool(named) and all(name in _HOVERING for name in named)
        crossed = all(self.things[number].subject in _CROSSED for number in of)
        if word == "above" and crossed and set(named) == {"bridge"}:
            word = "on"
        super().relate(subjects, "above" if above else word, of, passive)

    def owns(self, rest: list[Token]) -> bool:
        """Whether "with" tells what somebody wears or holds: then it is such a relation."""
        thing = next((token for token in rest[:6] if token.kind in NAMING), None)
        if self.head is None or thing is None or thing.kind != "thing" or not names_thing(rest):
            return False
        last = self.head if self.latest is None else self.latest
        owner, owned = group_of(self.things[self.head].subject), group_of(thing.value)
        own = list(takewhile(lambda token: token.kind not in ("and", "break"), rest[:9]))
        told = any(token.kind in ("relates to it", "it") for token in own)  # "with a lamp on it"
        wears = is_worn(thing.value) and owner in (*LIVING, "food")
        told |= self._stands_by(own) and not wears
        holds = sense_of(self.things[last].subject).holds
        if holds and group_of(self.things[last].subject) in _HOLDERS and not told:
            self.open = ("in" if holds == "container" else "on", (last,), True)  # "a cake with candles"
            return True
        holds_it = owner in LIVING and owned not in (*LIVING, "places") and (owner == "people" or not thing.several)
        holds_it = holds_it and sense_of(thing.value).size <= sense_of(self.things[self.head].subject).size
        many = any(one.kind == "count" and one.value > 3 for one in rest[: rest.index(thing)])
        if told or many or not (wears or holds_it):
            return False
        self.open = ("wearing" if wears else "holding", (self.head,), False)
        return True

    def _stands_by(self, own: list[Token]) -> bool:
        """Whether what is named relates to something named before: "with a ball on top of the box"."""
        related = next((n for n, token in enumerate(own) if token.kind == "relation"), len(own))
        behind = own[related + 1 : related + 3]
        again = [token.kind for token in behind] == ["the", "thing"]
        return again and any(thing.subject == behind[1].value for thing in self.things)

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

    def take_refused(self, before: list[Token]) -> None:
        """A relation behind a negation. What is refused stands there, but not what it would relate to: "no cat on the
        chair"; what has no ... goes on: "a man without glasses in an armchair"."""
        if before and before[-1].kind == "thing" and self.former and not is_chinese(before[-1].text):
            refusal = [one for one in clause_of(reversed(before[:-1])) if one.kind == "not"]
            if refusal and refusal[0].text.casefold() in ("without", "with no", "minus", "sans"):
                self.negated, self.head, self.group = False, self.former[-1], self.former[-1:]
        self.aside = True

    def take_relation(self, token: Token, before: list[Token], rest: list[Token]) -> None:
        """A word for a relation, whose other thing follows or was named before."""
        word = token.value
        if isinstance(word, tuple):  # "to the lower left of"
            word, self.also = word
        heads = self._doers(word, token, before, rest)
        framed = _PICTURE & set(words(rest[:2])) or any(one.kind == "background" for one in rest[:2])
        placing = leads_to(rest, PLACING) and not _names_side(rest)
        if word in ("left of", "right of") and framed:
            self.attach("place", (word.split()[0],))  # "on the left side of the page"
        elif self._points_back(word, before, rest) or (placing and word not in _DEEDS):
            return
        elif token.text.casefold() == "against" and leads_to(rest, ("colour",)) and not names_thing(rest):
            self.backdrop = True
        elif word == "on" and before and self._puts_on(heads, before[-1], rest):
            return
        elif not names_thing(rest):
            self._relate_behind(word, token, heads, before, rest)
        else:
            self.verb = self._exactly(word, token, heads, before, rest), token.kind == "passive"
            self.open = (self.verb[0], heads, self.verb[1])
            self.times = abs(self.times)

    def _doers(self, word: str, token: Token, before: list[Token], rest: list[Token]) -> tuple[int, ...]:
        """What a relation is said of, as far as it was named before."""
        heads, chinese = tuple(self.heads), is_chinese(token.text)
        inverted = not chinese and _inverted(rest, {thing.text for thing in self.things})
        taken = names_alone(rest) if chinese else names_thing(rest) and not inverted
        if not heads and not self.waiting and taken and (self.alone or not self.first):
            wholes = {self.things[n].part_of for n in self.former} - {None}
            parts = [n for n, thing in enumerate(self.things) if thing.part_of in wholes]
            heads = tuple(parts or self.former)  # "a cat, on a mat"; "two cats, one red and one blue, on a mat"
        if chinese:
            if not heads and not self.waiting and self.former and not _describes(rest):
                heads = tuple(self.former)  # 工人戴着头盔，扛着铁锹
            joined = before[-1:] != [] and before[-1].kind in ("and", "measure")
            self.apart |= joined and is_owned(rest)
            return () if joined and is_owned(rest) else heads  # 戴着墨镜的狗和戴着帽子的猫
        same = (word, token.kind == "passive") == self.verb and len(heads) == 1 and self.latest in self.objects
        if same and self.latest is not None and before and before[-1].kind == "thing":
            heads = (self.latest,)  # "a dog chasing a cat chasing a mouse"
        said = clause_of(reversed(before))[:3]
        if "all" in words(said) and not any(one.kind in NAMING for one in said):
            heads = tuple(n for n in self.subjects() if self.things[n].left != 0)  # "..., all in a bowl"
        return heads

    def _points_back(self, word: str, before: list[Token], rest: list[Token]) -> bool:
        """Whether a relation is one to what was named before: "below: a cat", "behind stands a tree"."""
        if not self.things or word not in PLACED or not rest:
            return False
        last, among = self.things[-1], range(len(self.things))
        if rest[0].value == "topic" and not last.place and self.head is None:
            self._wait_for(word, self.meant(word, among, "it"))
            return True
        stands = rest[0].text == "," and names_thing(rest[1:]) and word not in ALONE
        begins = not before or before[-1].kind in ("break", "and")
        if not (stands or rest[0].text.casefold() in _STANDS) or not begins or self.waiting:
            return False
        self._wait_for(word, self.meant(word, among, "them" if last.is_many or last.part_of is not None else "it"))
        self.head, self.group = None, []
        return True

    def _relate_behind(
        self, word: str, token: Token, heads: Sequence[int], before: list[Token], rest: list[Token]
    ) -> None:
        """A relation that stands behind both of its things, or has but one."""
        if heads and self.previous and any(one.text == "被" for one in clause_of(reversed(before))):
            self.relate(heads, word, tuple(self.previous[-1:]), False)  # 狗被两只猫追着
        elif word in ALONE and heads:
            self.place(heads[-1:], (ALONE[word],))
        elif word in ALONE and not self.things and (not rest or rest[0].kind == "break"):
            self.attach("place", (ALONE[word],))
        elif word in COMPARED and len(heads) > 1:  # 月饼跟月亮一样大
            self.relate(heads[:-1], word, heads[-1:], False)
        elif word in _LOOSE and heads and len(self.things) > 1 and not (word == "in" and leads_to(rest, LOOKS)):
            self.relate_back(word, heads, token.text)

    def _exactly(self, word: str, token: Token, heads: Sequence[int], before: list[Token], rest: list[Token]) -> str:
        """What a relation is more exactly: "in" a hat is wearing it, and 比 may be smaller."""
        if token.text == "比" and any(one.kind == "size" and one.value == "small" for one in rest[:6]):
            word = "smaller than"
        if self.times and word == "same size as":
            word = "larger than" if self.times > 0 else "smaller than"
        named = next((one.value for one in rest[:6] if one.kind == "thing" and one.text.casefold() != "orange"), "")
        if token.text.casefold() == "in" and heads and is_worn(named) and not _SITTING & set(words(before[-2:])):
            return "wearing" if group_of(self.things[heads[-1]].subject) in LIVING else word
        return word

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
        if not self.things or self.negated:
            self.modifiers.flanking = not self.negated and word == "on either side of"
            return
        if self.head is not None and is_chinese(token.text) and names_thing(rest):
            self.waiting.append(("relation", (word, (self.head,), 0)))  # 推车一辆里面装着面包
            self.head, self.group = None, []
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
            meant = self.meant(word, range(len(self.things)), token.text)
            if is_chinese(token.text):
                last = self.bearer(len(self.things) - 1)
                placed = [of for said, of, _ in self.things[last].relations if said in (*PLACED, *AMONG)]
                meant = placed[-1][:1] if placed else (last,)  # 房子前面有车，后面有树: both of the house
            self._wait_for(word, meant)
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
