"""Prints what a training took, from its metrics, and draws its curve: bits per pixel of each kind over the steps.

    python scripts/training_curve.py [METRICS.jsonl] [--plot curve.png]

Without a file: the bundled model's, of which every sixtieth step is kept. The plot needs `pip install '.[benchmarks]'`.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import files
from pathlib import Path
from typing import Any


def plot(lines: list[dict[str, Any]], path: Path) -> None:
    """Bits per pixel over steps, one curve a kind of document, on a logarithmic axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    for name in dict.fromkeys(key for line in lines for key in line if key.startswith("bits_per_pixel/")):
        points = [(line["step"], line[name]) for line in lines if line.get(name)]
        axes.plot(*zip(*points, strict=True), label=name.removeprefix("bits_per_pixel/"), linewidth=1)
    axes.set(xlabel="steps", ylabel="bits per pixel", yscale="log")
    axes.legend(ncols=2)
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    bundled = Path(str(files("tiledraw") / "models" / "bundled" / "metrics.jsonl"))
    parser.add_argument("metrics", type=Path, nargs="?", default=bundled)
    parser.add_argument("--plot", type=Path, help="an image file to write")
    options = parser.parse_args()
    lines = [json.loads(line) for line in options.metrics.read_text(encoding="utf-8").splitlines()]
    last = lines[-1]
    print(f"{last['step']:,} steps, {last['tokens'] / 1e6:.0f} million tokens, {last['seconds'] / 60:.0f} minutes")
    if options.plot:
        plot([line for line in lines if line["split"] == "train"], options.plot)


if __name__ == "__main__":
    main()
