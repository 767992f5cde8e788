"""`tiledraw edit`: changes the plan of a picture, or names a part of it, and draws anew what that touches.

Knows options. Knows nothing about how plans change or tiles are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tiledraw.cli.changing import ChangeOptions, draw_change, given, read_finished, read_plan
from tiledraw.cli.options import parse_options

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
    finished = read_finished(options)

    from tiledraw.drawing.changing import edited

    change = edited(
        finished,
        options.loaded.knowledge,
        remove=options.remove,
        replace_by=_pairs(options.replace, "="),
        move=_pairs(options.move, ":"),
        add=options.add,
        plan=read_plan(options.plan, (finished.canvas.width, finished.canvas.height))
        if options.plan is not None
        else None,
        region=options.region,
        mask=options.mask,
        note={"verb": "edit", **given(options, (*CHANGES, "plan", *PARTS))},
    )
    return draw_change(options, target, finished, change)


def _pairs(texts: list[str], mark: str) -> list[tuple[str, str]]:
    """What stands before and behind a mark."""
    return [(before, behind.strip()) for before, _, behind in (text.partition(mark) for text in texts)]
