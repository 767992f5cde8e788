"""Questions: what a vision-language model is asked about a picture, in English or Chinese; the schema of its answer.

Knows words. Knows nothing about who answers, nor how answers are read.
"""

from __future__ import annotations

from string import Template
from typing import Any

from tiledraw.data.annotation.naming import BACKGROUNDS
from tiledraw.data.annotation.texts import MAX_DESCRIPTION, AnswerError, check_text

THOUSANDTHS = 1000  # boxes are asked for in thousandths of a side, the unit that most such models were trained with
MOST_THINGS = 16
LANGUAGES = ("en", "zh")

_QUESTIONS = {
    "en": """\
This is a grayscale picture$caption. Say what it shows and where. Answer with one JSON object and nothing else:
{"description": "A cat sits under a tree.", "background": "grass", "things": [\
{"name": "tree", "box": [400, 0, 1000, 900]}, {"name": "cat", "box": [120, 400, 560, 980]}]}
description: one plain English sentence of at most 30 words.
background: the word that fits best of $backgrounds.
things: from 1 to $most, what lies behind before what lies in front of it.
name: one to four plain English words in the singular, such as "hot dog".
box: left, top, right and bottom edge in thousandths of the picture's width and height, from 0 to $thousandths.""",
    "zh": """\
这是一张灰度图片$caption。请说出图中有什么、在哪里。只回答一个 JSON 对象，不要写别的：
{"description": "一只猫坐在树下。", "background": "grass", "things": [\
{"name": "树", "box": [400, 0, 1000, 900]}, {"name": "猫", "box": [120, 400, 560, 980]}]}
description：一句简单的中文，最多四十个字。
background：从 $backgrounds 中选一个最合适的词。
things：1 到 $most 个，后面的东西写在前面的东西之前。
name：简单的中文名词，例如“热狗”。
box：左、上、右、下四条边，以图片宽和高的千分之一为单位，从 0 到 $thousandths。""",
}
_ABOUT = {"en": " ({})", "zh": "（{}）"}
_AGAIN = {
    "en": "\nYour last answer could not be used: {}. Answer again, with the JSON object alone.",
    "zh": "\n你上次的回答不能用：{}。请重新回答，只写 JSON 对象。",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "description": {"type": "string"},
        "background": {"type": "string", "enum": list(BACKGROUNDS)},
        "things": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "box": {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4},
                },
                "required": ["name", "box"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["description", "background", "things"],
    "additionalProperties": False,
}


def picture_question(caption: str = "", language: str = "en", refused: str = "") -> str:
    """What is asked about a whole picture.

    Args:
        caption: What is said of it already; left out where it is no plain text.
        language: "en" or "zh".
        refused: Why the last answer could not be used, if there was one.
    """
    question = Template(_QUESTIONS[language]).substitute(
        caption=_about(caption, language),
        backgrounds=", ".join(BACKGROUNDS),
        most=MOST_THINGS,
        thousandths=THOUSANDTHS,
    )
    return question + (_AGAIN[language].format(refused.rstrip(".")) if refused else "")


def _about(caption: str, language: str) -> str:
    try:
        return _ABOUT[language].format(check_text(caption, "caption", MAX_DESCRIPTION))
    except AnswerError:
        return ""
