"""Trains the flat baseline and the tiled path for the same number of tokens on the same digits, then compares them.

    python scripts/compare_budgets.py runs/budgets [--steps 600] [--time-limit 45m]

The flat one takes so many steps of `configs/digits-flat.yaml`, the tiled one as many of `configs/digits-tiled.yaml` as
have as many tokens. Each training goes on where it stopped; what is finished is not done again. The report is in
DIR/report/report.md. Needs the extras `train`, `evaluation` and `digits`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tiledraw.cli.options import parse_options
from tiledraw.data.labels import placed_labels
from tiledraw.models.building import load_vocabulary
from tiledraw.training.config import TrainConfig
from tiledraw.training.loader import Loader

FORMATS = ("flat", "tiled")
MEASURED = 20  # steps of which the tokens are counted


def run(*arguments: str) -> None:
    """Runs a verb of tiledraw and ends with it if it fails."""
    done = subprocess.run([sys.executable, "-m", "tiledraw", *arguments], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def last_metrics(folder: Path) -> dict[str, float]:
    """The last line that the training wrote."""
    return json.loads((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])


def tokens_a_step(name: str, data: str) -> float:
    """The mean tokens of a step of a recipe."""
    config = parse_options(TrainConfig, ["--config", f"digits-{name}", "--data", data], "train")
    vocabulary = load_vocabulary(config.tokenizer, placed_labels(data))
    loader = Loader(config, vocabulary)
    return sum(b.tokens for step in range(MEASURED) for part in loader.batches(step) for b in part) / MEASURED


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=600, help="of the flat training")
    parser.add_argument("--time-limit", help="of each training in this call, such as 45m; the next call goes on")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    built, models = str(options.folder / "built"), [str(options.folder / name / "model") for name in FORMATS]
    run("data", "build", "digits", "-o", built, "--grays", "16", "--quiet")
    rates = {name: tokens_a_step(name, built) for name in FORMATS}
    for name in FORMATS:
        steps = round(options.steps * rates["flat"] / rates[name])
        arguments = ["--config", f"digits-{name}", "--data", built, "--output", str(options.folder / name)]
        arguments += ["--time-limit", options.time_limit] if options.time_limit else []
        run("train", *arguments, "--steps", str(steps))
    seen = {name: last_metrics(options.folder / name) for name in FORMATS}
    for name, line in seen.items():
        print(f"{name}: {line['step']} steps, {line['tokens']:,} tokens, {line['seconds'] / 60:.0f} minutes")
    if abs(seen["flat"]["tokens"] / seen["tiled"]["tokens"] - 1) > 0.02:
        raise SystemExit("the budgets are not equal yet: call again until both trainings have ended")
    run("evaluate", models[1], "--against", models[0], "--data", built, "--output", str(options.folder / "report"))
