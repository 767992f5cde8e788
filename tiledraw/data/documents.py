"""Training documents from scenes: an endless, seeded source of layout, flat and tile documents, and of readings.

Document `index` of a split is the same in every run: its random numbers are keyed by (split, kind, index). Splits
differ by seed and by phrasing, and training never shows some pairings of subjects. Readings hold what the model is to
write itself, in one wording; there a plan belongs to one split only. Knows scenes, phrases and the grammar. Knows
nothing about tokenizers or models.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np

from tiledraw.canvas.pyramid import TILE, Canvas, Level, level_sides
from tiledraw.common.fields import Filled, LevelSide, Names, Range, Share, Weight, check_fields
from tiledraw.data.choosing import choose_tile
from tiledraw.data.corruption import Corruption, Grays, add_noise, corrupt_borders, corrupt_guide, slip
from tiledraw.data.scenes import random_plan, render
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, ReadingDocument, TileDocument
from tiledraw.format.reading import NOTHING, STRANGE, format_look, format_overview, in_reading_order, look, overview
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import Box, hull
from tiledraw.language.first.layout import DEFAULT_BACKGROUND, Request, arrange
from tiledraw.language.first.phrases import LANGUAGES, behind_strange_words, phrase, statement, unknown_prompt
from tiledraw.language.first.plan import (
    BACKGROUNDS,
    FULL,
    GRID,
    SIZES,
    UNKNOWN,
    Plan,
    canvas_line,
    format_plan,
    location_of,
)
from tiledraw.language.first.requests import held_out, sample_request
from tiledraw.language.subjects import LISTED, unknowns
from tiledraw.language.subjects import subjects as all_subjects

SPLITS = ("train", "validation", "test")
KINDS = ("layout", "flat", "tile")
READINGS = ("overview", "look", "sentence")
PACK = "pack"  # tiles of one picture behind its layout
ASPECTS = ((256, 128), (128, 256), (256, 192), (192, 256), (512, 128), (128, 512), (256, 96), (96, 256))
SEEN_SIDES = (32, 64, 128, 256)  # pixels a side of the pictures that are read
TRIES = 500  # tries to find a plan of this split; scenes that show next to nothing have few, so then any will do
EMPTY = 0.03  # share of overviews without a subject
LOOKS = {"subject": 0.7, NOTHING: 0.18, STRANGE: 0.12}  # what looks show, and how often

SubjectName = Annotated[str, Names("subject", all_subjects, LISTED)]
SizeName = Annotated[str, Names("size", lambda: SIZES)]
BackgroundName = Annotated[str, Names("background", lambda: BACKGROUNDS)]


@dataclass(frozen=True)
class SceneConfig(Corruption):
    """What scenes show, and how their tiles are corrupted in training.

    Attributes:
        subjects: Names of the subjects.
        often: Some of them that a share of the training scenes show alone: those that are new to a model.
        often_share: That share.
        sizes: Size words of the subjects.
        backgrounds: Background words.
        grays: Number of gray levels of all pictures, guides included.
        max_subjects: Most subjects in a scene.
        arranged: Share of tiles from plans as prompts give them; the others have boxes anywhere on the grid.
        level_weights: How often tiles come from the level of each side in pixels.
        size_weights: How often tiles come from scenes of each size, by the mean over a scene's subjects; 1 where not
            given. What is learned slowest wants most.
        busy: Share of tiles that some subject touches, the oftener the more strokes are in them.
        unknown: Share of prompts that ask for something unknown.
        strange_words: Share of training prompts that begin with a word that means nothing.
        letterboxed: Share of layouts on a canvas that is not square.
        guide_missing: Share of tiles whose guide lacks most of the subjects: the level above forgot them.
        reading_noise: Share of pictures to read that are corrupted: drawn ones err.
    """

    subjects: Annotated[tuple[SubjectName, ...], Filled()]
    sizes: Annotated[tuple[SizeName, ...], Filled()] = ("small", "medium", "large")
    backgrounds: Annotated[tuple[BackgroundName, ...], Filled()] = ("white", "light", "gray", "dark")
    grays: Grays = field(default=16, kw_only=True)
    max_subjects: Annotated[int, Range(1, 16)] = 4
    arranged: Share = 0.6
    level_weights: Annotated[dict[LevelSide, Weight], Filled()] = field(
        default_factory=lambda: {16: 0.2, 32: 0.2, 64: 0.2, 128: 0.2, 256: 0.2}
    )
    size_weights: dict[SizeName, Weight] = field(default_factory=dict)
    busy: Share = 0.9
    unknown: Share = 0.1
    strange_words: Share = 0.0
    letterboxed: Share = 0.15
    guide_missing: Share = 0.1
    reading_noise: Share = 0.5
    often: tuple[SubjectName, ...] = ()
    often_share: Share = 0.5

    def __post_init__(self) -> None:
        check_fields(self, "scenes")
        if strange := [subject for subject in self.often if subject not in self.subjects]:
            raise ValueError(f"{strange[0]!r} can't come often, since it is none of the subjects; add it to them")
        if strange := [size for size in self.size_weights if size not in self.sizes]:
            raise ValueError(f"{strange[0]!r} can't be weighted, since it is none of the sizes; add it to them")

    def clean(self) -> SceneConfig:
        """The same scenes with true guides, borders and pictures, to measure on."""
        return replace(super().clean(), guide_missing=0.0, reading_noise=0.0)


@dataclass(frozen=True)
class SceneSource:
    """Documents of one split."""

    config: SceneConfig
    split: str = "train"

    def _rng(self, kind: str, index: int) -> np.random.Generator:
        return np.random.default_rng([SPLITS.index(self.split), (*KINDS, *READINGS, PACK).index(kind), index])

    def document(self, kind: str, index: int) -> Document:
        """Document `index` of a kind: "layout", "flat", "tile", "overview", "look" or "sentence"."""
        if kind not in (*KINDS, *READINGS):
            raise KeyError(kind)
        return getattr(self, kind)(index)

    def prompt(self, kind: str, index: int) -> tuple[str, Plan | str]:
        """A prompt and its plan, for a document of the kind "layout", "flat" or "pack"; or the name in it that is
        unknown."""
        rng, config = self._rng(kind, index), self.config
        language = ("en", "zh")[index % 2]
        if kind == "layout" and rng.random() < config.unknown:
            return unknown_prompt(rng, language, self.split, config.subjects)
        canvas = FULL if kind == "flat" else self._canvas(rng)
        request = self._request(rng, canvas)
        return phrase(request, language, self.split, rng, config.subjects), arrange(request, canvas)

    def _canvas(self, rng: np.random.Generator) -> Box:
        """The visible cells of a canvas, most often a square one."""
        if rng.random() < self.config.letterboxed:
            return Canvas(*ASPECTS[rng.integers(len(ASPECTS))]).cells
        return FULL

    def _subjects(self, rng: np.random.Generator) -> tuple[str, ...]:
        """What a scene is made of."""
        often = self.config.often if self.split == "train" else ()
        return often if often and rng.random() < self.config.often_share else self.config.subjects

    def _request(self, rng: np.random.Generator, canvas: Box = FULL) -> Request:
        config = self.config
        while True:
            request = sample_request(
                rng, self._subjects(rng), config.sizes, config.backgrounds, config.max_subjects, canvas
            )
            if not self._never_shown(item.subject for item in request.items):
                return request

    def _random_plan(self, rng: np.random.Generator) -> Plan:
        config = self.config
        cells = [SIZES[size] for size in config.sizes]
        while True:
            count = int(rng.integers(1, config.max_subjects + 1))
            plan = random_plan(rng, self._subjects(rng), cells, config.backgrounds, count)
            if not self._never_shown(plan.subjects):
                return plan

    def _plan(self, rng: np.random.Generator) -> Plan:
        """A plan as prompts give them, or with boxes anywhere."""
        if rng.random() < self.config.arranged:
            return replace(arrange(self._request(rng)), background=str(rng.choice(self.config.backgrounds)))
        return self._random_plan(rng)

    def _weighted_plan(self, rng: np.random.Generator) -> Plan:
        """A plan, by the weights of the sizes in it."""
        if not self.config.size_weights:
            return self._plan(rng)
        weights = {SIZES[size]: self.config.size_weights.get(size, 1.0) for size in self.config.sizes}
        while True:
            plan = self._plan(rng)
            mean = np.mean([weights[placement.box.width] for placement in plan.placements])
            if rng.random() * max(weights.values()) <= mean:
                return plan

    def _never_shown(self, subjects: Iterable[str]) -> bool:
        return self.split == "train" and held_out(subjects)

    def layout(self, index: int, kind: str = "layout") -> LayoutDocument:
        """A layout as prompts ask for it; where its `kind` is "pack", of something known."""
        prompt, plan = self.prompt(kind, index)
        rng = np.random.default_rng([*map(ord, "strange"), index])
        if self.split == "train" and rng.random() < self.config.strange_words:
            prompt = behind_strange_words(prompt, rng)
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
        rng = self._rng("tile", index)
        drawn_side = self._side(rng)
        return self._cut(rng, self._weighted_plan(rng), side or drawn_side)

    def pack(self, index: int, count: int) -> list[TileDocument]:
        """Tiles of one picture that a prompt asks for, each of any level and with the layout as its context."""
        context, (_, plan) = self.layout(index, PACK), self.prompt(PACK, index)
        rng = np.random.default_rng([*map(ord, PACK), SPLITS.index(self.split), index])
        return [replace(self._cut(rng, plan, self._side(rng)), context=context) for _ in range(count)]

    def _side(self, rng: np.random.Generator) -> int:
        """Pixels a side of a level."""
        weights = np.array(list(self.config.level_weights.values()), dtype=float)
        return int(rng.choice(list(self.config.level_weights), p=weights / weights.sum()))

    def _cut(self, rng: np.random.Generator, plan: Plan, side: int) -> TileDocument:
        """A tile of a picture of a plan, of the level of `side` pixels."""
        config = self.config
        level = Level.finished(render(plan, side, config.grays))
        tile = choose_tile(rng, plan, side, config.busy, level.pixels)
        remembered = plan
        if rng.random() < config.guide_missing:
            kept = [placement for placement in plan.placements if rng.random() < 0.3]
            remembered = replace(plan, placements=tuple(kept))
        above = render(remembered, level_sides(side)[-2], config.grays)
        guide = Level.finished(above).guide(tile, side, config.grays)
        guide = corrupt_guide(rng, guide, config)
        borders = corrupt_borders(rng, level.borders(tile), config)
        think = tile_think(plan, tile, contents=rng.random() >= config.think_dropout)
        pixels = level.pixels[tile.slices].copy()
        return TileDocument(think, guide, borders, pixels, slipped=slip(rng, pixels, config))

    def overview(self, index: int) -> ReadingDocument:
        """A whole picture as its coarse pass, and where in it something is."""
        rng, grays = self._rng("overview", index), self.config.grays
        for _ in range(TRIES):
            plan = self._plan(rng)
            if split_of_plan(plan) == self.split:
                break
        if rng.random() < EMPTY:
            plan = replace(plan, placements=())
        picture, noisy = self._picture(rng, plan)
        pixels = overview(picture, grays)
        return ReadingDocument(add_noise(rng, pixels, grays, 25) if noisy else pixels, text=format_overview(plan))

    def look(self, index: int) -> ReadingDocument:
        """A place in a picture, and what is there: a subject, one that is not known, or nothing (also where but a part
        of a subject can be seen)."""
        rng, config = self._rng("look", index), self.config
        plan = self._plan(rng)
        number = int(rng.integers(len(plan.placements)))
        name, box = plan.placements[number].subject, plan.placements[number].box
        shown = str(rng.choice(list(LOOKS), p=list(LOOKS.values())))
        if shown == NOTHING and (free := self._bare_box(rng, plan)):
            name, box = NOTHING, free
        elif shown == STRANGE and (others := self._strangers()):
            placements = list(plan.placements)
            placements[number] = replace(placements[number], subject=str(rng.choice(others)))
            name, plan = STRANGE, replace(plan, placements=tuple(placements))
        picture, noisy = self._picture(rng, plan)
        pixels = look(picture, box, config.grays)
        return ReadingDocument(add_noise(rng, pixels, config.grays, 50) if noisy else pixels, text=format_look(name))

    def sentence(self, index: int) -> ReadingDocument:
        """A plan and a language, and the plan in words."""
        rng = self._rng("sentence", index)
        for _ in range(TRIES):
            canvas = self._canvas(rng)
            request = self._request(rng, canvas)
            plan = in_reading_order(arrange(request, canvas))
            if split_of_plan(plan) == self.split:
                break
        language = LANGUAGES[rng.integers(len(LANGUAGES))]
        text = statement(plain_request(request, canvas), language, rng)
        return ReadingDocument(asked=f"{language}\n{format_plan(plan)}", text=text)

    def _picture(self, rng: np.random.Generator, plan: Plan) -> tuple[np.ndarray, bool]:
        """A picture of a plan at any resolution; and whether it is corrupted: then it is up to a quarter of a cell off,
        and what is shown of it is to have noise."""
        side = int(rng.choice(SEEN_SIDES))
        picture = render(plan, side, self.config.grays)
        noisy = bool(rng.random() < self.config.reading_noise)
        if noisy:
            reach = side // (4 * GRID)
            y, x = rng.integers(0, 2 * reach + 1, 2)
            picture = np.pad(picture, reach, mode="edge")[y : y + side, x : x + side].copy()
        return picture, noisy

    def _bare_box(self, rng: np.random.Generator, plan: Plan) -> Box | None:
        """A box that shows less than half of any subject; None if none was found."""
        for _ in range(20):
            cells = SIZES[str(rng.choice(self.config.sizes))]
            x, y = (int(start) for start in rng.integers(0, GRID - cells + 1, 2))
            box = Box(x, y, x + cells, y + cells)
            if all(shared(box, placement.box) < 0.5 for placement in plan.placements):
                return box
        return None

    def _strangers(self) -> list[str]:
        """What the scenes don't know; each belongs to one split."""
        others = [name for name in (*all_subjects(), *unknowns()) if name not in self.config.subjects]
        return [subject for subject in others if _split_of_text(subject) == self.split]


def _split_of_text(text: str) -> str:
    """One of the splits, by a hash: most texts are for training."""
    return {0: "validation", 1: "test"}.get(zlib.crc32(text.encode()) % 8, "train")


def split_of_plan(plan: Plan) -> str:
    """The only split whose overviews and sentences may be of this plan."""
    return _split_of_text(format_plan(in_reading_order(plan)))


def shared(window: Box, box: Box) -> float:
    """The share of a box that lies in a window."""
    width = min(window.x1, box.x1) - max(window.x0, box.x0)
    height = min(window.y1, box.y1) - max(window.y0, box.y0)
    return max(0, width) * max(0, height) / (box.width * box.height)


def plain_request(request: Request, canvas: Box = FULL) -> Request:
    """The request that makes the same plan with the fewest words: places in reading order rather than relations, and
    sizes and a background only where they are not what goes without saying."""
    plan = arrange(request, canvas)

    def same(other: Request) -> bool:
        return in_reading_order(arrange(other, canvas)) == in_reading_order(plan)

    boxes, items = iter(plan.placements), []
    for item in request.items:
        outline = hull([next(boxes).box for _ in range(item.count)])
        placed = replace(item, location=location_of(outline, canvas), relation=None, anchor=None)
        items.append((outline.y0, outline.x0, placed))
    in_order = Request(tuple(item for *_, item in sorted(items, key=lambda entry: entry[:2])), plan.background)
    if same(in_order):
        request = in_order
    for number, item in enumerate(request.items):
        short = (*request.items[:number], replace(item, size=None), *request.items[number + 1 :])
        if same(replace(request, items=short)):
            request = replace(request, items=short)
    return replace(request, background=None if plan.background == DEFAULT_BACKGROUND else plan.background)
