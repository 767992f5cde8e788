"""Editing: which pixels of a gray picture are drawn anew, and what stays of it at each level.

Two plans differ in some cells of the plan grid; the pixels of those cells are drawn anew, and every other pixel stays,
also in the same tile (`touched_by_plan`). A region or a mask says directly which pixels may change. The pipeline then
draws over the picture (`Original`) as it draws any other: at each level, what stays is the area mean of what stays in
the picture (`known_levels`), so all levels agree, and new tiles see finished neighbours on every side.
Knows plans, levels and arrays of gray levels. Knows nothing about models, files or drawing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import ABSENT, TILE, Canvas
from tiledraw.common.checks import shorten
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID, Placement, Plan


@dataclass(frozen=True, eq=False)
class Original:
    """A picture that is drawn over, or larger.

    Attributes:
        pixels: Gray levels `(height, width)` uint8; those of free pixels don't count.
        free: Which pixels are drawn anew, `(height, width)` bool; the others stay.
        factor: How many times larger it is drawn: the picture is then a level above those that are drawn.

    Raises:
        ValueError: the two don't fit together, no pixel is free or finer, or the picture is no level of the larger one.
    """

    pixels: np.ndarray
    free: np.ndarray
    factor: int = 1

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.uint8:
            raise ValueError(f"a picture is (height, width) of uint8, not {self.pixels.shape} of {self.pixels.dtype}")
        if self.free.shape != self.pixels.shape or self.free.dtype != bool:
            raise ValueError(
                f"a bool for each pixel says which are drawn anew, {self.pixels.shape}; "
                f"given are {self.free.shape} of {self.free.dtype}"
            )
        if self.factor == 1:
            if not self.free.any():
                raise ValueError("no pixel of the picture is to be drawn anew; free at least one")
            return
        own, larger = self.canvas, Canvas(*self.size)
        if own.side not in larger.sides or larger.offset != tuple(self.factor * start for start in own.offset):
            raise ValueError(
                f"a picture of {own.width}x{own.height} pixels is no level of one of {larger.width}x{larger.height}; "
                "squares of 32, 64, 128, ... pixels are"
            )

    @property
    def canvas(self) -> Canvas:
        """The picture's own, as large as it is."""
        return Canvas(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what is drawn."""
        return self.factor * self.pixels.shape[1], self.factor * self.pixels.shape[0]


def touched_by_plan(old: Plan, new: Plan, canvas: Canvas) -> np.ndarray:
    """Which pixels of a picture a change of its plan touches, `(height, width)` bool: those of all cells with another
    subject, another box or another background."""
    cells = [
        [_contents(old, row, column) != _contents(new, row, column) for column in range(GRID)] for row in range(GRID)
    ]
    return canvas.crop(np.kron(cells, np.ones((canvas.side // GRID,) * 2, dtype=bool)))  # cells are whole pixels


def touched_by_region(region: str, canvas: Canvas) -> np.ndarray:
    """The pixels of all tiles that a region touches, `(height, width)` bool.

    Args:
        region: `x0,y0,x1,y1` in pixels of the picture, ends exclusive.

    Raises:
        ValueError: that is no region, or it is not inside the picture.
    """
    numbers = re.fullmatch(r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*", region)
    if not numbers:
        raise ValueError(f"the region {shorten(region)} is not x0,y0,x1,y1 in pixels, such as 0,0,64,32")
    x0, y0, x1, y1 = map(int, numbers.groups())
    if not (x0 < x1 <= canvas.width and y0 < y1 <= canvas.height):
        raise ValueError(
            f"the region {x0},{y0},{x1},{y1} is not inside the picture; "
            f"give x0,y0,x1,y1 with x0 < x1 <= {canvas.width} and y0 < y1 <= {canvas.height}"
        )
    free = np.zeros((canvas.height, canvas.width), dtype=bool)
    free[_tiles(y0, y1), _tiles(x0, x1)] = True
    return free


def _tiles(start: int, stop: int) -> slice:
    """Pixels from `start` to `stop`, rounded outwards to whole tiles."""
    return slice(start // TILE * TILE, -(-stop // TILE) * TILE)


def _contents(plan: Plan, row: int, column: int) -> tuple[str, list[Placement]]:
    """What a plan has in one cell."""
    cell = Box(column, row, column + 1, row + 1)
    return plan.background, [placement for placement in plan.placements if placement.box.overlaps(cell)]


def extend(
    pixels: np.ndarray, plan: Plan | None, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0
) -> tuple[Original, Plan | None]:
    """A picture with room around it, and its plan, if it has one, on the grid of the larger canvas.

    The plan grid spans the square around the canvas, so its cells grow with it. Subjects stay where they are: each box
    is rounded outwards to the new cells, but not beyond the cells that lie wholly in the old picture, so that no new
    tile is told of an old subject; one that has no such cell leaves the plan, and its pixels stay.

    Args:
        pixels: The picture, `(height, width)` uint8.
        plan: On a grid of 32x32.
        left, top, right, bottom: Pixels of new room at each side, multiples of 32.

    Raises:
        ValueError: a side that is no multiple of 32, or negative, no room at all, or a picture that becomes too large.
    """
    margins = {"left": left, "top": top, "right": right, "bottom": bottom}
    for side, margin in margins.items():
        if margin < 0 or margin % TILE:
            raise ValueError(f"the room at the {side} must be a multiple of {TILE} pixels from 0 on, not {margin}")
    if not any(margins.values()):
        raise ValueError("say how far the picture grows, such as 128 pixels to the right")
    height, width = pixels.shape
    old, new = Canvas(width, height), Canvas(left + width + right, top + height + bottom)
    around = ((top, bottom), (left, right))
    original = Original(np.pad(pixels, around), np.pad(np.zeros((height, width), bool), around, constant_values=True))
    if plan is None:
        return original, None
    cell, (x, y) = new.side // GRID, (new.offset[0] + left, new.offset[1] + top)  # of the old picture in the new square
    inside = Box(-(-x // cell), -(-y // cell), (x + width) // cell, (y + height) // cell)
    placements = []
    for placement in plan.placements:
        box = placement.box.times(old.side // GRID)
        x0, x1 = (end - old.offset[0] + x for end in (box.x0, box.x1))
        y0, y1 = (end - old.offset[1] + y for end in (box.y0, box.y1))
        grown = Box(
            max(inside.x0, x0 // cell),
            max(inside.y0, y0 // cell),
            min(inside.x1, -(-x1 // cell)),
            min(inside.y1, -(-y1 // cell)),
        )
        if grown.width > 0 and grown.height > 0:
            placements.append(replace(placement, box=grown))
    return original, replace(plan, placements=tuple(placements), canvas=new.cells)


def kept_cells(original: Original, canvas: Canvas) -> Box:
    """The plan cells around all pixels that stay, rounded outwards; there is at least one."""
    rows, columns = (np.flatnonzero(~original.free.all(axis)) for axis in (1, 0))
    (x, y), cell = canvas.offset, canvas.side // GRID
    return Box(
        (x + columns[0]) // cell, (y + rows[0]) // cell, (x + columns[-1]) // cell + 1, (y + rows[-1]) // cell + 1
    )


def known_levels(original: Original, canvas: Canvas, grays: int) -> list[np.ndarray | None]:
    """What stays of a picture at each level of its canvas: `(side, side)` int16 each, ABSENT where it is drawn anew;
    None for those finer than the picture.

    The level of the picture's size holds its own pixels. A pixel of the others is the mean, in `grays` gray levels, of
    those of its pixels that stay; it is drawn anew where these are fewer than half. Around a canvas that is not square,
    the picture's edge goes on.
    """
    finer = [side for side in canvas.sides if side > original.canvas.side]
    canvas = original.canvas
    x, y = canvas.offset
    around = ((y, canvas.side - y - canvas.height), (x, canvas.side - x - canvas.width))
    pixels = np.pad(original.pixels, around, mode="edge")
    stays = ~np.pad(original.free, around, mode="edge")

    def shrink(values: np.ndarray, side: int) -> np.ndarray:
        return np.asarray(Image.fromarray(values.astype(np.float32)).resize((side, side), Image.Resampling.BOX))

    levels = []
    for side in canvas.sides[:-1]:
        share = shrink(stays, side)
        means = quantise(shrink(pixels * stays, side) / np.maximum(share, 0.5), grays).astype(np.int16)
        levels.append(np.where(share < 0.5, ABSENT, means))
    return [*levels, np.where(stays, pixels.astype(np.int16), ABSENT), *(None for _ in finer)]
