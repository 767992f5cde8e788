"""Fields: what a dataclass of settings allows stands in its annotations, and is checked here, in one place.

    rate: Annotated[float, Range(0, 10)] = 0.02
    subjects: Annotated[tuple[str, ...], Names("subject", subjects)]

The same rules hold for what a file says and for what a program gives. Messages name the key, what was given, and what
is allowed.
Knows annotations. Knows nothing about what settings mean.
"""

from __future__ import annotations

import difflib
import math
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from tiledraw.common.checks import shorten


@dataclass(frozen=True)
class Range:
    """Numbers from `least` to `most`.

    Attributes:
        above: Whether `least` itself is too small.
        multiple: Of what they are multiples.
    """

    least: float
    most: float
    above: bool = False
    multiple: int = 1

    def problem(self, value: Any) -> str:
        """What is wrong with a value, as the end of a sentence that names it; nothing if it is right."""
        low = value > self.least if self.above else value >= self.least
        if low and value <= self.most and (self.multiple == 1 or value % self.multiple == 0):
            return ""
        kind = f"a multiple of {self.multiple}, " if self.multiple > 1 else ""
        ends = f"above {self.least:,}, up to {self.most:,}" if self.above else f"from {self.least:,} to {self.most:,}"
        return f"it is {kind}{ends}"


@dataclass(frozen=True)
class Levels:
    """Sides of levels in pixels: powers of two from 16 to 4096."""

    def problem(self, value: Any) -> str:
        is_level = 16 <= value <= 4096 and not value & (value - 1)
        return "" if is_level else "levels have 16, 32, 64 and so on up to 4096 pixels a side"


@dataclass(frozen=True)
class Names:
    """Names of things that are known.

    Attributes:
        what: One of them is.
        known: All of them.
        where: Who lists them; "": they are few, and named.
    """

    what: str
    known: Callable[[], Iterable[str]]
    where: str = ""

    def problem(self, value: Any) -> str:
        known = tuple(self.known())
        if value in known:
            return ""
        near = difflib.get_close_matches(value[:100], known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"that {self.what} is unknown{hint} ({self.where or 'known are ' + ', '.join(known)})"


class Filled:
    """A list or mapping that holds something; weights that are not all zero."""

    def problem(self, value: Any) -> str:
        if isinstance(value, Mapping) and value and not any(value.values()):
            return "not all of them may be 0"
        return "" if value else "it holds at least one"


# What most settings are.
Share = Annotated[float, Range(0, 1)]
Weight = Annotated[float, Range(0, 1_000_000)]
Minutes = Annotated[float, Range(0, 1_000_000_000)]
LevelSide = Annotated[int, Levels()]

_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "nothing (null)"}


def check_fields(settings: Any, section: str = "") -> None:
    """Checks each field of a dataclass instance against its annotation.

    Args:
        settings: The instance.
        section: The key in front of those of its fields.

    Raises:
        ValueError: a value is not of its type, or outside of what is allowed; one sentence that names the key.
    """
    for name, kind in _annotations(type(settings)).items():
        check_value(f"{section}.{name}" if section else name, getattr(settings, name), kind)


def check_mapping(content: Mapping[Any, Any], settings: type, section: str = "", argument: bool = False) -> None:
    """Checks keys and values, as a file holds them, against the annotations of a dataclass. What lacks is not missed.

    Args:
        content: The keys and values.
        settings: The dataclass.
        section: The key in front of these.
        argument: Whether they come from a command line, so that a number may be a text.

    Raises:
        ValueError: as `check_fields`; or a key is unknown.
    """
    kinds = _annotations(settings)
    for key, value in content.items():
        whole = f"{section}.{key}" if section else str(key)
        if key not in kinds:
            near = difflib.get_close_matches(str(key), kinds, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(kinds)}"
            raise ValueError(f"the key {shorten(whole, 80)} is unknown; {hint}")
        check_value(whole, value, kinds[key], argument)


def check_argument(key: str, value: Any, settings: type) -> None:
    """Checks what a command line says of a section or a key in one, such as `model.hidden_size`; as `check_mapping`."""
    name, _, inner = key.partition(".")
    kind = _annotations(settings).get(name)
    section = next((one for one in (_unwrap(kind)[0], *get_args(kind)) if is_dataclass(one)), None)
    if section is None or kind is None:  # a single value, or an item of a mapping
        return
    if inner:
        return check_mapping(_nested(inner, value), section, name, argument=True)
    check_value(key, value, kind, argument=True)


def _nested(key: str, value: Any) -> dict[str, Any]:
    """`{"a": {"b": value}}` of `a.b`."""
    name, _, inner = key.partition(".")
    return {name: _nested(inner, value) if inner else value}


@cache
def _annotations(settings: type) -> dict[str, Any]:
    hints = get_type_hints(settings, include_extras=True)
    return {field.name: hints[field.name] for field in fields(settings)}


def check_value(key: str, value: Any, kind: Any, argument: bool = False) -> None:
    """Checks one value against an annotation; as `check_fields`.

    Args:
        key: Names it.
        value: Anything.
        kind: The annotation.
        argument: Whether it comes from a command line, so that a number may be a text.
    """
    kind, rules = _unwrap(kind)
    options = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    if argument and str in options and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    fitting = [one for one in options if _is_of(value, one)]
    if not fitting:
        raise ValueError(f"{key} is {_shown(value)}; it is {' or '.join(map(_described, options))}")
    kind, own = _unwrap(fitting[0])
    rules = [] if value is None else rules + own
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key} is {_shown(value)}; it is a finite number")
    if is_dataclass(kind):
        if isinstance(value, Mapping):
            check_mapping(value, kind, key, argument)
        return
    if get_origin(kind) in (list, tuple):
        for one in value:
            check_value(key, one, get_args(kind)[0], argument)
    elif get_origin(kind) is dict:
        of_keys, of_values = get_args(kind)
        for inner, one in value.items():
            check_value(f"a key of {key}", inner, of_keys, argument)
            check_value(f"{key}.{inner}", one, of_values, argument)
    for rule in rules:
        if problem := rule.problem(value):
            raise ValueError(f"{key} is {_shown(value)}; {problem}")


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, whatever the rules say of it and of what it holds."""
    kind, _ = _unwrap(kind)
    origin = get_origin(kind)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in get_args(kind))
    if origin in (list, tuple):
        return isinstance(value, (list, tuple))
    if origin is dict:
        return isinstance(value, Mapping)
    if kind is type(None) or kind is None:
        return value is None
    if is_dataclass(kind):
        return isinstance(value, (kind, Mapping))
    if kind in (int, float):
        return not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real)
    return isinstance(value, kind) if isinstance(kind, type) else True


def _unwrap(kind: Any) -> tuple[Any, list[Any]]:
    """A type without its rules, and these."""
    if get_origin(kind) is not Annotated:
        return kind, []
    plain, *rules = get_args(kind)
    return plain, rules


def _described(kind: Any) -> str:
    """What a type takes, for people."""
    kind, _ = _unwrap(kind)
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(map(str, get_args(kind)))
    if origin in (list, tuple):
        return "a list"
    if origin is dict:
        return "a mapping"
    if is_dataclass(kind):
        return f"a section with keys such as {', '.join(list(_annotations(kind))[:3])}"
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))


def _shown(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if is_dataclass(value) and not isinstance(value, type):
        return f"a {type(value).__name__}"
    if isinstance(value, Mapping):
        return "a mapping" if value else "empty"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "empty"
    if isinstance(value, str):
        return shorten(value)
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {math.floor(value.bit_length() * math.log10(2)) + 1:,} digits"
    return shorten(repr(value)).strip("'\"")
