"""Metadata: the text chunks of a PNG that say how it was drawn, written and read.

Pure text; knows nothing about images or models.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiledraw.common.checks import check_prompt, check_seed, check_temperature

KEYWORD = "tiledraw"


class MetadataError(ValueError):
    """What a picture says of itself is damaged."""


@dataclass(frozen=True)
class Record:
    """What a picture says of how it was drawn.

    Attributes:
        prompt: What was asked for.
        plan: The plan as YAML; None for a picture drawn without one.
        seed: Of its noise.
        size: Width and height.
        temperature: Of its pixels.
        flat: Whether it was drawn in one go, without tiles.
        over: A hash of the pixels of the picture over which it was drawn; None if there was none.
        mask: Where that was, as a text; None: anywhere.
        states: The records as written, of all states of the picture: the oldest first, this one last.
    """

    prompt: str
    plan: str | None
    seed: int
    size: tuple[int, int]
    temperature: float
    flat: bool
    over: str | None
    mask: str | None
    states: tuple[dict[str, Any], ...]


def png_metadata(
    *,
    prompt: str,
    plan: str | None,
    seed: int,
    size: tuple[int, int],
    temperature: float,
    flat: bool,
    steps: int,
    model: str,
    fingerprint: str,
    version: str,
    change: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    pixels: str | None = None,
    over: str | None = None,
    mask: str | None = None,
) -> dict[str, str]:
    """The PNG text chunks by keyword.

    `parameters` is the form that image tools read (AUTOMATIC1111 and those that follow it); `tiledraw` is JSON with
    all that it takes to draw the same picture again.

    Args:
        plan: the plan as YAML; None for a picture drawn without one.
        seed: the seed of this very picture.
        size: width and height; of what was drawn over a picture those of the canvas.
        steps: how many tiles were drawn.
        change: what was changed of an earlier picture, by option.
        history: the `states` of that earlier picture; an edited picture knows all that it was before.
        pixels: a hash of the pixels, if they are those of layers.
        over: a hash of the pixels of the picture over which it was drawn, if there was one.
        mask: where that was, as a text, if not anywhere.
    """
    width, height = size
    settings: dict[str, object] = {
        "Steps": steps,
        "Sampler": "tiledraw flat" if flat else "tiledraw",
        "CFG scale": 1,
        "Seed": seed,
        "Size": f"{width}x{height}",
        "Model hash": fingerprint[:10],
        "Model": model,
        "Temperature": temperature,
        "Version": f"tiledraw {version}",
    }
    record: dict[str, object] = {
        "version": version,
        "prompt": prompt,
        "plan": plan,
        "seed": seed,
        "size": [width, height],
        "temperature": temperature,
        "flat": flat,
        "model": model,
        "fingerprint": fingerprint,
    }
    if pixels is not None:
        record["pixels"] = pixels
    if over is not None:
        record["over"] = over
    if mask is not None:
        record["mask"] = mask
    if change is not None:
        record |= {"change": dict(change), "history": list(history)}
    return {"parameters": f"{prompt}\n{_settings_line(settings)}", KEYWORD: json.dumps(record)}


def read_metadata(chunks: Mapping[str, str]) -> Record | None:
    """The record in a PNG's text chunks, the inverse of `png_metadata`; None if there is none.

    Raises:
        MetadataError: it is damaged.
    """
    if KEYWORD not in chunks:
        return None
    try:
        record = json.loads(chunks[KEYWORD])
        history = record.pop("history", [])
        width, height = record["size"]
        values = Record(
            prompt=check_prompt(_typed(record, "prompt", str)),
            plan=None if record["plan"] is None else _typed(record, "plan", str),
            seed=_typed(record, "seed", int),
            size=(width, height),
            temperature=float(_typed(record, "temperature", (int, float))),
            flat=_typed(record, "flat", bool),
            over=None if record.get("over") is None else _typed(record, "over", str),
            mask=None if record.get("mask") is None else _typed(record, "mask", str),
            states=(*history, record),
        )
        check_seed(values.seed)
        check_temperature(values.temperature)
    except KeyError as error:
        raise MetadataError(f"the metadata lacks {error}") from None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise MetadataError(f"the metadata is damaged ({' '.join(str(error).split())})") from None
    if not all(isinstance(side, int) for side in values.size) or not all(isinstance(s, dict) for s in values.states):
        raise MetadataError("the metadata is damaged (a size or a history of another form)")
    return values


def _typed(record: dict[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(record[key], kind):
        raise MetadataError(f"{key} is {record[key]!r:.60}")
    return record[key]


def _settings_line(settings: dict[str, object]) -> str:
    """`Key: value, Key: value`, values quoted as JSON where they hold a comma, colon or newline."""

    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",:\n") else value

    return ", ".join(f"{key}: {quoted(str(value))}" for key, value in settings.items())
