"""Measures edits: pictures of held-out prompts, of each one subject removed, replaced, moved, and one added.

    python scripts/measure_edits.py [--count 12] [--size 128] [--split validation] [--model FOLDER]

For each change: how many pictures keep every pixel outside the cells that it touches, how many show what the new plan
says and nothing else that can be found, the similarity to the true picture of the plan before and after, and the seam
ratio: at tile borders of the pictures before, and between the pixels that are drawn anew and those that stay, before
and after. Last the share of the pixels drawn anew that are wrong: more than two gray steps off those of the true
picture. Each picture is drawn from seed 0, and edited from seed 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from tiledraw.canvas.assembler import seam_ratio
from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.scenes import render
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.editing import Original, add, move, remove, replace_subject, sentence, touched_by_plan
from tiledraw.drawing.job import Job
from tiledraw.evaluation.finding import find_subjects, matches
from tiledraw.evaluation.judging import plan_detections
from tiledraw.evaluation.likelihood import held_out_scenes
from tiledraw.evaluation.similarity import similarity
from tiledraw.language.boxes import PlanError
from tiledraw.language.first_plan import LOCATIONS, Plan, location_of

COLUMNS = ("kept", "shown", "SSIM before", "after", "seams of tiles", "of the change before", "after", "wrong")


def changes_of(subjects: Sequence[str]) -> dict[str, Callable[[Plan], Plan]]:
    """Each change by name; all are of the first subject of a plan."""

    def other(plan: Plan) -> str:
        start = subjects.index(plan.placements[0].subject)
        return next(name for name in (*subjects[start:], *subjects[:start]) if name not in plan.subjects)

    def moved(plan: Plan) -> Plan:
        first = plan.placements[0]
        number = LOCATIONS.index(location_of(first.box, plan.canvas))
        return move(plan, first.subject, LOCATIONS[(number + len(LOCATIONS) // 2) % len(LOCATIONS)])

    return {
        "remove": lambda plan: remove(plan, plan.placements[0].subject),
        "replace": lambda plan: replace_subject(plan, plan.placements[0].subject, other(plan), subjects),
        "move": moved,
        "add": lambda plan: add(plan, f"a small {other(plan)}", subjects),
    }


def shows(picture: np.ndarray, plan: Plan, subjects: Sequence[str]) -> bool:
    """Whether a picture shows what a plan says, and nothing else that can be found."""
    found = find_subjects(picture, subjects)
    return matches(plan_detections(plan), found) == len(found) == len(plan.placements)


def wrong(picture: np.ndarray, truth: np.ndarray, free: np.ndarray, grays: int) -> float:
    """The share of free pixels that are more than two gray steps off."""
    return float((np.abs(picture.astype(int) - truth) > 2 * 255 / (grays - 1))[free].mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    drawer = Drawer.load(options.model)

    def drawn(jobs: list[Job]) -> list[np.ndarray]:
        return [np.asarray(picture) for picture in drawer.pictures(jobs)]

    source = held_out_scenes(drawer.loaded, options.split, letterboxed=0.0)
    size, grays = (options.size, options.size), source.config.grays
    plans = [plan for index in range(options.count) if isinstance(plan := source.prompt("layout", index)[1], Plan)]
    pictures = drawn([Job(sentence(plan), size, plan=plan) for plan in plans])
    truths = [render(plan, options.size, grays) for plan in plans]
    print(f"| change | pictures | {' | '.join(COLUMNS)} |\n| --- | --- |{' --- |' * len(COLUMNS)}")
    for name, change in changes_of(source.config.subjects).items():
        edits: list[tuple[int, Plan, Original]] = []
        for number, plan in enumerate(plans):
            try:
                new = change(plan)
            except PlanError:  # no room, or several of it
                continue
            over = Original(pictures[number], touched_by_plan(plan, new, Canvas(*size)))
            if over.free.any() and not over.free.all():  # else nothing meets what stays
                edits.append((number, new, over))
        after = drawn([Job(sentence(new), seed=1, plan=new, original=over) for _, new, over in edits])
        before, old_truths = ([many[number] for number, _, _ in edits] for many in (pictures, truths))
        new_truths = [render(new, options.size, grays) for _, new, _ in edits]
        frees = [over.free for _, _, over in edits]
        kept = [np.array_equal(one[~free], two[~free]) for one, two, free in zip(before, after, frees, strict=True)]
        shown = [shows(picture, new, source.config.subjects) for picture, (_, new, _) in zip(after, edits, strict=True)]
        figures = (
            np.mean(kept),
            np.mean(shown),
            np.mean([similarity(*pair)[0] for pair in zip(before, old_truths, strict=True)]),
            np.mean([similarity(*pair)[0] for pair in zip(after, new_truths, strict=True)]),
            seam_ratio(before, old_truths),
            seam_ratio(before, old_truths, frees),
            seam_ratio(after, new_truths, frees),
            np.mean([wrong(*each, grays) for each in zip(after, new_truths, frees, strict=True)]),
        )
        print(f"| {name} | {len(edits)} | {' | '.join(f'{figure:.3f}' for figure in figures)} |", flush=True)
