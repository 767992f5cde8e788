"""Judging: what of a request a plan or a picture does not show, by the one judge of `language/laying/judging.py`.

What is seen in a picture becomes a plan: placements in the order of depth, on the grid of 32x32, with the colours that
were seen, and the background. Of what the finder does not see, patterns, materials and styles, a picture is not judged.
Knows requests, plans and the finder. Knows nothing about models or how a picture was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np

from tiledraw.canvas.pyramid import Canvas
from tiledraw.common.checks import shorten
from tiledraw.data.cases import Case
from tiledraw.evaluation.backgrounds import see_background
from tiledraw.evaluation.seeing import Sighting, see
from tiledraw.language.attributes import NOTHING
from tiledraw.language.boxes import Box
from tiledraw.language.laying.judging import PARTS as JUDGED
from tiledraw.language.laying.judging import Complaint, unmet
from tiledraw.language.plan import GRID, MAX_PLACEMENTS, Placement, Plan
from tiledraw.language.request import Request
from tiledraw.language.subjects import drawn_as

PARTS = (*JUDGED, "unknown")  # the last: what nobody can draw is refused


def asked_parts(request: Request) -> tuple[str, ...]:
    """The parts that a request does not leave open, in the order of `PARTS`."""
    things = request.things
    asked = {
        "subjects": bool(things),
        "counts": bool(things),
        "absent": bool(request.absent),
        "colours": any(thing.colour for thing in things),
        "looks": any(thing.look.keys() - {"colour"} for thing in things),
        "sizes": any(thing.size for thing in things),
        "places": any(thing.place or len(thing.open_axes) < 2 for thing in things),
        "relations": any(thing.relations for thing in things),
        "arrangements": any(thing.arrangement for thing in things),
        "empty": bool(request.empty),
        "background": bool(request.background),
        "visible": request.total > 1,
        "unknown": bool(request.unknown),
    }
    return tuple(part for part in PARTS if asked[part])


def judge_plan(case: Case, plan: Plan, painted: Sequence[str]) -> list[Complaint]:
    """What of a case a plan does not show. `painted` are subjects that may stand for others."""
    return _judged(case, case.request, plan, painted)


def judge_picture(case: Case, seen: Plan, painted: Sequence[str]) -> list[Complaint]:
    """What of a case is not seen in a picture. A transparent background looks white."""
    plain = {"pattern": "", "second": "", "material": "", "style": ""}
    things = tuple(replace(thing, **plain) for thing in case.request.things)
    background = "white" if case.request.background == NOTHING else case.request.background
    return _judged(case, replace(case.request, things=things, background=background), seen, painted)


def judge_refusal(case: Case, sentence: str) -> list[Complaint]:
    """A refusal is right where it names all that nobody can draw, and wrong else."""
    unknown = case.request.unknown
    if unknown and all(shorten(word) in sentence for word in unknown):
        return []
    return [Complaint("unknown" if unknown else "subjects", "nothing is drawn")]


def _judged(case: Case, request: Request, plan: Plan, painted: Sequence[str]) -> list[Complaint]:
    request = as_painted(request, painted)
    unknown = [Complaint("unknown", f"{word} is left out") for word in request.unknown]
    return unknown + unmet(request, plan, case.at_least)


def as_painted(request: Request, painted: Sequence[str]) -> Request:
    """The request, with what a painter draws in place of subjects that it does not know."""
    return request.renamed(lambda subject: drawn_as(subject, painted) or subject)


# What is seen, as a plan ---------------------------------------------------------------------------------------------


def seen_in(picture: np.ndarray, subjects: Sequence[str]) -> Plan:
    """What the finder sees in a picture `(height, width, 3)` uint8, of some subjects; see `see`."""
    plan = as_plan(see(picture, subjects), Canvas(picture.shape[1], picture.shape[0]))
    return replace(plan, background=see_background(picture, plan))


def as_plan(sightings: Sequence[Sighting], canvas: Canvas) -> Plan:
    """What was seen, the farthest first, on a transparent background."""
    (left, top), cell = canvas.offset, canvas.side / GRID
    placements = []
    for one in reversed(sightings[:MAX_PLACEMENTS]):  # what is in front is seen first
        edges = (one.box.x0 + left, one.box.y0 + top, one.box.x1 + left, one.box.y1 + top)
        box = _on_grid(*(edge / cell for edge in edges))
        placements.append(Placement(one.subject, box, colour=one.colour, mirrored=one.mirrored))
    return Plan(tuple(placements), NOTHING, canvas=canvas.cells_on(GRID))


def _on_grid(x0: float, y0: float, x1: float, y1: float) -> Box:
    """The nearest box of whole cells inside the grid; halves go up on every edge, so that sides keep their length."""
    left, top, right, bottom = (min(max(floor(edge + 0.5), 0), GRID) for edge in (x0, y0, x1, y1))
    left, top = min(left, GRID - 1), min(top, GRID - 1)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))
