"""`tiledraw generate`: from a sentence to a picture file. Checks what can be checked before a model is loaded.

Knows options, files and events; knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from PIL import Image

from tiledraw.cli.changing import read_plan
from tiledraw.cli.errors import sentence_of
from tiledraw.cli.generate_options import Options
from tiledraw.cli.options import parse_options
from tiledraw.cli.output import Shown, write_picture
from tiledraw.cli.targets import FORMATS, LAYERED, Target, few_targets, many_targets
from tiledraw.common.checks import shorten
from tiledraw.common.files import atomic_write, check_apart, check_writable_file
from tiledraw.language.attributes import NOTHING

if TYPE_CHECKING:
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.enlarging import Enlarger
    from tiledraw.drawing.events import Event
    from tiledraw.drawing.ground import Ground
    from tiledraw.drawing.job import Job
    from tiledraw.drawing.picture import Picture
    from tiledraw.drawing.progress import LayerProgress, Progress
    from tiledraw.language.plan import Plan
    from tiledraw.models.loading import LoadedModel


def run(argv: list[str]) -> int:
    from tiledraw.drawing.openraster import LAYER_NAMES
    from tiledraw.drawing.trace import NAMES

    options = parse_options(Options, argv, "generate", positional=["prompt"], short={"output": "-o", "count": "-n"})
    loaded = _load(options)
    if options.enlarge > 1 and options.enlarger is None:
        options = replace(options, enlarger="levels" if loaded.knowledge.paints else "lanczos")
    if options.size is None and options.over is None and not options.flat:
        options = replace(options, size=loaded.knowledge.usual_side)
    ground, over = None, options.over
    plan = None if options.plan is None else read_plan(options.plan, "white" if over is None else NOTHING)
    if over is not None:
        from tiledraw.drawing.opening import read_ground

        ground = read_ground(over, options.mask)
        options = replace(options, over=None, mask=None, size="{}x{}".format(*ground.canvas_size))
    if options.plan_only:
        check_apart([over, options.plan], [options.output])
        return _write_plan(options, loaded, plan, ground)
    if options.prompts is None and options.prompt is None:
        from tiledraw.language.sentences import sentence

        assert plan is not None
        options = replace(options, prompt=sentence(plan))  # a plan says what to draw, too
    targets = many_targets(options) if options.prompts is not None else few_targets(options)
    folders = [(options.trace, NAMES), (options.layers, LAYER_NAMES)]
    check_apart([over, options.plan, options.prompts], (target.path for target in targets), folders)
    return _draw(options, loaded, targets, plan, ground)


def _load(options: Options) -> LoadedModel:
    """The model that draws; its weights are not read yet, so that mistakes are told at once.

    Raises:
        ValueError: it can't be loaded, or does not draw what is asked for.
    """
    from tiledraw.models.loading import load_model

    loaded = load_model(options.model)
    layered = {
        "--background": options.background,
        "--layers": options.layers,
        "--over": options.over,
        "--thinker": options.thinker or options.thinker_model,
        "-o .ora": (options.output or "").lower().endswith(LAYERED),
    }
    if not loaded.knowledge.paints and (given := [name for name, value in layered.items() if value]):
        raise ValueError(f"{given[0]} is for pictures of layers, which {loaded.name} does not paint; leave --model out")
    plain = {
        "--flat": options.flat,
        f"--enlarger {options.enlarger}": options.enlarger not in (None, "levels"),
    }
    if loaded.knowledge.paints and (given := [name for name, value in plain.items() if value]):
        raise ValueError(
            f"{given[0]} is not for pictures of layers, which {loaded.name} paints; leave it out, or give "
            "a model that draws in one piece as --model: digits, or one of your own"
        )
    return loaded


def _write_plan(options: Options, loaded: LoadedModel, plan: Plan | None, ground: Ground | None) -> int:
    """The plan as YAML, in a file or on standard output."""
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.language.plan import plan_to_yaml

    if options.output not in (None, "-"):
        check_writable_file(options.output)
    if plan is None:
        assert options.prompt is not None
        drawer = Drawer.of(loaded, options.thinker, options.thinker_model)
        ready = drawer.plan(
            options.prompt,
            Canvas(*options.canvas),
            planner=options.planner,
            seed=options.seed,
            without_unknown=options.without_unknown,
            strict=options.strict,
            over=ground,
        )
        if ready.plan is None:
            raise ValueError(f"this model draws without a plan; it thinks {shorten(ready.text)}")
        if ready.remark and not options.quiet:
            print(ready.remark, file=sys.stderr)
        plan = ready.plan
    if options.output in (None, "-"):
        print(plan_to_yaml(plan), end="")
    else:
        atomic_write(options.output, plan_to_yaml(plan).encode())
    return 0


def _draw(
    options: Options, loaded: LoadedModel, targets: list[Target], plan: Plan | None, ground: Ground | None
) -> int:
    """Draws all pictures side by side, showing plan and progress as they come; writes each as soon as it is done."""
    from tiledraw.drawing.enlarging import load_enlarger
    from tiledraw.drawing.events import ImageDone, Refused
    from tiledraw.drawing.trace import Trace

    afterwards = options.enlarge > 1 and options.enlarger != "levels"
    enlarger = load_enlarger(options.enlarger) if afterwards else None
    traces = {number: Trace(target.trace) for number, target in enumerate(targets) if target.trace is not None}
    kept: dict[int, Progress | LayerProgress] = {}
    first: dict[bytes, Target] = {}  # by the hash of their pixels
    refused = 0

    jobs = (replace(target.job(options, plan), over=ground) for target in targets)
    with (
        _events(options, loaded, targets, jobs, kept) as events,
        Shown(options.prompts is None, options.quiet) as shown,
    ):
        shown.warn_of_temperature(options.temperature)
        learned = loaded.knowledge.side
        if learned and not options.flat and any(max(target.size) > learned for target in targets):
            shown.say(
                f"{loaded.name} has learned from pictures of at most {learned} pixels a side; larger ones may blur"
            )
        for number, event in events:
            target = targets[number]
            if isinstance(event, Refused):
                if not target.source:
                    raise event.error
                refused += 1
                shown.bar.write(f"{target.source}: {sentence_of(event.error)}", file=sys.stderr)
                continue
            if target.source and target.path is not None:
                target.path.parent.mkdir(exist_ok=True)  # only now: what is refused leaves nothing
            if number in traces:
                traces[number].add(event)
            if number in kept:
                kept[number].add(event)
            shown.add(event, number)
            if isinstance(event, ImageDone):
                size = _write_image(options, target, event.image, enlarger)
                shown.wrote(target.path, size)
                twin = first.setdefault(sha256(event.image.tobytes()).digest(), target)
                if twin is not target and twin.prompt == target.prompt:
                    shown.say(f"{target.path} is equal to {twin.path}: another seed has changed nothing")
                if number in kept:
                    kept.pop(number).remove()
    if refused:
        raise ValueError(f"{refused} of {len(targets)} prompts could not be drawn; the others are in {options.out}")
    return 0


@contextmanager
def _events(
    options: Options,
    loaded: LoadedModel,
    targets: list[Target],
    jobs: Iterator[Job],
    kept: dict[int, Progress | LayerProgress],
) -> Iterator[Iterator[tuple[int, Event]]]:
    """The events of all pictures, drawn in this process or on a cluster; what is kept beside pictures goes into `kept`
    and is not drawn again."""
    if options.cluster is not None and targets:
        from tiledraw.common.cluster import joined
        from tiledraw.drawing.spreading import Painter, stream_spread

        painter = Painter.of(loaded, options.thinker, options.thinker_model)
        with (
            joined(options.cluster, gpus=loaded.is_large) as cluster,
            closing(stream_spread(cluster, painter, list(jobs))) as events,
        ):
            yield events
        return
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.layering import LayerJob, layer_temperature
    from tiledraw.drawing.progress import LayerProgress

    drawer = Drawer.of(loaded, options.thinker, options.thinker_model)

    def known() -> Iterator[Job]:
        for number, job in enumerate(map(drawer.settled, jobs)):
            if options.resume:
                progress = kept[number] = _progress(targets[number], job, drawer)
                if isinstance(progress, LayerProgress):
                    for subject, (inks, levels) in progress.levels.items():
                        temperature = layer_temperature(subject, job.temperature)
                        own = LayerJob(subject, inks, 0, job.seed, temperature, levels=tuple(levels))
                        drawer.remember(own)
                else:
                    job = replace(job, finished=progress.finished)
            yield job

    yield drawer.stream_all(known())


def _progress(target: Target, job: Job, drawer: Drawer) -> Progress | LayerProgress:
    """The tiles, or the levels of layers, that are kept beside a picture."""
    from tiledraw.drawing.progress import SUFFIX, LayerProgress, Progress
    from tiledraw.language.plan import plan_to_yaml

    assert target.path is not None
    picture = {
        "prompt": target.prompt,
        "size": target.size,
        "seed": target.seed,
        "temperature": job.temperature,
        "planner": job.planner,
        "plan": plan_to_yaml(job.plan) if job.plan else None,
        "weights": drawer.loaded.weights,
    }
    kind = LayerProgress if drawer.loaded.knowledge.paints else Progress
    return kind(target.path.with_name(target.path.name + SUFFIX), picture)


def _write_image(options: Options, target: Target, picture: Picture, enlarger: Enlarger | None) -> tuple[int, int]:
    """Writes a finished picture, enlarged if that is asked for; its width and height."""
    picture = picture.but(size=target.size)
    if options.flat:
        picture = picture.but(picture.resize(target.size, Image.Resampling.NEAREST))
    chunks = picture.chunks if options.metadata else {}
    if enlarger is not None:
        import numpy as np

        from tiledraw.drawing.changing import enlarged_picture

        picture = enlarged_picture(np.asarray(picture), chunks, options.enlarge, enlarger, options.enlarger)
        chunks = picture.chunks
    if target.layers is not None:
        from tiledraw.drawing.openraster import write_layers

        write_layers(target.layers, picture.size, picture.layers)
    if options.gray and picture.mode != "L":
        picture = picture.but(picture.convert("LA" if picture.mode == "RGBA" else "L"))
    if target.path is not None and target.path.suffix.lower() == LAYERED:
        picture.save(target.path, metadata=options.metadata)
        return picture.size
    format_name = "PNG" if target.path is None else FORMATS[target.path.suffix.lower()]
    if format_name == "JPEG" and "A" in picture.mode:
        out = ", or leave --background none out" if options.background else ""
        raise ValueError(f"a JPEG can't be transparent; write {target.path} as .png{out}")
    write_picture(target.path, picture, format_name, chunks)
    return picture.size
