"""OpenRaster: a picture with its layers in one file (`.ora`), which GIMP, Krita and others open and save.

A zip of PNGs and `stack.xml` (freedesktop.org, OpenRaster 0.0.6). What is drawn here keeps in its merged picture how it
was drawn, as a PNG does.
Knows zip files, layers and PNGs. Knows nothing about plans, inks or how layers are drawn.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import Layer, compose, placed
from tiledraw.canvas.pictures import PictureError, load_picture, open_picture, png_info
from tiledraw.common.files import atomic_open

LAYER_NAMES = re.compile(r"\d{2,}-.*\.png")
MIME = "image/openraster"
VERSION = "0.0.6"
THUMBNAIL = 256  # pixels a side at most
MOST_LAYERS = 4096
MOST_STACK = 2**22  # bytes of stack.xml
MOST_BYTES = 2**30  # of all files together, unpacked
MOST_PIXELS = 2**29  # of all layers together, which a few bytes can stand for: 32 of the largest
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same picture is the same file


@dataclass(frozen=True, eq=False)
class LayerFile:
    """A layer as a file has it: its name, its colours `(height, width, 4)` uint8, where they begin, and whether it is
    shown."""

    name: str
    colours: np.ndarray
    x: int = 0
    y: int = 0
    is_visible: bool = True


def write_layers(folder: str | os.PathLike[str], size: tuple[int, int], layers: Sequence[Layer]) -> list[Path]:
    """Writes each layer, the lowest first, as a transparent PNG of the whole picture's size: `00-grass.png`,
    `01-red-house.png`. The folder is made if need be."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for number, layer in enumerate(layers):
        path = Path(folder) / f"{number:02}-{layer.name.replace(' ', '-') or 'layer'}.png"
        with atomic_open(path) as file:
            Image.fromarray(compose(size, [layer])).save(file, "PNG")
        paths.append(path)
    return paths


@dataclass(frozen=True, eq=False)
class LayeredFile:
    """What a layered file holds.

    Attributes:
        size: Width and height.
        layers: The lowest first.
        merged: The whole picture, `(height, width, 4)` uint8.
        chunks: What the merged picture says of itself, by keyword.
    """

    size: tuple[int, int]
    layers: tuple[LayerFile, ...]
    merged: np.ndarray
    chunks: Mapping[str, str] = field(default_factory=dict)


def write_openraster(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    layers: Sequence[Layer],
    chunks: Mapping[str, str] | None = None,
) -> None:
    """Writes layers, the lowest first, and the picture that they compose, whole or not at all.

    Args:
        size: Width and height of the picture.
        chunks: Text chunks of the merged picture.

    Raises:
        OSError: the file can't be written.
    """
    width, height = size
    merged = Image.fromarray(compose(size, layers))
    thumbnail = merged.copy()
    thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
    image = ElementTree.Element("image", version=VERSION, w=str(width), h=str(height), xres="72", yres="72")
    stack = ElementTree.SubElement(image, "stack")
    with atomic_open(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", EARLIEST), MIME)  # first, and stored as it is
        for number, layer in reversed(list(enumerate(layers))):  # the topmost first
            colours, x, y = placed(layer)
            source = f"data/layer{number:04}.png"
            values = {"name": layer.name or f"layer {number}", "src": source, "x": str(x), "y": str(y)}
            ElementTree.SubElement(
                stack, "layer", {**values, "opacity": "1.0", "visibility": "visible", "composite-op": "svg:src-over"}
            )
            archive.writestr(zipfile.ZipInfo(source, EARLIEST), _png(Image.fromarray(colours)))
        text = ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)
        archive.writestr(zipfile.ZipInfo("stack.xml", EARLIEST), text)
        archive.writestr(zipfile.ZipInfo("mergedimage.png", EARLIEST), _png(merged, chunks or {}))
        archive.writestr(zipfile.ZipInfo("Thumbnails/thumbnail.png", EARLIEST), _png(thumbnail))


def _png(image: Image.Image, chunks: Mapping[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=png_info(chunks or {}))
    return file.getvalue()


def read_openraster(path: str | os.PathLike[str]) -> LayeredFile:
    """Reads a layered file of anybody's.

    Raises:
        PictureError: it is no such file, damaged, too large, or names files that are not in it; one sentence.
        OSError: it can't be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (PictureError, OSError):
        raise
    except zipfile.BadZipFile:
        raise PictureError("it is no OpenRaster file") from None
    except (ElementTree.ParseError, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(f"it is no OpenRaster file, or damaged: {reason}") from None


def _read(archive: zipfile.ZipFile) -> LayeredFile:
    members = archive.infolist()
    if sum(member.file_size for member in members) > MOST_BYTES:  # which zipfile holds each member to
        raise PictureError(f"it holds more than {MOST_BYTES:,} bytes, the most that are read")
    names = {member.filename for member in members}
    if not {"mimetype", "stack.xml", "mergedimage.png"} <= names:
        raise PictureError("it is no OpenRaster file, which holds mimetype, stack.xml and mergedimage.png")
    if archive.getinfo("mimetype").file_size > 64 or archive.read("mimetype").strip() != MIME.encode():
        raise PictureError(f"it is no OpenRaster file: its mimetype is not {MIME}")
    if archive.getinfo("stack.xml").file_size > MOST_STACK:
        raise PictureError(f"its stack.xml has more than {MOST_STACK:,} bytes, the most that are read")
    text = archive.read("stack.xml")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # a few lines of them can stand for gigabytes
        raise PictureError("its stack.xml declares a document type, which no picture needs")
    root = ElementTree.fromstring(text)
    size = int(root.attrib["w"]), int(root.attrib["h"])
    found = list(root.iter("layer"))
    if len(found) > MOST_LAYERS:
        raise PictureError(f"it has {len(found):,} layers; at most {MOST_LAYERS:,} are read")
    sources = [layer.attrib["src"] for layer in found]
    pixels = {name: _pixels(archive, name) for name in set(sources)}
    if sum(pixels[name] for name in sources) > MOST_PIXELS:
        raise PictureError(f"its layers have more than {MOST_PIXELS:,} pixels, the most that are read")
    merged, chunks = _image(archive, "mergedimage.png")
    if merged.shape[1::-1] != size:
        raise PictureError("its merged picture has another size than its stack")
    layers = []
    for layer in reversed(found):
        values = layer.attrib
        colours, _ = _image(archive, values["src"])
        is_visible = values.get("visibility", "visible") == "visible"
        place = int(values.get("x", 0)), int(values.get("y", 0))
        layers.append(LayerFile(values.get("name", ""), colours, *place, is_visible))
    return LayeredFile(size, tuple(layers), merged, chunks)


def _pixels(archive: zipfile.ZipFile, name: str) -> int:
    """How many pixels a picture in a file has; they are not read."""
    if name not in archive.namelist():
        raise PictureError(f"it names {name[:80]!r}, which is not in it")
    with open_picture(archive.read(name)) as image:
        return image.width * image.height


def _image(archive: zipfile.ZipFile, name: str) -> tuple[np.ndarray, dict[str, str]]:
    """The colours `(height, width, 4)` uint8 of a picture in a file, and its text chunks."""
    with open_picture(archive.read(name)) as image:
        loaded = load_picture(image)
        return np.asarray(loaded.convert("RGBA")), dict(getattr(image, "text", {}))
