"""A tile's own think step: which tile it is, and what is in it, in the tile's own coordinates.

    level 2, row 3 of 4, column 0 of 4, light: cat 0 -8 16 8

Boxes are in guide pixels (8 a tile, origin at the tile's corner), so a subject of 64 pixels reads the same at every
level. It names nothing that is not in the tile: tiles that see the whole prompt paint every subject again. A
tile that may not think knows its place alone. Knows plans and tiles. Knows nothing about tokens, pixels or models.
"""

from __future__ import annotations

from tiledraw.plan import Box, Plan
from tiledraw.pyramid import GUIDE, Tile

_TILE = Box(0, 0, GUIDE, GUIDE)


def tile_think(plan: Plan, tile: Tile, contents: bool = True) -> str:
    """The text of a tile's think step; without `contents` it does not say what is in the tile."""
    place = f"level {tile.level}, row {tile.row} of {tile.grid}, column {tile.column} of {tile.grid}"
    if not contents:
        return place
    boxes = [(placement.subject, tile.to_guide_units(placement.box)) for placement in plan.placements]
    inside = [f"{subject} {box}" for subject, box in boxes if box.overlaps(_TILE)]
    return f"{place}, {plan.background}: {', '.join(inside) or 'nothing'}"
