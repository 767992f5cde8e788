"""Drawings: designs of our own, for subjects that the font lacks, in its style: flat areas with black lines.

Each is an SVG file in `drawings/`, 72 units a side as OpenMoji's. What counts in it are the elements `path`, `rect`,
`circle`, `ellipse`, `polygon`, `polyline` and `line` with their `fill`, `stroke` and `stroke-width`, inherited from
groups around them. Ends and corners of lines are round. Needs the `data` extra (fonttools).
Colours are inks: codes of six digits, or words. Knows SVG and inks. Knows nothing about pixels or subjects.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np

from tiledraw.common.extras import needs
from tiledraw.data.font import Shape, edges_of, outlines
from tiledraw.format.palettes import NONE, colour_of

SIDE = 72  # units
LOOKS = {"fill": "#000000", "stroke": NONE, "stroke-width": "1"}  # SVG's own, where nothing is said
ROUND = 16  # corners of what is a circle

_FOLDER = resources.files("tiledraw.data").joinpath("drawings")


@cache
def drawings() -> frozenset[str]:
    """The names of all drawings."""
    return frozenset(file.name.removesuffix(".svg") for file in _FOLDER.iterdir() if file.name.endswith(".svg"))


def drawing(name: str) -> list[Shape]:
    """The shapes of a drawing, the lowest first; y upwards."""
    return list(_shapes(ElementTree.fromstring(_FOLDER.joinpath(f"{name}.svg").read_bytes()), LOOKS))


def _shapes(element: ElementTree.Element, around: dict[str, str]) -> Iterator[Shape]:
    with needs("data"):
        from fontTools.pens.recordingPen import RecordingPen
        from fontTools.svgLib.path import parse_path
        from fontTools.svgLib.path.shapes import PathBuilder

    looks = {key: element.get(key, usual) for key, usual in around.items()}
    builder = PathBuilder()
    builder.add_path_from_element(element)
    for path in builder.paths:
        pen = RecordingPen()
        parse_path(path, pen)
        found = [outline * (1, -1) + (0, SIDE) for outline in outlines(pen.value)]
        if looks["fill"] != NONE:
            yield Shape(*edges_of(found), colour_of(looks["fill"]))
        if looks["stroke"] != NONE:
            closed = [command == "closePath" for command, _ in pen.value if command in ("closePath", "endPath")]
            lines = [np.concatenate([one, one[:1]]) if end else one for one, end in zip(found, closed, strict=True)]
            wide = float(looks["stroke-width"])
            yield Shape(*edges_of([part for line in lines for part in _stroke(line, wide)]), colour_of(looks["stroke"]))
    for child in element:
        yield from _shapes(child, looks)


def _stroke(line: np.ndarray, wide: float) -> Iterator[np.ndarray]:
    """What a line covers: a rectangle for each of its pieces and a disc around each of its points, `(points, 2)` each,
    that all turn the same way."""
    angle = np.linspace(0, 2 * np.pi, ROUND, endpoint=False)
    for point in line:
        yield point + wide / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for start, end in pairwise(line):
        along = end - start
        if length := float(np.hypot(*along)):
            aside = np.array((along[1], -along[0])) / length * wide / 2
            yield np.stack([start + aside, end + aside, end - aside, start - aside])
