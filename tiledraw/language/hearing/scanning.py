"""Scanning: a prompt as the longest phrases whose meaning is known, sentence by sentence, and the words between them.

Misspelt words are read as the known ones that they look most like; numbers, fractions and grids are read whole.
Knows words and their meanings. Knows nothing about how they join.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

from tiledraw.language.hearing.meanings import PIECE, Meaning, localisers, meanings
from tiledraw.language.hearing.sifting import sifted
from tiledraw.language.hearing.spelling import misspelt, stranger, words_alone
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.hearing.wholes import wholes
from tiledraw.language.kin import is_noun, kin
from tiledraw.language.nouns import MEASURES, characters, is_chinese
from tiledraw.language.subjects import subjects as all_subjects

_SLIPS = {"teh": "the", "hte": "the", "adn": "and", "nad": "and", "wiht": "with", "wit": "with", "taht": "that",
          "blu": "blue", "gren": "green", "drwa": "draw", "u": "you", "n": "and",
          "w": "with", "bg": "background", "ontop": "on", "abov": "above", "frnt": "front",
          "infront": "before"}  # fmt: skip
_BREAKS = {"topic": ("break", "topic")}
_NUMBERING = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)、]|[-*•·])[ \t]*")


def scan(prompt: str) -> list[list[Token]]:
    """The tokens of each sentence of a prompt."""
    text = _NUMBERING.sub("\n", unicodedata.normalize("NFKC", prompt))
    sentences: list[list[Token]] = [[]]
    for token in sifted(list(_tokens(text))):
        if token.kind == "end":
            sentences.append([])
        else:
            sentences[-1].append(token)
    return [sentence for sentence in sentences if sentence]


def _tokens(text: str) -> Iterator[Token]:
    known = meanings()
    longest = _longest()
    lower = text.casefold() if len(text.casefold()) == len(text) else text
    lower = lower.translate(_simplified())
    pieces = list(PIECE.finditer(lower))
    words = [_SLIPS.get(piece.group(), piece.group()) for piece in pieces]
    whole = wholes(lower)
    before: Token | None = None
    index = 0
    while index < len(words):
        start = pieces[index].start()
        if start in whole:
            stop, kind, value = whole[start]
            length = sum(1 for piece in pieces[index:] if piece.start() < stop)
            meaning = Meaning(*_BREAKS.get(kind, (kind, value)))
        else:
            meaning, length = _longest_match(words, index, known, longest, before)
        end = pieces[index + length - 1].end()
        before = Token(meaning.kind, meaning.value, meaning.several, text[start:end], start, end)
        yield before
        index += length


@cache
def _simplified() -> dict[int, str]:
    """Simplified characters by traditional ones, and by others that stand for them."""
    text = resources.files("tiledraw.language.hearing").joinpath("variants.txt").read_text(encoding="utf-8")
    return {ord(other): pair[0] for pair in (*text.split(), *characters()) for other in pair[1:]}


def _longest_match(
    words: list[str], index: int, known: dict[tuple[str, ...], Meaning], longest: int, before: Token | None
) -> tuple[Meaning, int]:
    """What stands at a place, and how many pieces it takes."""
    word = words[index]
    counted = before is not None and before.kind in ("count", "each")
    if counted and word in MEASURES and _is_measure(words, index, known):
        return Meaning("measure"), 1
    behind_noun = before is not None and before.kind in ("thing", "it", "noun", "gen") and is_chinese(word)
    for reach in range(min(longest, len(words) - index), 0, -1):
        if reach == 1 and (other := _word_ahead(words, index, known)):
            return _compound(list(other), known), len(other)
        phrase = tuple(words[index : index + reach])
        if behind_noun and phrase in localisers():
            return Meaning("localiser", localisers()[phrase]), reach
        if meaning := known.get(phrase) or ("-" in phrase and known.get(_unhyphened(phrase))):
            if meaning.kind == "thing" and words[index + reach : index + reach + 1] == ["们"]:
                return meaning._replace(several=True), reach + 1
            return meaning, reach
        joined = known.get(("".join(phrase),)) if reach == 2 and _may_join(phrase) else None
        if joined is not None and joined.kind == "thing":
            return joined, reach  # "tea pot"
    if word.isdecimal() and int(word) == 0:
        return Meaning("not"), 1
    if word.isdecimal():
        return Meaning("count", int(word[:4])), 1
    if not (word[0].isalpha() or is_chinese(word)):
        return Meaning("break"), 1
    if is_chinese(word):
        for reach in range(min(6, len(words) - index), 1, -1):
            phrase = "".join(words[index : index + reach])
            if all(map(is_chinese, words[index : index + reach])) and is_noun(phrase):
                return _compound(words[index : index + reach], known), reach
        return stranger(word), 1
    return misspelt(word) or stranger(word), 1


def _may_join(phrase: tuple[str, ...]) -> bool:
    """Whether two words may be one that was written apart: "tea pot", not "past a"."""
    return phrase[0].isalpha() and phrase[1].isalpha() and phrase[1] not in ("a", "an")


def _word_ahead(words: list[str], index: int, known: dict[tuple[str, ...], Meaning]) -> str:
    """A Chinese word that means nothing by itself, of which the first character alone would mean something: 吓人 is no
    person, 二胡 no number and 信教 no letter; "" where all of it has a meaning, as 红花 has."""
    for reach in range(min(4, len(words) - index), 1, -1):
        if not all(map(is_chinese, words[index : index + reach])):
            continue
        word = "".join(words[index : index + reach])
        if (word in words_alone() or is_noun(word)) and not (
            _made_of_known(word, known) or _reaches_over(words, index, reach, known)
        ):
            return word
    return ""


def _reaches_over(words: list[str], index: int, length: int, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a longer phrase with a meaning begins inside a word and ends behind it: 看报 and 报纸."""
    return any(
        tuple(words[start : start + reach]) in known
        for start in range(index + 1, index + length)
        for reach in range(max(2, index + length - start + 1), 6)
    )


def _made_of_known(word: str, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a word is a row of phrases that have a meaning."""
    reached = {0}
    for start in range(len(word)):
        for end in range(start + 1, len(word) + 1):
            if start in reached and (tuple(word[start:end]) in known or tuple(word[start:end]) in localisers()):
                reached.add(end)
    return len(word) in reached


def _unhyphened(phrase: tuple[str, ...]) -> tuple[str, ...]:
    """A phrase without the hyphens between its words."""
    return tuple(word for word in phrase[:-1] if word != "-") + phrase[-1:]


def _is_measure(words: list[str], index: int, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a measure word is one behind a number: the beginning of no longer noun."""
    return not any(
        (meaning := known.get(tuple(words[index : index + reach]))) is not None and meaning.kind == "thing"
        for reach in (2, 3, 4)
    )


def _compound(words: list[str], known: dict[tuple[str, ...], Meaning]) -> Meaning:
    """What a Chinese noun means that ends in the name of a subject which it is a kind of: 生日蛋糕 is a cake."""
    for start in range(1, len(words)):
        meaning = known.get(tuple(words[start:]))
        if meaning is not None and meaning.kind == "thing" and meaning.value in kin("".join(words), all_subjects(), 3):
            return meaning
    return stranger("".join(words))


@cache
def _longest() -> int:
    return max(map(len, meanings()))
