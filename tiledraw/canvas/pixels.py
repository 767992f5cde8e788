"""Image <-> pixel tokens: one word `[PX0]`..`[PX255]` for each gray level, lossless both ways.

Knows Pillow and numpy. Knows nothing about tokenizers, plans, tiles or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from PIL import Image

LEVELS = 256
PIXEL_WORDS = tuple(f"[PX{gray}]" for gray in range(LEVELS))
_PIXEL_WORD = re.compile(r"\[PX(\d{1,3})\]")


def pixels_from_image(image: Image.Image, below: str = "white") -> np.ndarray:
    """Gray levels of an image, `(height, width)` uint8. Colours become luma (ITU-R 601); what is transparent shows what
    lies `below`. Of more than 8 bits a pixel, those are read that are in use: cameras and scanners write 10, 12 or 14
    bits into 16."""
    if image.mode.startswith("I"):  # which Pillow would clip at 255
        wide = np.clip(np.asarray(image), 0, 65535)
        bits = max(8, int(wide.max()).bit_length())
        return np.round(wide * (255 / (2 ** (bits + bits % 2) - 1))).astype(np.uint8)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, below), image)
    return np.asarray(image.convert("L"), dtype=np.uint8).copy()


def image_from_pixels(pixels: np.ndarray) -> Image.Image:
    """A grayscale image of `(height, width)` uint8 gray levels."""
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be a (height, width) array of uint8, not {pixels.shape} of {pixels.dtype}")
    return Image.fromarray(pixels)


def words_from_pixels(pixels: np.ndarray) -> list[str]:
    """Pixel words of gray levels in raster order."""
    return [PIXEL_WORDS[gray] for gray in np.asarray(pixels, dtype=np.uint8).ravel()]


def pixels_from_words(words: Iterable[str], width: int) -> np.ndarray:
    """Gray levels `(height, width)` uint8 of pixel words in raster order.

    Raises:
        ValueError: a word that is no pixel word, or a last row that is not full.
    """
    grays = []
    for word in words:
        match = _PIXEL_WORD.fullmatch(word)
        if not match or int(match[1]) >= LEVELS or word != PIXEL_WORDS[int(match[1])]:
            raise ValueError(f"{word!r} is no pixel word; pixel words are [PX0] to [PX255]")
        grays.append(int(match[1]))
    if width < 1 or len(grays) % width:
        raise ValueError(f"{len(grays)} pixels do not fill rows of {width}")
    return np.array(grays, dtype=np.uint8).reshape(-1, width)


def quantise(pixels: np.ndarray, grays: int) -> np.ndarray:
    """The nearest of `grays` evenly spaced levels from 0 to 255, uint8; 256 changes nothing but the type."""
    if not 2 <= grays <= LEVELS:
        raise ValueError(f"the number of grays must be from 2 to {LEVELS}, not {grays}")
    step = (LEVELS - 1) / (grays - 1)
    return np.round(np.round(np.clip(np.asarray(pixels, dtype=np.float32), 0, 255) / step) * step).astype(np.uint8)


def resize(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area means on the way down, nearest pixels on the way up; uint8 in and out."""
    if pixels.shape == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
