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
from tiledraw.common.checks import check_prompt, check_seed, check_temperature
from tiledraw.common.files import check_apart, check_writable_file, check_writable_folder, is_same_file, read_text

if TYPE_CHECKING:
    from tiledraw.drawing.changing import Change
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.events import Event
    from tiledraw.drawing.opening import Finished
    from tiledraw.drawing.restacking import Layered
    from tiledraw.language.plan import Plan
    from tiledraw.models.loading import LoadedModel

MOST_PLAN = 2**18  # bytes of a plan file: thousands of placements, which are read in seconds


@dataclass(frozen=True)
class ChangeOptions:
    """The options of every verb that changes a picture."""

    picture: str
    output: str | None = None
    in_place: bool = False
    plan_from: str | None = None
    prompt: str | None = None
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
        if self.prompt is not None:
            check_prompt(self.prompt)
            if self.plan_from is not None:
                raise ValueError("--prompt and --plan-from both say what the picture shows; give one of them")

    @cached_property
    def loaded(self) -> LoadedModel:
        """The model; its weights are not read yet, so that mistakes are told at once.

        Raises:
            ValueError: it can't be loaded.
        """
        from tiledraw.models.loading import PAINTER, load_model

        return load_model(self.model or PAINTER)

    @cached_property
    def drawer(self) -> Drawer:
        """Draws with the model.

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
    """Reads a gray picture and what it shows: as a plan file or a prompt says, or else its own metadata.

    Raises:
        ValueError: it is no picture of whole tiles in gray levels, nobody says what it shows, or the model paints
            layers.
        OSError: a file can't be read.
    """
    from tiledraw.drawing.drawer import check_gray
    from tiledraw.drawing.opening import open_finished

    plan = None if options.plan_from is None else read_plan(options.plan_from)
    finished = open_finished(options.picture, plan, options.prompt)
    check_gray(options.loaded, options.picture)
    return finished


def read_plan(path: str, background: str = "white") -> Plan:
    """A plan file of either edition, with a background if it says none.

    Raises:
        ValueError: it holds no plan.
        OSError: it can't be read.
    """
    from tiledraw.language.plan import plan_from_yaml

    text = read_text(path, MOST_PLAN)
    try:
        return plan_from_yaml(text, background=background)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def draw_change(options: ChangeOptions, target: Path | None, finished: Finished, change: Change) -> int:
    """Draws what is free of a picture, shows plan and progress, and writes the whole with its history to `target`."""
    from tiledraw.drawing.changing import stream_change

    events = stream_change(options.drawer, finished, change, seed=options.seed, temperature=options.temperature)
    return draw_events(options, target, events)


def draw_layers(
    options: ChangeOptions,
    target: Path | None,
    layered: Layered,
    plan: Plan,
    size: tuple[int, int] | None,
    note: Mapping[str, Any],
) -> int:
    """Draws the changed plan of a picture of layers, as large as it was, or of a new size."""
    from tiledraw.drawing.restacking import restack

    events = restack(options.drawer, layered, plan, size, note, options.seed, options.temperature)
    return draw_events(options, target, events)


def open_layers(options: ChangeOptions) -> Layered | None:
    """The picture, if it is made of layers; where a plan or a prompt is given, it is looked at as a gray one.

    Raises:
        ValueError: it can't be read, or the model does not paint layers.
    """
    from tiledraw.drawing.restacking import open_layered

    given = options.plan_from is not None or options.prompt is not None
    layered = None if given else open_layered(options.picture)
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
