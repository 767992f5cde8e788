"""Changing: a finished gray picture and what is to change become free pixels, what is then to be seen, and the changed
picture.

    finished = open_finished("seven.png")
    for event in stream_change(drawer, finished, edited(finished, mask="mask.png")):
        print(event)

Knows finished pictures and changes of plans. Knows nothing about options, files or how tiles are drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.canvas.pyramid import TILE, Canvas
from tiledraw.common.checks import DEFAULT_TEMPERATURE
from tiledraw.common.version import VERSION
from tiledraw.drawing.editing import Original, extend, kept_cells, touched_by_plan, touched_by_region
from tiledraw.drawing.enlarging import Enlarger
from tiledraw.drawing.events import Event, ImageDone, TileDone
from tiledraw.drawing.job import Job
from tiledraw.drawing.metadata import MetadataError, read_metadata
from tiledraw.drawing.opening import ADVICE, Finished, Source, on_usual_grid, read_mask
from tiledraw.drawing.picture import Picture
from tiledraw.drawing.pipeline import Pipeline
from tiledraw.language.boxes import PlanError
from tiledraw.language.changes import Changes, added
from tiledraw.language.plan import Plan, plan_from_yaml
from tiledraw.language.sentences import sentence

NO_PLAN = f"the picture has no plan to change; --mask or --region says where it is drawn anew, {ADVICE}"


@dataclass(frozen=True, eq=False)
class Change:
    """What is drawn anew of a picture.

    Attributes:
        original: The picture, and its free pixels.
        plan: What it then shows where; None: its prompt says what it shows.
        note: What its history keeps of the change.
        is_level: Whether nothing changes but the number of levels, so that the seed stays.
    """

    original: Original
    plan: Plan | None
    note: Mapping[str, Any] = field(default_factory=dict)
    is_level: bool = False


def edited(
    finished: Finished,
    changes: Changes = Changes(),  # noqa: B008  # it is frozen
    *,
    plan: Plan | None = None,
    region: str | None = None,
    mask: Source | None = None,
    note: Mapping[str, Any] | None = None,
) -> Change:
    """A changed plan, and the pixels that it touches; with a mask exactly the pixels that are white in it.

    Args:
        changes: Of the plan.
        plan: A whole new plan in place of all these.
        region: `x0,y0,x1,y1` in pixels: all tiles that it touches are drawn anew, too.
        mask: A picture of the same size.
        note: What the history keeps of the change.

    Raises:
        ValueError: the plan can't be changed so, or nothing changes.
    """
    canvas, free, old = finished.canvas, None, finished.plan
    if mask is not None:
        free = read_mask(mask, (canvas.width, canvas.height))
    elif region is not None:
        free = touched_by_region(region, canvas)
    changes_plan = plan is not None or bool(changes.given)
    if old is None:
        if changes_plan:
            raise PlanError(NO_PLAN)
        assert free is not None, "something changes"
        return Change(Original(finished.pixels, free), None, note or {"verb": "edit"})
    new = changes.of(old) if plan is None else on_usual_grid(plan)
    touched = touched_by_plan(old, new, canvas)
    if not touched.any() and changes_plan:
        raise ValueError("the plan stays as it is, so nothing is drawn anew, and nothing is written")
    if free is None:
        free = touched
    elif mask is None:
        free = touched | free
    elif touched.any() and not (touched & free).any():
        raise ValueError("the mask leaves nothing to draw of what changes, so nothing is written")
    return Change(Original(finished.pixels, free), new, note or {"verb": "edit"})


def extended(
    finished: Finished, *, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0, add: Sequence[str] = ()
) -> Change:
    """More room at the sides of a picture, in pixels, with what is added there in words; every old pixel stays.

    Raises:
        ValueError: a side that is no multiple of 32, too large a picture, or something is added and there is no plan.
    """
    room = {"left": left, "top": top, "right": right, "bottom": bottom}
    original, plan = extend(finished.pixels, finished.plan, **room)
    for text in add:
        if plan is None:
            raise PlanError(NO_PLAN)
        plan = added(plan, text, room=[kept_cells(original, Canvas(*original.size))])
    given = {name: value for name, value in {**room, "add": list(add)}.items() if value}
    return Change(original, plan, {"verb": "extend", **given})


def enlarged(finished: Finished, factor: int) -> Change:
    """The levels that follow: the picture that would have been drawn `factor` times as large from the start.

    Raises:
        ValueError: the picture is no level of the larger one.
    """
    original = Original(finished.pixels, np.zeros(finished.pixels.shape, dtype=bool), factor)
    note = {"verb": "enlarge", "to": factor * max(finished.pixels.shape), "enlarger": "levels"}
    return Change(original, finished.plan, note, is_level=True)


def stream_change(
    pipeline: Pipeline,
    finished: Finished,
    change: Change,
    *,
    seed: int | None = None,
    temperature: float | None = None,
) -> Iterator[Event]:
    """Draws what is free of a picture; the last event holds the whole, which knows all that it was before.

    Args:
        seed: One more than the picture's own if not given, so that what is drawn anew is new; its own for levels.
        temperature: As the picture was drawn, if not given.
    """
    record = finished.record
    if seed is None:
        seed = (record.seed + (not change.is_level)) % 2**64 if record else 0
    if temperature is None:
        temperature = record.temperature if record else DEFAULT_TEMPERATURE
    says = finished.prompt if change.plan is None or change.plan == finished.plan else ""
    job = Job(
        says or sentence(change.plan or Plan()),
        change.original.size,
        seed=seed,
        temperature=temperature,
        plan=change.plan,
        original=change.original,
    )
    steps = 0
    for event in pipeline.stream_job(job):
        steps += isinstance(event, TileDone)
        if isinstance(event, ImageDone):
            history = record.states if record else ()
            event = ImageDone(event.image.but(steps=steps, change=change.note, history=history))
        yield event


def enlarged_picture(
    pixels: np.ndarray, chunks: Mapping[str, str], factor: int, enlarger: Enlarger, name: str
) -> Picture:
    """A picture `(height, width)` uint8 made larger by an enlarger of that name. It knows all that its text chunks said
    before, and nothing if they said nothing.

    Raises:
        MetadataError: the chunks are damaged, or tell of a picture of another size.
        ValueError: the factor does not fit.
    """
    height, width = pixels.shape
    record, settings, plan = read_metadata(chunks), dict[str, Any](), None
    if record is not None:
        if record.size != (width, height):
            drawn, is_now = "x".join(map(str, record.size)), f"{width}x{height}"
            raise MetadataError(f"the picture was drawn with {drawn} pixels, now it has {is_now}")
        same_grid = (width - height) % (2 * TILE) == 0  # else the plan's cells lie elsewhere on the larger canvas
        text = record.plan if same_grid else None
        with contextlib.suppress(PlanError):  # what is damaged stays as it is written
            plan = plan_from_yaml(text) if text else None
        last = record.states[-1]
        settings = {
            "prompt": record.prompt,
            "plan": text,
            "seed": record.seed,
            "size": (factor * width, factor * height),
            "temperature": record.temperature,
            "flat": record.flat,
            "steps": 0,
            "model": str(last.get("model")),
            "fingerprint": str(last.get("fingerprint")),
            "version": VERSION,
            "change": {"verb": "enlarge", "to": factor * max(width, height), "enlarger": name},
            "history": record.states,
        }
    return Picture(image_from_pixels(enlarger.enlarge(pixels, factor)), plan, "", settings)
