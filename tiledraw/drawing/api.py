"""The front door: what `import tiledraw` offers, with the model in the package, loaded once when it is first needed.

Each function takes the arguments of the method of `Drawer` that has its name; another model has a drawer of its own.
Knows drawers. Knows nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Literal

from tiledraw.common.checks import DEFAULT_ORDER
from tiledraw.drawing import drawer as drawers
from tiledraw.drawing.describing import Description
from tiledraw.drawing.drawer import Drawer, Order, Planner, Size
from tiledraw.drawing.opening import Source
from tiledraw.drawing.picture import Picture
from tiledraw.language.plan import Plan
from tiledraw.language.subjects import Subject, known_subjects

_lock = Lock()


@cache
def _load() -> Drawer:
    return Drawer.load()


def _drawer() -> Drawer:
    with _lock:  # two threads at once would load two
        return _load()


def draw(
    prompt: str,
    size: Size = 256,
    *,
    seed: int = 0,
    temperature: float | None = None,
    order: Order = DEFAULT_ORDER,
    planner: Planner = "model",
    plan: Plan | None = None,
    flat: bool = False,
) -> Picture:
    """Draws a picture from a sentence in English or Chinese; see `Drawer.stream`.

    Raises:
        ValueError: an argument out of its range; a prompt that asks for something unknown.
    """
    return _drawer().draw(
        prompt, size, seed=seed, temperature=temperature, order=order, planner=planner, plan=plan, flat=flat
    )


def edit(
    picture: Source,
    *,
    remove: Sequence[str] = (),
    replace: Mapping[str, str] | None = None,
    move: Mapping[str, str] | None = None,
    add: Sequence[str] = (),
    new_plan: Plan | None = None,
    region: tuple[int, int, int, int] | None = None,
    mask: Source | None = None,
    plan: Plan | Literal["describe"] | None = None,
    seed: int | None = None,
) -> Picture:
    """Changes a picture where that says so; every other pixel stays. See `Drawer.edit`."""
    return _drawer().edit(
        picture,
        remove=remove,
        replace=replace,
        move=move,
        add=add,
        new_plan=new_plan,
        region=region,
        mask=mask,
        plan=plan,
        seed=seed,
    )


def extend(
    picture: Source,
    *,
    left: int = 0,
    top: int = 0,
    right: int = 0,
    bottom: int = 0,
    add: Sequence[str] = (),
    plan: Plan | Literal["describe"] | None = None,
    seed: int | None = None,
) -> Picture:
    """Gives a picture more room at its sides, in pixels, and draws on there. See `Drawer.extend`."""
    return _drawer().extend(picture, left=left, top=top, right=right, bottom=bottom, add=add, plan=plan, seed=seed)


def enlarge(
    picture: Source, to: int, *, enlarger: str = "lanczos", plan: Plan | Literal["describe"] | None = None
) -> Picture:
    """Makes a picture 2, 4, 8, ... times larger, until its longer side has `to` pixels. See `Drawer.enlarge`."""
    if enlarger != "levels":  # needs no model
        return drawers.enlarge(picture, to, enlarger)
    return _drawer().enlarge(picture, to, enlarger=enlarger, plan=plan)


def describe(picture: Source, language: Literal["en", "zh"] = "en") -> Description:
    """Says what a picture shows: its plan, and a sentence. See `Drawer.describe`."""
    return _drawer().describe(picture, language)


def subjects() -> list[Subject]:
    """What the model in the package can draw: names in English and Chinese, and synonyms."""
    return known_subjects(_drawer().loaded.knowledge.subjects)
