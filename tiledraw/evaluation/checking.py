"""Checking: looks for what its plan puts into a finished picture, and draws anew what is not there.

    for number, event in stream_checked(Drawer.load(), [Job("a cat at the top", seed=7)], rounds=2):
        print(number, event)

The look is that of the finder which also judges drawings (`evaluation/finding.py`, needs the `check` extra), so its
verdict on a checked picture is no longer independent. Knows plans, jobs and the finder. Knows nothing about prompts,
levels or how tiles are drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.editing import Original, touched_by_plan
from tiledraw.drawing.events import Checked, Event, ImageDone, PlanReady, Refused
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import Picture
from tiledraw.evaluation.finding import find_subjects, is_same
from tiledraw.language.first_plan import BACKGROUNDS, Placement, Plan
from tiledraw.language.subjects import subjects as all_subjects

SEEDS_APART = 2**32  # added to the seed each round: pictures of a series have seeds next to each other


def missing(picture: np.ndarray, plan: Plan, known: Collection[str] = ()) -> tuple[Placement, ...]:
    """What of a plan is not seen in its place.

    Args:
        picture: `(height, width)` uint8, of whole tiles.
        plan: What it should show.
        known: Names of other subjects that it may show instead.
    """
    drawable = all_subjects()
    wanted = [placement for placement in plan.placements if placement.subject in drawable]
    names = dict.fromkeys([*known, *(placement.subject for placement in wanted)])
    seen = find_subjects(picture, list(names), BACKGROUNDS) if wanted else []
    return tuple(placement for placement in wanted if not any(is_same(placement, one) for one in seen))


def stream_checked(drawer: Drawer, jobs: Iterable[Job], rounds: int) -> Iterator[tuple[int, Event]]:
    """Draws pictures like `Drawer.stream_all`, looks at each, and draws the cells of what is missing anew from other
    seeds, until all is there or for some rounds; a round that leaves as much missing is forgotten.

    Flat pictures, and those that are drawn over others, are not looked at. The look is told as `Checked`; the events of
    tiles that are drawn anew follow it.
    """
    going: dict[int, Job] = {}
    plans: dict[int, Plan | None] = {}
    lacking: dict[int, _Lacking] = {}

    def started() -> Iterator[Job]:
        for number, job in enumerate(jobs):
            going[number] = job
            yield job

    for number, event in drawer.stream_all(started()):
        if isinstance(event, PlanReady):
            plans[number] = event.plan
        if isinstance(event, ImageDone | Refused):
            job, plan = going.pop(number), plans.pop(number, None)
            if rounds and isinstance(event, ImageDone) and plan and not job.flat and job.original is None:
                placements = missing(np.asarray(event.image), plan, drawer.loaded.knowledge.subjects)
                yield number, Checked(placements)
                if placements:
                    lacking[number] = _Lacking(job, plan, event.image, placements)
                    continue
        yield number, event
    for turn in range(1, rounds + 1):
        yield from _again(drawer, lacking, turn)
    for number, look in lacking.items():
        yield number, ImageDone(look.picture)


@dataclass(frozen=True, eq=False)
class _Lacking:
    """A picture, how it was asked for (with its plan), and what of that is missing in it."""

    job: Job
    plan: Plan
    picture: Picture
    placements: tuple[Placement, ...]

    def again(self, turn: int) -> Job:
        """The job that draws what is missing anew."""
        others = tuple(placement for placement in self.plan.placements if placement not in self.placements)
        free = touched_by_plan(replace(self.plan, placements=others), self.plan, self.job.canvas)
        seed = (self.job.seed + turn * SEEDS_APART) % 2**64
        return replace(
            self.job, plan=self.plan, seed=seed, finished={}, original=Original(np.asarray(self.picture), free)
        )


def _again(drawer: Drawer, lacking: dict[int, _Lacking], turn: int) -> Iterator[tuple[int, Event]]:
    """One round over what is lacking; what is complete leaves it."""
    numbers, events = list(lacking), {}
    for index, event in drawer.stream_all([lacking[number].again(turn) for number in numbers]):
        number = numbers[index]
        if not isinstance(event, ImageDone):
            events.setdefault(number, []).append(event)
            continue
        drawn, before = events.pop(number), lacking[number]
        placements = missing(np.asarray(event.image), before.plan, drawer.loaded.knowledge.subjects)
        if len(placements) >= len(before.placements):
            continue
        yield from ((number, one) for one in drawn if not isinstance(one, PlanReady))
        yield number, Checked(placements)
        lacking[number] = replace(before, picture=before.picture.but(event.image), placements=placements)
        if not placements:
            yield number, ImageDone(lacking.pop(number).picture)
