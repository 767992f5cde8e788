"""`tiledraw evaluate`: models on labelled or captioned pictures that they never saw, into a report.

Knows options and files. Knows nothing about what is measured.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tiledraw.cli.options import parse_options
from tiledraw.common.checks import check_seed, check_temperature
from tiledraw.common.extras import require
from tiledraw.common.files import check_writable_folder


@dataclass(frozen=True)
class Options:
    """Measures a model on documents that `tiledraw data build` has made: bits of true pictures against a histogram and
    PNG, what the label is worth, whether a classifier of true pictures names what was asked for in drawings, how far
    these are from true ones; flat against tiled. Writes report.md, sheet.png and evaluation.json.

    Args:
        model: a folder that training wrote, or a hub name
        data: folder of built documents
        output: folder for the report
        against: other models to hold against it, such as a flat one
        split: which pictures: test, validation
        bits: pictures whose bits are measured
        drawings: pictures that are drawn in each format, each label in turn
        seed: of the first drawing
        temperature: of the drawings; that of `generate` if not given
        quiet: print no progress
    """

    model: str
    data: str
    output: str
    against: list[str] = field(default_factory=list)
    split: str = "test"
    bits: int = 100
    drawings: int = 200
    seed: int = 0
    temperature: float | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if self.temperature is not None:
            check_temperature(self.temperature)
        for name, value, least in (("bits", self.bits, 2), ("drawings", self.drawings, 0)):
            if value < least:
                raise ValueError(f"--{name} {value} is out of range; it is {least} or more")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "evaluate", positional=("model",), short={"output": "-o"})
    require("evaluation")
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.evaluation.labelled import Settings, evaluate
    from tiledraw.evaluation.labelled_report import report_lines, write_report

    folder = Path(options.output)
    check_writable_folder(folder if folder.exists() else folder.parent)
    settings = Settings(options.data, options.split, options.bits, options.drawings, options.seed, options.temperature)
    drawers = {name: Drawer.load(name) for name in dict.fromkeys((options.model, *options.against))}

    def say(text: str) -> None:
        if not options.quiet:
            print(text, file=sys.stderr, flush=True)

    result = evaluate(settings, drawers, say)
    command = f"tiledraw evaluate {shlex.join(argv)}"
    write_report(folder, result, command)
    if not options.quiet:
        print("\n".join(line for line in report_lines(result, command, ()) if line.startswith("|")), file=sys.stderr)
    print(folder / "report.md")
    return 0
