"""Palettes: numbered inks, and the words that a think step lists them by.

    inks: none, black, orange, white

Pixel token `[PXn]` is ink n of the palette. In the palette `gray` ink n is gray level n. Every other palette is a list
of inks: `none`, which is transparent, words for the colours that have one, and `#rrggbb` (`#rrggbbaa` where it lets
something through) for all others, so that any picture of at most 256 colours is its palette and its numbers, without
loss.
Knows colours, words and arrays. Knows nothing about tokens, plans or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from tiledraw.language.attributes import COLOURS

NONE = "none"
MAX_INKS = 256
_WORDS = {code: word for word, code in COLOURS.items()}
_HEX = re.compile(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?")


class PaletteError(ValueError):
    """An ink list is not valid, or does not fit its picture."""


def ink_of(rgba: Sequence[int]) -> str:
    """The word of a colour, red, green, blue and opacity from 0 to 255; its code where none is exact."""
    red, green, blue, opacity = (int(part) for part in rgba)
    if opacity == 0:
        return NONE
    code = f"#{red:02x}{green:02x}{blue:02x}"
    return _WORDS.get(code, code) if opacity == 255 else f"{code}{opacity:02x}"


def colour_of(ink: str) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity, 0 to 255, of an ink.

    Raises:
        PaletteError: it is neither a known word nor a code.
    """
    if ink == NONE:
        return 0, 0, 0, 0
    code = COLOURS.get(ink, ink)
    if not _HEX.fullmatch(code):
        raise PaletteError(
            f"the ink {ink[:40]!r} is unknown; an ink is none, a colour such as {', '.join(list(COLOURS)[:6])}, or "
            "#rrggbb"
        )
    red, green, blue, *opacity = bytes.fromhex(code[1:])
    return red, green, blue, opacity[0] if opacity else 255


@dataclass(frozen=True)
class Palette:
    """Inks by number. A name stands for a list that need not be written out (`gray`).

    Raises:
        PaletteError: no ink, more than 256, an unknown one, or one twice.
    """

    inks: tuple[str, ...]
    name: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.inks) <= MAX_INKS:
            raise PaletteError(f"a palette has 1 to {MAX_INKS} inks, this one has {len(self.inks)}")
        colours = [colour_of(ink) for ink in self.inks]
        for number, colour in enumerate(colours):
            if colour in colours[:number]:
                raise PaletteError(f"the ink {self.inks[number]!r} stands twice in the list")

    @cached_property
    def colours(self) -> np.ndarray:
        """Red, green, blue and opacity of each ink, `(inks, 4)` uint8."""
        return np.array([colour_of(ink) for ink in self.inks], dtype=np.uint8)

    def paint(self, numbers: np.ndarray) -> np.ndarray:
        """The colours `(height, width, 4)` uint8 of ink numbers `(height, width)` uint8.

        Raises:
            PaletteError: a number that is no ink.
        """
        if numbers.size and int(numbers.max()) >= len(self.inks):
            raise PaletteError(f"ink {numbers.max()} is none of the {len(self.inks)} inks of the palette")
        return self.colours[numbers]

    def __str__(self) -> str:
        return self.name or ", ".join(self.inks)


GRAY = Palette(tuple(ink_of((level, level, level, 255)) for level in range(256)), "gray")
PALETTES = {GRAY.name: GRAY}


def parse_palette(text: str) -> Palette:
    """Reads what `str(palette)` writes: the name of a palette, or inks between commas.

    Raises:
        PaletteError: neither.
    """
    if (name := text.strip()) in PALETTES:
        return PALETTES[name]
    return Palette(tuple(ink.strip() for ink in text.split(",")))


def count_inks(text: str) -> int:
    """How many inks a palette has that is written so, known or not."""
    return len(PALETTES[text].inks) if text in PALETTES else 1 + text.count(",")


def palette_of(colours: np.ndarray) -> tuple[Palette, np.ndarray]:
    """The palette of a picture `(height, width, 4)` uint8 of at most 256 colours, and its ink numbers
    `(height, width)` uint8. `none` comes first, then black, then the inks by the area that they cover: outlines and
    large parts have small numbers in all pictures alike.

    Raises:
        PaletteError: there are more colours.
    """
    codes = np.ascontiguousarray(colours).view(">u4").ravel().astype(np.uint32)
    codes[codes & 255 == 0] = 0  # what is not there has no colour
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))  # of runs of one colour, far fewer than pixels
    lengths = np.diff(starts, append=len(codes))
    found, first, which = np.unique(codes[starts], return_index=True, return_inverse=True)
    counts = np.bincount(which, lengths)
    if len(found) > MAX_INKS:
        raise PaletteError(f"the picture has {len(found):,} colours; at most {MAX_INKS} fit into a palette")
    rank = np.where(found == 0, -2, np.where(found == 0x000000FF, -1, 0))
    order = np.lexsort((first, -counts, rank))
    numbers = np.empty(len(found), dtype=np.uint8)
    numbers[order] = np.arange(len(found))
    inks = tuple(ink_of(code.to_bytes(4, "big")) for code in found[order].tolist())
    return Palette(inks), np.repeat(numbers[which], lengths).reshape(colours.shape[:2])


def quantise_colours(colours: np.ndarray, inks: int = MAX_INKS) -> tuple[np.ndarray, float]:
    """A picture `(height, width, 4)` uint8 in at most so many colours (median cut and k-means, by Pillow; opaque or not
    there), and how far off it is, root mean square of red, green and blue from 0 to 255."""
    seen = colours[..., 3] > 127
    opaque = Image.fromarray(np.where(seen[..., None], colours[..., :3], 0))
    few = opaque.quantize(max(1, inks - (not seen.all())), Image.Quantize.MEDIANCUT, kmeans=3).convert("RGB")
    result = np.dstack([np.where(seen[..., None], np.asarray(few), 0), np.where(seen, 255, 0)]).astype(np.uint8)
    off = (result[..., :3].astype(np.float64) - colours[..., :3])[seen]
    return result, float(np.sqrt((off**2).mean())) if off.size else 0.0
