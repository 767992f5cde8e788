"""Telling: what happens while pictures are drawn, as the page hears of it.

Knows events, previews and the history. Knows nothing about HTTP.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from PIL import Image

from tiledraw.canvas.pyramid import Canvas
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
from tiledraw.language.plan import Plan
from tiledraw.serving.history import Entry, History
from tiledraw.serving.plans import plan_to_data
from tiledraw.serving.previews import Preview, png_of

PAUSE = 0.12  # seconds between two looks at layers, at least: a browser shows no more
RARE = 6  # times as long as a look takes until the next one, so that looking takes little of the time of drawing

Told = tuple[str, dict[str, Any]]


def entry_to_data(entry: Entry) -> dict[str, Any]:
    """What the history says of a picture, as JSON holds it; a seed can be larger than the numbers of JavaScript."""
    return {**asdict(entry), "size": list(entry.size), "seed": str(entry.seed), "frame": frame_of(entry.size)}


def frame_of(size: tuple[int, int]) -> dict[str, int]:
    """Where the square of the plan grid lies, in pixels of the picture."""
    canvas = Canvas(*size)
    x, y = canvas.offset
    return {"x": -x, "y": -y, "side": canvas.side}


def data_address(image: Image.Image) -> str:
    """A picture as browsers take it within a text."""
    return "data:image/png;base64," + base64.b64encode(png_of(image, quick=True)).decode()


class Teller:
    """Tells of one picture."""

    def __init__(self, number: int, size: tuple[int, int], seed: int, history: History) -> None:
        self.number, self.size, self.seed, self.history = number, size, seed, history
        self.preview, self.begin = Preview(size), time.monotonic()
        self._next_look, self._tiles = 0.0, list[dict[str, Any]]()

    def tell(self, event: Event) -> Iterator[Told]:
        """What is to be said of an event; not of each is something."""
        self.preview.add(event)
        match event:
            case PlanReady():
                yield "plan", self._own(self._plan(event))
            case Remarked(text=text):
                yield "remark", self._own({"text": text})
            case Refused(error=error):
                yield "refused", self._own({"message": str(error)})
            case LayerTileDone(document=document):
                tile = document.tile
                share = {"x": tile.column / tile.grid, "y": tile.row / tile.grid, "side": 1 / tile.grid}
                self._tiles.append({"subject": document.subject, **share})
            case LevelDone():
                yield "whole", self._own({"png": data_address(self.preview.image())})
            case ImageDone(image=image):
                yield from self._look()
                entry = entry_to_data(self.history.add(image))
                yield "picture", self._own({"entry": entry, "seconds": time.monotonic() - self.begin})
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
            "can_change": isinstance(ready.plan, Plan),
            "thought": ready.thought,
            "text": ready.text,
            "remark": ready.remark,
            "size": list(self.size),
            "seed": str(self.seed),
            "frame": frame_of(self.size),
        }

    def _own(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"number": self.number, **data}
