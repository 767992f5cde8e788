"""A tile's own think step: which tile it is, and what is in it, in the tile's own coordinates.

    level 2, row 3 of 4, column 0 of 4, grass: cat 0 -32 64 32

Boxes are in 32nds of the tile, from its corner on, so a subject of 64 pixels reads the same at every level. It names
nothing that is not in the tile: tiles that see the whole prompt paint every subject again. Where no plan says what is
where, the thought of a picture and those of its tiles say what all of it shows, its label or caption, which is woven
between the pixels; where nothing does, a tile knows its place alone:

    picture: digit 3
    level 2, row 0 of 1, column 0 of 1, picture: digit 3

Knows plans and tiles. Knows nothing about tokens, pixels or models.
"""

from __future__ import annotations

import re

from tiledraw.canvas.pyramid import UNITS, Tile
from tiledraw.format.weaving import Caption, Contents
from tiledraw.language.boxes import Box
from tiledraw.language.plan import FULL, Plan

PICTURE = "picture: "  # how the thought of a picture without a plan begins, which says what it shows
SHOWS = "shows: "  # how the line of a picture's thought begins that says what it shows, beside a plan
_TILE = Box(0, 0, UNITS, UNITS)
_WHERE = re.compile(r"level (\d{1,2}), row (\d{1,5}) of (\d{1,5}), column (\d{1,5}) of \3(?:, |$)")
_PLACE = re.compile(r"level \d+, row \d+ of \d+, column \d+ of \d+, [a-z ]+: (.+)")
_CONTENT = re.compile(r"(.+) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5}) (-?\d{1,5})")


def place_think(tile: Tile) -> str:
    """The text of the think step of a tile of a picture of which nothing is known."""
    return f"level {tile.level}, row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"


def tile_think(plan: Plan, tile: Tile) -> str:
    """The text of a tile's think step."""
    boxes = [(placement.subject, tile.to_units(placement.box)) for placement in plan.placements]
    inside = [f"{subject} {box}" for subject, box in boxes if box.overlaps(_TILE)]
    return f"{place_think(tile)}, {plan.background}: {', '.join(inside) or 'nothing'}"


def captioned_think(tile: Tile, caption: str) -> str:
    """The text of the think step of a tile of a picture without a plan."""
    return f"{place_think(tile)}, {PICTURE}{caption}"


def read_caption(thought: str) -> str:
    """What a picture shows whose thought holds no plan; empty where it does not say."""
    last = (thought.splitlines() or [""])[-1]  # the canvas may stand before it
    return last.removeprefix(PICTURE).strip() if last.startswith(PICTURE) else ""


def read_place(think: str) -> Tile | None:
    """Which tile a think step is of; None if it does not say."""
    match = _WHERE.match(think)
    level, row, grid, column = map(int, match.groups()) if match else (0, 0, 0, 0)
    return Tile(level, grid, row, column) if max(row, column) < grid else None


def _caption(think: str) -> str:
    """What a tile's think step says that the whole picture shows; empty where it does not say."""
    match = _WHERE.match(think)
    rest = think[match.end() :] if match else ""
    return rest.removeprefix(PICTURE).strip() if rest.startswith(PICTURE) else ""


def read_tile(think: str) -> Contents | Caption | None:
    """What a tile's think step says: what is in the tile, as `read_contents`, or what the whole picture shows."""
    tile, caption = read_place(think), _caption(think)
    return Caption(caption, tile.to_units(FULL)) if tile and caption else read_contents(think)


def read_contents(think: str) -> list[tuple[str, Box]] | None:
    """What a tile's think step says is in the tile: subjects with their boxes; None if it does not say."""
    place = None if _caption(think) else _PLACE.fullmatch(think)
    if place is None:
        return None
    if place[1] == "nothing":
        return []
    parts = [_CONTENT.fullmatch(part) for part in place[1].split(", ")]
    if not all(parts):
        return None
    boxes = [(part[1], Box(*map(int, part.groups()[1:]))) for part in parts if part]
    return boxes if all(box.width > 0 and box.height > 0 for _, box in boxes) else None
