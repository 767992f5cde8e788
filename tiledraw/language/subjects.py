"""The subjects: English and Chinese name, glyph and synonyms of everything that scenes are made of.

Reads `subjects.csv`. Knows nothing about fonts, plans or prompts.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

_STRANGERS = (
    "🐉🎻🎹🎺🔨🪜🦖🐅🦊🐺🦌🐿🦀🦈🐬🦞🕷🐜🐊🦛🦘🐫🦏🦚🦢🦜🦇🦅🦩🦔🦦🦭🐨🦎🦄🧜🧙🧚🧟👸🤡🍋🍇🍐🍑🍒🍍🍉🥭🍅🥔🧅🎃🌶🥒🌽"
    "🥚🍞🧀🍪🥞🍔🍜🥨🍬🪞🪟🚪🍳🪣🧺🧹🪓🪛🔧🔩🪢🌉🗼⛺🎷🪗🚜🚑🛶🛴🌈🌋🏝❄🌪☄🪐💍📿🧣🧤🧦👕👗✏🖊📏🌐🗺🧭🔭🔬🧲📷📻🖨💉🪆🧩"
    "🎲🏆🏅🚩🪂🪶🦴💀🦷🍃🎋🌷🐚🪙💎✉🎯🧱🎡🎠🪃🛡🏹🧪📎🔒🩴🎰"
)


@dataclass(frozen=True)
class Subject:
    """`also` holds synonyms, in both languages."""

    name: str
    chinese: str
    glyph: str
    also: tuple[str, ...]


@cache
def subjects() -> dict[str, Subject]:
    """All subjects by English name, in the order of the file."""
    text = resources.files("tiledraw.language").joinpath("subjects.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        row["name"]: Subject(row["name"], row["chinese"], row["glyph"], tuple(filter(None, row["also"].split("|"))))
        for row in rows
    }


@cache
def unknowns() -> dict[str, str]:
    """Glyphs of things that are no subjects, by their Unicode names: a model that knows all subjects meets these as
    something unknown."""
    return {unicodedata.name(glyph).lower(): glyph for glyph in _STRANGERS}


def known_subjects(names: Iterable[str]) -> list[Subject]:
    """Some subjects by name; a name that is not in the file stands for itself. All of the file if there are none."""
    known = subjects()
    return [known.get(name) or Subject(name, "", "", ()) for name in names or known]
