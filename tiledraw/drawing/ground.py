"""The ground: a picture of anybody's, over which layers are drawn. It stays as it is wherever they leave it open.

Things are placed on the largest canvas of whole tiles in its middle, so that a corner is a corner of the picture.
Knows layers. Knows nothing about files, plans or how layers are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np

from tiledraw.canvas.composing import Layer
from tiledraw.canvas.pyramid import MAX_SIDE, MIN_SIDE, TILE
from tiledraw.language.boxes import Box

NAME = "picture"  # of its layer


@dataclass(frozen=True, eq=False)
class Ground:
    """A picture to draw over: `colours` (height, width, 4) uint8, not premultiplied.

    Raises:
        ValueError: it is smaller than a tile or larger than the largest picture.
    """

    colours: np.ndarray

    def __post_init__(self) -> None:
        height, width = self.colours.shape[:2]
        if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
            raise ValueError(f"{width}x{height} pixels can't be drawn over; give a picture of {MIN_SIDE} to {MAX_SIDE} "
                             "a side")  # fmt: skip

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.colours.shape[1], self.colours.shape[0]

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Width and height of the canvas on which things are placed: whole tiles."""
        width, height = (side // TILE * TILE for side in self.size)
        return width, height

    @cached_property
    def hash(self) -> str:
        """Of its pixels."""
        return sha256(self.colours.tobytes()).hexdigest()[:16]

    def below(self, layers: Iterable[Layer]) -> list[Layer]:
        """The layers of the whole picture: its own, and those of the canvas where the canvas lies."""
        x, y = ((side - inner) // 2 for side, inner in zip(self.size, self.canvas_size, strict=True))
        moved = (replace(one, box=Box(one.box.x0 + x, one.box.y0 + y, one.box.x1 + x, one.box.y1 + y))
                 for one in layers)  # fmt: skip
        return [Layer(self.colours, Box(0, 0, *self.size), name=NAME), *moved]
