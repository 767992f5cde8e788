"""The ground: a picture of anybody's, over which layers are drawn. It stays as it is wherever they leave it open, and
outside of what is free.

Things are placed on a canvas of whole tiles: the largest one in the middle of the picture, so that a corner is a corner
of it; or, where only a part is free, one around the largest rectangle of that part, reduced to lie in it. A background
fills all that is free.
Knows layers. Knows nothing about files, plans or how layers are drawn.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np

from tiledraw.canvas.composing import Layer, placed
from tiledraw.canvas.pyramid import MAX_SIDE, MIN_SIDE, TILE, Canvas
from tiledraw.language.boxes import Box

NAME = "picture"  # of its layer
COST, FINEST = 4, 48


@dataclass(frozen=True, eq=False)
class Ground:
    """A picture to draw over.

    Attributes:
        colours: `(height, width, 4)` uint8, not premultiplied.
        free: Where layers may show, `(height, width)` bool; None: everywhere.

    Raises:
        ValueError: it is smaller than a tile or larger than the largest picture.
    """

    colours: np.ndarray
    free: np.ndarray | None = None

    def __post_init__(self) -> None:
        height, width = self.colours.shape[:2]
        if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
            raise ValueError(f"{width}x{height} pixels can't be drawn over; give a picture of {MIN_SIDE} to {MAX_SIDE} "
                             "a side")  # fmt: skip
        assert self.free is None or (self.free.shape == (height, width) and self.free.any())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.colours.shape[1], self.colours.shape[0]

    @cached_property
    def region(self) -> Box:
        """Where things go, in pixels: about the largest rectangle of what is free."""
        return Box(0, 0, *self.size) if self.free is None else free_rectangle(self.free)

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Width and height of the canvas on which things are placed: whole tiles."""
        up = 0 if self.free is None else TILE - 1
        width, height = ((side + up) // TILE * TILE for side in (self.region.width, self.region.height))
        return width, height

    @property
    def frame(self) -> tuple[float, float, float]:
        """Where the square of the plan grid lies: its column, row and side, in pixels of the picture."""
        (x, y), scale = self._corner, self._scale
        canvas = Canvas(*self.canvas_size)
        return x - scale * canvas.offset[0], y - scale * canvas.offset[1], scale * canvas.side

    @cached_property
    def cover(self) -> Box:
        """Where a background goes, in pixels: the smallest square around all that is free, in the middle of it."""
        around = Box(0, 0, *self.size) if self.free is None else _around(self.free)
        side = max(around.width, around.height)
        x, y = around.x0 - (side - around.width) // 2, around.y0 - (side - around.height) // 2
        return Box(x, y, x + side, y + side)

    @property
    def _scale(self) -> float:
        """Pixels of the picture, of one of the canvas."""
        width, height = self.canvas_size
        return min(1.0, self.region.width / width, self.region.height / height)

    @property
    def _corner(self) -> tuple[int, int]:
        """Where the canvas begins in the picture."""
        region, (width, height) = self.region, self.canvas_size
        x, y = (region.width - self._scale * width) // 2, (region.height - self._scale * height) // 2
        return region.x0 + int(x), region.y0 + int(y)

    @cached_property
    def hash(self) -> str:
        """Of its pixels."""
        return sha256(self.colours.tobytes()).hexdigest()[:16]

    def below(self, layers: Sequence[Layer], has_background: bool = False) -> list[Layer]:
        """The layers of the whole picture: its own, and those of the canvas where the canvas lies, as far as they may
        show. The first of those is a background, or a thing as all others are."""
        moved = [self._moved(layer) for layer in layers]
        if has_background:
            moved[0] = replace(layers[0], box=self.cover)
        return [Layer(self.colours, Box(0, 0, *self.size), name=NAME), *map(self._cut, moved)]

    def _moved(self, layer: Layer) -> Layer:
        (x, y), scale, box = self._corner, self._scale, layer.box
        x0, y0 = x + round(scale * box.x0), y + round(scale * box.y0)
        width, height = max(1, round(scale * box.width)), max(1, round(scale * box.height))
        return replace(layer, box=Box(x0, y0, x0 + width, y0 + height))

    def _cut(self, layer: Layer) -> Layer:
        """What may show of a layer."""
        if self.free is None:
            return layer
        colours, x, y = placed(layer)
        height, width = colours.shape[:2]
        left, top = max(0, -x), max(0, -y)  # as much of it lies outside of the picture
        inside = self.free[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
        shows = np.zeros((height, width, 1), dtype=bool)
        shows[top : top + inside.shape[0], left : left + inside.shape[1], 0] = inside
        return Layer(np.where(shows, colours, np.uint8(0)), Box(x, y, x + width, y + height), name=layer.name)


def free_rectangle(free: np.ndarray) -> Box:
    """About the largest rectangle of what is free, `(height, width)` bool: the one of most free pixels, of which those
    that are not free are taken away `COST` times (Bentley, "Programming pearls: algorithm design techniques", 1984; in
    two dimensions), in a grid of `FINEST` cells a side over the smallest box around all of it."""
    around = _around(free)
    inner = free[around.y0 : around.y1, around.x0 : around.x1]
    rows, columns = (np.linspace(0, side, min(side, FINEST) + 1).round().astype(int) for side in inner.shape)
    sums = np.pad(inner.astype(int).cumsum(0).cumsum(1), ((1, 0), (1, 0)))[np.ix_(rows, columns)]
    areas = rows[:, None] * columns
    worth = sums - COST * (areas - sums)  # of all from the corner on
    strips = worth[None] - worth[:, None]  # [first row, end row, end column]
    least = np.minimum.accumulate(strips, axis=2)  # the best column to begin at, up to each
    gains = strips[..., 1:] - least[..., :-1]
    gains[np.tril_indices(len(rows))] = np.iinfo(gains.dtype).min  # an end comes after its beginning
    y0, y1, x1 = np.unravel_index(gains.argmax(), gains.shape)
    x0 = strips[y0, y1, : x1 + 1].argmin()
    x, y = around.x0, around.y0
    return Box(int(x + columns[x0]), int(y + rows[y0]), int(x + columns[x1 + 1]), int(y + rows[y1]))


def _around(free: np.ndarray) -> Box:
    """The smallest box around all that is free, `(height, width)` bool."""
    (top, bottom), (left, right) = (np.flatnonzero(free.any(axis))[[0, -1]] for axis in (1, 0))
    return Box(int(left), int(top), int(right) + 1, int(bottom) + 1)


def mask_to_text(free: np.ndarray) -> str:
    """What is free, `(height, width)` bool, as a text that `mask_from_text` reads."""
    return base64.b64encode(zlib.compress(np.packbits(free).tobytes(), 9)).decode()


def mask_from_text(text: str, size: tuple[int, int]) -> np.ndarray:
    """What is free of a picture of this width and height, `(height, width)` bool.

    Raises:
        ValueError: the text is damaged, or of a picture of another size.
    """
    width, height = size
    length = (width * height + 7) // 8
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), length + 1)
    except (ValueError, zlib.error):
        data = b""
    free = np.unpackbits(np.frombuffer(data, np.uint8), count=width * height) if len(data) == length else np.zeros(1)
    if not free.any():
        raise ValueError("the mask within which it was drawn is damaged")
    return free.reshape(height, width).astype(bool)
