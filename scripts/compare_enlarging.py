"""Compares the ways to enlarge a picture on held-out scenes, and shows them side by side on pictures the model drew.

    python scripts/compare_enlarging.py [--vae FOLDER] [--scenes 8] [--side 128] [--factors 2 4]
    python scripts/compare_enlarging.py --sheet sheet.png [--drawn 24] [--vae FOLDER] [--side 128] [--factors 4]

Without --sheet it prints a table: each scene is rendered at `side` pixels, enlarged, and compared with the true one.
Sharpness is the mean gradient at true edges over the true one; a seam ratio of 1 is that of the true pictures. With
--sheet it draws pictures of held-out prompts, seed i for prompt i, none chosen, and writes a row of each:
nearest pixels, then each way.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from tiledraw.canvas.assembler import seam_ratio
from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.data.documents import SceneSource
from tiledraw.data.scenes import render
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.enlarging import Enlarger, Lanczos, Levels, load_enlarger
from tiledraw.drawing.events import ImageDone, Refused
from tiledraw.drawing.job import Job
from tiledraw.evaluation.likelihood import held_out_scenes
from tiledraw.evaluation.sheets import write_sheet
from tiledraw.evaluation.similarity import sharpness, similarity
from tiledraw.language.first_plan import Plan

COLUMNS = ("PSNR", "SSIM", "sharpness", "seams", "seconds")


def ways_of(drawer: Drawer, vae: str, names: list[str], prompt: str, plan: Plan, seed: int) -> dict[str, Enlarger]:
    """The ways by name, for one picture."""
    every = {
        "lanczos": Lanczos,
        "vae": lambda: load_enlarger(vae),
        "levels": lambda: Levels(drawer, prompt, plan, seed),
    }
    return {name: every[name]() for name in names}


def print_table(drawer: Drawer, source: SceneSource, options: argparse.Namespace) -> None:
    """Means over the scenes, for each factor and way."""
    print(f"{options.scenes} {options.split} scenes, enlarged from {options.side}x{options.side} pixels")
    print(f"{'':12}" + "".join(f"{name:>11}" for name in COLUMNS))
    for factor in options.factors:
        figures: dict[str, list[tuple[float, ...]]] = {name: [] for name in options.ways}
        pictures: dict[str, list[np.ndarray]] = {name: [] for name in options.ways}
        references = []
        for index in range(options.scenes):
            prompt, plan = source.prompt("flat", index)
            assert isinstance(plan, Plan)
            small, truth = (render(plan, side, source.config.grays) for side in (options.side, factor * options.side))
            references.append(truth)
            for name, way in ways_of(drawer, options.vae, options.ways, prompt, plan, index).items():
                begin = time.perf_counter()
                large = way.enlarge(small, factor)
                seconds = time.perf_counter() - begin
                ssim, psnr = similarity(large, truth)
                figures[name].append((psnr, ssim, sharpness(large, truth), seconds))
                pictures[name].append(large)
        for name, rows in figures.items():
            psnr, ssim, sharp, seconds = np.mean(rows, axis=0)
            seams = seam_ratio(pictures[name], references)
            print(f"x{factor} {name:9}{psnr:11.2f}{ssim:11.4f}{sharp:11.3f}{seams:11.3f}{seconds:11.2f}", flush=True)


def show_drawn(drawer: Drawer, source: SceneSource, options: argparse.Namespace) -> None:
    """Draws pictures and enlarges each by the last of the factors."""
    factor, side = options.factors[-1], options.side
    prompts = [source.prompt("layout", index) for index in range(options.drawn)]
    jobs = [Job(prompt, (side, side), seed=seed, plan=plan) for seed, (prompt, plan) in enumerate(prompts)]
    drawn = {}
    for index, event in drawer.stream_all(jobs):
        if isinstance(event, Refused):
            print(f"{index}: no picture: {event.error}", file=sys.stderr)
        if isinstance(event, ImageDone):
            drawn[index] = np.asarray(event.image)
    rows = []
    for index, pixels in sorted(drawn.items()):
        prompt, plan = prompts[index]
        print(f"{index}: {prompt}", file=sys.stderr)
        ways = ways_of(drawer, options.vae, options.ways, prompt, plan, index)
        large = [resize(pixels, factor * side, factor * side), *(way.enlarge(pixels, factor) for way in ways.values())]
        rows.append([image_from_pixels(picture) for picture in large])
        write_sheet(options.sheet, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--vae", default="vae", help="folder of a network; the one in the package if not given")
    parser.add_argument("--ways", nargs="+", default=["lanczos", "vae", "levels"], choices=["lanczos", "vae", "levels"])
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--scenes", type=int, default=8)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--factors", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--drawn", type=int, default=24)
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    source = held_out_scenes(drawer.loaded, options.split, letterboxed=0.0)
    (show_drawn if options.sheet else print_table)(drawer, source, options)
