"""Layers: one subject drawn by itself in a square of inks, level by level, as documents.

    cat, inks: none, black, orange, white
    cat, inks: none, black, orange, white; level 3 of 64, row 1 of 2, column 0 of 2

The first document of a layer lists its inks in words and draws the coarse pass, 8x8; each later one draws a tile of a
level twice as large as the one before. The level above is whole by then, so a tile's guide reaches one pixel beyond it
on each side, and what it leaves no doubt about is neither read nor drawn.

A tile is woven of blocks of two by two pixels, in raster order. Before a block stand its guide pixel, and its shape:
which of the eight guide pixels around are of the same ink (a local binary pattern; Ojala et al., 1996). So a block
knows what is around it also where nothing else is read. Each eighth of a row of blocks begins with two words of where
it is: which of the subject's 8x8 places, and where in that place.
Knows ink numbers, codes and the text of think steps. Knows nothing about tokens, colours or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np

from tiledraw.canvas.inks import known_inks
from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import COARSE, TILE, Tile
from tiledraw.format.vocabulary import NONE, PLACES, ROW0, ROW_WORDS, TOP
from tiledraw.format.weaving import DRAW, EIGHTHS, WORD

INKS = ", inks: "
BLOCK = 4  # pixels of a block
FINE = 16  # places in a place, a side
_NAME = r"([^,;:\n]+)"
_N = r"(\d{1,5})"
_THINK = re.compile(rf"{_NAME}, inks: ([^;\n]+)(?:; level {_N} of {_N}, row {_N} of {_N}, column {_N} of {_N})?")


class LayerError(ValueError):
    """A think step or a list of codes is none of a layer."""


@dataclass(frozen=True, eq=False)
class LayerDocument:
    """The coarse pass of a layer, or a tile of a later level.

    Attributes:
        subject: What is drawn.
        inks: Its ink list in words; None until it is drawn, which only the coarse pass does.
        tile: Which tile; `COARSE_TILE` is the coarse pass.
        guide: The level above where the tile lies and one pixel around it, `(side / 2 + 2, side / 2 + 2)` uint8; beyond
            the layer its edge goes on. None of a coarse pass.
        top, left: The pixels of finished tiles that touch it, `(side,)` uint8; None where there is no such tile.
        pixels: Ink numbers `(side, side)` uint8; None until they are drawn.
        slipped: What a model in training reads in place of `pixels`, which it is to draw.
    """

    subject: str
    inks: str | None
    tile: Tile
    guide: np.ndarray | None = field(default=None, repr=False)
    top: np.ndarray | None = field(default=None, repr=False)
    left: np.ndarray | None = field(default=None, repr=False)
    pixels: np.ndarray | None = field(default=None, repr=False)
    slipped: np.ndarray | None = field(default=None, repr=False)

    @cached_property
    def known(self) -> np.ndarray:
        """What its guide leaves no doubt about, `(side, side)` int16, DRAW elsewhere."""
        if self.guide is None:
            return np.full((COARSE, COARSE), DRAW, dtype=np.int16)
        return known_pixels(self.guide, self.tile.level)

    @cached_property
    def woven(self) -> tuple[np.ndarray, np.ndarray]:
        """What `weave_layer` gives, made once; not to be changed."""
        return weave_layer(self)

    @property
    def place(self) -> str:
        """What its think step says behind the ink list."""
        tile = self.tile
        if tile.level == 0:
            return ""
        where = f"row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"
        return f"; level {tile.level} of {COARSE << tile.level}, {where}"


def read_think(think: str) -> tuple[str, str, Tile]:
    """Subject, ink list and tile of a layer's think step.

    Raises:
        LayerError: it is none.
    """
    match = _THINK.fullmatch(think)
    if match is None:
        raise LayerError(f"{think[:60]!r} is no think step of a layer")
    level, _, row, grid, column, _ = (int(number or 0) for number in match.groups()[2:])
    tile = Tile(level, max(1, grid), row, column)
    document = LayerDocument(match[1], match[2], tile)
    if think != f"{match[1]}{INKS}{match[2]}{document.place}" or max(row, column) >= tile.grid:
        raise LayerError(f"{think[:60]!r} names a tile that is none")
    return match[1], match[2], tile


def known_pixels(guide: np.ndarray, level: int) -> np.ndarray:
    """What a guide `(n + 2, n + 2)` of a tile leaves no doubt about, `(2 n, 2 n)` int16, DRAW elsewhere.

    From level 4 on, 128 pixels a side, a pixel is known where the guide pixel that it lies in and its two neighbours on
    the pixel's side are of one ink; on level 3 where all nine are; on levels of one tile never. Of what is known of
    true layers 14 in 10,000 pixels are wrong on level 3, and one on level 4; what shapes
    are is decided on the levels above.
    """
    inner = guide[1:-1, 1:-1].astype(np.int16)
    side = len(inner)
    known = np.full((2 * side, 2 * side), DRAW, dtype=np.int16)
    if level < 3:
        return known
    if level == 3:
        return known_inks(guide)[2:-2, 2:-2]
    for y in (0, 1):
        for x in (0, 1):
            beside, above = guide[1:-1, 2 * x : side + 2 * x], guide[2 * y : side + 2 * y, 1:-1]
            known[y::2, x::2] = np.where((beside == inner) & (above == inner), inner, DRAW)
    return known


def _around(guide: np.ndarray) -> list[np.ndarray]:
    """The eight neighbours of each inner guide pixel, row by row."""
    n = len(guide) - 2
    steps = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    return [guide[y : y + n, x : x + n] for y, x in steps]


def to_blocks(pixels: np.ndarray) -> np.ndarray:
    """Pixels `(side, side)` in the order in which they are drawn, `(side²,)`: block by block, a coarse pass row by
    row."""
    side = len(pixels)
    if side == COARSE:
        return pixels.ravel()
    return pixels.reshape(side // 2, 2, side // 2, 2).swapaxes(1, 2).ravel()


def from_blocks(drawn: np.ndarray) -> np.ndarray:
    """The inverse of `to_blocks`."""
    side = round(len(drawn) ** 0.5)
    if side == COARSE:
        return drawn.reshape(side, side)
    return drawn.reshape(side // 2, side // 2, 2, 2).swapaxes(1, 2).reshape(side, side)


@dataclass(frozen=True, eq=False)
class BlockRow:
    """Where the tokens of a row of blocks stand: a row word, which tells the level; two border pixels of the left
    neighbour; then eight times place and where in it, and for each block guide pixel, shape and pixels."""

    length: int
    place: np.ndarray  # (8,)
    where: np.ndarray  # (8,)
    guides: np.ndarray  # (blocks,)
    shapes: np.ndarray  # (blocks,)
    pixels: np.ndarray  # (blocks, 4)


@cache
def block_row(side: int) -> BlockRow:
    """The row of blocks of a tile of 16 or 32 pixels a side."""
    blocks = side // 2 // EIGHTHS  # of an eighth
    eighth = 2 + blocks * (2 + BLOCK)
    begins = 3 + eighth * np.arange(EIGHTHS)
    each = (begins[:, None] + 2 + (2 + BLOCK) * np.arange(blocks)).ravel()
    pixels = each[:, None] + 2 + np.arange(BLOCK)
    return BlockRow(3 + EIGHTHS * eighth, begins, begins + 1, each, each + 1, pixels)


def weave_layer(document: LayerDocument) -> tuple[np.ndarray, np.ndarray]:
    """A layer's document between vision words: codes of its tokens, 1D int32, DRAW where a pixel is drawn or known, and
    which of them are read, bool. What is passed over keeps its place, so documents of one size are of one length.
    Codes from WORD + 1 on are the subject's places. The pixels of the tile above stand in a row of their own.
    """
    if document.tile.level == 0:
        rows = np.full((COARSE, 1 + 2 * COARSE), DRAW, dtype=np.int32)
        rows[:, 0] = ROW0
        rows[:, 1::2] = WORD + 1 + np.arange(PLACES**2).reshape(PLACES, PLACES)
        return rows.ravel(), np.ones(rows.size, dtype=bool)
    assert document.guide is not None
    side = document.tile.side
    row, guide = block_row(side), document.guide.astype(np.int32)
    inner = guide[1:-1, 1:-1]
    rows = np.full((side // 2, row.length), DRAW, dtype=np.int32)
    rows[:, 0] = ROW0 + min(document.tile.level, len(ROW_WORDS) - 1)
    rows[:, 1:3] = NONE if document.left is None else document.left.reshape(-1, 2)
    rows[:, row.place], rows[:, row.where] = _places(document.tile)
    rows[:, row.guides] = inner
    rows[:, row.shapes] = sum((part == inner) << bit for bit, part in enumerate(_around(guide)))
    read = _read(row, to_blocks(document.known == DRAW).reshape(side // 2, -1, BLOCK))
    above, seen = np.full(row.length, NONE, dtype=np.int32), np.zeros(row.length, dtype=bool)
    above[0] = TOP
    if document.top is not None:
        above[row.pixels[:, :2].ravel()] = document.top
        seen[0] = read[0, 0]
        seen[row.pixels[:, :2]] = read[0, row.guides][:, None]
    return np.concatenate([above, rows.ravel()]), np.concatenate([seen, read.ravel()])


def _read(row: BlockRow, drawn: np.ndarray) -> np.ndarray:
    """Which tokens of rows of blocks are read, `(rows, length)` bool, where pixels `(rows, blocks, 4)` are drawn."""
    read = np.zeros((len(drawn), row.length), dtype=bool)
    blocks = drawn.any(-1)  # (rows, blocks)
    eighths = blocks.reshape(len(drawn), EIGHTHS, -1).any(-1)
    read[:, 0] = blocks.any(-1)
    read[:, 1:3] = blocks[:, :1]
    read[:, row.place], read[:, row.where] = eighths, eighths
    read[:, row.guides], read[:, row.shapes] = blocks, blocks
    read[:, row.pixels] = drawn
    return read


def _places(tile: Tile) -> tuple[np.ndarray, np.ndarray]:
    """The code of the place of each eighth of each row of blocks, and where in it, `(rows, 8)` each."""
    size = PLACES * FINE  # fine places a side of a layer
    level = COARSE << tile.level
    square = tile.square
    y = (square.y0 + 2 * np.arange(tile.side // 2)) * size // level
    x = (square.x0 + tile.side // EIGHTHS * np.arange(EIGHTHS)) * size // level
    place = WORD + 1 + PLACES * (y // FINE)[:, None] + (x // FINE)[None]
    return place, FINE * (y % FINE)[:, None] + (x % FINE)[None]


def unweave_layer(document: LayerDocument, codes: np.ndarray) -> LayerDocument:
    """A document of which the think step is known, with guide, borders and pixels of its codes `(T,)` int: the inverse
    of `weave_layer` with all pixels filled in. What codes do not tell of the guide pixels around the tile is left open:
    those that are of no ink beside them get one that nothing has.

    Raises:
        LayerError: there are not as many codes as there should be.
    """
    level, side = document.tile.level, document.tile.side
    length, rows = (1 + 2 * COARSE, COARSE) if level == 0 else (block_row(side).length, 1 + side // 2)
    if len(codes) != length * rows:
        raise LayerError(f"a tile of {side} pixels has {rows} rows of {length} tokens, not {len(codes)} tokens")
    woven = codes.reshape(rows, length)
    if level == 0:
        return replace(document, pixels=_inks(woven[:, 2::2]))
    row, (above, *_), body = block_row(side), woven, woven[1:]
    top, left = above[row.pixels[:, :2].ravel()], body[:, 1:3].ravel()
    inner, shapes = _inks(body[:, row.guides]), _inks(body[:, row.shapes])
    guide = np.pad(inner, 1, constant_values=_absent(inner))
    ring = np.ones(guide.shape, dtype=bool)
    ring[1:-1, 1:-1] = False
    for bit, part in enumerate(_around(guide)):  # views of the guide
        alike = (shapes >> bit & 1 == 1) & _around(ring)[bit]
        part[alike] = inner[alike]
    return replace(
        document,
        guide=guide,
        top=None if (top == NONE).all() else _inks(top),
        left=None if (left == NONE).all() else _inks(left),
        pixels=from_blocks(_inks(body[:, row.pixels].ravel())),
    )


def _inks(codes: np.ndarray) -> np.ndarray:
    """Ink numbers, uint8.

    Raises:
        LayerError: another code is among them.
    """
    if ((codes < 0) | (codes >= LEVELS)).any():
        raise LayerError("another word stands where an ink or a number should be")
    return codes.astype(np.uint8)


def _absent(inks: np.ndarray) -> int:
    """The largest ink that is not there; 0 where all are."""
    return max(set(range(LEVELS)) - set(np.unique(inks).tolist()), default=0)


def guide_of(above: np.ndarray, tile: Tile) -> np.ndarray:
    """The guide of a tile from the whole level above, `(side, side)` uint8: see `LayerDocument`."""
    half = tile.side // 2
    y, x = (
        np.arange(half * int(start) - 1, half * int(start) + half + 1).clip(0, len(above) - 1)
        for start in (tile.row, tile.column)
    )
    return above[np.ix_(y, x)]


def known_level(above: np.ndarray, level: int) -> np.ndarray:
    """What the level above leaves no doubt about in a whole level, `(side, side)` int16, DRAW elsewhere."""
    return known_pixels(np.pad(above, 1, mode="edge"), level)


def layer_tiles(level: int) -> list[Tile]:
    """The tiles of a level of a layer, in raster order."""
    grid = max(1, (COARSE << level) // TILE)
    return [Tile(level, grid, row, column) for row in range(grid) for column in range(grid)]
