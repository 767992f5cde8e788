"""Pairs to learn enlarging from: a crop of a gray picture, often corrupted as a model errs, and the same four times as
large.

A picture shows a few glyphs on a plain ground. Picture `index` of a split gives the same pairs in every run. Needs the
`data` extra. Knows glyphs and pictures. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import Layer, compose
from tiledraw.canvas.pixels import quantise
from tiledraw.common.fields import Filled, Range, Share, Weight, check_fields
from tiledraw.data.corruption import Grays
from tiledraw.data.layers import SubjectName, render_layer
from tiledraw.format.palettes import parse_palette
from tiledraw.language.boxes import Box
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.places import EIGHTHS

SCALE = 4
CANDIDATES = 4  # places for each crop, among which those with strokes are taken more often
FEW_STEPS = 20  # added to every count of steps, so that plain places have a chance
SIZES = (2, 3, 4)  # of glyphs, in eighths of the picture
GROUNDS = (255, 221, 170, 51)  # grays behind them


@dataclass(frozen=True)
class CropConfig:
    """What a network sees of pictures.

    Attributes:
        subjects: Names of what they show.
        most: Most subjects in a picture.
        grays: Number of gray levels.
        side: Pixels a side of a crop, before it is enlarged.
        pictures: Pictures a step.
        each: Crops of each picture.
        level_weights: How often pictures have each side in pixels, before they are enlarged.
        corrupted: Share of crops that are corrupted.
    """

    subjects: Annotated[tuple[SubjectName, ...], Filled()]
    most: Annotated[int, Range(1, 16)] = 4
    grays: Grays = 16
    side: Annotated[int, Range(2, 1024, multiple=2)] = 48
    pictures: Annotated[int, Range(1, 10_000)] = 2
    each: Annotated[int, Range(1, 10_000)] = 4
    level_weights: Annotated[dict[Annotated[int, Range(32, 1024, multiple=32)], Weight], Filled()] = field(
        default_factory=lambda: {64: 0.2, 128: 0.4, 256: 0.4}
    )
    corrupted: Share = 0.5

    def __post_init__(self) -> None:
        check_fields(self, "crops")
        if small := [side for side in self.level_weights if side < self.side]:
            raise ValueError(
                f"crops.level_weights has pictures of {small[0]} pixels, smaller than a crop; crops.side is {self.side}"
            )


@dataclass(frozen=True)
class GlyphPicture:
    """Glyphs in boxes of eighths of a picture, later ones over others, on a plain gray."""

    glyphs: tuple[tuple[str, Box], ...]
    ground: int

    def render(self, side: int, grays: int = 256) -> np.ndarray:
        """The picture, `(side, side)` uint8 in so many gray levels; the side is a multiple of 8."""
        layers = []
        for name, box in self.glyphs:
            inks, numbers = render_layer(name, 2 * box.width * side // EIGHTHS)
            layers.append(Layer(parse_palette(inks).paint(numbers), box.times(side // EIGHTHS), name=name))
        ground = Image.new("RGBA", (side, side), (self.ground, self.ground, self.ground, 255))
        image = Image.alpha_composite(ground, Image.fromarray(compose((side, side), layers)))
        return quantise(np.asarray(image.convert("L")), grays)


@dataclass(frozen=True)
class PairSource:
    """Pairs of one split."""

    crops: CropConfig
    split: str = "train"

    def picture(self, index: int) -> GlyphPicture:
        """The picture `index`."""
        rng = np.random.default_rng([SPLITS.index(self.split), len(SPLITS), index])
        glyphs = []
        for _ in range(int(rng.integers(1, self.crops.most + 1))):
            size = int(rng.choice(SIZES))
            x, y = (int(start) for start in rng.integers(0, EIGHTHS - size + 1, 2))
            glyphs.append((str(rng.choice(self.crops.subjects)), Box(x, y, x + size, y + size)))
        return GlyphPicture(tuple(glyphs), int(rng.choice(GROUNDS)))

    def pairs(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The crops of picture `index`: `(each, side, side)` and `(each, 4 side, 4 side)` uint8."""
        crops, picture = self.crops, self.picture(index)
        rng = np.random.default_rng([SPLITS.index(self.split), index])
        weights = np.array(list(crops.level_weights.values()), dtype=float)
        side = int(rng.choice(list(crops.level_weights), p=weights / weights.sum()))
        small, large = picture.render(side, crops.grays), picture.render(SCALE * side, crops.grays)
        pairs = []
        for _ in range(crops.each):
            y, x = self._place(rng, small)
            crop = small[y : y + crops.side, x : x + crops.side]
            if rng.random() < crops.corrupted:
                crop = corrupt(rng, crop, crops.grays)
            end_y, end_x = SCALE * (y + crops.side), SCALE * (x + crops.side)
            pairs.append((crop, large[SCALE * y : end_y, SCALE * x : end_x]))
        return tuple(np.stack(side) for side in zip(*pairs, strict=True))

    def _place(self, rng: np.random.Generator, picture: np.ndarray) -> tuple[int, int]:
        """Where a crop begins: strokes make a place likelier."""
        side = self.crops.side
        places = rng.integers(0, len(picture) - side + 1, (CANDIDATES, 2))
        weights = np.array([FEW_STEPS + _steps(picture[y : y + side, x : x + side]) for y, x in places], float)
        y, x = places[rng.choice(CANDIDATES, p=weights / weights.sum())]
        return int(y), int(x)


def _steps(pixels: np.ndarray) -> int:
    """How many neighbours in a row or a column differ."""
    return sum(int(np.count_nonzero(np.diff(pixels.astype(np.int16), axis=axis))) for axis in (0, 1))


def corrupt(rng: np.random.Generator, pixels: np.ndarray, grays: int) -> np.ndarray:
    """A picture as a model might draw it: lines that waver by a pixel, and wrong grays, both of random strength."""
    height, width = pixels.shape
    wavering = rng.random(pixels.shape) < rng.uniform(0, 0.3)
    down, right = rng.integers(-1, 2, (2, height, width)) * wavering
    y, x = np.indices(pixels.shape)
    moved = pixels[np.clip(y + down, 0, height - 1), np.clip(x + right, 0, width - 1)]
    wrong = rng.random(pixels.shape) < rng.uniform(0, 0.1)
    return quantise(moved + wrong * rng.normal(0, rng.uniform(0, 60), pixels.shape), grays)
