"""Sentences: a plan as a prompt that asks for it.

Knows plans and words. Knows nothing about how prompts are read.
"""

from __future__ import annotations

from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.first_plan import location_of
from tiledraw.language.phrases import article
from tiledraw.language.plan import Placement, Plan

_PLACES = {"top": "at the top", "left": "on the left", "center": "in the center", "right": "on the right"}


def sentence(plan: Plan) -> str:
    """A prompt that asks for a plan: what its subjects are, how they look and where they are."""
    things = [_thing(placement, plan) for placement in plan.placements]
    listed = " and ".join(filter(None, [", ".join(things[:-1]), *things[-1:]])) or "nothing"
    if plan.background == NOTHING:
        return f"{listed}, on a transparent background"
    if plan.background in COLOURS:
        ground = f", on {article(plan.background)} {plan.background} background"
        return listed if plan.background == "white" else listed + ground
    return f"{listed}, with {plan.background} behind"


def _thing(placement: Placement, plan: Plan) -> str:
    """A subject with its attributes, and where it is."""
    place = location_of(placement.box, plan.visible)
    where = _PLACES.get(place, "at the bottom" if place == "bottom" else f"in the {place} corner")
    looks = [word for word in (placement.colour, placement.pattern, placement.material) if word]
    words = " ".join([*looks, placement.subject])
    return f"{article(words)} {words} {where}"
