"""Stacking: which layers a plan needs, how large each is drawn, how each looks, and where in the picture it goes.

Several placements of one subject need its layer once, as large as the largest of them: colours, patterns and styles are
other inks for the same numbers, and any box, mirrored or turned, is composition.
Knows plans, palettes and layers as arrays of ink numbers. Knows nothing about how a layer is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tiledraw.canvas.composing import Layer
from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.attributes import patterned, recoloured, styled, with_parts
from tiledraw.drawing.layering import level_for
from tiledraw.format.palettes import Palette, PaletteError, colour_of
from tiledraw.language.attributes import COLOURS, MATERIALS, NOTHING, SCENERY
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

SMALL = 32  # pixels a side of a box below which a layer is drawn four times as large, and not twice


@dataclass(frozen=True, eq=False)
class DrawnLayer:
    """A drawn layer: its palette, and the ink numbers of its levels from the coarse pass on, `(side, side)` uint8."""

    palette: Palette
    levels: Sequence[np.ndarray]


def levels_needed(plan: Plan, canvas: Canvas) -> dict[str, int]:
    """The number of the last level that the layer of each name needs, in the order of the plan, the background's
    first."""
    needed = {plan.background: level_for(canvas.side)} if plan.background in SCENERY else {}
    for placement in plan.placements:
        needed[placement.subject] = max(level_of(plan, placement, canvas), needed.get(placement.subject, 0))
    return needed


def level_of(plan: Plan, placement: Placement, canvas: Canvas) -> int:
    """The number of the level that a placement shows."""
    side = square_of(plan, placement, canvas).width
    return level_for(side * (4 if side < SMALL else 2))


def square_of(plan: Plan, placement: Placement, canvas: Canvas) -> Box:
    """Where a placement shows its subject, in pixels of the canvas: the largest square in the middle of its box."""
    (x, y), square = canvas.offset, in_pixels(placement.box, plan.grid, canvas.side).middle
    return Box(square.x0 - x, square.y0 - y, square.x1 - x, square.y1 - y)


def in_pixels(box: Box, grid: int, side: int) -> Box:
    """A box of cells of a grid in pixels of a square of `side` pixels, a pixel wide and high at least."""
    x0, y0, x1, y1 = (round(edge * side / grid) for edge in vars(box).values())
    return Box(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))


def layers_of(plan: Plan, canvas: Canvas, drawn: Mapping[str, DrawnLayer]) -> list[Layer]:
    """The layers of a picture in colours, the background first, if it is not transparent.

    Raises:
        PaletteError: a layer has no ink that a placement gives a colour to.
    """
    layers = []
    if plan.background != NOTHING:
        (x, y), side = canvas.offset, canvas.side
        square = Box(-x, -y, side - x, side - y)
        if plan.background in COLOURS:
            colours = np.array([[colour_of(plan.background)]], dtype=np.uint8)
        else:
            background = drawn[plan.background]
            colours = background.palette.paint(background.levels[level_for(side)])
        layers.append(Layer(colours, square, name=plan.background))
    for placement in plan.placements:
        level = level_of(plan, placement, canvas)  # its own: how it looks depends on nothing else in the picture
        layer = drawn[placement.subject]
        palette, inks = dressed(placement, layer.palette, layer.levels[level])
        colours, name = palette.paint(inks), " ".join([*placement.words, placement.subject])
        square = square_of(plan, placement, canvas)
        layers.append(Layer(colours, square, placement.mirrored, float(placement.turned), name))
    return layers


def dressed(placement: Placement, palette: Palette, inks: np.ndarray) -> tuple[Palette, np.ndarray]:
    """A palette and ink numbers `(side, side)` uint8 with the colours, material, pattern and style of a placement.

    Raises:
        PaletteError: it has no ink that is to get a colour.
    """
    try:
        if placement.parts:
            palette, inks = with_parts(palette, inks, placement.parts)
        if colour := placement.colour or MATERIALS.get(placement.material, ""):
            palette, inks = recoloured(palette, inks, colour)
        if placement.pattern:
            palette, inks = patterned(palette, inks, placement.pattern, placement.second or "white")
        if placement.style:
            palette, inks = styled(palette, inks, placement.style)
    except PaletteError as error:
        raise PaletteError(f"{placement.subject!r}: {error}") from None
    return palette, inks
