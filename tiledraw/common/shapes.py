"""Shapes: whether what a JSON file holds has the form that it should have, or one sentence that says where it has not.

    Fields({"format": Whole(1, 9), "labels": Each(Text()), "splits": Named(Fields({"shards": Each(Text(r"\\w+"))}))})

Knows JSON. Knows nothing about what the values mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tiledraw.common.checks import shorten


class ShapeError(ValueError):
    """Data has not the form that it should have."""


class Shape(Protocol):
    def check(self, value: Any, at: str) -> None:
        """Raises a ShapeError if a value has another form; `at` is what messages call it."""


@dataclass(frozen=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def check(self, value: Any, at: str) -> None:
        if type(value) is not int or not self.least <= value <= self.most:
            raise _not(value, at, f"a whole number from {self.least} to {self.most}")


@dataclass(frozen=True)
class Text:
    """A text, all of which is as a pattern says, and that can be written in UTF-8, unless names of files may stand for
    bytes that are none (`halves`); `what` names it in messages."""

    pattern: str = r"(?s).*"
    what: str = "text"
    halves: bool = False

    def check(self, value: Any, at: str) -> None:
        good = isinstance(value, str) and re.fullmatch(self.pattern, value) and (self.halves or _is_utf8(value))
        if not good:
            raise _not(value, at, self.what)


@dataclass(frozen=True)
class Maybe:
    """Another shape, or null."""

    shape: Shape

    def check(self, value: Any, at: str) -> None:
        if value is not None:
            self.shape.check(value, at)


@dataclass(frozen=True)
class Each:
    """A list, all parts of which have a shape."""

    shape: Shape

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, list):
            raise _not(value, at, "a list")
        for number, part in enumerate(value):
            self.shape.check(part, f"{at}[{number}]")


@dataclass(frozen=True)
class Named:
    """An object of any keys, all values of which have a shape."""

    shape: Shape

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise _not(value, at, "an object")
        for key, part in value.items():
            self.shape.check(part, f"{at}.{key[:40]}")


@dataclass(frozen=True)
class Fields:
    """An object with these keys at least."""

    shapes: Mapping[str, Shape]

    def check(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise _not(value, at, "an object")
        for key, shape in self.shapes.items():
            if key not in value:
                raise ShapeError(f"{at} lacks the key {key!r}")
            shape.check(value[key], f"{at}.{key}")


def _not(value: Any, at: str, wanted: str) -> ShapeError:
    said = value if isinstance(value, str) else json.dumps(value)
    return ShapeError(f"{at} is {shorten(said)}, not {wanted}")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_json(data: bytes | str, shape: Shape, at: str) -> Any:
    """What JSON holds, of a shape.

    Raises:
        ShapeError: it is no JSON, or of another form.
    """
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        raise ShapeError(f"{at} is no JSON, as line {error.lineno} shows") from None
    except RecursionError:
        raise ShapeError(f"{at} is nested too deeply") from None
    except ValueError:  # bytes that are no text, numbers of thousands of digits
        raise ShapeError(f"{at} is no JSON") from None
    try:
        shape.check(value, at)
    except RecursionError:
        raise ShapeError(f"{at} is nested too deeply") from None
    return value


def read_json(path: Path, shape: Shape) -> Any:
    """What a JSON file holds, of a shape; the file is named in what is raised.

    Raises:
        ShapeError: it can't be read, is no JSON, or of another form.
    """
    try:
        if not path.is_file():
            raise ShapeError(f"{path} is missing, or no file")
        data = path.read_bytes()
    except OSError as error:
        raise ShapeError(f"{path} can't be read: {error.strerror}") from None
    try:
        return parse_json(data, shape, path.name)
    except ShapeError as error:
        raise ShapeError(f"{path} is damaged: {error}") from None
