"""The tables of Chinese: words, and patterns with gaps and choices, each pattern in one split.

Reads `chinese.yaml`. Knows how a pattern is written and filled. Knows nothing about requests.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tiledraw.common.yaml_files import load_own_yaml
from tiledraw.language.phrasing.phrased import SPLITS

_HELD_OUT = 10  # one of so many patterns of a table is for validation, another for test
_FEW = 12  # a table of so many patterns has at least two for each
Part = str | tuple[Any, ...]  # text; ("gap", name); ("choice", sequences of parts)


@dataclass(frozen=True)
class Pattern:
    """A line of a table, ready to be filled.

    Attributes:
        line: As it stands there.
        parts: What it consists of.
    """

    line: str
    parts: tuple[Part, ...]

    def fill(self, gaps: Mapping[str, str], dice: random.Random) -> str:
        return _filled(self.parts, gaps, dice)

    @property
    def is_open(self) -> bool:
        """Whether nothing follows its last gap: what stands there may be long."""
        return self.line.endswith("{x}")


def _filled(parts: Sequence[Part], gaps: Mapping[str, str], dice: random.Random) -> str:
    words = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif part[0] == "gap":
            words.append(gaps[part[1]])
        else:
            options = part[1]
            words.append(_filled(options[int(dice.random() * len(options))], gaps, dice))
    return "".join(words)


_TOKEN = re.compile(r"[\[\]|]|\{\w+\}|<\w+>|[^\[\]|{}<>]+")


def compiled(line: str, lists: Mapping[str, Sequence[str]]) -> Pattern:
    """A pattern from its line.

    Raises:
        ValueError: brackets that do not match.
    """
    stack: list[list[list[Part]]] = [[[]]]
    for token in _TOKEN.findall(line):
        if token == "[":
            stack.append([[]])
        elif token == "]" and len(stack) > 1:
            options = tuple(map(tuple, stack.pop()))
            stack[-1][-1].append(("choice", options))
        elif token == "|" and len(stack) > 1:
            stack[-1].append([])
        elif token.startswith("{"):
            stack[-1][-1].append(("gap", token[1:-1]))
        elif token.startswith("<") and token.endswith(">") and token != "<>":
            stack[-1][-1].append(("choice", tuple((word,) for word in lists[token[1:-1]])))
        else:
            stack[-1][-1].append(token)
    if len(stack) > 1:
        raise ValueError(f"a bracket of {line!r} is not closed")
    return Pattern(line, tuple(stack[0][0]))


def _folds(lines: Sequence[str]) -> dict[str, str]:
    """The split of each line of a table: by a hash, so that it hardly changes when the table grows."""
    ranked = sorted(set(lines), key=lambda line: zlib.crc32(line.encode()))
    few = max(2 if len(ranked) >= _FEW else 1, len(ranked) // _HELD_OUT)
    return {line: "test" if n < few else "validation" if n < 2 * few else "train" for n, line in enumerate(ranked)}


@dataclass(frozen=True)
class Tables:
    """All of Chinese.

    Attributes:
        words: By kind of word, then by what they mean; shared by all splits.
        patterns: By table, then by split.
        forms: Patterns that every split uses, by table.
    """

    words: Mapping[str, Mapping[str, Sequence[str]]]
    patterns: Mapping[str, Mapping[str, Sequence[Pattern]]]
    forms: Mapping[str, Sequence[Pattern]]


@cache
def tables() -> Tables:
    text = resources.files("tiledraw.language.phrasing").joinpath("chinese.yaml").read_text(encoding="utf-8")
    data = load_own_yaml(text)
    words = {kind: {key: str(value).split() for key, value in table.items()} for kind, table in data["words"].items()}
    lists = words["lists"]
    patterns: dict[str, dict[str, list[Pattern]]] = {}
    for name, block in data["patterns"].items():
        lines = block.splitlines()
        split_of = _folds(lines)
        patterns[name] = {
            split: [compiled(line, lists) for line in lines if split_of[line] == split] for split in SPLITS
        }
    forms = {name: [compiled(line, lists) for line in block.splitlines()] for name, block in data["forms"].items()}
    return Tables(words, patterns, forms)
