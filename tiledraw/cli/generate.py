"""`tiledraw generate`: from a sentence to a picture file. Checks what can be checked before a model is loaded.

Knows options, files and events; knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tiledraw.cli.generate_options import Options
from tiledraw.cli.options import parse_options
from tiledraw.cli.output import count_tiles, write_picture
from tiledraw.cli.targets import FORMATS, Target, few_targets, many_targets
from tiledraw.common.checks import (
    shorten,
)

if TYPE_CHECKING:
    from tiledraw.drawing.enlarging import Enlarger
    from tiledraw.drawing.job import Job
    from tiledraw.drawing.pipeline import Drawer
    from tiledraw.drawing.progress import Progress
    from tiledraw.language.plan import Plan


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
