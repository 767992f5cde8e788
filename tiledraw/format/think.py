"""A tile's own think step: which tile it is, and what is in it, in the tile's own coordinates.

    level 2, row 3 of 4, column 0 of 4, light: cat 0 -8 16 8

Boxes are in eighths of the tile, from its corner on, so a subject of 64 pixels reads the same at every level. It names
nothing that is not in the tile: tiles that see the whole prompt paint every subject again. A tile that may not think
knows its place alone. Where a model has learned from labels without plans, a picture's thought says what it shows, and
a tile's thought that label. Knows plans and tiles. Knows nothing about tokens, pixels or models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tiledraw.canvas.pyramid import UNITS, Tile
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Plan

SHOWS = "shows: "  # how the line of a picture's thought begins that says what it shows
_TILE = Box(0, 0, UNITS, UNITS)
_PLACE = re.compile(r"level \d+, row \d+ of \d+, column \d+ of \d+, [a-z]+: (.+)")
_CONTENT = re.compile(r"(.+) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5})")


def tile_think(plan: Plan, tile: Tile, contents: bool = True) -> str:
    """The text of a tile's think step; without `contents` it does not say what is in the tile."""
    place = f"level {tile.level}, row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"
    if not contents:
        return place
    boxes = [(placement.subject, tile.to_units(placement.box)) for placement in plan.placements]
    inside = [f"{subject} {box}" for subject, box in boxes if box.overlaps(_TILE)]
    return f"{place}, {plan.background}: {', '.join(inside) or 'nothing'}"


def known_think(tile: Tile, shown: str, gray: int | None) -> str:
    """The text of a tile's think step where no plan says what is in it: its place, what is known to be shown, and the
    mean gray of its guide. Such a text has no contents that `read_contents` could read."""
    place = f"level {tile.level}, row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"
    mean = "" if gray is None else f"mean gray {gray}"
    return f"{place}: {', '.join(filter(None, (shown, mean))) or 'unseen'}"


def read_label(thought: str, labels: Sequence[str]) -> str:
    """The label in a picture's thought, one of those that a model has learned; empty where it names none."""
    shown = next((line.removeprefix(SHOWS) for line in thought.splitlines() if line.startswith(SHOWS)), "")
    return shown if shown in labels else ""


def read_contents(think: str) -> list[tuple[str, Box]] | None:
    """What a tile's think step says is in the tile: subjects with their boxes; None if it does not say."""
    place = _PLACE.fullmatch(think)
    if place is None:
        return None
    if place[1] == "nothing":
        return []
    parts = [_CONTENT.fullmatch(part) for part in place[1].split(", ")]
    if not all(parts):
        return None
    boxes = [(part[1], Box(*map(int, part.groups()[1:]))) for part in parts if part]
    return boxes if all(box.width > 0 and box.height > 0 for _, box in boxes) else None
