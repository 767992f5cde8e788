"""Judging: what was seen, in a plan or in a picture, against what the prompt asks for.

One judge for both: a plan is a list of detections without doubt, a picture one of detections that a finder made.
Knows requests and boxes. Knows nothing about prompts, models or how a picture is searched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tiledraw.language import plan as layered
from tiledraw.language.boxes import Box, hull
from tiledraw.language.first.layout import Request
from tiledraw.language.first.plan import FULL, GRID, SIZES, Plan, location_of


@dataclass(frozen=True)
class Detection:
    """A subject that was seen: its box in plan cells (fractions allowed), and how sure it is, 0 to 1."""

    subject: str
    box: Box
    score: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """Which parts of a request were met; a part that it leaves open is met.

    Attributes:
        subjects: All that was asked for is there, and nothing else.
        counts: Each subject as often as asked.
        locations: Each subject (the hull of all of its kind) where asked.
        relations: Each subject on the asked side of the other, further to that side than to any other.
        sizes: Each subject nearer to the asked size than to another.
        background: The asked background.
    """

    subjects: bool
    counts: bool
    locations: bool
    relations: bool
    sizes: bool
    background: bool

    @property
    def right(self) -> bool:
        """Everything that was asked for was met."""
        return all(vars(self).values())


NOTHING = Verdict(False, False, False, False, False, False)


def plan_detections(plan: Plan | layered.Plan) -> list[Detection]:
    """What a plan of either edition puts where, as if it were seen."""
    cells = GRID / plan.grid if isinstance(plan, layered.Plan) else 1.0
    return [Detection(one.subject, scaled(one.box, cells)) for one in plan.placements]


def background_word(plan: Plan | layered.Plan) -> str:
    """The background of a plan in words of the first edition, as requests have them; others as they are."""
    words = {new: old for old, new in layered.FIRST_BACKGROUNDS.items()}
    return words.get(plan.background, plan.background)


def scaled(box: Box, factor: float) -> Box:
    """A box on a grid that is so many times as fine."""
    return box if factor == 1 else Box(*(factor * edge for edge in (box.x0, box.y0, box.x1, box.y1)))


def judge(request: Request, detections: Sequence[Detection], background: str, canvas: Box = FULL) -> Verdict:
    """Holds what was seen against the request, which names each subject once; locations are those of the canvas."""
    asked = Counter({item.subject: item.count for item in request.items})
    seen = Counter(detection.subject for detection in detections)
    hulls = {subject: hull([s.box for s in detections if s.subject == subject]) for subject in seen}

    def placed(subject: str, location: str) -> bool:
        return subject in hulls and location_of(_on_grid(hulls[subject]), canvas) == location

    def related(subject: str, relation: str, other: str) -> bool:
        return subject in hulls and other in hulls and side_of(hulls[subject], hulls[other]) == relation

    def sized(subject: str, size: str) -> bool:
        boxes = [s.box for s in detections if s.subject == subject]
        return bool(boxes) and all(_nearest_size(box) == size for box in boxes)

    items = request.items
    return Verdict(
        subjects=seen.keys() == asked.keys(),
        counts=seen == asked,
        locations=all(placed(item.subject, item.location) for item in items if item.location),
        relations=all(
            related(item.subject, item.relation, items[item.anchor].subject)
            for item in items
            if item.relation is not None and item.anchor is not None
        ),
        sizes=all(sized(item.subject, item.size) for item in items if item.size),
        background=request.background in (None, background),
    )


def side_of(box: Box, other: Box) -> str | None:
    """On which side of `other` the middle of `box` lies: the one that it is furthest to; None if both are the same."""
    right = (box.x0 + box.x1 - other.x0 - other.x1) / 2
    down = (box.y0 + box.y1 - other.y0 - other.y1) / 2
    if not (right or down):
        return None
    if abs(right) >= abs(down):
        return "right of" if right > 0 else "left of"
    return "below" if down > 0 else "above"


def _on_grid(box: Box) -> Box:
    """The nearest box of whole cells: where something is seen is known to a fraction of a cell at best."""
    return Box(round(box.x0), round(box.y0), round(box.x1), round(box.y1))


def _nearest_size(box: Box) -> str:
    side = max(box.width, box.height)
    return min(SIZES, key=lambda word: abs(SIZES[word] - side))
