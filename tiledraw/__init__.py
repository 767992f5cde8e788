"""tiledraw: a language model thinks about a picture, then draws it, tile by tile.

    import tiledraw

    picture = tiledraw.draw("a cat at the top left", size=256)  # an image of Pillow that knows its plan
    picture.save("cat.png")

What is named here is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tiledraw.common.version import VERSION as __version__

if TYPE_CHECKING:
    from tiledraw.drawing.api import draw, edit, enlarge, extend, subjects
    from tiledraw.drawing.describing import Description
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.job import Job
    from tiledraw.drawing.picture import Picture
    from tiledraw.evaluation.describing import describe
    from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
    from tiledraw.language.plan import Placement, Plan, plan_from_yaml, plan_to_yaml
    from tiledraw.models.knowledge import ModelError

_HOMES = {
    **dict.fromkeys(("draw", "edit", "enlarge", "extend", "subjects"), "tiledraw.drawing.api"),
    **dict.fromkeys(
        ("Box", "Placement", "Plan", "PlanError", "UnknownSubjectError", "plan_from_yaml", "plan_to_yaml"),
        "tiledraw.language.plan",
    ),
    "Description": "tiledraw.drawing.describing",
    "describe": "tiledraw.evaluation.describing",
    "Drawer": "tiledraw.drawing.drawer",
    "Job": "tiledraw.drawing.job",
    "ModelError": "tiledraw.models.knowledge",
    "Picture": "tiledraw.drawing.picture",
}

__all__ = [
    "Box",
    "Description",
    "Drawer",
    "Job",
    "ModelError",
    "Picture",
    "Placement",
    "Plan",
    "PlanError",
    "UnknownSubjectError",
    "__version__",
    "describe",
    "draw",
    "edit",
    "enlarge",
    "extend",
    "plan_from_yaml",
    "plan_to_yaml",
    "subjects",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'tiledraw' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
