"""Plans of the first edition: which subjects a gray picture shows, and where, on 8x8 cells.

A plan is the text of the layout think step, one line for the background and one for each placement:

    background: light
    - cat: bottom-left, large, 0 4 4 8

The dash makes a subject the same token here as in most prompts, " cat", so that a model only has to copy it.
Knows words, boxes, text and YAML. Knows nothing about prompts, pixels or models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from tiledraw.language import places
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.places import LOCATIONS, SIZES
from tiledraw.language.plan_files import box_from, only_keys, read_yaml, short, word_from

GRID = 8  # the plan grid has GRID x GRID cells over the square that encloses the canvas
BACKGROUNDS = ("white", "light", "gray", "dark", "gradient", "sky", "night")
UNKNOWN = "unknown:"  # a plan line that starts so says what of the prompt can't be drawn
RESERVED = {"background", "canvas", "unknown"}  # first words of plan lines that are no subjects
MAX_PLACEMENTS = 16
_SUBJECT = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+){0,3}")


FULL = Box(0, 0, GRID, GRID)


def location_of(box: Box, canvas: Box = FULL) -> str:
    """The location word of a box inside the visible canvas."""
    return places.location_of(box, canvas)


def size_of(box: Box) -> str:
    """The size word of a box: the largest word that is not larger than its longer side."""
    side = max(box.width, box.height)
    return max((word for word in SIZES if SIZES[word] <= max(side, 2)), key=SIZES.__getitem__)


def box_at(location: str, cells: int, canvas: Box = FULL) -> Box:
    """The square box of `cells` a side at a location word of the visible canvas, shrunk to fit into it."""
    return places.box_at(location, cells, canvas)


@dataclass(frozen=True)
class Placement:
    """A subject in a box of plan cells."""

    subject: str
    box: Box


@dataclass(frozen=True)
class Plan:
    """A background and placements. `canvas` is the part of the plan grid that is visible."""

    placements: tuple[Placement, ...] = ()
    background: str = "white"
    canvas: Box = field(default=FULL)

    def __post_init__(self) -> None:
        if self.background not in BACKGROUNDS:
            raise PlanError(f"background {self.background!r} is unknown; known are {', '.join(BACKGROUNDS)}")
        if not FULL.contains(self.canvas) or self.canvas.width < 1 or self.canvas.height < 1:
            raise PlanError(f"canvas {self.canvas} is not inside the plan grid 0 0 {GRID} {GRID}")
        if len(self.placements) > MAX_PLACEMENTS:
            raise PlanError(f"a plan has at most {MAX_PLACEMENTS} placements, this one has {len(self.placements)}")
        for placement in self.placements:
            box, subject = placement.box, placement.subject
            if not FULL.contains(box) or box.width < 1 or box.height < 1:
                raise PlanError(
                    f"the box {box} of {subject!r} is not inside the plan grid; "
                    f"give x0 y0 x1 y1 with 0 <= x0 < x1 <= {GRID} and 0 <= y0 < y1 <= {GRID}"
                )
            if not _SUBJECT.fullmatch(subject) or subject in RESERVED:
                raise PlanError(f"{subject!r} is no subject name; a name is one to four plain words, such as 'hot dog'")

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(placement.subject for placement in self.placements)


_LINE = re.compile(
    r"- (?P<subject>[^:\n]+): (?P<location>[a-z-]+), (?P<size>[a-z]+), "
    r"(?P<x0>\d{1,2}) (?P<y0>\d{1,2}) (?P<x1>\d{1,2}) (?P<y1>\d{1,2})"
)
_CANVAS = re.compile(r"canvas: (\d) (\d) (\d) (\d)")


def format_placement(placement: Placement, canvas: Box = FULL) -> str:
    box = placement.box
    return f"- {placement.subject}: {location_of(box, canvas)}, {size_of(box)}, {box}"


def canvas_line(canvas: Box) -> str:
    """The line that tells the planner of a canvas that is not square; empty for a square one."""
    return "" if canvas == FULL else f"canvas: {canvas}\n"


def format_plan(plan: Plan) -> str:
    """The plan as the lines of a layout think step, without a newline at the end."""
    lines = [f"background: {plan.background}"]
    lines += [format_placement(placement, plan.canvas) for placement in plan.placements]
    return canvas_line(plan.canvas) + "\n".join(lines)


def parse_plan(text: str, canvas: Box | None = None) -> Plan:
    """Reads the plan lines of a think step; other lines are free thought and passed over.

    The boxes decide: location and size words are derived from them. Of several backgrounds the last counts.

    Raises:
        UnknownSubjectError: the text says that the prompt asks for something unknown (`unknown: ...`).
        PlanError: no background line, or a line whose box is not inside the grid.
    """
    background, placements = None, []
    for line in text.splitlines():
        line = line.strip()
        if match := _CANVAS.fullmatch(line):
            canvas = canvas or Box(*map(int, match.groups()))
        elif line.startswith("background: "):
            background = line.removeprefix("background: ")
        elif line.startswith("unknown:"):
            raise UnknownSubjectError(line.removeprefix("unknown:").strip())
        elif match := _LINE.fullmatch(line):
            placements.append(Placement(match["subject"], Box(*(int(match[key]) for key in ("x0", "y0", "x1", "y1")))))
    if background is None:
        raise PlanError("the text holds no plan: a line such as 'background: light' is missing")
    return Plan(tuple(placements), background, canvas or FULL)


def plan_to_yaml(plan: Plan) -> str:
    """The plan as YAML that `plan_from_yaml` reads back, meant for people to edit."""
    data: dict[str, Any] = {"background": plan.background}
    if plan.canvas != FULL:
        data["canvas"] = str(plan.canvas)
    data["placements"] = [{"subject": placement.subject, "box": str(placement.box)} for placement in plan.placements]
    return _YAML_HEAD + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


_YAML_HEAD = f"""\
# Boxes are x0 y0 x1 y1 in cells of an {GRID}x{GRID} grid, origin at the top left. In place of a box, words will do:
# location ({", ".join(LOCATIONS)})
# and size ({", ".join(SIZES)}).
"""


def plan_from_yaml(text: str, canvas: Box | None = None) -> Plan:
    """Reads a plan file. A placement gives `subject`, and either `box` or words: `location` and `size`.

    `canvas` (in cells) overrides the one in the file.

    Raises:
        PlanError: not YAML, unknown or duplicate keys, a value of the wrong form, a box outside the grid.
    """
    data = read_yaml(text)
    data = only_keys(data, ("background", "canvas", "placements"), "the plan")
    canvas = canvas or (box_from(data["canvas"], "canvas") if "canvas" in data else FULL)
    entries = data.get("placements") or []
    if not isinstance(entries, list):
        raise PlanError(f"placements must be a list, not {short(entries)}")
    placements = []
    for entry in entries:
        entry = only_keys(entry, ("subject", "location", "size", "box"), "a placement")
        subject = entry.get("subject")
        if not isinstance(subject, str):
            raise PlanError(f"a placement needs a subject in words, not {short(subject)}")
        if "box" in entry and entry.keys() & {"location", "size"}:
            raise PlanError(f"{subject!r} has a box and words for its place; give one of the two")
        if "box" in entry:
            box = box_from(entry["box"], f"the box of {subject!r}")
        else:
            location = word_from(entry.get("location", "center"), LOCATIONS, "location")
            size = word_from(entry.get("size", "medium"), SIZES, "size")
            box = box_at(location, SIZES[size], canvas)
        placements.append(Placement(subject, box))
    background = word_from(data.get("background", "white"), BACKGROUNDS, "background")
    return Plan(tuple(placements), background, canvas)
