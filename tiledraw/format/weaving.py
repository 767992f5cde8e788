"""Weaving: a picture's codes row by row, with thought, guide and borders between the pixels still to be drawn.

Knows codes and arrays. Knows nothing about documents, think texts, tokens or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import ABSENT, UNITS, Borders
from tiledraw.format.vocabulary import BOTTOM, NONE, PLACES, ROW0, ROW_WORDS, TOP
from tiledraw.language.boxes import Box

EIGHTHS = 8  # parts of a row that are told what is there
FULL = Box(0, 0, UNITS, UNITS)
Contents = Sequence[tuple[str, Box]]  # subjects with their boxes, in units of a tile; later ones lie over others


@dataclass(frozen=True)
class Caption:
    """What a whole picture shows, in words of any number.

    Attributes:
        text: The label or caption.
        box: Where the whole picture lies, in units of the tile that is woven.
    """

    text: str
    box: Box = FULL


DRAW = ABSENT  # stands where the model draws a pixel
WORD = 1024  # codes from here on stand for words
OF_WORD = 1 + PLACES**2  # codes of each: itself, then its places
_NO_BORDERS = Borders()


@dataclass(frozen=True, eq=False)
class Row:
    """Where the tokens of a woven row stand: row token, left and right border pixel, then eight times what is there,
    where in it, and an eighth of the pixels, of which every two stand after a guide pixel if there are guides."""

    length: int
    there: np.ndarray  # (8,)
    where: np.ndarray  # (8,)
    guides: np.ndarray  # (side / 2,), or none
    pixels: np.ndarray  # (side,)


@cache
def woven_row(side: int, guided: bool = True) -> Row:
    """The row of a picture of `side` pixels, a multiple of 8; of 16 if it is guided."""
    span = side // EIGHTHS
    length = 3 + EIGHTHS * (2 + span + (span // 2 if guided else 0))
    spans = np.arange(3, length).reshape(EIGHTHS, -1)
    guides = spans[:, 2::3].ravel() if guided else np.zeros(0, dtype=int)
    return Row(length, spans[:, 0], spans[:, 1], guides, np.setdiff1d(spans[:, 2:], guides))


def weave(
    contents: Contents | Caption | None, side: int, guide: np.ndarray | None = None, borders: Borders = _NO_BORDERS
) -> tuple[np.ndarray, tuple[str, ...]]:
    """A woven picture of `side` pixels: thought, guide and borders between pixels still to be drawn.

    Each row says, eight times, what is there (a subject or "nothing"; where a subject is all there is, filling the
    picture, which of its 8x8 places) and where in the subject (as a gray level: from the left edge to the right one in
    even rows, from the top to the bottom in odd ones), and for every two pixels a guide pixel: its own in even rows,
    the one beneath in odd rows, so that the model sees what comes next. Present bottom and top borders stand before
    the first row, as rows of their own. Without `contents`, rows do not say what is there. With a caption, its tokens
    take turns, eighth after eighth and row after row, or its place words do if it has some, beside where in the whole
    picture that is.

    A thought that stands before the pixels only goes unread: a small model does not find out by itself in which of
    its boxes a pixel is (after an hour of training, other names in it changed the bits of a tile by 0.2%).

    Returns:
        Codes, 1D int32, and the words that the codes from WORD on stand for: WORD + 65 n for the n-th, WORD + 65 n + 1
        to WORD + 65 n + 64 for its places in raster order. With a caption there are no such words: WORD + 64 n + p
        stands for its n-th token, where after the last comes the first again, or for its place p.
    """
    row = woven_row(side, guide is not None)
    rows = np.full((side, row.length), DRAW, dtype=np.int32)
    rows[:, 0] = ROW0 + np.arange(side) % len(ROW_WORDS)
    for column, border in ((1, borders.left), (2, borders.right)):
        rows[:, column] = NONE if border is None else border
    rows[:, row.there], rows[:, row.where], words = _told(contents, side)
    if guide is None:
        return rows.ravel(), words
    codes = np.where(guide == ABSENT, NONE, guide)  # (side / 2 + 1, side / 2)
    rows[:, row.guides] = codes[(np.arange(side) + 1) // 2]
    extra = [
        _border_row(row, word, codes[guide_row], border)
        for word, guide_row, border in ((BOTTOM, side // 2, borders.bottom), (TOP, 0, borders.top))
        if border is not None
    ]
    return np.concatenate([*extra, rows.ravel()]), words


def _told(contents: Contents | Caption | None, side: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """What each eighth of a row is told: the code of what is there `(side, 8)`, where in it `(side, 8)`; the words."""
    there, where = np.full((2, side, EIGHTHS), NONE, dtype=np.int32)
    if contents is None:
        return there, where, ()
    across, down = ((np.arange(count) + 0.5) * UNITS / count for count in (EIGHTHS, side))  # middles, in units
    if isinstance(contents, Caption):
        box, turns = contents.box, np.arange(side * EIGHTHS).reshape(side, EIGHTHS)
        rows = across.repeat(side // EIGHTHS)  # places are told by eighths both ways
        lower, right = (PLACES * (rows - box.y0) // box.height, PLACES * (across - box.x0) // box.width)
        where = _told([(contents.text, box)], side)[1]
        return (WORD + PLACES**2 * turns + PLACES * lower[:, None] + right).astype(np.int32), where, ()
    words = tuple(dict.fromkeys(("nothing", *(subject for subject, _ in contents))))
    there[:] = WORD
    for subject, box in contents:  # later ones lie over earlier ones
        rows, columns = np.flatnonzero((box.y0 <= down) & (down < box.y1)), (box.x0 <= across) & (across < box.x1)
        inside = np.ix_(rows, np.flatnonzero(columns))
        below, beside = (down[rows, None] - box.y0) / box.height, (across[None, columns] - box.x0) / box.width
        there[inside] = WORD + OF_WORD * words.index(subject)
        if box == FULL:
            there += 1 + PLACES * (PLACES * below).astype(int) + (PLACES * beside).astype(int)
        where[inside] = (LEVELS * np.where(rows[:, None] % 2 == 1, below, beside)).astype(np.int32)
    return there, where, words


def _border_row(row: Row, word: int, guide: np.ndarray, border: np.ndarray) -> np.ndarray:
    codes = np.full(row.length, NONE, dtype=np.int32)
    codes[0] = word
    codes[row.guides], codes[row.pixels] = guide, border
    return codes
