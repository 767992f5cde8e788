"""Trains the flat baseline and the tiled path for the same number of tokens on the same scenes, then compares them.

    python scripts/compare_budgets.py runs/budgets [--steps 520] [--time-limit 45m] [--every 1] [--size 128]

Each training goes on where it stopped; what is finished is not done again. The report is in DIR/report/report.html.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

CONFIGS = Path(__file__).parents[1] / "configs"
FORMATS = ("flat", "tiled")


def run(*arguments: str) -> None:
    """Runs a verb of tiledraw and ends with it if it fails."""
    done = subprocess.run([sys.executable, "-m", "tiledraw", *arguments], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def last_metrics(folder: Path) -> dict[str, float]:
    """The last line that the training wrote."""
    return json.loads((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, help="of each training; those of the configurations if not given")
    parser.add_argument("--time-limit", help="of each training in this call, such as 45m; the next call goes on")
    parser.add_argument("--every", type=int, default=1, help="draw only every so many-th prompt")
    parser.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in FORMATS:
        arguments = ["--config", str(CONFIGS / f"compare-{name}.yaml"), "--output", str(options.folder / name)]
        arguments += ["--steps", str(options.steps)] if options.steps else []
        arguments += ["--time-limit", options.time_limit] if options.time_limit else []
        run("train", *arguments)
    seen = {name: last_metrics(options.folder / name) for name in FORMATS}
    for name, line in seen.items():
        print(f"{name}: {line['step']} steps, {line['tokens']:,} tokens, {line['seconds'] / 60:.0f} minutes")
    if abs(seen["flat"]["tokens"] / seen["tiled"]["tokens"] - 1) > 0.02:
        raise SystemExit("the budgets are not equal yet: call again until both trainings have ended")
    models = [
        "--model",
        str(options.folder / "tiled" / "model"),
        "--flat-model",
        str(options.folder / "flat" / "model"),
    ]
    sizes = ["--size", str(options.size), "--every", str(options.every)]
    suite = str(options.folder / "suite.jsonl")  # of what they have been shown
    builder = [str(Path(__file__).with_name("build_suite.py")), "--config", str(CONFIGS / f"compare-{FORMATS[0]}.yaml")]
    subprocess.run([sys.executable, *builder, "--output", suite], check=True)
    run("compare", "--output", str(options.folder / "report"), "--suite", suite, *models, *sizes)
