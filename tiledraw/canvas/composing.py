"""Composing: layers become one picture, each at any box, mirrored and turned, by exact composition.

Colours are multiplied by their opacity before anything is mixed (premultiplied; Porter and Duff, 1984, "Compositing
Digital Images"), so that what is transparent lends no colour to an edge. A layer that is drawn larger than its box is
reduced by area means: hard-edged inks at twice the size give smooth edges.
Knows arrays of colours and boxes in pixels. Knows nothing about inks, plans or how layers are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tiledraw.language.boxes import Box

MOST_TURNED = 30.0  # degrees


@dataclass(frozen=True, eq=False)
class Layer:
    """A square of colours, and where it goes.

    Attributes:
        colours: Red, green, blue and opacity, `(side, side, 4)` uint8, not premultiplied.
        box: In pixels of the picture, of which it may lie outside in part; of any shape.
        mirrored: Left becomes right.
        turned: Degrees clockwise around the middle of the box; corners may then leave the box.
        name: For a person who looks at the stack.

    Raises:
        ValueError: colours of another form, an empty box, or a turn of more than 30 degrees.
    """

    colours: np.ndarray
    box: Box
    mirrored: bool = False
    turned: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        if self.colours.ndim != 3 or self.colours.shape[2] != 4 or self.colours.dtype != np.uint8:
            raise ValueError(f"a layer is (side, side, 4) of uint8, not {self.colours.shape} of {self.colours.dtype}")
        if self.box.width < 1 or self.box.height < 1:
            raise ValueError(f"the box {self.box} of a layer is empty")
        if not abs(self.turned) <= MOST_TURNED:  # not a number, too
            raise ValueError(f"a layer is turned by at most {MOST_TURNED:g} degrees, not {self.turned}")


def placed(layer: Layer) -> tuple[np.ndarray, int, int]:
    """A layer as large as in the picture: colours `(height, width, 4)` uint8, not premultiplied, and the column and row
    in the picture where they begin. What is composed are these very colours, so that whoever gets the layers as files
    can compose the same picture."""
    colours = layer.colours[:, ::-1] if layer.mirrored else layer.colours
    opacity = colours[..., 3:] / 255
    channels = np.dstack([colours[..., :3] / 255 * opacity, opacity])  # (side, side, 4)
    box, width, height = layer.box, layer.box.width, layer.box.height
    if layer.turned == 0:
        return _rounded(_resized(channels, width, height)), box.x0, box.y0
    # turned while it has most pixels, on as much room as it then takes, and only then reduced
    side = max(len(channels), 2 * width, 2 * height)
    sine, cosine = math.sin(math.radians(layer.turned)), math.cos(math.radians(layer.turned))
    wide, high = (2 * math.ceil((a * cosine + b * abs(sine)) / 2) for a, b in ((width, height), (height, width)))
    out_width, out_height = round(wide * side / width), round(high * side / height)
    ratio = height / width  # the large layer is a square, whatever its box is
    # column and row in the layer as it was, of a column and row of the turned one
    parts = ((cosine, sine * ratio), (-sine / ratio, cosine))
    starts = [side / 2 - (part[0] * out_width + part[1] * out_height) / 2 for part in parts]
    matrix = (*parts[0], starts[0], *parts[1], starts[1])
    turned = [
        Image.fromarray(channel.astype(np.float32)).transform(
            (out_width, out_height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )
        for channel in np.moveaxis(_resized(channels, side, side), -1, 0)
    ]
    x, y = box.x0 - (wide - width) // 2, box.y0 - (high - height) // 2
    return _rounded(_resized(np.dstack([np.asarray(plane) for plane in turned]), wide, high)), x, y


def _resized(channels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area means on the way down, nearest pixels on the way up, `(height, width, 4)` float64."""
    if channels.shape[:2] == (height, width):
        return channels.astype(np.float64)
    size = (width, height)
    planes = (Image.fromarray(channel.astype(np.float32)) for channel in np.moveaxis(channels, -1, 0))
    return np.dstack([np.asarray(plane.resize(size, Image.Resampling.BOX)) for plane in planes]).astype(np.float64)


def _rounded(channels: np.ndarray) -> np.ndarray:
    """Premultiplied colours from 0 to 1 as colours that are not, `(height, width, 4)` uint8; black where nothing is."""
    opacity = np.floor(channels[..., 3:].clip(0, 1) * 255 + 0.5)
    colours = np.divide(channels[..., :3], channels[..., 3:], out=np.zeros_like(channels[..., :3]), where=opacity > 0)
    return np.dstack([np.floor(colours.clip(0, 1) * 255 + 0.5), opacity]).astype(np.uint8)


def compose(size: tuple[int, int], layers: Sequence[Layer]) -> np.ndarray:
    """The picture `(height, width, 4)` uint8 of layers, the lowest first; transparent where there is none."""
    width, height = size
    picture = np.zeros((height, width, 4))  # premultiplied, from 0 to 1
    for layer in layers:
        colours, x, y = placed(layer)
        rows, columns = (max(0, y), max(0, y + len(colours))), (max(0, x), max(0, x + colours.shape[1]))
        part = picture[slice(*rows), slice(*columns)]
        above = colours[max(0, -y) :, max(0, -x) :][: part.shape[0], : part.shape[1]] / 255
        above[..., :3] *= above[..., 3:]
        part *= 1 - above[..., 3:]
        part += above
    return _rounded(picture)
