"""Pairs to learn enlarging from: a crop of a scene, often corrupted as a model errs, and the same four times as large.

Scene `index` of a split gives the same pairs in every run. Knows scenes and plans. Knows nothing about networks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from tiledraw.canvas.pixels import quantise
from tiledraw.common.fields import Filled, Range, Share, Weight, check_fields
from tiledraw.data.choosing import FEW_STEPS, count_steps
from tiledraw.data.documents import KINDS, SPLITS, SceneConfig, SceneSource
from tiledraw.data.scenes import render

SCALE = 4
CANDIDATES = 4  # places for each crop, among which those with strokes are taken more often


@dataclass(frozen=True)
class CropConfig:
    """What a network sees of scenes.

    Attributes:
        side: Pixels a side of a crop, before it is enlarged.
        scenes: Scenes a step.
        each: Crops of each scene.
        level_weights: How often scenes have each side in pixels, before they are enlarged.
        corrupted: Share of crops that are corrupted.
    """

    side: Annotated[int, Range(2, 1024, multiple=2)] = 48
    scenes: Annotated[int, Range(1, 10_000)] = 2
    each: Annotated[int, Range(1, 10_000)] = 4
    level_weights: Annotated[dict[Annotated[int, Range(32, 1024, multiple=32)], Weight], Filled()] = field(
        default_factory=lambda: {64: 0.2, 128: 0.4, 256: 0.4}
    )
    corrupted: Share = 0.5

    def __post_init__(self) -> None:
        check_fields(self, "crops")
        if small := [side for side in self.level_weights if side < self.side]:
            raise ValueError(
                f"crops.level_weights has scenes of {small[0]} pixels, smaller than a crop; crops.side is {self.side}"
            )


@dataclass(frozen=True)
class PairSource:
    """Pairs of one split."""

    scenes: SceneConfig
    crops: CropConfig
    split: str = "train"

    def pairs(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The crops of scene `index`: `(each, side, side)` and `(each, 4 side, 4 side)` uint8."""
        crops, grays = self.crops, self.scenes.grays
        rng = np.random.default_rng([SPLITS.index(self.split), len(KINDS), index])
        weights = np.array(list(crops.level_weights.values()), dtype=float)
        side = int(rng.choice(list(crops.level_weights), p=weights / weights.sum()))
        _, plan = SceneSource(self.scenes, self.split).prompt("flat", index)
        small, large = render(plan, side, grays), render(plan, SCALE * side, grays)
        pairs = []
        for _ in range(crops.each):
            y, x = self._place(rng, small)
            crop = small[y : y + crops.side, x : x + crops.side]
            if rng.random() < crops.corrupted:
                crop = corrupt(rng, crop, grays)
            end_y, end_x = SCALE * (y + crops.side), SCALE * (x + crops.side)
            pairs.append((crop, large[SCALE * y : end_y, SCALE * x : end_x]))
        return tuple(np.stack(side) for side in zip(*pairs, strict=True))

    def _place(self, rng: np.random.Generator, picture: np.ndarray) -> tuple[int, int]:
        """Where a crop begins: strokes make a place likelier."""
        side = self.crops.side
        places = rng.integers(0, len(picture) - side + 1, (CANDIDATES, 2))
        weights = np.array([FEW_STEPS + count_steps(picture[y : y + side, x : x + side]) for y, x in places], float)
        y, x = places[rng.choice(CANDIDATES, p=weights / weights.sum())]
        return int(y), int(x)


def corrupt(rng: np.random.Generator, pixels: np.ndarray, grays: int) -> np.ndarray:
    """A picture as a model might draw it: lines that waver by a pixel, and wrong grays, both of random strength."""
    height, width = pixels.shape
    wavering = rng.random(pixels.shape) < rng.uniform(0, 0.3)
    down, right = rng.integers(-1, 2, (2, height, width)) * wavering
    y, x = np.indices(pixels.shape)
    moved = pixels[np.clip(y + down, 0, height - 1), np.clip(x + right, 0, width - 1)]
    wrong = rng.random(pixels.shape) < rng.uniform(0, 0.1)
    return quantise(moved + wrong * rng.normal(0, rng.uniform(0, 60), pixels.shape), grays)
