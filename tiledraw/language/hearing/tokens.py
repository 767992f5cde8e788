"""Tokens: phrases of a prompt with what they mean. Knows nothing about how they are found or joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Token:
    """A phrase of the prompt: its kind and value, its text as it stands there, and where it starts and ends.

    Kinds are those of `meanings`, and: "noun", a thing that nobody knows; "other", a word that names nothing;
    "localiser", a Chinese word behind a noun; "grid" (rows, columns); "fraction" (axis, percent); "as many" (times);
    "part of" (percent of several things); a "break" of the value "topic" leads from a thing to what is said of it. Of
    patterns see `wholes`.
    """

    kind: str
    value: Any
    several: bool
    text: str
    start: int
    end: int
