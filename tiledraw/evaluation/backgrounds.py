"""Backgrounds: which one a picture in colours has, by what lies outside of the things that were seen in it.

Ridges and stars of the same scenery lie elsewhere each time, so each scenery is held against the picture as several
seeds make it, and the nearest counts; and colours that it does not have at all speak against it once more, so that few
stars tell a night from plain navy.
Knows pictures, plans and backgrounds. Knows nothing about models or what was asked for.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.backgrounds import ink_background
from tiledraw.evaluation.references import true_picture
from tiledraw.format.palettes import Palette, colour_of
from tiledraw.language.attributes import COLOURS, SCENERY
from tiledraw.language.plan import Plan

SIDE = 64  # of the square in which pictures are compared, in pixels
SEEDS = 16  # of each scenery
OFF = 0.25  # a distance of colours, of red, green and blue from 0 to 1, that is no longer the same colour
ELSEWHERE = 0.75  # what a colour in the wrong place weighs, of one that is not in the background at all
LEAST = 0.01  # share of a picture that must lie outside; else all of it counts


def see_background(picture: np.ndarray, seen: Plan) -> str:
    """The background that is nearest to a picture where nothing that was seen hides it.

    Args:
        picture: `(height, width, 3)` uint8, each side a multiple of 32.
        seen: What stands in the picture, with a transparent background.
    """
    canvas = Canvas(picture.shape[1], picture.shape[0])
    square = np.zeros((canvas.side, canvas.side, 4), dtype=np.uint8)
    canvas.crop(square)[..., :3] = picture
    canvas.crop(square)[..., 3] = 255 * (true_picture(seen, canvas)[..., 3] == 0)
    if (square[..., 3] > 0).mean() < LEAST:
        canvas.crop(square)[..., 3] = 255
    small = np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.NEAREST))
    outside = small[..., 3] > 0
    colours = small[outside][:, :3].astype(np.float32) / 255

    def off(name: str) -> float:
        inks = _colours(ink_background(name, 1)[0])
        strange = np.minimum.reduce([_off(colours, ink) for ink in inks]).mean()
        renders = (_render(name, seed)[outside] for seed in range(SEEDS if name in SCENERY else 1))
        return float(strange + ELSEWHERE * min(_off(colours, render).mean() for render in renders))

    return min((*SCENERY, *COLOURS), key=off)


def _off(colours: np.ndarray, others: np.ndarray) -> np.ndarray:
    """0 where colours `(n, 3)` are the same, up to 1 where they aren't."""
    return np.minimum(((colours - others) ** 2).sum(1) / OFF**2, 1)


def _colours(palette: Palette) -> np.ndarray:
    """The inks of a palette, `(inks, 3)` float32 from 0 to 1."""
    return np.array([colour_of(ink)[:3] for ink in palette.inks], dtype=np.float32) / 255


@lru_cache(maxsize=256)
def _render(name: str, seed: int) -> np.ndarray:
    """A background, `(SIDE, SIDE, 3)` float32 from 0 to 1."""
    palette, inks = ink_background(name, SIDE, seed)
    return _colours(palette)[inks]
