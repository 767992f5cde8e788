"""References: the plan that a request asks for, and what a painter without a fault makes of a plan.

Needs the `data` extra. Knows requests, plans, layers and glyphs. Knows nothing about models, or how a layer is drawn.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.picture import image_of
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed
from tiledraw.format.palettes import parse_palette
from tiledraw.language.boxes import PlanError
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.plan import Plan
from tiledraw.language.request import Request


def true_picture(plan: Plan, canvas: Canvas) -> np.ndarray:
    """What a painter without a fault makes of a plan, `(height, width, 4)` uint8; a background is that of seed 0.

    Raises:
        KeyError: the font does not have a subject.
        PaletteError: a layer has no ink that a placement gives a colour to.
    """
    drawn = {
        name: DrawnLayer(
            parse_palette(render_layer(name, COARSE)[0]),
            [render_layer(name, COARSE << number)[1] for number in range(level + 1)],
        )
        for name, level in levels_needed(plan, canvas).items()
    }
    return compose((canvas.width, canvas.height), layers_of(plan, canvas, drawn))


def true_pixels(plan: Plan, side: int) -> np.ndarray:
    """The true picture of a plan on white, `(side, side, 3)` uint8.

    Raises:
        KeyError: there is no true picture of a subject.
    """
    return np.asarray(on_white(image_of(true_picture(plan, Canvas(side, side)))))


def on_white(image: Image.Image) -> Image.Image:
    """A picture as people see it on white paper, in colours, without transparency."""
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")


def reference_plan(request: Request, seed: int) -> Plan:
    """The plan that a request asks for.

    Raises:
        PlanError: no plan shows all of the request.
    """
    if request.unknown:
        raise PlanError(f"there is no plan with what nobody can draw, {', '.join(request.unknown)}")
    return lay_out(request, seed=seed)
