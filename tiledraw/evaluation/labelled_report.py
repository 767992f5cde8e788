"""The report of an evaluation on labelled pictures: `report.md`, `sheet.png` and `evaluation.json`.

Knows figures and drawings. Knows nothing about how they came about.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.canvas.pyramid import TILE
from tiledraw.common.files import atomic_write
from tiledraw.evaluation.labelled import Drawn, Evaluation, Figures, Yardstick, mean
from tiledraw.evaluation.sheets import write_sheet
from tiledraw.evaluation.statistics import Estimate

COLUMNS, ROWS, SHOWN = 10, 6, 64  # of the sheet, and pixels a side of a picture in it
Row = Sequence[str]


def write_report(folder: Path, result: Evaluation, command: str) -> None:
    """Writes the three files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / "evaluation.json", (json.dumps(as_json(result, command), indent=1) + "\n").encode())
    rows, names = sheet_rows(result)
    write_sheet(folder / "sheet.png", rows)
    atomic_write(folder / "report.md", "\n".join(report_lines(result, command, names)).encode())


def _interval(found: Estimate | None, digits: int = 3, factor: float = 1.0) -> str:
    """A mean with its interval, or a dash."""
    if found is None:
        return "-"
    values = [f"{factor * value:,.{digits}f}" for value in (found.mean, found.low, found.high)]
    return f"{values[0]} ({values[1]} to {values[2]})"


def _number(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def _table(head: Row, rows: Sequence[Row]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def report_lines(result: Evaluation, command: str, names: Sequence[str]) -> list[str]:
    """The report in Markdown."""
    settings = result.settings
    lines = [
        f"# Evaluation on {settings.data}",
        "",
        f"`{command}`: pictures of the {settings.split} split, which training does not show, asked for in its own "
        "phrasings. In brackets 95% bootstrap intervals over pictures.",
        "",
        *_table(["what", *(f"{one.model}, {one.format}" for one in result.figures)], _rows(result)),
        "",
        "Bits of a tiled picture are those of all its levels together (the chain rule), an upper bound of its own. PNG "
        "and the histogram of each place are of the same pictures. The label's worth is what pictures cost more under "
        "another one's. The classifier and the features of the kernel distance are a small network trained on the true "
        "pictures of the training split, so they tell these classes apart and little else; without labels it is "
        "untrained, and its distance is coarse.",
        "",
        *_by_level(result.figures),
        *_against(result.figures),
        f"![drawings](sheet.png)\n\nFrom top to bottom, none chosen: {'; '.join(names)}.",
        "",
    ]
    return lines


def _rows(result: Evaluation) -> list[Row]:
    """The table: a row for each thing that was measured."""
    figures = [(one, result.yardsticks[one.format]) for one in result.figures]

    def of_pixel(values: np.ndarray, true: Yardstick) -> str:
        return _interval(mean(values), factor=1 / true.side**2)

    return [
        ["training steps", *(f"{one.steps:,}" for one, _ in figures)],
        ["pixels a side", *(str(one.side) for one, _ in figures)],
        ["bits a pixel", *(of_pixel(one.bits, true) for one, true in figures)],
        ["bits a picture", *(_interval(mean(one.bits), 0) for one, _ in figures)],
        ["bits a pixel of a histogram", *(of_pixel(true.histogram, true) for _, true in figures)],
        ["bits a pixel of a PNG", *(of_pixel(true.png, true) for _, true in figures)],
        ["the label's worth in bits", *(_interval(mean(one.worth), 0) for one, _ in figures)],
        ["drawings that the classifier names as asked", *(_interval(mean(one.right)) for one, _ in figures)],
        ["true pictures that it names rightly", *(_number(true.accuracy) for _, true in figures)],
        ["thoughts that say what was asked", *(_number(one.heard) for one, _ in figures)],
        ["drawings", *(f"{sum(d.pixels is not None for d in one.drawn)} of {len(one.drawn)}" for one, _ in figures)],
        ["kernel distance x 1,000", *(_number(1000 * one.distance[0], 1) for one, _ in figures)],
        ["that of true pictures x 1,000", *(_number(1000 * true.distance[0], 1) for _, true in figures)],
        ["seconds a drawing, among others", *(_number(one.seconds, 2) for one, _ in figures)],
    ]


def _by_level(figures: Sequence[Figures]) -> list[str]:
    """Bits of tiled pictures by level."""
    lines: list[str] = []
    for one in figures:
        if len(one.stages) > 1:
            rows = [[str(side), _interval(mean(values), 0)] for side, values in one.stages.items()]
            lines += [f"By level, {one.model}, {one.format}:", "", *_table(["level", "bits a picture"], rows), ""]
    return lines


def _against(figures: Sequence[Figures]) -> list[str]:
    """Flat against tiled, where there is one of each, on the same pictures of 32x32."""
    flat, tiled = ([one for one in figures if one.format == name] for name in ("flat", "tiled"))
    lines: list[str] = []
    for one, other in ((one, other) for one in flat for other in tiled):
        said = f"bits a picture of {TILE}x{TILE}: {_interval(mean(other.at_tile - one.at_tile), 0)}"
        if len(one.right) and len(one.right) == len(other.right):
            said += f"; share of drawings named as asked: {_interval(mean(other.right - one.right))}"
        lines += [f"Tiled ({other.model}) less flat ({one.model}): {said}.", ""]
    return lines


def sheet_rows(result: Evaluation) -> tuple[list[list[Image.Image]], list[str]]:
    """Rows of pictures with what they are: for each format a row of true ones, and drawings of each model."""
    rows: list[list[Image.Image]] = []
    names: list[str] = []
    for name, true in result.yardsticks.items():
        columns = len(true.labels) if 1 < len(true.labels) <= 2 * COLUMNS else COLUMNS
        pixels, shows = true.shown
        chosen = [shows.index(label) for label in true.labels if label in shows] or range(len(shows))
        rows.append([_shown(pixels[number]) for number in list(chosen)[:columns]])
        names.append(f"true pictures ({name})")
        for one in (one for one in result.figures if one.format == name):
            drawn = one.drawn[: ROWS * columns]
            rows += [[_drawing(each) for each in drawn[n : n + columns]] for n in range(0, len(drawn), columns)]
            names.append(f"{one.model}, {name}, {-(-len(drawn) // columns)} rows")
    return rows, names


def _shown(pixels: np.ndarray) -> Image.Image:
    factor = max(1, SHOWN // len(pixels))
    return image_from_pixels(pixels.repeat(factor, 0).repeat(factor, 1))


def _drawing(one: Drawn) -> Image.Image:
    return Image.new("L", (SHOWN, SHOWN), 128) if one.pixels is None else _shown(one.pixels)


def as_json(result: Evaluation, command: str) -> dict[str, Any]:
    """All figures, picture by picture, for other programs."""
    return {
        "command": command,
        "settings": vars(result.settings),
        "true": {
            name: {
                "labels": true.labels,
                "side": true.side,
                "classifier_accuracy": _or_none(true.accuracy),
                "kernel_distance": _or_none(true.distance[0]),
                "histogram_bits": true.histogram.round(1).tolist(),
                "png_bits": true.png.tolist(),
            }
            for name, true in result.yardsticks.items()
        },
        "models": [
            {
                "model": one.model,
                "format": one.format,
                "steps": one.steps,
                "bits": {str(side): values.round(1).tolist() for side, values in one.stages.items()},
                "label_bits": one.worth.round(1).tolist(),
                "drawings": [
                    {"prompt": each.prompt, "shows": each.shows, "thought": each.thought, "refused": each.refused}
                    for each in one.drawn
                ],
                "right": one.right.tolist(),
                "kernel_distance": _or_none(one.distance[0]),
                "seconds_a_drawing": round(one.seconds, 3),
            }
            for one in result.figures
        ],
    }


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
