"""Prints how far the finder in colour can be trusted: what it sees in true pictures of random plans.

    python scripts/measure_seeing.py [--plans 40] [--sides 64 128 256 512] [--config configs/painter.yaml] [--seed 0]
                                     [--wrong 0.03]

A plan has 1 to 6 placements of 12 pixels a side and more, on any background; two in five have another colour, three
in ten are mirrored, and of each at least half can be seen. A placement counts as found where its subject is seen in its
place (an intersection over union of at least one half), a detection as right where it is that of a placement. The last
column is the share of pictures of which the background is told. With --wrong that share of the pixels is taken from
elsewhere in the picture. Seconds are of one processor.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import yaml

from tiledraw.canvas.composing import compose, placed
from tiledraw.canvas.pyramid import COARSE, Canvas
from tiledraw.data.layers import render_layer
from tiledraw.drawing.stacking import DrawnLayer, layers_of, levels_needed, square_of
from tiledraw.evaluation.backgrounds import see_background
from tiledraw.evaluation.judging import as_plan
from tiledraw.evaluation.seeing import overlap, see
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


def with_wrong_pixels(rng: np.random.Generator, picture: np.ndarray, share: float) -> np.ndarray:
    """A picture, a share of whose pixels have the colours of others."""
    wrong, colours = rng.random(picture.shape[:2]) < share, picture.reshape(-1, 3)
    picture = picture.copy()
    picture[wrong] = colours[rng.integers(len(colours), size=int(wrong.sum()))]
    return picture


@dataclass
class Tally:
    """What was found: hits are pairs of how much of a placement can be seen, and whether it was found."""

    hits: list[tuple[float, bool]] = field(default_factory=list)
    seen: int = 0
    mirrored: int = 0
    coloured: int = 0
    seconds: list[float] = field(default_factory=list)
    backgrounds: list[bool] = field(default_factory=list)

    def add(self, plan: Plan, shares: list[float], side: int, picture: np.ndarray, names: list[str]) -> None:
        start = time.process_time()
        left = see(picture, names)
        self.seconds.append(time.process_time() - start)
        self.backgrounds.append(see_background(picture, as_plan(left, Canvas(side, side))) == plan.background)
        self.seen += len(left)
        for one, share in zip(plan.placements, shares, strict=True):
            box = square_of(plan, one, Canvas(side, side))
            hit = next((it for it in left if it.subject == one.subject and overlap(it.box, box) >= 0.5), None)
            self.hits.append((share, hit is not None))
            if hit is not None:
                left.remove(hit)
                self.mirrored += hit.mirrored == one.mirrored
                self.coloured += not one.colour or hit.colour == one.colour

    def recall(self, least: float = 0.0, most: float = math.inf) -> str:
        found = [hit for share, hit in self.hits if least <= share < most]
        return f"{np.mean(found):.3f} of {len(found):3d}" if found else "          "

    def line(self) -> str:
        right = sum(hit for _, hit in self.hits)
        parts = (right / max(1, self.seen), self.mirrored / max(1, right), self.coloured / max(1, right))
        return "  ".join(
            [self.recall(), self.recall(0, 0.7), self.recall(0.7, 0.9), self.recall(0.9)]
            + [f"{part:9.3f}" for part in parts]
            + [f"{np.median(self.seconds):7.2f}  {np.mean(self.backgrounds):10.3f}"]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=40, help="of each side (default 40)")
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--config", type=Path, default=Path("configs/painter.yaml"), help="of a painter: the subjects")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wrong", type=float, default=0.0, help="share of wrong pixels (default 0)")
    arguments = parser.parse_args()
    names = yaml.safe_load(arguments.config.read_text(encoding="utf-8"))["layers"]["subjects"]
    print(
        "side  recall          half shown      0.7 to 0.9      0.9 and more    precision   mirrored   coloured  "
        "seconds  background"
    )
    for side in arguments.sides:
        tally = Tally()
        for number in range(arguments.plans):
            rng = np.random.default_rng([arguments.seed, side, number])
            plan, shares = random_plan(rng, names, side)
            picture = rendered(plan, side, seed=int(rng.integers(1 << 20)))
            tally.add(plan, shares, side, with_wrong_pixels(rng, picture, arguments.wrong), names)
        print(f"{side:4d}  {tally.line()}", flush=True)


if __name__ == "__main__":
    main()
