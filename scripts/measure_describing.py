"""Prints how well a model describes true gray pictures of held-out plans.

    python scripts/measure_describing.py [--count 100] [--size 128] [--split validation] [--model FOLDER]

A sentence is right if rules read the described plan out of it. Pictures that the model refuses to describe count as
wrong in every column.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

import numpy as np

from tiledraw.data.documents import SceneSource, split_of_plan
from tiledraw.data.scenes import render
from tiledraw.drawing.describing import DescriptionError, read
from tiledraw.drawing.drawer import Drawer
from tiledraw.evaluation.likelihood import held_out_scenes
from tiledraw.evaluation.planning import check_plan
from tiledraw.format.reading import in_reading_order
from tiledraw.language.first.phrases import LANGUAGES
from tiledraw.language.first.plan import Plan
from tiledraw.language.first.rules import plan_by_rules

COLUMNS = ("subjects", "counts", "locations", "boxes", "background", "sentence")


def plans(source: SceneSource, count: int) -> Iterator[Plan]:
    """Plans that no reading in training is of."""
    index = 0
    while count:
        _, plan = source.prompt("layout", index)
        index += 1
        if split_of_plan(plan) == source.split:
            count -= 1
            yield plan


def judge(drawer: Drawer, plan: Plan, pixels: np.ndarray, language: str) -> list[bool]:
    """Which of the columns are right of one picture."""
    found, sentence = None, False
    try:
        ready, said = read(drawer, pixels, language)
        found = ready.plan
        known = drawer.loaded.knowledge.subjects or None
        sentence = in_reading_order(plan_by_rules(said.text, known, found.canvas)) == found
    except DescriptionError as error:
        print(f"refused: {error}", file=sys.stderr)
    except ValueError as error:  # rules can't read the sentence
        print(f"{said.text!r}: {error}", file=sys.stderr)
    verdict = check_plan(found, plan)
    names = found is not None and set(found.subjects) == set(plan.subjects)
    return [names, verdict.subjects, verdict.locations, verdict.boxes, verdict.background, sentence]


def row(drawer: Drawer, name: str, pictures: Iterable[tuple[Plan, np.ndarray]]) -> str:
    """A line of the table: the share that is right in each column."""
    seen = [judge(drawer, *picture, LANGUAGES[n % len(LANGUAGES)]) for n, picture in enumerate(pictures)]
    shares = " | ".join(f"{share:.2f}" for share in np.mean(seen, axis=0)) if seen else " | ".join("-" * len(COLUMNS))
    return f"| {name} | {len(seen)} | {shares} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--model", default="bundled")
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    source = held_out_scenes(drawer.loaded, options.split, letterboxed=0.0)
    print(f"| pictures | number | {' | '.join(COLUMNS)} |\n| --- | --- |{' --- |' * len(COLUMNS)}")
    true = ((plan, render(plan, options.size, source.config.grays)) for plan in plans(source, options.count))
    print(row(drawer, "true", true), flush=True)
