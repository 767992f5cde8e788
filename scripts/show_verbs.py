"""Draws one picture and does with it what every verb can do, each by its command, onto one strip.

    python scripts/show_verbs.py verbs.png [--prompt "a dog at the left and a heart at the top right"] [--seed 0]
                                           [--model FOLDER]

The commands go to standard error. The prompt has to name a dog and a heart and to leave the bottom right free.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tiledraw.evaluation.sheets import write_sheet

SIZE = 128
VERBS = {  # what each verb makes of drawn.png
    "removed": ["edit", "drawn.png", "--remove", "heart"],
    "replaced": ["edit", "drawn.png", "--replace", "dog=house"],
    "added": ["edit", "drawn.png", "--add", "a tree at the bottom right"],
    "recoloured": ["edit", "drawn.png", "--recolour", "dog=blue"],
    "extended": ["extend", "drawn.png", "--right", "128", "--add", "a house on the right"],
    "enlarged": ["enlarge", "drawn.png", "--to", "256"],
}


def tiledraw(arguments: list[str], model: list[str], folder: Path) -> str:
    """Runs a verb in a folder; what it prints. Ends with its exit code if it fails."""
    print(f"tiledraw {shlex.join(arguments)}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tiledraw", *arguments, *model]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strip", type=Path)
    parser.add_argument("--prompt", default="a dog at the left and a heart at the top right")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model")
    options = parser.parse_args()
    model = ["--model", str(Path(options.model).resolve())] if options.model else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw = [
            "generate",
            options.prompt,
            "--size",
            str(SIZE),
            "--seed",
            str(options.seed),
            "-o",
            "drawn.png",
            "--quiet",
        ]
        tiledraw(draw, model, folder)
        for picture, arguments in VERBS.items():
            tiledraw([*arguments, "-o", f"{picture}.png", "--quiet"], model, folder)
        pictures = [Image.open(folder / f"{picture}.png").convert("RGB") for picture in ("drawn", *VERBS)]
    write_sheet(options.strip, [pictures])
