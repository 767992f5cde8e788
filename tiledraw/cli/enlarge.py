"""`tiledraw enlarge`: makes a picture larger, by resampling, by a network, or by the levels that the model draws next.

Knows options and what a picture says of itself. Knows nothing about how pictures become larger.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiledraw.cli.changing import ChangeOptions, draw_change, draw_layers, open_layers, read_finished
from tiledraw.cli.options import parse_options
from tiledraw.cli.output import Shown, write_picture

OF_LEVELS = ("plan_from", "prompt", "seed", "temperature", "model", "trace")


@dataclass(frozen=True)
class Options(ChangeOptions):
    """Makes a picture 2, 4, 8, ... times larger.

    Three ways: lanczos resamples it; vae redraws it by a network that has learned strokes; levels lets the model draw
    the next finer levels, which takes what the picture shows (its metadata, --plan-from or --prompt) and gives the
    picture that it would have drawn so large from the start.

    Args:
        picture: a gray picture, or for levels one of layers
        to: pixels of the longer side, 2, 4, 8, ... times as many as it has
        enlarger: levels (if not given, of a picture of layers), lanczos (of others), vae, or the folder of a network:
            from `tiledraw train` or diffusers
        output: file for the larger picture (.png), or - for standard output
        in_place: overwrite the picture itself
        plan_from: YAML file with the plan of a gray picture; for levels
        prompt: what a gray picture shows, in words; for levels
        seed: as the picture was drawn, if not given; for levels
        temperature: as the picture was drawn, if not given; for levels
        model: the painter of layers if not given, digits, a folder or a hub name; for levels
        trace: folder for the plan, every level, the tile grid and the think texts; for levels
        metadata: write into the picture how it was drawn, and all that it was before
        quiet: print neither plan nor progress
    """

    to: int | None = None
    enlarger: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.to is None:
            raise ValueError("say how large the picture becomes: --to 1024, in pixels of its longer side")
        if self.enlarger not in (None, "levels"):
            self.check_without_levels()

    def check_without_levels(self) -> None:
        """Raises a ValueError if an option was given that is for levels alone."""
        if odd := [name for name in OF_LEVELS if getattr(self, name) is not None]:
            raise ValueError(f"--{odd[0].replace('_', '-')} is for --enlarger levels; leave it out otherwise")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "enlarge", positional=["picture"], short={"output": "-o"})
    target = options.target()  # refused before anything is read
    assert options.to is not None
    by_plan = options.enlarger == "levels" or (options.enlarger is None and options.metadata)
    layered = open_layers(options) if by_plan else None
    if layered is not None:
        from tiledraw.drawing.restacking import enlargement

        return draw_layers(options, target, layered, *enlargement(layered, options.to))
    if options.enlarger == "levels":
        return _draw_levels(options, target, options.to)
    options.check_without_levels()

    from tiledraw.drawing.drawer import enlarge

    large = enlarge(options.picture, options.to, options.enlarger or "lanczos", metadata=options.metadata)
    write_picture(target, large, "PNG", large.chunks)
    Shown(quiet=options.quiet).wrote(target, large.size)
    return 0


def _draw_levels(options: Options, target: Path | None, to: int) -> int:
    from tiledraw.drawing.changing import enlarged
    from tiledraw.drawing.enlarging import factor_to

    finished = read_finished(options)
    factor = factor_to(to, finished.canvas.width, finished.canvas.height)
    return draw_change(options, target, finished, enlarged(finished, factor))
