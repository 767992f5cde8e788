"""Prints how far the finder can be trusted: what it sees in true pictures of random plans, and how long it takes.

    python scripts/measure_finder.py [--subjects bundled|all] [--pictures 100] [--sides 32 128 256 512] [--seed 0]

bundled are the subjects, sizes and backgrounds of configs/bundled.yaml; all are all there are.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import yaml

from tiledraw.evaluation.finding import measure_finder
from tiledraw.language.first.plan import BACKGROUNDS, SIZES
from tiledraw.language.subjects import subjects

BUNDLED = Path(__file__).parents[1] / "configs" / "bundled.yaml"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", choices=("bundled", "all"), default="bundled")
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--sides", type=int, nargs="+", default=[32, 128, 256, 512])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    scenes = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))["scenes"]
    names, sizes, backgrounds = scenes["subjects"], scenes["sizes"], scenes["backgrounds"]
    if options.subjects == "all":
        names, sizes, backgrounds = list(subjects()), list(SIZES), BACKGROUNDS
    print(
        f"{options.pictures} pictures of 1 to 4 of {len(names)} subjects; {', '.join(sizes)}; {', '.join(backgrounds)}"
    )
    print("| side | recall | precision | found in other pictures | seconds a picture, drawn and searched |")
    print("| --- | --- | --- | --- | --- |")
    for side in options.sides:
        begin = time.process_time()
        arguments = (names, sizes, backgrounds, scenes["grays"], [side], options.pictures, options.seed)
        [row] = measure_finder(*arguments)
        seconds = (time.process_time() - begin) / options.pictures
        figures = f"{row.recall:.3f} | {row.precision:.3f} | {row.elsewhere:.4f} | {seconds:.2f}"
        print(f"| {row.side} | {figures} |", flush=True)
