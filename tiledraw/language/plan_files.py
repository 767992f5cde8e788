"""Plan files: YAML, read strictly.

Every scalar stays the text that it is, a key twice or an unknown one is refused, and so is what is of another form.
Knows YAML. Knows nothing about what a plan says.
"""

from __future__ import annotations

import re
import reprlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml

from tiledraw.language.boxes import Box, PlanError

_WHOLE = re.compile(r"[+-]?\d{1,9}")


class _PlanLoader(yaml.BaseLoader):
    """Lists, mappings and text: every scalar stays the text that it is, so a subject may be called `no`.

    A key given twice is refused, where plain YAML keeps the last in silence.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            twice = Counter(key.value for key, _ in node.value).most_common(1)[0][0]
            lines = [key.start_mark.line + 1 for key, _ in node.value if key.value == twice]
            raise yaml.YAMLError(f"the key {short(twice)} stands twice in one place (line {lines[1]})")
        return mapping


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
        return yaml.load(text, _PlanLoader)
    except (yaml.YAMLError, ValueError, OverflowError, IndexError, RecursionError) as error:  # PyYAML lets some slip
        raise PlanError(f"the plan is not valid YAML: {' '.join(str(error).split())}") from None


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
