"""Cutting: a picture of any source -> its documents: flat, the layout with the coarse pass, and tiles of every level.

A picture becomes a square (letterboxed or cut), the levels of the asked sizes are made of it, and each document is
asked for, thought about and cut out of them as drawing will do it. Where nothing says what is where, think steps say
what is known: of the picture, what it shows; of a tile, its place, the label, and the mean gray of its guide.
Knows pictures, the pyramid and wording. Knows nothing about files or models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.canvas.pictures import PictureError, resample, square
from tiledraw.canvas.pixels import quantise
from tiledraw.canvas.pyramid import COARSE, TILE, Level, Tile, level_sides, mean_gray
from tiledraw.common.checks import check_prompt
from tiledraw.data.documents import KINDS, SPLITS
from tiledraw.data.instructions import caption_instruction, label_instruction
from tiledraw.data.sources import Item
from tiledraw.format.grammar import UNKNOWN, Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.think import SHOWS, known_think, tile_think
from tiledraw.language.plan import FULL, Plan, format_plan

if TYPE_CHECKING:
    from tiledraw.data.build import BuildConfig

MAX_THOUGHT = 300  # characters of a caption in a think step, which a model has to write in at most 400 tokens


def documents_of(item: Item, index: int, split: str, config: BuildConfig) -> Iterator[Document]:
    """The documents of an item: the flat one, the layout, then tiles level by level in raster order.

    `index` is the item's in its split: phrasings and choices hang on the seed, the split and it alone.

    Raises:
        PictureError: what is said of the picture can't be asked for.
    """
    picture = square(item.pixels, max(config.sizes), config.fit, config.pad)
    plan = replace(item.plan, canvas=FULL) if item.plan else None
    thought = picture_think(item, plan)
    if "flat" in config.formats:
        pixels = quantise(resample(picture, TILE), config.grays)
        yield FlatDocument(_prompt(item, "flat", index, split, config), thought, pixels)
    if "tiled" in config.formats:
        pixels = quantise(resample(picture, COARSE), config.grays)
        yield LayoutDocument(_prompt(item, "layout", index, split, config), "", thought, pixels)
        rng = _rng(config.seed, split, "tile", index)
        for number, above, side in levels_of(config.sizes):
            yield from _tiles(item, plan, picture, (number, above, side), config, rng)


def levels_of(sizes: list[int]) -> list[tuple[int, int, int]]:
    """The number, the side of the level above and the side of each level of tiles that pictures of these sizes have."""
    chains = [level_sides(size) for size in sizes]
    return sorted({(n, chain[n - 1], chain[n]) for chain in chains for n in range(1, len(chain))})


def _tiles(
    item: Item, plan: Plan | None, picture: np.ndarray, level: tuple[int, int, int], config: BuildConfig,
    rng: np.random.Generator,
) -> Iterator[TileDocument]:  # fmt: skip
    number, *sides = level
    above, this = (Level.finished(quantise(resample(picture, side), config.grays)) for side in sides)
    grid = max(1, this.side // TILE)
    places = np.arange(grid * grid)
    if config.tiles and config.tiles < len(places):
        places = np.sort(rng.choice(places, config.tiles, replace=False))
    for place in places.tolist():
        tile = Tile(number, grid, *divmod(place, grid))
        guide = above.guide(tile, this.side, config.grays)
        text = item.tiles.get(tile, "")
        if plan and (config.thoughts == "plan" or not text):
            think = tile_think(plan, tile)
        else:
            think = known_think(tile, text or item.label, mean_gray(guide))
        yield TileDocument(think, guide, this.borders(tile), this.pixels[tile.slices].copy())


def _rng(seed: int, split: str, kind: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, SPLITS.index(split), KINDS.index(kind), index])


def _prompt(item: Item, kind: str, index: int, split: str, config: BuildConfig) -> str:
    """The request for a picture; flat and layout ask in turn in each language, and in different ones."""
    rng = _rng(config.seed, split, kind, index)
    if item.prompt:
        prompt = item.prompt
    elif item.caption:
        prompt = caption_instruction(item.caption, split, rng)
    elif item.label:
        language = config.languages[(index + KINDS.index(kind)) % len(config.languages)]
        prompt = label_instruction(item.label, language, split, rng)
    else:
        prompt = caption_instruction(item.description, split, rng)
    try:
        return check_prompt(prompt)
    except ValueError as error:
        raise PictureError(str(error)) from None


def picture_think(item: Item, plan: Plan | None) -> str:
    """What a model thinks before it draws the whole picture: what it shows, then the plan if there is one."""
    shown = item.description or ("" if plan else item.label or item.caption or item.prompt)
    shown = " ".join(shown.replace(UNKNOWN, UNKNOWN.rstrip(":")).split())  # `unknown:` would refuse to draw
    if len(shown) > MAX_THOUGHT:
        shown = shown[:MAX_THOUGHT].rsplit(" ", 1)[0] + "…"
    return "\n".join(filter(None, (shown and f"{SHOWS}{shown}", plan and format_plan(plan))))
