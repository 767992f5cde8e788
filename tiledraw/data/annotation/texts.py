"""Texts of other people that go into think steps: one line, without words of the vocabulary or lines of a plan.

Knows text. Knows nothing about who wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from tiledraw.common.checks import shorten
from tiledraw.format.vocabulary import CODE_WORDS, FRAME_WORDS
from tiledraw.language.plan import RESERVED, UNKNOWN

MAX_DESCRIPTION = 400  # characters
_NO_TEXT = ("Cc", "Cs", "Co", "Cn")  # control, half and unassigned characters
_CONTROL = re.compile(r"<\|[^|<>]*\|>")  # words that tokenizers use for themselves
_PLAN_LINE = re.compile(r"- |(?:" + "|".join(sorted(RESERVED)) + ")[:：]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?= )|[。！？]")


class AnswerError(ValueError):
    """An answer is not what was asked for, or would break a think step."""


def check_text(value: Any, what: str, limit: int) -> str:
    """A text as one line, fit to stand in a think step.

    Raises:
        AnswerError: it is empty, too long or no text, holds a word of the vocabulary or a character that is no text, or
            would be read as a line of a plan.
    """
    if not isinstance(value, str) or not value.strip():
        raise AnswerError(f"the {what} is missing")
    text = " ".join(value.split())
    if len(text) > limit:
        raise AnswerError(f"the {what} has {len(text):,} characters; at most {limit} are kept")
    if bad := [character for character in text if unicodedata.category(character) in _NO_TEXT]:
        raise AnswerError(f"the {what} holds a character that is no text, U+{ord(bad[0]):04X}")
    words = [word for word in (*FRAME_WORDS, *CODE_WORDS) if word in text] or _CONTROL.findall(text)
    if words:
        raise AnswerError(f"the {what} holds {shorten(words[0])}, a word of the vocabulary")
    if _PLAN_LINE.match(text) or UNKNOWN in text:
        raise AnswerError(f"the {what} {shorten(text)} reads like a line of a plan")
    return text


def cut_text(text: str, limit: int) -> str:
    """A text as one line of at most `limit` characters, cut behind a sentence if one ends there, or else a word."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    if ends := [match.end() for match in _SENTENCE_END.finditer(text[: limit + 1]) if match.end() <= limit]:
        return text[: ends[-1]]
    return text[: limit - 1].rpartition(" ")[0].rstrip(",;: ") + "…" if " " in text[:limit] else text[: limit - 1] + "…"
