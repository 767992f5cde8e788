"""Places and sizes in words: where in a picture a box lies, how large it is, and the other way round.

Knows boxes and words. Knows nothing about plans, prompts or pixels.
"""

from __future__ import annotations

from tiledraw.language.boxes import Box

LOCATIONS = (
    "top-left", "top", "top-right",
    "left", "center", "right",
    "bottom-left", "bottom", "bottom-right",
)  # fmt: skip
SIZES = {"small": 2, "medium": 3, "large": 4, "huge": 6}  # side of the box in eighths of the picture
EIGHTHS = 8


def location_of(box: Box, canvas: Box) -> str:
    """The location word of a box inside the visible canvas."""
    column = _third(box.x0 - canvas.x0, canvas.width - box.width)
    row = _third(box.y0 - canvas.y0, canvas.height - box.height)
    return LOCATIONS[3 * row + column]


def _third(start: int, slack: int) -> int:
    """0, 1 or 2: where a box lies that starts `start` cells into `slack` cells of freedom."""
    if slack < 1:
        return 1
    return 0 if 3 * start < slack else 2 if 3 * start > 2 * slack else 1


def box_at(location: str, cells: int, canvas: Box) -> Box:
    """The square box of `cells` a side at a location word of the visible canvas, shrunk to fit into it."""
    cells = max(1, min(cells, canvas.width, canvas.height))
    row, column = divmod(LOCATIONS.index(location), 3)
    x0 = canvas.x0 + (canvas.width - cells) * column // 2
    y0 = canvas.y0 + (canvas.height - cells) * row // 2
    return Box(x0, y0, x0 + cells, y0 + cells)


def default_size(total: int) -> str:
    """The size word of what no size is given for, by the number of subjects in the picture."""
    return "large" if total <= 1 else "medium" if total == 2 else "small"
