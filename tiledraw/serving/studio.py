"""The studio: a drawer and what serves it, and the work that requests become.

Knows drawers, queues and histories by what they offer. Knows nothing about HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import Event, Refused
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.restacking import Layered, restack
from tiledraw.language.changes import Changes
from tiledraw.language.plan import Plan
from tiledraw.language.sentences import sentence
from tiledraw.serving.history import History
from tiledraw.serving.limits import Limits
from tiledraw.serving.queueing import DrawingQueue

ADDING = re.compile(
    r"\s*(?:(?:please|pls|now|also) )*(?:add|insert)\b|\s*(?:请|再|帮我|给我)*(?:加|添|增加)", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class Studio:
    """What requests are answered with.

    Attributes:
        drawer: Draws.
        queue: Where requests wait.
        history: What was drawn for the page.
        limits: How much a request may ask for.
        model: What the model is called.
        options: What the command line needs to draw with the same model.
    """

    drawer: Drawer
    queue: DrawingQueue
    history: History
    limits: Limits
    model: str = "painter"
    options: tuple[str, ...] = ()

    def jobs(
        self, prompt: str, plan: Plan | None, size: tuple[int, int], seed: int, count: int, **more: object
    ) -> list[Job]:
        """Several pictures of one sentence, or of a plan, with a seed each.

        Raises:
            ValueError: something out of its range.
        """
        self.limits.check(count, size)
        return self._jobs(prompt, plan, size, seed, count, **more)

    def _jobs(
        self, prompt: str, plan: Plan | None, size: tuple[int, int], seed: int, count: int, **more: object
    ) -> list[Job]:
        prompt = sentence(plan) if plan is not None and not prompt.strip() else prompt
        seeds = [(seed + number) % 2**64 if 0 <= seed < 2**64 else seed for number in range(count)]
        return [Job(prompt, size, one, plan=plan, **more) for one in seeds]  # type: ignore[arg-type]

    def jobs_over(
        self, ground: Ground, prompt: str, plan: Plan | None, seed: int, count: int, **more: object
    ) -> list[Job]:
        """Several pictures that are drawn over one. Raises as `jobs` does."""
        self.limits.check_ground(ground.size)
        self.limits.check(count, ground.size)
        return self._jobs(prompt, plan, ground.canvas_size, seed, count, over=ground, **more)

    def draw(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Draws pictures side by side: events with the number of their picture.

        Raises:
            ValueError: none of them can be drawn, or the only one.
        """
        refused = 0
        with closing(self.drawer.stream_all(jobs)) as events:  # type: ignore[type-var]  # a generator
            for number, event in events:
                if isinstance(event, Refused):
                    refused += 1
                    if refused == len(jobs):
                        raise event.error
                yield number, event

    def changed(
        self,
        layered: Layered,
        prompt: str,
        size: tuple[int, int],
        seed: int,
        without_unknown: bool = False,
        strict: bool = False,
    ) -> tuple[Plan, str]:
        """The plan of a picture that is to show what a prompt says, or that and what it has, if the prompt is to add
        something; and what is to be said of it.

        Raises:
            ValueError: no plan could be made of the prompt.
        """
        if ADDING.match(prompt):
            return Changes(add=(prompt,)).of(layered.plan, self.drawer.loaded.knowledge.subjects), ""
        ready = self.drawer.plan(
            prompt, Canvas(*size), seed=seed, without_unknown=without_unknown, strict=strict, over=layered.ground
        )
        assert isinstance(ready.plan, Plan)
        gone = [name for name in dict.fromkeys(layered.plan.subjects) if name not in ready.plan.subjects]
        told = f"gone is {', '.join(gone)}: a prompt says all that the picture shows, unless it begins with 'add'"
        return ready.plan, "; ".join(filter(None, [ready.remark, told if gone else ""]))

    def redraw(self, layered: Layered, plan: Plan, size: tuple[int, int], seed: int) -> Iterator[tuple[int, Event]]:
        """Draws what a new plan changes of a picture.

        Raises:
            ValueError: nothing changes, or it can't be drawn.
        """
        self.limits.check(1, size)
        note = {"verb": "edit"}
        with closing(restack(self.drawer, layered, plan, size, note, seed)) as events:  # type: ignore[type-var]
            for event in events:
                yield 0, event
