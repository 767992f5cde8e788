"""Pictures from files that anybody made: the gray levels that a viewer would show, or one clear refusal.

EXIF rotation is applied, transparency lies on white, palettes, CMYK and 10 to 16 bits a pixel become the grays they
mean (luma, ITU-R 601; colour profiles are not read). Of several frames the first counts. What a file is called does not
matter, what is in it does. Squares are cut or padded from pictures, and reduced by area means.
Knows Pillow. Knows nothing about where files come from or what is drawn from them.
"""

from __future__ import annotations

import errno
import io
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from tiledraw.canvas.pixels import pixels_from_image, resize
from tiledraw.common.files import open_file

FITS = ("letterbox", "crop")
MOST_BYTES = 2**30  # of a file: the largest picture, in 16-bit colours
# Formats whose decoders only decode: some others that Pillow knows start programs (EPS) or read other files.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
SUFFIXES = frozenset(
    {
        *(".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif"),
    }
)
# Errors of a path that leads to no picture. Others, such as a failing disk, are not the picture's fault and pass on.
_NO_SUCH_FILE = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}


class PictureError(ValueError):
    """A picture, or what is said of it, can't be used."""


@cache
def _formats() -> list[str]:
    """Those of the formats that this Pillow was built with."""
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


@contextmanager
def _picture_errors() -> Iterator[None]:
    """Turns what Pillow raises of a file into one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of files; what counts is whether they can be read
            yield
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"it is no picture in a known format ({', '.join(_formats())})") from None
    except (Image.DecompressionBombError, MemoryError):
        raise PictureError(f"it has too many pixels; at most {most_pixels():,} are read") from None
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        if isinstance(error, OSError) and error.errno is not None:
            if error.errno not in _NO_SUCH_FILE:
                raise
            raise PictureError(f"it can't be opened: {error.strerror}") from None
        raise PictureError(f"it is damaged: {' '.join(str(error).split()) or type(error).__name__}") from None


@contextmanager
def open_picture(file: str | os.PathLike[str] | bytes | BinaryIO) -> Iterator[Image.Image]:
    """A picture file, given as its path, its bytes, or a stream of them, of which the head is read: pixels are read by
    `load_picture`, so that a picture can be refused before.

    Whatever file anybody gives is opened here, and only here: in formats whose decoders only decode, and of a bounded
    size.

    Raises:
        PictureError: it is not there, no picture, damaged, or has more than `most_pixels()` pixels or `MOST_BYTES`.
        OSError: the machine failed, not the picture.
    """
    with ExitStack() as stack:
        with _picture_errors():
            source = stack.enter_context(_source(file))
            image = stack.enter_context(Image.open(source, formats=_formats()))
        yield image


def has_several(image: Image.Image) -> bool:
    """Whether a file of `open_picture` holds more pictures than one.

    Raises:
        PictureError, OSError: as `open_picture` does.
    """
    with _picture_errors():
        try:
            image.seek(1)  # counting them would read all of a file
        except EOFError:
            return False
        image.seek(0)
        return True


def load_picture(image: Image.Image) -> Image.Image:
    """The picture of `open_picture` with its pixels read, upright as the camera was held.

    Raises:
        PictureError, OSError: as `open_picture` does.
    """
    with _picture_errors():
        image.load()
        return _upright(image)


@contextmanager
def _source(file: str | os.PathLike[str] | bytes | BinaryIO) -> Iterator[BinaryIO]:
    """A picture file, open, of at most `MOST_BYTES`."""
    too_large = PictureError(f"it has more than {MOST_BYTES:,} bytes, the most that are read")
    if not isinstance(file, (str, os.PathLike, bytes)):
        file = file.read(MOST_BYTES + 1)
    if isinstance(file, bytes):
        if len(file) > MOST_BYTES:
            raise too_large
        yield io.BytesIO(file)
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(open_file(file, MOST_BYTES))
        except ValueError as error:
            raise PictureError(str(error)) from None
        yield source


def read_picture(file: str | os.PathLike[str] | bytes | BinaryIO) -> np.ndarray:
    """Gray levels `(height, width)` uint8 of a picture file, given as its path, its bytes, or a stream of them.

    Raises:
        PictureError, OSError: as `open_picture` does.
    """
    with open_picture(file) as image:
        return grays_of(image)


def grays_of(image: Image.Image, below: str = "white") -> np.ndarray:
    """Gray levels `(height, width)` uint8 of a picture of `open_picture`, or of any image of Pillow, upright; what is
    transparent shows what lies `below`.

    Raises:
        PictureError, OSError: as `open_picture` does.
    """
    with _picture_errors():
        if image.mode == "F":
            raise PictureError("it holds floating-point pixels, whose black and white are unknown")
        return pixels_from_image(load_picture(image), below)


def is_whole(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds a picture from its beginning to its end."""
    try:
        with _picture_errors(), open_picture(path) as image:
            (image.verify if image.format == "PNG" else image.load)()  # of a PNG its checksums will do
    except (PictureError, OSError):
        return False
    return True


def most_pixels() -> int:
    """Above this Pillow calls a picture a bomb."""
    return 2 * (Image.MAX_IMAGE_PIXELS or 0)


def _upright(image: Image.Image) -> Image.Image:
    """The picture as the camera was held."""
    try:
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if is_turned else image
    except Exception:  # damaged EXIF data of an undamaged picture
        return image


def square(pixels: np.ndarray, most: int, fit: str, pad: int = 255) -> np.ndarray:
    """A square `(side, side)` uint8 of a picture `(height, width)` uint8, of at most `most` pixels a side.

    A longer picture is reduced by area means; a shorter one keeps its pixels. `letterbox` shows all of it, between bars
    of the gray `pad`; `crop` shows the square in its middle.

    Raises:
        ValueError: another fit.
    """
    if fit not in FITS:
        raise ValueError(f"the fit {fit!r} is unknown; known are {', '.join(FITS)}")
    height, width = pixels.shape
    if fit == "crop":
        side = min(height, width)
        y, x = (height - side) // 2, (width - side) // 2
        pixels = pixels[y : y + side, x : x + side]
    longer = max(pixels.shape)
    if longer > most:
        height, width = (max(1, round(length * most / longer)) for length in pixels.shape)
        pixels = resize(pixels, width, height)
    (height, width), side = pixels.shape, max(pixels.shape)
    y, x = (side - height) // 2, (side - width) // 2
    result = np.full((side, side), pad, dtype=np.uint8)
    result[y : y + height, x : x + width] = pixels
    return result


def resample(pixels: np.ndarray, side: int) -> np.ndarray:
    """A square picture at `side` pixels, uint8: area means on the way down, bicubic on the way up."""
    if side <= pixels.shape[0]:
        return resize(pixels, side, side)
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


def how_saved(format_name: str) -> dict[str, Any]:
    """How a picture is saved, so that little of it is lost, or nothing where a format can do that."""
    ways = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True, "exact": True}}
    return ways.get(format_name, {})


def png_info(chunks: Mapping[str, str]) -> PngInfo:
    """Text chunks by keyword, as Pillow takes them."""
    info = PngInfo()
    for key, text in chunks.items():
        info.add_text(key, text)
    return info
