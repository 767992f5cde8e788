"""Plan files: YAML, read strictly.

Every scalar stays the text that it is, so a subject may be called `no`. A key twice or an unknown one is refused, and
so is what is of another form.
Knows YAML. Knows nothing about what a plan says.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable
from typing import Any

from tiledraw.common.yaml_files import YamlError, load_yaml
from tiledraw.language.boxes import Box, PlanError

_WHOLE = re.compile(r"[+-]?\d{1,9}")


_repr = reprlib.Repr()
_repr.maxlevel = 2


def short(value: Any) -> str:
    """A value as a message shows it, cut: a few aliases can make it longer than any memory."""
    return _repr.repr(value)


def read_yaml(text: str) -> Any:
    """What a text of YAML holds.

    Raises:
        PlanError: it is none, or a key stands twice in one place.
    """
    try:
        return load_yaml(text, texts=True)
    except YamlError as error:
        raise PlanError(f"the plan is not valid YAML: {error}") from None


def only_keys(data: Any, allowed: Iterable[str], what: str) -> dict[str, Any]:
    """A mapping that has no other keys."""
    if not isinstance(data, dict):
        raise PlanError(f"{what} must be a mapping with the keys {', '.join(allowed)}, not {short(data)}")
    if unknown := [key for key in data if key not in allowed]:
        raise PlanError(f"{what} has the unknown key {short(unknown[0])}; known are {', '.join(allowed)}")
    return data


def word_from(value: Any, known: Iterable[str], what: str) -> str:
    """One of the known words."""
    if value not in tuple(known):
        raise PlanError(f"{what} {short(value)} is unknown; known are {', '.join(known)}")
    return value


def box_from(value: Any, what: str) -> Box:
    """Four whole numbers, in a list or a text."""
    numbers = value.split() if isinstance(value, str) else value
    if (
        isinstance(numbers, list)
        and len(numbers) == 4
        and all(isinstance(number, str) and _WHOLE.fullmatch(number) for number in numbers)
    ):
        return Box(*map(int, numbers))
    raise PlanError(f"{what} must be four whole numbers 'x0 y0 x1 y1', not {short(value)}")
