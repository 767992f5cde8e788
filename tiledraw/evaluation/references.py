"""References: the plan that a request asks for, and what a painter without a fault makes of a plan.

Needs the `data` extra. Knows requests, plans, layers and glyphs. Knows nothing about models, or how a layer is drawn.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.picture import AnyPlan, image_of
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed
from tiledraw.format.palettes import parse_palette
from tiledraw.language.boxes import PlanError
from tiledraw.language.first import layout as first
from tiledraw.language.first import plan as first_plan
from tiledraw.language.laying.judging import unmet
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.plan import FIRST_BACKGROUNDS, Plan, from_first
from tiledraw.language.request import Request, Thing


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


def true_pixels(plan: AnyPlan, side: int, grays: int = 256) -> np.ndarray:
    """The true picture of a plan: in colours `(side, side, 3)` uint8, of the first edition `(side, side)` in `grays`.

    Raises:
        KeyError: there is no true picture of a subject.
    """
    if isinstance(plan, Plan):
        return np.asarray(on_white(image_of(true_picture(plan, Canvas(side, side)))))
    from tiledraw.data.scenes import render

    return render(plan, side, grays)


def on_white(image: Image.Image) -> Image.Image:
    """A picture as people see it on white paper: in gray as it is, else in colours, without transparency."""
    if image.mode == "L":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")


def reference_plan(request: Request, in_layers: bool, seed: int) -> AnyPlan:
    """The plan that a request asks for, of the second edition for what is drawn in layers, else of the first.

    Raises:
        PlanError: no such plan shows all of the request.
    """
    if request.unknown:
        raise PlanError(f"there is no plan with what nobody can draw, {', '.join(request.unknown)}")
    return lay_out(request, seed=seed) if in_layers else first_arranged(request)


def first_arranged(request: Request) -> first_plan.Plan:
    """The plan of the first edition that a request asks for.

    Raises:
        PlanError: no such plan can show all of the request.
    """
    plan = first.arrange(first_request(request))
    if complaints := unmet(request, from_first(plan)):
        raise PlanError(f"a plan of the first edition can't show all of it: {complaints[0].sentence}")
    return plan


def first_request(request: Request) -> first.Request:
    """A request in words of the first edition, as far as it has them.

    Raises:
        PlanError: it lacks a word without which there is no such request.
    """
    words = {new: old for old, new in reversed(FIRST_BACKGROUNDS.items())}
    background = words.get(request.background, request.background) or None
    try:
        return first.Request(tuple(_item(thing) for thing in request.things), background)
    except PlanError as error:
        raise PlanError(f"a plan of the first edition can't say all of it: {error}") from None


def _item(thing: Thing) -> first.Item:
    """A thing in words of the first edition. Raises a PlanError for what it has none for."""
    relation = thing.relations[0] if thing.relations else None
    if len(thing.relations) > 1 or (relation is not None and len(relation.of) > 1):
        raise PlanError(f"{thing.subject!r} relates to several things")
    return first.Item(
        thing.subject,
        thing.count,
        thing.size or None,
        thing.place or None,
        relation.word if relation else None,
        relation.of[0] if relation else None,
    )
