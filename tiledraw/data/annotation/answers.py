"""Answers: what a vision-language model is asked about a picture and its tiles, and how plans and texts are read from
what it says.

A model is asked for JSON and often writes prose, a code fence or its thoughts around it; that is passed over. What
would break a think step is refused. Knows questions, JSON and plans. Knows nothing about who answers, nor about files.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from tiledraw.canvas.pyramid import Tile
from tiledraw.common.checks import shorten
from tiledraw.format.vocabulary import CODE_WORDS, FRAME_WORDS
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.first.plan import (
    BACKGROUNDS,
    FULL,
    GRID,
    MAX_PLACEMENTS,
    RESERVED,
    UNKNOWN,
    Placement,
    Plan,
    parse_plan,
)

THOUSANDTHS = 1000  # boxes are asked for in thousandths of a side, the unit that most such models were trained with
MAX_DESCRIPTION, MAX_TILE_TEXT = 400, 240  # characters
MAX_ANSWER = 20_000  # characters; what stands after them is not read

PICTURE_QUESTION = Template(
    """\
This is a grayscale picture$caption. Say what it shows and where. Answer with one JSON object and nothing else:
{"description": "A cat sits under a tree.", "background": "light", "things": [\
{"name": "tree", "box": [400, 0, 1000, 900]}, {"name": "cat", "box": [120, 400, 560, 980]}]}
description: one plain English sentence of at most 30 words.
background: the word that fits best of """
    + ", ".join(BACKGROUNDS)
    + f""".
things: from 1 to {MAX_PLACEMENTS}, what lies behind before what lies in front of it.
name: one to four plain English words in the singular, such as "hot dog".
box: left, top, right and bottom edge in thousandths of the picture's width and height, from 0 to {THOUSANDTHS}."""
)
TILE_QUESTION = Template(
    """\
This is one part of a grayscale picture$caption: row $row of $grid from the top, column $column of $grid from the left.
Say what can be seen in this part, and nothing that can't. Answer with one JSON object and nothing else:
{"text": "the cat's left ear and whiskers, dark on a light ground"}
text: plain English, at most 20 words, without a line break."""
)

_ARTICLE = re.compile(r"^(?:an?|the|some) ")
_CONTROL = re.compile(r"<\|[^|<>]*\|>")  # words that tokenizers use for themselves
_PLAN_LINE = re.compile(r"- |(?:" + "|".join(sorted(RESERVED)) + ")[:：]", re.IGNORECASE)


class AnswerError(ValueError):
    """An answer is not what was asked for, or would break a think step."""


# Questions -----------------------------------------------------------------------------------------------------------


def picture_question(caption: str = "") -> str:
    """What is asked about a whole picture; a caption that is no plain text is left out."""
    return PICTURE_QUESTION.substitute(caption=_about(caption))


def tile_question(tile: Tile, caption: str = "") -> str:
    """What is asked about one tile."""
    return TILE_QUESTION.substitute(caption=_about(caption), row=tile.row + 1, column=tile.column + 1, grid=tile.grid)


def _about(caption: str) -> str:
    try:
        return f" ({check_text(caption, 'caption', MAX_DESCRIPTION)})"
    except AnswerError:
        return ""


# Answers -------------------------------------------------------------------------------------------------------------


def read_picture_answer(answer: str) -> tuple[Plan, str]:
    """The plan and the description in an answer about a square picture.

    An answer without JSON may be a plan as text; there is no description then, and it is empty.

    Raises:
        AnswerError: it holds neither, or something that does not belong into a think step.
    """
    data = find_object(answer, "things")
    try:
        if data is None:
            plan = parse_plan(_said(answer), FULL)
            if not plan.placements:
                raise PlanError("no thing is named")
            return plan, ""
        things = data["things"]
        if not isinstance(things, list) or not things:
            raise PlanError("no thing is named")
        background = str(data.get("background", "")).strip().lower()
        plan = Plan(tuple(map(_placement, things)), background)
        return plan, check_text(data.get("description"), "description", MAX_DESCRIPTION)
    except PlanError as error:
        raise AnswerError(f"the answer holds no valid plan: {error}") from None


def read_tile_answer(answer: str) -> str:
    """The text in an answer about a tile.

    Raises:
        AnswerError: there is none, or one that does not belong into a think step.
    """
    data = find_object(answer, "text")
    if data is None:
        raise AnswerError("the answer holds no JSON object with a text")
    return check_text(data["text"], "text", MAX_TILE_TEXT)


def find_object(answer: str, key: str) -> dict[str, Any] | None:
    """The last JSON object with this key in a text; None if there is none. Objects inside others don't count."""
    text, found, at = _said(answer), None, 0
    decoder = json.JSONDecoder(strict=False)  # models write line breaks into strings
    while (start := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        if key in value:
            found = value
    return found


def _said(answer: str) -> str:
    """An answer without the thoughts before it."""
    return answer[:MAX_ANSWER].rpartition("</think>")[2]


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
    if bad := [character for character in text if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")]:
        raise AnswerError(f"the {what} holds a character that is no text, U+{ord(bad[0]):04X}")
    words = [word for word in (*FRAME_WORDS, *CODE_WORDS) if word in text] or _CONTROL.findall(text)
    if words:
        raise AnswerError(f"the {what} holds {shorten(words[0])}, a word of the vocabulary")
    if _PLAN_LINE.match(text) or UNKNOWN in text:
        raise AnswerError(f"the {what} {shorten(text)} reads like a line of a plan")
    return text


def _placement(thing: Any) -> Placement:
    if not isinstance(thing, Mapping):
        raise AnswerError(f"a thing is {shorten(str(thing))}, not a name with a box")
    name = next((thing[key] for key in ("name", "label", "subject") if key in thing), None)
    box = next((thing[key] for key in ("box", "bbox", "bbox_2d") if key in thing), None)
    if not isinstance(name, str):
        raise AnswerError("a thing has no name")
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
        raise AnswerError(f"the box of {shorten(name)} is not four numbers")
    left, top, right, bottom = box
    if not (0 <= left < right <= THOUSANDTHS and 0 <= top < bottom <= THOUSANDTHS):
        raise AnswerError(f"the box of {shorten(name)} is not in thousandths of the picture: {shorten(str(box))}")
    return Placement(_subject(name), to_cells(box))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _subject(name: str) -> str:
    """A name as plans write it: "A hot_dog 2" is "hot dog"."""
    plain = " ".join(unicodedata.normalize("NFKC", name).replace("_", " ").lower().split())
    return _ARTICLE.sub("", plain).strip("0123456789#.,;:! ")


def to_cells(box: Sequence[float]) -> Box:
    """A box `left top right bottom` in thousandths of a square picture, in plan cells: the nearest edges, and at least
    the one cell that holds the middle."""
    (x0, x1), (y0, y1) = (_cells(start, end) for start, end in (box[0::2], box[1::2]))
    return Box(x0, y0, x1, y1)


def _cells(start: float, end: float) -> tuple[int, int]:
    low, high = (math.floor(GRID * edge / THOUSANDTHS + 0.5) for edge in (start, end))
    if low < high:
        return low, high
    middle = min(GRID - 1, math.floor(GRID * (start + end) / 2 / THOUSANDTHS))
    return middle, middle + 1
