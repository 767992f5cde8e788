"""Natural prompts: sentences that several writers wrote as people do, each with the request that it means, and variants
of them: with other things of the same kinds, in other colours, mirrored.

Reads `natural.jsonl`. Of the split "develop" one may learn and rules may be written; "blind" is for measuring, and by
"validation" one may choose between readings.
Knows prompts, requests and names. Knows nothing about our own phrasing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.data.cases import Case, parse_cases
from tiledraw.language.nouns import names, plural
from tiledraw.language.request import Request, format_request, ordered, parse_request
from tiledraw.language.subjects import subjects

KEPT = 0.25  # share of things that stay as they were
FIRST = 0.5  # share of other things that are called by their first name
_COLOURS = {
    "red": ("red", "红"), "orange": ("orange", "橙"), "yellow": ("yellow", "黄"), "green": ("green", "绿"),
    "blue": ("blue", "蓝"), "purple": ("purple", "紫"), "pink": ("pink", "粉"), "brown": ("brown", "棕"),
    "black": ("black", "黑"), "white": ("white", "白"), "gray": ("gray", "灰"),
}  # fmt: skip
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


_Span = tuple[int, int, bool]  # characters, and whether they are a plural


@cache
def natural_prompts() -> tuple[Case, ...]:
    """All of them, in the order of the file."""
    text = resources.files("tiledraw.data").joinpath("natural.jsonl").read_text(encoding="utf-8")
    return parse_cases(text, "natural.jsonl")


@dataclass(frozen=True)
class _Spot:
    """Where a prompt names what may be changed: the characters, the number of the thing, and whether it is named in the
    plural or this is its colour."""

    start: int
    stop: int
    thing: int
    several: bool = False
    colour: bool = False


def natural_example(rng: np.random.Generator, language: str) -> tuple[str, Request]:
    """One of the prompts to learn from, or its mirror image, with other things in it where their names can be told
    apart, and in other colours."""
    cases = _learned(language)
    prompt, request, spots = cases[int(rng.integers(len(cases)))]
    things, new = list(request.things), {}
    named = {thing.subject for thing in things} | set(request.absent)
    edits = []
    for spot in spots:
        if rng.random() < KEPT:
            continue
        thing = things[spot.thing]
        if spot.colour:
            pool = [word for word in _COLOURS if word not in {one.colour for one in things}]
            colour = pool[int(rng.integers(len(pool)))]
            things[spot.thing], word = replace(thing, colour=colour), _COLOURS[colour][language == "zh"]
        else:
            group = subjects()[thing.subject].group
            pool = [name for name, entry in subjects().items() if entry.group == group]
            pool = [name for name in pool if name not in new.values() and name not in named]
            if not pool:
                continue
            subject = pool[int(rng.integers(len(pool)))]
            new[thing.subject], words = subject, names(subject, language)
            word = words[0] if rng.random() < FIRST else words[int(rng.integers(len(words)))]
        edits.append((spot.start, spot.stop, plural(word) if spot.several else word))
    for start, stop, word in sorted(edits, reverse=True):
        before = prompt[:start]
        if language == "en" and (article := _ARTICLE.search(before)):
            fitting = "an " if word[0] in "aeiou" else "a "
            before = before[: article.start()] + (fitting.capitalize() if article[1][0].isupper() else fitting)
        prompt = before + word + prompt[stop:]
    return prompt, replace(request, things=tuple(things)).renamed(lambda name: new.get(name, name))


@cache
def _learned(language: str) -> list[tuple[str, Request, list[_Spot]]]:
    """Prompts to learn from and their mirror images; their requests with things in the order of the prompt; and what
    may be changed."""
    found = []
    for case in natural_prompts():
        if case.split != "develop" or case.language != language or len(case.prompt) > MAX_PROMPT:
            continue
        for prompt, request in filter(None, [(case.prompt, case.request), mirrored(case.prompt, case.request)]):
            spans = [_span(prompt, thing.subject, language) for thing in request.things]
            places = [len(prompt) + number if span is None else span[0] for number, span in enumerate(spans)]
            order = sorted(range(len(places)), key=places.__getitem__)
            request = ordered(request, order)
            found.append((prompt, request, _spots(prompt, request, [spans[number] for number in order], language)))
    return found


def mirrored(prompt: str, request: Request) -> tuple[str, Request] | None:
    """A prompt with left and right exchanged, and what it means then; None where that is not sure, or the same."""
    if not _SIDE.search(prompt) or _NO_SIDE.search(prompt) or (lines := format_request(request)).count("diagonal"):
        return None
    if not _SIDE.search(lines) or "%" in lines:
        return None
    # what is unknown is copied from the prompt
    return _SIDE.sub(_other_side, prompt), parse_request(_SIDE.sub(_other_side, lines))


def _other_side(found: re.Match[str]) -> str:
    word = found[0]
    other = _OTHER[word.lower()]
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


def _spots(prompt: str, request: Request, spans: Sequence[_Span | None], language: str) -> list[_Spot]:
    """What of a prompt may be changed: names of things that stand there once, at `spans`, and basic colours that do."""
    said, spots = [thing.subject for thing in request.things], []
    colours = [thing.colour for thing in request.things] + [request.background]
    for number, (thing, span) in enumerate(zip(request.things, spans, strict=True)):
        if span is not None and said.count(thing.subject) == 1 and thing.subject not in request.absent:
            spots.append(_Spot(span[0], span[1], number, several=span[2]))
        if thing.colour in _COLOURS and colours.count(thing.colour) == 1:
            english, chinese = _COLOURS[thing.colour]
            form = rf"{chinese}(?=色|的)" if language == "zh" else rf"(?<![-\w]){english}(?![-\w])"
            hits = list(re.finditer(form, prompt))
            if len(hits) == 1 and not any(hits[0].start() < spot.stop and spot.start < hits[0].end() for spot in spots):
                spots.append(_Spot(*hits[0].span(), number, colour=True))
    return spots


def _span(prompt: str, subject: str, language: str) -> _Span | None:
    """Where a subject is named, and whether in the plural; None if nowhere, or more than once."""
    for word in sorted(names(subject, language), key=len, reverse=True):
        for form in [word] if language == "zh" else [plural(word), word]:
            pattern = re.escape(form) if language == "zh" else rf"\b{re.escape(form)}\b"
            hits = list(re.finditer(pattern, prompt, re.IGNORECASE))
            if len(hits) == 1:
                return *hits[0].span(), form != word
    return None
