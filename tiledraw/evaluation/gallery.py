"""The gallery of a comparison: a card for each case with its pictures side by side, and all of them on one sheet.

Knows cases, results and the pictures of a run folder. Knows nothing about figures, models or how a page looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pixels import resize
from tiledraw.data.cases import Case
from tiledraw.drawing.trace import plan_picture
from tiledraw.evaluation.comparing import PICTURES, Result, RunError, picture_name
from tiledraw.evaluation.judging import asked_parts
from tiledraw.evaluation.page import Card, Outline, Picture
from tiledraw.evaluation.references import true_pixels
from tiledraw.language.boxes import PlanError
from tiledraw.language.plan import Plan, format_plan, parse_plan, plan_from_yaml
from tiledraw.language.request import format_request

SEED = 0  # the one that is shown
PLAN_SIDE = 320  # pixels a side of the picture of a plan
VIEW, GAP, LINE = 128, 8, 18  # pixels of the sheet: a picture, the room around it, a line of text
INK, FAINT, GOOD, BAD = "#24292e", "#e4e2de", "#23633f", "#9c332b"


def is_right(result: Result) -> bool:
    """Whether nothing that was asked for is missed; a refusal is right only of what nobody can draw."""
    return not result.unmet


def read_picture(folder: Path, name: str, side: int) -> np.ndarray:
    """A picture of a run folder, `(side, side, 3)` uint8.

    Raises:
        RunError: it is missing, no picture, or of another size or mode.
    """
    path = folder / PICTURES / name
    try:
        with open_picture(path) as image:
            if image.mode != "RGB" or image.size != (side, side):
                kind = f"{image.width}x{image.height} of mode {image.mode}"
                raise RunError(f"{path} is {kind}, not {side}x{side} of mode RGB")
            return np.asarray(load_picture(image))
    except (PictureError, OSError) as error:
        raise RunError(f"the picture {path} can't be read: {error}") from None


def gallery(folder: Path, size: int, cases: Sequence[Case], results: Sequence[Result]) -> list[Card]:
    """A card for each case; pictures have `size` pixels a side.

    Raises:
        RunError: a picture or a plan is missing or damaged.
    """
    models = dict.fromkeys(result.model for result in results)
    shown = {(result.case, result.model): result for result in results if result.seed == SEED}
    return [
        _card(folder, size, case, {model: shown[case.id, model] for model in models if (case.id, model) in shown})
        for case in cases
    ]


def _card(folder: Path, size: int, case: Case, results: dict[str, Result]) -> Card:
    """The card of a case with its results by model."""
    plans = {model: _plan(result) for model, result in results.items()}
    plan = next(filter(None, plans.values()), None)
    pictures = (
        Picture("plan", "no plan") if plan is None else Picture("plan", pixels=_plan_pixels(plan)),
        *(_picture(folder, case, result, size) for result in results.values()),
        _reference(plan, size),
    )
    facts = [("asked for", format_request(case.request))]
    for model, result in results.items():
        planned = plans[model]
        facts.append((f"{model}, planned", _why_none(result) if planned is None else format_plan(planned)))
        if result.seen is not None:
            missed = ("not met, by plan", result.plan_unmet), ("not met, by picture", result.unmet)
            facts.append((f"{model}, seen", result.seen))
            facts += [(f"{model}, {term}", "\n".join(one.sentence for one in unmet)) for term, unmet in missed if unmet]
    verdicts = {model: "right" if is_right(result) else "wrong" for model, result in results.items()}
    verdicts |= {name: f"{verdicts[name]} refused" for name, result in results.items() if result.refused is not None}
    verdicts |= {name: "left-out" for name, result in results.items() if result.left_out is not None}
    return Card(case.id, case.prompt, case.category, case.language, pictures, verdicts, tuple(facts))


def _why_none(result: Result) -> str:
    """Why there is no picture."""
    return f"left out: {result.left_out}" if result.left_out is not None else f"refused: {result.refused}"


def _plan(result: Result) -> Plan | None:
    try:
        return None if result.plan is None else plan_from_yaml(result.plan)
    except PlanError as error:
        raise RunError(f"the plan of {result.case!r} drawn by {result.model} can't be read: {error}") from None


def _plan_pixels(plan: Plan) -> np.ndarray:
    return np.asarray(plan_picture(plan, PLAN_SIDE))


def _reference(plan: Plan | None, size: int) -> Picture:
    """The true picture of the drawn plan; there is none where it has a subject of which there is no true picture."""
    try:
        return Picture("reference", "no plan" if plan is None else "", plan and true_pixels(plan, size))
    except KeyError:
        return Picture("reference", "not known here")


def _picture(folder: Path, case: Case, result: Result, side: int) -> Picture:
    """A judged picture with what the finder saw in it."""
    if result.left_out is not None:
        return Picture(result.model, _why_none(result))
    missed = {one.part for one in result.unmet}
    parts = dict.fromkeys((*asked_parts(case.request), *sorted(missed)))
    chips = tuple((part, part not in missed and (result.refused is None or is_right(result))) for part in parts)
    if result.refused is not None:
        return Picture(result.model, _why_none(result), right=is_right(result), chips=chips)
    seen = parse_plan(result.seen or "")
    asked = {thing.subject for thing in case.request.things}
    outlines = tuple(
        Outline(one.subject, one.box.x0, one.box.y0, one.box.width, one.box.height, one.subject in asked)
        for one in seen.placements
    )
    pixels = read_picture(folder, picture_name(case.id, result.model, result.seed), side)
    return Picture(result.model, "", pixels, is_right(result), chips, outlines)


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
