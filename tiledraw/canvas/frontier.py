"""The frontier: which tiles of a canvas can be drawn next, as soon as what they see is finished.

A tile sees its neighbours above and to the left, those to the right and below only where they were finished from the
start, and what its guide shows of the level above. So the first tiles of a level are drawn while the level above is not
finished yet, and many of a narrow canvas at once. By rows, a tile need not even wait for whole tiles: a row sees a
pixel of its left neighbour, and of its guide its own row and the next.
Knows tiles and levels. Knows nothing about pixels, documents or how tiles are drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from tiledraw.canvas.pyramid import Canvas, Tile, neighbours, wave_number

BAND = 4  # rows of pixels that a tile goes on by, an even number


class Frontier:
    """Tiles that are to be drawn; each is taken, the first in their order first, and told how much of it is finished.

    Attributes:
        band: Rows that a tile goes on by; 0 if it is drawn as a whole.
    """

    def __init__(self, canvas: Canvas, tiles: Sequence[Tile], by_rows: bool = False) -> None:
        """Takes tiles of any levels in drawing order, levels one after another; others of the canvas are finished."""
        self._canvas = canvas
        self.band = BAND if by_rows else 0
        self._tiles, self._numbers = tiles, {tile: number for number, tile in enumerate(tiles)}
        self._rows = dict.fromkeys(tiles, 0)  # finished rows of each
        self._taken = dict.fromkeys(tiles, 0)  # rows with which each has been taken
        self._left = Counter(tile.level for tile in tiles)  # by level: how many are not finished
        self._waits = {tile: [*self._beside(tile), *self._above(tile)] for tile in tiles}
        self._behind: defaultdict[Tile | int, list[Tile]] = defaultdict(list)  # which tiles wait for a tile or a level
        for tile, waits in self._waits.items():
            for wait in waits:
                self._behind[wait.on].append(tile)
        self._ready: dict[bool, list[int]] = {True: [], False: []}  # heaps of tiles never taken: as a whole, or in part
        self._grown: dict[Tile, int] = {}  # rows of tiles taken before
        for tile in tiles:
            self._look(tile)

    def sees(self, tile: Tile, other: Tile) -> bool:
        """Whether a tile sees a neighbour: one that is drawn before it, or was finished from the start."""
        return other not in self._numbers or wave_number(other) < wave_number(tile)

    def take(self, whole: bool = True, part: bool = True) -> tuple[Tile, int] | None:
        """A tile that can go on, and so many of its rows: one of which more rows can be drawn than when it was taken
        before; else the first that can be drawn as a `whole`, or else in `part`, if those are wanted."""
        if self._grown:
            tile = next(iter(self._grown))
            rows = self._grown.pop(tile)
        elif (tile := self._first(True) if whole else None) or (tile := self._first(False) if part else None):
            rows = self._known(tile)
        else:
            return None
        self._taken[tile] = rows
        return tile, rows

    def finish(self, tile: Tile, rows: int) -> None:
        """Tells how many of a tile's rows are finished."""
        self._rows[tile] = rows
        behind = self._behind[tile]
        if rows == tile.side:
            self._left[tile.level] -= 1
            if not self._left[tile.level]:
                behind = [*behind, *self._behind[tile.level]]
        for other in behind:
            self._look(other)

    def _look(self, tile: Tile) -> None:
        """Lets a tile be taken if more of it can be drawn."""
        rows, taken = self._known(tile), self._taken[tile]
        if rows <= taken or self._rows[tile] == tile.side:
            return
        if taken:
            self._grown[tile] = rows
        else:
            heappush(self._ready[rows == tile.side], self._numbers[tile])  # perhaps once more than before

    def _first(self, whole: bool) -> Tile | None:
        """The first tile that was never taken."""
        ready = self._ready[whole]
        while ready:
            tile = self._tiles[heappop(ready)]
            if not self._taken[tile] and (whole or self._known(tile) < tile.side):  # else it is in the other heap
                return tile
        return None

    def _known(self, tile: Tile) -> int:
        """How many rows of a tile can be drawn."""
        rows = tile.side
        for on, factor, offset in self._waits[tile]:
            if isinstance(on, int):
                rows = 0 if self._left[on] else rows
            elif (finished := self._rows[on]) < on.side:
                rows = min(rows, factor * finished + offset)
        return rows if rows == tile.side else max(0, rows) // self.band * self.band if self.band else 0

    def _beside(self, tile: Tile) -> Iterator[_Wait]:
        """The neighbours that a tile waits for."""
        for other in neighbours(tile):
            if other in self._numbers and self.sees(tile, other):
                yield _Wait(other, factor=int(other.row == tile.row))  # each row sees one pixel beside it

    def _above(self, tile: Tile) -> Iterator[_Wait]:
        """The tiles of the level above, or all of that, that a tile waits for."""
        shown, half = self._canvas.above(tile), tile.side // 2
        if shown is None:
            yield _Wait(tile.level - 1)
        for other in shown or ():
            if other in self._numbers:
                # its first rows are those from `begin` on of the guide, and two rows see the guide up to the next one
                begin = other.side * other.row - half * tile.row
                yield _Wait(other, factor=2, offset=2 * begin - 2)


class _Wait(NamedTuple):
    """What a tile waits for: a level, or another tile. As long as it is not finished, so many times its finished rows
    can be drawn, and some more."""

    on: Tile | int
    factor: int = 0
    offset: int = 0
