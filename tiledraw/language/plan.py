"""Plans: which subjects a picture shows, and where.

A plan is the text of the layout think step, one line for the background and one for each placement:

    background: light
    - cat: bottom-left, large, 0 4 4 8

The dash makes a subject the same token here as in most prompts, " cat", so that a model only has to copy it.
Knows words, boxes, text and YAML. Knows nothing about prompts, pixels or models.
"""

from __future__ import annotations

import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

GRID = 8  # the plan grid has GRID x GRID cells over the square that encloses the canvas
BACKGROUNDS = ("white", "light", "gray", "dark", "gradient", "sky", "night")
SIZES = {"small": 2, "medium": 3, "large": 4, "huge": 6}  # side of the box in cells
LOCATIONS = (
    "top-left", "top", "top-right",
    "left", "center", "right",
    "bottom-left", "bottom", "bottom-right",
)  # fmt: skip
UNKNOWN = "unknown:"  # a plan line that starts so says what of the prompt can't be drawn
RESERVED = {"background", "canvas", "unknown"}  # first words of plan lines that are no subjects
MAX_PLACEMENTS = 16
_SUBJECT = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+){0,3}")


class PlanError(ValueError):
    """A plan, or the text or file it is read from, is not valid."""


class UnknownSubjectError(PlanError):
    """A prompt or plan asks for a subject that nobody here can draw."""


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle `x0 y0 x1 y1`, origin top-left, ends exclusive. The unit is the holder's: plan cells in a plan."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def middle(self) -> Box:
        """The largest square in the middle, rounded down to whole units."""
        side = min(self.width, self.height)
        x, y = self.x0 + (self.width - side) // 2, self.y0 + (self.height - side) // 2
        return Box(x, y, x + side, y + side)

    def times(self, factor: int) -> Box:
        """The same rectangle in units a `factor` smaller, such as pixels in place of cells."""
        return Box(*(factor * edge for edge in vars(self).values()))

    def overlaps(self, other: Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def contains(self, other: Box) -> bool:
        return self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1

    def __str__(self) -> str:
        return f"{self.x0} {self.y0} {self.x1} {self.y1}"


FULL = Box(0, 0, GRID, GRID)


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes, at least one."""
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def _third(start: int, slack: int) -> int:
    """0, 1 or 2: where a box lies that starts `start` cells into `slack` cells of freedom."""
    if slack < 1:
        return 1
    return 0 if 3 * start < slack else 2 if 3 * start > 2 * slack else 1


def location_of(box: Box, canvas: Box = FULL) -> str:
    """The location word of a box inside the visible canvas."""
    column = _third(box.x0 - canvas.x0, canvas.width - box.width)
    row = _third(box.y0 - canvas.y0, canvas.height - box.height)
    return LOCATIONS[3 * row + column]


def size_of(box: Box) -> str:
    """The size word of a box: the largest word that is not larger than its longer side."""
    side = max(box.width, box.height)
    return max((word for word in SIZES if SIZES[word] <= max(side, 2)), key=SIZES.__getitem__)


def box_at(location: str, cells: int, canvas: Box = FULL) -> Box:
    """The square box of `cells` a side at a location word of the visible canvas, shrunk to fit into it."""
    cells = max(1, min(cells, canvas.width, canvas.height))
    row, column = divmod(LOCATIONS.index(location), 3)
    x0 = canvas.x0 + (canvas.width - cells) * column // 2
    y0 = canvas.y0 + (canvas.height - cells) * row // 2
    return Box(x0, y0, x0 + cells, y0 + cells)


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
_WHOLE = re.compile(r"[+-]?\d{1,9}")
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


class _PlanLoader(yaml.BaseLoader):
    """Lists, mappings and text: every scalar stays the text that it is, so a subject may be called `no`.

    A key given twice is refused, where plain YAML keeps the last in silence.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            twice = Counter(key.value for key, _ in node.value).most_common(1)[0][0]
            lines = [key.start_mark.line + 1 for key, _ in node.value if key.value == twice]
            raise yaml.YAMLError(f"the key {_short(twice)} stands twice in one place (line {lines[1]})")
        return mapping


_repr = reprlib.Repr()
_repr.maxlevel = 2


def _short(value: Any) -> str:
    """A value as a message shows it, cut: a few aliases can make it longer than any memory."""
    return _repr.repr(value)


def _only_keys(data: Any, allowed: Iterable[str], what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise PlanError(f"{what} must be a mapping with the keys {', '.join(allowed)}, not {_short(data)}")
    if unknown := [key for key in data if key not in allowed]:
        raise PlanError(f"{what} has the unknown key {_short(unknown[0])}; known are {', '.join(allowed)}")
    return data


def _word_from(value: Any, known: Iterable[str], what: str) -> str:
    if value not in tuple(known):
        raise PlanError(f"{what} {_short(value)} is unknown; known are {', '.join(known)}")
    return value


def _box_from(value: Any, what: str) -> Box:
    numbers = value.split() if isinstance(value, str) else value
    if (
        isinstance(numbers, list)
        and len(numbers) == 4
        and all(isinstance(number, str) and _WHOLE.fullmatch(number) for number in numbers)
    ):
        return Box(*map(int, numbers))
    raise PlanError(f"{what} must be four whole numbers 'x0 y0 x1 y1', not {_short(value)}")


def plan_from_yaml(text: str, canvas: Box | None = None) -> Plan:
    """Reads a plan file. A placement gives `subject`, and either `box` or words: `location` and `size`.

    `canvas` (in cells) overrides the one in the file.

    Raises:
        PlanError: not YAML, unknown or duplicate keys, a value of the wrong form, a box outside the grid.
    """
    try:
        data = yaml.load(text, _PlanLoader)
    except (yaml.YAMLError, ValueError, OverflowError, IndexError, RecursionError) as error:  # PyYAML lets some slip
        raise PlanError(f"the plan is not valid YAML: {' '.join(str(error).split())}") from None
    data = _only_keys(data, ("background", "canvas", "placements"), "the plan")
    canvas = canvas or (_box_from(data["canvas"], "canvas") if "canvas" in data else FULL)
    entries = data.get("placements") or []
    if not isinstance(entries, list):
        raise PlanError(f"placements must be a list, not {_short(entries)}")
    placements = []
    for entry in entries:
        entry = _only_keys(entry, ("subject", "location", "size", "box"), "a placement")
        subject = entry.get("subject")
        if not isinstance(subject, str):
            raise PlanError(f"a placement needs a subject in words, not {_short(subject)}")
        if "box" in entry and entry.keys() & {"location", "size"}:
            raise PlanError(f"{subject!r} has a box and words for its place; give one of the two")
        if "box" in entry:
            box = _box_from(entry["box"], f"the box of {subject!r}")
        else:
            location = _word_from(entry.get("location", "center"), LOCATIONS, "location")
            size = _word_from(entry.get("size", "medium"), SIZES, "size")
            box = box_at(location, SIZES[size], canvas)
        placements.append(Placement(subject, box))
    background = _word_from(data.get("background", "white"), BACKGROUNDS, "background")
    return Plan(tuple(placements), background, canvas)
