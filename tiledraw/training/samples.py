"""Sample pictures of a training run: a few prompts drawn by the current weights, level beside level, on one sheet.

Knows the pipeline. Knows nothing about training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.common.files import atomic_open
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import LevelDone
from tiledraw.engine.streams import Decoder

OUT_OF_TIME = "the time was over before it was done"


class _OutOfTimeError(ValueError):
    pass


class _BoundedDecoder:
    """A decoder that draws in this process, and gives up between two tokens when the time is over.

    Whatever is asked of it is asked of the other; it has no pool, since nobody can stop what a worker has begun.
    """

    def __init__(self, decoder: Decoder, is_over: Callable[[], bool]) -> None:
        self._decoder, self._is_over = decoder, is_over

    def __getattr__(self, name: str) -> Any:
        if name == "pool" or name.startswith("__"):
            raise AttributeError(name)
        if self._is_over():
            raise _OutOfTimeError(OUT_OF_TIME)
        return getattr(self._decoder, name)


def draw_samples(
    drawer: Drawer,
    path: Path,
    is_over: Callable[[], bool],
    prompts: Sequence[str],
    side: int,
) -> dict[str, str]:
    """Draws each prompt and writes a sheet with a row of its levels, each enlarged to `side` pixels.

    Args:
        is_over: Whether to stop: a picture that is not done then is left out.

    Returns:
        For each prompt what kept it from being drawn, or nothing. Without any picture no sheet is written.
    """
    drawer = Drawer(drawer.loaded, _BoundedDecoder(drawer.decoder, is_over))
    flat = "tiled" not in drawer.loaded.knowledge.formats
    refused, rows = {}, []
    for seed, prompt in enumerate(prompts):
        events = drawer.stream(prompt, (side, side), seed=seed, flat=flat)
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
