"""Plans of the first edition, which people still have in files: gray pictures on 8x8 cells, in words of their own.

    background: light
    - cat: bottom-left, large, 0 4 4 8

Both forms, text and YAML, are read strictly, and told in boxes on the grid of 32x32 and in the backgrounds of today.
Knows words, boxes and text. Knows nothing about plans of today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.places import EIGHTHS, LOCATIONS, SIZES, box_at
from tiledraw.language.plan_files import box_from, only_keys, short, word_from

FINER = 4  # cells of today's grid beside one of the first
BACKGROUNDS = {
    "white": "white", "light": "light gray", "gray": "gray", "dark": "dark gray", "gradient": "light gray",
    "sky": "light blue", "night": "night",
}  # fmt: skip
MAX_PLACEMENTS = 16
_FULL = Box(0, 0, EIGHTHS, EIGHTHS)
_LINE = re.compile(r"- (?P<subject>[^:\n]+): [a-z-]+, [a-z]+, (?P<box>\d{1,2}( \d{1,2}){3})")


@dataclass(frozen=True)
class FirstPlan:
    """Subjects with their boxes on the grid of 32x32, a background of today, and what of the grid is visible."""

    placements: tuple[tuple[str, Box], ...]
    background: str
    canvas: Box


def is_first_text(text: str) -> bool:
    """Whether a plan as text is one of the first edition."""
    return any(_LINE.fullmatch(line.strip()) for line in text.splitlines())


def first_plan_of_text(text: str) -> FirstPlan:
    """Reads the text of a think step; lines that are none of a plan are free thought and passed over.

    Raises:
        PlanError: no background line, or a line that says what no plan could.
    """
    background, placements, canvas = None, [], _FULL
    for line in map(str.strip, text.splitlines()):
        key, _, rest = line.partition(": ")
        if match := _LINE.fullmatch(line):
            placements.append((match["subject"], box_from(match["box"], f"the box of {match['subject']!r}")))
        elif key == "background":
            background = rest
        elif key == "canvas":
            canvas = box_from(rest, "canvas")
    if background is None:
        raise PlanError("the text holds no plan: a line such as 'background: light' is missing")
    return _in_words_of_today(placements, background, canvas)


def first_plan_of_file(data: Any) -> FirstPlan:
    """Reads what a plan file holds. A placement has a subject, and a box or words: location and size.

    Raises:
        PlanError: unknown keys, a value of the wrong form, a box outside the grid.
    """
    data = only_keys(data, ("background", "canvas", "placements"), "the plan")
    canvas = box_from(data["canvas"], "canvas") if "canvas" in data else _FULL
    entries = data.get("placements") or []
    if not isinstance(entries, list):
        raise PlanError(f"placements must be a list, not {short(entries)}")
    placements = [_placement_of(only_keys(one, ("subject", "location", "size", "box"), "a placement"), canvas)
                  for one in entries]  # fmt: skip
    return _in_words_of_today(placements, data.get("background", "white"), canvas)


def _placement_of(entry: dict[str, Any], canvas: Box) -> tuple[str, Box]:
    subject = entry.get("subject")
    if not isinstance(subject, str):
        raise PlanError(f"a placement needs a subject in words, not {short(subject)}")
    if "box" not in entry:
        location = word_from(entry.get("location", "center"), LOCATIONS, "location")
        return subject, box_at(location, SIZES[word_from(entry.get("size", "medium"), SIZES, "size")], canvas)
    if entry.keys() & {"location", "size"}:
        raise PlanError(f"{subject!r} has a box and words for its place; give one of the two")
    return subject, box_from(entry["box"], f"the box of {subject!r}")


def _in_words_of_today(placements: list[tuple[str, Box]], background: Any, canvas: Box) -> FirstPlan:
    word_from(background, BACKGROUNDS, "background")
    if len(placements) > MAX_PLACEMENTS:
        raise PlanError(f"a plan on 8x8 cells has at most {MAX_PLACEMENTS} placements, this one has {len(placements)}")
    for what, box in (("the canvas", canvas), *((f"the box of {subject!r}", box) for subject, box in placements)):
        if not _FULL.contains(box) or box.width < 1 or box.height < 1:
            raise PlanError(
                f"{what}, {box}, is not inside the plan grid {_FULL}; a plan with finer boxes says its grid: {32}"
            )
    boxes = tuple((subject, box.times(FINER)) for subject, box in placements)
    return FirstPlan(boxes, BACKGROUNDS[background], canvas.times(FINER))
