"""`tiledraw edit`: changes the plan of a picture, or names a part of it, and draws anew what that touches.

Knows options. Knows nothing about how plans change or tiles are drawn.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tiledraw.cli.changing import ChangeOptions, draw_over, given, read_mask, read_picture, read_plan
from tiledraw.cli.options import parse_options

if TYPE_CHECKING:
    from tiledraw.canvas.pyramid import Canvas
    from tiledraw.language.plan import Plan
    from tiledraw.models.knowledge import Knowledge

CHANGES = ("remove", "replace", "move", "add")
PARTS = ("region", "mask")


@dataclass(frozen=True)
class Options(ChangeOptions):
    """Changes a picture where it says so: every pixel outside the cells of the plan (or the mask) that change stays.

    The plan is the one that the picture was drawn from (its metadata), or --plan-from. --remove, --replace, --move and
    --add change it, in this order; --plan takes its place. A change that changes nothing is refused.

    Args:
        picture: PNG that `tiledraw` drew, or any gray picture of whole tiles with --plan-from
        output: file for the changed picture (.png), or - for standard output
        in_place: overwrite the picture itself
        plan_from: YAML file with the plan that the picture shows, or describe: the model reads it from the picture
        remove: subjects to take away, such as cat
        replace: subjects that others take the place of, such as cat=dog
        move: subjects with new places, and sizes if you like, such as "cat: top-left" or "cat: top-left, small"
        add: what to add in words; free places are found for it, such as "a star at the top right"
        plan: YAML file with a whole new plan
        region: x0,y0,x1,y1 in pixels; all tiles that it touches are drawn anew
        mask: picture of the same size; exactly the pixels that are white in it are drawn anew
        seed: one more than the last one of the picture if not given
        temperature: as the picture was drawn, if not given
        order: as the picture was drawn, if not given
        model: the bundled model if not given, else a folder or a hub name
        trace: folder for the plan, every level, the tile grid and the think texts
        metadata: write into the picture how it was drawn, and all that it was before
        quiet: print neither plan nor progress
    """

    remove: list[str] = field(default_factory=list)
    replace: list[str] = field(default_factory=list)
    move: list[str] = field(default_factory=list)
    add: list[str] = field(default_factory=list)
    plan: str | None = None
    region: str | None = None
    mask: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        changes = given(self, CHANGES)
        if not changes and self.plan is None and not given(self, PARTS):
            raise ValueError("say what changes: --remove, --replace, --move, --add, --plan, --region or --mask")
        if changes and self.plan is not None:
            raise ValueError(f"--plan is the whole new plan; leave --{next(iter(changes))} out, or write it into that")
        if self.region is not None and self.mask is not None:
            raise ValueError("--region and --mask both say what is drawn anew; give one of them")
        for name, mark, example in (("replace", "=", "cat=dog"), ("move", ":", "'cat: top-left'")):
            for text in getattr(self, name):
                if not all(part.strip() for part in text.partition(mark)):
                    raise ValueError(f"--{name} {text!r} is not of the form {example}")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "edit", positional=["picture"], short={"output": "-o"})
    target = options.target()  # refused before anything is read
    picture = read_picture(options)

    from tiledraw.drawing.editing import Original, touched_by_plan, touched_by_region

    free = None
    if options.mask is not None:
        free = read_mask(options.mask, picture.canvas)
    elif options.region is not None:
        free = touched_by_region(options.region, picture.canvas)
    knowledge = options.loaded.knowledge
    plan = _changed(options, picture.plan, picture.canvas, knowledge)
    fresh = tuple(placement for placement in plan.placements if placement not in picture.plan.placements)
    knowledge.check(dataclasses.replace(plan, placements=fresh))  # what stays need not be drawable
    touched = touched_by_plan(picture.plan, plan, picture.canvas)
    if not touched.any() and (options.plan is not None or given(options, CHANGES)):
        raise ValueError("the plan stays as it is, so nothing is drawn anew, and nothing is written")
    if options.mask is not None and touched.any() and not (touched & free).any():
        raise ValueError("the mask leaves nothing to draw of what changes, so nothing is written")
    if options.mask is None:
        free = touched if free is None else touched | free
    change = {"verb": "edit", **given(options, (*CHANGES, "plan", *PARTS))}
    return draw_over(options, target, picture, options.drawer, Original(picture.pixels, free), plan, change)


def _changed(options: Options, plan: Plan, canvas: Canvas, knowledge: Knowledge) -> Plan:
    """The new plan."""
    from tiledraw.drawing.editing import add, move, remove, replace_subject
    from tiledraw.language.plan import SIZES

    if options.plan is not None:
        return read_plan(options.plan, canvas)
    for subject in options.remove:
        plan = remove(plan, subject)
    for text in options.replace:
        old, _, new = text.partition("=")
        plan = replace_subject(plan, old, new.strip(), knowledge.subjects)
    for text in options.move:
        subject, _, place = text.partition(":")
        plan = move(plan, subject, place)
    for text in options.add:
        plan = add(plan, text, knowledge.subjects, knowledge.sizes or SIZES)
    return plan
