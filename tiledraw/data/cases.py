"""Cases: prompts, each with the request that it means. One JSON object a line:

    {"id": "relation-en-03", "category": "relation", "language": "en", "prompt": "would you draw a cat left of a sun?",
     "request": "- 1 cat, left of sun\\n- 1 sun"}

`request` is the text that `language/request.py` reads; what a prompt leaves open is left out of it, and not judged.
`at_least` may list the numbers of things, from 0 on, of which there may be more; `split` may name a part of the file.
Knows requests and JSON. Knows nothing about models, pictures, or who wrote the prompts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tiledraw.common.checks import check_prompt, shorten
from tiledraw.common.jsonlines import parse_lines
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement
from tiledraw.language.request import Request, format_request, parse_request

_REQUIRED = ("id", "category", "language", "prompt", "request")
_TYPES = dict.fromkeys((*_REQUIRED, "split"), str) | {"at_least": list}


class CaseError(ValueError):
    """A file of cases, or a line of it, is not what the format says."""


@dataclass(frozen=True)
class Case:
    """A prompt with what it asks for.

    Attributes:
        id: Names files: letters, digits, `-`, `_` and `.`.
        category: A word of its file.
        language: "en" or "zh" in the package.
        prompt: What somebody says.
        request: What that means.
        at_least: Numbers of things of which there may be more.
        split: Part of its file, if that has parts.
    """

    id: str
    category: str
    language: str
    prompt: str
    request: Request
    at_least: tuple[int, ...] = ()
    split: str = ""


def read_cases(path: str | Path) -> tuple[Case, ...]:
    """The cases of a file.

    Raises:
        CaseError: no cases, the same id twice, or a line that is not as the format says; names the line.
        OSError: the file can't be read.
    """
    try:
        return parse_cases(Path(path).read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise CaseError(f"{path} is no text in UTF-8") from None


def parse_cases(text: str, name: str) -> tuple[Case, ...]:
    """The cases of a text of JSON lines. Raises a CaseError as `read_cases` does."""
    try:
        cases = parse_lines(text, name, lambda line, number: parse_case(line))
    except ValueError as error:
        raise CaseError(str(error)) from None
    if not cases:
        raise CaseError(f"{name} holds no cases; write one JSON object a line, with the keys {', '.join(_REQUIRED)}")
    return tuple(cases)


def parse_case(line: str) -> Case:
    """One line. Raises a ValueError of one sentence."""
    try:
        data = _DECODER.decode(line)
    except CaseError:
        raise
    except (ValueError, RecursionError):
        raise ValueError(f"{shorten(line)} is no JSON object") from None
    _check_keys(data)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", data["id"]):
        raise ValueError(f"the id {shorten(data['id'])} names files: use up to 80 letters, digits, '-', '_' and '.'")
    for key in ("category", "language"):
        if not data[key] or not data[key].isprintable():
            raise ValueError(f"the {key} {shorten(data[key])} heads tables: use one or more characters that print")
    request = parse_request(data["request"])
    for thing in request.things:
        _check_subject(thing.subject)
    if not (request.things or request.background or request.unknown):
        raise ValueError("the request asks for nothing; write a line such as '- 1 cat'")
    at_least = data.get("at_least", [])
    for number in at_least:
        if type(number) is not int or not 0 <= number < len(request.things):
            raise ValueError(f"'at_least' names {shorten(json.dumps(number))}, which is the number of no thing")
    prompt = check_prompt(data["prompt"])
    return Case(data["id"], data["category"], data["language"], prompt, request, tuple(at_least), data.get("split", ""))


def format_case(case: Case) -> str:
    """The line of a case, which `parse_case` reads back."""
    data = {key: getattr(case, key) for key in ("id", "split", "category", "language", "prompt")}
    data |= {"request": format_request(case.request), "at_least": case.at_least}
    return json.dumps({key: value for key, value in data.items() if value or key in _REQUIRED}, ensure_ascii=False)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. A key given twice is refused, where plain `json` keeps the last in silence."""
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise CaseError(f"the key {shorten(twice)} stands twice in one object")
    return mapping


_DECODER = json.JSONDecoder(object_pairs_hook=_mapping)


@lru_cache(maxsize=4096)
def _check_subject(name: str) -> None:
    Placement(name, Box(0, 0, 1, 1))  # refuses what names no subject


def _check_keys(data: Any) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"the line is {shorten(json.dumps(data))}, not an object with the keys {', '.join(_REQUIRED)}")
    for key, value in data.items():
        if key not in _TYPES:
            raise ValueError(f"the line has the unknown key {shorten(key)}; known are {', '.join(_TYPES)}")
        if type(value) is not _TYPES[key]:
            raise ValueError(f"{key!r} is {shorten(json.dumps(value))}, not of the type {_TYPES[key].__name__}")
    for key in _REQUIRED:
        if key not in data:
            raise ValueError(f"the line lacks the key {key!r}")
