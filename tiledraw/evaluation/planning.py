"""Planning: a plan of the first edition against the one that a scene has: subjects, their number, and where they are.

Knows plans. Knows nothing about prompts, pictures or models.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tiledraw.language.first.plan import Plan, location_of


@dataclass(frozen=True)
class PlanVerdict:
    """Whether a plan has the subjects (each as often as asked), their locations, the boxes and the background."""

    subjects: bool
    locations: bool
    boxes: bool
    background: bool

    @property
    def right(self) -> bool:
        """Subjects and locations are right."""
        return self.subjects and self.locations


def check_plan(plan: Plan | None, expected: Plan) -> PlanVerdict:
    """Compares a plan (None: none was made) with the expected one, whatever the order of the placements."""
    if plan is None:
        return PlanVerdict(False, False, False, False)

    def count(holder: Plan, what: str) -> Counter[tuple[object, ...]]:
        return Counter(
            {
                "subjects": (placement.subject,),
                "locations": (placement.subject, location_of(placement.box, holder.canvas)),
                "boxes": (placement.subject, placement.box),
            }[what]
            for placement in holder.placements
        )

    same = {what: count(plan, what) == count(expected, what) for what in ("subjects", "locations", "boxes")}
    return PlanVerdict(**same, background=plan.background == expected.background)
