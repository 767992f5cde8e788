"""Scanning: a prompt as the longest phrases whose meaning is known, sentence by sentence, and the words between them.

Misspelt words are read as the known ones that they look most like; numbers, fractions and grids are read whole.
Knows words and their meanings. Knows nothing about how they join.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

from tiledraw.language.hearing.meanings import PIECE, Meaning, localisers, meanings, word_set
from tiledraw.language.hearing.sifting import sifted
from tiledraw.language.hearing.spelling import misspelt, respelt, stranger, words_alone
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.hearing.wholes import wholes
from tiledraw.language.kin import is_noun, kin
from tiledraw.language.nouns import MEASURES, characters, is_chinese, names
from tiledraw.language.subjects import subjects as all_subjects

_SLIPS = {"teh": "the", "hte": "the", "adn": "and", "nad": "and", "wiht": "with", "wit": "with", "taht": "that",
          "blu": "blue", "gren": "green", "drwa": "draw", "u": "you", "n": "and",
          "w": "with", "bg": "background", "ontop": "on", "abov": "above", "frnt": "front",
          "infront": "before"}  # fmt: skip
_ASKING = ("吗", "能", "可", "好", "帮", "请", "给", "画", "想", "来", "有没有", "行", "吧", "一", "两", "三")
_BREAKS = {"topic": ("break", "topic")}
_ELLIPSIS = re.compile(r"(?<=[\u4e00-\u9fff])(?:\.{3,}|。{2,})")
_NUMBERING = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)、]|[-*•·])[ \t]*")


def scan(prompt: str) -> list[list[Token]]:
    """The tokens of each sentence of a prompt."""
    text = _ELLIPSIS.sub("…", _NUMBERING.sub("\n", unicodedata.normalize("NFKC", prompt)))
    sentences: list[list[Token]] = [[]]
    wondered: list[list[Token]] = []
    for token in sifted(list(_tokens(text))):
        if token.kind == "end":
            wondered += [sentences[-1]] if token.text in "?？" and _wonders(sentences[-1]) else []
            sentences.append([])
        else:
            sentences[-1].append(token)
    named = [sentence for sentence in sentences if any(token.kind == "thing" for token in sentence)]
    return [one for one in sentences if one and not (one in wondered and one in named[:-1])]


def _wonders(sentence: list[Token]) -> bool:
    """Whether a Chinese question only asks oneself, before what is wanted is said: 剪刀石头？只要剪刀."""
    words = "".join(token.text for token in sentence)
    return 0 < len(words) <= 14 and is_chinese(words[0]) and not any(word in words for word in _ASKING)


def _tokens(text: str) -> Iterator[Token]:
    known = meanings()
    longest = _longest()
    lower = text.casefold() if len(text.casefold()) == len(text) else text
    lower = simplified(lower)
    pieces = list(PIECE.finditer(lower))
    words = respelt([_SLIPS.get(piece.group(), piece.group()) for piece in pieces])
    whole = wholes(lower)
    before: Token | None = None
    named, last = dict[str, Meaning](), set[str]()  # things so far by their first and last characters
    index = 0
    while index < len(words):
        start = pieces[index].start()
        if start in whole:
            stop, kind, value = whole[start]
            length = sum(1 for piece in pieces[index:] if piece.start() < stop)
            meaning = Meaning(*_BREAKS.get(kind, (kind, value)))
        else:
            meaning, length = _longest_match(words, index, known, longest, before)
            short = length == 1 and (meaning.value == "strange" or meaning.kind == "noun")
            short |= meaning.kind == "background" and length == 2 and words[index] in last
            if short and words[index] in named and _localised(words[index + 1 :]):
                meaning, length = named[words[index]], 1  # 帐篷 ... 帐前; 雪山 ... 山上
        end = pieces[index + length - 1].end()
        before = Token(meaning.kind, meaning.value, meaning.several, text[start:end], start, end)
        yield before
        if meaning.kind == "thing" and is_chinese(words[index]):
            named |= dict.fromkeys((words[index], words[index + length - 1]), meaning)
            last.add(words[index + length - 1])
        index += length


def _localised(words: list[str]) -> bool:
    """Whether a text begins with a word that says where something is from the noun before it."""
    return any(tuple(words[:length]) in localisers() for length in (1, 2, 3))


def simplified(text: str) -> str:
    """A text with simplified characters for traditional ones, and for others that stand for them, one for one."""
    return text.translate(_simplified())


@cache
def _simplified() -> dict[int, str]:
    text = resources.files("tiledraw.language.hearing").joinpath("variants.txt").read_text(encoding="utf-8")
    return {ord(other): pair[0] for pair in (*text.split(), *characters()) for other in pair[1:]}


def _longest_match(
    words: list[str], index: int, known: dict[tuple[str, ...], Meaning], longest: int, before: Token | None
) -> tuple[Meaning, int]:
    """What stands at a place, and how many pieces it takes."""
    word = words[index]
    counted = before is not None and before.kind in ("count", "each")
    if counted and (word in MEASURES or word in word_set("measure")) and _is_measure(words, index, known):
        return Meaning("measure"), 1
    counts = before is not None and before.kind in ("count", "measure")
    behind_noun = before is not None and before.kind in ("thing", "it", "both", "noun", "gen") and is_chinese(word)
    for reach in range(min(longest, len(words) - index), 0, -1):
        if reach == 1 and (other := _word_ahead(words, index, known)):
            return _compound(list(other), known), len(other)
        phrase = tuple(words[index : index + reach])
        if behind_noun and phrase in localisers():
            return Meaning("localiser", localisers()[phrase]), reach
        if meaning := known.get(phrase) or ("-" in phrase and known.get(_unhyphened(phrase))):
            if meaning.kind == "thing" and words[index + reach : index + reach + 1] == ["们"]:
                return meaning._replace(several=True), reach + 1
            first = known.get((word,))
            if meaning.kind == "background" and counts and first is not None and first.kind == "thing":
                return first, 1  # 两座山中间
            longer = meaning.kind in ("thing", "general") and is_chinese(word)
            if longer and (other := _word_ahead(words, index, known, reach + 1)):
                return _compound(list(other), known), len(other)
            if longer and (length := _look_within(phrase, meaning)):
                return known[phrase[:length]], length
            return meaning, reach
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


@lru_cache(maxsize=4096)
def _look_within(phrase: tuple[str, ...], whole: Meaning) -> int:
    """How many characters at the beginning of a Chinese name only say how the thing looks: 木桌 is a wooden table. The
    names of subjects and of people are names: 大象, 小女孩; a 小鸟 is small."""
    name = "".join(phrase)
    entry = all_subjects().get(str(whole.value))
    if len(phrase) < 2 or entry is None or entry.group == "people":
        return 0
    if name in names(str(whole.value), "zh") and phrase[0] != "小":
        return 0
    for length in range(len(phrase) - 1, 0, -1):
        look, rest = meanings().get(phrase[:length]), meanings().get(phrase[length:])
        if look and look.kind in ("material", "colour", "size") and rest and rest[:2] == whole[:2]:
            return length
    return 0


def _word_ahead(words: list[str], index: int, known: dict[tuple[str, ...], Meaning], shortest: int = 2) -> str:
    """A Chinese word that means nothing by itself, of which the beginning alone would mean something: 吓人 is nobody,
    二胡 no number, 信教 no letter and 书架 no book; "" where all of it has a meaning, as 红花 has."""
    for reach in range(min(4, len(words) - index), shortest - 1, -1):
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
        tuple(words[start : start + reach]) in known or tuple(words[start : start + reach]) in localisers()
        for start in range(index + 1, index + length)
        for reach in range(max(2, index + length - start + 1), min(6, len(words) - start + 1))
    )


def _made_of_known(word: str, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a word is a row of phrases that have a meaning."""
    reached = {0}
    for start in range(len(word)):
        for end in range(start + 1, len(word) + 1):
            if start in reached and (_says(word[start:end], known) or tuple(word[start:end]) in localisers()):
                reached.add(end)
    return len(word) in reached


def _says(piece: str, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a phrase has a meaning by itself, and is more than a measure word: 架 behind a number, not in 书架."""
    meaning = known.get(tuple(piece))
    return meaning is not None and meaning.kind != "measure"


def _unhyphened(phrase: tuple[str, ...]) -> tuple[str, ...]:
    """A phrase without the hyphens between its words."""
    return tuple(word for word in phrase[:-1] if word != "-") + phrase[-1:]


def _is_measure(words: list[str], index: int, known: dict[tuple[str, ...], Meaning]) -> bool:
    """Whether a measure word is one behind a number: the beginning of no longer noun."""
    return not any(
        (meaning := known.get(tuple(words[index : index + reach]))) is not None and meaning.kind == "thing"
        for reach in (2, 3, 4)[: len(words) - index - 1]
    )


def _compound(words: list[str], known: dict[tuple[str, ...], Meaning]) -> Meaning:
    """What a Chinese noun means that ends in the name of a subject which it is a kind of: 生日蛋糕 is a cake."""
    for start in range(1, len(words)):
        meaning, end = known.get(tuple(words[start:])), "".join(words[start:])
        if meaning is None or meaning.kind != "thing" or (len(end) == 1 and end not in names(str(meaning.value), "zh")):
            continue  # a fridge, 冰箱, is no box, 箱
        if meaning.value in kin("".join(words), all_subjects(), 3):
            return meaning
    return stranger("".join(words))


@cache
def _longest() -> int:
    return max(map(len, meanings()))
