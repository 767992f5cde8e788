"""Measures pictures in layers against the true ones of their plans: similarity in colour, and pixels that are off.

    python scripts/measure_pictures.py [--count 24] [--size 256] [--first 0] [--model painter] [--sheet sheet.png]

Plans have one to four subjects of the model in boxes of any size, some over others, some mirrored, on plain colours;
plan n and its picture have the seed n. A pixel is off if a channel differs by more than 32 of 255. The sheet shows each
true picture and beneath it the drawn one. Needs `pip install '.[evaluation]'`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import image_of
from tiledraw.evaluation.references import true_picture
from tiledraw.evaluation.sheets import write_sheet
from tiledraw.evaluation.similarity import similarity
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID, Placement, Plan

BACKGROUNDS = ("white", "light blue", "beige")
COLUMNS, OFF = 8, 32


def random_plan(names: tuple[str, ...], seed: int) -> Plan:
    rng = np.random.default_rng(seed)
    placements = []
    for name in rng.choice(names, rng.integers(1, 5), replace=False):
        side = int(rng.integers(8, 21))
        x, y = (int(start) for start in rng.integers(0, GRID - side + 1, 2))
        placements.append(Placement(str(name), Box(x, y, x + side, y + side), mirrored=bool(rng.random() < 0.3)))
    return Plan(tuple(placements), str(rng.choice(BACKGROUNDS)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--model", default="painter")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    drawer, canvas = Drawer.load(options.model), Canvas(options.size, options.size)
    seeds = range(options.first, options.first + options.count)
    plans = [random_plan(drawer.loaded.knowledge.subjects, seed) for seed in seeds]
    size = (options.size, options.size)
    jobs = [Job("a plan", size, seed=seed, plan=plan) for seed, plan in zip(seeds, plans, strict=True)]
    drawn = {number: event.image for number, event in drawer.stream_all(jobs) if isinstance(event, ImageDone)}
    figures, rows = [], []
    for number, plan in enumerate(plans):
        true = image_of(true_picture(plan, canvas)).convert("RGB")
        one, other = (np.asarray(image.convert("RGB")) for image in (drawn[number], true))
        ssim = np.mean([similarity(one[..., n], other[..., n])[0] for n in range(3)])
        off = float((abs(one.astype(int) - other).max(-1) > OFF).mean())
        figures.append((ssim, off))
        print(f"{number}: SSIM {ssim:.3f}, {off:.2%} off; {', '.join(plan.subjects)}")
        rows.append((true, drawn[number].convert("RGB")))
    ssim, off = np.mean(figures, axis=0)
    print(f"{options.count} pictures of {options.size}x{options.size}: SSIM {ssim:.4f}, pixels off {off:.4f}")
    if options.sheet:
        sheets = [rows[start : start + COLUMNS] for start in range(0, len(rows), COLUMNS)]
        write_sheet(options.sheet, [list(row) for sheet in sheets for row in zip(*sheet, strict=True)])
