"""Restacking: a finished picture of layers becomes another one by a changed plan, more room, or a larger size.

A layer depends on what it shows, the seed and the temperature alone. So a picture is changed by drawing its new plan
with the seed that it was drawn with: every layer that did not change is the same pixels, and outside the boxes of those
that did so is the picture. What one drawer has drawn before it does not draw again.
Knows plans and what a picture says of itself. Knows nothing about how plans change or layers are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from PIL import Image

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pyramid import TILE, Canvas
from tiledraw.drawing.enlarging import factor_to
from tiledraw.drawing.events import Event, ImageDone, Remarked
from tiledraw.drawing.ground import NAME, Ground, mask_from_text
from tiledraw.drawing.job import Job
from tiledraw.drawing.metadata import MetadataError, Record, read_metadata
from tiledraw.drawing.opening import Source, name_of
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.picture import LAYERED, Picture, hash_of
from tiledraw.drawing.pipeline import Pipeline
from tiledraw.drawing.stacking import in_pixels
from tiledraw.language.changes import Changes, finer, grown
from tiledraw.language.plan import Plan, is_first, plan_from_yaml
from tiledraw.language.sentences import sentence


@dataclass(frozen=True)
class Layered:
    """A finished picture with a plan: that, what it says of how it was drawn, whether its pixels are still those that
    were drawn, and the picture over which that was, where the file still has it."""

    plan: Plan
    record: Record
    is_untouched: bool
    ground: Ground | None = None

    @property
    def canvas(self) -> Canvas:
        return Canvas(*self.record.size)

    @property
    def in_layers(self) -> bool:
        """Whether it is made of layers, or of the first edition, whose pictures are drawn anew in layers."""
        assert self.record.plan is not None
        return not self.record.flat and ("pixels" in self.record.states[-1] or is_first(self.record.plan))


def open_layered(source: Source) -> Layered | None:
    """What a picture of layers says of itself: a drawn one, its PNG or its OpenRaster file. None for any other picture.
    Raises as `open_planned` does."""
    found = open_planned(source)
    return found if found is not None and found.in_layers else None


def open_planned(source: Source) -> Layered | None:
    """What a picture with a plan says of itself. None for any other picture.

    Raises:
        ValueError: what it says is damaged, or tells of another picture.
        OSError: the file can't be read.
    """
    try:
        image, chunks, ground = _read(source)
        record = read_metadata(chunks)
        if record is None or record.plan is None:
            return None
        if record.over is None and record.size != image.size:
            drawn, is_now = ("x".join(map(str, size)) for size in (record.size, image.size))
            raise MetadataError(f"it was drawn with {drawn} pixels, now it has {is_now}")
        plan = plan_from_yaml(record.plan)
        if ground is not None:
            ground = _ground_of(ground, record)
    except PictureError as error:
        raise ValueError(f"{name_of(source)}: {error}") from None
    except ValueError as error:
        raise ValueError(f"what {name_of(source)} says of itself is of no use ({error})") from None
    stored = record.states[-1].get("pixels")
    return Layered(plan, record, stored in (None, hash_of(image)), ground)


def told_planned(source: Source) -> Layered | None:
    """What a picture with a plan says of itself; None where it says nothing of use."""
    try:
        return open_planned(source)
    except (ValueError, OSError):
        return None


def _ground_of(lowest: Ground, record: Record) -> Ground | None:
    """The picture over which another was drawn, if its lowest layer still is that. Raises a ValueError if the mask is
    damaged."""
    if lowest.hash != record.over:
        return None
    return lowest if record.mask is None else replace(lowest, free=mask_from_text(record.mask, lowest.size))


def _read(source: Source) -> tuple[Image.Image, Mapping[str, str], Ground | None]:
    """A picture, what it says of itself, and its lowest layer, which may be a picture over which it was drawn."""
    if isinstance(source, Picture):
        return source, source.chunks, Ground(source.layers[0].colours) if "over" in source.settings else None
    if isinstance(source, str | os.PathLike):
        if os.fspath(source).lower().endswith(LAYERED):
            file = read_openraster(source)
            lowest = Ground(file.layers[0].colours) if file.layers and file.layers[0].name == NAME else None
            return Image.fromarray(file.merged), file.chunks, lowest
        with open_picture(source) as image:
            loaded = load_picture(image)  # before its text, which reads the whole file by itself
            return loaded, dict(getattr(image, "text", {})), None
    if isinstance(source, Image.Image):
        return source, getattr(source, "text", {}), None
    return Image.fromarray(source), {}, None


def restack(
    pipeline: Pipeline,
    layered: Layered,
    plan: Plan,
    size: tuple[int, int] | None = None,
    note: Mapping[str, Any] | None = None,
    seed: int | None = None,
    temperature: float | None = None,
) -> Iterator[Event]:
    """Draws the picture of a new plan, with the seed and the temperature of the old one; the last event holds it, and
    it knows all that it was before.

    Args:
        size: Width and height, if they change.
        note: What the history keeps of the change.

    Raises:
        ValueError: nothing changes, or the plan can't be drawn.
    """
    record = layered.record
    if record.over is not None and layered.ground is None:
        raise ValueError("the picture below the layers is not in this file; change the .ora that keeps it")
    if record.over is not None and record.mask is None and plan.background != layered.plan.background:
        raise ValueError(f"the picture below the layers is their background; {plan.background} would not be seen")
    job = Job(
        record.prompt if plan == layered.plan else sentence(plan),
        size or record.size,
        seed=record.seed if seed is None else seed,
        temperature=record.temperature if temperature is None else temperature,
        plan=plan,
        over=layered.ground,
    )
    if plan == layered.plan and job.size == record.size and job.seed == record.seed:
        raise ValueError("the plan stays as it is, so nothing is drawn anew, and nothing is written")
    if not layered.is_untouched:
        yield Remarked("the picture was changed by another program since; what that painted is lost")
    if record.states[-1].get("fingerprint") != pipeline.loaded.weights:
        yield Remarked("the picture was drawn by another model; all of it is drawn anew")
    for event in pipeline.stream_job(job):
        if isinstance(event, ImageDone):
            event = ImageDone(event.image.but(change=dict(note or {}), history=record.states))
        yield event


def extension(
    layered: Layered, room: Mapping[str, int], add: Sequence[str] = (), known: Sequence[str] = ()
) -> tuple[Plan, tuple[int, int], dict[str, Any]]:
    """The plan, the size and the note of a picture with more `room` at its sides, in pixels by their names, and with
    what is added in words. Raises what `with_room` and `Changes.of` raise."""
    plan, canvas = with_room(layered, **room)
    given = {name: value for name, value in {**room, "add": list(add)}.items() if value}
    return Changes(add=tuple(add)).of(plan, known), (canvas.width, canvas.height), {"verb": "extend", **given}


def enlargement(layered: Layered, to: int) -> tuple[Plan, tuple[int, int], dict[str, Any]]:
    """The plan, the size and the note of a picture whose longer side has `to` pixels.

    Raises:
        ValueError: that is not 2, 4, 8, ... times as many as it has, or too many; it was drawn over another picture.
    """
    _check_resizable(layered)
    width, height = layered.record.size
    factor = factor_to(to, width, height)
    return layered.plan, (factor * width, factor * height), {"verb": "enlarge", "to": to, "enlarger": "levels"}


def with_room(layered: Layered, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> tuple[Plan, Canvas]:
    """The plan on a larger canvas, with more room at its sides, in pixels; everything stays as large as it is, and
    where it is.

    Raises:
        ValueError: a side that is no multiple of 32 or less than nothing, no room at all, or too large a picture; it
            was drawn over another picture.
    """
    for name, room in (("left", left), ("top", top), ("right", right), ("bottom", bottom)):
        if room < 0 or room % TILE:
            raise ValueError(f"the room on the {name} is {room}; give a multiple of {TILE}")
    _check_resizable(layered)
    if not left + top + right + bottom:
        raise ValueError("say where there is to be more room: left, top, right or bottom")
    old = layered.canvas
    new = Canvas(old.width + left + right, old.height + top + bottom)
    x, y = new.offset[0] + left - old.offset[0], new.offset[1] + top - old.offset[1]
    plan = layered.plan
    if old.side % plan.grid:  # cells are no whole pixels, but boxes are
        boxes = (in_pixels(one.box, plan.grid, old.side) for one in plan.placements)
        placements = tuple(replace(one, box=box) for one, box in zip(plan.placements, boxes, strict=True))
        plan = replace(plan, placements=placements, grid=old.side, canvas=None)
    pixels = old.side // plan.grid  # of a cell
    shared = gcd(pixels, x, y, new.side)
    return grown(finer(plan, pixels // shared), new.side // shared, x // shared, y // shared), new


def _check_resizable(layered: Layered) -> None:
    """Raises a ValueError if the picture was drawn over another, of which there is no more than that."""
    if layered.record.over is not None:
        raise ValueError("the picture was drawn over another one and stays as large as that")
