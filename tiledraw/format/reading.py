"""Reading: what a model is shown of a picture, step by step, and how its answers read.

An overview is the whole picture as its coarse pass, 8x8. The answer is the background and the boxes, in reading order:

    background: light
    5 0 8 3
    0 4 4 8

A look is one of these boxes at 10x10; the answer is the name of its subject, "unknown" or "nothing". No step shows more
than about a hundred pixels, so a model that sees no further than that can read a picture of any size.
Knows pixels, boxes and texts. Knows nothing about tokens, documents or models.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from PIL import Image

from tiledraw.canvas.pixels import quantise, resize
from tiledraw.canvas.pyramid import COARSE
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import GRID, Plan

LOOK = 10  # pixels a side of a look
NOTHING, STRANGE = "nothing", "unknown"  # what a look may show beside subjects
_BOX = re.compile(r"(\d) (\d) (\d) (\d)")


class ReadingError(ValueError):
    """An answer says nothing that can be true of a picture."""


def overview(pixels: np.ndarray, grays: int) -> np.ndarray:
    """A square picture as its coarse pass, `(8, 8)` uint8 in `grays` gray levels."""
    return quantise(resize(pixels, COARSE, COARSE), grays)


def look(pixels: np.ndarray, box: Box, grays: int) -> np.ndarray:
    """The largest square in the middle of a box of plan cells, cut from a square picture: `(10, 10)` uint8 in `grays`
    gray levels, area means. A subject fills this square."""
    cell, side = pixels.shape[0] / GRID, min(box.width, box.height)
    x, y = box.x0 + (box.width - side) / 2, box.y0 + (box.height - side) / 2
    window = (cell * x, cell * y, cell * (x + side), cell * (y + side))
    return quantise(Image.fromarray(pixels).resize((LOOK, LOOK), Image.Resampling.BOX, window), grays)


def in_reading_order(plan: Plan) -> Plan:
    """The same plan, its placements from top to bottom and from left to right; a picture shows no other order."""
    by_place = sorted(plan.placements, key=lambda placement: (placement.box.y0, placement.box.x0, placement.box))
    return replace(plan, placements=tuple(by_place))


def format_overview(plan: Plan) -> str:
    """What an overview of a plan's picture shows."""
    boxes = [str(placement.box) for placement in in_reading_order(plan).placements]
    return "\n".join([f"background: {plan.background}", *boxes])


def parse_overview(text: str) -> tuple[str, list[Box]]:
    """The background and the boxes of an answer: the inverse of `format_overview`.

    Raises:
        ReadingError: a line of another form, or a box that is not inside the plan grid.
    """
    first, *lines = text.split("\n")
    if not first.startswith("background: "):
        raise ReadingError(f"the overview begins with {first[:40]!r} in place of the background")
    boxes = []
    for line in lines:
        match = _BOX.fullmatch(line)
        box = Box(*map(int, match.groups())) if match else None
        if box is None or not (0 <= box.x0 < box.x1 <= GRID and 0 <= box.y0 < box.y1 <= GRID):
            raise ReadingError(f"the overview holds {line[:40]!r} in place of a box x0 y0 x1 y1")
        boxes.append(box)
    return first.removeprefix("background: "), boxes


def format_look(name: str) -> str:
    """What a look shows. The space makes a name the token that it is in plans and thoughts."""
    return f" {name}"


def parse_look(text: str) -> str:
    """The inverse of `format_look`."""
    return text.strip()
