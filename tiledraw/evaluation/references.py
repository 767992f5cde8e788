"""References: the true picture of a plan, composed of layers as the font has them.

Needs the `data` extra. Knows plans, layers and glyphs. Knows nothing about models, or how a layer is drawn.
"""

from __future__ import annotations

import numpy as np

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed
from tiledraw.format.palettes import parse_palette
from tiledraw.language.plan import Plan


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
