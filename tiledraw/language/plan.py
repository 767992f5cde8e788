"""Plans: what a picture shows, where, and how: a background, and placements in the order of depth.

A plan is the text of the layout think step, one line for the background and one for each placement, the farthest first:

    background: grass
    - house: red, 14 6 30 24
    - cat: black, striped white, mirrored, 4 14 18 28

Boxes are on a grid of 32x32 over the square that encloses the canvas, of any size; they may overlap. A plan of a
picture that has grown may have a finer grid. The dash makes a
subject the same token here as in most prompts, " cat".
Knows words, boxes, text and YAML. Knows nothing about prompts, pixels or models.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import yaml

from tiledraw.language.attributes import BACKGROUNDS, COLOURS, MATERIALS, MOST_TURNED, PATTERNS, STYLES
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.first_plans import FirstPlan, first_plan_of_file, first_plan_of_text, is_first_text
from tiledraw.language.plan_files import box_from, only_keys, read_yaml, short, word_from

GRID = 32  # the plan grid has GRID x GRID cells over the square that encloses the canvas
MAX_GRID = 4096  # of the largest picture, a pixel
MAX_PLACEMENTS = 64
FULL = Box(0, 0, GRID, GRID)
UNKNOWN = "unknown:"  # a plan line that starts so says what of the prompt can't be drawn
RESERVED = {"grid", "background", "canvas", "unknown"}  # first words of plan lines that are no subjects
_SUBJECT = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+){0,3}")


@dataclass(frozen=True)
class Placement:
    """A subject in a box of plan cells, and how it looks there.

    Attributes:
        subject: Its name.
        box: Where it goes, in cells of the plan's grid; the largest square in the middle of it shows the subject.
        colour: Of its main ink, whose shades follow; empty: its own.
        parts: Other inks, each by its own name and the colour that it gets.
        pattern: On the main ink; empty: none.
        second: The second colour of the pattern; empty: white.
        material: Of what it seems to be made; empty: nothing special.
        style: How it is drawn; empty: filled.
        mirrored: Left becomes right.
        turned: Degrees clockwise, at most 30.

    Raises:
        PlanError: any of them out of its range, with what would work.
    """

    subject: str
    box: Box
    colour: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    pattern: str = ""
    second: str = ""
    material: str = ""
    style: str = ""
    mirrored: bool = False
    turned: int = 0

    def __post_init__(self) -> None:
        subject = self.subject
        if not _SUBJECT.fullmatch(subject) or subject in RESERVED:
            raise PlanError(
                f"{short(subject)} is no subject name; a name is one to four plain words, such as 'hot dog'"
            )
        for colour in (self.colour, self.second, *(word for part in self.parts for word in part)):
            if colour:
                word_from(colour, COLOURS, f"the colour of {subject!r}")
        if len({old for old, _ in self.parts}) < len(self.parts):
            raise PlanError(f"a part of {subject!r} has two colours; give one")
        for value, known, what in (
            (self.pattern, PATTERNS, "pattern"),
            (self.material, MATERIALS, "material"),
            (self.style, STYLES, "style"),
        ):
            if value:
                word_from(value, known, f"the {what} of {subject!r}")
        if self.second and not self.pattern:
            raise PlanError(f"{subject!r} has a second colour but no pattern; give one of {', '.join(PATTERNS)}")
        if type(self.turned) is not int or abs(self.turned) > MOST_TURNED:
            raise PlanError(
                f"{subject!r} is turned by {short(self.turned)}; give whole degrees from -{MOST_TURNED} to "
                f"{MOST_TURNED}"
            )

    @property
    def words(self) -> list[str]:
        """Its attributes in the order in which a plan says them."""
        return [
            *([self.colour] if self.colour else []),
            *(f"{new} for {old}" for old, new in self.parts),
            *([f"{self.pattern} {self.second}".strip()] if self.pattern else []),
            *([self.material] if self.material else []),
            *([self.style] if self.style else []),
            *(["mirrored"] if self.mirrored else []),
            *([f"turned {self.turned}"] if self.turned else []),
        ]


@dataclass(frozen=True)
class Plan:
    """A background and placements, the farthest first.

    Attributes:
        placements: What stands where, in cells of the grid.
        background: A scenery, a colour, or "none".
        grid: Cells a side of the square that encloses the canvas.
        canvas: The part of the grid that is visible; None: all of it.

    Raises:
        PlanError: an unknown background, a box outside the grid, too many placements.
    """

    placements: tuple[Placement, ...] = ()
    background: str = "white"
    grid: int = GRID
    canvas: Box | None = None

    def __post_init__(self) -> None:
        word_from(self.background, BACKGROUNDS, "background")
        if not GRID <= self.grid <= MAX_GRID:
            raise PlanError(f"the grid {self.grid} is out of range; a plan has {GRID} to {MAX_GRID} cells a side")
        canvas = self.visible
        if canvas == self.full:  # the same plan, however it is said
            object.__setattr__(self, "canvas", None)
        if not self.full.contains(canvas) or canvas.width < 1 or canvas.height < 1:
            raise PlanError(f"canvas {canvas} is not inside the plan grid {self.full}")
        for placement in self.placements:
            box = placement.box
            if not self.full.contains(box) or box.width < 1 or box.height < 1:
                raise PlanError(
                    f"the box {box} of {placement.subject!r} is not inside the plan grid; "
                    f"give x0 y0 x1 y1 with 0 <= x0 < x1 <= {self.grid} and 0 <= y0 < y1 <= {self.grid}"
                )
        if len(self.placements) > MAX_PLACEMENTS:
            raise PlanError(f"a plan has at most {MAX_PLACEMENTS} placements, this one has {len(self.placements):,}")

    @property
    def full(self) -> Box:
        """The whole grid."""
        return Box(0, 0, self.grid, self.grid)

    @property
    def visible(self) -> Box:
        """The part of the grid that is visible."""
        return self.canvas or self.full

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(placement.subject for placement in self.placements)


def canvas_line(canvas: Box) -> str:
    """The line that tells whoever plans of a canvas that is not square, in cells; empty for a square one."""
    return "" if canvas == FULL else f"canvas: {canvas}\n"


def format_plan(plan: Plan) -> str:
    """The plan as the lines of a layout think step, without a newline at the end."""
    lines = [] if plan.grid == GRID else [f"grid: {plan.grid}"]
    lines += [] if plan.visible == plan.full else [f"canvas: {plan.canvas}"]
    lines.append(f"background: {plan.background}")
    for placement in plan.placements:
        lines.append(f"- {placement.subject}: {', '.join([*placement.words, str(placement.box)])}")
    return "\n".join(lines)


def parse_plan(text: str, canvas: Box | None = None) -> Plan:
    """Reads the lines that `format_plan` writes; lines before the first of them are free thought and passed over.

    Args:
        text: With a line for the background, and nothing but placements behind it.
        canvas: In cells; overrides the one of the text.

    Raises:
        UnknownSubjectError: the text says that the prompt asks for something unknown (`unknown: ...`).
        PlanError: a line that is none of a plan, or says what no plan can.
    """
    background, placements, grid = None, [], GRID
    for line in filter(None, map(str.strip, text.splitlines())):
        key, _, rest = line.partition(": ")
        if key == "unknown":
            raise UnknownSubjectError(rest.strip())
        if key == "grid" and re.fullmatch(r"\d{1,4}", rest):
            grid = int(rest)
        elif key == "canvas":
            canvas = canvas or box_from(rest, "canvas")
        elif key == "background" and background is None:
            background = rest
        elif key.startswith("- "):
            placements.append(_placement_of(key.removeprefix("- "), rest))
        elif background is not None:
            raise PlanError(f"{short(line)} is no line of a plan; one is such as '- cat: black, 4 14 18 28'")
    if background is None:
        raise PlanError("the text holds no plan: a line such as 'background: grass' is missing")
    return Plan(tuple(placements), background, grid, canvas)


def plan_from_text(text: str) -> Plan:
    """Reads a plan as text, as people keep it beside pictures: of this edition, or of the first. Raises as `parse_plan`
    does."""
    return _of_first(first_plan_of_text(text)) if is_first_text(text) else parse_plan(text)


def _placement_of(subject: str, text: str) -> Placement:
    """What a line says of a subject: attributes, then the box, between commas."""
    *words, box = (part.strip() for part in text.split(","))
    values: dict[str, Any] = {}
    for word in words:
        _add_attribute(values, word, subject)
    return Placement(subject, box_from(box, f"the box of {subject!r}"), **values)


def with_attribute(placement: Placement, word: str) -> Placement:
    """A placement of which one more thing is said, as a line of a plan says it: "red", "striped white", "mirrored".

    Raises:
        PlanError: it says nothing that can be drawn, or something of its kind is said already.
    """
    values = {name: value for name in _FIELDS if (value := getattr(placement, name))}
    _add_attribute(values, word, placement.subject)
    return replace(placement, **values)


def _add_attribute(values: dict[str, Any], word: str, subject: str) -> None:
    """Adds what a word says of a subject to the fields of its placement."""
    first, _, rest = word.partition(" ")
    new, is_part, old = word.partition(" for ")
    if is_part:
        values["parts"] = (*values.get("parts", ()), (old, new))
        return
    field, value = next(
        (
            found
            for known, found in (
                (word in COLOURS, ("colour", word)),
                (first in PATTERNS, ("pattern", first)),
                (word in MATERIALS, ("material", word)),
                (word in STYLES, ("style", word)),
                (word == "mirrored", ("mirrored", True)),
                (first == "turned" and re.fullmatch(r"-?\d{1,3}", rest) is not None, ("turned", rest)),
            )
            if known
        ),
        ("", ""),
    )
    if not field:
        raise PlanError(
            f"{short(word)} says nothing that can be drawn of {subject!r}; known are colours "
            f"({', '.join([*COLOURS][:5])}, ...), {', '.join([*PATTERNS, *MATERIALS, *STYLES])}, mirrored, and turned "
            "with degrees"
        )
    if field in values:
        raise PlanError(
            f"{subject!r} has two words for its {field}, {short(values[field])} and {short(value)}; give one"
        )
    values[field] = int(value) if field == "turned" else value
    if field == "pattern" and rest:
        values["second"] = rest


_YAML_HEAD = f"""\
# Boxes are x0 y0 x1 y1 on a grid of {GRID}x{GRID}, origin at the top left; what stands first is farthest away.
# Of a placement, colour, parts, pattern, material, style, mirrored and turned can be told.
"""
_FIELDS: dict[str, Callable[[Placement], Any]] = {
    "colour": lambda placement: placement.colour,
    "parts": lambda placement: dict(placement.parts),
    "pattern": lambda placement: f"{placement.pattern} {placement.second}".strip(),
    "material": lambda placement: placement.material,
    "style": lambda placement: placement.style,
    "mirrored": lambda placement: placement.mirrored,
    "turned": lambda placement: placement.turned,
}


def plan_to_yaml(plan: Plan) -> str:
    """The plan as YAML that `plan_from_yaml` reads back, meant for people to edit."""
    data: dict[str, Any] = {"grid": plan.grid, "background": plan.background}
    if plan.visible != plan.full:
        data["canvas"] = str(plan.canvas)
    data["placements"] = [
        {"subject": placement.subject}
        | {name: value for name, of in _FIELDS.items() if (value := of(placement))}
        | {"box": str(placement.box)}
        for placement in plan.placements
    ]
    return _YAML_HEAD + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def is_first(text: str) -> bool:
    """Whether a plan file is of the first edition, which says no grid.

    Raises:
        PlanError: not YAML.
    """
    return _is_first(read_yaml(text))


def _is_first(data: Any) -> bool:
    return isinstance(data, dict) and "grid" not in data


def plan_from_yaml(text: str, canvas: Box | None = None, background: str = "white") -> Plan:
    """Reads a plan file, of this edition or of the first, which says no `grid`.

    `canvas` (in cells) overrides the one in the file; `background` is that of a plan that says none.

    Raises:
        PlanError: not YAML, unknown or duplicate keys, a value of the wrong form, a box outside the grid.
    """
    data = read_yaml(text)
    if _is_first(data):
        return _of_first(first_plan_of_file(data), canvas)
    data = only_keys(data, ("grid", "background", "canvas", "placements"), "the plan")
    if not isinstance(grid := data["grid"], str) or not re.fullmatch(r"\d{1,4}", grid):
        raise PlanError(f"the grid {short(grid)} is no number of cells; boxes are on a grid of {GRID}")
    canvas = canvas or (box_from(data["canvas"], "canvas") if "canvas" in data else None)
    entries = data.get("placements") or []
    if not isinstance(entries, list):
        raise PlanError(f"placements must be a list, not {short(entries)}")
    background = _text(data.get("background", background), "background")
    return Plan(tuple(map(_placement_from, entries)), background, int(grid), canvas)


def _placement_from(entry: Any) -> Placement:
    """A placement of a plan file."""
    entry = only_keys(entry, ("subject", "box", *_FIELDS), "a placement")
    subject = _text(entry.get("subject"), "the subject of a placement")
    values: dict[str, Any] = {}
    for field in ("colour", "pattern", "material", "style"):
        if word := _text(entry.get(field, ""), f"the {field} of {subject!r}"):
            _add_attribute(values, word, subject)
            if field not in values:
                raise PlanError(f"{short(word)} is no {field} of {subject!r}")
    parts = entry.get("parts", {})
    if not isinstance(parts, dict) or not all(isinstance(new, str) for new in parts.values()):
        raise PlanError(f"the parts of {subject!r} must map inks to colours, not {short(parts)}")
    if parts:
        values["parts"] = tuple(parts.items())
    if entry.get("mirrored", "false") != "false":
        word_from(entry["mirrored"], ("true", "false"), f"mirrored of {subject!r}")
        values["mirrored"] = True
    if (turned := entry.get("turned", "0")) != "0":
        _add_attribute(values, f"turned {_text(turned, 'turned')}", subject)
    if "box" not in entry:
        raise PlanError(f"{subject!r} has no box; give four whole numbers, x0 y0 x1 y1")
    return Placement(subject, box_from(entry["box"], f"the box of {subject!r}"), **values)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise PlanError(f"{what} must be a word, not {short(value)}")
    return value


def _of_first(plan: FirstPlan, canvas: Box | None = None) -> Plan:
    """A plan of the first edition as one of this."""
    placements = tuple(Placement(subject, box) for subject, box in plan.placements)
    return Plan(placements, plan.background, canvas=canvas or plan.canvas)
