"""`tiledraw subjects`: lists what a model can draw, in English and Chinese, and draws all of it on one sheet.

Knows options and the terminal. Knows nothing about how a subject is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.cli.options import parse_options
from tiledraw.cli.output import Shown, check_piped, write_picture
from tiledraw.common.files import check_writable_file

if TYPE_CHECKING:
    from PIL import Image

    from tiledraw.drawing.drawer import Drawer
    from tiledraw.language.subjects import Subject

SIDE = 64  # pixels of the picture of a subject
LABEL = 16  # pixels below it, for its number and name
CELL = 100  # pixels from a picture to the next one, wide enough for its name
COLUMNS = 10


@dataclass(frozen=True)
class Options:
    """Lists what a model can draw: a number, the names in English and Chinese, and other words for it.

    Args:
        output: file for a sheet with a small picture of each, by the same numbers (.png), or - for standard output
        model: the painter in the package if not given, else a folder or a hub name
        quiet: print neither the list nor progress
    """

    output: str | None = None
    model: str | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.output == "-":
            check_piped()
        elif self.output is not None:
            if Path(self.output).suffix.lower() != ".png":
                raise ValueError(f"{self.output} does not end in .png; the sheet is a PNG")
            check_writable_file(self.output)


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "subjects", short={"output": "-o"})

    from tiledraw.language.subjects import known_subjects
    from tiledraw.models.loading import PAINTER, load_model

    loaded = load_model(options.model or PAINTER)
    if not loaded.knowledge.subjects:
        labels = ", ".join(loaded.knowledge.labels)
        knows = f"knows the labels {labels}; ask it for one" if labels else "has learned captions; ask it for anything"
        raise ValueError(f"the model {loaded.name} has no list of subjects: it {knows}")
    subjects = known_subjects(loaded.knowledge.subjects)
    if not options.quiet and options.output != "-":
        for number, subject in enumerate(subjects, 1):
            print(f"{number:4}  {subject.name:16} {subject.chinese}  {', '.join(subject.also)}".rstrip())
    if options.output is not None:
        from tiledraw.drawing.drawer import Drawer

        target = None if options.output == "-" else Path(options.output)
        with Shown(False, options.quiet) as shown:
            sheet = draw_sheet(Drawer.of(loaded), subjects, shown)
            write_picture(target, sheet, "PNG", {})
            shown.wrote(target, sheet.size)
    return 0


def draw_sheet(drawer: Drawer, subjects: list[Subject], shown: Shown) -> Image.Image:
    """An image with a picture of each subject, as the model draws it, above its number and English name."""
    from PIL import Image, ImageDraw

    from tiledraw.drawing.events import ImageDone, Refused
    from tiledraw.drawing.job import Job
    from tiledraw.language.boxes import Box
    from tiledraw.language.plan import GRID, Placement, Plan

    box = Box(GRID // 4, GRID // 4, GRID - GRID // 4, GRID - GRID // 4)
    plans = [Plan((Placement(subject.name, box),)) for subject in subjects]
    jobs = [Job(subject.name, (SIDE, SIDE), plan=plan) for subject, plan in zip(subjects, plans, strict=True)]
    rows = -(-len(subjects) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (SIDE + LABEL)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, event in drawer.stream_all(jobs):
        shown.add(event, number)
        if isinstance(event, Refused):
            raise event.error
        if isinstance(event, ImageDone):
            row, column = divmod(number, COLUMNS)
            x, y = column * CELL, row * (SIDE + LABEL)
            sheet.paste(event.image, (x + (CELL - SIDE) // 2, y))
            name = f"{number + 1} {subjects[number].name}"
            pen.text((x + CELL // 2, y + SIDE + 2), name, fill="black", font_size=10, anchor="ma")
    return sheet
