"""Attributes: an ink picture in another colour, with a pattern or in another style, as words ask for it.

A subject's main ink is the one that covers most of it, outlines aside; its shades are inks of the same ramp. A colour
replaces the main ink, and its shades by those of the new one; a pattern covers the main ink in a second one; a style is
another list of inks for the same numbers.
Knows palettes and arrays of ink numbers. Knows nothing about subjects, plans or models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiledraw.format.palettes import NONE, Palette, PaletteError, colour_of, ink_of
from tiledraw.language.attributes import COLOURS, PATTERNS, STYLES

# From light to dark. An ink that stands in two of them belongs to that of the main ink.
RAMPS = (
    ("pink", "dark pink", "red", "dark red", "burgundy"),
    ("cream", "gold", "orange", "dark orange"),
    ("cream", "yellow", "gold"),
    ("lime", "green", "dark green"),
    ("turquoise", "teal"),
    ("light blue", "blue", "dark blue", "navy"),
    ("lavender", "purple", "violet"),
    ("pink", "magenta", "burgundy"),
    ("cream", "beige", "tan", "brown", "dark brown", "espresso"),
    ("white", "light gray", "gray", "dark gray", "black"),
)
OUTLINE = "black"
LIGHTER_OUTLINE = "dark gray"


def main_ink(palette: Palette, inks: np.ndarray) -> int:
    """The number of the ink that covers most, none and outlines aside; outlines, where there is nothing else."""
    counts = np.bincount(inks.ravel(), minlength=len(palette.inks)).astype(np.int64)
    order = sorted(range(len(palette.inks)), key=lambda ink: (palette.inks[ink] in (NONE, OUTLINE), -counts[ink]))
    chosen = order[0]
    if palette.inks[chosen] in (NONE, OUTLINE) or counts[chosen] == 0:
        return next((ink for ink in order if palette.inks[ink] == OUTLINE and counts[ink]), chosen)
    return chosen


def recoloured(palette: Palette, inks: np.ndarray, colour: str) -> tuple[Palette, np.ndarray]:
    """An ink picture whose main ink is a colour, and whose shades of that are shades of the colour: as many steps
    lighter or darker, as far as the ramp of the colour goes. Outlines of what turns black turn
    lighter, or nothing would be seen of its lines.

    Raises:
        PaletteError: no such colour word.
    """
    if colour not in COLOURS:
        raise PaletteError(f"the colour {colour[:40]!r} is unknown; known are {', '.join(COLOURS)}")
    old = palette.inks[main_ink(palette, inks)]
    ramp = next((ramp for ramp in RAMPS if old in ramp), (old,))
    new = next((ramp for ramp in RAMPS if colour in ramp), (colour,))
    shift = new.index(colour) - ramp.index(old)
    changed = {}
    for ink in palette.inks:
        if ink == old or (ink in ramp and ink not in (OUTLINE, "white")):
            changed[ink] = new[min(max(ramp.index(ink) + shift, 0), len(new) - 1)]
    if colour == OUTLINE and old != OUTLINE:
        changed[OUTLINE] = LIGHTER_OUTLINE
    return _merged([changed.get(ink, ink) for ink in palette.inks], inks)


def with_parts(palette: Palette, inks: np.ndarray, parts: Sequence[tuple[str, str]]) -> tuple[Palette, np.ndarray]:
    """An ink picture some of whose inks are other colours: pairs of an ink of its own and a colour.

    Raises:
        PaletteError: it has no such ink.
    """
    changed = dict(parts)
    if missing := [ink for ink in changed if ink not in palette.inks]:
        raise PaletteError(f"it has no {missing[0]}; its inks are {palette}")
    return _merged([changed.get(ink, ink) for ink in palette.inks], inks)


def patterned(palette: Palette, inks: np.ndarray, pattern: str, colour: str = "white") -> tuple[Palette, np.ndarray]:
    """An ink picture whose main ink is striped, spotted or checkered in a second one, the same at every size.

    Raises:
        PaletteError: no such colour word or pattern, or a palette that is full.
    """
    if colour not in COLOURS:
        raise PaletteError(f"the colour {colour[:40]!r} is unknown; known are {', '.join(COLOURS)}")
    side = len(inks)
    y, x = (np.indices(inks.shape) + 0.5) / side
    if pattern == "striped":
        where = (7 * (x + y)) % 1 < 0.4
    elif pattern == "spotted":
        row = np.floor(9 * y)
        where = ((9 * x + 0.5 * (row % 2)) % 1 - 0.5) ** 2 + ((9 * y) % 1 - 0.5) ** 2 < 0.3**2
    elif pattern == "checkered":
        where = (np.floor(9 * x) + np.floor(9 * y)) % 2 == 0
    else:
        raise PaletteError(f"the pattern {pattern[:40]!r} is unknown; known are {', '.join(PATTERNS)}")
    main = main_ink(palette, inks)
    names = [*palette.inks, colour]
    return _merged(names, np.where(where & (inks == main), len(palette.inks), inks))


def styled(palette: Palette, inks: np.ndarray, style: str) -> tuple[Palette, np.ndarray]:
    """An ink picture in a style: a `line drawing`, outlines on white; a `silhouette`, all of it black; `gray style`,
    each ink the gray of its luma.

    Raises:
        PaletteError: no such style.
    """
    if style == "line drawing":
        return _merged([ink if ink in (NONE, OUTLINE) else "white" for ink in palette.inks], inks)
    if style == "silhouette":
        return _merged([ink if ink == NONE else OUTLINE for ink in palette.inks], inks)
    if style == "gray style":
        return _merged([_gray(ink) for ink in palette.inks], inks)
    raise PaletteError(f"the style {style[:40]!r} is unknown; known are {', '.join(STYLES)}")


def _gray(ink: str) -> str:
    red, green, blue, opacity = colour_of(ink)
    luma = (299 * red + 587 * green + 114 * blue + 500) // 1000  # ITU-R 601
    return ink_of((luma, luma, luma, opacity))


def _merged(names: list[str], inks: np.ndarray) -> tuple[Palette, np.ndarray]:
    """Inks by new names, of which some may be equal: these become one, with the number of the first."""
    kept = list(dict.fromkeys(names))
    numbers = np.array([kept.index(name) for name in names], dtype=np.uint8)
    return Palette(tuple(kept)), numbers[inks]
