"""Tables: the words and patterns of `english.yaml`, and which patterns belong to which split.

"[big|large] cat" is two patterns, and each belongs to one split by itself: what a test says was never said in training,
while its words were.
"""

from __future__ import annotations

import re
import zlib
from functools import cache
from importlib import resources
from itertools import product
from typing import Any

from tiledraw.common.yaml_files import load_own_yaml
from tiledraw.language.phrasing.phrased import SPLITS

_FOLDS = 16  # one of them is validation, one test


@cache
def _tables() -> dict[str, Any]:
    text = resources.files("tiledraw.language.phrasing").joinpath("english.yaml").read_text(encoding="utf-8")
    return load_own_yaml(text)


def table(*path: str) -> Any:
    """What stands in the file there: lines, or a table of tables."""
    found = _tables()
    for name in path:
        found = found[name]
    return found


def expanded(pattern: str) -> list[str]:
    """All that a pattern with choices may say."""
    pieces: list[list[str]] = [[""]]
    start = depth = 0
    for at, char in enumerate(pattern):
        if char == "[":
            if depth == 0:
                pieces.append([pattern[start:at]])
                start = at + 1
            depth += 1
        elif char == "]":
            depth -= 1
            if depth == 0:
                pieces.append([text for option in _options(pattern[start:at]) for text in expanded(option)])
                start = at + 1
    pieces.append([pattern[start:]])
    if len(pieces) == 2:
        return [pattern]
    return list(dict.fromkeys(_tidy("".join(parts)) for parts in product(*pieces)))


def _options(text: str) -> list[str]:
    """The options of one choice; a choice within it keeps its own."""
    options, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == "|" and depth == 0:
            options.append("")
        else:
            options[-1] += char
    return options


def _tidy(text: str) -> str:
    return re.sub(r" +([,.!?;:)])(?!\))", r"\1", re.sub(r"  +", " ", text)).replace("( ", "(").strip(" ")


@cache
def words(*path: str) -> tuple[str, ...]:
    """Words that all splits share."""
    return tuple(text for line in table("words", *path).splitlines() for text in expanded(line))


@cache
def _folds(path: tuple[str, ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The patterns of a table by split, together where they are of one line; each split has at least one."""
    lines = [expanded(line.replace("\\n", "\n")) for line in table("patterns", *path).splitlines()]
    texts = {text: zlib.crc32(text.encode()) for line in lines for text in line}
    split_of = {text: {0: "validation", 1: "test"}.get(code % _FOLDS, "train") for text, code in texts.items()}
    for split in ("test", "validation"):  # a small table gives away the pattern that its code is nearest to
        if split not in split_of.values():
            spare = [text for text in texts if split_of[text] == "train"]
            split_of[min(spare, key=lambda text: texts[text])] = split
    found = {}
    for split in SPLITS:
        of_split = (tuple(text for text in line if split_of[text] == split) for line in lines)
        found[split] = tuple(filter(None, of_split))
    return found


def patterns(split: str, *path: str) -> tuple[tuple[str, ...], ...]:
    """The patterns of a table that a split may say, together where they are of one line."""
    return _folds(path)[split]


def paths() -> list[tuple[str, ...]]:
    """Of all tables of patterns."""

    def below(tables: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        if isinstance(tables, str):
            return [path]
        return [found for name, inner in tables.items() for found in below(inner, (*path, name))]

    return below(table("patterns"), ())
