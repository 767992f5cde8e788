"""Writes the placement suite: prompts that training never shows, with what a picture of each must show.

    python scripts/build_suite.py [--config configs/bundled.yaml] [--output tiledraw/evaluation/placement.jsonl]

It asks for what the scenes of a configuration show. Each language has prompts of its own, in the phrasings of the test
split; subjects that share a prompt hold a pairing that training never shows. Run again after a change to subjects,
phrases or layout; the same code writes the same file.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml

from tiledraw.common.files import atomic_write
from tiledraw.data.documents import SceneConfig
from tiledraw.evaluation.judging import judge, plan_detections
from tiledraw.evaluation.suite import Case, format_case
from tiledraw.language.boxes import PlanError
from tiledraw.language.first.layout import RELATIONS, Item, Request, arrange, fits
from tiledraw.language.first.phrases import LANGUAGES, phrase, split_of
from tiledraw.language.first.plan import LOCATIONS, SIZES
from tiledraw.language.first.requests import held_out
from tiledraw.language.first.rules import plan_by_rules

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "tiledraw" / "evaluation" / "placement.jsonl"
CONFIG = ROOT / "configs" / "bundled.yaml"
SEED = 0
TRIES = 100  # for a case; a few suffice


@dataclass(frozen=True)
class Wish:
    """What a case is to ask for. Its subjects are drawn, and so is where they go, if they are `placed`."""

    subjects: int = 1
    placed: bool = True
    location: str | None = None  # of the only subject, rather than one that is drawn
    count: int = 1
    sizes: tuple[str, ...] = ()
    relation: str | None = None
    background: str | None = None


def read_scenes(path: Path) -> SceneConfig:
    """What the scenes of a configuration show."""
    scenes = yaml.safe_load(path.read_text(encoding="utf-8"))["scenes"]
    return SceneConfig(tuple(scenes["subjects"]), tuple(scenes["sizes"]), tuple(scenes["backgrounds"]))


def wishes_for(scenes: SceneConfig) -> dict[str, list[Wish]]:
    """What is asked for in one language, by category."""
    return {
        "single": [Wish(location=location) for location in LOCATIONS] * 3,
        "several": [Wish(2)] * 10 + [Wish(3)] * 5,
        "relation": [Wish(2, placed=False, relation=relation) for relation in RELATIONS] * 5,
        "count": [Wish(count=count, placed=placed) for count in (2, 3, 4) for placed in (True, False)] * 2
        + [Wish(placed=False)] * 2,
        "size": [Wish(sizes=(size,)) for size in scenes.sizes] * 3
        + [Wish(2, sizes=pair) for pair in combinations(scenes.sizes, 2)],
        "background": [Wish(number, background=word) for word in scenes.backgrounds for number in (1, 2)] * 2,
    }


def cases(scenes: SceneConfig) -> list[Case]:
    """The suite."""
    rng = np.random.default_rng(SEED)
    chosen: dict[tuple[str, int], Iterator[tuple[str, ...]]] = {}
    for language in LANGUAGES:
        asked: Counter[str] = Counter()
        chosen |= {(language, number): company(number, scenes, rng, asked) for number in (1, 2, 3)}
    written: list[Case] = []
    for category, wishes in wishes_for(scenes).items():
        for language in LANGUAGES:
            for number, wish in enumerate(wishes, 1):
                taken = {case.prompt.casefold() for case in written}
                request, prompt = ask(wish, next(chosen[language, wish.subjects]), language, scenes, taken, rng)
                written.append(Case(f"{category}-{language}-{number:02}", category, language, prompt, request))
    return written


def company(
    number: int, scenes: SceneConfig, rng: np.random.Generator, asked: Counter[str]
) -> Iterator[tuple[str, ...]]:
    """Subjects that share a prompt, `number` of them, without end: those that have been `asked` for least, by lot."""
    groups = [group for group in combinations(scenes.subjects, number) if number == 1 or held_out(group)]
    groups = [groups[index] for index in rng.permutation(len(groups))]
    while True:
        group = min(groups, key=lambda group: sum(asked[subject] for subject in group))
        asked.update(group)
        yield group


def ask(
    wish: Wish,
    subjects: Sequence[str],
    language: str,
    scenes: SceneConfig,
    taken: set[str],
    rng: np.random.Generator,
) -> tuple[Request, str]:
    """A request as wished, and a prompt for it that is not `taken`; other words and places until all is well."""
    for _ in range(TRIES):
        request = request_for(wish, [subjects[index] for index in rng.permutation(len(subjects))], rng)
        prompt = phrase(request, language, "test", rng, scenes.subjects)
        fresh = prompt.casefold() not in taken and split_of(prompt, language) == "test"
        if fresh and can_be_drawn(request, scenes) and is_clear(prompt, request, scenes):
            return request, prompt
    raise RuntimeError(f"no prompt was found for {wish} and {', '.join(subjects)}")


def request_for(wish: Wish, subjects: Sequence[str], rng: np.random.Generator) -> Request:
    """A request as wished, with sizes, places and the order of mention drawn."""
    places = [wish.location] if wish.location else rng.permutation(LOCATIONS).tolist()
    sizes = [wish.sizes[index] for index in rng.permutation(len(wish.sizes))] or [None] * len(subjects)
    items = [
        Item(subject, wish.count, size, place if wish.placed else None)
        for subject, size, place in zip(subjects, sizes, places, strict=False)  # some places stay free
    ]
    if wish.relation:
        one = int(rng.integers(2))  # the prompt may name either first
        items[one] = replace(items[one], relation=wish.relation, anchor=1 - one)
    return Request(tuple(items), wish.background)


def can_be_drawn(request: Request, scenes: SceneConfig) -> bool:
    """Whether everything has room where the words put it, at a size of the scenes."""
    sides = {SIZES[size] for size in scenes.sizes}
    return fits(request) and all(placement.box.width in sides for placement in arrange(request).placements)


def is_clear(prompt: str, request: Request, scenes: SceneConfig) -> bool:
    """Whether the prompt, read by rules, says what the request asks for."""
    try:
        plan = plan_by_rules(prompt, scenes.subjects)
    except PlanError:
        return False
    return judge(request, plan_detections(plan), plan.background).right


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--output", type=Path, default=SUITE)
    options = parser.parse_args()
    suite = cases(read_scenes(options.config))
    atomic_write(options.output, "".join(format_case(case) + "\n" for case in suite).encode())
    print(f"{len(suite)} cases in {options.output.name}")
