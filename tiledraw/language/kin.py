"""Kin: the subjects nearest to a thing by its meaning, in English and Chinese; and the nouns of both languages.

Reads `kin.csv`, which scripts/build_nouns.py makes of WordNet, ECDICT and jieba (LICENSE has their notices). Knows
words. Knows nothing about sentences, plans or models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from importlib import resources

from tiledraw.common.checks import shorten
from tiledraw.language.nouns import COUNTED_BY, is_chinese, plural
from tiledraw.language.subjects import drawn_as, subjects

_LONGEST = 12  # characters of a Chinese word
_SOUNDS = "克拉米多尼斯布鲁卡洛维塔萨波雷格丹贝诺奇迪兹伽芙马龙罗巴尔亚西"  # they spell foreign names: a 罗马 is no 马
_SPLITTING = re.compile(r" (?:of|with|in|on|at|by|for|from|to|and|under|over|near|behind|beside|that|who|which|made) ")
# Before "of" they say how much of a thing there is, and the thing comes after it.
_AMOUNTS = {
    "pair", "piece", "slice", "bunch", "group", "herd", "flock", "pack", "pile", "lot", "kind", "type", "sort",
    "head", "ear", "loaf", "bar", "roll", "strip", "couple", "dozen", "swarm", "school", "row", "set", "heap",
    "picture", "drawing", "image", "photo", *COUNTED_BY.values(),
}  # fmt: skip


@cache
def _table() -> tuple[dict[str, tuple[str, str]], dict[str, list[str]]]:
    """Kind and nearest subjects of every word, these as the file has them, and the kin of each subject."""
    text = resources.files("tiledraw.language").joinpath("kin.csv").read_text(encoding="utf-8")
    words: dict[str, tuple[str, str]] = {}
    kin_of: dict[str, list[str]] = {}
    for line in text.splitlines()[1:]:
        kind, nearest, row = line.split(",")
        if kind == "subject":
            kin_of[row] = nearest.split("|")
        elif "|" in row:
            words.update(dict.fromkeys(row.split("|"), (kind, nearest)))
        else:
            words[row] = kind, nearest
    return words, kin_of


def _kin_of(subject: str) -> list[str]:
    return _table()[1].get(subject, [])


@cache
def _subject_words() -> dict[str, str]:
    """All names of subjects, plurals too, and what they name."""
    found: dict[str, str] = {}
    for name, entry in subjects().items():
        for word in (entry.name, entry.chinese, *entry.also):
            if word == entry.name or word not in subjects():  # "woman" is itself, and no person
                found.setdefault(_normal(word), name)
                if not is_chinese(word):
                    found.setdefault(plural(word), name)
    return found


def kin(word: str, known: Collection[str], number: int = 4) -> list[str]:
    """The known subjects nearest to a word or phrase by its meaning, the nearest first; none for words nobody has."""
    known = frozenset(known)
    text = _normal(word)
    nearest = _found(text)
    if nearest is None:
        typo = _misspelled(text, known)
        nearest = (typo,) if typo else _nearest(text)
    own = [form for form in _singular(text) if form in known and form not in subjects()]  # a model's own subject
    return [*own, *_among(nearest, known, number)][:number]


def unknown_message(words: Iterable[str], known: Collection[str]) -> str:
    """The sentence that says that things cannot be drawn, and what can."""
    near = {word: ", ".join(kin(word, known, 3)) for word in words}
    parts = [f"{shorten(word)}{found and f' (the nearest known subjects are {found})'}" for word, found in near.items()]
    hint = "" if all(near.values()) else "; `tiledraw subjects` lists what I know"
    return f"I don't know how to draw {' and '.join(parts)}{hint}"


def nearest_subjects(name: str, subjects: Sequence[str], number: int = 5) -> list[str]:
    """The known subjects nearest to this one by meaning, filled up with a few that please."""
    pleasing = ("cat", "sun", "tree", "house", "flower")
    near = [*kin(name, subjects, number), *(one for one in pleasing if one in subjects), *subjects]
    return list(dict.fromkeys(near))[:number]


def is_noun(word: str) -> bool:
    """Whether a word, or a phrase as it stands, is a noun: a name of a subject, or in the table."""
    return _found(_normal(word)) is not None


def noun_kind(word: str) -> str:
    """What the table says a noun is: "subject", "thing", "name" of somebody or some place, or "idea" for all that can
    hardly be drawn; "" if it is no noun."""
    for form in _singular(_normal(word)):
        if form in _subject_words():
            return "subject"
        if form in _table()[0]:
            kind = _table()[0][form][0]
            return kind if kind in ("thing", "name") else "idea"
    return ""


def things() -> tuple[str, ...]:
    """Nouns of both languages for what could be drawn, names of people and places among them; none is a subject."""
    return tuple(word for word, (kind, _) in _table()[0].items() if kind in ("thing", "name"))


# Words ---------------------------------------------------------------------------------------------------------------


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").strip()[:100]
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s'.-]+", " ", text)).strip(" .")


def _found(word: str) -> tuple[str, ...] | None:
    """The subjects nearest to a noun, after the one that it names or "" if it names none; None if it is no noun."""
    for form in _singular(word):
        if form in _subject_words():
            return (_subject_words()[form],)
        if form in _table()[0]:
            return ("", *_table()[0][form][1].split("|"))
    return None


def _singular(word: str) -> Iterator[str]:
    """A word as it stands, and what it may be the plural of."""
    yield word
    if not is_chinese(word) and len(word) > 3:
        for ending, singular in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""), ("men", "man")):
            if word.endswith(ending):
                yield word.removesuffix(ending) + singular
        if word.endswith("'s"):
            yield word.removesuffix("'s")


def _nearest(text: str) -> tuple[str, ...]:
    """What `_found` says of the noun that a phrase is about: its last one; in Chinese its longest ending."""
    if is_chinese(text):
        text = text.replace(" ", "")
        for start in range(max(0, len(text) - _LONGEST), len(text)):
            foreign = start == len(text) - 1 and text[-1] in _SOUNDS and set(text[:-1]) <= set(_SOUNDS)
            if not foreign and (found := _found(text[start:])) is not None:
                return found
        return ()
    if (found := _found(text)) is not None:
        return found
    left, *rest = _SPLITTING.split(f"{text} ", maxsplit=1)
    words = left.split()
    if rest and words and set(_singular(words[-1])) & _AMOUNTS:
        return _nearest(rest[0].strip())
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - 4), end):
            if (found := _found(" ".join(words[start:end]))) is not None:
                return found
    return ()


def _among(nearest: tuple[str, ...], known: Collection[str], number: int) -> list[str]:
    """The known ones of some subjects, nearest first, then their kin, then the rest of their groups."""
    found: dict[str, None] = {}
    for name in nearest:
        if name and (drawn := drawn_as(name, known)):
            found[drawn] = None
    rings = [_kin_of(name) for name in nearest if name]
    for step in range(max(map(len, rings), default=0)):  # the nearest of each first
        for ring in rings:
            if step < len(ring) and ring[step] in known:
                found[ring[step]] = None
    groups = [subjects()[name].group for name in nearest if name in subjects()]
    for group in dict.fromkeys(groups):
        found |= {name: None for name, entry in subjects().items() if entry.group == group and name in known}
    if not found:  # none is near, but what is near is near to some
        for ring in rings:
            found |= {name: None for near in ring for name in _kin_of(near) if name in known}
    return list(found)[:number]


def _misspelled(text: str, known: Collection[str]) -> str | None:
    """The known subject that a phrase, or the last word of it, is likely a misspelling of: one edit away, or two if it
    is long. First letters are right nearly always."""
    last = text.split(" ")[-1]
    best = (9, "", "")
    for word in dict.fromkeys((text, last if _found(last) is None else text)):
        reach = 0 if len(word) < 5 or is_chinese(word) else 1 if len(word) < 8 else 2
        for name, subject in _subject_words().items():
            if reach and name[0] == word[0] and len(name) > 3 and subject in known:
                count = edits(word, name, reach)
                best = min(best, (count, name, subject)) if count <= reach else best
    return best[2] or None


def edits(one: str, other: str, reach: int) -> int:
    """Letters to add, drop, change or swap between two words; more than `reach` if there are more."""
    if abs(len(one) - len(other)) > reach:
        return reach + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for n, char in enumerate(one, 1):
        before, last, row = row, before, [n]
        for m, letter in enumerate(other, 1):
            cost = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (char != letter))
            if n > 1 and m > 1 and char == other[m - 2] and letter == one[n - 2]:
                cost = min(cost, last[m - 2] + 1)
            row.append(cost)
        if min(row) > reach:
            return reach + 1
    return row[-1]
