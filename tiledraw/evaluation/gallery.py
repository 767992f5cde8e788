"""The gallery of a comparison: a card for each case with its pictures side by side, and all of them on one sheet.

Knows cases, results and the pictures of a run folder. Knows nothing about figures, models or how a page looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pixels import resize
from tiledraw.canvas.pyramid import COARSE, TILE, Canvas
from tiledraw.drawing.trace import plan_picture
from tiledraw.evaluation.comparing import PICTURES, Result, RunError, picture_name
from tiledraw.evaluation.judging import Detection, Verdict
from tiledraw.evaluation.page import Card, Outline, Picture
from tiledraw.evaluation.references import true_picture
from tiledraw.evaluation.suite import Case
from tiledraw.language.boxes import PlanError
from tiledraw.language.first.layout import Request, arrange
from tiledraw.language.plan import Plan, format_plan, from_first, is_first, plan_from_yaml

FLAT, TILED = "flat", "tiled"  # the ways that are shown side by side
SEED = 0  # the one that is shown
PARTS = tuple(field.name for field in fields(Verdict))
PLAN_SIDE = 320  # pixels a side of the picture of a plan
VIEW, GAP, LINE = 128, 8, 18  # pixels of the sheet: a picture, the room around it, a line of text
INK, FAINT, GOOD, BAD = "#24292e", "#e4e2de", "#23633f", "#9c332b"


def is_right(result: Result) -> bool:
    """Whether there is a picture and it shows all that was asked for."""
    return result.refused is None and result.picture_verdict.right


def asked_parts(request: Request) -> tuple[str, ...]:
    """The parts of a verdict that a request does not leave open."""
    asked = {
        "locations": any(item.location for item in request.items),
        "relations": any(item.relation for item in request.items),
        "sizes": any(item.size for item in request.items),
        "background": request.background is not None,
    }
    return tuple(part for part in PARTS if asked.get(part, True))


def read_picture(folder: Path, name: str, side: int) -> np.ndarray:
    """A picture of a run folder, `(side, side)` uint8, or in colours `(side, side, 3)`.

    Raises:
        RunError: it is missing, no picture, or of another size or mode.
    """
    path = folder / PICTURES / name
    try:
        with open_picture(path) as image:
            if image.mode not in ("L", "RGB") or image.size != (side, side):
                kind = f"{image.width}x{image.height} of mode {image.mode}"
                raise RunError(f"{path} is {kind}, not {side}x{side} of mode L or RGB")
            return np.asarray(load_picture(image))
    except (PictureError, OSError) as error:
        raise RunError(f"the picture {path} can't be read: {error}") from None


def gallery(folder: Path, size: int, cases: Sequence[Case], results: Sequence[Result]) -> list[Card]:
    """A card for each case; tiled pictures have `size` pixels a side.

    Raises:
        RunError: a picture or a plan is missing or damaged.
    """
    shown = {(result.case, result.way): result for result in results if result.seed == SEED}
    return [
        _card(folder, size, case, {way: shown[case.id, way] for way in (FLAT, TILED) if (case.id, way) in shown})
        for case in cases
    ]


def _card(folder: Path, size: int, case: Case, results: dict[str, Result]) -> Card:
    """The card of a case with its results by way."""
    plans = {way: _plan(result) for way, result in results.items()}
    plan = plans.get(TILED) or plans.get(FLAT)
    tiled = results.get(TILED)
    in_layers = tiled is not None and tiled.plan is not None and not is_first(tiled.plan)
    true = _reference(case, size, in_layers)
    pictures = (
        Picture("plan", "no plan") if plan is None else Picture("plan", pixels=_plan_pixels(plan)),
        _coarse(folder, results.get(TILED)),
        _picture(folder, case, FLAT, results.get(FLAT), TILE),
        _picture(folder, case, TILED, results.get(TILED), size),
        Picture("reference", "not known here", true),
    )
    facts = []
    for way, result in results.items():
        planned = plans[way]
        facts.append((f"{way}, planned", f"refused: {result.refused}" if planned is None else format_plan(planned)))
        if result.refused is None:
            facts.append(
                (f"{way}, seen", "\n".join([f"background: {result.background}", *map(_seen, result.detections)]))
            )
    verdicts = {way: "right" if is_right(result) else "wrong" for way, result in results.items()}
    verdicts |= {way: "wrong refused" for way, result in results.items() if result.refused is not None}
    return Card(case.id, case.prompt, case.category, case.language, pictures, verdicts, tuple(facts))


def _plan(result: Result) -> Plan | None:
    try:
        return None if result.plan is None else plan_from_yaml(result.plan)
    except PlanError as error:
        raise RunError(f"the plan of {result.case!r} drawn {result.way!r} can't be read: {error}") from None


def _plan_pixels(plan: Plan) -> np.ndarray:
    return np.asarray(plan_picture(plan, PLAN_SIDE))


def _reference(case: Case, size: int, in_layers: bool) -> np.ndarray | None:
    """The true picture of what a case asks for; None if it asks for a subject that there is no true picture of."""
    from tiledraw.data.scenes import render

    try:
        plan = arrange(case.request)
        if in_layers:
            return true_picture(from_first(plan), Canvas(size, size))[..., :3]
        return render(plan, size)
    except KeyError:
        return None


def _coarse(folder: Path, result: Result | None) -> Picture:
    if result is None or result.refused is not None:
        return Picture("coarse", "not drawn")
    name = picture_name(result.case, result.way, result.seed, "coarse")
    if result.plan is not None and not is_first(result.plan):
        return Picture("coarse", "one of each layer")
    return Picture("coarse", pixels=read_picture(folder, name, COARSE))


def _picture(folder: Path, case: Case, way: str, result: Result | None, side: int) -> Picture:
    """A judged picture with what the finder saw in it."""
    if result is None:
        return Picture(way, "not drawn")
    chips = tuple((part, getattr(result.picture_verdict, part)) for part in asked_parts(case.request))
    if result.refused is not None:
        return Picture(way, f"refused: {result.refused}", right=False, chips=chips)
    asked = {item.subject for item in case.request.items}
    outlines = tuple(
        Outline(s.subject, s.box.x0, s.box.y0, s.box.width, s.box.height, s.subject in asked) for s in result.detections
    )
    pixels = read_picture(folder, picture_name(case.id, way, result.seed), side)
    return Picture(way, "", pixels, is_right(result), chips, outlines)


def _seen(detection: Detection) -> str:
    box = detection.box
    corners = " ".join(f"{corner:.1f}" for corner in (box.x0, box.y0, box.x1, box.y1))
    return f"{detection.subject}: {corners}, sure to {detection.score:.2f}"


def _view(pixels: np.ndarray) -> np.ndarray:
    """A picture, gray or in colours, as large as a view."""
    if pixels.ndim == 2:
        return resize(pixels, VIEW, VIEW)
    return np.stack([resize(np.ascontiguousarray(channel), VIEW, VIEW) for channel in np.moveaxis(pixels, 2, 0)], 2)


# The sheet -----------------------------------------------------------------------------------------------------------


def contact_sheet(cards: Sequence[Card]) -> Image.Image:
    """All cards as rows of pictures, in as many blocks side by side as make the sheet about square."""
    columns = len(cards[0].pictures) if cards else 0
    width, height = columns * (VIEW + GAP) + 2 * GAP, VIEW + LINE + GAP
    blocks = max(1, round(sqrt(len(cards) * height / width))) if cards else 1
    rows = ceil(len(cards) / blocks)
    sheet = Image.new("RGB", (blocks * width + GAP, rows * height + LINE + 2 * GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for number, card in enumerate(cards):
        block, row = divmod(number, rows)
        for column, picture in enumerate(card.pictures):
            x, y = GAP + block * width + column * (VIEW + GAP), LINE + 2 * GAP + row * height
            if row == 0:
                draw.text((x, GAP), picture.title, fill=INK, font_size=12)
            if picture.pixels is None:
                draw.rectangle((x, y, x + VIEW - 1, y + VIEW - 1), fill=FAINT)
                draw.text((x + GAP, y + GAP), picture.note.split(":")[0], fill=INK, font_size=12)
            else:
                sheet.paste(Image.fromarray(_view(picture.pixels)), (x, y))
            draw.rectangle((x, y, x + VIEW - 1, y + VIEW - 1), outline=FAINT)
            caption, color = (card.id[:20], INK) if column == 0 else ("", INK)
            if picture.right is not None:
                caption, color = ("right", GOOD) if picture.right else ("wrong", BAD)
            draw.text((x, y + VIEW + 2), caption, fill=color, font_size=12)
    return sheet
