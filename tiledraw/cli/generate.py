"""`tiledraw generate`: from a sentence to a picture file. Checks what can be checked before a model is loaded.

Knows options, files and events; knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tiledraw.checks import check_prompt, check_seed, check_temperature
from tiledraw.cli.options import parse_options
from tiledraw.cli.values import parse_size
from tiledraw.files import atomic_write, check_writable_file, check_writable_folder

if TYPE_CHECKING:
    from tiledraw.pipeline import Drawer, Job
    from tiledraw.plan import Plan

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
DEFAULT_SIZE = "256"
FLAT_SIZE = "32"


@dataclass(frozen=True)
class Options:
    """Draws a picture from a sentence.

    Args:
        prompt: what to draw, in English or Chinese
        size: 256 or 512x256 (width x height), multiples of 32 up to 4096 a side; 256, or 32 with --flat, if not given
        seed: the same seed draws the same picture; 0 to 2^64 - 1
        count: how many pictures to draw; picture i has the seed plus i, and -i in its file name
        temperature: 0 always takes the likeliest gray, 1 draws as the model has learned, more is wilder
        flat: draw one 32x32 picture in one go, without tiles, and enlarge it to --size
        order: which tiles see their neighbours: none, those above and to the left, or light squares all four
        plan: YAML file with the plan (--plan-only prints one to start from); nobody plans then
        planner: who turns the prompt into a plan
        plan_only: print the plan as YAML and stop
        model: the bundled model if not given, else a folder or a hub name
        trace: folder for the plan, the coarse pass, every level, the tile grid and the think texts
        output: file for the picture (.png, .jpg, .webp, .tif), or - for PNG on standard output
        metadata: write into a PNG how it was drawn
        quiet: print neither plan nor progress
    """

    prompt: str
    size: str | int | None = None
    seed: int = 0
    count: int = 1
    temperature: float = 0.7
    flat: bool = False
    order: Literal["independent", "raster", "chess"] = "chess"
    plan: str | None = None
    planner: Literal["model", "rules"] = "model"
    plan_only: bool = False
    model: str | None = None
    trace: str | None = None
    output: str | None = None
    metadata: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        check_prompt(self.prompt)
        check_seed(self.seed)
        check_temperature(self.temperature)
        _ = self.canvas
        if self.flat and (self.plan is not None or self.planner != "model"):
            raise ValueError("--flat draws from the model's own thought; leave --plan and --planner out")
        if self.count < 1:
            raise ValueError(f"-n {self.count} is out of range; draw at least one picture")

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height in pixels."""
        size = self.size if self.size is not None else FLAT_SIZE if self.flat else DEFAULT_SIZE
        return parse_size(str(size))

    def output_path(self, index: int) -> Path:
        """Where picture `index` goes."""
        path = Path(self.output or "")
        return path if self.count == 1 else path.with_name(f"{path.stem}-{index}{path.suffix}")

    def job(self, index: int, plan: Plan | None) -> Job:
        """Picture `index`."""
        from tiledraw.pipeline import Job

        return Job(
            self.prompt,
            self.canvas,
            seed=(self.seed + index) % 2**64,
            temperature=self.temperature,
            order=self.order,
            planner=self.planner,
            plan=plan,
            flat=self.flat,
        )

    def trace_path(self, index: int) -> Path:
        """Where the trace of picture `index` goes."""
        path = Path(self.trace or "")
        return path if self.count == 1 else path / str(index)


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "generate", positional=["prompt"], short={"output": "-o", "count": "-n"})
    if not options.plan_only:
        _check_output(options)
    plan = _read_plan(options.plan, options.canvas) if options.plan is not None else None
    _draw(options, plan)
    return 0


def _check_output(options: Options) -> None:
    """Raises if the picture or the trace could not be written."""
    if not options.output:
        raise ValueError("say where the picture goes: -o cat.png, or -o - for standard output")
    if options.output == "-":
        if options.count > 1:
            raise ValueError("only one picture fits on standard output; give -o a file name or leave -n out")
        if sys.stdout.isatty():
            raise ValueError("a picture can't be shown in a terminal; give -o a file name or pipe the output on")
    else:
        suffix = Path(options.output).suffix
        if suffix.lower() not in FORMATS and not os.path.isdir(options.output):
            known = ", ".join(FORMATS)
            raise ValueError(f"{options.output!r} does not end like a picture file; known endings are {known}")
        for index in range(options.count):
            check_writable_file(options.output_path(index))
    if options.trace is not None:
        trace = Path(options.trace)
        check_writable_folder(trace if trace.exists() else trace.parent)


def _read_plan(path: str, canvas: tuple[int, int]) -> Plan:
    from tiledraw.plan import PlanError, plan_from_yaml
    from tiledraw.pyramid import Canvas

    try:
        return plan_from_yaml(Path(path).read_text(encoding="utf-8"), Canvas(*canvas).cells)
    except (PlanError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _draw(options: Options, plan: Plan | None) -> None:
    """Draws, showing plan and progress as they come, and writes each picture as soon as it is done."""
    from tiledraw.pipeline import Drawer
    from tiledraw.plan import plan_to_yaml
    from tiledraw.pyramid import Canvas

    drawer = Drawer.load(options.model)
    if options.plan_only:
        if plan is None:
            plan = drawer.plan(options.prompt, Canvas(*options.canvas), planner=options.planner).plan
        print(plan_to_yaml(plan), end="")
        return
    _draw_all(options, drawer, plan)


def _draw_all(options: Options, drawer: Drawer, plan: Plan | None) -> None:
    from tqdm import tqdm

    from tiledraw.events import ImageDone, LevelDone, LevelStarted, PlanReady, Refused, TileDone
    from tiledraw.trace import Trace

    traces = [Trace(options.trace_path(index)) for index in range(options.count)] if options.trace is not None else []
    plans: dict[int, Plan] = {}
    with tqdm(total=0, unit="tile", file=sys.stderr, disable=options.quiet or None) as bar:
        for index, event in drawer.draw_all(options.job(index, plan) for index in range(options.count)):
            if isinstance(event, Refused):
                raise event.error
            if traces:
                traces[index].add(event)
            match event:
                case PlanReady(text=text):
                    plans[index] = event.plan
                    if index == 0 and not options.quiet:
                        tqdm.write(text, file=sys.stderr)
                case LevelStarted(side=side, tiles=count):
                    bar.set_description(f"{side}x{side}", refresh=False)
                    bar.total += count
                    bar.refresh()
                case TileDone():
                    bar.update()
                case LevelDone(level=0):  # the coarse pass is drawn without a tile
                    bar.update()
                case ImageDone(image=image):
                    if options.flat:
                        bar.update()
                        image = image.resize(options.canvas, Image.Resampling.NEAREST)
                    _write_image(options, plans.pop(index), image, index, drawer)


def _write_image(options: Options, plan: Plan, image: Image.Image, index: int, drawer: Drawer) -> None:
    from tiledraw.metadata import package_version, png_metadata
    from tiledraw.plan import plan_to_yaml

    info, job = PngInfo(), options.job(index, plan)
    if options.metadata:
        chunks = png_metadata(
            prompt=options.prompt,
            plan=plan_to_yaml(plan),
            seed=job.seed,
            size=options.canvas,
            order=options.order,
            temperature=options.temperature,
            flat=options.flat,
            steps=job.tiles,
            model=drawer.loaded.name,
            fingerprint=drawer.loaded.weights,
            version=package_version(),
        )
        for key, text in chunks.items():
            info.add_text(key, text)
    path = options.output_path(index)
    format_name = "PNG" if options.output == "-" else FORMATS[path.suffix.lower()]
    buffer = io.BytesIO()
    image.save(buffer, format_name, **({"pnginfo": info} if format_name == "PNG" else {}))
    if options.output == "-":
        sys.stdout.buffer.write(buffer.getvalue())
        sys.stdout.buffer.flush()
    else:
        atomic_write(path, buffer.getvalue())
