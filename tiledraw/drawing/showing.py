"""Showing: what is drawn, as it goes on, in the cell of a notebook that draws it.

Knows events, previews and IPython. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tiledraw.common.extras import needs
from tiledraw.drawing.events import Event, ImageDone, PlanReady
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import html_of
from tiledraw.drawing.previews import Preview

PAUSE = 0.25  # seconds between two looks at what is drawn


class Unfinished:
    """A picture as far as it has come, as a notebook shows it."""

    def __init__(self, job: Job) -> None:
        self.preview, self.prompt, self.thought = Preview(job.size, job.over), job.prompt, ""

    def _repr_html_(self) -> str:
        return html_of(self.preview.image(), self.prompt, self.thought)


def notebook_handle() -> Any:
    """What shows in the cell that runs, and can be changed there.

    Raises:
        MissingExtraError: IPython is not installed.
        ValueError: this is no notebook.
    """
    with needs("notebook"):
        from IPython import get_ipython  # type: ignore[attr-defined, unused-ignore]
        from IPython.display import DisplayHandle

    if get_ipython() is None:
        raise ValueError("show is for notebooks, and this is none; leave it out, and look at a picture by its show()")
    return DisplayHandle()  # type: ignore[no-untyped-call, unused-ignore]


def shown(events: Iterator[Event], job: Job) -> Iterator[Event]:
    """The same events, and a notebook shows what they tell. Raises as `notebook_handle` does, when it is called."""
    return _shown(events, Unfinished(job), notebook_handle())


def _shown(events: Iterator[Event], unfinished: Unfinished, handle: Any) -> Iterator[Event]:
    handle.display(unfinished)
    next_look = 0.0
    for event in events:
        unfinished.preview.add(event)
        if isinstance(event, PlanReady):
            unfinished.thought = event.whole_thought
        if isinstance(event, ImageDone):
            handle.update(event.image)
        elif isinstance(event, PlanReady) or time.monotonic() > next_look:
            handle.update(unfinished)
            next_look = time.monotonic() + PAUSE
        yield event
