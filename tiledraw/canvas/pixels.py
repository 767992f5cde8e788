"""Image <-> gray levels, lossless both ways, and the word of each: `[PX0]`..`[PX255]`.

Knows Pillow and numpy. Knows nothing about tokenizers, plans, tiles or models.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

LEVELS = 256
PIXEL_WORDS = tuple(f"[PX{gray}]" for gray in range(LEVELS))


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
