"""Times whole pictures, start-up included: seconds, microseconds per pixel and peak memory of `tiledraw generate`.

    python scripts/benchmark_pictures.py [--sizes 64 128 256 512 1024 2048] [--repeat 3] [--model FOLDER]
                                         [--plot costs.png]

Each picture is drawn in a process of its own. Tiles in which nothing is are filled and not drawn; on large canvases
they are most of them, so a pixel costs less there. The plot needs `pip install '.[benchmarks]'`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from tiledraw.evaluation.cost import Cost, measure_cost

SIZES = (64, 128, 256, 512, 1024, 2048)


def plot(costs: Mapping[int, Cost], path: Path) -> None:
    """Draws seconds, microseconds per pixel and megabytes over the side of a picture."""
    from matplotlib.figure import Figure

    sizes = list(costs)
    rows = {
        "seconds": [cost.seconds for cost in costs.values()],
        "microseconds a pixel": [cost.seconds / size**2 * 1e6 for size, cost in costs.items()],
        "peak memory in MB": [cost.peak_megabytes for cost in costs.values()],
    }
    figure = Figure(figsize=(12, 4), layout="constrained")
    for axes, (name, values) in zip(figure.subplots(1, len(rows)), rows.items(), strict=True):
        axes.plot(sizes, values, marker="o")
        axes.set(title=name, xlabel="pixels a side", xscale="log", xticks=sizes, xticklabels=sizes, ylim=(0, None))
        axes.minorticks_off()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--model")
    parser.add_argument("--plot", type=Path, help="an image file to write")
    options = parser.parse_args()
    if options.plot:
        import matplotlib  # noqa: F401 - before hours of drawing, not after them
    costs: dict[int, Cost] = {}
    for size in sorted(set(options.sizes)):
        arguments = ["--size", str(size)]
        arguments += ["--model", options.model] if options.model else []
        costs[size] = cost = measure_cost(arguments, repeats=options.repeat)
        print(
            f"{size}x{size}: median {cost.seconds:.1f} s (from {cost.fastest:.1f} to {cost.slowest:.1f}), "
            f"{cost.seconds / size**2 * 1e6:.0f} us a pixel, peak {cost.peak_megabytes:.0f} MB",
            flush=True,
        )
    if options.plot:
        plot(costs, options.plot)


if __name__ == "__main__":
    main()
