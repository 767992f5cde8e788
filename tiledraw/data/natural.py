"""Natural prompts: sentences that several writers wrote as people do, each with the request that it means, and variants
of them in which other things of the same kinds stand.

Reads `natural.jsonl`. Of the split "develop" one may learn and rules may be written; the split "blind" is for
measuring.
Knows prompts, requests and names. Knows nothing about our own phrasing.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import numpy as np

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.data.cases import Case, parse_cases
from tiledraw.language.nouns import names, plural
from tiledraw.language.request import Request, ordered
from tiledraw.language.subjects import subjects

KEPT = 0.25  # share of things that stay as they were
FIRST = 0.5  # share of other things that are called by their first name
_ARTICLE = re.compile(r"\b(an?) $", re.IGNORECASE)


@cache
def natural_prompts() -> tuple[Case, ...]:
    """All of them, in the order of the file."""
    text = resources.files("tiledraw.data").joinpath("natural.jsonl").read_text(encoding="utf-8")
    return parse_cases(text, "natural.jsonl")


def natural_example(rng: np.random.Generator, language: str) -> tuple[str, Request]:
    """One of the prompts to learn from, with other things in it where their names can be told apart."""
    cases = _learned(language)
    prompt, request, spans = cases[int(rng.integers(len(cases)))]
    entries, said = subjects(), [thing.subject for thing in request.things]
    new: dict[str, str] = {}
    edits = []
    for subject, span in zip(said, spans, strict=True):
        if span is None or said.count(subject) > 1 or subject in request.absent or rng.random() < KEPT:
            continue
        pool = [name for name, entry in entries.items() if entry.group == entries[subject].group]
        pool = [name for name in pool if name not in said and name not in new.values()]
        if not pool:
            continue
        new[subject] = pool[int(rng.integers(len(pool)))]
        words = names(new[subject], language)
        word = words[0] if rng.random() < FIRST else words[int(rng.integers(len(words)))]
        start, stop, several = span
        edits.append((start, stop, plural(word) if several else word))
    for start, stop, word in sorted(edits, reverse=True):
        before = prompt[:start]
        if language == "en" and (article := _ARTICLE.search(before)):
            fitting = "an " if word[0] in "aeiou" else "a "
            before = before[: article.start()] + (fitting.capitalize() if article[1][0].isupper() else fitting)
        prompt = before + word + prompt[stop:]
    return prompt, request.renamed(lambda name: new.get(name, name))


@cache
def _learned(language: str) -> list[tuple[str, Request, list[tuple[int, int, bool] | None]]]:
    """Prompts to learn from; their requests with things in the order of the prompt, and where each is named."""
    found = []
    for case in natural_prompts():
        if case.split != "develop" or case.language != language or len(case.prompt) > MAX_PROMPT:
            continue
        spans = [_span(case.prompt, thing.subject, language) for thing in case.request.things]
        places = [len(case.prompt) + number if span is None else span[0] for number, span in enumerate(spans)]
        order = sorted(range(len(places)), key=places.__getitem__)
        found.append((case.prompt, ordered(case.request, order), [spans[number] for number in order]))
    return found


def _span(prompt: str, subject: str, language: str) -> tuple[int, int, bool] | None:
    """Where a subject is named, and whether in the plural; None if nowhere, or more than once."""
    for word in sorted(names(subject, language), key=len, reverse=True):
        for form in [word] if language == "zh" else [plural(word), word]:
            pattern = re.escape(form) if language == "zh" else rf"\b{re.escape(form)}\b"
            hits = list(re.finditer(pattern, prompt, re.IGNORECASE))
            if len(hits) == 1:
                return *hits[0].span(), form != word
    return None
