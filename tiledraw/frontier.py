"""The frontier: which tiles of a canvas can be drawn next, as soon as what they see is finished.

A tile sees those of its neighbours that the order draws before it, and what its guide shows of the level above. So the
first tiles of a level are drawn while the level above is not finished yet, and many of a narrow canvas at once.
Knows tiles, levels and orders. Knows nothing about pixels, documents or how tiles are drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from tiledraw.pyramid import Canvas, Tile, wave_number


class Frontier:
    """Tiles that are to be drawn; each is taken, the first in their order first, and told when it is finished."""

    def __init__(self, canvas: Canvas, tiles: Sequence[Tile], order: str, guided: bool = True) -> None:
        """Takes tiles of any levels in drawing order, levels one after another; others of the canvas are finished.

        Without guides (`guided`) tiles don't wait for the level above.

        Raises:
            ValueError: an unknown order.
        """
        self._canvas, self._tiles, self._order, self._guided = canvas, tiles, order, guided
        self._left = Counter(tile.level for tile in tiles)  # by level: how many are not finished
        known = set(tiles)
        self._behind: defaultdict[Tile | int, list[int]] = defaultdict(list)  # which tiles wait for a tile, or a level
        self._needs = [0] * len(tiles)
        for number, tile in enumerate(tiles):
            for other in self._seen(tile):
                if other in (known if isinstance(other, Tile) else self._left):
                    self._behind[other].append(number)
                    self._needs[number] += 1
        self._ready = [number for number, needs in enumerate(self._needs) if not needs]  # sorted, so a heap

    def __bool__(self) -> bool:
        """Whether a tile can be taken."""
        return bool(self._ready)

    def take(self) -> Tile:
        """The first tile that can be drawn."""
        return self._tiles[heappop(self._ready)]

    def finish(self, tile: Tile) -> None:
        """Tells that a tile is finished."""
        self._left[tile.level] -= 1
        for finished in (tile, tile.level) if not self._left[tile.level] else (tile,):
            for number in self._behind.pop(finished, ()):
                self._needs[number] -= 1
                if not self._needs[number]:
                    heappush(self._ready, number)

    def _seen(self, tile: Tile) -> Iterator[Tile | int]:
        """The tiles that a tile waits for, and levels that it waits for as a whole."""
        own = wave_number(tile, self._order)
        for row, column in ((-1, 0), (0, -1), (0, 1), (1, 0)):
            other = Tile(tile.level, tile.grid, tile.row + row, tile.column + column)
            if wave_number(other, self._order) < own:
                yield other
        if self._guided:
            shown = self._canvas.above(tile)
            yield from [tile.level - 1] if shown is None else shown
