"""Sentences: a plan as a prompt that asks for it, in English or Chinese, and a request in the words of people.

Knows plans, requests and words. Knows nothing about how prompts are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.hearing.meanings import chinese_word
from tiledraw.language.nouns import article, measure, plural
from tiledraw.language.places import location_of
from tiledraw.language.plan import Placement, Plan
from tiledraw.language.request import Relation, Request, Thing
from tiledraw.language.subjects import subjects

LANGUAGES = ("en", "zh")
_PLACES = {"top": "at the top", "left": "on the left", "center": "in the center", "right": "on the right",
           "bottom": "at the bottom"}  # fmt: skip
_CHINESE_PLACES = {"top": "上方", "left": "左边", "center": "中间", "right": "右边", "bottom": "下方"}
_CHINESE_CORNERS = {"top-left": "左上角", "top-right": "右上角", "bottom-left": "左下角", "bottom-right": "右下角"}
_NUMBERS = "零一两三四五六七八九十"
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ARRANGED = {"corners": "in the corners"} | {f"{edge} edge": f"along the {edge} edge" for edge in
             ("top", "bottom", "left", "right")}  # fmt: skip
_STYLES = {"line drawing": "as a line drawing", "silhouette": "as a silhouette", "gray style": "in gray"}
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
    asked = listed(things) or EMPTY["en"]
    if plan.background == "white":
        return asked
    return f"{asked}, {'on' if plan.background in (NOTHING, *COLOURS) else 'with'} {_behind(plan.background)}"


def listed(phrases: Sequence[str]) -> str:
    """Phrases as a list in a sentence: "a cat, a dog and a sun"."""
    return " and ".join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))


def in_words(request: Request) -> list[str]:
    """What each line of a request asks for: "a small cat on the couch", "two ducks in a row", "no moon"."""
    lines = [_thing_in_words(request, thing) for thing in request.things]
    if request.background:
        lines.append(_behind(request.background))
    if request.absent:
        lines.append(" and ".join(f"no {subject}" for subject in request.absent))
    if request.empty:
        lines.append(" and ".join(f"nothing {_where(part)}" for part in request.empty))
    if request.unknown:
        lines.append(" and ".join(map(repr, request.unknown)))
    return lines


def _thing_in_words(request: Request, thing: Thing) -> str:
    size = "" if thing.size == "full" else thing.size
    looks = [size, thing.colour, " and ".join(filter(None, [thing.pattern, thing.second])), thing.material]
    noun = " ".join(filter(None, [*looks, thing.subject if thing.count == 1 else plural(thing.subject)]))
    percents = {"across": thing.across, "down": thing.down}
    return " ".join(filter(None, [
        article(noun) if thing.count == 1 else _COUNTS[thing.count] if thing.count < len(_COUNTS) else str(thing.count),
        noun,
        _STYLES.get(thing.style, ""),
        "as large as the picture" if thing.size == "full" else "",
        f"facing {thing.facing}" if thing.facing else "",
        _ARRANGED.get(thing.arrangement, f"in a {thing.arrangement}") if thing.arrangement else "",
        " and ".join(_relation_in_words(request, relation) for relation in thing.relations),
        _where(thing.place) if thing.place else "",
        *(f"at {value}% {way}" for way, value in percents.items() if value is not None),
    ]))  # fmt: skip


def _relation_in_words(request: Request, relation: Relation) -> str:
    others = []
    for number in relation.of:
        thing, name = request.things[number], request.name(number)
        noun = thing.subject if thing.count == 1 else plural(thing.subject)
        others.append(f"the {noun}" if name == thing.subject else name)  # "the couch", "couch 2"
    times = f"{relation.times} times " if relation.times else ""
    return f"{times}{relation.word} {' and '.join(others)}"


def _behind(background: str) -> str:
    if background not in (NOTHING, *COLOURS):
        return f"{background} behind"
    colour = "transparent" if background == NOTHING else background
    return f"{article(colour)} {colour} background"


def _where(place: str) -> str:
    return _PLACES.get(place, f"in the {place} corner")


def _looks(placement: Placement) -> list[str]:
    return [word for word in (placement.colour, placement.pattern, placement.material) if word]


def _english(subject: str, looks: Sequence[str], place: str, count: int) -> str:
    """So many alike, and where they are."""
    words = " ".join([*looks, subject if count == 1 else plural(subject)])
    return f"{article(words) if count == 1 else count} {words} {_where(place)}"


def _chinese(subject: str, looks: Sequence[str], place: str, count: int) -> str:
    entry = subjects().get(subject)
    noun = entry.chinese if entry else subject
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    words = "".join(f"{chinese_word(look)}的" for look in looks)
    return f"{(_CHINESE_PLACES | _CHINESE_CORNERS)[place]}有{number}{measure(noun)}{words}{noun}"
