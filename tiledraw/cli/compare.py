"""`tiledraw compare`: painters held against a suite of prompts, and against each other, into a report.

Knows options and files. Knows nothing about how pictures are drawn, judged or shown.
"""

from __future__ import annotations

import hashlib
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tiledraw.cli.options import parse_options
from tiledraw.common.checks import LAYER_TEMPERATURE, check_temperature
from tiledraw.common.extras import require
from tiledraw.common.files import check_writable_folder
from tiledraw.common.values import parse_size
from tiledraw.models.loading import PAINTER


@dataclass(frozen=True)
class Options:
    """Draws every prompt of a suite, judges plans and pictures, and writes a report. `tiledraw evaluate` compares flat
    and tiled pictures of labels and captions.

    Args:
        output: folder of the run; an interrupted run goes on where it stopped
        suite: JSONL file of prompts with what they ask for; the one in the package if not given
        model: paints layers: the one in the package if not given, else a folder or a hub name
        against: other such models to hold against it
        size: side of the pictures in pixels
        seeds: pictures of each prompt
        temperature: of the pixels
        plans: a thinker or rules plan, or a plan that shows what the prompt asks for is given
        every: draw only every so many-th prompt of the suite
        costs: measure seconds and memory, each model in a process of its own
        quiet: print no progress
    """

    output: str
    suite: str | None = None
    model: str = PAINTER
    against: list[str] = field(default_factory=list)
    size: int = 128
    seeds: int = 1
    temperature: float = LAYER_TEMPERATURE
    plans: Literal["model", "reference"] = "model"
    every: int = 1
    costs: bool = True
    quiet: bool = False

    def __post_init__(self) -> None:
        check_temperature(self.temperature)
        parse_size(str(self.size))
        for name, value in (("seeds", self.seeds), ("every", self.every)):
            if value < 1:
                raise ValueError(f"--{name} {value} is out of range; it is 1 or more")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "compare", short={"output": "-o"})
    require("evaluation")  # said before hours of drawing, not after them
    from tqdm import tqdm

    from tiledraw.data.cases import format_case
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.evaluation.comparing import Comparison, compare, label_of
    from tiledraw.evaluation.cost import measure_cost
    from tiledraw.evaluation.report import Report, write_report
    from tiledraw.evaluation.suite import read_suite

    names = {label_of(name): name for name in (options.model, *options.against)}
    if len(names) < 1 + len(options.against):
        raise ValueError("--against names other models than --model, each once")
    folder = Path(options.output)
    if not folder.exists():
        check_writable_folder(folder.parent)
    cases = read_suite(options.suite)[:: options.every]
    drawers = {label: Drawer.load(name) for label, name in names.items()}
    comparison = Comparison(
        suite=hashlib.sha256("\n".join(map(format_case, cases)).encode()).hexdigest()[:16],
        models={label: drawer.loaded.weights for label, drawer in drawers.items()},
        size=options.size,
        seeds=options.seeds,
        temperature=options.temperature,
        plans=options.plans,
    )
    results = []
    total = len(cases) * options.seeds * len(drawers)
    with tqdm(total=total, unit="picture", file=sys.stderr, disable=options.quiet or None) as bar:
        for result in compare(folder, comparison, cases, drawers):
            results.append(result)
            bar.update()
    costs = [
        measure_cost(["--size", str(options.size), "--model", name], label)
        for label, name in (names.items() if options.costs else ())
    ]
    command = f"tiledraw compare {shlex.join(argv)}"
    write_report(folder, Report(comparison, cases, tuple(results), tuple(costs), command))
    print(folder / "report.html")
    return 0
