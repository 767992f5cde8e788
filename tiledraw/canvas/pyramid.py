"""The pyramid: levels of a canvas, and each tile's guide and borders.

Level 0 is the coarse 8x8 pass, level 1 one tile of 16x16; every later level is a grid of 32x32 tiles over the square
that encloses the canvas.
Knows arrays of gray levels. Knows nothing about tokens, prompts or models.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tiledraw.canvas.pixels import quantise, resize
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID

TILE = 32  # pixels a side of a tile, but for those of the first levels
COARSE = 8  # pixels a side of the coarse pass
UNITS = 32  # a tile's own coordinates go from 0 to this, whatever its level
MIN_SIDE, MAX_SIDE = 32, 4096
ABSENT = -1  # a guide or border pixel that is not there


@dataclass(frozen=True)
class Tile:
    """One tile of a level: `grid` tiles a side, this one at `row`, `column`."""

    level: int
    grid: int
    row: int
    column: int

    @property
    def side(self) -> int:
        """Its pixels a side: 32, or the whole of a level that is smaller than that."""
        return min(TILE, COARSE << self.level)

    @property
    def square(self) -> Box:
        """Where the tile lies in its level, in pixels."""
        x, y = self.column * self.side, self.row * self.side
        return Box(x, y, x + self.side, y + self.side)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Where the tile lies in its level's array of pixels."""
        return slices_of(self.square)

    def to_units(self, box: Box) -> Box:
        """A box of plan cells in the tile's own coordinates, whole at every level."""
        x, y = UNITS * self.column, UNITS * self.row
        grid = self.grid * UNITS // GRID
        return Box(grid * box.x0 - x, grid * box.y0 - y, grid * box.x1 - x, grid * box.y1 - y)


COARSE_TILE = Tile(0, 1, 0, 0)  # the coarse pass


@dataclass(frozen=True)
class Borders:
    """The 32 pixels of each finished neighbour that touch a tile, `(32,)` uint8, or None where there is none."""

    top: np.ndarray | None = None
    left: np.ndarray | None = None
    right: np.ndarray | None = None
    bottom: np.ndarray | None = None


def level_sides(side: int) -> tuple[int, ...]:
    """Sides of the levels of a square canvas: 8, 16, 32, twice as many each; the last factor is at most 2.

    A level that shows four times as many pixels a side as the one above leaves a small model to guess whole strokes;
    twice as many leave it little but to sharpen them, and cost a quarter more tiles than four times as many.
    """
    sides = [COARSE]
    while side > 2 * sides[-1]:
        sides.append(2 * sides[-1])
    return (*sides, side)


@dataclass(frozen=True)
class Canvas:
    """A picture's size in pixels, and the square around it on which plan grid and levels lie.

    Raises:
        ValueError: a side that is not a multiple of 32 from 32 to 4096.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if side % TILE or not MIN_SIDE <= side <= MAX_SIDE:
                raise ValueError(f"the {name} must be a multiple of {TILE} from {MIN_SIDE} to {MAX_SIDE}, not {side}")

    @property
    def side(self) -> int:
        """Side of the enclosing square."""
        return max(self.width, self.height)

    @property
    def offset(self) -> tuple[int, int]:
        """`(x, y)` of the canvas in the enclosing square: centred, on a tile corner."""
        return (self.side - self.width) // 2 // TILE * TILE, (self.side - self.height) // 2 // TILE * TILE

    @cached_property
    def sides(self) -> tuple[int, ...]:
        return level_sides(self.side)

    def visible(self, units: int) -> Box:
        """The visible part of the square, in whole units of `units` a side, rounded outwards."""
        (x, y), side = self.offset, self.side
        return Box(
            x * units // side,
            y * units // side,
            -(-(x + self.width) * units // side),
            -(-(y + self.height) * units // side),
        )

    @property
    def cells(self) -> Box:
        """The visible part in cells of a plan."""
        return self.cells_on(GRID)

    def cells_on(self, grid: int) -> Box:
        """The visible part in cells of a grid: cells that lie in it whole, or those that it touches if there are
        none."""
        (x, y), side, outer = self.offset, self.side, self.visible(grid)
        inner = (-(-x * grid // side), -(-y * grid // side))
        ends = ((x + self.width) * grid // side, (y + self.height) * grid // side)
        x0, x1 = (inner[0], ends[0]) if inner[0] < ends[0] else (outer.x0, outer.x1)
        y0, y1 = (inner[1], ends[1]) if inner[1] < ends[1] else (outer.y0, outer.y1)
        return Box(x0, y0, x1, y1)

    def tiles(self, level: int) -> list[Tile]:
        """The visible tiles of a level (1 is the first), in raster order."""
        grid = max(1, self.sides[level] // TILE)
        box = self.visible(grid)
        return [Tile(level, grid, row, column) for row in range(box.y0, box.y1) for column in range(box.x0, box.x1)]

    def above(self, tile: Tile) -> list[Tile] | None:
        """The visible tiles of the level above that a tile's guide shows; None if it is drawn from all of that level,
        since that does not show half as many pixels a side. The coarse pass has none."""
        level = tile.level - 1
        if self.sides[tile.level] != 2 * self.sides[level]:
            return None
        if level == 0:
            return []
        grid, half = max(1, self.sides[level] // TILE), tile.side // 2
        side, box = self.sides[level] // grid, self.visible(grid)
        y, x = half * tile.row, half * tile.column
        return [
            Tile(level, grid, row, column)
            for row in range(max(box.y0, y // side), min(box.y1, (y + half) // side + 1))  # and the row beneath
            for column in range(max(box.x0, x // side), min(box.x1, (x + half - 1) // side + 1))
        ]

    def crop(self, pixels: np.ndarray) -> np.ndarray:
        """The visible part of the last level's square of pixels."""
        x, y = self.offset
        return pixels[y : y + self.height, x : x + self.width]


class Level:
    """A level while it is drawn: gray levels `(side, side)` uint8, and how many rows of each tile are finished."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.tile = tile = min(TILE, side)
        self.pixels = np.zeros((side, side), dtype=np.uint8)
        self.rows = np.zeros((side // tile, side // tile), dtype=np.int64)
        self._guides: tuple[tuple[int, int, int], np.ndarray] | None = None

    @classmethod
    def finished(cls, pixels: np.ndarray) -> Level:
        """A level of `(side, side)` uint8 that is complete."""
        level = cls(pixels.shape[0])
        level.pixels[:] = pixels
        level.rows[:] = level.tile
        return level

    @property
    def done(self) -> np.ndarray:
        """Which tiles are finished, bool."""
        return self.rows == self.tile

    def put(self, tile: Tile, pixels: np.ndarray) -> None:
        """Puts the first rows of a tile where they belong, `(rows, side)`."""
        rows, columns = tile.slices
        self.pixels[rows.start : rows.start + len(pixels), columns] = pixels
        self.rows[tile.row, tile.column] = len(pixels)

    def borders(self, tile: Tile, sees: Callable[[Tile], bool] | None = None) -> Borders:
        """Borders of a tile: the touching pixels of its finished neighbours; or of those that it `sees`, as far as they
        are drawn."""
        rows, columns = tile.slices

        def edge(row: int, column: int, y: int | slice, x: int | slice) -> np.ndarray | None:
            if not (0 <= row < tile.grid and 0 <= column < tile.grid and self.rows[row, column]):
                return None
            seen = sees(Tile(tile.level, tile.grid, row, column)) if sees else self.rows[row, column] == self.tile
            return self.pixels[y, x].copy() if seen else None

        return Borders(
            top=edge(tile.row - 1, tile.column, rows.start - 1, columns),
            left=edge(tile.row, tile.column - 1, rows, columns.start - 1),
            right=edge(tile.row, tile.column + 1, rows, columns.stop % self.side),
            bottom=edge(tile.row + 1, tile.column, rows.stop % self.side, columns),
        )

    def guides(self, below: int, grays: int) -> np.ndarray:
        """Guide pixels of the level of `below` pixels a side: `(below / 2 + 1, below / 2)` int16.

        Area means of this level (nearest pixels where it is coarser than that), in `grays` gray levels; ABSENT where
        this level is unfinished, and in the last row, which lies beneath the square.
        """
        side = below // 2
        guides = np.full((side + 1, side), ABSENT, dtype=np.int16)
        known = resize(np.kron(self.done, np.ones((self.tile, self.tile), bool)).astype(np.uint8) * 255, side, side)
        grid_pixels = quantise(resize(self.pixels, side, side), grays).astype(np.int16)  # ABSENT is no uint8
        guides[:side] = np.where(known == 255, grid_pixels, ABSENT)
        return guides

    def guide(self, tile: Tile, below: int, grays: int) -> np.ndarray:
        """The guide of a tile of the level of `below` pixels a side, as `guide_of` tells."""
        if below != 2 * self.side:
            return guide_of(self._all_guides(below, grays), tile)
        half = tile.side // 2  # a guide pixel is a pixel of this level, so the rest need not be looked at
        y, x = half * tile.row, half * tile.column
        window = slice(y, y + half + 1), slice(x, x + half)
        rows, columns = (np.arange(part.start, min(part.stop, self.side)) for part in window)
        known = self.rows[np.ix_(rows // self.tile, columns // self.tile)] > (rows % self.tile)[:, None]
        guide = np.full((half + 1, half), ABSENT, dtype=np.int16)
        guide[: len(rows)][known] = quantise(self.pixels[window], grays)[known]
        return guide

    def _all_guides(self, below: int, grays: int) -> np.ndarray:
        """The guides of a level, made once while nothing more of this one is drawn."""
        key = (below, grays, int(self.done.sum()))
        if self._guides is None or self._guides[0] != key:
            self._guides = key, self.guides(below, grays)
        return self._guides[1]


def slices_of(box: Box) -> tuple[slice, slice]:
    """Rows and columns of a box of pixels in an array."""
    return slice(box.y0, box.y1), slice(box.x0, box.x1)


def guide_of(guides: np.ndarray, tile: Tile) -> np.ndarray:
    """A tile's guide, half as many pixels a side as the tile and the row beneath (what comes next), `(17, 16)` or
    `(9, 8)` int16; ABSENT where unknown."""
    side = tile.side // 2
    return guides[side * tile.row : side * (tile.row + 1) + 1, side * tile.column : side * (tile.column + 1)]


def wave_number(tile: Tile) -> int:
    """Which set of tiles that one batch may draw a tile belongs to; sets with lower numbers come first: each tile after
    its left and upper neighbour, which makes the waves diagonals."""
    return tile.row + tile.column


def neighbours(tile: Tile) -> list[Tile]:
    """The tiles above, to the left, to the right and below, some perhaps outside the grid."""
    steps = ((-1, 0), (0, -1), (0, 1), (1, 0))
    return [Tile(tile.level, tile.grid, tile.row + down, tile.column + right) for down, right in steps]
