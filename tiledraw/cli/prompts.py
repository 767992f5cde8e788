"""Files of prompts: one JSON object a line, `{"prompt": "a cat", "id": "cat", "seed": 7, "size": "256x128"}`.

All but the prompt may be left out. Knows JSON and options' values. Knows nothing about drawing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tiledraw.common.checks import check_prompt, check_seed, shorten
from tiledraw.common.files import read_text
from tiledraw.common.jsonlines import parse_lines
from tiledraw.common.values import parse_size

_TYPES: dict[str, tuple[type, ...]] = {"prompt": (str,), "id": (str,), "seed": (int,), "size": (str, int)}


@dataclass(frozen=True)
class Entry:
    """A line of the file. `id` names the picture's file: letters of any script, digits, `-`, `_` and `.`."""

    prompt: str
    id: str
    seed: int
    size: tuple[int, int]


def read_prompts(path: str, seed: int, size: tuple[int, int]) -> list[Entry]:
    """All lines of a file; what a line leaves out is the number of the line, `seed` and `size`.

    Raises:
        ValueError: a line that is not as it should be, an id that stands there twice, or no line; names the line. No
            file of text.
        OSError: the file can't be read.
    """
    entries = parse_lines(read_text(path), path, lambda line, number: _entry(line, f"{number:06}", seed, size))
    if not entries:
        raise ValueError(f'{path} holds no prompts; write one JSON object a line, such as {{"prompt": "a cat"}}')
    return entries


def _entry(line: str, name: str, seed: int, size: tuple[int, int]) -> Entry:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, Mapping):
        raise ValueError(f"{shorten(line)} is no JSON object")
    for key, value in data.items():
        if key not in _TYPES:
            raise ValueError(f"the key {shorten(key)} is unknown; known are {', '.join(_TYPES)}")
        if type(value) not in _TYPES[key]:
            raise ValueError(f"{key!r} is {shorten(json.dumps(value))}, which is not of its type")
    if "prompt" not in data:
        raise ValueError("the key 'prompt' is missing")
    entry = Entry(
        check_prompt(data["prompt"]),
        data.get("id", name),
        data.get("seed", seed),
        parse_size(str(data["size"])) if "size" in data else size,
    )
    check_seed(entry.seed)
    if not re.fullmatch(r"[\w.-]{1,100}", entry.id) or entry.id.startswith("."):
        raise ValueError(f"the id {shorten(entry.id)} names a file: use up to 100 letters, digits, '-', '_' and '.'")
    return entry
