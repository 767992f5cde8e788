"""The assembler: tiles -> picture, and how visible the seams between tiles are.

Knows arrays of gray levels. Knows nothing about how tiles are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tiledraw.pyramid import TILE, Canvas, Level, Tile


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


def steps(picture: np.ndarray) -> tuple[float, float]:
    """Mean absolute step between neighbouring pixels across tile borders, and elsewhere.

    Raises:
        AssemblyError: a picture `(height, width)` of a single tile, which has no border inside.
    """
    across, within = [], []
    for axis in (0, 1):
        size = np.abs(np.diff(picture.astype(np.float64), axis=axis))
        at_border = np.arange(1, picture.shape[axis]) % TILE == 0
        across.append(np.compress(at_border, size, axis=axis).ravel())
        within.append(np.compress(~at_border, size, axis=axis).ravel())
    across_all, within_all = np.concatenate(across), np.concatenate(within)
    if not len(across_all):
        raise AssemblyError("a picture of one tile has no seams")
    return float(across_all.mean()), float(within_all.mean())


def seam_ratio(pictures: Iterable[np.ndarray], references: Iterable[np.ndarray]) -> float:
    """How much larger steps across tile borders are than elsewhere, relative to the same on reference pictures.

    1 means that seams can't be told from the rest; steps are averaged over all pictures before they are divided. NaN
    where there is no step to divide by.
    """

    def ratio(images: Iterable[np.ndarray]) -> float:
        across, within = np.mean([steps(image) for image in images], axis=0)
        return across / within if within else float("nan")

    drawn, reference = ratio(pictures), ratio(references)
    return float(drawn / reference) if reference else float("nan")
