"""Scanning: a prompt as the longest phrases whose meaning is known, sentence by sentence, and the words between them.

Misspelt words are read as the known ones that they look most like; numbers, fractions and grids are read whole.
Knows words and their meanings. Knows nothing about how they join.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tiledraw.language.hearing.meanings import PIECE, Meaning, localisers, meanings, word_set
from tiledraw.language.kin import edits, is_noun, kin, noun_kind
from tiledraw.language.nouns import MEASURES, characters, is_chinese
from tiledraw.language.subjects import subjects as all_subjects

TYPO_LETTERS = 4  # a word with fewer looks like too many others
SHORT = 6  # letters below which only neighbours may be exchanged
LONG = 8  # letters of a word that may have two mistakes
_NUMBERING = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)、]|[-*•·])[ \t]*")


@dataclass(frozen=True)
class Token:
    """A phrase of the prompt: its kind and value, its text as it stands there, and where it starts and ends.

    Kinds are those of `meanings`, and: "noun", a thing that nobody knows; "other", a word that names nothing;
    "localiser", a Chinese word behind a noun; "grid" (rows, columns); "fraction" (axis, percent).
    """

    kind: str
    value: Any
    several: bool
    text: str
    start: int
    end: int


def scan(prompt: str) -> list[list[Token]]:
    """The tokens of each sentence of a prompt."""
    text = _NUMBERING.sub("\n", unicodedata.normalize("NFKC", prompt))
    sentences: list[list[Token]] = [[]]
    for token in _asked_for(_joined(list(_tokens(text)))):
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
    words = [piece.group() for piece in pieces]
    wholes = {match.start(): (match, kind) for kind, pattern in _WHOLES.items() for match in pattern.finditer(lower)}
    before: Token | None = None
    index = 0
    while index < len(words):
        start = pieces[index].start()
        if start in wholes:
            match, kind = wholes[start]
            length = sum(1 for piece in pieces[index:] if piece.start() < match.end())
            meaning = Meaning(kind, _whole_value(kind, match))
        else:
            meaning, length = _longest_match(words, index, known, longest, before)
        end = pieces[index + length - 1].end()
        before = Token(meaning.kind, meaning.value, meaning.several, text[start:end], start, end)
        yield before
        index += length


@cache
def _simplified() -> dict[int, str]:
    """Simplified characters by traditional ones."""
    return {ord(traditional): pair[0] for pair in characters() for traditional in pair[1:]}


def _longest_match(
    words: list[str], index: int, known: dict[tuple[str, ...], Meaning], longest: int, before: Token | None
) -> tuple[Meaning, int]:
    """What stands at a place, and how many pieces it takes."""
    word = words[index]
    if (
        before is not None
        and before.kind in ("count", "each")
        and word in MEASURES
        and _is_measure(words, index, known)
    ):
        return Meaning("measure"), 1
    behind_noun = before is not None and before.kind in ("thing", "it", "noun", "gen") and is_chinese(before.text)
    for reach in range(min(longest, len(words) - index), 0, -1):
        phrase = tuple(words[index : index + reach])
        if behind_noun and phrase in localisers():
            return Meaning("localiser", localisers()[phrase]), reach
        if meaning := known.get(phrase):
            return meaning, reach
    if word.isdecimal():
        return Meaning("count", int(word[:4])), 1
    if not (word[0].isalpha() or is_chinese(word)):
        return Meaning("break"), 1
    if is_chinese(word):
        for reach in range(min(6, len(words) - index), 1, -1):
            phrase = "".join(words[index : index + reach])
            if all(map(is_chinese, words[index : index + reach])) and is_noun(phrase):
                return _compound(words[index : index + reach], known), reach
        return _stranger(word), 1
    return _misspelt(word) or _stranger(word), 1


def _stranger(word: str) -> Meaning:
    """What a word may mean that has no meaning here: a thing, an idea, or nobody knows."""
    kind = noun_kind(word)
    if kind:
        return Meaning("noun", "idea" if kind == "idea" else "thing")
    return Meaning("other" if is_chinese(word) or _ENDINGS.search(word) or len(word) <= 3 else "noun", "strange")


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
        if (
            meaning is not None
            and meaning.kind == "thing"
            and kin("".join(words), all_subjects(), 1) == [meaning.value]
        ):
            return meaning
    return _stranger("".join(words))


@cache
def _longest() -> int:
    return max(map(len, meanings()))


def _misspelt(word: str) -> Meaning | None:
    """The meaning of the known word that this one looks like, unless it is a word itself."""
    if len(word) < TYPO_LETTERS or is_noun(word):
        return None
    most = 2 if len(word) >= LONG else 1
    likely = [other for other in _spelled(len(word)) if other[0] == word[0] or other[1] == word[1]]
    found = min(((edits(word, other, most), other) for other in likely), default=(most + 1, ""))
    if found[0] > most or (len(word) < SHORT and not _slip(word, found[1])):
        return None
    return meanings()[(found[1],)]


def _slip(word: str, meant: str) -> bool:
    """Whether a short word is one whose letters were exchanged, doubled or left out, and no other word: "abov" and
    "rihgt" are, but "next" is no "nest"."""
    if sorted(word) == sorted(meant):
        return True
    short, long = sorted((word, meant), key=len)
    if len(short) == len(long):
        return False
    place = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    doubled = place > 0 and long[place] == long[place - 1]
    return doubled or (len(meant) > len(word) and long[place] in "aeiou")


@cache
def _spelled(length: int) -> list[str]:
    """Known single words of about so many letters that pictures are asked for with."""
    kinds = ("thing", "colour", "size", "place", "background", "relation", "count")
    words = [phrase[0] for phrase, meaning in meanings().items() if len(phrase) == 1 and meaning.kind in kinds]
    return sorted(
        word for word in words if abs(len(word) - length) <= 2 and len(word) >= TYPO_LETTERS and word.isascii()
    )


_ENDINGS = re.compile(r"(ing|ed|ly|ful|less|ous|ish|ive|able|ible|est|ier|ise|ize)$")


def _joined(tokens: list[Token]) -> list[Token]:
    """Tokens with neighbours that make one word: "washing" and "machine", 河 and 马 where 河马 is no subject."""
    joined: list[Token] = []
    for token in tokens:
        if joined and (kind := _one_word(joined[-1], token)):
            first = joined.pop()
            text = first.text + " " * (token.start - first.end) + token.text
            value = _stranger(text.casefold()).value if kind == "noun" else None
            token = Token(kind, value, token.several, text, first.start, token.end)
        joined.append(token)
    return joined


def _asked_for(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, of which unknown nouns that nobody asks for name nothing: what only says of what kind a thing is, or
    whose it is ("birthday" of a cake, "my band"), and words where no noun of a picture stands."""
    for number, token in enumerate(tokens):
        if token.kind == "noun":
            following = tokens[number + 1] if number + 1 < len(tokens) else None
            owned = any(other.text.casefold() in word_set("owns") for other in tokens[max(0, number - 2) : number])
            describes = following is not None and following.kind == "thing" and not is_chinese(token.text)
            if owned or describes or not _is_asked(token, tokens[:number], following):
                token = replace(token, kind="other")
        yield token


def _is_asked(token: Token, before: list[Token], following: Token | None) -> bool:
    """Whether an unknown noun stands where a picture's things are named: behind a number or an article, what draws, or
    what relates; a bare one at the beginning of a clause, if more is said of it there. The less a word looks like a
    thing, the more it takes."""
    described = ("size", "colour", "pattern", "material", "style", "other", "gen", "measure")
    last = next((other for other in reversed(before) if other.kind not in described), None)
    begins = last is None or last.kind in ("break", "end")
    told = following is None or following.kind in ("break", "end", "relation", "place", "localiser", "relates to it")
    drawn = last is not None and last.text.casefold() in word_set("draws")
    if token.value == "idea":
        return drawn or (begins and told and len(before) < 2)
    counted = last is not None and last.kind in ("one", "count", "few", "pair", "each")
    if token.value == "strange":
        return drawn or counted or (begins and told) or (last is not None and last.kind == "relation" and told)
    related = last is not None and last.kind in ("relation", "passive", "with", "and", "the", "there", "not")
    return drawn or counted or related or (begins and (told or is_chinese(token.text))) or (
        following is not None and following.kind in ("localiser", "relation")
    )  # fmt: skip


def _one_word(one: Token, other: Token) -> str:
    """The kind of the word that two neighbours make, or ""."""
    touch = one.end == other.start
    if one.kind == other.kind == "noun" and (touch or not is_chinese(one.text + other.text)):
        return "noun"
    if touch and is_chinese(one.text) and is_chinese(other.text):
        if {one.kind, other.kind} == {"noun", "other"}:
            return "noun"
        if one.kind == other.kind == "other":
            return "noun" if is_noun(one.text + other.text) else "other"
    if one.kind == "thing" and other.kind == "noun" and other.value == "thing" and one.text.isascii():
        return "" if other.text.endswith("s") else "noun"  # "cat litter", but "my cat turns five"
    return ""


_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "one": 1,
           "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "a": 1,
           "half": 1}  # fmt: skip
_NUMBER = r"(\d{1,2}|" + "|".join(sorted(_DIGITS, key=len, reverse=True)) + ")"
_SHARE = (
    r"(?:(?:about |roughly |around )?(half|one half|halfway|half way|(?:a|one|two) thirds?|(?:a|one|three) quarters?|"
    r"\d{1,3} ?(?:%|percent|per cent)))"
)
_GRIDS = (
    rf"\b{_NUMBER} ?(?:by|x|×|\*) ?{_NUMBER}(?= grid| array| matrix|\b(?! ?\w* ?of the))(?: grid)?"
    rf"|{_NUMBER}行{_NUMBER}列|{_NUMBER}排{_NUMBER}列"
)
_FRACTIONS = (
    rf"{_SHARE} (?:of the way |of the height |of the width )?"
    r"(down|up|across|along from the left|from the (?:top|bottom|left|right))\b(?! edge)"
    r"|从(上往下|下往上|左往右|右往左|上到下|左到右|左向右|上向下)(?:数)?的?(?:大约|大概|约)?"
    r"(三分之[一二]|四分之[一二三]|五分之[一二三四]|一半|百分之[一二三四五六七八九]十)(?:处|的地方|的位置|位置)?"
)
_SHARES = r"(\d{1,3}) ?(?:%|percent) of the (width|height)"
_WHOLES = {"grid": re.compile(_GRIDS), "fraction": re.compile(_FRACTIONS), "share": re.compile(_SHARES)}


def _whole_value(kind: str, match: re.Match[str]) -> tuple[Any, Any]:
    if kind == "share":
        return "across" if match[2] == "width" else "down", min(100, int(match[1]))
    found = [group for group in match.groups() if group]
    if kind == "grid":
        return tuple(_DIGITS.get(word) or int(word) for word in found[:2])
    if is_chinese(found[0]):
        direction, share = found[0], found[1]
        percent = _chinese_share(share)
        axis = "down" if direction[0] in "上下" else "across"
        return axis, 100 - percent if direction[0] in "下右" else percent
    share, direction = found[0], found[1]
    percent = _english_share(share)
    axis = "down" if direction in ("down", "up", "from the top", "from the bottom") else "across"
    return axis, 100 - percent if direction in ("up", "from the bottom", "from the right") else percent


def _english_share(text: str) -> int:
    if text[0].isdigit():
        return min(100, int(re.match(r"\d+", text)[0]))  # type: ignore[index]
    number = 2 if text.startswith("two") else 3 if text.startswith("three") else 1
    return 50 if "half" in text else round(100 * number / (3 if "third" in text else 4))


def _chinese_share(text: str) -> int:
    if text == "一半":
        return 50
    if text.startswith("百分之"):
        return 10 * _DIGITS[text[3]]
    return round(100 * _DIGITS[text[3]] / _DIGITS[text[0]])
