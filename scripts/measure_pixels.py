"""Measures how true pictures are to their plans: the share of pixels that are off, in all and by subject.

    python scripts/measure_pixels.py [--model FOLDER] [--count 24] [--first 24] [--size 128] [--split validation]

Plans are those of prompts that training never shows; a pixel is off if it differs from the true picture by more than
two of the model's gray steps. Subjects are listed by the share of such pixels in their boxes, the worst first.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from tiledraw.data.scenes import render
from tiledraw.evaluation.likelihood import held_out_scenes
from tiledraw.pipeline import Drawer, Job
from tiledraw.plan import GRID, Plan

STEPS = 2  # gray steps that a pixel may differ by
SHOWN = 12  # subjects


def off_pixels(picture: np.ndarray, plan: Plan, grays: int) -> np.ndarray:
    """Which pixels of a picture are off, `(side, side)` bool."""
    true = render(plan, len(picture), grays)
    return np.abs(picture.astype(int) - true) > STEPS * 255 / (grays - 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first", type=int, default=24)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    source, size = held_out_scenes(drawer.loaded, options.split), options.size
    asked = [source.prompt("flat", options.first + number) for number in range(options.count)]
    pictures = drawer.pictures([Job(prompt, (size, size), plan=plan) for prompt, plan in asked])
    shares, by_subject = [], defaultdict(list)
    for (_, plan), picture in zip(asked, pictures, strict=True):
        off = off_pixels(picture, plan, source.config.grays)
        shares.append(off.mean())
        for placement in plan.placements:
            x0, y0, x1, y1 = (edge * size // GRID for edge in vars(placement.box).values())
            by_subject[placement.subject].append(off[y0:y1, x0:x1].mean())
    print(f"{options.count} pictures of {size}x{size}: {np.mean(shares):.3%} of the pixels are off")
    worst = sorted(((np.mean(own), subject) for subject, own in by_subject.items()), reverse=True)
    print(", ".join(f"{subject} {share:.1%}" for share, subject in worst[:SHOWN]))
