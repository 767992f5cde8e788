"""What `tiledraw edit`, `extend` and `enlarge` share: reading a picture, drawing over it, writing it with its history.

Knows options, files and events. Knows nothing about what is changed, or how tiles are drawn.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tiledraw.cli.output import check_piped, count_tiles, write_picture
from tiledraw.common.checks import DEFAULT_CANDIDATES, DEFAULT_ORDER, DEFAULT_TEMPERATURE, check_seed, check_temperature
from tiledraw.common.files import check_writable_file, check_writable_folder

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.drawing.editing import Original
    from tiledraw.drawing.metadata import Record
    from tiledraw.drawing.pipeline import Drawer
    from tiledraw.language.plan import Plan
    from tiledraw.models.loading import LoadedModel

DESCRIBE = "describe"  # in place of a plan file: the model reads the plan from the picture


@dataclass(frozen=True)
class ChangeOptions:
    """The options of every verb that changes a picture."""

    picture: str
    output: str | None = None
    in_place: bool = False
    plan_from: str | None = None
    seed: int | None = None
    temperature: float | None = None
    order: Literal["independent", "raster", "chess", "planned"] | None = None
    model: str | None = None
    trace: str | None = None
    metadata: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.seed is not None:
            check_seed(self.seed)
        if self.temperature is not None:
            check_temperature(self.temperature)

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model; its weights are not read yet, so that mistakes are told at once.

        Raises:
            ValueError: it can't be loaded.
        """
        from tiledraw.models.loading import load_model

        return load_model(self.model)

    @cached_property
    def drawer(self) -> Drawer:
        """Draws, and reads, with the model.

        Raises:
            ValueError: its weights can't be read.
        """
        from tiledraw.drawing.pipeline import Drawer
        from tiledraw.engine.decoders import make_decoder

        return Drawer(self.loaded, make_decoder(self.loaded))

    def target(self) -> Path | None:
        """The file of the changed picture; None for standard output.

        Raises:
            ValueError: there is none, or the picture itself would be overwritten without --in-place.
            OSError: it can't be written.
        """
        if self.in_place == (self.output is not None):
            raise ValueError("say where the changed picture goes: -o changed.png, -o - or --in-place, one of them")
        if self.trace is not None:
            check_writable_folder(self.trace if os.path.exists(self.trace) else Path(self.trace).parent)
        if self.output == "-":
            check_piped()
            return None
        path = Path(self.picture if self.output is None else self.output)
        if path.suffix.lower() != ".png":
            raise ValueError(
                f"{path} does not end in .png, and only a PNG keeps every pixel and its history; give -o one"
            )
        check_writable_file(path)
        if not self.in_place and path.exists() and os.path.exists(self.picture) and path.samefile(self.picture):
            raise ValueError(f"{path} is the picture itself; give another file, or --in-place to overwrite it")
        return path


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture file: pixels `(height, width)` uint8, its plan, and what it says of how it was drawn, if it does."""

    pixels: np.ndarray
    canvas: Canvas
    plan: Plan
    record: Record | None


def read_picture(options: ChangeOptions) -> Picture:
    """Reads a picture and its plan: from a plan file, or by the model that describes it, else from its own metadata.

    Raises:
        ValueError: it is no picture of whole tiles in gray levels, or has no plan that fits it.
        OSError: a file can't be read.
    """
    from tiledraw.drawing.metadata import read_metadata
    from tiledraw.language.plan import plan_from_yaml

    path, plan_from = options.picture, options.plan_from
    with _open(path) as image:
        canvas = _canvas(path, image.size)
        pixels = _grays(path, image)
        chunks = getattr(image, "text", {})
    record = None
    try:
        record = read_metadata(chunks)
        if plan_from is None:
            _check_record(record, canvas)
    except ValueError as error:
        if plan_from is None:
            raise ValueError(
                f"{path}: {error}; --plan-from FILE gives its plan, and --plan-from {DESCRIBE} lets the model read it"
            ) from None
    if record is not None and (record.flat or record.size != (canvas.width, canvas.height)):
        record = None  # it tells of another picture
    if plan_from == DESCRIBE:
        plan = _described(options, pixels, canvas)
    elif plan_from is not None:
        plan = read_plan(plan_from, canvas)
    else:
        try:
            plan = plan_from_yaml(record.plan, canvas.cells)
        except ValueError as error:
            raise ValueError(f"the plan in {path} is damaged ({error}); --plan-from FILE gives another") from None
    return Picture(pixels, canvas, plan, record)


def _described(options: ChangeOptions, pixels: np.ndarray, canvas: Canvas) -> Plan:
    """What the model sees in a picture.

    Raises:
        ValueError: it can't read, or can't make sense of the picture.
    """
    from dataclasses import replace

    from tiledraw.drawing.describing import DescriptionError, read

    try:
        ready = next(read(options.drawer, pixels))
    except DescriptionError as error:
        raise ValueError(f"{options.picture} can't be described: {error}") from None
    return replace(ready.plan, canvas=canvas.cells)


def read_pixels(path: str) -> tuple[np.ndarray, Mapping[str, str]]:
    """The gray levels `(height, width)` uint8 of a picture of any size, and its text chunks.

    Raises:
        ValueError: it is no picture, or not of gray levels.
        OSError: it can't be read.
    """
    with _open(path) as image:
        return _grays(path, image), getattr(image, "text", {})


def _check_record(record: Record | None, canvas: Canvas) -> None:
    if record is None or record.plan is None:
        raise ValueError("the picture holds no plan")
    if record.flat:
        raise ValueError("the picture was drawn flat, in one go, without tiles")
    if record.size != (canvas.width, canvas.height):
        (width, height), is_now = record.size, f"{canvas.width}x{canvas.height}"
        raise ValueError(f"the picture was drawn with {width}x{height} pixels, now it has {is_now}")


def read_plan(path: str, canvas: Canvas) -> Plan:
    """A plan file.

    Raises:
        ValueError: it holds no plan.
        OSError: it can't be read.
    """
    from tiledraw.language.plan import plan_from_yaml

    try:
        return plan_from_yaml(Path(path).read_text(encoding="utf-8"), canvas.cells)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_mask(path: str, canvas: Canvas) -> np.ndarray:
    """Which pixels may change: those that are white in a mask, `(height, width)` bool.

    Raises:
        ValueError: it is no picture, of another size, or without white.
        OSError: it can't be read.
    """
    from tiledraw.canvas.pictures import load_picture
    from tiledraw.canvas.pixels import pixels_from_image

    with _open(path) as image:
        if image.size != (canvas.width, canvas.height):
            width, height = image.size
            raise ValueError(f"the mask {path} has {width}x{height} pixels, the picture {canvas.width}x{canvas.height}")
        free = pixels_from_image(load_picture(image)) > 127
    if not free.any():
        raise ValueError(f"the mask {path} has no white pixel; what is white may change")
    return free


@contextlib.contextmanager
def _open(path: str) -> Iterator[Image.Image]:
    """A picture whose head is read; its pixels are not, so that its size can be refused first."""
    from tiledraw.canvas.pictures import PictureError, most_pixels, open_picture

    try:
        with open_picture(path) as image:
            if image.width * image.height > most_pixels() // 2:
                raise ValueError(f"{path} is larger than 4096x4096 pixels, the largest picture there is")
            yield image
    except PictureError as error:
        raise ValueError(f"{path}: {error}") from None


def _canvas(path: str, size: tuple[int, int]) -> Canvas:
    from tiledraw.canvas.pyramid import Canvas

    try:
        return Canvas(*size)
    except ValueError as error:
        raise ValueError(f"{path} is not made of whole tiles: {error}") from None


def _grays(path: str, image: Image.Image) -> np.ndarray:
    """The gray levels of a picture, exactly; refused if some would be lost: colours, transparency, 16 bits."""
    import numpy as np

    from tiledraw.canvas.pictures import count_frames, load_picture

    if (frames := count_frames(image)) > 1:
        raise ValueError(f"{path} holds {frames} pictures; give one with a single picture")
    image = load_picture(image)
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"), dtype=np.uint8).copy()
    if image.mode in ("LA", "P", "PA", "RGB", "RGBA"):
        red, green, blue, alpha = np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)
        if (red == green).all() and (red == blue).all() and (alpha == 255).all():
            return red.copy()
    raise ValueError(
        f"{path} has colours, transparency or more than 256 grays (mode {image.mode}), which would be lost; "
        "convert it to 8-bit gray first"
    )


def draw_over(
    options: ChangeOptions,
    target: Path | None,
    picture: Picture,
    drawer: Drawer,
    original: Original,
    plan: Plan,
    change: Mapping[str, Any],
) -> int:
    """Draws what is free of a picture, shows plan and progress, and writes the whole with its history to `target`."""
    from tqdm import tqdm

    from tiledraw.drawing.editing import sentence
    from tiledraw.drawing.events import ImageDone, LevelDone, PlanReady, TileDone
    from tiledraw.drawing.trace import Trace

    record = picture.record
    order, temperature = (record.order, record.temperature) if record else (DEFAULT_ORDER, DEFAULT_TEMPERATURE)
    settings: dict[str, Any] = {
        "prompt": record.prompt if record and plan == picture.plan else sentence(plan),
        "size": original.size,
        # another seed than the last, so that what is drawn anew is new
        "seed": options.seed if options.seed is not None else (record.seed + 1) % 2**64 if record else 0,
        "order": options.order or order,
        "temperature": temperature if options.temperature is None else options.temperature,
        "candidates": record.candidates if record else DEFAULT_CANDIDATES,
    }
    trace = Trace(Path(options.trace)) if options.trace is not None else None
    steps = 0
    with tqdm(total=0, unit="tile", file=sys.stderr, disable=options.quiet or None) as bar:
        for event in drawer.draw(**settings, plan=plan, original=original):
            if trace is not None:
                trace.add(event)
            count_tiles(bar, event)
            match event:
                case PlanReady(text=text) if not options.quiet:
                    tqdm.write(text, file=sys.stderr)
                case TileDone():
                    steps += 1
                case LevelDone(level=0):
                    bar.update(bar.total)
                case ImageDone(image=image):
                    chunks = _chunks(settings, plan, steps, drawer, change, record) if options.metadata else {}
                    write_picture(target, image, "PNG", chunks)
    return 0


def _chunks(
    settings: Mapping[str, Any],
    plan: Plan,
    steps: int,
    drawer: Drawer,
    change: Mapping[str, Any],
    record: Record | None,
) -> dict[str, str]:
    from tiledraw.drawing.metadata import package_version, png_metadata
    from tiledraw.language.plan import plan_to_yaml

    return png_metadata(
        **settings,
        plan=plan_to_yaml(plan),
        flat=False,
        steps=steps,
        model=drawer.loaded.name,
        fingerprint=drawer.loaded.weights,
        version=package_version(),
        change=change,
        history=record.states if record else (),
    )


def given(options: ChangeOptions, names: Iterable[str]) -> dict[str, Any]:
    """Those of the options that were given, as the history keeps them."""
    return {name: value for name in names if (value := getattr(options, name))}
