"""Sentences: a plan as a prompt that asks for it, in English or Chinese.

Knows plans and words. Knows nothing about how prompts are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.hearing.meanings import chinese_word
from tiledraw.language.nouns import article, measure, plural
from tiledraw.language.places import location_of
from tiledraw.language.plan import Placement, Plan
from tiledraw.language.subjects import subjects

LANGUAGES = ("en", "zh")
_PLACES = {"top": "at the top", "left": "on the left", "center": "in the center", "right": "on the right",
           "bottom": "at the bottom"}  # fmt: skip
_CHINESE_PLACES = {"top": "上方", "left": "左边", "center": "中间", "right": "右边", "bottom": "下方"}
_CHINESE_CORNERS = {"top-left": "左上角", "top-right": "右上角", "bottom-left": "左下角", "bottom-right": "右下角"}
_NUMBERS = "零一两三四五六七八九十"
EMPTY = {"en": "nothing", "zh": "什么都没有"}


def sentence(plan: Plan, language: str = "en") -> str:
    """A prompt that asks for a plan: what its subjects are, how they look and where they are."""
    alike = Counter((one.subject, *_looks(one), location_of(one.box, plan.visible)) for one in plan.placements)
    if language == "zh":
        things = [_chinese(words[0], words[1:-1], words[-1], count) for words, count in alike.items()]
        ground = "透明" if plan.background == NOTHING else chinese_word(plan.background)
        ground = "" if plan.background == "white" else f"，{ground}背景"
        return ("，".join(things) or EMPTY["zh"]) + ground
    things = [_english(words[0], words[1:-1], words[-1], count) for words, count in alike.items()]
    listed = " and ".join(filter(None, [", ".join(things[:-1]), *things[-1:]])) or EMPTY["en"]
    if plan.background == NOTHING:
        return f"{listed}, on a transparent background"
    if plan.background in COLOURS:
        ground = f", on {article(plan.background)} {plan.background} background"
        return listed if plan.background == "white" else listed + ground
    return f"{listed}, with {plan.background} behind"


def _looks(placement: Placement) -> list[str]:
    return [word for word in (placement.colour, placement.pattern, placement.material) if word]


def _english(subject: str, looks: Sequence[str], place: str, count: int) -> str:
    """So many alike, and where they are."""
    where = _PLACES.get(place, f"in the {place} corner")
    words = " ".join([*looks, subject if count == 1 else plural(subject)])
    return f"{article(words) if count == 1 else count} {words} {where}"


def _chinese(subject: str, looks: Sequence[str], place: str, count: int) -> str:
    entry = subjects().get(subject)
    noun = entry.chinese if entry else subject
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    words = "".join(f"{chinese_word(look)}的" for look in looks)
    return f"{(_CHINESE_PLACES | _CHINESE_CORNERS)[place]}有{number}{measure(noun)}{words}{noun}"
