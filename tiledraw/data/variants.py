"""Variants of natural prompts, to learn from: with other things of the same kinds, in other colours, in other numbers,
with other things that nobody can draw, somewhere else, mirrored, and two of them said in one breath.

Knows prompts, requests and names. Knows nothing about our own phrasing, or where prompts come from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from tiledraw.language.hearing.strangers import strangers
from tiledraw.language.nouns import MEASURES, article, names, plural
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import Request, format_request, parse_request, without
from tiledraw.language.subjects import subjects

KEPT = 0.25  # share of things and colours that stay as they were
FIRST = 0.5  # share of other things that are called by their first name
RECOUNTED = 0.5  # share of numbers that change
ESTRANGED = 0.06  # share of things that become such as nobody can draw
MOVED = 0.6  # share of prompts that play somewhere else
RENAMED = 0.6  # share of unknown things that become other unknown things
MOST_THINGS = 9  # groups that two prompts in one name together

_COLOURS = {
    "red": ("red", "红"), "orange": ("orange", "橙"), "yellow": ("yellow", "黄"), "green": ("green", "绿"),
    "blue": ("blue", "蓝"), "purple": ("purple", "紫"), "pink": ("pink", "粉"), "brown": ("brown", "棕"),
    "black": ("black", "黑"), "white": ("white", "白"), "gray": ("gray", "灰"),
}  # fmt: skip
_NUMBERS = {
    2: ("two", "两"), 3: ("three", "三"), 4: ("four", "四"), 5: ("five", "五"), 6: ("six", "六"), 7: ("seven", "七"),
    8: ("eight", "八"), 9: ("nine", "九"), 10: ("ten", "十"),
}  # fmt: skip
# where a picture plays, in words that stand for each other
_PLACES = {
    "en": {
        "grass": ("in the park", "on the grass", "in a meadow", "in the garden", "on the lawn", "in a field"),
        "beach": ("on the beach", "at the beach", "by the sea"), "sea": ("in the sea", "at sea", "in the ocean"),
        "snow": ("in the snow",), "desert": ("in the desert", "in a desert"), "night": ("at night",),
        "room": ("in a room", "indoors", "in the living room"), "hills": ("on a hill", "in the hills"),
        "forest": ("in the forest", "in a forest", "in the woods", "in the jungle"),
        "street": ("on the street", "in the street", "on a city street", "on a busy street"),
        "underwater": ("underwater", "under the sea", "at the bottom of the sea", "under water"),
        "sunset": ("at sunset", "at dusk", "at sunrise"),
    },
    "zh": {
        "grass": ("草地上", "草坪上", "公园里", "草原上", "花园里"), "beach": ("沙滩上", "海边", "海滩上"),
        "sea": ("海面上", "海上", "海里", "大海里"), "snow": ("雪地里", "雪地上"), "desert": ("沙漠里", "沙漠中"),
        "night": ("夜里", "晚上", "星空下"), "room": ("房间里", "屋里", "客厅里"), "hills": ("山坡上",),
        "forest": ("森林里", "树林里", "丛林里", "森林中"), "street": ("街上", "大街上", "街道上", "街头"),
        "underwater": ("海底", "水下", "水底", "深海里"), "sunset": ("夕阳下", "日落时", "黄昏时", "晚霞下"),
    },
}  # fmt: skip
_NUMBER = {
    "en": re.compile(rf"\b(?:{'|'.join(words[0] for words in _NUMBERS.values())}|\d+)\b", re.IGNORECASE),
    "zh": re.compile(rf"(?:[二{''.join(words[1] for words in _NUMBERS.values())}]+|\d+)(?={'|'.join(MEASURES)})"),
}
# where a number may be said again in other words, or speaks of some of the things
_OF_SOME = re.compile(
    r"\b(?:twice|half|double|triple|both|pairs?|couple|dozen|each|other|rest|one|ones|first|second|third|last|of the|"
    r"of them|as many|total|together|altogether|by|times)\b|[倍半对双共各另其每余总第]|剩|一[只个]是|之一",
    re.IGNORECASE,
)
_OTHER = {"left": "right", "right": "left", "左": "右", "右": "左"}
_SIDE = re.compile(r"(?<![a-z])(?:left|right)(?![a-z])|左|右", re.IGNORECASE)
# where "left" or "right" may be no side, or sides are said in other words, too
_NO_SIDE = re.compile(
    r"\b(?:right (?:now|away|there|here|in|on|at|by|next|under|above|below|behind|beside|after|before)|all ?right|"
    r"(?:is|are|be|was|get|got|that's|it's) (?:left|right)\b(?! (?:of|to|side|hand))|left (?:out|over|alone|behind|"
    r"empty|blank|free|bare)|leav|east|west|o'? ?clock|clockwise|[ns][ew])\b|[东西]|左右|点钟",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(an?) $", re.IGNORECASE)
# what is said of all things, or of nothing else, would be said of another prompt's, too
_OF_ALL = re.compile(
    r"\b(?:all|every\w*|only|just|nothing|no|none|else|alone|single|both|whole|entire\w*|rest|without|any\w*|other|"
    r"things?|one|these|those|must|don'?t|not)\b|[都全只就仅别不没无唯余]|其它|其他|一切|单独|整",
    re.IGNORECASE,
)
_JOINTS = {
    "en": (". ", ". ", ". ", "; ", ", and ", ", ", "\n", ". Also, ", ". And then ", " + ", " plus ", " - ", "! ",
           ", and also ", ". Oh, and "),
    "zh": ("，", "，", "。", "。", "；", "，还有", "。另外，", "，再画", "\n", "、", "，以及", "。对了，", "，然后",
           " "),
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A prompt to learn from, and what it asks for, its things in the order in which the prompt names them."""

    prompt: str
    request: Request


@dataclass(frozen=True)
class _Spot:
    """Characters of a prompt that may be changed: the name, colour or number of a thing, or an unknown thing."""

    start: int
    stop: int
    what: str  # "name", "names" (in the plural), "colour", "count" or "unknown"
    number: int  # of the thing, or of the unknown one


def variant(example: Example, language: str, rng: np.random.Generator) -> Example:
    """The prompt with other things in it where their names can be told apart, in other colours and numbers."""
    prompt, request = example.prompt, example.request
    things, unknown = list(request.things), list(request.unknown)
    new: dict[str, str] = {}
    strange: dict[int, str] = {}
    named = {thing.subject for thing in things} | set(request.absent)
    room = MAX_PLACEMENTS - request.total
    edits: list[tuple[int, int, str]] = []
    for spot in _spots(example, language):
        old = prompt[spot.start : spot.stop]
        word = None
        if spot.what == "unknown" and rng.random() < RENAMED:
            word = _stranger(language, rng, several=_looks_plural(old))
            if word in prompt:
                continue
            unknown[spot.number] = word
        elif spot.what == "count" and rng.random() < RECOUNTED:
            most = min(max(_NUMBERS), things[spot.number].count + room)
            count = int(rng.integers(2, most + 1))
            room += things[spot.number].count - count
            things[spot.number] = replace(things[spot.number], count=count)
            word = str(count) if old.isdecimal() else _NUMBERS[count][language == "zh"]
        elif spot.what == "colour" and rng.random() >= KEPT:
            pool = [word for word in _COLOURS if word not in {one.colour for one in things}]
            colour = pool[int(rng.integers(len(pool)))]
            things[spot.number], word = replace(things[spot.number], colour=colour), _COLOURS[colour][language == "zh"]
        elif spot.what in ("name", "names") and rng.random() < ESTRANGED:
            word = _stranger(language, rng, several=spot.what == "names")
            if word in prompt or word in strange.values():
                continue
            strange[spot.number] = word
        elif spot.what in ("name", "names") and rng.random() >= KEPT:
            subject = things[spot.number].subject
            group = subjects()[subject].group
            pool = [name for name, entry in subjects().items() if entry.group == group and name not in named]
            if not (pool := [name for name in pool if name not in new.values()]):
                continue
            new[subject] = pool[int(rng.integers(len(pool)))]
            words = names(new[subject], language)
            word = words[0] if rng.random() < FIRST else words[int(rng.integers(len(words)))]
            word = plural(word) if spot.what == "names" else word
        if word is not None:
            edits.append((spot.start, spot.stop, word))
    for start, stop, word in sorted(edits, reverse=True):
        before = prompt[:start]
        if language == "en" and (found := _ARTICLE.search(before)):
            fitting = article(word) + " "
            before = before[: found.start()] + (fitting.capitalize() if found[1][0].isupper() else fitting)
        prompt = before + word + prompt[stop:]
    request = replace(request, things=tuple(things), unknown=tuple(unknown)).renamed(lambda name: new.get(name, name))
    prompt, request = _moved(prompt, request, language, rng)
    return Example(prompt, without(request, strange))


def _moved(prompt: str, request: Request, language: str, rng: np.random.Generator) -> tuple[str, Request]:
    """The prompt somewhere else, if it says just once where it plays."""
    places = _PLACES[language]
    hits = [span for word in places.get(request.background, ()) for span in _hits(word, prompt, language)]
    if len({start for start, _ in hits}) != 1 or rng.random() >= MOVED:
        return prompt, request
    start, stop = max(hits, key=lambda span: span[1])
    background = [name for name in places if name != request.background][int(rng.integers(len(places) - 1))]
    words = places[background]
    word = words[int(rng.integers(len(words)))]
    word = word.capitalize() if prompt[start].isupper() else word
    return prompt[:start] + word + prompt[stop:], replace(request, background=background)


def _stranger(language: str, rng: np.random.Generator, several: bool) -> str:
    words = strangers(language, "train", tuple(subjects()))
    word = words[int(rng.integers(len(words)))]
    return plural(word) if several and language == "en" else word


def _looks_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")


def _spots(example: Example, language: str) -> list[_Spot]:
    """What of a prompt may be changed: names, colours, numbers and unknown things that stand there once."""
    prompt, request = example.prompt, example.request
    spots: list[_Spot] = []

    def add(start: int, stop: int, what: str, number: int) -> None:
        if not any(start < spot.stop and spot.start < stop for spot in spots):
            spots.append(_Spot(start, stop, what, number))

    for number, word in enumerate(request.unknown):
        if len(hits := _hits(word, prompt, language)) == 1:
            add(*hits[0], "unknown", number)
    said = [thing.subject for thing in request.things]
    for number, thing in enumerate(request.things):
        once = said.count(thing.subject) == 1 and thing.subject not in request.absent
        if once and (span := name_of(thing.subject, prompt, language)) is not None:
            start, stop, several = span
            add(start, stop, "names" if several else "name", number)
    colours = [thing.colour for thing in request.things] + [request.background]
    for number, thing in enumerate(request.things):
        if thing.colour in _COLOURS and colours.count(thing.colour) == 1:
            english, chinese = _COLOURS[thing.colour]
            form = rf"{chinese}(?=色|的)" if language == "zh" else rf"(?<![-\w]){english}(?![-\w])"
            if len(hits := [found.span() for found in re.finditer(form, prompt)]) == 1:
                add(*hits[0], "colour", number)
    for start, stop, number in _counts(example, language):
        add(start, stop, "count", number)
    return spots


def _counts(example: Example, language: str) -> Iterator[tuple[int, int, int]]:
    """The numbers in a prompt of which each is surely how many of one group there are, and of nothing else."""
    prompt, things = example.prompt, example.request.things
    found = [(hit.start(), hit.end(), _value(hit[0])) for hit in _NUMBER[language].finditer(prompt)]
    counts = Counter(thing.count for thing in things)
    if _OF_SOME.search(prompt) or Counter(value for *_, value in found) - counts:
        return
    relations = [relation for thing in things for relation in thing.relations]
    related = {other for relation in relations for other in relation.of}
    between = any(relation.word == "between" for relation in relations)
    for start, stop, value in found:
        numbers = [number for number, thing in enumerate(things) if thing.count == value]
        if len(numbers) == 1 and value in _NUMBERS and not (thing := things[numbers[0]]).arrangement:
            alone = [one.subject for one in things].count(thing.subject) == 1
            if alone and not (between and numbers[0] in related):
                yield start, stop, numbers[0]


def _value(number: str) -> int:
    """What a number says; 0 if that is none of `_NUMBERS`."""
    if number.isdecimal():
        return int(number)
    words = {word: value for value, pair in _NUMBERS.items() for word in pair} | {"二": 2}
    return words.get(number.lower(), 0)


def name_of(subject: str, prompt: str, language: str) -> tuple[int, int, bool] | None:
    """Where a prompt names a subject, and whether in the plural; None if nowhere, or more than once."""
    found: list[tuple[int, int, bool]] = []
    for form, several in _forms(subject, language):
        for start, stop in _hits(form, prompt, language):
            if not any(start < other[1] and other[0] < stop for other in found):  # of longer names, parts
                found.append((start, stop, several))
    return found[0] if len(found) == 1 else None


@cache
def _forms(subject: str, language: str) -> list[tuple[str, bool]]:
    """The names of a subject, longest first, each behind its plural; and whether it is one."""
    words = sorted(names(subject, language), key=len, reverse=True)
    forms = [(form, word) for word in words for form in ([word] if language == "zh" else [plural(word), word])]
    return [(form, form != word) for form, word in forms]


def _hits(word: str, prompt: str, language: str) -> list[tuple[int, int]]:
    return [found.span() for found in _form(word, language).finditer(prompt)]


@cache
def _form(word: str, language: str) -> re.Pattern[str]:
    pattern = re.escape(word) if language == "zh" else rf"(?<!\w){re.escape(word)}(?!\w)"
    return re.compile(pattern, re.IGNORECASE)


def mirrored(example: Example) -> Example | None:
    """A prompt with left and right exchanged, and what it means then; None where that is not sure, or the same."""
    prompt, lines = example.prompt, format_request(example.request)
    if not _SIDE.search(prompt) or _NO_SIDE.search(prompt) or lines.count("diagonal"):
        return None
    if not _SIDE.search(lines) or "%" in lines:
        return None
    # what is unknown is copied from the prompt
    return Example(_SIDE.sub(_other_side, prompt), parse_request(_SIDE.sub(_other_side, lines)))


def _other_side(found: re.Match[str]) -> str:
    word = found[0]
    other = _OTHER[word.lower()]
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


def joinable(example: Example) -> bool:
    """Whether nothing in a prompt speaks of the whole picture, so that it may be a part of a longer one."""
    request = example.request
    whole = request.empty or request.absent or any(thing.size == "full" for thing in request.things)
    return bool(request.things) and not whole and not _OF_ALL.search(example.prompt)


def joined(first: Example, second: Example, language: str, rng: np.random.Generator) -> Example | None:
    """Two prompts said in one breath, and all that they ask for; None where they would speak of each other."""
    one, two = first.request, second.request
    both = {thing.subject for thing in one.things} & {thing.subject for thing in two.things}
    many = len(one.things) + len(two.things) > MOST_THINGS or one.total + two.total > MAX_PLACEMENTS
    if both or many or (one.background and two.background) or set(one.unknown) & set(two.unknown):
        return None
    joints = _JOINTS[language]
    joint = joints[int(rng.integers(len(joints)))]
    head, tail = first.prompt.rstrip().rstrip(".。!！,，;；"), second.prompt.lstrip()
    if not joint.rstrip().endswith((".", "!", "\n")) and tail[:2] in ("A ", "An", "Th", "Tw", "Dr", "On", "In"):
        tail = tail[0].lower() + tail[1:]
    prompt = head + joint + tail
    shift = len(one.things)
    moved = tuple(
        replace(
            thing, relations=tuple(replace(r, of=tuple(number + shift for number in r.of)) for r in thing.relations)
        )
        for thing in two.things
    )
    # a word that is lower-case now is still what the request says
    if not all(word in prompt for word in (*one.unknown, *two.unknown)):
        return None
    request = replace(
        one,
        things=one.things + moved,
        background=one.background or two.background,
        unknown=one.unknown + two.unknown,
    )
    return Example(prompt, request)
