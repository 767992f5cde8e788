"""The placement suite: prompts, and what a picture of each must show. One JSON object a line:

    {"id": "relation-en-03", "category": "relation", "language": "en", "prompt": "would you draw a cat left of a sun?",
     "expect": {"things": [{"subject": "cat", "relation": "left of", "of": "sun"}, {"subject": "sun"}]}}

A thing has a `subject`, and where the prompt says so a `count`, `location`, `size`, or `relation` and `of`; beside
`things`, `expect` may name a `background`. What the prompt leaves open is left out and not judged.
Knows requests and JSON. Knows nothing about models, pictures or how the shipped suite was written.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tiledraw.common.checks import check_prompt, shorten
from tiledraw.common.jsonlines import parse_lines
from tiledraw.language.first.layout import Item, Request
from tiledraw.language.first.plan import FULL, Placement, Plan

CATEGORIES = ("single", "several", "relation", "count", "size", "background")  # of the shipped suite
_KEYS = {"id": str, "category": str, "language": str, "prompt": str, "expect": dict}
_THING_KEYS = {"subject": str, "count": int, "location": str, "size": str, "relation": str, "of": str}


class SuiteError(ValueError):
    """A suite, or a line of it, is not what the format says."""


@dataclass(frozen=True)
class Case:
    """A prompt with what it asks for. The id names files: letters, digits, `-`, `_` and `.`."""

    id: str
    category: str
    language: str
    prompt: str
    request: Request


def read_suite(path: str | None = None) -> tuple[Case, ...]:
    """The cases of a file; of the shipped suite if none is given.

    Raises:
        SuiteError: no cases, the same id twice, or a line that is not as the format says; names the line.
        OSError: the file can't be read.
    """
    if path is None:
        text = resources.files("tiledraw.evaluation").joinpath("placement.jsonl").read_text(encoding="utf-8")
        return parse_suite(text, "the shipped suite")
    try:
        return parse_suite(Path(path).read_text(encoding="utf-8"), path)
    except UnicodeDecodeError:
        raise SuiteError(f"{path} is no text in UTF-8") from None


def parse_suite(text: str, name: str = "the suite") -> tuple[Case, ...]:
    """The cases of a text of JSON lines. Raises a SuiteError as `read_suite` does."""
    try:
        cases = parse_lines(text, name, lambda line, number: parse_case(line))
    except ValueError as error:
        raise SuiteError(str(error)) from None
    if not cases:
        raise SuiteError(f"{name} holds no cases; write one JSON object a line, with the keys {', '.join(_KEYS)}")
    return tuple(cases)


def parse_case(line: str) -> Case:
    """One line. Raises a ValueError of one sentence."""
    try:
        data = json.loads(line, object_pairs_hook=_mapping)
    except SuiteError:
        raise
    except (ValueError, RecursionError):
        raise ValueError(f"{shorten(line)} is no JSON object") from None
    _check_keys(data, _KEYS, required=_KEYS, what="the line")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", data["id"]):
        raise ValueError(f"the id {shorten(data['id'])} names files: use up to 80 letters, digits, '-', '_' and '.'")
    for key in ("category", "language"):
        if not data[key] or not data[key].isprintable():
            raise ValueError(f"the {key} {shorten(data[key])} heads tables: use one or more characters that print")
    expect = data["expect"]
    _check_keys(expect, {"things": list, "background": str}, required=["things"], what="'expect'")
    if not expect["things"]:
        raise ValueError("'things' is empty; name at least one subject")
    for thing in expect["things"]:
        _check_keys(thing, _THING_KEYS, required=["subject"], what="a thing")
        Plan((Placement(thing["subject"], FULL),))  # refuses what names no subject
    subjects = [thing["subject"] for thing in expect["things"]]
    if len(set(subjects)) < len(subjects):
        raise ValueError("a subject stands in 'things' twice; give its 'count' instead")
    items = []
    for thing in expect["things"]:
        given = dict(thing)
        anchor = given.pop("of", None)
        if anchor is not None and anchor not in subjects:
            raise ValueError(f"{thing['subject']!r} relates to {shorten(anchor)}, which 'things' does not name")
        items.append(Item(**given, anchor=None if anchor is None else subjects.index(anchor)))
    request = Request(tuple(items), expect.get("background"))
    return Case(data["id"], data["category"], data["language"], check_prompt(data["prompt"]), request)


def format_case(case: Case) -> str:
    """The line of a case, which `parse_case` reads back."""
    things = []
    for item in case.request.items:
        thing: dict[str, Any] = {"subject": item.subject}
        if item.count > 1:
            thing["count"] = item.count
        thing |= {key: getattr(item, key) for key in ("location", "size", "relation") if getattr(item, key)}
        if item.anchor is not None:
            thing["of"] = case.request.items[item.anchor].subject
        things.append(thing)
    expect: dict[str, Any] = {"things": things}
    if case.request.background:
        expect["background"] = case.request.background
    data = {"id": case.id, "category": case.category, "language": case.language, "prompt": case.prompt}
    return json.dumps({**data, "expect": expect}, ensure_ascii=False)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. A key given twice is refused, where plain `json` keeps the last in silence."""
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise SuiteError(f"the key {shorten(twice)} stands twice in one object")
    return mapping


def _check_keys(data: Any, types: dict[str, type], required: Any, what: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is {shorten(json.dumps(data))}, not an object with the keys {', '.join(types)}")
    for key, value in data.items():
        if key not in types:
            raise ValueError(f"{what} has the unknown key {shorten(key)}; known are {', '.join(types)}")
        if type(value) is not types[key]:
            given, kind = shorten(json.dumps(value)), types[key].__name__
            raise ValueError(f"{key!r} of {what} is {given}, not of the type {kind}")
    for key in required:
        if key not in data:
            raise ValueError(f"{what} lacks the key {key!r}")
