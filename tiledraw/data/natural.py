"""Natural prompts: sentences that several writers wrote as people do, each with the request that it means.

Reads `natural.jsonl`. Of the split "develop" one may learn and rules may be written; "blind" and "hard" (several
things, clauses, scenes, long talk) are for measuring, and by "validation" one may choose between readings.
Knows prompts, requests and how they are varied. Knows nothing about our own phrasing.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.data.cases import Case, parse_cases
from tiledraw.data.variants import Example, joinable, joined, mirrored, name_of, variant
from tiledraw.language.request import Request, ordered

JOINED = 0.25  # share of examples that go on with another one
TRIES = 5  # to find one that fits


@cache
def natural_prompts() -> tuple[Case, ...]:
    """All of them, in the order of the file."""
    text = resources.files("tiledraw.data").joinpath("natural.jsonl").read_text(encoding="utf-8")
    return parse_cases(text, "natural.jsonl")


def natural_example(rng: np.random.Generator, language: str) -> tuple[str, Request]:
    """A variant of one of the prompts to learn from, or of two of them in one breath."""
    first = variant(_any(_learned(language)[0], rng), language, rng)
    if rng.random() < JOINED and joinable(first):
        for _ in range(TRIES):
            second = variant(_any(_learned(language)[1], rng), language, rng)
            both = joined(first, second, language, rng)
            if both is not None and len(both.prompt) <= MAX_PROMPT:
                return both.prompt, both.request
    return first.prompt, first.request


def _any(examples: list[Example], rng: np.random.Generator) -> Example:
    return examples[int(rng.integers(len(examples)))]


@cache
def _learned(language: str) -> tuple[list[Example], list[Example]]:
    """Prompts to learn from and their mirror images, with things in the order of the prompt; and such of them as may
    go on behind another one."""
    found = []
    for case in natural_prompts():
        if case.split != "develop" or case.language != language or len(case.prompt) > MAX_PROMPT:
            continue
        example = Example(case.prompt, case.request)
        for one in filter(None, [example, mirrored(example)]):
            spans = [name_of(thing.subject, one.prompt, language) for thing in one.request.things]
            places = [len(one.prompt) + number if span is None else span[0] for number, span in enumerate(spans)]
            order = sorted(range(len(places)), key=places.__getitem__)
            found.append(Example(one.prompt, ordered(one.request, order)))
    return found, [example for example in found if joinable(example)]
