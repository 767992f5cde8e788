"""Draws a file of prompts in one process, then on a cluster of two nodes of this machine, one of which is killed when
half of the pictures are there, and compares all files byte for byte.

    python scripts/prove_cluster.py FOLDER [--count 1000] [--size 32]

Prints the seconds of both, and what is missing or other. Pictures that stand in the folder are not drawn again. Needs
the extra `ray`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # reached from here alone

TRIES = 5  # Ray gives a node half a minute to start, whatever else the machine does
THINGS = ("red cat", "yellow sun", "blue house", "green tree", "orange fish")
CORNERS = ("top left", "top right", "bottom left", "bottom right")
PLACES = (*(f"at the {corner}" for corner in CORNERS), "in the middle")


def write_prompts(path: Path, count: int) -> None:
    """So many prompts, no two alike, of few things, whose layers a process draws only once."""
    sizes = itertools.product(("", "small "), repeat=2)
    ways = itertools.product(sizes, itertools.permutations(PLACES, 2), itertools.permutations(THINGS, 2))
    sentences = (f"a {a}{one} {here} and a {b}{other} {there}" for (a, b), (here, there), (one, other) in ways)
    lines = (json.dumps({"prompt": sentence}) for sentence in sentences)
    path.write_text("\n".join(itertools.islice(lines, count)) + "\n", encoding="utf-8")


def add_node(cluster: Any) -> Any:
    for left in reversed(range(TRIES)):
        try:
            return cluster.add_node(num_cpus=1, include_dashboard=False, no_monitor=True, include_log_monitor=False)
        except Exception:
            if not left:
                raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--size", default="32")
    options = parser.parse_args()
    from ray.cluster_utils import Cluster

    options.folder.mkdir(parents=True, exist_ok=True)
    prompts, one, many = (options.folder / name for name in ("prompts.jsonl", "one", "many"))
    write_prompts(prompts, options.count)
    draw = [sys.executable, "-m", "tiledraw", "generate", "--prompts", str(prompts), "--size", options.size]
    draw += ["--planner", "rules"]

    begin = time.monotonic()
    subprocess.run([*draw, "--out", str(one), "--quiet"], check=True)
    print(f"one process: {time.monotonic() - begin:.0f} s", flush=True)

    cluster = Cluster()
    add_node(cluster)
    second = add_node(cluster)
    begin = time.monotonic()
    with subprocess.Popen([*draw, "--out", str(many), "--quiet", "--cluster", cluster.address]) as drawing:
        while len(list(many.glob("*.png"))) < options.count // 2 and drawing.poll() is None:
            time.sleep(0.02)
        second.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)
        print(f"killed a node after {len(list(many.glob('*.png')))} pictures", flush=True)
    print(f"two nodes, then one: {time.monotonic() - begin:.0f} s, exit code {drawing.returncode}")
    cluster.shutdown()

    found = [{path.name: path.read_bytes() for path in folder.glob("*.png")} for folder in (one, many)]
    same = sum(found[0][name] == found[1].get(name) for name in found[0])
    print(f"{len(found[1])} of {options.count} pictures are there, {same} of them the same bytes as of one process")
    sys.exit(not same == len(found[1]) == options.count)


if __name__ == "__main__":
    main()
