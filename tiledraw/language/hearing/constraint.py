"""Constraint: what the text of a request may go on with, so that a thinker can write nothing that is no request.

Subjects are known ones, colours, places and numbers are of their lists, and what is unknown is copied from the prompt
itself, so no invented word can appear.
Knows the lines of requests, word by word. Knows nothing about tokens or models.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from functools import cached_property

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, PATTERNS, STYLES
from tiledraw.language.boxes import PlanError
from tiledraw.language.places import LOCATIONS
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import ARRANGEMENTS, FACING, PARTS, RELATIONS, SIZES, parse_request

_NUMBERS = [str(number) for number in range(1, MAX_PLACEMENTS + 1)]
_PERCENTS = [str(number) for number in range(101)]
_PATTERNS = [*PATTERNS, *(f"{pattern} {colour}" for pattern in PATTERNS for colour in COLOURS)]
_GRIDS = [f"{rows}x{columns} grid" for rows in range(1, 13) for columns in range(1, 13)]
# What a thing's line says of it, in this order, each at most once.
_WORDS: tuple[Sequence[str], ...] = (
    tuple(COLOURS), _PATTERNS, tuple(MATERIALS), STYLES, SIZES, LOCATIONS, [f"{n}% across" for n in _PERCENTS],
    [f"{n}% down" for n in _PERCENTS], [*ARRANGEMENTS, *_GRIDS], [f"facing {way}" for way in FACING],
)  # fmt: skip
_RELATED = [*RELATIONS, *(f"{n} times {word} than" for n in range(2, 10) for word in ("larger", "smaller"))]
_UNFINISHED = "\ufffd"  # what tokens stand for that are the beginning of a character
_KEYS = ("background", "absent", "empty", "unknown")  # of the lines behind the things, in this order


class _Words:
    """Words of which a text may be one, or the beginning of one."""

    def __init__(self, words: Collection[str]) -> None:
        self.known = frozenset(words)
        self._sorted = sorted(self.known)

    def begins(self, text: str) -> bool:
        place = bisect_left(self._sorted, text)
        return place < len(self._sorted) and self._sorted[place].startswith(text)


_KINDS = [_Words(words) for words in _WORDS]
_LISTS = {"background": _Words(BACKGROUNDS), "empty": _Words(PARTS)}


class Constraint:
    """What may be written about one prompt.

    Args:
        prompt: From which unknown things are copied.
        subjects: Names that things may have.
    """

    def __init__(self, prompt: str, subjects: Collection[str]) -> None:
        self.prompt = prompt
        self._subjects = _Words(subjects)

    def allows(self, text: str) -> bool:
        """Whether a text is the beginning of a request. U+FFFD at its end stands for any character of the prompt."""
        if text.endswith(_UNFINISHED):
            return any(self.allows(text[:-1] + character) for character in self._characters)
        *whole, last = text.split("\n")
        told = [key for line in whole if (key := self._key(line))]
        known = [*told, *filter(None, (self._key(last),))]
        things = [line.startswith("-") for line in (*whole, last)]
        if sorted(set(known), key=_KEYS.index) != known or sorted(things, reverse=True) != things:
            return False
        later = _KEYS[_KEYS.index(told[-1]) + 1 :] if told else _KEYS
        return all(self._is_line(line) for line in whole) and self._begins_line(last, later)

    def completes(self, text: str) -> bool:
        """Whether a text is a request."""
        if not all(self._is_line(line) for line in text.split("\n")):
            return False
        try:
            parse_request(text)
        except PlanError:
            return False
        return True

    @staticmethod
    def _key(line: str) -> str:
        """The word before the colon, if the line has come so far."""
        key, colon, _ = line.partition(":")
        return key if colon and key in _KEYS else ""

    def _is_line(self, line: str) -> bool:
        if line.startswith("- "):
            return self._thing(line.removeprefix("- ").split(", "), whole=True)
        key, _, rest = line.partition(": ")
        values = rest.split(", ")
        return key in _KEYS and len(set(values)) == len(values) and all(self._is_value(key, one) for one in values)

    def _begins_line(self, line: str, later: Sequence[str]) -> bool:
        """Whether a line may begin so, behind whose lines the `later` keys may come."""
        if "- ".startswith(line):
            return True
        if line.startswith("- "):
            return self._thing(line.removeprefix("- ").split(", "), whole=False)
        key, colon, rest = line.partition(": ")
        if not colon:
            return any(f"{word}: ".startswith(line) for word in later)
        *whole, last = rest.split(", ")
        if key not in _KEYS or (whole and key == "background") or not all(self._is_value(key, v) for v in whole):
            return False
        if len(set(whole)) < len(whole):
            return False
        if last.endswith(",") and key != "background":
            return self._is_value(key, last[:-1]) and last[:-1] not in whole
        return self._begins_value(key, last)

    def _is_value(self, key: str, value: str) -> bool:
        if key == "unknown":
            return value in self._copied
        return value in (self._subjects if key == "absent" else _LISTS[key]).known

    def _begins_value(self, key: str, value: str) -> bool:
        if key == "unknown":
            return any(copied.startswith(value) for copied in self._copied)
        return (self._subjects if key == "absent" else _LISTS[key]).begins(value)

    @cached_property
    def _characters(self) -> frozenset[str]:
        """The characters of the prompt that tokens may split."""
        return frozenset(character for character in self.prompt if not character.isascii())

    @cached_property
    def _copied(self) -> frozenset[str]:
        """What stands in the prompt, from a word to the end of one of the next four, or up to eight Chinese characters;
        nothing with a comma, which would end it."""
        pieces = list(re.finditer(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff,，.。!！?？;；:：、\"“”()（）]+", self.prompt))
        found = set()
        for first in range(len(pieces)):
            for last in range(first, min(first + 8, len(pieces))):
                text = self.prompt[pieces[first].start() : pieces[last].end()]
                if "," not in text and "\n" not in text and len(text.split()) <= 4:
                    found.add(text)
        return frozenset(found)

    def _thing(self, parts: list[str], whole: bool) -> bool:
        """Whether the parts of a thing's line may stand there, all of them `whole`, or the last one as far as it is."""
        if not whole and parts[-1].endswith(","):
            parts, whole = [*parts[:-1], parts[-1][:-1]], True
        last, least = len(parts) - 1, 0
        for number, part in enumerate(parts):
            is_whole = whole or number < last
            if number == 0:
                if not self._counted(part, is_whole):
                    return False
                continue
            kinds = [n for n, kind in enumerate(_KINDS) if n >= least and _fits(kind, part, is_whole)]
            if not kinds and not self._relation(part, is_whole):
                return False
            if is_whole:  # what comes later in the order may still follow; behind a relation only relations
                least = kinds[0] + 1 if kinds else len(_KINDS)
        return True

    def _counted(self, part: str, whole: bool) -> bool:
        number, space, subject = part.partition(" ")
        if not space:
            return not whole and (not number or any(known.startswith(number) for known in _NUMBERS))
        return number in _NUMBERS and _fits(self._subjects, subject, whole)

    def _relation(self, part: str, whole: bool) -> bool:
        for word in _RELATED:
            if part.startswith(f"{word} "):
                names = part.removeprefix(f"{word} ").split(" and ") if word == "between" else [part[len(word) + 1 :]]
                *first, last = names
                if len(first) < 2 and all(self._name(name, True) for name in first) and self._name(last, whole):
                    return True
            elif not whole and word.startswith(part):
                return True
        return False

    def _name(self, name: str, whole: bool) -> bool:
        """Whether a relation may name a thing so: by its subject, with a number where several have it."""
        subject, _, rest = name.rpartition(" ")
        numbered = subject in self._subjects.known and rest in _NUMBERS[1:12]
        first = subject in self._subjects.known and rest == "1"
        if _fits(self._subjects, name, whole) or numbered or first:
            return True
        # " and " of the second name of a "between" comes letter by letter
        return not whole and bool(subject) and "and".startswith(rest) and self._name(subject, True)


def _fits(words: _Words, text: str, whole: bool) -> bool:
    return text in words.known if whole else words.begins(text)
