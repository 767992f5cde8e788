"""Tiling: the plain path, from a coarse pass to levels of tiles.

Each tile is told its thought, its guide, its borders and what is known of it, and drawn as soon as all that is there.
Knows jobs, plans, levels and what a model has learned. Knows nothing about tokens or decoders.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tiledraw.canvas.frontier import Frontier
from tiledraw.canvas.pyramid import ABSENT, COARSE_TILE, TILE, Level, Tile, wave_number
from tiledraw.drawing.events import Event, LevelDone, LevelStarted, PlanReady, TileDone
from tiledraw.drawing.job import Job
from tiledraw.engine.noise import uniforms
from tiledraw.engine.scheduling import Executor, Part, Task
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.guiding import plain_gray, plain_pixels
from tiledraw.format.think import captioned_think, place_think, read_caption, read_contents, tile_think
from tiledraw.models.knowledge import Knowledge

Steps = Part[Event, Level]
# what is known of each level before it is drawn, (side, side) int16, ABSENT elsewhere; None: nothing is
Levels = Sequence[np.ndarray | None]


@dataclass(frozen=True)
class Tiling:
    """The tiles of one picture: what is to be drawn, what was thought of it, and what the model knows."""

    job: Job
    ready: PlanReady
    knowledge: Knowledge

    def document(
        self, tile: Tile, levels: Sequence[Level], stays: np.ndarray | None, frontier: Frontier
    ) -> TileDocument:
        """The document of a tile, as far as it is known what it sees.

        Args:
            tile: The tile.
            levels: All levels, as far as they are drawn.
            stays: Pixels of the tile's level that stay, `(side, side)` int16, ABSENT elsewhere; None: nothing does.
            frontier: Which tiles see which.
        """
        level = levels[tile.level]
        guide = levels[tile.level - 1].guide(tile, level.side, self.knowledge.grays)
        borders = level.borders(tile, partial(frontier.sees, tile))
        # large levels need not be copied for each tile
        known = np.full((tile.side, tile.side), ABSENT, np.int16) if stays is None else stays[tile.slices]
        think = self._think(tile)
        return TileDocument(think, guide, borders, known_pixels(think, guide, known))

    def _think(self, tile: Tile) -> str:
        if self.ready.plan is not None:
            return tile_think(self.ready.plan, tile)
        caption = read_caption(self.ready.text)
        return captioned_think(tile, caption) if caption else place_think(tile)

    def finished(self, tile: Tile, document: TileDocument, rows: int) -> np.ndarray | None:
        """The pixels of a tile that is drawn already, or of some first rows that need not be drawn, `(rows, side)`."""
        if tile in self.job.finished:
            return self.job.finished[tile]
        pixels = document.pixels
        if pixels is not None and (pixels[:rows] != ABSENT).all():
            return pixels[:rows].astype(np.uint8)
        gray = plain_gray(document) if rows == tile.side else None
        return None if gray is None else np.full((tile.side, tile.side), gray, dtype=np.uint8)

    def noise(self, tile: Tile, level_side: int) -> np.ndarray:
        """The noise of a tile, as `noise` tells."""
        return noise(self.job, tile.level, level_side, tile.row, tile.column)


def noise(job: Job, noise_level: int, level_side: int, row: int = 0, column: int = 0) -> np.ndarray:
    """Of a tile of a level, `(pixels,)`."""
    return uniforms(job.seed, noise_level, row, column, min(TILE, level_side) ** 2)


def known_pixels(think: str, guide: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What is known of a tile before it is drawn, int16, ABSENT elsewhere: what is `known` already, and in tiles of
    32x32 what the guide leaves no doubt about."""
    if len(known) != TILE:
        return known
    boxes = [box for _, box in read_contents(think) or ()]
    return np.where(known == ABSENT, plain_pixels(guide, boxes), known)


def draw_whole(job: Job, document: FlatDocument | LayoutDocument, number: int, side: int, noise_level: int) -> Steps:
    """Draws a level of one document: the coarse pass, or the flat image."""
    stays = document.pixels is not None and bool((document.pixels != ABSENT).all())
    yield LevelStarted(number, side, 0 if stays else 1)
    pixels = document.pixels if stays else job.finished.get(COARSE_TILE) if number == 0 else None
    if pixels is None:
        assert job.temperature is not None
        yield Task(document, noise(job, noise_level, side), job.temperature)
        drawn = yield None
        assert drawn is not None
        pixels = drawn[1]
    level = Level.finished(pixels.reshape(side, side))
    yield LevelDone(number, level.pixels)
    return level


def draw_tiles(
    job: Job,
    executor: Executor,
    coarse: Level,
    ready: PlanReady,
    stays: Levels,
    context: LayoutDocument | None,
    knowledge: Knowledge,
) -> Steps:
    """Draws all levels of tiles around what stays of them, each tile, or row of it, as soon as what it sees is
    finished; behind the `context`, if there is one. What is told of them comes in drawing order, level by level;
    nothing of tiles of which all stays."""
    levels, tiles = [coarse, *(Level(side) for side in job.canvas.sides[1:])], list[Tile]()
    tiling = Tiling(job, ready, knowledge)
    script: deque[Event | Tile] = deque()  # what is to be told; for a tile, that it is done
    for number, level in enumerate(levels[1:], 1):
        own, kept = job.canvas.tiles(number), stays[number]
        if kept is not None:
            for tile in own:
                if (kept[tile.slices] != ABSENT).all():
                    level.put(tile, kept[tile.slices])
        own = sorted((tile for tile in own if not level.rows[tile.row, tile.column]), key=wave_number)
        tiles += own
        script += [LevelStarted(number, level.side, len(own)), *own, LevelDone(number, level.pixels)]
    frontier = Frontier(job.canvas, tiles, executor.by_rows)
    drawing: dict[Tile, Task] = {}
    done: dict[Tile, TileDone] = {}

    def go_on(tile: Tile, rows: int) -> Task | None:
        """The task of a tile of which so many rows can be drawn; None if they need not be."""
        document = replace(tiling.document(tile, levels, stays[tile.level], frontier), context=context)
        task = drawing.get(tile)
        if task is None:
            if (pixels := tiling.finished(tile, document, rows)) is not None:
                finish(tile, document, pixels, drawn=False)
                return None
            own = tiling.noise(tile, levels[tile.level].side)
            assert job.temperature is not None
            task = drawing[tile] = Task(document, own, job.temperature, band=frontier.band)
        task.document, task.rows = document, None if rows == tile.side else rows
        return task

    def finish(tile: Tile, document: TileDocument, pixels: np.ndarray, drawn: bool = True) -> None:
        pixels = pixels.reshape(-1, tile.side)
        levels[tile.level].put(tile, pixels)
        if len(pixels) == tile.side:
            done[tile] = TileDone(tile, document.think, pixels, drawn)
        frontier.finish(tile, len(pixels))

    def told() -> Iterator[Event]:
        while script and (not isinstance(script[0], Tile) or script[0] in done):
            event = script.popleft()
            yield done.pop(event) if isinstance(event, Tile) else event

    yield from told()
    while True:
        whole = sum(task.rows is None for task in drawing.values())
        taken = frontier.take(whole=whole < executor.most, part=len(drawing) < executor.most)
        if taken is not None:
            if (ready_task := go_on(*taken)) is not None:
                yield ready_task
        elif drawing:
            drawn = yield None
            assert drawn is not None
            task, pixels = drawn
            tile = next(tile for tile, other in drawing.items() if other is task)
            assert isinstance(task.document, TileDocument)
            finish(tile, task.document, pixels)
            if len(pixels) == task.noise.shape[-1]:
                del drawing[tile]
        else:
            return levels[-1]
        yield from told()
