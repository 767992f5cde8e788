"""The planner: from a prompt, or from what the model thought about it, to a plan.

Knows prompts, plan text and what is known. Knows nothing about pixels or how the model thinks.
"""

from __future__ import annotations

from collections.abc import Sequence

from tiledraw.common.checks import shorten
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.first.plan import UNKNOWN, Plan, parse_plan
from tiledraw.language.kin import unknown_message
from tiledraw.language.subjects import subjects as all_subjects


def read_thought(text: str, prompt: str, canvas: Box, subjects: Sequence[str], planless: bool = False) -> Plan | None:
    """The plan in a think step. `subjects` are those that can be drawn; all of them if empty. A model that has also
    learned from pictures without plans, `planless`, may think without one: None.

    Raises:
        UnknownSubjectError: the model thought that the prompt asks for something unknown.
        PlanError: the think step holds no plan.
    """
    try:
        plan = parse_plan(text, canvas)
    except UnknownSubjectError as error:
        raise UnknownSubjectError(unknown_message(str(error) or prompt, subjects or tuple(all_subjects()))) from None
    except PlanError as error:
        if planless and UNKNOWN not in text:
            return None
        raise PlanError(
            f"the model thought of no plan for {shorten(prompt)} ({error}); say it more simply, or use --planner rules"
        ) from None
    if not plan.placements:
        raise PlanError(
            f"the model found no subject in {shorten(prompt)}; name one, such as 'a cat', or use --planner rules"
        )
    return plan
