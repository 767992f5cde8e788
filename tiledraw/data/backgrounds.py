"""Backgrounds: ink pictures that lie behind everything, by code of our own, exact at any size.

Each is a few shapes in the unit square, with y downwards. Where a ridge runs and where stars stand comes from a seed,
so no two of a kind need look alike, but for a street; the same seed is the same background at every size.
Knows arrays and palettes. Knows nothing about subjects, plans or models.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from tiledraw.format.palettes import Palette
from tiledraw.language.attributes import COLOURS

Painter = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _ridge(x: np.ndarray, rng: np.random.Generator, height: float, rise: float, waves: int = 3) -> np.ndarray:
    """How far down a skyline of soft waves lies above each x, around `height`, by at most `rise` up or down."""
    lengths, phases = np.arange(1, waves + 1), rng.random(waves)
    shares = rng.random(waves) / lengths
    sines = np.sin(2 * np.pi * (lengths * x[..., None] + phases)) * shares
    return height + rise * sines.sum(-1) / shares.sum()


def _spots(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, count: int, size: float, low: float) -> np.ndarray:
    """Small four-pointed stars above the height `low`, no two of them close to each other."""
    where: list[np.ndarray] = []
    for _ in range(40 * count):
        place = rng.random(2) * (1 - 4 * size, low - 4 * size) + 2 * size
        if all(np.abs(place - other).max() > 4 * size for other in where) and len(where) < count:
            where.append(place)
    mask = np.zeros(x.shape, dtype=bool)
    for (left, top), scale in zip(where, 0.6 + 0.4 * rng.random(len(where)), strict=True):
        across, down = np.abs(x - left) / (size * scale), np.abs(y - top) / (size * scale)
        mask |= np.sqrt(across) + np.sqrt(down) < 1
    return mask


def _grass(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(y < _ridge(x, rng, 0.62 + 0.08 * rng.random(), 0.02, 2), 0, 1)


def _hills(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    far, near = _ridge(x, rng, 0.5, 0.1, 2), _ridge(x, rng, 0.7, 0.06, 2)
    return np.where(y < np.minimum(far, near), 0, np.where(y < near, 1, 2))


def _beach(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shore = _ridge(x, rng, 0.74, 0.04, 2)
    return np.where(y < 0.48 + 0.06 * rng.random(), 0, np.where(y < shore - 0.02, 1, np.where(y < shore, 2, 3)))


def _snow(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    ground = _ridge(x, rng, 0.66, 0.05, 2)
    return np.where((y >= ground) | _spots(x, y, rng, 12, 0.028, 0.58), 1, 0)


def _night(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(_spots(x, y, rng, int(rng.integers(8, 14)), 0.036, 0.85), 1, 0)


def _room(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    floor = 0.66 + 0.08 * rng.random()
    return np.where(y < floor - 0.03, 0, np.where(y < floor, 1, 2))


def _desert(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    far, near = _ridge(x, rng, 0.56, 0.06, 2), _ridge(x, rng, 0.72, 0.06, 2)
    return np.where(y < np.minimum(far, near), 0, np.where(y < near, 1, 2))


def _sea(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(y < 0.45 + 0.1 * rng.random(), 0, 1)


def _pines(x: np.ndarray, ground: float, middles: np.ndarray, heights: np.ndarray, width: float) -> np.ndarray:
    """How far down the outline of a row of pines on a `ground` lies above each x."""
    beside = np.abs(x[..., None] - middles) / width
    return np.where(beside < 1, ground - heights * (1 - beside), 1.0).min(-1)


def _forest(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    far = _pines(x, 0.68, np.linspace(0, 1, 9), np.resize((0.42, 0.5, 0.38, 0.46), 9), 0.09)
    near = _pines(x, 0.72, np.linspace(0.02, 0.98, 7), np.resize((0.52, 0.34, 0.4), 7), 0.1)
    ground = _ridge(x, rng, 0.7, 0.02, 2)
    return np.select([y >= ground, y >= near, (y >= far) | (y > 0.6)], [3, 2, 1], 0)


def _street(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    edges = np.array((0.0, 0.16, 0.3, 0.48, 0.62, 0.8, 1.01))  # of houses
    tops = np.array((0.3, 0.16, 0.38, 0.22, 0.34, 0.12))
    house = np.searchsorted(edges, x, side="right") - 1
    left, right = edges[house], edges[house + 1]
    across = (x - left) / (right - left) * np.where(right - left > 0.15, 3, 2) % 1
    down = (y - tops[house] - 0.03) / 0.11
    window = (np.abs(across - 0.5) < 0.25) & (down % 1 < 0.5) & (down > 0) & (y < 0.62)
    dash = (np.abs(y - 0.86) < 0.015) & (x * 5 % 1 < 0.6)
    return np.select([dash, y > 0.76, y > 0.7, y < tops[house], window, house % 2 == 0], [6, 5, 4, 0, 3, 1], 2)


def _sunset(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    sun = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.15**2
    glint = (np.abs(y - 0.57) < 0.012) & (np.abs(x - 0.5) < 0.12) | (np.abs(y - 0.64) < 0.012) & (
        np.abs(x - 0.5) < 0.07
    )
    ground = _ridge(x, rng, 0.74, 0.02, 2)
    return np.select([y >= ground, glint, y >= 0.5, sun, y >= 0.36, y >= 0.18], [5, 3, 4, 3, 2, 1], 0)


def _underwater(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    ground, deep = _ridge(x, rng, 0.84, 0.03, 2), 0.6 + 0.03 * np.sin(4 * np.pi * x)
    weeds = np.zeros(x.shape, dtype=bool)
    for foot, top in ((0.07, 0.56), (0.16, 0.68), (0.85, 0.64), (0.93, 0.5)):
        swing = foot + 0.025 * np.sin(18 * y)
        weeds |= (np.abs(x - swing) < 0.022) & (y > top)
    bubbles = [(0.1, 0.3, 0.02), (0.15, 0.2, 0.03), (0.88, 0.24, 0.025), (0.92, 0.13, 0.035)]
    air = np.any([(x - left) ** 2 + (y - top) ** 2 < size**2 for left, top, size in bubbles], axis=0)
    return np.select([y >= ground, weeds, air, y >= deep], [4, 3, 2, 1], 0)


# by name: the inks, and the number of the ink at each place
PAINTERS: dict[str, tuple[tuple[str, ...], Painter]] = {
    "grass": (("light blue", "green"), _grass),
    "hills": (("light blue", "dark green", "green"), _hills),
    "beach": (("light blue", "blue", "white", "beige"), _beach),
    "sea": (("light blue", "blue"), _sea),
    "snow": (("light blue", "white"), _snow),
    "night": (("navy", "yellow"), _night),
    "desert": (("light blue", "tan", "beige"), _desert),
    "room": (("cream", "white", "brown"), _room),
    "forest": (("light blue", "teal", "dark green", "green"), _forest),
    "street": (("light blue", "lavender", "light gray", "cream", "white", "gray", "yellow"), _street),
    "underwater": (("blue", "dark blue", "light blue", "green", "beige"), _underwater),
    "sunset": (("purple", "dark pink", "orange", "yellow", "violet", "burgundy"), _sunset),
}


def ink_background(name: str, side: int, seed: int = 0) -> tuple[Palette, np.ndarray]:
    """A background: its palette, and its ink numbers `(side, side)` uint8. The name of a colour is that colour.

    Raises:
        KeyError: there is none of that name.
    """
    if name in COLOURS:
        return Palette((name,)), np.zeros((side, side), dtype=np.uint8)
    inks, paint = PAINTERS[name]
    centres = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(centres, centres)
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    return Palette(inks), paint(x, y, rng).astype(np.uint8)
