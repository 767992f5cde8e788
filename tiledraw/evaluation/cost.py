"""Cost: seconds and peak memory of `tiledraw generate`, each time in a process of its own, start-up included.

The memory is that of the process and of those that it starts, what they share counted for each; where there is no
`/proc`, it is that of the process alone.
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

from tiledraw.common.interpreters import python_command

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
            drawn = ["generate", PROMPT, *arguments, "--quiet", "-o", output]
            command = python_command("from tiledraw.cli.main import main; sys.exit(main())", *drawn)
            process = subprocess.Popen(command)
            peak = 0.0
            while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
                peak = max(peak, _resident_megabytes(process.pid))
                time.sleep(0.02)
            seconds.append(time.perf_counter() - begin)
            process.returncode = os.waitstatus_to_exitcode(ended[1])
            if process.returncode:
                raise ValueError(f"drawing with {' '.join(arguments)} failed, so its cost can't be measured")
            peaks.append(max(peak, ended[2].ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)))
    return Cost(way, statistics.median(seconds), max(peaks), min(seconds), max(seconds))


def _resident_megabytes(process: int) -> float:
    """Of a process and all that it has started, where `/proc` tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has just ended, or there is no such folder
        return 0.0
    own = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:")]
    return sum(own) + sum(_resident_megabytes(int(child)) for child in children)
