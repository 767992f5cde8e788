"""Rules: reads English and Chinese prompts into requests without a model, the same way every time.

A prompt is cut into pieces (words, Chinese characters, marks); the longest phrases that a lexicon knows become tokens,
the rest is unknown; tokens become things, places and relations; these are joined clause by clause. Time grows with the
length of the prompt, which is limited.

Knows words and grammar. Knows nothing about boxes, pixels or models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from tiledraw.common.checks import check_prompt
from tiledraw.language.boxes import Box, UnknownSubjectError
from tiledraw.language.first.layout import Item, Request, arrange
from tiledraw.language.first.lexicon import PIECE, lexicon
from tiledraw.language.first.plan import FULL, LOCATIONS, Plan
from tiledraw.language.kin import listed, nearest_subjects, unknown_message
from tiledraw.language.nouns import COUNTED_BY, DESCRIBING, is_chinese
from tiledraw.language.subjects import drawn_as
from tiledraw.language.subjects import subjects as all_subjects

FEW = 3  # what "some", "a few" and a plural without a number mean


def plan_by_rules(prompt: str, subjects: Sequence[str] | None = None, canvas: Box = FULL) -> Plan:
    """The plan of a prompt. Raises what `read_prompt` raises."""
    return arrange(read_prompt(prompt, subjects), canvas)


def read_prompt(prompt: str, subjects: Sequence[str] | None = None) -> Request:
    """What a prompt asks for. `subjects` are those that can be drawn; all of them if not given.

    Raises:
        UnknownSubjectError: it asks for something else, or for nothing.
        PlanError: it asks for more than a picture holds.
        ValueError: it is empty, too long or no text.
    """
    prompt = check_prompt(prompt)
    known = tuple(all_subjects()) if subjects is None else tuple(subjects)
    tokens = _tokens(prompt, frozenset(known))
    for token in tokens:
        if token.kind == "unknown":
            raise UnknownSubjectError(unknown_message(token.text, known))
    items = _Reader(_elements(tokens)).items
    if not items:
        raise UnknownSubjectError(
            f"the prompt names nothing to draw; name a subject, such as {listed(nearest_subjects('', known))}"
        )
    backgrounds = [token.value for token in tokens if token.kind == "background"]
    return Request(tuple(items), backgrounds[-1] if backgrounds else None)


# Tokens --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Token:
    """A phrase of the prompt: its kind, what it means, its text, and where it starts and ends."""

    kind: str
    value: Any
    text: str
    start: int
    end: int


def _scan(text: str, known: Collection[str]) -> Iterator[_Token]:
    """The text as the longest known phrases from left to right, and unknown pieces between them; also unknown is a
    subject that none of `known` draws."""
    meanings = lexicon()
    longest = max(map(len, meanings))
    pieces = list(PIECE.finditer(text))
    words = [piece.group() for piece in pieces]
    index = 0
    while index < len(words):
        word, length = words[index], 1
        kind, value = "unknown" if word[0].isalpha() else "filler", None
        if word.isdecimal():
            kind, value = "count", int(word[:4])
        for reach in range(min(longest, len(words) - index), 0, -1):
            if found := meanings.get(tuple(words[index : index + reach])):
                (kind, value), length = found, reach
                break
        if kind == "thing":
            drawn = drawn_as(value[0], known)
            kind, value = ("thing", (drawn, value[1])) if drawn else ("unknown", None)
        start, end = pieces[index].start(), pieces[index + length - 1].end()
        yield _Token(kind, value, text[start:end], start, end)
        index += length


def _tokens(prompt: str, known: Collection[str]) -> list[_Token]:
    """The tokens of a prompt, with unknown pieces joined to words, and those that name nothing left out.

    An unknown word before a thing says what it is like ("a fluffy cat"), one in -ing or -ed after it what it does;
    Chinese characters that touch a thing make another thing of it (a horse, 马, is no hippo, 河马).
    """
    text = unicodedata.normalize("NFKC", prompt).casefold()
    tokens: list[_Token] = []
    for token in _scan(text, known):
        if tokens and _one_word(tokens[-1], token):
            start = tokens.pop().start
            token = _Token("unknown", None, text[start : token.end], start, token.end)
        tokens.append(token)
    return [token for n, token in enumerate(tokens) if not _describes(tokens, n)]


def _one_word(one: _Token, other: _Token) -> bool:
    """Whether two neighbours make one unknown word: 河 and 马, "washing" and "machine", "cat" and "litter"."""
    kinds = {one.kind, other.kind}
    if kinds == {"unknown"}:
        return True
    touch = one.end == other.start and is_chinese(one.text) and is_chinese(other.text)
    return kinds == {"unknown", "thing"} and (touch or (one.kind == "thing" and not _DOING.search(other.text)))


_DOING = re.compile(r"(ing|ed)$")


def _describes(tokens: list[_Token], index: int) -> bool:
    """Whether an unknown word, or one of a few known ones, only describes a thing beside it: "fluffy red cat", "cat
    sleeping", "bottle of wine"; "lemon cake"."""
    word = tokens[index].text
    if tokens[index].kind != "unknown":
        return word in DESCRIBING and [token.kind for token in tokens[index + 1 : index + 2]] == ["thing"]
    before = [token.kind for token in tokens[max(0, index - 2) : index]]
    after = [token.kind for token in tokens[index + 1 : index + 8] if token.kind not in ("quality", "size", "measure")]
    if after[:1] == ["thing"] or after[:2] == ["gen", "thing"] or before == ["thing", "of"]:
        return True
    return before[-1:] in (["thing"], ["filler"]) and bool(_DOING.search(word))


# Elements ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Element:
    """What a clause is made of: a thing, `it`, a place, a relation, or a break between clauses.

    A relation stands before the thing that it refers to ("left of the dog"), or `after` it (狗的左边).
    """

    kind: str
    subject: str = ""
    count: int = 1
    size: str | None = None
    known: bool = False  # named as something that may have been named before: "the dog"
    names: frozenset[str] = frozenset()  # of places
    relation: str = ""
    after: bool = False


_RELATION_AT = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
_PLACE_OF = {"left of": "left", "right of": "right", "above": "top", "below": "bottom"}
_BEFORE_THING = ("the", "one", "count", "size", "some", "pair", "measure", "filler", "quality", "gen")


def _elements(tokens: list[_Token]) -> list[_Element]:
    elements: list[_Element] = []
    count: int | None = None
    size: str | None = None
    fresh, pair, some = False, False, False
    for index, token in enumerate(tokens):
        rest = tokens[index + 1 :]
        last = elements[-1] if elements else None
        if token.kind == "count":
            count = token.value
        elif token.kind == "size":
            size = token.value
        elif token.kind in ("one", "some", "pair"):
            fresh, some, pair = True, some or token.kind == "some", pair or token.kind == "pair"
        elif token.kind == "thing":
            subject, several = token.value
            known = count is None and not fresh
            number = 1 if count is None else count
            if pair and token.text not in COUNTED_BY:
                number *= 2
            elif several and count is None and (some or not _said(tokens[:index], "the")):
                number = FEW
            elements.append(_Element("thing", subject, number, size, known))
        elif token.kind == "it":
            elements.append(_Element("it"))
        elif token.kind in ("place", "beside"):
            relation = _RELATION_AT.get(token.value[0]) if token.value and len(token.value) == 1 else None
            relation = "beside" if token.kind == "beside" else relation
            if relation and last and last.kind in ("thing", "it") and _belongs(tokens[:index], token):
                elements.append(_Element("relation", relation=relation, after=True))
            elif relation and _of_thing(rest):
                elements.append(_Element("relation", relation=relation))
            elif token.kind == "place" and last and last.kind == "place":
                elements[-1] = replace(last, names=last.names | set(token.value))
            elif token.kind == "place":
                elements.append(_Element("place", names=frozenset(token.value)))
        elif token.kind == "relation":
            elements.append(_Element("relation", relation=token.value))
        elif token.kind == "on" and last and last.kind == "thing" and _names_thing(rest):
            elements.append(_Element("relation", relation="above"))
        elif token.kind == "break":
            if size and last and last.kind == "thing" and not last.size:  # "a cat, very small"
                elements[-1] = replace(last, size=size)
            elements.append(_Element("break"))
        if token.kind in ("thing", "break", "canvas", "it"):
            count, size, fresh, pair, some = None, None, False, False, False
    return elements


def _said(tokens: list[_Token], kind: str) -> bool:
    """Whether the words right before a thing include one of this kind."""
    for token in reversed(tokens):
        if token.kind not in _BEFORE_THING:
            return False
        if token.kind == kind:
            return True
    return False


def _names_thing(tokens: list[_Token]) -> bool:
    for token in tokens[:8]:
        if token.kind not in _BEFORE_THING:
            return token.kind in ("thing", "it")
    return False


def _of_thing(tokens: list[_Token]) -> bool:
    """Whether a place goes on as the side of a thing: "left" and "side of the dog", not "of the picture"."""
    for number, token in enumerate(tokens[:3]):
        if token.kind == "of":
            return _names_thing(tokens[number + 1 :])
        if token.kind != "filler":
            return False
    return False


def _belongs(tokens: list[_Token], place: _Token) -> bool:
    """Whether a place is the side of the thing before it: 狗的左边, 狗左边, "the dog's left", "its left"."""
    owner = tokens[-1]
    return (
        owner.kind == "gen"
        or owner.text in ("its", "their")
        or (owner.kind in ("thing", "it") and is_chinese(place.text))
    )


# Requests ------------------------------------------------------------------------------------------------------------


class _Reader:
    """Joins elements to items, clause by clause. A place or relation waits for its thing if that comes later."""

    def __init__(self, elements: list[_Element]):
        self.items: list[Item] = []
        self._place: str | None = None
        self._relation: tuple[str, int] | None = None
        for is_break, clause in groupby(elements, key=lambda element: element.kind == "break"):
            if not is_break:
                self._read(list(clause))

    def _read(self, clause: list[_Element]) -> None:
        start = len(self.items)  # the first item of this clause
        last: int | None = None  # the item that a place or relation belongs to
        index = 0
        while index < len(clause):
            element, *following = clause[index : index + 2]
            follower = following[0] if following else _Element("break")
            index += 1
            if element.kind == "relation" and follower.kind in ("thing", "it"):
                index += 1
                anchor = self._named(follower, last)
                self._relate(last, element.relation, anchor)
                last = anchor if last is not None and anchor is not None and anchor >= start else last
            elif element.kind in ("thing", "it") and follower.kind == "relation" and follower.after:
                index += 1
                anchor = self._named(element, last)
                self._relate(None if last == anchor else last, follower.relation, anchor)
            elif element.kind == "it":
                last = len(self.items) - 1 if self.items else None
            elif element.kind == "thing":
                last = self._mentioned(element)
            elif element.kind == "relation":  # of nothing: "a sun above"
                self._put(last, _PLACE_OF.get(element.relation))
            elif element.kind == "place":
                self._put(last, _location(element.names))
        self._close(clause, start, last)

    def _close(self, clause: list[_Element], start: int, last: int | None) -> None:
        """What still waits at the end of a clause belongs to the thing before it, else to the next clause."""
        if self._relation:
            relation, anchor = self._relation
            if clause[-1].after and anchor >= start:  # 猫左边
                self._relation = None
                self._put(anchor, _PLACE_OF.get(relation))
            elif start > 0 and anchor != start - 1:
                self._relation = None
                self._relate(start - 1, relation, anchor)
        if self._place and last is not None:
            self._place = None
        elif self._place and self.items and self.items[-1].location is None and self.items[-1].relation is None:
            place, self._place = self._place, None
            self._put(len(self.items) - 1, place)

    def _earlier(self, subject: str) -> int | None:
        return next((n for n in reversed(range(len(self.items))) if self.items[n].subject == subject), None)

    def _named(self, element: _Element, besides: int | None) -> int | None:
        """The item that a relation refers to: `it` and "the dog" if there is one, else a new one."""
        if element.kind == "it":
            return next((n for n in reversed(range(len(self.items))) if n != besides), None)
        earlier = self._earlier(element.subject) if element.known else None
        return self._new(element) if earlier is None or earlier == besides else earlier

    def _new(self, element: _Element) -> int:
        self.items.append(Item(element.subject, element.count, element.size))
        return len(self.items) - 1

    def _mentioned(self, element: _Element) -> int:
        index = self._new(element)
        if self._relation:
            (relation, anchor), self._relation = self._relation, None
            self._relate(index, relation, anchor)
        elif self._place:
            place, self._place = self._place, None
            self._put(index, place)
        return index

    def _put(self, index: int | None, place: str | None) -> None:
        """Gives an item its place; without an item, or with one that has a place, the place waits for the next."""
        if index is None or self.items[index].location:
            self._place = place
        else:
            self.items[index] = replace(self.items[index], location=place)

    def _relate(self, index: int | None, relation: str, anchor: int | None) -> None:
        if anchor is None:
            return
        if index is None or self.items[index].relation:
            self._relation = relation, anchor
            return
        chain = [anchor, *Request(tuple(self.items)).anchors(anchor)]
        if index in chain:
            return
        if relation == "beside":
            relation = "right of" if (self.items[anchor].location or "").endswith("left") else "left of"
        self.items[index] = replace(self.items[index], relation=relation, anchor=anchor)


def _location(names: frozenset[str]) -> str:
    row = 0 if "top" in names else 2 if "bottom" in names else 1
    column = 0 if "left" in names else 2 if "right" in names else 1
    return LOCATIONS[3 * row + column]
