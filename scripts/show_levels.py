"""Draws one prompt and shows how: the plan, every level of each layer, and the picture.

    python scripts/show_levels.py levels.png [--prompt "a cat in the bottom-left corner and a sun at the top right"]
                                             [--size 512] [--seed 0] [--model FOLDER]

The thought goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, LayerLevelDone, PlanReady
from tiledraw.drawing.trace import plan_picture
from tiledraw.evaluation.cost import PROMPT
from tiledraw.evaluation.sheets import write_sheet
from tiledraw.format.palettes import parse_palette

VIEW = 160  # pixels a side of a view of a level
NEAREST = Image.Resampling.NEAREST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strip", type=Path)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model")
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    views: list[Image.Image] = []  # small ones, in a row
    layers: dict[str, list[Image.Image]] = {}  # a row of each
    large: list[Image.Image] = []  # beneath them
    for event in drawer.stream(options.prompt, (options.size, options.size), seed=options.seed):
        match event:
            case PlanReady(plan=plan, text=text):
                print(text, file=sys.stderr)
                views += [plan_picture(plan).resize((VIEW, VIEW), Image.Resampling.LANCZOS)] if plan else []
            case LayerLevelDone(subject=subject, inks=inks, pixels=pixels):
                colours = Image.fromarray(parse_palette(inks).paint(pixels)).resize((VIEW, VIEW), NEAREST)
                page = Image.new("RGBA", (VIEW, VIEW), "white")
                page.alpha_composite(colours)
                layers.setdefault(subject, []).append(page)
            case ImageDone(image=image):
                large.append(image)
    write_sheet(options.strip, [views, *layers.values(), large])


if __name__ == "__main__":
    main()
