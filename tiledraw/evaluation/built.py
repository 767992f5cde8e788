"""Built: true pictures of a folder of built documents, and what a code of their pixels costs under a model.

A flat picture costs what its document costs; a tiled one, by the chain rule, its coarse pass and all of its tiles, each
with the borders that it has when it is drawn.
Knows documents, shards and the training loss. Knows nothing about drawing or reports.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.canvas.pyramid import ABSENT, COARSE, TILE, Level, Tile, wave_number
from tiledraw.common.extras import needs
from tiledraw.data.shards import ShardSource
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.guiding import plain_pixels
from tiledraw.format.think import PICTURE, captioned_think, read_caption, read_place
from tiledraw.models.head import head_of
from tiledraw.models.loading import LoadedModel
from tiledraw.training.attention import register_attention
from tiledraw.training.batches import collate, losses, make_example, read

with needs("evaluation"):
    import torch

BATCH = 8  # documents of a forward pass
ESCAPE = 2.0**-10  # chance, in the code of pixels that a guide leaves no doubt about, that they are others


@dataclass(frozen=True, eq=False)
class TruePicture:
    """One picture in one format.

    Attributes:
        prompt: What asks for it.
        shows: Its label or caption; empty where a plan says what is where.
        pixels: `(side, side)` uint8.
        stages: Its documents by the side of their level, in the order of drawing.
    """

    prompt: str
    shows: str
    pixels: np.ndarray
    stages: dict[int, list[Document]]


def flat_picture(source: ShardSource, index: int) -> TruePicture:
    """The flat picture `index` of a split."""
    document = source.stored("flat", index)
    assert isinstance(document, FlatDocument) and document.pixels is not None
    return TruePicture(document.prompt, read_caption(document.think or ""), document.pixels, {TILE: [document]})


def tiled_picture(source: ShardSource, index: int, context: bool = False) -> TruePicture:
    """The tiled picture `index` of a split, its tiles with `context` behind the layout.

    Raises:
        ValueError: not all of its tiles were built.
    """
    layout = source.stored("layout", index)
    assert isinstance(layout, LayoutDocument) and layout.pixels is not None
    stages: dict[int, list[Document]] = {COARSE: [layout]}
    levels: dict[int, Level] = {}
    placed = [(read_place(one.think), one) for one in source.tiles(index)]
    for tile, document in sorted(placed, key=lambda pair: (pair[0].level, wave_number(pair[0]))):
        side = tile.side * tile.grid
        level = levels.setdefault(side, Level(side))
        borders = level.borders(tile)
        level.put(tile, document.pixels)
        stages.setdefault(side, []).append(replace(document, borders=borders, context=layout if context else None))
    if not levels or not all(level.done.all() for level in levels.values()):
        raise ValueError(
            f"{source.folder} lacks tiles of some pictures, so the bits of whole ones can't be measured; build it "
            "without --tiles and with one size"
        )
    pixels = levels[max(levels)].pixels
    return TruePicture(layout.prompt, read_caption(layout.think or ""), pixels, stages)


def relabelled(document: Document, caption: str) -> Document:
    """A document that thinks that its picture shows something else."""
    if isinstance(document, TileDocument):
        tile = read_place(document.think)
        assert isinstance(tile, Tile)
        context = document.context and relabelled(document.context, caption)
        assert context is None or isinstance(context, LayoutDocument)
        return replace(document, think=captioned_think(tile, caption), context=context)
    assert isinstance(document, FlatDocument | LayoutDocument)
    return replace(document, think=f"{PICTURE}{caption}")


@torch.no_grad()
def bits(loaded: LoadedModel, documents: Sequence[Document]) -> np.ndarray:
    """Bits of the pixels of each document `(N,)`, float64, each token given its true past.

    Pixels that a guide leaves no doubt about are drawn without the model; the code counts them as right but for
    `ESCAPE`, and where they are wrong as one gray level of 256 more.
    """
    if loaded.device == "cpu":
        loaded.model.set_attn_implementation(register_attention())
    found = np.zeros(len(documents))
    order = sorted(range(len(documents)), key=lambda number: type(documents[number]).__name__)
    for start in range(0, len(order), BATCH):
        numbers = order[start : start + BATCH]
        read_as = [documents[number] for number in numbers]
        examples = [make_example(one, loaded.vocabulary, group, filled=True) for group, one in enumerate(read_as)]
        batch = collate(examples, loaded.vocabulary).to(loaded.device)
        hidden = read(loaded.model.model, batch.ids, batch.positions)
        sums = losses(hidden, head_of(loaded.model), batch, loaded.vocabulary, len(numbers))
        found[numbers] = sums.pixel_nats.cpu().double().numpy() / math.log(2)
    return found + np.array([_filled_bits(document) for document in documents])


def _filled_bits(document: Document) -> float:
    """What the pixels cost that are filled in without the model."""
    if not isinstance(document, TileDocument) or document.pixels is None or document.pixels.shape != (TILE, TILE):
        return 0.0
    plain = plain_pixels(document.guide)
    wrong = int(((plain != ABSENT) & (plain != document.pixels)).sum())
    right = int((plain != ABSENT).sum()) - wrong
    return -right * math.log2(1 - ESCAPE) + wrong * (8 - math.log2(ESCAPE))


def histogram_bits(known: np.ndarray, pictures: np.ndarray, grays: int) -> np.ndarray:
    """Bits of each picture `(N,)` where every place has a histogram of its own over the pictures that are `known`
    `(M, side, side)`, with half a count more for each gray level (Krichevsky and Trofimov, 1981)."""
    known, asked = ((pixels.astype(np.int64) * (grays - 1) + 127) // 255 for pixels in (known, pictures))
    found = np.zeros(len(asked))
    total = len(known) + 0.5 * grays
    for number, picture in enumerate(asked):
        found[number] = -np.log2(((known == picture).sum(0) + 0.5) / total).sum()
    return found


def png_bits(picture: np.ndarray) -> int:
    """Bits of a picture `(side, side)` uint8 as the smaller of two PNG files, with gray levels and with a palette."""
    image = image_from_pixels(picture)
    colours = len(np.unique(picture))
    sizes = []
    for one in (image, image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)):
        file = io.BytesIO()
        one.save(file, "PNG", optimize=True)
        sizes.append(len(file.getvalue()))
    return 8 * min(sizes)
