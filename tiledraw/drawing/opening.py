"""Opening: finished gray pictures, drawn here or elsewhere, with what they show and what they say of themselves.

Knows picture files and their metadata. Knows nothing about what changes in a picture, or how tiles are drawn.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import (
    PictureError,
    grays_of,
    has_several,
    load_picture,
    most_pixels,
    open_picture,
)
from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.metadata import Record, read_metadata
from tiledraw.drawing.picture import Picture
from tiledraw.language.boxes import PlanError
from tiledraw.language.plan import GRID, Plan, plan_from_yaml

# What becomes red, green, blue and opacity without a loss.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
ADVICE = "--prompt says in words what it shows, and --plan-from FILE gives its plan"
Source = Picture | Image.Image | np.ndarray | str | os.PathLike[str]


def name_of(source: Source) -> str:
    """What a picture is called in a message."""
    return str(source) if isinstance(source, str | os.PathLike) else "the picture"


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished picture of whole tiles.

    Attributes:
        pixels: Gray levels `(height, width)` uint8.
        canvas: Its size.
        plan: What it shows where, on a grid of 32x32; None: nobody says.
        prompt: What it shows, in words; empty where a plan alone says it.
        record: What it says of how it was drawn, if it does.
    """

    pixels: np.ndarray
    canvas: Canvas
    plan: Plan | None
    prompt: str
    record: Record | None


def open_finished(source: Source, plan: Plan | None = None, prompt: str | None = None) -> Finished:
    """A picture and what it shows: as the plan or the prompt that is given says, or else as the picture says itself.

    Args:
        source: A drawn picture, any image of whole tiles in gray levels, or the path of its file.

    Raises:
        ValueError: it is no picture of whole tiles in gray levels, or nobody says what it shows.
        OSError: a file can't be read.
    """
    name = name_of(source)
    pixels, chunks = read_source(source)
    height, width = pixels.shape
    try:
        canvas = Canvas(width, height)
    except ValueError as error:
        raise ValueError(f"{name} is not made of whole tiles: {error}") from None
    own, record = plan is None and prompt is None, None
    try:
        record = read_metadata(chunks)
        if own:
            _check_record(record, canvas)
    except ValueError as error:
        if own:
            raise ValueError(f"{name}: {error}; {ADVICE}") from None
    if record is not None and (record.flat or record.size != (width, height)):
        record = None  # it tells of another picture
    if own:
        assert record is not None
        prompt = record.prompt
        try:
            plan = plan_from_yaml(record.plan, canvas.cells) if record.plan is not None else None
        except ValueError as error:
            raise ValueError(f"the plan in {name} is damaged ({error}); {ADVICE}") from None
    if plan is not None:
        plan = replace(on_usual_grid(plan), canvas=canvas.cells)
    return Finished(pixels, canvas, plan, prompt or "", record)


def on_usual_grid(plan: Plan) -> Plan:
    """The same plan. Raises a PlanError if its grid is not the one of 32x32, on which gray pictures are planned."""
    if plan.grid != GRID:
        raise PlanError(f"the plan has a grid of {plan.grid}; what is drawn in one piece has plans on one of {GRID}")
    return plan


def read_source(source: Source) -> tuple[np.ndarray, Mapping[str, str]]:
    """The gray levels `(height, width)` uint8 of a picture, and the text chunks that say how it was drawn.

    Raises:
        ValueError: it is no picture, or not of gray levels.
        OSError: it can't be read.
    """
    if isinstance(source, Picture):
        return np.asarray(source).copy(), source.chunks
    with _image(source) as image:
        return _grays(name_of(source), image), getattr(image, "text", {})


def _check_record(record: Record | None, canvas: Canvas) -> None:
    if record is None:
        raise ValueError("the picture does not say what it shows")
    if record.flat:
        raise ValueError("the picture was drawn flat, in one go, without tiles")
    if record.size != (canvas.width, canvas.height):
        (width, height), is_now = record.size, f"{canvas.width}x{canvas.height}"
        raise ValueError(f"the picture was drawn with {width}x{height} pixels, now it has {is_now}")


def read_mask(source: Source, size: tuple[int, int]) -> np.ndarray:
    """Which pixels may change: those that are white in a mask of this width and height, `(height, width)` bool.

    Raises:
        ValueError: it is no picture, of another size, or without white.
        OSError: it can't be read.
    """
    name = f"the mask {source}" if isinstance(source, str | os.PathLike) else "the mask"
    with _image(source) as image:
        if sorted(image.size) != sorted(size):  # before its pixels are read
            (width, height), wanted = image.size, "x".join(map(str, size))
            raise ValueError(f"{name} has {width}x{height} pixels, the picture {wanted}")
        free = grays_of(image, below="black") > 127  # a stroke on a transparent layer is all that is white
    if free.shape != size[::-1]:
        raise ValueError(f"{name} lies on its side; turn it as the picture is")
    if not free.any():
        raise ValueError(f"{name} has no white pixel; what is white may change")
    return free


def read_free(mask: Source, size: tuple[int, int]) -> np.ndarray:
    """Which pixels may change: those that are transparent in a mask of this width and height, as interfaces of images
    have it, `(height, width)` bool.

    Raises:
        ValueError: it is no picture, of another size, or nowhere transparent.
        OSError: it can't be read.
    """
    name = f"the mask {mask}" if isinstance(mask, str | os.PathLike) else "the mask"
    with _image(mask) as image:
        if image.size != size:
            is_now, wanted = ("x".join(map(str, one)) for one in (image.size, size))
            raise ValueError(f"{name} has {is_now} pixels, the picture {wanted}")
        try:
            free = np.asarray(load_picture(image).convert("RGBA"))[..., 3] < 128
        except PictureError as error:
            raise ValueError(f"{name}: {error}") from None
    if not free.any():
        raise ValueError(f"{name} is nowhere transparent; what is transparent may change")
    return free


def read_ground(source: Source, mask: Source | None = None) -> Ground:
    """A picture to draw over: a file, upright as it is meant to be seen, an image of Pillow, or an array; with a mask,
    only where that is transparent.

    Raises:
        ValueError: it is no picture, too small or too large, or would lose colours; or see `read_free`.
        OSError: it can't be read.
    """
    if isinstance(source, np.ndarray) and (source.dtype != np.uint8 or source.shape[2:] not in ((), (3,), (4,))):
        given = f"{source.shape} of {source.dtype}"
        raise ValueError(f"an array to draw over is (height, width), or with 3 or 4 channels, of uint8, not {given}")
    if not isinstance(source, Image.Image | np.ndarray | str | os.PathLike):
        raise ValueError(f"a picture to draw over is a path, an image of Pillow or an array, not {source!r:.80}")
    name = name_of(source)
    try:
        with _image(source) as image:
            if has_several(image):
                raise ValueError("it holds several pictures; give one with a single picture")
            if image.mode not in MODES:
                raise ValueError(
                    f"it has more colours than 8 bits hold (mode {image.mode}); convert it to 8-bit colours"
                )
            ground = Ground(np.asarray(_in_srgb(load_picture(image)).convert("RGBA")))
    except PictureError as error:
        raise ValueError(f"{name}: {error}") from None
    except ValueError as error:
        raise ValueError(error if str(error).startswith(name) else f"{name}: {error}") from None
    return ground if mask is None else replace(ground, free=read_free(mask, ground.size))


def _in_srgb(image: Image.Image) -> Image.Image:
    """A picture in the colours that layers are in, where it says that its own are others."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile: what viewers without one show
        return image
    return changed or image


@contextlib.contextmanager
def _image(source: Source) -> Iterator[Image.Image]:
    if isinstance(source, str | os.PathLike):
        with _open(str(source)) as image:
            yield image
    else:
        yield Image.fromarray(source) if isinstance(source, np.ndarray) else source


@contextlib.contextmanager
def _open(path: str) -> Iterator[Image.Image]:
    """A picture whose head is read; its pixels are not, so that its size can be refused first."""
    try:
        with open_picture(path) as image:
            if image.width * image.height > most_pixels() // 2:
                raise ValueError(f"{path} is larger than 4096x4096 pixels, the largest picture there is")
            yield image
    except PictureError as error:
        raise ValueError(f"{path}: {error}") from None


def _grays(path: str, image: Image.Image) -> np.ndarray:
    """The gray levels of a picture, exactly; refused if some would be lost: colours, transparency, 16 bits."""
    if has_several(image):
        raise ValueError(f"{path} holds several pictures; give one with a single picture")
    image = load_picture(image)
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return np.asarray(image.convert("L"), dtype=np.uint8).copy()
    if image.mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
        red, green, blue, alpha = np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)
        if (red == green).all() and (red == blue).all() and (alpha == 255).all():
            return np.array(red)
    raise ValueError(
        f"{path} has colours, transparency or more than 256 grays (mode {image.mode}), which would be lost; "
        "convert it to 8-bit gray first"
    )
