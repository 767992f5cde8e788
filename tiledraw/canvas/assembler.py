"""The assembler: tiles -> picture, and how visible the seams between tiles are.

Knows arrays of gray levels. Knows nothing about how tiles are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tiledraw.canvas.pyramid import TILE, Canvas, Level, Tile


class AssemblyError(ValueError):
    """The tiles do not make up the canvas."""


def assemble(tiles: Iterable[tuple[Tile, np.ndarray]], canvas: Canvas) -> np.ndarray:
    """The picture `(height, width)` uint8 of the last level's tiles, each `(32, 32)` uint8, given in any order.

    Raises:
        AssemblyError: a tile of another level or place, of another shape, or missing.
    """
    level, visible = Level(canvas.side), canvas.tiles(len(canvas.sides) - 1)
    known = set(visible)
    for tile, pixels in tiles:
        if tile not in known:
            raise AssemblyError(f"{tile} is not of a canvas of {canvas.width}x{canvas.height} pixels")
        if pixels.shape != (TILE, TILE):
            raise AssemblyError(f"a tile has {TILE}x{TILE} pixels, not {pixels.shape}")
        level.put(tile, pixels)
    missing = [tile for tile in visible if not level.done[tile.row, tile.column]]
    if missing:
        raise AssemblyError(f"{len(missing)} tiles are missing, row {missing[0].row} column {missing[0].column} first")
    return canvas.crop(level.pixels)


def steps(picture: np.ndarray, free: np.ndarray | None = None) -> tuple[float, float]:
    """Mean absolute step between neighbouring pixels across tile borders, and elsewhere.

    Args:
        picture: `(height, width)` uint8.
        free: Which pixels were drawn anew, `(height, width)` bool: only borders between them and the others count.

    Raises:
        AssemblyError: there is no such border, since the picture has a single tile, or one side of it no pixel.
    """
    across, within = [], []
    for axis in (0, 1):
        size = np.abs(np.diff(picture.astype(np.float64), axis=axis))
        ends = np.arange(1, picture.shape[axis]) % TILE == 0
        at_border = np.broadcast_to(ends if axis else ends[:, None], size.shape)
        counted = at_border if free is None else np.diff(free, axis=axis)
        across.append(size[counted])
        within.append(size[~(at_border | counted)])
    across_all, within_all = np.concatenate(across), np.concatenate(within)
    if not len(across_all):
        raise AssemblyError("a picture of one tile has no seams" if free is None else "nothing or all was drawn anew")
    return float(across_all.mean()), float(within_all.mean())


def seam_ratio(
    pictures: Iterable[np.ndarray], references: Iterable[np.ndarray], frees: Iterable[np.ndarray | None] | None = None
) -> float:
    """How much larger steps across tile borders are than elsewhere, relative to the same on reference pictures.

    1 means that seams can't be told from the rest; steps are averaged over all pictures before they are divided. NaN
    where there is no step to divide by.

    Args:
        pictures: `(height, width)` uint8 each.
        references: True ones of the same plans.
        frees: Which pixels of each were drawn anew, if only borders around them are to count.
    """

    def ratio(images: Iterable[np.ndarray]) -> float:
        pairs = ((image, None) for image in images) if around is None else zip(images, around, strict=True)
        across, within = np.mean([steps(image, free) for image, free in pairs], axis=0)
        return across / within if within else float("nan")

    around = None if frees is None else list(frees)
    drawn, reference = ratio(pictures), ratio(references)
    return float(drawn / reference) if reference else float("nan")
