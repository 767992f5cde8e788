"""Opening: what a file says of itself that somebody sends, read by the reader of the command line.

Knows pictures of ours and temporary files. Knows nothing about HTTP.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore

from PIL import Image

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pyramid import MAX_SIDE
from tiledraw.drawing.metadata import KEYWORD, Record, read_metadata
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.picture import LAYERED
from tiledraw.drawing.restacking import Layered, open_layered
from tiledraw.language.plan import Plan

ZIP = b"PK"  # how an OpenRaster file begins
_one_by_one = Semaphore(2)  # a small file can unpack to a large picture


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture of ours.

    Attributes:
        image: Its pixels.
        record: How it was drawn.
        plan: What it shows where; None of one without layers.
        chunks: What it says of itself, by keyword.
        layered: The file, if it is one with layers.
    """

    image: Image.Image
    record: Record
    plan: Plan | None
    chunks: Mapping[str, str]
    layered: bytes | None = None


def open_upload(data: bytes) -> Opened:
    """A PNG or an OpenRaster file of ours.

    Raises:
        ValueError: it is none; one sentence.
    """
    is_layered = data.startswith(ZIP)
    with _one_by_one, tempfile.TemporaryDirectory(prefix="tiledraw-") as folder:
        path = Path(folder) / ("picture" + (LAYERED if is_layered else ".png"))
        path.write_bytes(data)
        try:
            image, chunks = _read_layered(path) if is_layered else _read_plain(path)
            record = read_metadata(chunks)
            if record is None:
                raise ValueError(
                    "the picture does not say how it was drawn; give a PNG or .ora that tiledraw has drawn"
                )
            layered = open_layered(path)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), "the picture")) from None
    return Opened(image, record, layered.plan if layered else None, chunks, data if is_layered else None)


def layered_upload(data: bytes) -> Layered:
    """The same, of a picture of layers, to be changed. Raises a ValueError of one sentence if it is none."""
    opened = open_upload(data)
    if opened.plan is None:
        raise ValueError("the picture is not made of layers, and only such pictures are changed here")
    return Layered(opened.plan, opened.record, True)


def _read_plain(path: Path) -> tuple[Image.Image, Mapping[str, str]]:
    try:
        with open_picture(path) as image:
            if max(image.size) > MAX_SIDE:  # before its pixels are read
                raise PictureError(f"it is larger than {MAX_SIDE}x{MAX_SIDE} pixels, the largest picture there is")
            loaded = load_picture(image)
            return loaded.copy(), _ours(getattr(image, "text", {}))
    except PictureError as error:
        raise PictureError(f"the picture can't be read: {error}") from None


def _read_layered(path: Path) -> tuple[Image.Image, Mapping[str, str]]:
    try:
        file = read_openraster(path)
    except PictureError as error:
        raise PictureError(f"the picture can't be read: {error}") from None
    return Image.fromarray(file.merged), _ours(file.chunks)


def _ours(chunks: Mapping[str, str]) -> dict[str, str]:
    return {key: str(chunks[key]) for key in ("parameters", KEYWORD) if key in chunks}
