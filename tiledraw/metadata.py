"""Metadata: the text chunks of a PNG that say how it was drawn. Pure text; knows nothing about images or models."""

from __future__ import annotations

import importlib.metadata
import json


def package_version() -> str:
    """The version of the installed package."""
    try:
        return importlib.metadata.version("tiledraw")
    except importlib.metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def png_metadata(
    *,
    prompt: str,
    plan: str | None,
    seed: int,
    size: tuple[int, int],
    order: str,
    temperature: float,
    flat: bool,
    steps: int,
    model: str,
    fingerprint: str,
    version: str,
) -> dict[str, str]:
    """The PNG text chunks by keyword.

    `parameters` is the form that image tools read (AUTOMATIC1111 and those that follow it); `tiledraw` is JSON with
    all that it takes to draw the same picture again.

    Args:
        plan: the plan as YAML; None for a picture drawn without one.
        seed: the seed of this very picture.
        size: width and height.
        steps: how many tiles were drawn.
    """
    width, height = size
    settings = {
        "Steps": steps,
        "Sampler": "tiledraw flat" if flat else f"tiledraw {order}",
        "CFG scale": 1,
        "Seed": seed,
        "Size": f"{width}x{height}",
        "Model hash": fingerprint[:10],
        "Model": model,
        "Temperature": temperature,
        "Version": f"tiledraw {version}",
    }
    record = {
        "version": version,
        "prompt": prompt,
        "plan": plan,
        "seed": seed,
        "size": [width, height],
        "order": order,
        "temperature": temperature,
        "flat": flat,
        "model": model,
        "fingerprint": fingerprint,
    }
    return {"parameters": f"{prompt}\n{_settings_line(settings)}", "tiledraw": json.dumps(record)}


def _settings_line(settings: dict[str, object]) -> str:
    """`Key: value, Key: value`, values quoted as JSON where they hold a comma, colon or newline."""

    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",:\n") else value

    return ", ".join(f"{key}: {quoted(str(value))}" for key, value in settings.items())
