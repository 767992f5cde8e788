"""Guiding: what the guide of a tile leaves no doubt about.

A guide pixel is the mean of the two by two pixels that it is about; where everything around is of one gray, so are
they.
Knows tile documents. Knows nothing about models or canvases.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tiledraw.canvas.pyramid import ABSENT, UNITS
from tiledraw.format.grammar import Document, TileDocument
from tiledraw.format.layers import LayerDocument
from tiledraw.format.think import read_contents
from tiledraw.language.boxes import Box


def plain_pixels(guide: np.ndarray, boxes: Iterable[Box] = ()) -> np.ndarray:
    """What a tile's guide `(17, 16)` leaves no doubt about, `(32, 32)` int16, ABSENT elsewhere: where a guide pixel and
    all around it are of one gray, so are the pixels that it is about, and a wrong one can't spread there. Outside the
    `boxes` of what is in the tile, in its units, only what is outside counts.

    Of true pictures of glyphs that holds for all but one pixel in ten thousand, and half of the pixels even of busy
    tiles (the first level, whose guide is the coarse pass, has forty times as many exceptions).
    """
    inside = np.zeros(guide.shape, dtype=bool)
    unit = UNITS // guide.shape[1]  # of a tile, a guide pixel
    for box in boxes:
        rows, columns = (
            slice(max(0, start) // unit, -(-max(0, end) // unit)) for start, end in ((box.y0, box.y1), (box.x0, box.x1))
        )
        inside[rows, columns] = True
    whole = guide.copy()
    whole[-1] = np.where(guide[-1] == ABSENT, guide[-2], guide[-1])  # beneath the square the last row goes on
    around, within = (
        sliding_window_view(np.pad(pixels, ((1, 0), (1, 1)), mode="edge"), (3, 3)).reshape(*guide[1:].shape, 9)
        for pixels in (whole, inside)
    )
    alike = (around == guide[:-1, :, None]) | (within & ~inside[:-1, :, None])
    plain = np.where(alike.all(-1), guide[:-1], ABSENT)
    return plain.repeat(2, axis=0).repeat(2, axis=1)


def read_tokens(document: Document, drawn: np.ndarray) -> np.ndarray:
    """Which tokens of a document a model reads, `(T,)` bool; the `drawn` ones, `(T,)` bool, are pixels.

    Of a layer, what its guide leaves no doubt about is passed over, with what says nothing but that. What is read keeps
    its position in the whole document: rows stay as far apart as ever.
    """
    read = np.ones(len(drawn), dtype=bool)
    if isinstance(document, LayerDocument):
        block = document.woven[1]
        read[-len(block) - 2 : -2] = block  # two words come after it
    return read


def plain_gray(document: TileDocument) -> int | None:
    """The gray level of a tile that needs no drawing: its thought says that nothing is there, and all that is known of
    it, guide, borders and pixels that stay, is of one gray. None for any other tile."""
    if read_contents(document.think) != []:
        return None
    edges = [edge for edge in vars(document.borders).values() if edge is not None]
    pixels = document.guide if document.pixels is None else np.append(document.guide, document.pixels)
    grays = np.unique(np.concatenate([pixels[pixels != ABSENT], *edges]))
    return int(grays[0]) if len(grays) == 1 else None
