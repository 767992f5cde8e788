"""What `tiledraw edit`, `extend` and `enlarge` share: options, reading a picture, showing and writing the new one.

Knows options, files and events. Knows nothing about what is changed, or how tiles are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiledraw.cli.output import Shown, check_piped, write_picture
from tiledraw.cli.targets import LAYERED
from tiledraw.common.checks import check_seed, check_temperature
from tiledraw.common.files import check_apart, check_writable_file, check_writable_folder, is_same_file, read_text

if TYPE_CHECKING:
    import numpy as np

    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.drawing.changing import Change
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.events import Event
    from tiledraw.drawing.opening import Finished
    from tiledraw.drawing.restacking import Layered
    from tiledraw.language.first.plan import Plan
    from tiledraw.language.plan import Plan as LayeredPlan
    from tiledraw.models.loading import LoadedModel

MOST_PLAN = 2**18  # bytes of a plan file: thousands of placements, which are read in seconds
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
        from tiledraw.models.loading import PAINTER, load_model

        return load_model(self.model or PAINTER)

    @property
    def plain(self) -> LoadedModel:
        """The model that draws what is not made of layers."""
        return self.drawer.plain.loaded if self.loaded.knowledge.paints else self.loaded

    @cached_property
    def drawer(self) -> Drawer:
        """Draws, and reads, with the model.

        Raises:
            ValueError: its weights can't be read.
        """
        from tiledraw.drawing.drawer import Drawer

        return Drawer.of(self.loaded)

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
        from tiledraw.drawing.trace import NAMES

        given = [self.plan_from, getattr(self, "plan", None), getattr(self, "mask", None)]
        check_apart([self.picture, *given], folders=[(self.trace, NAMES)])
        if self.output == "-":
            check_piped()
            return None
        path = Path(self.picture if self.output is None else self.output)
        if path.suffix.lower() not in (".png", LAYERED):
            raise ValueError(
                f"{path} does not end in .png or {LAYERED}, and only these keep every pixel and its history; give -o "
                "one"
            )
        check_writable_file(path)
        check_apart(given, [path])
        if not self.in_place and is_same_file(path, self.picture):
            raise ValueError(f"{path} is the picture itself; give another file, or --in-place to overwrite it")
        return path


def read_finished(options: ChangeOptions) -> Finished:
    """Reads a picture and its plan: from a plan file, or by the model that describes it, else from its own metadata.

    Raises:
        ValueError: it is no picture of whole tiles in gray levels, or has no plan that fits it.
        OSError: a file can't be read.
    """
    from tiledraw.drawing.describing import DescriptionError, described_plan
    from tiledraw.drawing.opening import open_finished

    def plan(pixels: np.ndarray, canvas: Canvas) -> Plan:
        if options.plan_from != DESCRIBE:
            return read_plan(str(options.plan_from), (canvas.width, canvas.height))
        try:
            return described_plan(options.drawer, pixels, canvas)
        except DescriptionError as error:
            raise ValueError(f"{options.picture} can't be described: {error}") from None

    return open_finished(options.picture, read_plan=None if options.plan_from is None else plan)


def read_layered_plan(path: str) -> LayeredPlan:
    """A plan file of either edition, for a picture of layers.

    Raises:
        ValueError: it holds no plan.
        OSError: it can't be read.
    """
    from tiledraw.language.plan import plan_from_yaml

    text = read_text(path, MOST_PLAN)
    try:
        return plan_from_yaml(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read_plan(path: str, size: tuple[int, int]) -> Plan:
    """A plan file of the first edition, for a picture of this width and height.

    Raises:
        ValueError: it holds no plan.
        OSError: it can't be read.
    """
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.language.first.plan import plan_from_yaml

    text = read_text(path, MOST_PLAN)
    try:
        return plan_from_yaml(text, Canvas(*size).cells)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def draw_change(options: ChangeOptions, target: Path | None, finished: Finished, change: Change) -> int:
    """Draws what is free of a picture, shows plan and progress, and writes the whole with its history to `target`."""
    from tiledraw.drawing.changing import stream_change

    events = stream_change(options.drawer.plain, finished, change, seed=options.seed, temperature=options.temperature)
    return draw_events(options, target, events)


def draw_layers(
    options: ChangeOptions,
    target: Path | None,
    layered: Layered,
    plan: LayeredPlan,
    size: tuple[int, int] | None,
    note: Mapping[str, Any],
) -> int:
    """Draws the changed plan of a picture of layers, as large as it was, or of a new size."""
    from tiledraw.drawing.restacking import restack

    events = restack(options.drawer, layered, plan, size, note, options.seed, options.temperature)
    return draw_events(options, target, events)


def open_layers(options: ChangeOptions) -> Layered | None:
    """The picture, if it is made of layers; a plan that is given makes a gray one of any.

    Raises:
        ValueError: it can't be read, or the model does not paint layers.
    """
    from tiledraw.drawing.restacking import open_layered

    layered = open_layered(options.picture) if options.plan_from is None else None
    if layered is not None and not options.loaded.knowledge.paints:
        name = options.loaded.name
        raise ValueError(f"{options.picture} is made of layers, which {name} does not paint; leave --model out")
    return layered


def draw_events(options: ChangeOptions, target: Path | None, events: Iterable[Event]) -> int:
    """Shows events as they come, and writes the picture at their end."""
    from tiledraw.drawing.events import ImageDone
    from tiledraw.drawing.trace import Trace

    trace = Trace(Path(options.trace)) if options.trace is not None else None
    with Shown(quiet=options.quiet) as shown:
        shown.warn_of_temperature(options.temperature)
        for event in events:
            if trace is not None:
                trace.add(event)
            shown.add(event)
            if isinstance(event, ImageDone):
                if target is not None and target.suffix.lower() == LAYERED:
                    event.image.save(target, metadata=options.metadata)
                else:
                    write_picture(target, event.image, "PNG", event.image.chunks if options.metadata else {})
                shown.wrote(target, event.image.size)
    return 0


def given(options: ChangeOptions, names: Iterable[str]) -> dict[str, Any]:
    """Those of the options that were given, as the history keeps them."""
    return {name: value for name in names if (value := getattr(options, name))}
