"""The subjects: English and Chinese name, glyph, synonyms and kin of everything that can be drawn.

Reads `subjects.csv`. Knows nothing about fonts, plans or prompts.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

_STRANGERS = (
    "🌺🌿🥠🍛🥂🍱💅🧴🩼📐🖋📮📽👡🥾👞🩰👙🪖🛤🗿🎢🌉🪅🎰🃏🎏🎐🎆📯☢⚔👂👃👅🦶🪤🚬💈🎎🎍🎑🏣🏯🗻🗾🎗🏵🎚🎛📟📠📇🗂📼🪧"
    "♨💥💦🫀🫁🦠🧬🧫🧿🪬🕋🛎🐩🦤👼💃🏊🏂🫂🎖🪔🚰🔗🪢🦾🦿🦻🦯👝👚🥻🥼🦺🥋🩲🎽🏏🥍🥎🍘🍡🍢🍧🍲🍶🍹🥃🧆🥙🫔🫕🫓🚃🚈🚝🚟"
    "🛥🛩🏤🏬🕍🔖📚📒📃📑🗒🗑🖇📀💽🧾"
)
ANIMALS = ("mammals", "birds", "reptiles", "sea animals", "insects")  # groups of subjects
LISTED = "`tiledraw subjects` lists them"  # for messages


@dataclass(frozen=True)
class Subject:
    """What can be drawn.

    Attributes:
        name: In English.
        chinese: In Chinese.
        glyph: An emoji of the OpenMoji font; empty of one that has a drawing of its own instead.
        also: Synonyms, in both languages. One that is the name of another subject ("woman") means that one to all who
            know it.
        group: What kind of thing it is: "mammals", "food".
        instead: The subject that its name meant before it was one itself, which models draw that know only that: a
            "christmas tree" was read as a tree.
    """

    name: str
    chinese: str
    glyph: str
    also: tuple[str, ...] = ()
    group: str = ""
    instead: str = ""

    @property
    def design(self) -> str:
        """What it looks like: its glyph, or the name of its drawing."""
        return self.glyph or self.name

    @property
    def emoji(self) -> str:
        """Its glyph if people can type it: not one of OpenMoji's own."""
        return "" if "\ue000" <= self.glyph <= "\uf8ff" else self.glyph


@cache
def subjects() -> dict[str, Subject]:
    """All subjects by English name, in the order of the file: what an older model knows comes first."""
    text = resources.files("tiledraw.language").joinpath("subjects.csv").read_text(encoding="utf-8")
    return {
        row["name"]: Subject(
            row["name"],
            row["chinese"],
            _character(row["glyph"]),
            tuple(filter(None, row["also"].split("|"))),
            row["group"],
            row["instead"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def _character(glyph: str) -> str:
    """A glyph as the file has it: the character, or U+E14A where it is OpenMoji's own and nothing else shows it."""
    return chr(int(glyph[2:], 16)) if glyph.startswith("U+") else glyph


@cache
def unknowns() -> dict[str, str]:
    """Glyphs of things that are no subjects, by their Unicode names: a model that knows all subjects meets these as
    something unknown. To one that knows fewer, the other subjects are unknown as well."""
    known, shown = subjects(), {subject.glyph for subject in subjects().values()}
    strangers = {unicodedata.name(glyph).lower(): glyph for glyph in _STRANGERS if glyph not in shown}
    return {name: glyph for name, glyph in strangers.items() if name not in known}


def drawn_as(subject: str, known: Collection[str]) -> str | None:
    """What draws a subject where only some are `known`: itself, what stands for it, or None."""
    instead = subjects()[subject].instead if subject in subjects() else ""
    return next((name for name in (subject, instead) if name in known), None)


def known_subjects(names: Iterable[str]) -> list[Subject]:
    """Some subjects by name; a name that is not in the file stands for itself. All of the file if there are none."""
    known = subjects()
    return [known.get(name) or Subject(name, "", "") for name in names or known]
