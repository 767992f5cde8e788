"""Times whole pictures, start-up included: seconds, microseconds per pixel and peak memory of `tiledraw generate`.

python scripts/benchmark_pictures.py [--sizes 128 256] [--repeat 3] [--order chess] [--model FOLDER]
"""

from __future__ import annotations

import argparse

from tiledraw.evaluation.cost import measure_cost

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--order", default="chess")
    parser.add_argument("--model")
    options = parser.parse_args()
    for size in options.sizes:
        arguments = ["--size", str(size), "--order", options.order]
        arguments += ["--model", options.model] if options.model else []
        cost = measure_cost(arguments, repeats=options.repeat)
        print(
            f"{size}x{size}: median {cost.seconds:.1f} s (from {cost.fastest:.1f} to {cost.slowest:.1f}), "
            f"{cost.seconds / size**2 * 1e6:.0f} us a pixel, peak {cost.peak_megabytes:.0f} MB"
        )
