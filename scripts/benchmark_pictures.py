"""Times whole pictures, start-up included: seconds, microseconds per pixel and peak memory of `tiledraw generate`.

python scripts/benchmark_pictures.py [--sizes 128 256] [--repeat 3] [--order chess] [--model FOLDER]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPT = "a cat in the bottom-left corner and a sun at the top right"


def run_once(arguments: list[str]) -> tuple[float, float]:
    """Wall-clock seconds and peak resident memory in megabytes of one process."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "tiledraw", "generate", PROMPT, *arguments, "--quiet"])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"drawing failed with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--order", default="chess")
    parser.add_argument("--model")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            arguments = ["--size", str(size), "--order", options.order, "-o", str(Path(folder) / "picture.png")]
            arguments += ["--model", options.model] if options.model else []
            runs = [run_once(arguments) for _ in range(options.repeat)]
            seconds = [run[0] for run in runs]
            median = statistics.median(seconds)
            print(
                f"{size}x{size}: median {median:.1f} s (from {min(seconds):.1f} to {max(seconds):.1f}), "
                f"{median / size**2 * 1e6:.0f} us a pixel, peak {max(run[1] for run in runs):.0f} MB"
            )
