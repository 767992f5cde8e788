"""`tiledraw describe`: says what a picture shows, as a plan and in a sentence.

Knows options. Knows nothing about how a picture is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiledraw.cli.options import parse_options


@dataclass(frozen=True)
class Options:
    """Says what a picture shows: a sentence, and the plan as YAML, which `edit --plan-from` and `generate --plan` read.

    Args:
        picture: any picture, of any size; - for standard input; one of layers says itself what it shows
        language: of the sentence: en or zh
        plan_only: print the plan without the sentence
        model: the bundled model if not given, else a folder or a hub name
    """

    picture: str
    language: Literal["en", "zh"] = "en"
    plan_only: bool = False
    model: str | None = None


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "describe", positional=["picture"])

    import sys

    from tiledraw.canvas.pictures import PictureError, read_picture
    from tiledraw.drawing.describing import told
    from tiledraw.drawing.restacking import told_layers
    from tiledraw.language import plan as layered_plan

    if options.model is None and options.picture != "-" and (layered := told_layers(options.picture)):
        description = told(layered.plan, options.language, layered.record.over is not None)
        if not options.plan_only:
            print(f"# {description.sentence}")
        print(layered_plan.plan_to_yaml(layered.plan), end="")
        return 0

    try:
        pixels = read_picture(sys.stdin.buffer if options.picture == "-" else options.picture)
    except PictureError as error:
        raise ValueError(f"{options.picture} can't be described: {error}") from None

    from tiledraw.drawing.describing import read
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.language.first.plan import plan_to_yaml
    from tiledraw.models.loading import BUNDLED

    steps = read(Drawer.load(options.model or BUNDLED), pixels, options.language)
    plan = plan_to_yaml(next(steps).plan)
    if not options.plan_only:
        print(f"# {next(steps).text}")  # a comment: the output is a plan file
    print(plan, end="")
    return 0
