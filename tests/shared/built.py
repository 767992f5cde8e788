"""A few small gray pictures with labels, or with plans, built into documents, for tests that learn from such."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from tiledraw.data.build import build
from tiledraw.data.cutting import BuildConfig
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID, Placement, Plan, format_plan

LABELS, GRAYS, COUNT = ("cat", "sun"), 16, 12
SPLITS = ("train", "validation", "test")


def write_pictures(folder, plans=False, side=64):
    """Writes twelve pictures of disks for each split, with labels, or with plans and captions."""
    rng, folder = np.random.default_rng(0), Path(folder)
    for split in SPLITS:
        (folder / split).mkdir(parents=True)
        rows = []
        for number in range(COUNT):
            cells, name = int(rng.integers(20, 28)), LABELS[number % len(LABELS)]
            x, y = (int(start) for start in rng.integers(0, GRID - cells, 2))
            middle = (np.arange(side) + 0.5) * GRID / side
            away = np.hypot(middle[:, None] - y - cells / 2, middle[None] - x - cells / 2)
            pixels = np.where(away < cells / 2, np.uint8(17 * rng.integers(0, 8)), np.uint8(255))
            Image.fromarray(pixels).save(folder / split / f"{number}.png")
            plan = format_plan(Plan((Placement(name, Box(x, y, x + cells, y + cells)),)))
            said = {"text": f"a {name}", "plan": plan} if plans else {"label": name}
            rows.append(json.dumps({"file_name": f"{number}.png", **said}))
        (folder / split / "metadata.jsonl").write_text("\n".join(rows) + "\n")


@cache
def built_folder(side=64, plans=False, grays=GRAYS):
    """The folder of documents of such pictures, built once in a process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_pictures(folder / "pictures", plans, side)
    build(BuildConfig("folder", str(folder / "pictures"), str(folder / "built"), sizes=[side], grays=grays))
    return str(folder / "built")
