"""Meanings: what words and phrases of English and Chinese prompts mean, one by one, for the reader by rules.

Reads `meanings.csv` (kind, value, English phrases, Chinese phrases), the names of subjects, and `things.csv`, which has
further ones that people call them by. Each phrase has a kind and a value: ("thing", "cat"), ("colour", "red"),
("relation", "left of") and so on.
Knows words. Knows nothing about how they join to sentences.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import NamedTuple

from tiledraw.language.nouns import COUNTED_BY, MEASURES, names, plural
from tiledraw.language.subjects import subjects as all_subjects


class Meaning(NamedTuple):
    """A kind of phrase, and what it means; `several` of a thing named in the plural."""

    kind: str
    value: str | int | tuple[str, ...] | tuple[int, int] | tuple[str, int] | None = None
    several: bool = False


BESIDE = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_TAIL = r"['’](?:s|d|m|ll|re|ve|t)\b"
_WORD = r"[^\W\d_\u4e00-\u9fff]+"
PIECE = re.compile(rf"{_TAIL}|{_WORD}?(?={_TAIL})|{_WORD}|\d+|[\u4e00-\u9fff]|\n|[^\w\s]")
_CHARACTERS, _LETTERS = re.compile("[\u4e00-\u9fff]+").fullmatch, re.compile("[a-z]+(?: [a-z]+)*").fullmatch
_SETS = ("tells", "asks", "draws", "owns", "kin", "parts", "relative")  # words that also mean something else
_NUMBERS = ("count", "multiple", "ordinal")  # kinds whose values are numbers
_UNMEASURED = ("道", "面", "双", "位", "对", "头", "盘")  # measure words that mean too many other things
_CHINESE_SIDES = ("边", "侧", "面", "方", "部", "端", "头", "半边", "手边", "半部分", "边缘", "半部", "半侧", "缘",
                  "方向", "角落", "角")  # fmt: skip
_COLOURED = ("-coloured", " coloured", "-colored", " colored")
_COLOUR_BACKGROUNDS = ("{} background", "{} backdrop", "plain {} background", "solid {} background", "solid {}",
                       "plain {}", "pure {} background")  # fmt: skip
_CHINESE_BACKGROUNDS = ("{}色背景", "{}背景", "{}底", "{}色的背景", "{}色底", "{}色背景上")


def pieces(text: str) -> tuple[str, ...]:
    """Words, numbers, Chinese characters and marks."""
    if _CHARACTERS(text):
        return tuple(text)  # as below, but faster
    if _LETTERS(text):
        return tuple(text.split(" "))
    return tuple(PIECE.findall(text.casefold()))


@cache
def _rows() -> list[tuple[str, str, list[str], list[str]]]:
    text = resources.files("tiledraw.language.hearing").joinpath("meanings.csv").read_text(encoding="utf-8")
    return [
        (row["kind"], row["value"], *(row[language].split("|") if row[language] else [] for language in _LANGUAGES))
        for row in csv.DictReader(text.splitlines())
    ]


_LANGUAGES = ("english", "chinese")
_PERSONS = "🧑👨👩"


@cache
def meanings() -> dict[tuple[str, ...], Meaning]:
    """What each phrase means, by its pieces. Later entries win over earlier ones."""
    entries = {word: Meaning("measure") for word in MEASURES if word not in _UNMEASURED}
    entries |= {"of": Meaning("of"), "the": Meaning("the")} | dict.fromkeys(("的", "の", "嘅", "'s"), Meaning("gen"))
    entries |= dict.fromkeys(("these", "those", "这", "那", "这个", "那个", "这些", "那些", "该"), Meaning("the"))
    entries |= {word: Meaning("one") for word in ("a", "an", "another")}
    entries |= {word: Meaning("end") for word in (".", "!", "?", "\n", "。", "！", "？")}
    entries |= {f"{word} of": Meaning("filler") for counter in COUNTED_BY.values() if counter != "pair"
                for word in (counter, plural(counter))}  # fmt: skip
    for kind, value, english, chinese in _rows():
        if kind in ("localiser", *_SETS):
            continue
        if kind in ("thing", "general", "noun"):
            entries |= {plural(word): Meaning(kind, value, True) for word in english}
        meaning = Meaning(
            kind, int(value) if kind in _NUMBERS else tuple(value.split("-")) if kind == "place" else value
        )
        if kind == "relates to it":
            english = [*english, *_of_persons(english)]
        entries |= dict.fromkeys((*english, *chinese), meaning)
        if kind in ("size", "colour", "pattern", "material"):
            entries |= dict.fromkeys((f"{word}的" for word in chinese), meaning)
        if kind == "colour":
            entries |= {word + end: meaning for word in english for end in _COLOURED}
            shapes = [(shape, word) for shape in _COLOUR_BACKGROUNDS for word in english]
            shapes += [(shape, word.removesuffix("色")) for shape in _CHINESE_BACKGROUNDS for word in chinese]
            entries |= {shape.format(word): Meaning("background", value) for shape, word in shapes}
    entries |= dict(_chinese_places())
    entries |= dict(_called())
    entries |= dict(_things())
    entries |= dict.fromkeys(("does", "flies"), Meaning("filler"))  # no female deer, no insects
    known = {pieces(phrase): entry for phrase, entry in entries.items()}
    split = {tuple(piece for piece in phrase if piece != "-"): entry for phrase, entry in known.items()
             if "-" in phrase[1:-1]}  # fmt: skip
    joined = {("".join(phrase),): entry for phrase, entry in known.items()
              if entry.kind == "thing" and len(phrase) == 2 and "".join(phrase).isascii()}  # fmt: skip
    return {**joined, **split, **known}


def _of_persons(phrases: list[str]) -> Iterator[str]:
    """Phrases about "it" as they are about somebody: "next to him", "over her head"."""
    for phrase in phrases:
        if phrase.endswith(" it"):
            yield from (phrase.removesuffix("it") + word for word in ("him", "them"))
        if "its " in phrase:
            yield from (phrase.replace("its ", word) for word in ("his ", "her ", "their "))


@cache
def chinese_word(value: str) -> str:
    """A Chinese word for a colour, a pattern, a material or a background; "" if there is none."""
    for kind in ("colour", "pattern", "material", "background"):
        for other, name, _, chinese in _rows():
            if other == kind and name == value and chinese:
                return f"{chinese[0].removesuffix('色')}色" if kind == "colour" else chinese[0]
    return ""


@cache
def word_set(kind: str) -> frozenset[str]:
    """Words that begin a sentence which "tells" of the writer's life, that "asks" for a picture, that say who "draws",
    or whose something is, "owns"; "hands" that hold, and other "parts" of somebody or something."""
    return frozenset(word for other, _, *lists in _rows() if other == kind for words in lists for word in words)


@cache
def relatives() -> dict[str, tuple[str, bool]]:
    """Words for relatives, friends and the writer: who they are, and whether they are several."""
    rows = [(value, english, chinese) for kind, value, english, chinese in _rows() if kind == "relative"]
    several = {plural(word): (value, True) for value, english, _ in rows for word in english}
    return several | {word: (value, False) for value, *words in rows for word in (*words[0], *words[1])}


@cache
def localisers() -> dict[tuple[str, ...], str]:
    """Chinese words behind a noun that say where something is from there: their pieces, and the relation."""
    return {pieces(word): value for kind, value, _, chinese in _rows() if kind == "localiser" for word in chinese}


def _called() -> Iterator[tuple[str, Meaning]]:
    """What people also call subjects."""
    text = resources.files("tiledraw.language.hearing").joinpath("things.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        words = row["english"].split("|") if row["english"] else []
        yield from ((plural(word), Meaning("thing", row["subject"], True)) for word in words)
        words += row["chinese"].split("|") if row["chinese"] else []
        yield from ((word, Meaning("thing", row["subject"])) for word in words)


def _things() -> Iterator[tuple[str, Meaning]]:
    """The names of subjects, glyphs among them."""
    chinese = {name for subject in all_subjects() for name in names(subject, "zh")}
    for subject, entry in all_subjects().items():
        of_all = "\u200d" in entry.emoji and entry.emoji[0] in _PERSONS  # a man, a woman or a person of a profession
        for first in _PERSONS if of_all else entry.emoji[:1]:
            yield first + entry.emoji[1:], Meaning("thing", subject)
        for name in names(subject, "zh"):
            yield name, Meaning("thing", subject)
            small = f"小{name}"  # a small owl, 小猫头鹰, is no kitten, 小猫
            if small not in chinese and any(small[:length] in chinese for length in range(1, len(small) + 1)):
                yield small, Meaning("thing", subject)
        english = names(subject, "en")
        for name in english:
            yield plural(name), Meaning("thing", subject, True)
        for name in english:  # "gloves" is a pair, though of a "glove"
            yield name, Meaning("thing", subject)


def _chinese_places() -> Iterator[tuple[str, Meaning]]:
    """左上角, 左边, 最上面, 顶部, 右边缘 and so on."""
    for place, char in {"left": "左", "right": "右", "top": "上", "bottom": "下"}.items():
        for end in _CHINESE_SIDES:
            for start in ("", "最", "正", "画面", "图", "画面的", "图的"):
                yield f"{start}{char}{end}", Meaning("place", (place,))
    for row, edge in {"top": "顶", "bottom": "底"}.items():
        for end in ("部", "端", "边", "上", "下", "层", "边缘"):
            yield f"{edge}{end}", Meaning("place", (row,))
    for row, up in {"top": "上", "bottom": "下"}.items():
        for column, side in (("left", "左"), ("right", "右")):
            for end in ("", *_CHINESE_SIDES, "角上", "角里", "角落里", "角处"):
                yield f"{side}{up}{end}", Meaning("place", (row, column))
                yield f"{up}{side}{end}", Meaning("place", (row, column))
        for end in ("部", "方", "边", "面", "侧", "间", "央"):
            yield f"{up}中{end}", Meaning("place", (row,))
            yield f"中{up}{end}", Meaning("place", (row,))
