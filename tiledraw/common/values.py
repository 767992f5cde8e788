"""Values: reads and checks sizes, durations and numbers of people. Knows nothing about verbs, files or models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from numbers import Integral
from types import UnionType

from tiledraw.common.checks import shorten

SIDE_STEP = 32  # a side is a whole number of tiles
MAX_SIDE = 4096
DEFAULT_SIDE = 256


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from `256` or `512x256`.

    Raises:
        ValueError: not a size, not a multiple of 32, or not from 32 to 4096 a side; one sentence.
    """
    what = f"size {shorten(text)}"
    sides = re.split("[xX×]", text.strip())
    if len(sides) > 2 or not all(re.fullmatch(r"[+-]?[0-9]*", side.strip()) for side in sides):
        raise ValueError(f"{what} is not a size; write 256 or 512x256 (width x height)")
    if len(sides) == 2 and not sides[0].strip():
        raise ValueError(f"{what} lacks the width before the x; write 512x256 (width x height)")
    if len(sides) == 2 and not sides[1].strip():
        raise ValueError(f"{what} lacks the height after the x; write 512x256 (width x height)")
    if any(len(side) > 18 for side in sides):
        raise ValueError(f"{what} is more than any machine can hold; the largest is {MAX_SIDE}x{MAX_SIDE}")
    try:
        width, height = numbers = [int(side) for side in (*sides, *sides)[:2]]
    except ValueError:
        raise ValueError(f"{what} is not a size; write 256 or 512x256 (width x height)") from None
    if min(numbers) < 0:
        raise ValueError(f"{what} is negative; a side is {SIDE_STEP} to {MAX_SIDE} pixels")
    if min(numbers) == 0:
        raise ValueError(f"{what} leaves nothing to draw; a side is {SIDE_STEP} to {MAX_SIDE} pixels")
    if max(numbers) > MAX_SIDE:
        raise ValueError(
            f"{what} would need {format_bytes(width * height)} of memory for its pixels alone; "
            f"the largest is {MAX_SIDE}x{MAX_SIDE}"
        )
    if odd := [number for number in numbers if number % SIDE_STEP]:
        below = odd[0] // SIDE_STEP * SIDE_STEP
        near = f"{below} and {below + SIDE_STEP}" if below else f"{SIDE_STEP}"
        raise ValueError(f"{what} is not made of whole tiles: a side is a multiple of {SIDE_STEP}, such as {near}")
    return width, height


def as_size(size: int | str | Sequence[int]) -> tuple[int, int]:
    """Width and height of what people give as a size: `256`, `"512x256"` or `(512, 256)`.

    Raises:
        ValueError: as `parse_size` does.
    """
    if isinstance(size, str):
        return parse_size(size)
    sides = [size] if isinstance(size, Integral) else list(size) if isinstance(size, Iterable) else []
    if not 1 <= len(sides) <= 2 or not all(isinstance(side, Integral) for side in sides):
        raise ValueError(f"size {shorten(str(size))} is not a size; give 256, '512x256' or (512, 256)")
    return parse_size("x".join(str(int(side)) for side in sides))


def as_list(texts: str | Sequence[str]) -> list[str]:
    """One text, or several, as a list."""
    return [texts] if isinstance(texts, str) else list(texts)


def check_kind(name: str, value: object, kind: type | UnionType, wanted: str) -> None:
    """Raises a ValueError if a value that is given is of another type."""
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{name} is {shorten(repr(value))}; give {wanted}")


def whole_number_of(variable: str, default: int, least: int = 0) -> int:
    """A whole number in the environment, such as RANK, which launchers of several processes set.

    Raises:
        ValueError: it is none, or less than the least.
    """
    text = os.environ.get(variable, "").strip() or str(default)
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < least:
        raise ValueError(
            f"{variable} is {shorten(text)}, not a number of at least {least}; who starts several processes sets it, "
            "and else it had better not be set"
        )
    return int(text)


def format_bytes(count: float) -> str:
    """A number of bytes for people: `17 MB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"):
        if count < 1000 or unit == "YB":
            break
        count /= 1000
    return f"{count:,.0f} {unit}"


def parse_duration(text: str) -> float:
    """Seconds of a duration such as 90s, 45m, 2h or 1.5h."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    if not match or not float(match[1]):
        raise ValueError(f"the time limit {shorten(text)} is no duration; give a number and a unit, such as 90m or 2h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]
