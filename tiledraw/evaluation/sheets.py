"""Sheets: rows of pictures on gray ground, in one file. Knows nothing about what they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tiledraw.common.files import atomic_open

GAP = 8  # pixels between pictures, and around them
GROUND = 128


def write_sheet(path: Path, rows: Sequence[Sequence[Image.Image]]) -> None:
    """Writes rows of pictures of any sizes as a PNG, from top to bottom, each from the left."""
    width = max(sum(picture.width + GAP for picture in row) for row in rows) + GAP
    heights = [max(picture.height for picture in row) + GAP for row in rows]
    sheet, y = Image.new("RGB", (width, sum(heights) + GAP), (GROUND,) * 3), GAP
    for row, height in zip(rows, heights, strict=True):
        x = GAP
        for picture in row:
            sheet.paste(picture, (x, y))
            x += picture.width + GAP
        y += height
    with atomic_open(path) as file:
        sheet.save(file, "PNG")
