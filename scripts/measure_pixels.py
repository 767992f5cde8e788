"""Measures how true pictures are to their plans: the share of pixels that are off, in all and by subject.

    python scripts/measure_pixels.py [--model FOLDER] [--count 24] [--first 24] [--size 128] [--split validation]
        [--temperature T] [--order ORDER] [--given 64]

Plans are those of prompts that training never shows; a pixel is off if it differs from the true picture by more than
two of the model's gray steps. Subjects and sizes are listed by the share of such pixels in their boxes, the worst
first. A level goes on from the errors of the one above: with `--given`, levels of up to so many pixels a side are the
true ones, so what is off is the fault of those below. Slivers are tiles with fewer than 200 steps between neighbouring
pixels, where the edge of a tile leaves little of a subject.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from tiledraw.canvas.pyramid import ORDERS, Canvas, Tile
from tiledraw.common.checks import DEFAULT_ORDER
from tiledraw.data.choosing import count_steps
from tiledraw.data.scenes import render
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import LevelDone, Refused
from tiledraw.drawing.job import Job
from tiledraw.evaluation.likelihood import held_out_scenes
from tiledraw.language.first_plan import GRID, Plan

STEPS = 2  # gray steps that a pixel may differ by
SHOWN = 12  # subjects
SLIVER = 200  # steps between neighbours in a tile


def off_pixels(picture: np.ndarray, true: np.ndarray, grays: int) -> np.ndarray:
    """Which pixels of a picture are off, `(side, side)` bool."""
    return np.abs(picture.astype(int) - true) > STEPS * 255 / (grays - 1)


def true_tiles(plan: Plan, canvas: Canvas, side: int, grays: int) -> dict[Tile, np.ndarray]:
    """The tiles of a true picture on all levels of at most `side` pixels a side."""
    levels = [(number, render(plan, own, grays)) for number, own in enumerate(canvas.sides) if own <= side]
    return {tile: pixels[tile.slices] for number, pixels in levels for tile in canvas.tiles(number)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first", type=int, default=24)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--temperature", type=float, help="of the pixels, if not the default")
    parser.add_argument("--order", default=DEFAULT_ORDER, choices=ORDERS)
    parser.add_argument("--given", type=int, default=0, help="pixels a side of the last level that is given")
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    source, size = held_out_scenes(drawer.loaded, options.split), options.size
    grays, canvas = source.config.grays, Canvas(size, size)
    asked = [source.prompt("flat", options.first + number) for number in range(options.count)]
    how = {"temperature": options.temperature, "order": options.order}
    jobs = [
        Job(prompt, (size, size), plan=plan, finished=true_tiles(plan, canvas, options.given, grays), **how)
        for prompt, plan in asked
    ]
    tiles = canvas.tiles(len(canvas.sides) - 1)
    by_level, by_subject, by_size, in_tiles = defaultdict(list), defaultdict(list), defaultdict(list), []
    for number, event in drawer.stream_all(jobs):
        if isinstance(event, Refused):
            raise event.error
        if not isinstance(event, LevelDone):
            continue
        plan, side = asked[number][1], canvas.sides[event.level]
        true = render(plan, side, grays)
        off = off_pixels(event.pixels, true, grays)
        by_level[side].append(off.mean())
        if side < size:
            continue
        in_tiles += [(count_steps(true[tile.slices]), off[tile.slices].sum()) for tile in tiles]
        for placement in plan.placements:
            x0, y0, x1, y1 = (edge * size // GRID for edge in vars(placement.box).values())
            for shown, by in ((placement.subject, by_subject), (f"{placement.box.width} cells wide", by_size)):
                by[shown].append(off[y0:y1, x0:x1].mean())
    print(f"{options.count} pictures of {size}x{size}: {np.mean(by_level.pop(size)):.3%} of the pixels are off")
    print("levels above: " + ", ".join(f"{side} {np.mean(shares):.3%}" for side, shares in sorted(by_level.items())))
    for by in (by_subject, by_size):
        worst = sorted(((np.mean(own), shown) for shown, own in by.items()), reverse=True)
        print(", ".join(f"{shown} {share:.2%}" for share, shown in worst[:SHOWN]))
    steps, off = np.array(in_tiles).T
    for what, chosen in (("slivers", (steps > 0) & (steps < SLIVER)), ("other tiles", steps >= SLIVER)):
        if count := chosen.sum():
            each, hundred = off[chosen].mean(), 100 * off[chosen].sum() / steps[chosen].sum()
            print(f"{count} {what}: {each:.1f} pixels off in each, {hundred:.1f} per 100 steps")
