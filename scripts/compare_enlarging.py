"""Compares the ways to enlarge a gray picture without its plan, on held-out pictures.

    python scripts/compare_enlarging.py [--vae FOLDER] [--pictures 8] [--side 128] [--factors 2 4]

Each picture of glyphs is rendered at `side` pixels, enlarged, and compared with the true one. Sharpness is the mean
gradient at true edges over the true one; a seam ratio of 1 is that of the true pictures.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tiledraw.canvas.assembler import seam_ratio
from tiledraw.cli.options import parse_options
from tiledraw.data.pairs import PairSource
from tiledraw.drawing.enlarging import load_enlarger
from tiledraw.evaluation.similarity import sharpness, similarity
from tiledraw.training.vae import VaeTrainConfig

COLUMNS = ("PSNR", "SSIM", "sharpness", "seams", "seconds")


def print_table(source: PairSource, options: argparse.Namespace) -> None:
    """Means over the pictures, for each factor and way."""
    print(f"{options.pictures} {options.split} pictures, enlarged from {options.side}x{options.side} pixels")
    print(f"{'':12}" + "".join(f"{name:>11}" for name in COLUMNS))
    ways = {"lanczos": load_enlarger("lanczos"), "vae": load_enlarger(options.vae)}
    for factor in options.factors:
        figures: dict[str, list[tuple[float, ...]]] = {name: [] for name in ways}
        pictures: dict[str, list[np.ndarray]] = {name: [] for name in ways}
        references = []
        for index in range(options.pictures):
            picture, grays = source.picture(index), source.crops.grays
            small, truth = (picture.render(side, grays) for side in (options.side, factor * options.side))
            references.append(truth)
            for name, way in ways.items():
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vae", default="vae", help="folder of a network; the one in the package if not given")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--factors", type=int, nargs="+", default=[2, 4])
    options = parser.parse_args()
    crops = parse_options(VaeTrainConfig, ["--config", "vae"], "train").crops
    print_table(PairSource(crops, options.split), options)
