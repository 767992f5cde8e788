"""How many pixels a layer should be drawn at for a box: how far composed pictures are from the true ones, and what the
layer's levels leave to decide, if it is drawn at the first level (8, 16, 32, ...) that is at least as large as its box,
twice or four times as large.

    python scripts/measure_layers.py [--boxes 16 24 32 48 64 96 128 192 256] [--levels rendered]

Levels are each `rendered` by themselves, or show the most `frequent` inks of the next one, from 1,024 pixels on.

The true picture is the glyph at 1,024 pixels, reduced by area means. Off is the root mean square over red, green and
blue on white, from 0 to 255; SSIM is that of the luma. Needs `pip install '.[evaluation]'`.
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import Layer, compose
from tiledraw.canvas.inks import ink_levels, known_inks
from tiledraw.data.glyphs import ink_glyph
from tiledraw.evaluation.similarity import similarity
from tiledraw.language.boxes import Box
from tiledraw.language.subjects import subjects

FINEST = 1024
WHITE = np.full((1, 1, 4), 255, dtype=np.uint8)


def picture(colours: np.ndarray, side: int) -> np.ndarray:
    """A layer that fills a white picture, `(side, side, 3)` uint8."""
    box = Box(0, 0, side, side)
    return compose((side, side), [Layer(WHITE, box), Layer(colours, box)])[..., :3]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, nargs="+", default=[16, 24, 32, 48, 64, 96, 128, 192, 256])
    parser.add_argument("--levels", choices=("rendered", "frequent"), default="rendered")
    options = parser.parse_args()
    print("| box | times as large | level | off | SSIM | decisions of all levels |\n" + "| --- " * 6 + "|")
    glyphs = [ink_glyph(subject.design, FINEST) for subject in subjects().values()]
    sides = [2**power for power in range(3, 11)]
    stacks = [
        (palette, {len(level): level for level in ink_levels(inks)})
        if options.levels == "frequent"
        else (palette, {side: ink_glyph(subject.design, side)[1] for side in sides})
        for (palette, inks), subject in zip(glyphs, subjects().values(), strict=True)
    ]
    for side in options.boxes:
        truths = [picture(palette.paint(inks), side) for palette, inks in glyphs]
        for times in (1, 2, 4):
            drawn = next(level for level in stacks[0][1] if level >= times * side)
            figures = []
            for (palette, levels), truth in zip(stacks, truths, strict=True):
                shown = picture(palette.paint(levels[drawn]), side)
                off = np.sqrt(((shown.astype(float) - truth) ** 2).mean())
                lumas = (np.asarray(Image.fromarray(one).convert("L")) for one in (shown, truth))
                steps = [(levels[size // 2], levels[size]) for size in sides if 8 < size <= drawn]
                free = [(known_inks(above) < 0, above, own) for above, own in steps]
                decisions = sum((where & (up.repeat(2, 0).repeat(2, 1) != own)).sum() for where, up, own in free)
                figures.append((off, similarity(*lumas)[0], decisions))
            off, ssim, decisions = np.mean(figures, axis=0)
            print(f"| {side} | {times} | {drawn} | {off:.1f} | {ssim:.4f} | {decisions:,.0f} |", flush=True)
