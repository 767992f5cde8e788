"""Finding: what a model says about a picture, found in whatever it writes: things with boxes, a sentence, a background.

JSON is taken as it is, or mended (json_repair: single quotes, trailing commas, what was cut off); objects and lists of
any of the usual keys; prose and code fences around them are passed over, and prose that gives boxes is read itself.
Knows JSON and the habits of models. Knows nothing about plans.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tiledraw.common.extras import needs

MAX_ANSWER = 20_000  # characters; what stands after them is not read
_MOST_MENDED = 3  # places in a text at which broken JSON is looked for
_MOST_FAILED = 300  # places at which no JSON begins
_MOST_BRACKETS = 2000  # of a text that is mended
_MOST_NAME = 200  # characters beside a box among which a name is looked for
_DEPTH = 4  # objects around what is looked for

_NAMES = ("name", "label", "subject", "object", "class", "category", "thing", "item", "title", "type", "ref", "名称")
_BOXES = ("box", "bbox", "bbox_2d", "bounding_box", "boundingbox", "bbox2d", "coordinates", "coords", "position")
_BOXES += ("location", "region", "rect", "rectangle", "box_2d")
_TOP_FIRST = "box_2d"  # as Gemini writes: top, left, bottom, right
_THINGS = ("things", "objects", "items", "elements", "subjects", "detections", "annotations", "results", "labels")
_DESCRIPTIONS = ("description", "caption", "summary", "sentence", "scene", "text", "描述")
_BACKGROUNDS = ("background", "backdrop", "背景")
_SIZES = (("width", "height"), ("image_width", "image_height"), ("w", "h"))

_FENCE = re.compile(r"```[a-zA-Z]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_TAG = re.compile(r"<\|?/?(?:ref|box|quad|object_ref|p|delim)(?:_start|_end)?\|?>")
_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)%?"
_PAIR = rf"{_NUMBER}\s*[,\s]\s*{_NUMBER}"
_PROSE_BOX = re.compile(
    rf"[\[(]{{1,3}}\s*(?:[xy]\w*\s*[=:]\s*)?{_NUMBER}(?:\s*,\s*(?:[xy]\w*\s*[=:]\s*)?{_NUMBER}){{3}}\s*[\])]{{1,3}}"
    rf"|[\[(]{{1,2}}\s*{_PAIR}\s*[\])]\s*(?:,|-|–|to|and)?\s*[\[(]\s*{_PAIR}\s*[\])]{{1,2}}"
)
_ABOUT_BOX = re.compile(
    r"\b(?:its |with (?:a )?|at |in |the )*(?:bounding[ -]?box(?:es)?|bbox(?:_2d)?|box|coordinates?|position(?:ed)?"
    r"|located|location|region|area)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]?")
# Sentences of an answer that say nothing of the picture.
_IDLE = re.compile(
    r"\b(?:json|box(?:es)?|here (?:is|are)|let me know|sorry|cannot|can['’]?t|unable|as an ai|sure|certainly)\b"
    r"|bounding|coordinate|\bI(?:['’]m| am| will| would)\b|\brequest|\d\s*,\s*\d"
    r"|无法|抱歉|不能|以下是|好的|坐标",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """What an answer says.

    Attributes:
        things: The name and the box of each, as they are written; None for what is lacking.
        description: What it says in a sentence; empty if nothing.
        background: As it is written; empty if nothing.
        size: Width and height of the picture, if it says them.
    """

    things: tuple[tuple[Any, Any], ...] = ()
    description: str = ""
    background: str = ""
    size: tuple[float, float] | None = None


def find(answer: str) -> Found:
    """What a model says about a picture."""
    text = said(answer)
    values = _values(text)
    things = [thing for value in values for thing in _things(value, _DEPTH)]
    objects = [found for value in values for found in _objects(value, _DEPTH)]
    prose = _FENCE.sub("\n", text)
    if not things:
        things = list(_prose_things(_TAG.sub(" ", text)))
    description = next((text for one in reversed(objects) if (text := _text(one, _DESCRIPTIONS))), "")
    return Found(
        tuple(things),
        description or _told(prose),
        next((text for one in reversed(objects) if (text := _text(one, _BACKGROUNDS))), ""),
        next((size for one in objects if (size := _size(one))), None),
    )


def said(answer: str) -> str:
    """An answer without the thoughts before it; nothing if it holds but thoughts."""
    text = answer[:MAX_ANSWER].rpartition("</think>")[2]
    return "" if text.lstrip().startswith("<think>") else text


# JSON ----------------------------------------------------------------------------------------------------------------


def _values(text: str) -> list[Any]:
    """The objects and lists in a text that say something of a picture: whole ones, or one that is mended, if that says
    more."""
    whole = [value for value in _whole(text) if _says(value) > (0, False)]
    says = max(map(_says, whole), default=(0, False))
    if says[0] and says[1]:
        return whole
    return next(([mended] for mended in _mended(text) if _says(mended) > says), whole)


def _whole(text: str) -> Iterator[Any]:
    """All objects and lists in a text that are JSON, without those in others."""
    at, failed, decoder = 0, 0, json.JSONDecoder(strict=False)  # models write line breaks into strings
    while (start := _bracket(text, at)) >= 0 and failed < _MOST_FAILED:
        try:
            value, at = decoder.raw_decode(text, start)
            yield value
        except RecursionError:
            return
        except ValueError:
            at, failed = start + 1, failed + 1


def _mended(text: str) -> Iterator[Any]:
    """What JSON may have been meant, from each of the first places on at which it may begin."""
    if max(map(text.count, "{[")) > _MOST_BRACKETS:
        return
    with needs("annotate"):
        import json_repair
    at = -1
    for _ in range(_MOST_MENDED):
        if (at := _bracket(text, at + 1)) < 0:
            return
        span = text[at:].partition("```")[0]
        with suppress(ValueError, RecursionError, ArithmeticError, LookupError, TypeError):
            yield json_repair.loads(span, skip_json_loads=True)


def _bracket(text: str, at: int) -> int:
    """Where the next object or list begins; -1 if none does."""
    match = re.compile(r"[{\[]").search(text, at)
    return match.start() if match else -1


def _says(value: Any) -> tuple[int, bool]:
    """How much a value says of a picture: how many things, and whether it describes it."""
    if not isinstance(value, dict | list):
        return 0, False
    described = any(_text(one, _DESCRIPTIONS) for one in _objects(value, _DEPTH))
    return sum(1 for _ in _things(value, _DEPTH)), described


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects around things, and those that are in a list with them, without the things themselves."""
    if isinstance(value, dict):
        if not (_key(value, _NAMES) and _key(value, _BOXES)):
            yield value
        if depth:
            for inner in value.values():
                if isinstance(inner, dict):
                    yield from _objects(inner, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value[:1000]:
            if isinstance(inner, dict):
                yield from _objects(inner, depth - 1)


def _things(value: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    """The name and the box of each thing in a value."""
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and _is_boxlike(value[1]):
            yield value[0], value[1]
        elif len(value) == 5 and isinstance(value[0], str) and _is_boxlike(value[1:]):
            yield value[0], value[1:]
        elif depth:
            for inner in value[:1000]:
                yield from _things(inner, depth - 1)
        return
    if not isinstance(value, dict):
        return
    box_key, name_key = _key(value, _BOXES), _key(value, _NAMES)
    if box_key and name_key:
        boxes = value[box_key]
        if box_key.lower() == _TOP_FIRST and isinstance(boxes, list) and len(boxes) == 4:
            boxes = [boxes[1], boxes[0], boxes[3], boxes[2]]
        several = isinstance(boxes, list) and len(boxes) > 2 and all(isinstance(box, list | dict) for box in boxes)
        for box in boxes if several else [boxes]:
            yield value[name_key], box
        return
    listed = _key(value, _THINGS)
    if listed and isinstance(value[listed], dict | list):
        for thing in _listed(value[listed]):
            yield from thing if isinstance(thing, list) else [thing]
        return
    if depth:
        boxed = [(name, box) for name, box in value.items() if _is_boxlike(box)]
        if boxed and not box_key:
            yield from boxed
            return
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _things(inner, depth - 1)


def _listed(things: dict[str, Any] | list[Any]) -> Iterator[list[tuple[Any, Any]] | tuple[Any, Any]]:
    """The things under a key that lists them; also what is none is told, so that it can be said."""
    if isinstance(things, dict):
        for name, box in things.items():
            inner = list(_things(box, 1)) if isinstance(box, dict | list) and not _is_boxlike(box) else []
            if inner:
                yield inner
            elif isinstance(box, list) and box and all(map(_is_boxlike, box)):
                yield [(name, one) for one in box]
            else:
                yield name, box.get(_key(box, _BOXES) or "") if isinstance(box, dict) and _key(box, _BOXES) else box
        return
    for thing in things[:1000]:
        inner = list(_things(thing, 1))
        if inner:
            yield inner
        elif isinstance(thing, dict):
            yield thing.get(_key(thing, _NAMES) or ""), thing.get(_key(thing, _BOXES) or "")
        else:
            yield thing, None


def _is_boxlike(value: Any) -> bool:
    """Whether a value is four numbers, or an object of them."""
    if isinstance(value, list):
        if len(value) == 4:
            return all(isinstance(one, int | float) or (isinstance(one, str) and one[:1].isdigit()) for one in value)
        return len(value) == 2 and all(isinstance(one, list) and len(one) == 2 for one in value)
    return isinstance(value, dict) and {"x1", "y1"} <= value.keys()


def _key(data: Mapping[Any, Any], known: tuple[str, ...]) -> str | None:
    """The key of an object that is called like one of these; the first of these counts."""
    called = {str(key).lower().replace(" ", "_").replace("-", "_"): key for key in data}
    return next((called[key] for key in known if key in called), None)


def _text(data: Mapping[Any, Any], known: tuple[str, ...]) -> str:
    """The text under one of some keys; of an object, the texts in it."""
    key = _key(data, known)
    value = data[key] if key is not None else ""
    if isinstance(value, dict):
        value = " ".join(text for text in value.values() if isinstance(text, str))
    elif isinstance(value, list):
        value = " ".join(text for text in value if isinstance(text, str))
    return value.strip() if isinstance(value, str) else ""


def _size(data: Mapping[Any, Any]) -> tuple[float, float] | None:
    for keys in _SIZES:
        values = [data.get(key) for key in keys]
        if all(type(value) in (int, float) and 1 < value < 10_000 for value in values):
            return float(values[0]), float(values[1])  # type: ignore[arg-type]
    if isinstance(inner := data.get("image_size"), list) and len(inner) == 2:
        return _size(dict(zip(("width", "height"), inner, strict=True)))
    return None


# Prose ---------------------------------------------------------------------------------------------------------------


def _prose_things(text: str) -> Iterator[tuple[str, str]]:
    """Things in prose: a name and then its box, or the other way round, in each line."""
    for line in text.splitlines():
        end = 0
        boxes = list(_PROSE_BOX.finditer(line))
        for number, box in enumerate(boxes):
            before = line[max(end, box.start() - _MOST_NAME) : box.start()]
            stop = boxes[number + 1].start() if number + 1 < len(boxes) else len(line)
            yield _name_in(before) or _name_in(line[box.end() : min(stop, box.end() + _MOST_NAME)]), box[0]
            end = box.end()


def _name_in(text: str) -> str:
    """What stands beside a box, without what only leads to it."""
    text = _ABOUT_BOX.sub("", text.replace("*", " ").replace("`", " "))
    text = re.sub(r"^[\s\-•·#>,]*(?:\d+[.)]\s*)?(?:and\b|the\b|\s)*", "", text)
    text = re.sub(r"(?:\b(?:is|are|can|be|found|seen|was|at|in)\b|\s)*$", "", text)
    text = re.split(r"[.;!?](?:\s|$)", text.strip(" ,;:.-–—=()[]\"'|"))[-1]
    return text.strip(" ,;:.-–—=()[]\"'|")


def _told(prose: str) -> str:
    """The sentences of prose that say what a picture shows."""
    if _bracket(prose, 0) >= 0:
        prose = prose[: _bracket(prose, 0)]
    sentences = [" ".join(one.replace("*", "").split()) for one in _SENTENCE.findall(_TAG.sub(" ", prose))]
    kept = [
        one
        for one in sentences
        if one[-1:] in ".!?。！？" and not _IDLE.search(one) and (len(one.split()) >= 4 or len(one.encode()) > 18)
    ]
    return " ".join(kept[:3])
