"""The planner: from a prompt, or from what the model thought about it, to a plan.

Knows prompts, plan text and what is known. Knows nothing about pixels or how the model thinks.
"""

from __future__ import annotations

from collections.abc import Sequence

from tiledraw.plan import Box, Plan, PlanError, UnknownSubjectError, parse_plan
from tiledraw.rules import nearest_subjects

MAX_PROMPT = 2000  # characters


def check_prompt(prompt: str) -> str:
    """The prompt without white space around it.

    Raises:
        ValueError: it is empty, too long, or holds characters that are no text.
    """
    if len(prompt) > MAX_PROMPT:
        raise ValueError(f"the prompt has {len(prompt)} characters; at most {MAX_PROMPT} work")
    if "\0" in prompt:
        raise ValueError("the prompt holds a NUL byte; give plain text")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise ValueError("the prompt holds bytes that are not valid UTF-8; give plain text") from None
    if not prompt.strip():
        raise ValueError("the prompt is empty; say what to draw, such as 'a cat in the bottom-left corner'")
    return prompt.strip()


def read_thought(text: str, prompt: str, canvas: Box, subjects: Sequence[str]) -> Plan:
    """The plan in a think step.

    Raises:
        UnknownSubjectError: the model thought that the prompt asks for something unknown.
        PlanError: the think step holds no plan.
    """
    try:
        plan = parse_plan(text, canvas)
    except UnknownSubjectError as error:
        name = str(error) or prompt
        near = ", ".join(nearest_subjects(name, subjects))
        raise UnknownSubjectError(f"this model can't draw {name!r}; the nearest subjects that it knows are {near}") from None
    except PlanError as error:
        raise PlanError(f"the model thought of no plan for {prompt!r} ({error}); say it more simply, or use --planner rules") from None
    if not plan.placements:
        raise PlanError(f"the model found no subject in {prompt!r}; name one, such as 'a cat', or use --planner rules")
    return plan
