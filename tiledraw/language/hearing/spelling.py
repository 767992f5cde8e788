"""Spelling: which known word a misspelt one means, by how it looks and sounds; and words that name no thing.

Reads `words.txt`, which scripts/build_nouns.py makes. Knows words. Knows nothing about sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from tiledraw.language.hearing.meanings import Meaning, meanings
from tiledraw.language.kin import edits, is_noun, noun_kind
from tiledraw.language.nouns import is_chinese

TYPO_LETTERS = 4  # a word with fewer looks like too many others
SHORT = 6  # letters below which only neighbours may be exchanged
LONG = 8  # letters of a word that may have two mistakes
_ENDINGS = re.compile(r"(ing|ed|ly|ful|less|ous|ish|ive|able|ible|est|ier|ise|ize)$")


def stranger(word: str) -> Meaning:
    """What a word may mean that has no meaning here: a thing, an idea, or nobody knows."""
    kind = noun_kind(word)
    if word in words_alone():
        return Meaning("other", "word")
    if kind:
        return Meaning("noun", "idea" if kind == "idea" else "thing")
    return Meaning("other" if is_chinese(word) or _ENDINGS.search(word) or len(word) <= 3 else "noun", "strange")


@lru_cache(maxsize=4096)
def misspelt(word: str) -> Meaning | None:
    """The meaning of the known word that this one looks or sounds like, unless it is a word itself."""
    if len(word) < TYPO_LETTERS or is_noun(word) or word in words_alone():
        return None
    if alike := _sounding().get(_sound(word)):
        return meanings()[(alike,)]
    most = 2 if len(word) >= LONG else 1
    likely = [other for other in _spelled(len(word)) if other[0] == word[0] or other[:2] == word[1::-1]]
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]
    for slip in swapped:
        if slip in likely:
            return meanings()[(slip,)]
    found = min(((edits(word, other, most), other) for other in likely), default=(most + 1, ""))
    if found[0] > most or (len(word) < SHORT and not _slip(word, found[1])):
        return None
    return meanings()[(found[1],)]


def respelt(words: list[str]) -> list[str]:
    """Words, of which misspelt ones are spelt as in the names of several words that they are part of: "aple tree"."""
    found = list(words)
    for number, word in enumerate(words):
        hyphened = number > 0 and words[number - 1] == "-"  # "old-timey"
        if len(word) < TYPO_LETTERS or not word.isascii() or not word.isalpha() or hyphened or _means(word):
            continue
        alone = misspelt(word)
        if alone is not None and alone.kind != "thing":
            continue  # a "littel" boy is small
        before, behind = _beside()
        beside = (
            (before.get(words[number + 1], ()) if number + 1 < len(words) else ()),
            (behind.get(words[number - 1], ()) if number else ()),
        )
        likely = [other for others in beside for other in others if other[0] == word[0]]
        most = 2 if len(word) >= LONG else 1
        found[number] = next((other for other in likely if edits(word, other, most) <= most), word)
    return found


@lru_cache(maxsize=4096)
def _means(word: str) -> bool:
    return word in _vocabulary() or is_noun(word) or word in words_alone()


@cache
def _vocabulary() -> frozenset[str]:
    """All words of phrases that mean something."""
    return frozenset(word for phrase in meanings() for word in phrase)


@cache
def _beside() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Words of names of several words, by the word behind them and by the word before them."""
    before, behind = dict[str, list[str]](), dict[str, list[str]]()
    for phrase, meaning in meanings().items():
        if meaning.kind in ("thing", "varied") and phrase[0].isascii():
            for one, other in pairwise(phrase):
                before.setdefault(other, []).append(one)
                behind.setdefault(one, []).append(other)
    return before, behind


@cache
def words_alone() -> frozenset[str]:
    """Words that name no thing: English ones that look like the name of one ("follows" and "fellows"), and Chinese
    ones, by which sentences are cut into words."""
    text = resources.files("tiledraw.language.hearing").joinpath("words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _slip(word: str, meant: str) -> bool:
    """Whether a short word is one whose letters were exchanged, doubled or left out, and no other word: "abov" and
    "rihgt" are, but "next" is no "nest"."""
    if sorted(word) == sorted(meant):
        return True
    short, long = sorted((word, meant), key=len)
    if len(short) == len(long):
        return False
    place = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if meant[:-1] == word:
        return True
    doubled = place > 0 and long[place] == long[place - 1]
    left_out = len(meant) > len(word) and (long[place] in "aeiou" or len(word) == SHORT - 1)
    return doubled or left_out


def _sound(word: str) -> str:
    """About how a word sounds: letters doubled or drawn out count once, and those that sound alike are one."""
    for written, spoken in (("ea", "e"), ("ph", "f"), ("ck", "k"), ("gh", "g"), ("c", "k"), ("y", "i"), ("z", "s")):
        word = word.replace(written, spoken)
    return re.sub(r"(.)\1+", r"\1", word)


@cache
def _sounding() -> dict[str, str]:
    """Known words by their sounds, where no two sound alike."""
    sounds = {word: _sound(word) for word in _known_words()}
    count = Counter(sounds.values())
    return {sound: word for word, sound in sounds.items() if count[sound] == 1}


@cache
def _spelled(length: int) -> list[str]:
    """Known single words of about so many letters that pictures are asked for with."""
    return [word for word in _known_words() if abs(len(word) - length) <= 2]


@cache
def _known_words() -> list[str]:
    """Known single words that pictures are asked for with."""
    kinds = ("thing", "colour", "size", "place", "background", "relation", "count", "arrangement")
    words = [phrase[0] for phrase, meaning in meanings().items() if len(phrase) == 1 and meaning.kind in kinds]
    return sorted(word for word in words if len(word) >= TYPO_LETTERS and word.isascii())
