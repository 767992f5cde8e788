"""Training documents from scenes: an endless, seeded source of layout, flat and tile documents.

Document `index` of a split is the same in every run: its random numbers are keyed by (split, kind, index). Splits
differ by seed and by phrasing, and training never shows some pairings of subjects. Knows scenes, phrases and the
grammar. Knows nothing about tokenizers or models.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from tiledraw.data.phrases import held_out, phrase, sample_request, unknown_prompt
from tiledraw.data.scenes import random_plan, render
from tiledraw.grammar import UNKNOWN, Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.layout import Request, arrange
from tiledraw.pixels import quantise
from tiledraw.plan import FULL, SIZES, Box, Plan, canvas_line, format_plan
from tiledraw.pyramid import ABSENT, TILE, Borders, Canvas, Level, Tile, guide_of, level_sides
from tiledraw.think import tile_think

SPLITS = ("train", "validation", "test")
KINDS = ("layout", "flat", "tile")
FEW_STEPS = 20  # in a tile that has none count as so many; strokes through a tile make hundreds
ASPECTS = ((256, 128), (128, 256), (256, 192), (192, 256), (512, 128), (128, 512), (256, 96), (96, 256))


@dataclass(frozen=True)
class SceneConfig:
    """What scenes show, and how their tiles are disturbed in training.

    Attributes:
        subjects: Names of the subjects.
        sizes: Size words of the subjects.
        backgrounds: Background words.
        grays: Number of gray levels of all pictures, guides included.
        max_subjects: Most subjects in a scene.
        arranged: Share of tiles from plans as prompts give them; the others have boxes anywhere on the grid.
        level_weights: How often tiles come from the level of each side in pixels.
        busy: Share of tiles that some subject touches, the oftener the more strokes are in them.
        unknown: Share of prompts that ask for something unknown.
        letterboxed: Share of layouts on a canvas that is not square.
        guide_noise: Share of tiles whose guide is disturbed: the level above is drawn, and errs.
        guide_missing: Share of tiles whose guide lacks most of the subjects: the level above forgot them.
        guide_dropout: Share of tiles without a guide.
        think_dropout: Share of tiles whose think step does not say what is in them.
        border_noise: Share of tiles whose borders have wrong pixels.
    """

    subjects: tuple[str, ...]
    sizes: tuple[str, ...] = ("small", "medium", "large")
    backgrounds: tuple[str, ...] = ("white", "light", "gray", "dark")
    grays: int = 16
    max_subjects: int = 4
    arranged: float = 0.6
    level_weights: dict[int, float] = field(default_factory=lambda: {16: 0.2, 32: 0.2, 64: 0.2, 128: 0.2, 256: 0.2})
    busy: float = 0.9
    unknown: float = 0.1
    letterboxed: float = 0.15
    guide_noise: float = 0.2
    guide_missing: float = 0.1
    guide_dropout: float = 0.05
    think_dropout: float = 0.03
    border_noise: float = 0.2

    def undisturbed(self) -> SceneConfig:
        """The same scenes with true guides and borders, to measure on."""
        return replace(self, guide_noise=0.0, guide_missing=0.0, guide_dropout=0.0, think_dropout=0.0, border_noise=0.0)


@dataclass(frozen=True)
class SceneSource:
    """Documents of one split."""

    config: SceneConfig
    split: str = "train"

    def _rng(self, kind: str, index: int) -> np.random.Generator:
        return np.random.default_rng([SPLITS.index(self.split), KINDS.index(kind), index])

    def document(self, kind: str, index: int) -> Document:
        """Document `index` of a kind: "layout", "flat" or "tile"."""
        return {"layout": self.layout, "flat": self.flat, "tile": self.tile}[kind](index)

    def prompt(self, kind: str, index: int) -> tuple[str, Plan | str]:
        """A prompt and its plan; or the name in it that is unknown."""
        rng, config = self._rng(kind, index), self.config
        language = ("en", "zh")[index % 2]
        if kind == "layout" and rng.random() < config.unknown:
            return unknown_prompt(rng, language, self.split, config.subjects)
        canvas = FULL
        if kind == "layout" and rng.random() < config.letterboxed:
            canvas = Canvas(*ASPECTS[rng.integers(len(ASPECTS))]).cells
        request = self._request(rng, canvas)
        return phrase(request, language, self.split, rng), arrange(request, canvas)

    def _request(self, rng: np.random.Generator, canvas: Box = FULL) -> Request:
        config = self.config
        while True:
            request = sample_request(
                rng, config.subjects, config.sizes, config.backgrounds, config.max_subjects, canvas
            )
            if not self._never_shown(item.subject for item in request.items):
                return request

    def _random_plan(self, rng: np.random.Generator) -> Plan:
        config = self.config
        cells = [SIZES[size] for size in config.sizes]
        while True:
            count = int(rng.integers(1, config.max_subjects + 1))
            plan = random_plan(rng, config.subjects, cells, config.backgrounds, count)
            if not self._never_shown(plan.subjects):
                return plan

    def _never_shown(self, subjects: Iterable[str]) -> bool:
        return self.split == "train" and held_out(subjects)

    def layout(self, index: int) -> LayoutDocument:
        prompt, plan = self.prompt("layout", index)
        if isinstance(plan, str):
            return LayoutDocument(prompt, think=f"{UNKNOWN} {plan}")
        given = canvas_line(plan.canvas)
        think = format_plan(plan).removeprefix(given)
        return LayoutDocument(prompt, given, think, render(plan, 8, self.config.grays))

    def flat(self, index: int) -> FlatDocument:
        prompt, plan = self.prompt("flat", index)
        return FlatDocument(prompt, format_plan(plan), render(plan, TILE, self.config.grays))

    def tile(self, index: int, side: int | None = None) -> TileDocument:
        """A tile of a random plan, from the level of `side` pixels (None: by the configured weights)."""
        rng, config = self._rng("tile", index), self.config
        sides, weights = list(config.level_weights), np.array(list(config.level_weights.values()), dtype=float)
        drawn_side = int(rng.choice(sides, p=weights / weights.sum()))
        side = side or drawn_side
        if rng.random() < config.arranged:
            plan = replace(arrange(self._request(rng)), background=str(rng.choice(config.backgrounds)))
        else:
            plan = self._random_plan(rng)
        level = Level.finished(render(plan, side, config.grays))
        tile = choose_tile(rng, plan, side, config.busy, level.pixels)
        remembered = plan
        if rng.random() < config.guide_missing:
            kept = [placement for placement in plan.placements if rng.random() < 0.3]
            remembered = replace(plan, placements=tuple(kept))
        above = Level.finished(render(remembered, level_sides(side)[-2], config.grays))
        guide = disturb_guide(rng, guide_of(above.guides(side, config.grays), tile), config)
        borders = disturb_borders(rng, level.borders(tile), config)
        think = tile_think(plan, tile, contents=rng.random() >= config.think_dropout)
        return TileDocument(think, guide, borders, level.pixels[tile.slices].copy())


def choose_tile(
    rng: np.random.Generator, plan: Plan, side: int, busy: float, picture: np.ndarray | None = None
) -> Tile:
    """A tile of the level of `side` pixels: with probability `busy` one that a subject touches.

    With the picture of the level, `(side, side)` uint8, tiles come the oftener the more strokes are in them: most of a
    picture is plain, and there is next to nothing to learn from that.
    """
    grid = max(1, side // TILE)
    tiles = [Tile(len(level_sides(side)) - 1, grid, row, column) for row in range(grid) for column in range(grid)]
    if rng.random() < busy:
        tiles = [tile for tile in tiles if not tile_think(plan, tile).endswith("nothing")] or tiles
        if picture is not None:
            weights = np.array([FEW_STEPS + count_steps(picture[tile.slices]) for tile in tiles], dtype=float)
            return tiles[int(rng.choice(len(tiles), p=weights / weights.sum()))]
    return tiles[rng.integers(len(tiles))]


def count_steps(pixels: np.ndarray) -> int:
    """How many neighbours in a row or a column differ."""
    return sum(int(np.count_nonzero(np.diff(pixels.astype(np.int16), axis=axis))) for axis in (0, 1))


def disturb_guide(rng: np.random.Generator, guide: np.ndarray, config: SceneConfig) -> np.ndarray:
    """A guide with noise of random strength, or without any pixel, or as it is."""
    chance = rng.random()
    if chance < config.guide_dropout:
        return np.full_like(guide, ABSENT)
    if chance < config.guide_dropout + config.guide_noise:
        strength = rng.uniform(0, 50)
        touched = rng.random(guide.shape) < rng.uniform(0, 0.6)
        noisy = quantise(guide + touched * rng.normal(0, strength, guide.shape), config.grays)
        return np.where(guide == ABSENT, ABSENT, noisy.astype(np.int16))  # ABSENT is no uint8
    return guide


def disturb_borders(rng: np.random.Generator, borders: Borders, config: SceneConfig) -> Borders:
    """Borders as a drawing order would leave them, or a random subset of them, some with wrong pixels."""
    kept = {
        0: (False, False, False, False),  # independent, and the first wave of chess
        1: (True, True, False, False),  # raster
        2: (True, True, True, True),  # the second wave of chess, and editing
        3: tuple(rng.random(4) < 0.5),
    }[int(rng.choice(4, p=[0.35, 0.1, 0.4, 0.15]))]
    wrong = rng.uniform(0, 0.1) if rng.random() < config.border_noise else 0.0

    def disturb(border: np.ndarray | None, keep: bool) -> np.ndarray | None:
        if border is None or not keep:
            return None
        noise = quantise(rng.integers(0, 256, border.shape), config.grays)
        return np.where(rng.random(border.shape) < wrong, noise, border).astype(np.uint8)

    sides = (borders.top, borders.left, borders.right, borders.bottom)
    return Borders(*(disturb(border, keep) for border, keep in zip(sides, kept, strict=True)))
