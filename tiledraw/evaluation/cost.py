"""Cost: seconds and peak memory of `tiledraw generate`, each time in a process of its own, start-up included.

Knows processes. Knows nothing about what is drawn.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROMPT = "a cat in the bottom-left corner and a sun at the top right"
REPEATS = 3


@dataclass(frozen=True)
class Cost:
    """Median seconds and largest peak memory of drawing one picture in some way."""

    way: str
    seconds: float
    peak_megabytes: float
    fastest: float
    slowest: float


def measure_cost(arguments: list[str], way: str = "", repeats: int = REPEATS) -> Cost:
    """Draws a picture `repeats` times with these options of `tiledraw generate`.

    Raises:
        ValueError: drawing failed.
    """
    seconds, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "picture.png")
        for _ in range(repeats):
            begin = time.perf_counter()
            command = [sys.executable, "-m", "tiledraw", "generate", PROMPT, *arguments, "--quiet", "-o", output]
            process = subprocess.Popen(command)
            _, status, usage = os.wait4(process.pid, 0)  # the memory of this process alone
            process.returncode = os.waitstatus_to_exitcode(status)
            if status:
                raise ValueError(f"drawing with {' '.join(arguments)} failed, so its cost can't be measured")
            seconds.append(time.perf_counter() - begin)
            peaks.append(usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2))
    return Cost(way, statistics.median(seconds), max(peaks), min(seconds), max(seconds))
