"""Writes a suite: prompts with what each asks for, in patterns of the test split, which no thinker has learned from.

    python scripts/build_suite.py [--config configs/painter.yaml] [--output tiledraw/evaluation/suite.jsonl]

It asks for what the layers of a configuration show. The same code writes the same file.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import yaml

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.common.files import atomic_write
from tiledraw.data.cases import Case, format_case
from tiledraw.data.requests import PHRASINGS, RequestConfig, RequestSource
from tiledraw.language.attributes import SCENERY
from tiledraw.language.boxes import PlanError
from tiledraw.language.laying.judging import unmet
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.phrasing.asking import partners
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import ACTIONS, Request, parse_request

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "tiledraw" / "evaluation" / "suite.jsonl"
CONFIG = ROOT / "configs" / "painter.yaml"
EACH = 20  # cases of a category in a language
SEED = 0
TRIES = 500  # for a case; a few suffice
TRAINED = 2000  # prompts of the training source that are left out: any split may say "a cat"

# What is asked for, by category; capitals stand for subjects that are drawn. Each line is taken in turn.
_OPPOSITE = dict(zip(LOCATIONS, (*LOCATIONS[4:], *LOCATIONS[:4]), strict=True))
_COUNTS = ((1, 2), (2, 2), (3, 1), (2, 3), (5, 1), (4, 3), (2, 6), (8, 2), (7, 3))
_PAIRS = (("red", "blue"), ("black", "orange"), ("green", "pink"), ("yellow", "purple"), ("brown", "white"))
_LINES = (("row", 3), ("column", 3), ("grid", 4), ("circle", 5), ("diagonal", 3), ("2x3 grid", 6), ("corners", 4),
          ("rising diagonal", 4), ("top edge", 3), ("bottom edge", 4), ("left edge", 3), ("right edge", 3), ("row", 5),
          ("column", 4), ("circle", 8), ("3x3 grid", 9), ("diagonal", 5), ("corners", 2), ("2x2 grid", 4),
          ("row", 2))  # fmt: skip
WISHES: dict[str, Sequence[str]] = {
    "single": ("- 1 A",),
    "place": (
        *(f"- 1 A, {place}" for place in LOCATIONS),
        *(f"- 1 A, {place}\n- 1 B, {other}" for place, other in _OPPOSITE.items()),
        "- 1 A, 25% across, 70% down",
        "- 1 A, 80% across",
    ),
    "relation": (
        *(f"- 1 A, {word} B\n- 1 B" for word in ("left of", "right of", "above", "below", "next to", "near")),
        "- 1 A, between B and C\n- 1 B\n- 1 C",
        "- 4 A, around B\n- 1 B",
        "- 2 A, on either side of B\n- 1 B",
        "- 1 A, chasing B\n- 1 B",
    ),
    "overlap": tuple(f"- 1 A, {word} B\n- 1 B" for word in ("on", "in", "behind", "in front of", "riding")),
    "count": (*(f"- {n} A" for n in range(2, 13)), *(f"- {one} A\n- {other} B" for one, other in _COUNTS)),
    "colour": (
        *(f"- 1 A, {one}" for pair in _PAIRS for one in pair),
        *(f"- 1 A, {one}\n- 1 A, {other}" for one, other in _PAIRS),
        *(f"- 1 A, {one}\n- 1 B, {other}" for one, other in _PAIRS[:3]),
        "- 2 A, green\n- 1 A, red",
        "- 3 A, blue",
    ),
    "size": (
        *(f"- 1 A, {size}" for size in ("small", "medium", "large", "huge")),
        *(f"- 1 A, {one}\n- 1 B, {other}" for one, other in (("small", "large"), ("medium", "small"))),
        "- 1 A, larger than B\n- 1 B",
        "- 1 A, smaller than B\n- 1 B",
        "- 1 A, 2 times larger than B\n- 1 B",
        "- 1 A, same size as B\n- 1 B",
    ),
    "arrangement": tuple(f"- {count} A, {word}" for word, count in _LINES),
    "background": (
        *(f"- 1 A\nbackground: {word}" for word in (*SCENERY, "white", "light gray", "gray", "pink")),
        *(f"- 1 A\n- 1 B\nbackground: {word}" for word in (*SCENERY[:5], "white", "light gray", "gray")),
    ),
    "negation": (
        "- 1 A\nabsent: C",
        "- 2 A\nabsent: C",
        "- 1 A\n- 1 B\nabsent: C",
        "- 1 A\n- 1 B\nabsent: C, D",
        *(f"- 1 A\nempty: {part}" for part in ("left", "right", "top", "bottom", "center", "bottom-right")),
    ),
    "several": (
        "- 1 A\n- 1 B\n- 1 C",
        "- 1 A, left\n- 1 B, top-right\n- 1 C, bottom-right",
        "- 2 A\n- 1 B\n- 3 C",
        "- 1 A, red\n- 1 B\n- 2 C, blue\nbackground: grass",
        "- 1 A, left of B\n- 1 B\n- 1 C, on B",
        "- 1 A\n- 2 B, small\n- 1 C\n- 1 D",
        "- 3 A, row\n- 1 B, large\n- 1 C, yellow\n- 1 D",
        "- 1 A, behind B\n- 1 B\n- 2 C\n- 1 D, top-right",
        "- 1 A\n- 1 B\n- 1 C\n- 1 D\n- 1 E\nbackground: beach",
        "- 1 A, black\n- 2 B\n- 1 C, next to A\n- 1 D, top\n- 3 E, green",
    ),
}


def draws(request: Request) -> bool:
    """Whether a plan shows all of a request."""
    try:
        return not unmet(request, lay_out(request))
    except PlanError:
        return False


def read_subjects(path: Path) -> tuple[str, ...]:
    """What the layers of a configuration show."""
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8"))["layers"]["subjects"])


def cases(painted: Sequence[str]) -> Iterator[Case]:
    """The suite, of some subjects; what no plan shows is left out."""
    rng, trained = np.random.default_rng(SEED), RequestSource(RequestConfig(unknown=0.0, noise=0.0))
    taken = {trained.example(number)[0].casefold() for number in range(TRAINED)}
    asked = {language: Counter[str]() for language in PHRASINGS}
    letters = dict(zip("ABCDE", painted, strict=False))
    for category, texts in WISHES.items():
        wishes = [wish for wish in map(parse_request, texts) if draws(wish.renamed(letters.__getitem__))]
        for language in PHRASINGS:
            for number, wish in enumerate(islice(cycle(wishes), EACH), 1):
                prompt, request = ask(wish, painted, language, taken, asked[language], rng)
                taken.add(prompt.casefold())
                asked[language].update(thing.subject for thing in request.things)
                yield Case(f"{category}-{language}-{number:02}", category, language, prompt, request)


def ask(
    wish: Request, painted: Sequence[str], language: str, taken: set[str], asked: Counter[str], rng: np.random.Generator
) -> tuple[str, Request]:
    """A prompt that is not `taken`, and its request: a wish for subjects that were asked for least, by lot."""
    for tries in range(TRIES):
        request = wish.renamed(chosen(wish, painted, asked, 1 + tries // 20, rng).__getitem__)
        prompt = PHRASINGS[language].phrase(request, rng, "test", {}).prompt
        if prompt.casefold() not in taken and len(prompt) <= MAX_PROMPT and draws(request):
            return prompt, request
    raise RuntimeError(f"no prompt was found for {wish}")


def chosen(
    wish: Request, painted: Sequence[str], asked: Counter[str], more: int, rng: np.random.Generator
) -> dict[str, str]:
    """A subject for each capital of a wish, asked for at most so many times `more` than others: what rides can ride,
    and what something is in can hold it."""
    groups, pools = partners(painted), dict[str, Sequence[str]]()
    for thing in wish.things:
        for relation in thing.relations:
            if relation.word in ACTIONS:
                pools[thing.subject] = groups["actors"]
            pools |= {wish.things[other].subject: groups.get(relation.word, painted) for other in relation.of}
    subjects: dict[str, str] = {}
    for letter in dict.fromkeys((*(thing.subject for thing in wish.things), *wish.absent)):
        pool = [name for name in pools.get(letter, painted) if name not in subjects.values()]
        least = min(asked[name] for name in pool)
        pool = [name for name in pool if asked[name] <= least + more]
        subjects[letter] = pool[int(rng.integers(len(pool)))]
    return subjects


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--output", type=Path, default=SUITE)
    options = parser.parse_args()
    suite = list(cases(read_subjects(options.config)))
    atomic_write(options.output, "".join(format_case(case) + "\n" for case in suite).encode())
    print(f"{len(suite)} cases in {options.output.name}")
