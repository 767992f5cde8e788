"""Prints how far the finder in colour can be trusted: what it sees in true pictures of random plans.

    python scripts/measure_seeing.py [--plans 60] [--sides 32 64 128 256 512] [--config painter] [--seed 0]
                                     [--wrong 0.0]

A plan has 1 to 6 placements of 12 pixels a side and more, on any background; two in five have another colour, three
in ten are mirrored, and of each at least half can be seen. A placement counts as found where its subject is seen in its
place (an intersection over union of at least one half), a detection as right where it is that of a placement.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from dataclasses import replace

import numpy as np

from tiledraw.canvas.composing import compose, placed
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed, square_of
from tiledraw.evaluation.finding import overlap
from tiledraw.format.palettes import parse_palette
from tiledraw.language.attributes import COLOURS, SCENERY
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID, Placement, Plan

LEAST = 12  # pixels a side of the smallest subjects
LARGEST = 22  # cells
SHOWN = 0.5  # least share of a subject that can be seen


def rendered(plan: Plan, side: int, seed: int = 0) -> np.ndarray:
    """The true picture of a plan, `(side, side, 3)` uint8."""
    canvas = Canvas(side, side)
    return compose((side, side), layers_of(plan, canvas, true_layers(plan, canvas, seed)))[..., :3]


def true_layers(plan: Plan, canvas: Canvas, seed: int) -> dict[str, DrawnLayer]:
    """What a painter without errors draws."""
    layers = {}
    for name, last in levels_needed(plan, canvas).items():
        levels = [render_layer(name, COARSE << level, seed) for level in range(last + 1)]
        layers[name] = DrawnLayer(parse_palette(levels[-1][0]), [inks for _, inks in levels])
    return layers


def shown(plan: Plan, side: int) -> list[float]:
    """Which share of each placement can be seen: of its pixels, those that change more by it than by an eighth."""
    canvas = Canvas(side, side)
    stack, everything = layers_of(plan, canvas, true_layers(plan, canvas, 0)), rendered(plan, side).astype(int)
    shares = []
    for number in range(1, len(stack)):
        without = compose((side, side), stack[:number] + stack[number + 1 :])[..., :3]
        changed = np.abs(everything - without).max(-1) > 32
        shares.append(float(changed.sum() / max(1, (placed(stack[number])[0][..., 3] > 127).sum())))
    return shares


def random_plan(rng: np.random.Generator, names: list[str], side: int) -> tuple[Plan, list[float]]:
    """A plan, and which share of each placement can be seen."""
    background = str(rng.choice(SCENERY if rng.random() < 0.5 else list(COLOURS)))
    plan, shares, count = Plan((), background), [], int(rng.integers(1, 7))
    least = math.ceil(LEAST * GRID / side)
    for _ in range(8 * count):
        cells = round(least * (max(LARGEST, least) / least) ** rng.random())
        x, y = (int(place) for place in rng.integers(0, GRID - cells + 1, 2))
        colour = str(rng.choice(list(COLOURS))) if rng.random() < 0.4 else ""
        box, mirrored = Box(x, y, x + cells, y + cells), bool(rng.random() < 0.3)
        one = Placement(str(rng.choice(names)), box, colour=colour, mirrored=mirrored)
        now = shown(longer := replace(plan, placements=(*plan.placements, one)), side)
        if min(now) >= SHOWN:
            plan, shares = longer, now
        if len(plan.placements) == count:
            break
    return plan, shares
