"""Describing: a picture becomes a plan and a sentence, by the weights and words that draw.

    from tiledraw.drawing.describing import describe
    print(describe(Drawer.load(), "cat.png", "zh").sentence)

The model reads an overview of the whole picture and says where something is; looks at each of these places, all at
once, and says what is there; and puts the plan into words. Answers are the likeliest ones, so the same picture is
always described alike. Knows readings, plans and decoders. Knows nothing about terminals or training.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import grays_of, read_picture
from tiledraw.canvas.pixels import resize
from tiledraw.canvas.pyramid import TILE, Canvas
from tiledraw.drawing.events import PlanReady, SentenceReady
from tiledraw.drawing.pipeline import Pipeline
from tiledraw.engine.decoding import draw_texts
from tiledraw.format.grammar import ReadingDocument
from tiledraw.format.reading import NOTHING, STRANGE, in_reading_order, look, overview, parse_look, parse_overview
from tiledraw.language import plan as layered_plan
from tiledraw.language.boxes import Box, PlanError
from tiledraw.language.first.plan import Placement, Plan, format_plan
from tiledraw.language.sentences import LANGUAGES, sentence

Readable = np.ndarray | Image.Image | str | os.PathLike[str] | bytes
MOST = 512  # pixels a side that are read of a picture; of larger ones, area means
LONG = 4  # times as long as wide, from which on a picture that looks empty may not be
OVER = {"en": ", over a picture", "zh": "，画在一张图上"}
EMPTY = {"en": "An empty picture.", "zh": "一张空白的图。"}


class DescriptionError(ValueError):
    """A picture can't be described."""


@dataclass(frozen=True)
class Description:
    """What a picture shows."""

    plan: Plan | layered_plan.Plan
    sentence: str


def told(plan: layered_plan.Plan, language: str = "en", over: bool = False) -> Description:
    """What a picture shows that says its plan; `over`: it was drawn over another one.

    Raises:
        ValueError: the language is another one.
    """
    _check_language(language)
    text = sentence(replace(plan, background="white") if over else plan, language)
    return Description(plan, _punctuated(text + (OVER[language] if over else ""), language))


def describe(drawer: Pipeline, picture: Readable, language: str = "en") -> Description:
    """Plan and sentence of a picture. Takes and raises what `read` takes and raises."""
    ready, said = read(drawer, picture, language)
    assert isinstance(ready, PlanReady) and isinstance(ready.plan, Plan) and isinstance(said, SentenceReady)
    return Description(ready.plan, said.text)


def read(drawer: Pipeline, picture: Readable, language: str = "en") -> Iterator[PlanReady | SentenceReady]:
    """Reads a picture: its plan, then a sentence, as soon as each is known. What the model does not know, or what turns
    out to be nothing, is in neither.

    Args:
        drawer: With a model that has learned to read, or with a thinker that has.
        picture: Gray levels `(height, width)` or colours `(height, width, 3)` uint8, an image, or a picture
            file in any format: its path or its bytes.
        language: "en" or "zh".

    Raises:
        DescriptionError: the model has not learned to read, there is nothing that it knows, or its answer makes no
            sense.
        PictureError: the file is no picture.
        ValueError: the language is another one.
    """
    drawer = drawer.plain
    loaded = drawer.loaded
    _check_language(language)
    if not loaded.knowledge.describes:
        raise DescriptionError(f"the model {loaded.name} has not learned to describe; train one with mix.reads above 0")
    if isinstance(picture, np.ndarray) and picture.ndim == 3:
        picture = Image.fromarray(picture)
    if isinstance(picture, Image.Image):
        picture = grays_of(picture)
    pixels, canvas = spread(picture if isinstance(picture, np.ndarray) else read_picture(picture))
    grays = loaded.knowledge.grays

    def answers(documents: list[ReadingDocument]) -> list[str]:
        with drawer.lock:
            return draw_texts(drawer.decoder, loaded.vocabulary, documents) if documents else []

    (seen,) = answers([ReadingDocument(overview(pixels, grays))])
    try:
        background, boxes = parse_overview(seen)
        boxes = [box for box in dict.fromkeys(boxes) if box.overlaps(canvas.cells)]
        names = map(parse_look, answers([ReadingDocument(look(pixels, box, grays)) for box in boxes]))
        plan = _plan(background, list(zip(names, boxes, strict=True)), canvas.cells, loaded.knowledge.subjects)
    except DescriptionError:
        raise
    except ValueError as error:
        raise DescriptionError(f"the model could not make sense of the picture: {error}") from None
    if not plan.placements and canvas.side > LONG * min(canvas.width, canvas.height):
        raise DescriptionError("it is so long that what it shows is too small to see; give a part of it")
    yield PlanReady(plan, format_plan(plan))
    if not plan.placements:
        yield SentenceReady(EMPTY[language])
        return
    (words,) = answers([ReadingDocument(asked=f"{language}\n{format_plan(plan)}")])
    if not words.strip():
        raise DescriptionError("the model found no words for the plan; --plan-only shows it")
    yield SentenceReady(_punctuated(words.strip(), language))


def described_plan(drawer: Pipeline, pixels: np.ndarray, canvas: Canvas) -> Plan:
    """What the model sees in a picture `(height, width)` uint8 of a canvas.

    Raises:
        DescriptionError: it can't read, or can't make sense of the picture.
    """
    ready = next(read(drawer, pixels))
    assert isinstance(ready, PlanReady) and isinstance(ready.plan, Plan)
    return replace(ready.plan, canvas=canvas.cells)


def _plan(background: str, seen: list[tuple[str, Box]], canvas: Box, known: tuple[str, ...]) -> Plan:
    """The plan of what was seen in each box; what has no known name is left out."""
    placements = [Placement(name, box) for name, box in seen if name not in (NOTHING, STRANGE)]
    placements = [placement for placement in placements if not known or placement.subject in known]
    if not placements and any(name != NOTHING for name, _ in seen):
        raise DescriptionError("the picture shows nothing that this model knows")
    if len(set(placements)) < len(placements):
        raise PlanError("it saw one thing twice")
    return in_reading_order(Plan(tuple(placements), background, canvas))


def spread(pixels: np.ndarray) -> tuple[np.ndarray, Canvas]:
    """A picture `(height, width)` uint8 on the square around its canvas, `(side, side)` uint8, and this canvas.

    Sides that are no multiples of 32 are resampled to the nearest; outside the picture lies the gray of its edges.
    """
    scale = min(1.0, MOST / max(pixels.shape))
    height, width = (max(TILE, round(length * scale / TILE) * TILE) for length in pixels.shape)
    canvas = Canvas(width, height)
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    square = np.full((canvas.side, canvas.side), int(np.median(edges)), dtype=np.uint8)
    canvas.crop(square)[:] = resize(pixels, width, height)
    return square, canvas


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"the language {language!r} is unknown; known are {', '.join(LANGUAGES)}")


def _punctuated(text: str, language: str) -> str:
    return f"{text}。" if language == "zh" else f"{text[0].upper()}{text[1:]}."
