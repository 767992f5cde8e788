"""Enlarging: two ways to make a finished gray picture larger without a model that draws, behind one interface.

    enlarger = load_enlarger("vae")      # or Lanczos(), ByTiles(network)
    large = enlarger.enlarge(pixels, 4)  # (H, W) uint8 -> (4H, 4W) uint8

`Lanczos` knows nothing of pictures and is the reference to beat. `ByTiles` redraws by a network, piece by piece.
Knows arrays of gray levels. Knows nothing about picture files, and not how a network comes to its pixels.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.common.checks import shorten

WAYS = ("lanczos", "levels", "vae")
MAX_ENLARGED = 32768  # pixels a side
PIECE = 256  # pixels a side of what a network redraws at a time, without its surroundings
IN_MEMORY = 2**26  # bytes of a picture; a larger one lies on the disk


class Enlarger(Protocol):
    """What makes pictures larger."""

    def enlarge(self, pixels: np.ndarray, factor: int) -> np.ndarray:
        """A picture `(H, W)` uint8 as `(factor * H, factor * W)` uint8.

        Raises:
            ValueError: the factor is no power of two from 2 on, or the picture would become too large.
        """
        ...


class Network(Protocol):
    """What redraws a picture `scale` times as large, all of it at once.

    Attributes:
        scale: A power of two, or 1: it redraws a picture at its size.
        grain: Sides of pictures are multiples of it, and pieces begin at multiples of it.
        reach: How many pixels of the picture beyond its own an output pixel depends on, to each side.
    """

    scale: int
    grain: int
    reach: int

    def enlarge(self, pixels: np.ndarray) -> np.ndarray: ...


def check_factor(factor: int, width: int, height: int) -> None:
    """Raises a ValueError for a factor that is no power of two from 2 on, or that gives too large a picture."""
    if factor < 2 or factor & (factor - 1):
        raise ValueError(f"a picture is enlarged 2, 4, 8, ... times, not {factor} times")
    if factor * max(width, height) > MAX_ENLARGED:
        raise ValueError(
            f"{factor} times {width}x{height} pixels is too large; the longer side becomes {MAX_ENLARGED} at most"
        )


def factor_to(to: int, width: int, height: int) -> int:
    """How many times larger a picture becomes whose longer side is to have `to` pixels.

    Raises:
        ValueError: not 2, 4, 8, ... times, or too large.
    """
    longer = max(width, height)
    factor, rest = divmod(to, longer)
    if rest or factor < 2 or factor & (factor - 1):
        raise ValueError(
            f"the picture has {width}x{height} pixels; its longer side becomes {2 * longer}, {4 * longer}, "
            f"{8 * longer}, ..., not {to}"
        )
    check_factor(factor, width, height)
    return factor


class Lanczos:
    """Resampling with a windowed sinc over three pixels (Duchon, 1979), by Pillow."""

    def enlarge(self, pixels: np.ndarray, factor: int) -> np.ndarray:
        height, width = pixels.shape
        check_factor(factor, width, height)
        size = factor * width, factor * height
        return np.asarray(image_from_pixels(pixels).resize(size, Image.Resampling.LANCZOS))


@dataclass(frozen=True)
class ByTiles:
    """Redraws by a network in pieces that overlap by what it sees, so that memory is bounded by a piece, and the
    picture is the same as in one piece up to rounding. What the network makes too large is reduced by area means;
    what it leaves too small goes through it again.

    Attributes:
        network: Such as a `Vae`.
        piece: Pixels a side of a piece, a multiple of the network's grain.
    """

    network: Network
    piece: int = PIECE

    def enlarge(self, pixels: np.ndarray, factor: int) -> np.ndarray:
        height, width = pixels.shape
        check_factor(factor, width, height)
        if self.network.scale == 1:
            return self._redraw(Lanczos().enlarge(pixels, factor), 1)
        while factor > 1:
            step = min(factor, self.network.scale)
            pixels = self._redraw(pixels, step)
            factor //= step
        return pixels

    def _redraw(self, pixels: np.ndarray, factor: int) -> np.ndarray:
        """The picture `factor` times as large, at most the network's scale."""
        network, piece = self.network, self.piece
        height, width = pixels.shape
        if height % network.grain or width % network.grain:
            pixels = np.pad(pixels, ((0, -height % network.grain), (0, -width % network.grain)), mode="edge")
        margin = -(-network.reach // network.grain) * network.grain
        out = _room(factor * height, factor * width)
        for y in range(0, height, piece):
            for x in range(0, width, piece):
                top, left = max(0, y - margin), max(0, x - margin)
                window = pixels[top : y + piece + margin, left : x + piece + margin]
                rows, columns = window.shape
                large = resize(network.enlarge(window), factor * columns, factor * rows)
                place = out[factor * y : factor * (y + piece), factor * x : factor * (x + piece)]
                place[:] = large[factor * (y - top) :, factor * (x - left) :][: place.shape[0], : place.shape[1]]
        return out


def _room(height: int, width: int) -> np.ndarray:
    """An array `(height, width)` uint8; a large one is a nameless file, so that the disk bounds it and not memory."""
    if height * width <= IN_MEMORY:
        return np.empty((height, width), dtype=np.uint8)
    with tempfile.TemporaryFile() as file:  # the mapping keeps it open
        return np.memmap(file, dtype=np.uint8, mode="w+", shape=(height, width))


def load_enlarger(name: str) -> Enlarger:
    """What enlarges without a plan: "lanczos", "vae" (the network in the package), or a folder with a network: one
    that `tiledraw train` has made, or an `AutoencoderKL` of diffusers.

    Raises:
        ValueError: there is none of that name, or it can't be loaded.
    """
    if name == "lanczos":
        return Lanczos()
    if name != "vae" and not Path(name).is_dir():
        raise ValueError(f"{shorten(name)} does not enlarge; known are {', '.join(WAYS)}, or the folder of a network")
    from tiledraw.models.vae import load_vae, packaged_vae

    folder = packaged_vae() if name == "vae" else Path(name)
    if folder.is_dir():
        return ByTiles(load_vae(folder))
    raise ValueError(
        "this package holds no network that enlarges; give the folder of one, which `tiledraw train --config vae` makes"
    )
