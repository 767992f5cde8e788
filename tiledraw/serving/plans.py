"""Plans as JSON holds them: what the YAML of a plan says, as numbers, texts and lists.

Knows plans. Knows nothing about HTTP or drawing.
"""

from __future__ import annotations

import json
from typing import Any

from tiledraw.canvas.pyramid import Canvas
from tiledraw.common.yaml_files import load_yaml
from tiledraw.drawing.ground import Ground
from tiledraw.language.boxes import PlanError
from tiledraw.language.plan import GRID, Plan, is_first, plan_from_yaml, plan_to_yaml

MOST_TEXT = 2**16  # characters: 64 placements, each with all that can be said of it


def plan_to_data(plan: Plan) -> dict[str, Any]:
    """A plan as JSON holds it, on a grid of 32x32 at least."""
    data: dict[str, Any] = load_yaml(plan_to_yaml(plan))
    return data


def frame_of(size: tuple[int, int], ground: Ground | None = None) -> tuple[float, float, float]:
    """Where the square of the plan grid lies in a picture of a width and height, or in one that was drawn over: its
    column, row and side, in pixels of the picture."""
    if ground is not None:
        return ground.frame
    canvas = Canvas(*size)
    x, y = canvas.offset
    return -x, -y, canvas.side


def plan_from_data(data: dict[str, Any] | str, background: str = "white") -> Plan:
    """The plan of JSON, or of YAML as a text, with a background if it says none.

    Raises:
        PlanError: it is none.
    """
    try:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)  # which YAML reads, too
    except (RecursionError, ValueError):
        raise PlanError("the plan is nested too deeply") from None
    if len(text) > MOST_TEXT:
        raise PlanError(f"the plan has {len(text):,} characters; at most {MOST_TEXT:,} are read")
    if is_first(text):
        raise PlanError(f"the plan says no grid; add grid: {GRID}, the cells a side that its boxes are in")
    return plan_from_yaml(text, background=background)
