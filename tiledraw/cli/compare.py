"""`tiledraw compare`: flat pictures against tiled ones, over a suite of prompts, into a report.

Knows options and files. Knows nothing about how pictures are drawn, judged or shown.
"""

from __future__ import annotations

import hashlib
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tiledraw.cli.options import parse_options
from tiledraw.common.checks import DEFAULT_TEMPERATURE, FLAT_TEMPERATURE, LAYER_TEMPERATURE, check_temperature
from tiledraw.common.extras import require
from tiledraw.common.files import check_writable_folder
from tiledraw.common.values import parse_size
from tiledraw.models.loading import PAINTER

if TYPE_CHECKING:
    from tiledraw.data.cases import Case
    from tiledraw.drawing.drawer import Drawer


@dataclass(frozen=True)
class Options:
    """Draws every prompt of a suite flat and tiled, judges plans and pictures, and writes a report.

    Args:
        output: folder of the run; an interrupted run goes on where it stopped
        suite: JSONL file of prompts with what they ask for; the one in the package if not given
        model: draws all ways; the painter if not given, whose thinker draws flat, else a folder or a hub name
        flat_model: draws the flat way, if that is another model (equal budgets)
        ways: of flat, tiled, no-think, no-guides, no-borders; the README of tiledraw/evaluation says what each is
        size: side of the tiled pictures in pixels
        seeds: pictures of each prompt
        temperature: of the pixels of tiled pictures; if not given that of `generate`
        flat_temperature: of those of flat ones, which mostly come out blank at less than 1
        plans: the model plans, or is given a plan that shows what the prompt asks for
        every: draw only every so many-th prompt of the suite
        scenes: held-out scenes for the bits per pixel; 0 leaves them out
        finder_pictures: true pictures of each size to measure the finder on; 0 leaves it out
        costs: measure seconds and memory, each way in a process of its own
        quiet: print no progress
    """

    output: str
    suite: str | None = None
    model: str = PAINTER
    flat_model: str | None = None
    ways: list[str] = field(default_factory=lambda: ["flat", "tiled"])
    size: int = 128
    seeds: int = 1
    temperature: float | None = None
    flat_temperature: float = FLAT_TEMPERATURE
    plans: Literal["model", "reference"] = "model"
    every: int = 1
    scenes: int = 16
    finder_pictures: int = 24
    costs: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.temperature is not None:
            check_temperature(self.temperature)
        check_temperature(self.flat_temperature)
        parse_size(str(self.size))
        for name, value, least in (
            ("seeds", self.seeds, 1),
            ("every", self.every, 1),
            ("scenes", self.scenes, 0),
            ("finder-pictures", self.finder_pictures, 0),
        ):
            if value < least:
                raise ValueError(f"--{name} {value} is out of range; it is {least} or more")
        if not self.ways or len(set(self.ways)) < len(self.ways):
            raise ValueError("--ways lists each way once, at least one")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "compare", short={"output": "-o"})
    require("evaluation")  # said before hours of drawing, not after them
    from tqdm import tqdm

    from tiledraw.data.cases import format_case
    from tiledraw.evaluation.comparing import WAYS, Comparison, compare
    from tiledraw.evaluation.report import Report, write_report
    from tiledraw.evaluation.suite import read_suite

    for way in options.ways:
        if way not in WAYS:
            raise ValueError(f"the way {way!r} is unknown; known are {', '.join(WAYS)}")
    folder = Path(options.output)
    if not folder.exists():
        check_writable_folder(folder.parent)
    cases = read_suite(options.suite)[:: options.every]
    drawers = _drawers(options)
    paints = any(drawer.loaded.knowledge.paints for drawer in drawers.values())
    temperature = options.temperature
    if temperature is None:
        temperature = LAYER_TEMPERATURE if paints else DEFAULT_TEMPERATURE
    comparison = Comparison(
        suite=hashlib.sha256("\n".join(map(format_case, cases)).encode()).hexdigest()[:16],
        models={way: (drawer.plain if WAYS[way].flat else drawer).loaded.weights for way, drawer in drawers.items()},
        size=options.size,
        seeds=options.seeds,
        temperature=temperature,
        flat_temperature=options.flat_temperature,
        plans=options.plans,
    )
    results = []
    total = len(cases) * options.seeds * len(drawers)
    with tqdm(total=total, unit="picture", file=sys.stderr, disable=options.quiet or None) as bar:
        for result in compare(folder, comparison, cases, drawers):
            results.append(result)
            bar.update()
    report = Report(
        comparison,
        cases,
        tuple(results),
        costs=_costs(options),
        likelihoods=_likelihoods(options, drawers),
        finder=_finder(options, drawers, cases),
        command=f"tiledraw compare {shlex.join(argv)}",
    )
    write_report(folder, report)
    print(folder / "report.html")
    return 0


def _drawers(options: Options) -> dict[str, Drawer]:
    """Who draws each way; a model is loaded once."""
    from tiledraw.drawing.drawer import Drawer

    names = {way: options.flat_model if way == "flat" and options.flat_model else options.model for way in options.ways}
    loaded = {name: Drawer.load(name) for name in dict.fromkeys(names.values())}
    return {way: loaded[name] for way, name in names.items()}


def _costs(options: Options) -> tuple:
    from tiledraw.evaluation.comparing import WAYS
    from tiledraw.evaluation.cost import measure_cost

    if not options.costs:
        return ()
    costs = []
    for way in (WAYS[name] for name in options.ways if not WAYS[name].without):
        model = options.flat_model if way.flat and options.flat_model else options.model
        arguments = ["--flat"] if way.flat else ["--size", str(options.size)]
        arguments += [] if way.flat and model == PAINTER else ["--model", model]
        costs.append(measure_cost(arguments, way.name))
    return tuple(costs)


def _likelihoods(options: Options, drawers: dict[str, Drawer]) -> tuple:
    from tiledraw.evaluation.likelihood import chain, held_out_scenes
    from tiledraw.evaluation.report import Likelihood

    found = []
    for way, sides in (("flat", [None]), ("tiled", sorted({32, options.size}))):
        # layers have no scenes; their bits are those of training
        if way in drawers and options.scenes and not (way == "tiled" and drawers[way].loaded.knowledge.paints):
            loaded = drawers[way].plain.loaded
            for side in sides:
                stages = chain(loaded, held_out_scenes(loaded, "test"), options.scenes, side)
                found.append(Likelihood(way, stages, side or 32, options.scenes))
    return tuple(found)


def _finder(options: Options, drawers: dict[str, Drawer], cases: tuple[Case, ...]) -> tuple:
    from tiledraw.evaluation.finding import measure_finder

    if not options.finder_pictures:
        return ()
    known = next(iter(drawers.values())).plain.loaded.knowledge
    subjects = known.subjects or tuple({thing.subject: None for case in cases for thing in case.request.things})
    sides = (32, 128, 256, 512)
    return tuple(
        measure_finder(subjects, known.sizes, known.backgrounds, known.grays, sides, options.finder_pictures, seed=0)
    )
