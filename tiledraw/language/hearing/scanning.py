"""Scanning: a prompt as the longest phrases whose meaning is known, sentence by sentence, and the words between them.

Misspelt words are read as the known ones that they look most like; numbers, fractions and grids are read whole.
Knows words and their meanings. Knows nothing about how they join.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import groupby, takewhile
from typing import Any

from tiledraw.language.hearing.meanings import PIECE, Meaning, localisers, meanings, word_set
from tiledraw.language.hearing.wholes import wholes
from tiledraw.language.kin import edits, is_noun, kin, noun_kind
from tiledraw.language.nouns import MEASURES, characters, is_chinese
from tiledraw.language.subjects import subjects as all_subjects

TYPO_LETTERS = 4  # a word with fewer looks like too many others
SHORT = 6  # letters below which only neighbours may be exchanged
LONG = 8  # letters of a word that may have two mistakes
_SLIPS = {"teh": "the", "hte": "the", "adn": "and", "nad": "and", "wiht": "with", "wit": "with", "taht": "that",
          "blu": "blue", "gren": "green", "drwa": "draw", "u": "you", "n": "and",
          "w": "with", "bg": "background", "ontop": "on", "abov": "above", "frnt": "front",
          "infront": "before"}  # fmt: skip
_BREAKS = {"topic": ("break", "topic")}
_NUMBERING = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[.)、]|[-*•·])[ \t]*")


@dataclass(frozen=True)
class Token:
    """A phrase of the prompt: its kind and value, its text as it stands there, and where it starts and ends.

    Kinds are those of `meanings`, and: "noun", a thing that nobody knows; "other", a word that names nothing;
    "localiser", a Chinese word behind a noun; "grid" (rows, columns); "fraction" and "share" (axis, percent); "as many"
    (times); a "break" of the value "topic" leads from a thing to what is said of it. Of patterns see `wholes`.
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
    for token in _asked_for(_joined(_without_owners(_without_similes(_emoji(list(_tokens(text))))))):
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
    if (
        before is not None
        and before.kind in ("count", "each")
        and word in MEASURES
        and _is_measure(words, index, known)
    ):
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
        if (
            reach == 2
            and (meaning := known.get(("".join(phrase),)))
            and meaning.kind == "thing"
            and phrase[0].isalpha()
        ):
            return meaning, reach  # "tea pot"
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
    return misspelt(word) or _stranger(word), 1


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


def _stranger(word: str) -> Meaning:
    """What a word may mean that has no meaning here: a thing, an idea, or nobody knows."""
    kind = noun_kind(word)
    if word in words_alone():
        return Meaning("other", "word")
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
        if meaning is not None and meaning.kind == "thing" and meaning.value in kin("".join(words), all_subjects(), 3):
            return meaning
    return _stranger("".join(words))


@cache
def _longest() -> int:
    return max(map(len, meanings()))


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
    words = [word for length in range(TYPO_LETTERS, 24) for word in _known_words() if len(word) == length]
    count = Counter(map(_sound, words))
    return {_sound(word): word for word in words if count[_sound(word)] == 1}


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


_TELLING = ("break", "end", "relation", "place", "localiser", "relates to it", "and", "with", "passive")
_ACTS = re.compile(r"(ing|ed|ung|own)$|^(up|down|in|at|under|over|by)$")
_ENDINGS = re.compile(r"(ing|ed|ly|ful|less|ous|ish|ive|able|ible|est|ier|ise|ize)$")


def _emoji(tokens: list[Token]) -> list[Token]:
    """Tokens where emoji count: those of a thing that is also named in words only decorate, and several of one kind in
    a row are as many."""
    named = {token.value for token in tokens if token.kind == "thing" and not _is_glyph(token)}
    found: list[Token] = []
    for _, run in groupby(tokens, key=lambda token: (token.value, 0) if _is_glyph(token) else (None, token.start)):
        first, *more = run
        if not _is_glyph(first):
            found.append(first)
        elif first.value not in named:
            if more:
                found.append(replace(first, kind="count", value=1 + len(more), several=False))
            found.append(first)
    return found


def _without_owners(tokens: list[Token]) -> list[Token]:
    """Tokens without whose a thing is: "socks on grandpa's chair", "for mum's card"; but "to the dog's left"."""
    kept: list[Token] = []
    skip = False
    for number, token in enumerate(tokens):
        gen, owned = (*tokens[number + 1 : number + 3], None, None)[:2]
        owner = token.kind == "thing" and gen is not None and gen.text in ("'s", "’s") and owned is not None
        if skip:
            skip = False
        elif owner and owned.kind in ("thing", "noun", "filler", "other", "colour", "size"):  # type: ignore[union-attr]
            skip = True
        else:
            kept.append(token)
    return kept


def _is_glyph(token: Token) -> bool:
    return token.kind == "thing" and not any(character.isalnum() for character in token.text)


def _without_similes(tokens: list[Token]) -> list[Token]:
    """Tokens without what a colour is only compared with: "blue like the ocean", "as red as a tomato"."""
    kept: list[Token] = []
    skipping = ""
    for number, token in enumerate(tokens):
        if skipping and token.kind in ("the", "one", "filler", "gen", "relation"):
            continue
        if skipping and token.kind in ("thing", "noun", "background", "other"):
            skipping = ""
            continue
        skipping = ""
        before = tokens[number - 1].kind if number else ""
        if token.text.casefold() in ("like", "as", "just like") and before in ("colour", "break"):
            skipping = token.text  # "blue like the sea"; "..., like a badge"
            continue
        kept.append(token)
    return kept


def _joined(tokens: list[Token]) -> list[Token]:
    """Tokens with neighbours that make one word: "washing" and "machine", 河 and 马 where 河马 is no subject."""
    joined: list[Token] = []
    for token in tokens:
        if joined and (kind := _one_word(joined[-1], token)):
            first = joined.pop()
            text = first.text + " " * (token.start - first.end) + token.text
            value = _stranger(text.casefold()).value if kind == "noun" else "strange"
            token = Token(kind, value, token.several, text, first.start, token.end)
        joined.append(token)
    return joined


def _asked_for(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, of which unknown nouns that nobody asks for name nothing: what only says of what kind a thing is, or
    whose it is ("birthday" of a cake, "my band"), and words where no noun of a picture stands."""
    for number, token in enumerate(tokens):
        if token.kind == "other" and token.value == "strange" and is_chinese(token.text) and len(token.text) > 1:
            following = next((one for one in tokens[number + 1 :] if one.kind != "filler"), None)
            told = following is not None and following.kind in ("place", "localiser", "count", "break")
            last = tokens[number - 1] if number else None
            if (last is None or last.kind in ("measure", "count", "break")) and told:
                token = replace(token, kind="noun")  # 榴莲、芒果
        elif token.kind == "noun":
            following = tokens[number + 1] if number + 1 < len(tokens) else None
            owned = any(other.text.casefold() in word_set("owns") for other in tokens[max(0, number - 2) : number])
            describes = following is not None and following.kind == "thing" and not is_chinese(token.text)
            if owned or describes or not _is_asked(token, tokens[:number], following):
                token = replace(token, kind="other")
        elif token.kind == "instead" and token.text == "不" and number + 1 < len(tokens):
            following = tokens[number + 1]
            if following.kind != "break" and following.text != "是":
                token = replace(token, kind="not")  # 不插玫瑰
        yield token


def _is_asked(token: Token, before: list[Token], following: Token | None) -> bool:
    """Whether an unknown noun stands where a picture's things are named: behind a number or an article, what draws, or
    what relates; a bare one at the beginning of a clause, if more is said of it there. The less a word looks like a
    thing, the more it takes."""
    described = ("size", "colour", "pattern", "material", "style", "other", "gen", "measure")
    last = next(
        (one for one in reversed(before) if one.kind not in described and one.value not in ("idea", "strange")), None
    )
    ends = last is not None and len(before) > 1 and (following is None or following.kind == "break")
    if token.text.istitle() and ends and (last.kind == "break" or last.text.casefold() in ("in", "at", "from", "to")):
        return False  # where it was: "..., Hawaii"
    begins = last is None or last.kind in ("break", "end")
    told = following is None or following.kind in _TELLING or following.text.casefold() == "for"
    if any(one.text.casefold() == "for" for one in before[-2:]) and not any(one.kind == "thing" for one in before[-1:]):
        return False  # "for the newsletter"
    acts = following is not None and bool(_ACTS.search(following.text))
    drawn = last is not None and last.text.casefold() in word_set("draws")
    if token.value == "idea":
        return drawn or (begins and told and len(before) < 2)
    counted = last is not None and last.kind in ("one", "count", "few", "pair", "each")
    if token.value == "strange":
        pointed = last is not None and last.kind in ("relation", "the") and told
        return drawn or counted or (begins and told) or pointed
    related = last is not None and last.kind in ("relation", "passive", "with", "and", "the", "there", "not")
    doer = next((one for one in reversed(before) if one.kind not in (*described, "filler")), None)
    if is_chinese(token.text) and doer is not None and doer.kind == "thing" and before[-1].kind != "gen" and told:
        return True  # 女孩荡秋千
    if is_chinese(token.text) and token.value == "thing" and before and before[-1].kind == "gen" and told:
        clause = takewhile(lambda one: one.kind != "break", reversed(before))
        return all(one.kind not in ("thing", "noun") for one in clause)  # 家里新买的冰箱
    if noun_kind(token.text) == "name" and before:  # "..., Hawaii"
        return drawn or counted
    return drawn or counted or related or (begins and (told or acts or is_chinese(token.text))) or (
        following is not None and following.kind in ("localiser", "relation")
    )  # fmt: skip


def _one_word(one: Token, other: Token) -> str:
    """The kind of the word that two neighbours make, or ""."""
    touch = one.end == other.start
    if one.kind == other.kind == "noun" and touch:
        return "noun"
    if one.kind == "other" and other.kind == "noun" and is_noun(one.text + " " + other.text):
        return "noun"  # "sewing" "machine"
    if one.kind == other.kind == "noun" and not is_chinese(one.text + other.text):
        return "" if one.value == "thing" and other.value == "strange" else "noun"  # "a hammock strung up"
    if touch and is_chinese(one.text) and is_chinese(other.text):
        if {one.kind, other.kind} == {"noun", "other"} and "word" not in (one.value, other.value):
            noun = one if one.kind == "noun" else other
            return "noun" if noun.value != "thing" or is_noun(one.text + other.text) else ""  # 荡 秋千
        if one.kind == other.kind == "other" and "word" not in (one.value, other.value):
            return "noun" if is_noun(one.text + other.text) else "other"
    if one.kind == "thing" and other.kind == "noun" and other.value == "thing" and one.text.isascii():
        return "" if other.text.endswith("s") else "noun"  # "cat litter", but "my cat turns five"
    return ""
