"""Telling: what happens while pictures are drawn, as the page hears of it.

Knows events, previews and the history. Knows nothing about HTTP.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.drawing.events import (
    Event,
    ImageDone,
    LayerLevelDone,
    LayerTileDone,
    LevelDone,
    PlanReady,
    Refused,
    Remarked,
)
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.job import Job
from tiledraw.drawing.previews import Preview, png_of
from tiledraw.language.plan import Plan
from tiledraw.serving.errors import message_of
from tiledraw.serving.history import Entry, History, HistoryError, entry_of
from tiledraw.serving.plans import frame_of, plan_to_data

PAUSE = 0.12  # seconds between two looks at layers, at least: a browser shows no more
RARE = 6  # times as long as a look takes until the next one, so that looking takes little of the time of drawing

Told = tuple[str, dict[str, Any]]


def entry_to_data(entry: Entry) -> dict[str, Any]:
    """What the history says of a picture, as JSON holds it; a seed can be larger than the numbers of JavaScript."""
    changed = {"size": list(entry.size), "seed": str(entry.seed), "frame": frame_to_data(entry.frame)}
    return {**asdict(entry), **changed}


def frame_to_data(frame: tuple[float, float, float]) -> dict[str, float]:
    """Where the square of the plan grid lies, as JSON holds it."""
    return dict(zip(("x", "y", "side"), frame, strict=True))


def cover_to_data(ground: Ground | None) -> dict[str, float] | None:
    """Where the square of a background lies in a picture that is drawn over; None: where that of the plan grid does."""
    return None if ground is None else frame_to_data((ground.cover.x0, ground.cover.y0, ground.cover.width))


def mask_address(ground: Ground | None) -> str | None:
    """Where layers may show, as a picture that is transparent elsewhere; None: everywhere."""
    if ground is None or ground.free is None:
        return None
    opacity = ground.free.astype(np.uint8) * 255
    return data_address(Image.fromarray(np.dstack([opacity, opacity]), "LA"))


def data_address(image: Image.Image) -> str:
    """A picture as browsers take it within a text."""
    return "data:image/png;base64," + base64.b64encode(png_of(image, quick=True)).decode()


class Teller:
    """Tells of one picture."""

    def __init__(self, number: int, job: Job, history: History) -> None:
        self.number, self.seed, self.over, self.history = number, job.seed, job.over, history
        self.size = job.size if job.over is None else job.over.size
        self.preview, self.begin = Preview(job.size, job.over), time.monotonic()
        self._next_look, self._tiles = 0.0, list[dict[str, Any]]()
        self._remarks = list[str]()
        self._other: Plan | None = None

    def tell(self, event: Event) -> Iterator[Told]:
        """What is to be said of an event; not of each is something."""
        self.preview.add(event)
        match event:
            case PlanReady():
                self._remarks += filter(None, [event.remark])
                self._other = event.other
                yield "plan", self._own(self._plan(event))
            case Remarked(text=text):
                self._remarks.append(text)
                yield "remark", self._own({"text": text})
            case Refused(error=error):
                yield "refused", self._own({"message": message_of(error)})
            case LayerTileDone(document=document):
                tile = document.tile
                share = {"x": tile.column / tile.grid, "y": tile.row / tile.grid, "side": 1 / tile.grid}
                self._tiles.append({"subject": document.subject, **share})
            case LevelDone():
                yield "whole", self._own({"png": data_address(self.preview.image())})
            case ImageDone(image=image):
                yield from self._look()
                seconds = time.monotonic() - self.begin
                about = (image, self.over, "; ".join(self._remarks), self._other)
                try:
                    told: dict[str, Any] = {"entry": entry_to_data(self.history.add(*about))}
                except HistoryError as error:
                    yield "remark", self._own({"text": f"the picture is not kept: {error}; download it now"})
                    told = {"entry": {**entry_to_data(entry_of(*about)), "id": None}}
                    told["png"] = data_address(image)
                yield "picture", self._own({**told, "seconds": seconds})
        if isinstance(event, LayerTileDone | LayerLevelDone) and time.monotonic() > self._next_look:
            yield from self._look()

    def _look(self) -> Iterator[Told]:
        """The layers that have changed, and which tiles were drawn."""
        begin = time.monotonic()
        if layers := self.preview.news():
            shown = [{"index": number, "png": data_address(image)} for number, image in layers.items()]
            tiles, self._tiles = self._tiles, []
            end = time.monotonic()
            self._next_look = end + max(PAUSE, RARE * (end - begin))
            yield "layers", self._own({"layers": shown, "tiles": tiles, "done": self.preview.share})

    def _plan(self, ready: PlanReady) -> dict[str, Any]:
        return {
            "plan": plan_to_data(ready.plan) if ready.plan else None,
            "other": plan_to_data(ready.other) if ready.other else None,
            "can_change": isinstance(ready.plan, Plan),
            "thought": ready.thought,
            "text": ready.text,
            "remark": ready.remark,
            "size": list(self.size),
            "seed": str(self.seed),
            "frame": frame_to_data(frame_of(self.size, self.over)),
            "mask": mask_address(self.over),
            "cover": cover_to_data(self.over),
        }

    def _own(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"number": self.number, **data}
