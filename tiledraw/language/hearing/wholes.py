"""Wholes: phrases of prompts that are read by a pattern, since their words combine freely: grids, fractions, corners,
edges, diagonals, sizes by letters, labels of forms.

Reads `patterns.csv`: the kind of a phrase, its value, and a regular expression for texts in lower case. The value is
one as it stands there, or is made of the match by the function behind "="; rows of the kind "part" are parts of
patterns, which have them as <name>.
Knows the shapes of phrases. Knows nothing about sentences.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from tiledraw.language.hearing.meanings import BESIDE, meanings

_SIDES = {"top": "top", "upper": "top", "uppermost": "top", "topmost": "top", "bottom": "bottom", "lower": "bottom",
          "lowest": "bottom", "bottommost": "bottom", "left": "left", "right": "right", "上": "top", "顶": "top",
          "下": "bottom", "底": "bottom", "左": "left", "右": "right"}  # fmt: skip
_PATTERNED = {"striped": "条横竖道杠", "checkered": "格方棋", "spotted": "点斑波圆小"}
_LETTERS = {"xs": "small", "s": "small", "m": "medium", "l": "large", "xl": "huge", "xxl": "huge"}
_TIMES = {"half": 0.5, "twice": 2.0, "two": 2.0, "double": 2.0, "three": 3.0, "thrice": 3.0, "four": 4.0}

Match = re.Match[str]


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else meanings()[(word,)].value


def _sides(match: Match) -> tuple[str, ...]:
    """The sides that a match names, rows first."""
    named = {_SIDES[group] for group in match.groups() if group in _SIDES}
    return tuple(side for side in ("top", "bottom", "left", "right") if side in named)


def _compass(match: Match) -> tuple[str, ...]:
    return "top" if match[1][0] == "n" else "bottom", "left" if match[1][1] == "w" else "right"


def _grid(match: Match) -> tuple[int, ...]:
    """Rows and columns."""
    return tuple(_number(group) for group in match.groups() if group)


def _diagonal(match: Match) -> str:
    """From which corner to which: "rising" is between the bottom left and the top right."""
    start = "".join(group for group in match.groups()[: len(match.groups()) // 2] if group)
    top, left = (any(word in start for word in words) for words in (("top", "upper", "上"), ("left", "左")))
    return "diagonal" if top == left else "rising diagonal"


def _fraction(match: Match) -> tuple[str, int]:
    """The axis, "across" or "down", and percent from the left or the top."""
    direction = match[2].removeprefix("in ")
    axis = "down" if direction in ("down", "up", "from the top", "from the bottom") else "across"
    percent = _english_share(match[1])
    return axis, 100 - percent if direction in ("up", "from the bottom", "from the right") else percent


def _from_side(direction: str, share: str) -> tuple[str, int]:
    """A share of the way from a side, as percent from the left or the top."""
    percent = _chinese_share(share)
    axis = "down" if direction[0] in "上下顶底" else "across"
    return axis, 100 - percent if direction[0] in "下右底" else percent


def _side_fraction(match: Match) -> tuple[str, int]:
    """A share on a side: 右三分之二处 is two thirds of the way to the right."""
    axis, percent = _from_side(match[1], match[2])
    return axis, 100 - percent if percent < 50 and match[1] in "右下" else percent


def _wide_fraction(match: Match) -> tuple[str, int]:
    """A share of the width from the left, or of the height from the top."""
    return _from_side("左" if "宽" in match[0] else "上", match[2] or match[3])


def _two_colours(match: Match) -> tuple[str, str, str]:
    """The main colour, the pattern, and its colour: 红白条纹, 黑底白点."""
    pattern = next(name for name, starts in _PATTERNED.items() if match[3][0] in starts)
    first, second = (str(meanings()[tuple(match[number])].value) for number in (1, 2))
    return first, pattern, second


def _english_share(text: str) -> int:
    if digits := re.match(r"\d+", text):
        return min(100, int(digits[0]))
    number = 2 if text.startswith("two") else 3 if text.startswith("three") else 1
    return 50 if "half" in text else round(100 * number / (3 if "third" in text else 4))


def _chinese_share(text: str) -> int:
    if text == "一半":
        return 50
    if text.startswith("百分之"):
        return 10 * _number(text[3])
    if text[0].isdecimal():
        return int(text.rstrip("%％ "))
    return round(100 * _number(text[3]) / _number(text[0]))


def _tens(text: str) -> int:
    tens, _, ones = text.partition("十")
    return 10 * _number(tens or "一") + (_number(ones) if ones else 0)


_VALUES: dict[str, Callable[[Match], Any]] = {
    "sides": _sides,
    "top row": lambda match: ("top", _SIDES[match[1]]),
    "bottom row": lambda match: ("bottom", _SIDES[match[1]]),
    "opposite": lambda match: ("opposite",),
    "compass": _compass,
    "edge": lambda match: f"{_sides(match)[0]} edge",
    "diagonal": _diagonal,
    "grid": _grid,
    "nine": lambda match: (3, 3),
    "turned grid": lambda match: _grid(match)[::-1],
    "fraction": _fraction,
    "chinese fraction": lambda match: _from_side(match[1], match[2]),
    "turned fraction": lambda match: _from_side(match[2], match[1]),
    "side fraction": _side_fraction,
    "wide fraction": _wide_fraction,
    "two colours": _two_colours,
    "share of": lambda match: ("across" if match[2] == "width" else "down", _english_share(match[1])),
    "size": lambda match: int(match[1]),
    "smaller": lambda match: {"half": -2, "a third": -3, "a quarter": -4}[match[1]],
    "part of": lambda match: _english_share(match[1]),
    "two sides": lambda match: tuple(BESIDE[side] for side in _sides(match)),
    "tens": lambda match: _tens(match.group()),
    "times": lambda match: _TIMES.get((match[1] or "").split(" ")[0], 1.0),
    "letter": lambda match: _LETTERS[match[1]],
    "colour": lambda match: meanings()[tuple(match[1])].value,
}


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Kinds, values and patterns."""
    text = resources.files("tiledraw.language.hearing").joinpath("patterns.csv").read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    found = []
    for row in csv.DictReader(text.splitlines()):
        pattern = re.sub("<([a-z角色纹份处][a-z ]*)>", lambda name: parts[name[1]], row["pattern"])
        if row["kind"] == "part":
            parts[row["value"]] = pattern
        else:
            found.append((row["kind"], row["value"], re.compile(pattern)))
    return tuple(found)


def wholes(text: str) -> dict[int, tuple[int, str, Any]]:
    """The phrases in a text in lower case, by where they begin: where they end, their kinds and their values. Of two
    that overlap the first counts, of two that begin at one place the longer."""
    kept: dict[int, tuple[int, str, Any]] = {}
    reached = 0
    for start, end, kind, value in sorted(_found(text), key=lambda one: (one[0], -one[1])):
        if start >= reached:
            kept[start] = end, kind, value
            reached = end
    return kept


def _found(text: str) -> Iterator[tuple[int, int, str, Any]]:
    for kind, value, pattern in _patterns():
        for match in pattern.finditer(text):
            space = len(match.group()) - len(match.group().lstrip())
            if value.startswith("="):
                made = _VALUES[value[1:]](match)
            else:
                made = (value,) if kind == "place" else value or None
            yield match.start() + space, match.end(), kind, made
