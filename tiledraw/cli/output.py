"""What every verb that draws shares: how far the tiles are, and the finished picture in its file or on standard output.

Knows events, progress bars and files. Knows nothing about options or how pictures are drawn.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.common.files import atomic_open

if TYPE_CHECKING:
    from PIL import Image
    from tqdm import tqdm

    from tiledraw.drawing.events import Event


def check_piped() -> None:
    """Refuses to write a picture to standard output where a person would read it.

    Raises:
        ValueError: standard output is a terminal.
    """
    if sys.stdout.isatty():
        raise ValueError("a picture can't be shown in a terminal; give -o a file name or pipe the output on")


def count_tiles(bar: tqdm, event: Event) -> None:
    """Shows in a progress bar which level is drawn, and its finished tiles."""
    from tiledraw.drawing.events import LevelStarted, TileDone

    match event:
        case LevelStarted(side=side, tiles=count):
            bar.set_description(f"{side}x{side}", refresh=False)
            bar.total += count
            bar.refresh()
        case TileDone():
            bar.update()


def write_picture(path: Path | None, image: Image.Image, format_name: str, chunks: Mapping[str, str]) -> None:
    """Writes a picture whole, to a file or (None) to standard output; a PNG with its text chunks."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, text in chunks.items():
        info.add_text(key, text)
    options = {"pnginfo": info} if format_name == "PNG" else {}
    if path is None:
        buffer = io.BytesIO()
        image.save(buffer, format_name, **options)
        sys.stdout.buffer.write(buffer.getvalue())
        sys.stdout.buffer.flush()
    else:
        with atomic_open(path) as file:  # straight into it: a large picture is not held twice
            image.save(file, format_name, **options)
