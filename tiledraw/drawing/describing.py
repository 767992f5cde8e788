"""Describing: a picture that was drawn here says what it shows: its plan, and a sentence.

Knows plans and what pictures say of themselves. Knows nothing about pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tiledraw.drawing.opening import Source
from tiledraw.drawing.restacking import told_planned
from tiledraw.language.plan import Plan
from tiledraw.language.sentences import LANGUAGES, sentence

OVER = {"en": ", over a picture", "zh": "，画在一张图上"}


class DescriptionError(ValueError):
    """A picture can't be described."""


@dataclass(frozen=True)
class Description:
    """What a picture shows."""

    plan: Plan
    sentence: str


def told(source: Source, language: str = "en") -> Description | None:
    """What a picture says of itself; None where it says nothing of use. Raises a ValueError for an unknown language."""
    check_language(language)
    found = told_planned(source)
    return None if found is None else described(found.plan, language, found.record.over is not None)


def described(plan: Plan, language: str = "en", over: bool = False) -> Description:
    """A plan with its sentence; `over`: it was drawn over a picture, which is its background."""
    text = sentence(replace(plan, background="white") if over else plan, language)
    text += OVER[language] if over else ""
    return Description(plan, f"{text}。" if language == "zh" else f"{text[0].upper()}{text[1:]}.")


def check_language(language: str) -> None:
    """Raises a ValueError for a language that nobody here writes."""
    if language not in LANGUAGES:
        raise ValueError(f"the language {language!r} is unknown; known are {', '.join(LANGUAGES)}")
