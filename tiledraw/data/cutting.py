"""Cutting: a picture of any source -> its documents: flat, the layout with the coarse pass, and tiles of every level.

A picture becomes a square (letterboxed or cut), the levels of the asked sizes are made of it, and each document is
asked for, thought about and cut out of them as drawing will do it. Where nothing says what is where, think steps say
what the whole picture shows.
Knows pictures, the pyramid and wording. Knows nothing about files or models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from tiledraw.canvas.pictures import PictureError, resample, square
from tiledraw.canvas.pixels import LEVELS, quantise
from tiledraw.canvas.pyramid import COARSE, TILE, Canvas, Level, Tile, level_sides
from tiledraw.common.checks import check_prompt, check_seed
from tiledraw.data.instructions import caption_instruction, label_instruction
from tiledraw.data.shards import KINDS
from tiledraw.data.sources import Columns, HubConfig, Item, SourceConfig
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.think import PICTURE, SHOWS, captioned_think, tile_think
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.plan import UNKNOWN, Plan, format_plan
from tiledraw.language.sentences import LANGUAGES

FORMATS = ("flat", "tiled")


@dataclass(frozen=True)
class BuildConfig:
    """Makes training documents of pictures: flat, and tiled with layout, coarse pass and tiles; writes them in shards.

    An interrupted build goes on where it stopped. Pictures that can't be used are named in skipped.jsonl.

    Attributes:
        source: digits (those of scikit-learn), mnist (IDX files), cifar10 (binary version), folder (imagefolder
            convention), or hub
        path: the folder of the source, or the name of a hub dataset
        output: folder for the documents
        splits: train, validation, test; one that the source lacks is taken from its training part
        formats: flat (one 32x32 picture) and tiled (layout, coarse pass, tiles)
        sizes: sides in pixels of the pictures whose tiles are built, multiples of 32
        fit: what becomes of a picture that is not square: bars beside it, or only its middle
        pad: gray of the bars
        grays: number of gray levels
        languages: of the requests that are made of labels: en, zh
        tiles: at most so many tiles of each level of a picture, at random; none: all
        limit: at most so many pictures of a split, at random
        seed: of the phrasings and the choice of tiles
        shard_pictures: pictures whose documents share a file
        cluster: work on a Ray cluster: HOST:PORT of its head, or auto (that of RAY_ADDRESS, or else the cores of this
            machine); the files are the same
        quiet: print no progress
        columns: which columns of metadata or a hub dataset say what
        hub: which version of a hub dataset
    """

    source: Literal["digits", "mnist", "cifar10", "folder", "hub"]
    path: str = ""
    output: str = ""
    splits: list[str] = field(default_factory=lambda: list(SPLITS))
    formats: list[str] = field(default_factory=lambda: list(FORMATS))
    sizes: list[int] = field(default_factory=lambda: [TILE])
    fit: Literal["letterbox", "crop"] = "letterbox"
    pad: int = 255
    grays: int = LEVELS
    languages: list[str] = field(default_factory=lambda: list(LANGUAGES))
    tiles: int | None = None
    limit: int | None = None
    seed: int = 0
    shard_pictures: int = 500
    cluster: str | None = None
    quiet: bool = False
    columns: Columns = Columns()
    hub: HubConfig = HubConfig()

    def __post_init__(self) -> None:
        check_seed(self.seed)
        for name, known in (("splits", SPLITS), ("formats", FORMATS), ("languages", LANGUAGES)):
            values = getattr(self, name)
            if unknown := [value for value in values if value not in known]:
                raise ValueError(f"--{name} has {unknown[0]!r}; known are {', '.join(known)}")
            if not values or len(set(values)) < len(values):
                raise ValueError(f"--{name} lists each of them once, at least one")
        if not self.sizes or len(set(self.sizes)) < len(self.sizes):
            raise ValueError("--sizes lists each side once, at least one")
        for side in self.sizes:
            Canvas(side, side)
        for name, value, least, most in (
            ("pad", self.pad, 0, LEVELS - 1),
            ("grays", self.grays, 2, LEVELS),
            ("tiles", self.tiles or 1, 1, None),
            ("limit", 1 if self.limit is None else self.limit, 1, None),
            ("shard-pictures", self.shard_pictures, 1, None),
        ):
            if value < least or (most is not None and value > most):
                ends = f"from {least} to {most}" if most is not None else f"{least} or more"
                raise ValueError(f"--{name} {value} is out of range; it is {ends}")
        if self.tiles == 0:
            raise ValueError("--tiles 0 is out of range; it is 1 or more, or leave tiled out of --formats")

    def settings(self) -> dict[str, Any]:
        """What decides what is in the files."""
        return {key: value for key, value in asdict(self).items() if key not in ("output", "path", "cluster", "quiet")}

    def source_config(self) -> SourceConfig:
        return SourceConfig(self.source, self.path, self.limit, self.columns, self.hub)


MAX_THOUGHT = 300  # characters of a caption in a think step, which a model has to write in at most 400 tokens


def documents_of(item: Item, index: int, split: str, config: BuildConfig) -> Iterator[Document]:
    """The documents of an item: the flat one, the layout, then tiles level by level in raster order.

    `index` is the item's in its split: phrasings and choices hang on the seed, the split and it alone.

    Raises:
        PictureError: what is said of the picture can't be asked for.
    """
    picture = square(item.pixels, max(config.sizes), config.fit, config.pad)
    plan = replace(item.plan, canvas=None) if item.plan else None
    if "flat" in config.formats:
        pixels = quantise(resample(picture, TILE), config.grays)
        yield FlatDocument(*_told(item, plan, "flat", index, split, config), pixels)
    if "tiled" in config.formats:
        pixels = quantise(resample(picture, COARSE), config.grays)
        prompt, thought = _told(item, plan, "layout", index, split, config)
        caption = _caption(item, _rng(config.seed, split, "layout", index))
        yield LayoutDocument(prompt, "", thought, pixels)
        rng = _rng(config.seed, split, "tile", index)
        for number, above, side in levels_of(config.sizes):
            yield from _tiles(item, caption, plan, picture, (number, above, side), config, rng)


def levels_of(sizes: list[int]) -> list[tuple[int, int, int]]:
    """The number, the side of the level above and the side of each level of tiles that pictures of these sizes have."""
    chains = [level_sides(size) for size in sizes]
    return sorted({(n, chain[n - 1], chain[n]) for chain in chains for n in range(1, len(chain))})


def _tiles(
    item: Item, caption: str, plan: Plan | None, picture: np.ndarray, level: tuple[int, int, int],
    config: BuildConfig, rng: np.random.Generator,
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
        think = tile_think(plan, tile) if plan else captioned_think(tile, shown(item, caption))
        yield TileDocument(think, guide, this.borders(tile), this.pixels[tile.slices].copy())


def _rng(seed: int, split: str, kind: str, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, SPLITS.index(split), KINDS.index(kind), index])


def _caption(item: Item, rng: np.random.Generator) -> str:
    """One of the captions of a picture, the same from the same rng; "" if it has none."""
    count = len(item.captions)
    return item.captions[int(rng.integers(count)) if count > 1 else 0] if count else ""


def _told(item: Item, plan: Plan | None, kind: str, index: int, split: str, config: BuildConfig) -> tuple[str, str]:
    """The request for a picture, and what is thought about it, of the same one of several captions.

    Flat and layout ask in turn in each language, and in different ones.
    """
    rng = _rng(config.seed, split, kind, index)
    caption = _caption(item, rng)
    if item.prompt:
        prompt = item.prompt
    elif caption:
        prompt = caption_instruction(caption, split, rng)
    elif item.label:
        language = config.languages[(index + KINDS.index(kind)) % len(config.languages)]
        prompt = label_instruction(item.label, language, split, rng)
    else:
        prompt = caption_instruction(item.description, split, rng)
    try:
        return check_prompt(prompt), picture_think(item, plan, caption)
    except ValueError as error:
        raise PictureError(str(error)) from None


def picture_think(item: Item, plan: Plan | None, caption: str = "") -> str:
    """What a model thinks before it draws the whole picture: what it shows, then the plan if there is one."""
    if plan is None:
        return f"{PICTURE}{shown(item, caption)}"
    description = as_thought(item.description)
    return "\n".join(filter(None, (description and f"{SHOWS}{description}", format_plan(plan))))


def shown(item: Item, caption: str = "") -> str:
    """What all of a picture shows, in one line."""
    return as_thought(item.description or item.label or caption or item.prompt)


def as_thought(text: str) -> str:
    """A text as one line of a think step."""
    text = " ".join(text.replace(UNKNOWN, UNKNOWN.rstrip(":")).split())  # `unknown:` would refuse to draw
    return text if len(text) <= MAX_THOUGHT else text[:MAX_THOUGHT].rsplit(" ", 1)[0] + "…"
