"""Corruption: puts a model's typical errors into tiles and pictures, so that training shows how to go on from them.

Knows pixels, guides and borders. Knows nothing about where documents come from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import ABSENT, Borders
from tiledraw.common.fields import Range, Share

if TYPE_CHECKING:
    from typing import Self

Grays = Annotated[int, Range(2, 256)]
MOST_PATCHES = 8  # of wrong pixels in a tile


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """How tiles are corrupted when they are read, since what a model draws errs.

    Attributes:
        grays: Number of gray levels of the noise.
        guide_noise: Share of tiles whose guide is corrupted: the level above is drawn, and errs.
        guide_dropout: Share of tiles without a guide.
        think_dropout: Share of tiles whose think step says no more than which tile it is.
        border_noise: Share of tiles whose borders have wrong pixels.
        slips: Share of tiles some of whose own pixels are read wrongly: what is drawn errs, and is read on.
    """

    grays: Grays = 256
    guide_noise: Share = 0.2
    guide_dropout: Share = 0.05
    think_dropout: Share = 0.03
    border_noise: Share = 0.2
    slips: Share = 0.2

    def clean(self) -> Self:
        """Nothing corrupted, to measure on."""
        parts = ("guide_noise", "guide_dropout", "think_dropout", "border_noise", "slips")
        return replace(self, **dict.fromkeys(parts, 0.0))


def corrupt_guide(rng: np.random.Generator, guide: np.ndarray, config: Corruption) -> np.ndarray:
    """A guide with noise of random strength, or without any pixel, or as it is."""
    chance = rng.random()
    if chance < config.guide_dropout:
        return np.full_like(guide, ABSENT)
    if chance < config.guide_dropout + config.guide_noise:
        noisy = add_noise(rng, guide, config.grays, 50)
        return np.where(guide == ABSENT, ABSENT, noisy.astype(np.int16))  # ABSENT is no uint8
    return guide


def add_noise(rng: np.random.Generator, pixels: np.ndarray, grays: int, most: float) -> np.ndarray:
    """Pixels of which some have noise of a random standard deviation of up to `most` gray levels, uint8."""
    strength = rng.uniform(0, most)
    touched = rng.random(pixels.shape) < rng.uniform(0, 0.6)
    return quantise(pixels + touched * rng.normal(0, strength, pixels.shape), grays)


def corrupt_borders(rng: np.random.Generator, borders: Borders, config: Corruption) -> Borders:
    """Borders as drawing or editing would leave them, or a random subset of them, some with wrong pixels."""
    kept = {
        0: (False, False, False, False),
        1: (True, True, False, False),  # in drawing
        2: (True, True, True, True),  # in editing
        3: tuple(rng.random(4) < 0.5),
    }[int(rng.choice(4, p=[0.26, 0.36, 0.26, 0.12]))]
    wrong = rng.uniform(0, 0.1) if rng.random() < config.border_noise else 0.0

    def corrupt(border: np.ndarray | None, keep: bool) -> np.ndarray | None:
        if border is None or not keep:
            return None
        noise = quantise(rng.integers(0, 256, border.shape), config.grays)
        return np.where(rng.random(border.shape) < wrong, noise, border).astype(np.uint8)

    sides = (borders.top, borders.left, borders.right, borders.bottom)
    return Borders(*(corrupt(border, keep) for border, keep in zip(sides, kept, strict=True)))


def slip(rng: np.random.Generator, pixels: np.ndarray, config: Corruption) -> np.ndarray | None:
    """A tile's pixels as a model might draw them that errs here and there. None if it does not err."""
    return smear(rng, pixels) if rng.random() < config.slips else None


def smear(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Pixels `(height, width)` of which patches are like a pixel beside them, as where a line or an area goes on too
    far."""
    wrong, shape = pixels.copy(), np.array(pixels.shape)
    for _ in range(rng.integers(1, MOST_PATCHES + 1)):
        y, x = rng.integers(0, shape)
        height, width = rng.geometric(0.3, 2).clip(max=shape // 4)
        near_y, near_x = (np.array([y, x]) + rng.integers(-3, 4, 2)).clip(0, shape - 1)
        wrong[y : y + height, x : x + width] = wrong[near_y, near_x]
    return wrong
