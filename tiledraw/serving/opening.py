"""Opening: what a file says of itself that somebody sends, read by the reader of the command line.

Knows pictures of ours and temporary files. Knows nothing about HTTP.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore

from PIL import Image

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pyramid import MAX_SIDE
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.metadata import KEYWORD, Record, read_metadata
from tiledraw.drawing.opening import read_ground
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.picture import LAYERED
from tiledraw.drawing.restacking import Layered, open_layered

ZIP = b"PK"  # how an OpenRaster file begins
_one_by_one = Semaphore(2)  # a small file can unpack to a large picture


@dataclass(frozen=True, eq=False)
class Opened:
    """A picture of ours.

    Attributes:
        image: Its pixels.
        record: How it was drawn.
        chunks: What it says of itself, by keyword.
        drawn: What it is as a picture of layers; None of one without.
        layered: The file, if it is one with layers.
    """

    image: Image.Image
    record: Record
    chunks: Mapping[str, str]
    drawn: Layered | None = None
    layered: bytes | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has all that it takes to change its plan: the picture over which it was drawn, too."""
        return self.drawn is not None and (self.record.over is None or self.drawn.ground is not None)


class StrangeError(ValueError):
    """A picture that does not say how it was drawn."""


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
                raise StrangeError(
                    "the picture does not say how it was drawn; give a PNG or .ora that tiledraw has drawn"
                )
            drawn = open_layered(path)
        except StrangeError:
            raise
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), "the picture")) from None
    return Opened(image, record, chunks, drawn, data if is_layered else None)


def upload_to_change(data: bytes) -> Opened | Ground:
    """A picture of layers, of which the plan is changed; any other, which is drawn over.

    Raises:
        ValueError: it is no picture, or what it says of itself is damaged; one sentence.
    """
    with suppress(StrangeError):
        if (opened := open_upload(data)).drawn is not None:
            return opened
    return upload_to_cover(data)


def upload_to_cover(data: bytes, mask: bytes | None = None) -> Ground:
    """A picture that is drawn over, whatever it is; with a mask, only where that is transparent.

    Raises:
        ValueError: it is no picture, or the mask is none of it; one sentence.
    """
    with _one_by_one, tempfile.TemporaryDirectory(prefix="tiledraw-") as folder:
        (picture := Path(folder) / "picture").write_bytes(data)
        masking = Path(folder) / "mask"
        if mask is not None:
            masking.write_bytes(mask)
        try:
            shown = _read_layered(picture)[0] if data.startswith(ZIP) else picture
            return read_ground(shown, None if mask is None else masking)
        except ValueError as error:
            sentence = str(error).replace(f"the mask {masking}", "the mask").replace(str(masking), "the mask")
            raise ValueError(sentence.replace(str(picture), "the picture")) from None


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
