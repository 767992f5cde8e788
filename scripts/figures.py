"""Prints the figures of a model: right plans, bits per pixel, and what names are worth.

    python scripts/figures.py [--model FOLDER] [--split validation] [--prompts 100] [--documents 64]

Prompts and documents are those of a split that training never shows (other seeds, other phrasings).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tiledraw.canvas.pyramid import Canvas, level_sides
from tiledraw.drawing.drawer import Drawer
from tiledraw.evaluation.likelihood import bits_per_pixel, held_out_scenes
from tiledraw.evaluation.planning import check_plan
from tiledraw.format.grammar import Document
from tiledraw.language.boxes import PlanError
from tiledraw.language.first.plan import Plan


def print_plans(drawer: Drawer, split: str, count: int) -> None:
    source = held_out_scenes(drawer.loaded, split, letterboxed=0.0)
    right: Counter[str] = Counter()
    for index in range(count):
        prompt, expected = source.prompt("layout", index)
        assert isinstance(expected, Plan)
        try:
            plan = drawer.plan(prompt, Canvas(256, 256)).plan
        except PlanError as error:
            plan = None
            print(f"  no plan: {error}")
        verdict = check_plan(plan, expected)
        language = ("en", "zh")[index % 2]
        right.update({what: getattr(verdict, what) for what in ("subjects", "locations", "boxes", "background")})
        right.update({f"right {language}": verdict.right, "right": verdict.right})
        if not verdict.right and plan is not None:
            print(f"  wrong: {prompt!r}: {[(p.subject, str(p.box)) for p in plan.placements]}")
    print(f"plans, {count} {split} prompts: subjects and locations right {right['right'] / count:.3f}")
    parts = ("subjects", "locations", "boxes", "background")
    print("  " + "  ".join(f"{what} {right[what] / count:.3f}" for what in parts))
    print(f"  English {right['right en'] / (count - count // 2):.3f}  Chinese {right['right zh'] / (count // 2):.3f}")


def print_unknown(drawer: Drawer, split: str, count: int) -> None:
    source = held_out_scenes(drawer.loaded, split, unknown=1.0)
    refused = 0
    for index in range(count):
        try:
            drawer.plan(source.prompt("layout", index)[0], Canvas(256, 256))
        except PlanError:
            refused += 1
    print(f"prompts for something unknown, {count} {split}: refused {refused / count:.3f}")


def print_bits(drawer: Drawer, split: str, count: int) -> None:
    source = held_out_scenes(drawer.loaded, split)
    print(f"bits per pixel, {count} {split} documents of each kind (tiles: 90% of them busy)")
    kinds: dict[str, Callable[[int], Document]] = {"flat": source.flat, "coarse": source.layout}
    for side in level_sides(256)[1:] if "tiled" in drawer.loaded.knowledge.formats else ():
        kinds[f"level {level_sides(256).index(side)}, {side}"] = partial(source.tile, side=side)
    for kind, document in kinds.items():
        documents = [document(index) for index in range(count)]
        print(f"  {kind:14} {bits_per_pixel(drawer.loaded, documents):.3f}")


def print_names(drawer: Drawer, split: str, count: int) -> None:
    """What the names in a think step are worth: bits of tiles with their own, and with those of other subjects."""
    source = held_out_scenes(drawer.loaded, split)
    names = source.config.subjects
    other = {name: names[(number + len(names) // 2) % len(names)] for number, name in enumerate(names)}
    known = re.compile("|".join(rf"(?<=[:,] ){re.escape(name)}(?= -?\d)" for name in names))
    for side in level_sides(128)[1:]:
        own = [source.tile(index, side) for index in range(count)]
        others = [replace(tile, think=known.sub(lambda match: other[match[0]], tile.think)) for tile in own]
        bits = [bits_per_pixel(drawer.loaded, documents) for documents in (own, others)]
        print(f"bits per pixel, {count} tiles of {side}x{side}: own names {bits[0]:.3f}, other names {bits[1]:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--documents", type=int, default=64)
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    print_plans(drawer, options.split, options.prompts)
    print_unknown(drawer, options.split, options.prompts)
    print_bits(drawer, options.split, options.documents)
    if "tiled" in drawer.loaded.knowledge.formats:
        print_names(drawer, options.split, options.documents)
