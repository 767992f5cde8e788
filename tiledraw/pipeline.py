"""The pipeline: a prompt becomes a plan, a coarse pass, levels of tiles, and an image; an iterator of events.

    from tiledraw.pipeline import Drawer
    for event in Drawer.load().draw("a cat in the bottom-left corner", size=(256, 256)):
        print(event)

The command line, a page or a server only consume the events. Knows every stage of the data flow by its interface.
Knows nothing about files, terminals or training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tiledraw.checks import check_prompt, check_seed, check_temperature
from tiledraw.engine.decoding import MAX_THINK, Decoder, draw_pixels, draw_think
from tiledraw.engine.noise import FLAT_LEVEL, TEXT_LEVEL, uniforms
from tiledraw.grammar import FlatDocument, LayoutDocument, TileDocument
from tiledraw.models.loading import LoadedModel, load_model
from tiledraw.pixels import image_from_pixels
from tiledraw.plan import Plan, canvas_line, format_plan
from tiledraw.planner import read_thought
from tiledraw.pyramid import COARSE, TILE, Canvas, Level, Tile, guide_of, waves
from tiledraw.rules import plan_by_rules
from tiledraw.think import tile_think

MAX_BATCH = 64  # tiles that one batch draws: bounds the memory of a wave
PLANNERS = ("model", "rules")


@dataclass(frozen=True)
class PlanReady:
    """The plan, and the text of the think step (free thought included)."""

    plan: Plan
    text: str


@dataclass(frozen=True)
class LevelStarted:
    """A level begins: its number (0 is the coarse pass), its side in pixels, how many tiles it draws."""

    level: int
    side: int
    tiles: int


@dataclass(frozen=True, eq=False)
class TileDone:
    """A tile is finished: `pixels` (32, 32) uint8."""

    tile: Tile
    think: str
    pixels: np.ndarray


@dataclass(frozen=True, eq=False)
class LevelDone:
    """A level is finished: `pixels` (side, side) uint8, of the whole enclosing square."""

    level: int
    pixels: np.ndarray


@dataclass(frozen=True, eq=False)
class ImageDone:
    """The picture is finished."""

    image: Image.Image


Event = PlanReady | LevelStarted | TileDone | LevelDone | ImageDone


class Drawer:
    """Draws with one model."""

    def __init__(self, loaded: LoadedModel, decoder: Decoder) -> None:
        self.loaded = loaded
        self.decoder = decoder

    @classmethod
    def load(cls, model: str | None = None) -> Drawer:
        """The bundled model (None), a folder, or a hub name.

        Raises:
            ModelError: the model can't be loaded.
            VocabularyError: it has another vocabulary.
        """
        from tiledraw.engine import make_decoder

        loaded = load_model(model)
        return cls(loaded, make_decoder(loaded.model))

    def plan(
        self, prompt: str, canvas: Canvas, *, seed: int = 0, temperature: float = 0.0, planner: str = "model"
    ) -> PlanReady:
        """What to draw where.

        Raises:
            UnknownSubjectError: the prompt asks for something that the model does not know.
            PlanError: no plan could be made of the prompt.
            ValueError: an empty or overlong prompt, an unknown planner.
        """
        prompt = check_prompt(prompt)
        knowledge = self.loaded.knowledge
        if planner == "rules":
            plan = plan_by_rules(prompt, knowledge.subjects or None, canvas.cells)
            text = format_plan(plan)
        elif planner == "model":
            document = LayoutDocument(prompt, canvas_line(canvas.cells))
            noise = uniforms(seed, TEXT_LEVEL, 0, 0, MAX_THINK)
            text = draw_think(self.decoder, self.loaded.vocabulary, document, noise, temperature)
            plan = read_thought(text, prompt, canvas.cells, knowledge.subjects)
        else:
            raise ValueError(f"the planner {planner!r} is unknown; known are {', '.join(PLANNERS)}")
        knowledge.check(plan)
        return PlanReady(plan, text)

    def draw(
        self,
        prompt: str,
        size: tuple[int, int] = (256, 256),
        *,
        seed: int = 0,
        temperature: float = 0.7,
        order: str = "chess",
        planner: str = "model",
        plan: Plan | None = None,
    ) -> Iterator[Event]:
        """Draws a picture by the tiled path. The events come as soon as their part is finished.

        Args:
            prompt: What to draw, in English or Chinese.
            size: Width and height in pixels, multiples of 32 from 32 to 4096.
            seed: Of all noise; the same seed gives the same picture.
            temperature: Of the pixels; 0 is greedy. Plans are thought at temperature 0.
            order: "independent", "raster" or "chess".
            planner: "model" or "rules"; not used when a plan is given.
            plan: What to draw where, if that is known already.

        Raises:
            ValueError: any argument out of its range, with what would work; and what `plan` raises.
        """
        canvas = Canvas(*size)
        prompt = check_prompt(prompt)
        check_seed(seed)
        check_temperature(temperature)
        list(waves([], order))  # refuses an unknown order before anything is drawn
        if plan is None:
            ready = self.plan(prompt, canvas, seed=seed, planner=planner)
        else:
            self.loaded.knowledge.check(plan)
            plan = replace(plan, canvas=canvas.cells)
            ready = PlanReady(plan, format_plan(plan))
        yield ready
        level = yield from self._coarse(prompt, ready, seed, temperature)
        for number in range(1, len(canvas.sides)):
            level = yield from self._level(number, canvas, level, ready.plan, seed, temperature, order)
        yield ImageDone(image_from_pixels(canvas.crop(level.pixels)))

    def draw_flat(self, prompt: str, *, seed: int = 0, temperature: float = 0.7) -> Iterator[Event]:
        """Draws one 32x32 image by the flat baseline: think, then 1024 pixels."""
        prompt = check_prompt(prompt)
        check_seed(seed)
        check_temperature(temperature)
        document = FlatDocument(prompt)
        noise = uniforms(seed, TEXT_LEVEL, 0, 0, MAX_THINK)
        text = draw_think(self.decoder, self.loaded.vocabulary, document, noise, 0.0)
        plan = read_thought(text, prompt, Canvas(TILE, TILE).cells, self.loaded.knowledge.subjects)
        self.loaded.knowledge.check(plan)
        yield PlanReady(plan, text)
        yield LevelStarted(1, TILE, 1)
        noise = uniforms(seed, FLAT_LEVEL, 0, 0, TILE * TILE)
        document = FlatDocument(prompt, text)
        pixels = draw_pixels(self.decoder, self.loaded.vocabulary, [document], noise[None], temperature)
        pixels = pixels.reshape(TILE, TILE)
        yield LevelDone(1, pixels)
        yield ImageDone(image_from_pixels(pixels))

    def _coarse(self, prompt: str, ready: PlanReady, seed: int, temperature: float) -> Iterator[Event]:
        yield LevelStarted(0, COARSE, 1)
        given = canvas_line(ready.plan.canvas)
        document = LayoutDocument(prompt, given, format_plan(ready.plan).removeprefix(given))
        noise = uniforms(seed, 0, 0, 0, COARSE * COARSE)
        pixels = draw_pixels(self.decoder, self.loaded.vocabulary, [document], noise[None], temperature)
        level = Level.finished(pixels.reshape(COARSE, COARSE))
        yield LevelDone(0, level.pixels)
        return level

    def _level(
        self, number: int, canvas: Canvas, above: Level, plan: Plan, seed: int, temperature: float, order: str
    ) -> Iterator[Event]:
        """Draws one level, wave by wave, from the level above it."""
        tiles = canvas.tiles(number)
        level = Level(canvas.sides[number])
        guides = above.guides(level.side // TILE, self.loaded.knowledge.grays)
        yield LevelStarted(number, level.side, len(tiles))
        for wave in waves(tiles, order):
            documents = [  # of the whole wave before any of it is drawn: its tiles don't see each other
                TileDocument(tile_think(plan, tile), guide_of(guides, tile), level.borders(tile)) for tile in wave
            ]
            for start in range(0, len(wave), MAX_BATCH):
                batch, given = wave[start : start + MAX_BATCH], documents[start : start + MAX_BATCH]
                noise = np.stack([uniforms(seed, number, tile.row, tile.column, TILE * TILE) for tile in batch])
                drawn = draw_pixels(self.decoder, self.loaded.vocabulary, given, noise, temperature)
                for tile, document, pixels in zip(batch, given, drawn, strict=True):
                    pixels = pixels.reshape(TILE, TILE)
                    level.put(tile, pixels)
                    yield TileDone(tile, document.think, pixels)
        yield LevelDone(number, level.pixels)
        return level
