"""`tiledraw extend`: gives a picture more room, and draws on there; the old pixels stay.

Knows options. Knows nothing about how plans grow or tiles are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tiledraw.cli.changing import ChangeOptions, draw_change, draw_layers, open_layers, read_finished
from tiledraw.cli.options import parse_options

SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Options(ChangeOptions):
    """Gives a picture more room at its sides, and draws on there; every old pixel stays, but those of a scenery, which
    grows with the picture.

    Args:
        picture: PNG or OpenRaster file that `tiledraw` drew, or any gray picture of whole tiles with
            --plan-from or --prompt
        left: pixels of new room on the left, a multiple of 32
        top: the same at the top
        right: the same on the right
        bottom: the same at the bottom
        add: what to draw in the new room, in words, such as "a tree on the right"
        output: file for the larger picture (.png, or .ora with layers), or - for standard output
        in_place: overwrite the picture itself
        plan_from: YAML file with the plan that a gray picture shows
        prompt: what a gray picture shows, in words, for models that draw without plans, such as digits
        seed: one more than the last one of the picture if not given
        temperature: as the picture was drawn, if not given
        model: the painter of layers if not given, digits, a folder or a hub name
        trace: folder for the plan, every level, the tile grid and the think texts
        metadata: write into the picture how it was drawn, and all that it was before
        quiet: print neither plan nor progress
    """

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    add: list[str] = field(default_factory=list)


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "extend", positional=["picture"], short={"output": "-o"})
    target = options.target()  # refused before anything is read
    room = {side: getattr(options, side) for side in SIDES}
    if (layered := open_layers(options)) is not None:
        from tiledraw.drawing.restacking import extension

        changed = extension(layered, room, options.add, options.loaded.knowledge.subjects)
        return draw_layers(options, target, layered, *changed)
    finished = read_finished(options)

    from tiledraw.drawing.changing import extended

    change = extended(finished, **room, add=options.add)
    return draw_change(options, target, finished, change)
