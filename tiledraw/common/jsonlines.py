"""JSON lines: walks over a text with one record a line, and says of a bad line which it is.

Knows lines and ids. Knows nothing about what a record holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from tiledraw.common.checks import shorten


class Record(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Record)


def parse_lines(text: str, name: str, parse: Callable[[str, int], T]) -> list[T]:
    """The records of all lines but empty ones. `parse` takes a line and its number; `name` is the text's in messages.

    Raises:
        ValueError: `parse` refused a line, or an id stands there twice; names the line.
    """
    records: dict[str, T] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = parse(line, number)
            if record.id in records:
                raise ValueError(f"the id {shorten(record.id)} stands in an earlier line too")
        except ValueError as error:
            raise ValueError(f"{name}, line {number}: {error}") from None
        records[record.id] = record
    return list(records.values())
