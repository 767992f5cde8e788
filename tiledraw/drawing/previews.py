"""Previews: what can be seen of a picture while it is drawn, layer by layer, as far as each has come.

Knows events, and how layers are dressed and composed. Knows nothing about who looks.
"""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import Layer, compose
from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.canvas.pyramid import Canvas
from tiledraw.drawing.events import Event, LayerLevelDone, LayerTileDone, LevelDone, PlanReady
from tiledraw.drawing.ground import Ground
from tiledraw.drawing.stacking import dressed, levels_needed, square_of
from tiledraw.format.palettes import Palette, PaletteError, colour_of, parse_palette
from tiledraw.language.attributes import COLOURS, NOTHING
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan

BACKGROUND = -1  # the number of the background among the placements
MOST_SHOWN = 512  # pixels a side of a layer: what is finer shows only in the picture itself


def png_of(image: Image.Image, quick: bool = False) -> bytes:
    """A picture as a PNG, which says how it was drawn if it knows; a little larger if it is to be made quickly."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1 if quick else 6)
    return file.getvalue()


class Preview:
    """What is there of one picture.

    Attributes:
        plan: The plan, once it is made; of layers.
        share: How much of the work is done, about, from 0 to 1.
    """

    def __init__(self, size: tuple[int, int], ground: Ground | None = None) -> None:
        """Of a canvas, in front of a picture over which it is drawn, if there is one."""
        self.canvas, self.ground = Canvas(*size), ground
        self.plan = Plan() if ground is None else Plan((), NOTHING)
        self._done, self._total = 0, 0
        self._drawn: dict[str, tuple[Palette, np.ndarray]] = {}  # by subject
        self._changed: set[str] = set()
        self._whole: np.ndarray | None = None  # of a picture without layers

    def add(self, event: Event) -> None:
        """Takes note of what has happened."""
        match event:
            case PlanReady(plan=plan):
                if isinstance(plan, Plan):
                    self.plan = plan
                    self._total = sum((2 << level) - 1 for level in levels_needed(plan, self.canvas).values())
            case LayerLevelDone(subject=subject, inks=inks, level=level, pixels=pixels):
                self._done += 1 << level  # what a level leaves open are edges, of twice as many pixels each time
                self._set(subject, inks, pixels)
            case LayerTileDone(document=document, pixels=pixels):
                assert document.inks is not None
                side, known = pixels.shape[0] * document.tile.grid, self._drawn[document.subject][1]
                if len(known) < side:  # the first tile of a level: the rest is still as coarse as above
                    known = known.repeat(side // len(known), axis=0).repeat(side // len(known), axis=1)
                known[document.tile.slices] = pixels
                self._set(document.subject, document.inks, known)
            case LevelDone(pixels=pixels):
                self._whole = pixels

    @property
    def share(self) -> float:
        return min(1.0, self._done / self._total) if self._total > 0 else 0.0

    def _set(self, subject: str, inks: str, pixels: np.ndarray) -> None:
        self._drawn[subject] = parse_palette(inks), pixels.copy()
        self._changed.add(subject)

    def news(self) -> dict[int, Image.Image]:
        """The layers that look otherwise than when this was called last, by the number of their placement; not turned
        or mirrored."""
        changed, self._changed = self._changed, set()
        numbers = [n for n, one in enumerate(self.plan.placements) if one.subject in changed]
        if self.plan.background in changed:
            numbers.insert(0, BACKGROUND)
        return {number: Image.fromarray(self._colours(number)) for number in numbers}

    def _colours(self, number: int) -> np.ndarray:
        """The colours `(side, side, 4)` uint8 of a layer."""
        placement = Placement("it", self.plan.full) if number == BACKGROUND else self.plan.placements[number]
        subject = self.plan.background if number == BACKGROUND else placement.subject
        palette, inks = self._drawn[subject]
        step = max(1, len(inks) // MOST_SHOWN)
        inks = inks[::step, ::step]
        with suppress(PaletteError):  # what gets the colour does not show yet
            palette, inks = dressed(placement, palette, inks)
        return palette.paint(inks)

    def image(self) -> Image.Image:
        """The picture as far as it has come."""
        size = (self.canvas.width, self.canvas.height)
        if self._whole is not None:
            return image_from_pixels(self.canvas.crop(_as_large(self._whole, self.canvas.side)))
        layers = []
        (x, y), side = self.canvas.offset, self.canvas.side
        square = Box(-x, -y, side - x, side - y)
        if self.plan.background in self._drawn:
            layers.append(Layer(self._colours(BACKGROUND), square))
        elif self.plan.background in COLOURS:
            layers.append(Layer(np.array([[colour_of(self.plan.background)]], dtype=np.uint8), square))
        has_background = bool(layers)
        for number, one in enumerate(self.plan.placements):
            if one.subject in self._drawn:
                place = square_of(self.plan, one, self.canvas)
                layers.append(Layer(self._colours(number), place, one.mirrored, float(one.turned)))
        if self.ground is not None:
            layers, size = self.ground.below(layers, has_background), self.ground.size
        return Image.fromarray(compose(size, layers))


def _as_large(pixels: np.ndarray, side: int) -> np.ndarray:
    factor = -(-side // len(pixels))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)[:side, :side]
