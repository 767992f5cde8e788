"""Sample pictures of a training run: a few prompts drawn by the current weights, level beside level, on one sheet.

Knows the pipeline. Knows nothing about training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.common.files import atomic_open
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import LevelDone

PROMPTS = (
    "a cat in the bottom-left corner and a sun at the top right",
    "在左下角画一朵花",
    "two fish on a light background",
)


def draw_samples(
    drawer: Drawer, path: Path, prompts: Sequence[str] = PROMPTS, planner: str = "rules", side: int = 128
) -> dict[str, str]:
    """Draws each prompt and writes a sheet with a row of its levels, each enlarged to `side` pixels.

    By default the rules plan, since early in training the model's own plans hide what its tiles can do.

    Returns:
        For each prompt what kept it from being drawn, or nothing. Without any picture no sheet is written.
    """
    flat = "tiled" not in drawer.loaded.knowledge.formats
    refused, rows = {}, []
    for seed, prompt in enumerate(prompts):
        events = drawer.stream(prompt, (side, side), seed=seed, planner=planner, order="independent", flat=flat)
        try:
            levels = [event.pixels for event in events if isinstance(event, LevelDone)]
        except ValueError as error:  # a young model's plan may be no plan
            refused[prompt] = str(error)
            continue
        refused[prompt] = ""
        rows.append(np.concatenate([resize(pixels, side, side) for pixels in levels], axis=1))
    if rows:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_open(path) as file:
            image_from_pixels(np.concatenate(rows)).save(file, "PNG")
    return refused
