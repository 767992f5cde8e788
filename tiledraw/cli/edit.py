"""`tiledraw edit`: changes the plan of a picture, or names a part of it, and draws anew what that touches.

Knows options. Knows nothing about how plans change or tiles are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.cli.changing import (
    ChangeOptions,
    draw_change,
    draw_layers,
    given,
    open_layers,
    read_finished,
    read_plan,
)
from tiledraw.cli.options import parse_options

if TYPE_CHECKING:
    from tiledraw.drawing.restacking import Layered
    from tiledraw.language.changes import Changes

CHANGES = ("remove", "replace", "move", "add")
OF_LAYERS = ("recolour", "mirror", "backward", "forward", "background")
PARTS = ("region", "mask")


@dataclass(frozen=True)
class Options(ChangeOptions):
    """Changes a picture where it says so: every pixel outside the boxes of the plan (or the mask) that change stays.

    The plan is the one that the picture was drawn from (its metadata), or --plan-from; a picture without one is drawn
    anew where --mask or --region says. --remove, --replace, --move,
    --recolour, --mirror, --backward, --forward, --background and --add change it, in this order; --plan takes its
    place. "cat" means all cats of the plan, "cat 2" the second. A change that changes nothing is refused.

    Args:
        picture: PNG or OpenRaster file that `tiledraw` drew, or any gray picture of whole tiles with
            --plan-from or --prompt
        output: file for the changed picture (.png, or .ora with layers), or - for standard output
        in_place: overwrite the picture itself
        plan_from: YAML file with the plan that a gray picture shows
        prompt: what a gray picture shows, in words, for models that draw without plans, such as digits
        remove: subjects to take away, such as cat
        replace: subjects that others take the place of, such as cat=dog
        move: subjects with new places, and sizes if you like, such as "cat: top-left" or "cat: top-left, small"
        recolour: subjects with other looks, such as cat=red or "cat=blue, striped white"; for pictures of layers
        mirror: subjects whose left and right are exchanged; for pictures of layers
        backward: subjects that go behind everything; for pictures of layers
        forward: subjects that go in front of everything; for pictures of layers
        background: a scenery such as beach, a colour, or none, in place of what is there; for pictures of layers
        add: what to add in words, such as "a red star at the top right"; free places are found for it
        plan: YAML file with a whole new plan
        region: x0,y0,x1,y1 in pixels; all tiles that it touches are drawn anew
        mask: picture of the same size; exactly the pixels that are white in it are drawn anew
        seed: that of a picture of layers if not given, one more than the last one of others
        temperature: as the picture was drawn, if not given
        model: the painter of layers if not given, digits, a folder or a hub name
        trace: folder for the plan, every level, the tile grid and the think texts
        metadata: write into the picture how it was drawn, and all that it was before
        quiet: print neither plan nor progress
    """

    remove: list[str] = field(default_factory=list)
    replace: list[str] = field(default_factory=list)
    move: list[str] = field(default_factory=list)
    recolour: list[str] = field(default_factory=list)
    mirror: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    background: str | None = None
    add: list[str] = field(default_factory=list)
    plan: str | None = None
    region: str | None = None
    mask: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        changes = given(self, (*CHANGES, *OF_LAYERS))
        if not changes and self.plan is None and not given(self, PARTS):
            raise ValueError(
                "say what changes: --remove, --replace, --move, --recolour, --mirror, --backward, --forward, "
                "--background, --add, --plan, --region or --mask"
            )
        if changes and self.plan is not None:
            raise ValueError(f"--plan is the whole new plan; leave --{next(iter(changes))} out, or write it into that")
        if self.region is not None and self.mask is not None:
            raise ValueError("--region and --mask both say what is drawn anew; give one of them")
        examples = (("replace", "=", "cat=dog"), ("move", ":", "'cat: top-left'"), ("recolour", "=", "cat=red"))
        for name, mark, example in examples:
            for text in getattr(self, name):
                if not all(part.strip() for part in text.partition(mark)):
                    raise ValueError(f"--{name} {text!r} is not of the form {example}")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "edit", positional=["picture"], short={"output": "-o"})
    target = options.target()  # refused before anything is read
    if (layered := open_layers(options)) is not None:
        return _edit_layers(options, target, layered)
    if strange := list(given(options, OF_LAYERS)):
        raise ValueError(f"--{strange[0]} is for pictures of layers, which {options.picture} is not")
    finished = read_finished(options)

    from tiledraw.drawing.changing import edited

    change = edited(
        finished,
        _changes(options),
        plan=None if options.plan is None else read_plan(options.plan),
        region=options.region,
        mask=options.mask,
        note={"verb": "edit", **given(options, (*CHANGES, "plan", *PARTS))},
    )
    return draw_change(options, target, finished, change)


def _edit_layers(options: Options, target: Path | None, layered: Layered) -> int:
    if parts := list(given(options, PARTS)):
        raise ValueError(f"{options.picture} is made of layers; change its plan in place of --{parts[0]}")
    whole = read_plan(options.plan) if options.plan is not None else layered.plan
    note = {"verb": "edit", **given(options, (*CHANGES, *OF_LAYERS, "plan"))}
    changed = _changes(options).of(whole, options.loaded.knowledge.subjects)
    return draw_layers(options, target, layered, changed, None, note)


def _changes(options: Options) -> Changes:
    """What the options ask for."""
    from tiledraw.language.changes import Changes

    return Changes(
        tuple(options.remove),
        tuple(_pairs(options.replace, "=")),
        tuple(_pairs(options.move, ":")),
        tuple(_pairs(options.recolour, "=")),
        tuple(options.mirror),
        tuple(options.backward),
        tuple(options.forward),
        options.background,
        tuple(options.add),
    )


def _pairs(texts: list[str], mark: str) -> list[tuple[str, str]]:
    """What stands before and behind a mark."""
    return [(before, behind.strip()) for before, _, behind in (text.partition(mark) for text in texts)]
