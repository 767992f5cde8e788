"""Answers: what a vision-language model says about a picture becomes a plan and a sentence that fit a think step.

What can be used is kept: things without a usable name or box are left out, of too many the largest stay, long names are
cut to the noun, backgrounds in other words are mapped. What can't is said.
Knows plans. Knows nothing about who answers, nor about files.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiledraw.common.checks import shorten
from tiledraw.data.annotation.boxes import area, numbers_of, to_cells, to_thousandths
from tiledraw.data.annotation.finding import Found, find, said
from tiledraw.data.annotation.naming import BACKGROUNDS, background_of, subject_of
from tiledraw.data.annotation.questions import MOST_THINGS
from tiledraw.data.annotation.texts import MAX_DESCRIPTION, AnswerError, check_text, cut_text
from tiledraw.language.boxes import PlanError
from tiledraw.language.plan import GRID, Placement, Plan, plan_from_text

USUAL_BACKGROUND = "gray"  # where nothing says what lies behind


@dataclass(frozen=True)
class Reading:
    """What an answer says of a square picture.

    Attributes:
        plan: What is where; None if it does not say.
        description: A sentence; empty if it does not say.
        remarks: What could not be used of it, and why.
    """

    plan: Plan | None
    description: str
    remarks: tuple[str, ...] = ()


def read_answer(answer: str) -> Reading:
    """What can be used of an answer: a plan, a description, or both.

    Raises:
        AnswerError: nothing can be used; says why.
    """
    remarks: list[str] = []
    found = find(answer)
    placements = _placements(found, remarks)
    description = _description(found, remarks)
    if not found.things:
        try:
            plan = plan_from_text(said(answer))
        except (PlanError, ValueError) as error:
            if said(answer).lstrip().startswith("background: "):  # meant as one
                remarks.append(str(error))
        else:
            if plan.placements and plan.grid == GRID:
                return Reading(plan, "", ("the description is missing",))
    if not placements:
        if not found.things:
            remarks.insert(0, "no thing is named")
        if not description:
            raise AnswerError(cut_text(f"the answer holds no plan: {'; '.join(remarks)}", 300))
        return Reading(None, description, tuple(remarks))
    plan = Plan(tuple(placements), _background(found, remarks))
    return Reading(plan, description, tuple(remarks))


def _description(found: Found, remarks: list[str]) -> str:
    text = cut_text(found.description, MAX_DESCRIPTION)
    if len(text) < len(" ".join(found.description.split())):
        remarks.append(f"the description has more than {MAX_DESCRIPTION} characters, and was cut")
    try:
        return check_text(text, "description", MAX_DESCRIPTION)
    except AnswerError as error:
        remarks.append(str(error))
        return ""


def _background(found: Found, remarks: list[str]) -> str:
    background = background_of(found.background)
    if not background:
        told = f"{shorten(found.background)} is none of {', '.join(BACKGROUNDS)}" if found.background else "is missing"
        remarks.append(f"the background {told}; {USUAL_BACKGROUND} is taken")
    return background or USUAL_BACKGROUND


def _placements(found: Found, remarks: list[str]) -> list[Placement]:
    """The things of an answer that a plan can hold, in their order."""
    named = []
    for name, box in found.things:
        numbers, sized = numbers_of(box)
        subject = subject_of(name) if isinstance(name, str) else ""
        if not subject:
            what = f"{shorten(name)} is no name of a thing" if isinstance(name, str) and name else "a thing has no name"
            remarks.append(what)
        elif not numbers:
            remarks.append(f"the box of {shorten(subject)} is not four numbers of a place in the picture")
        else:
            named.append((subject, numbers, sized))
    boxes = to_thousandths([(numbers, sized) for _, numbers, sized in named], found.size)
    placed = {}  # of things that are told again and again, each once
    for (subject, *_), edges in zip(named, boxes, strict=True):
        if edges is None:
            remarks.append(f"the box of {shorten(subject)} holds nothing of the picture")
        else:
            placed[subject, edges] = area(edges)
    if len(placed) > MOST_THINGS:
        remarks.append(f"{len(placed)} things are named; the {MOST_THINGS} largest are kept")
        largest = set(sorted(placed, key=placed.__getitem__, reverse=True)[:MOST_THINGS])
        placed = {thing: size for thing, size in placed.items() if thing in largest}
    return [Placement(subject, to_cells(edges)) for subject, edges in placed]
