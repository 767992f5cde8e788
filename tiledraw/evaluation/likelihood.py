"""Likelihood: bits per pixel of documents under a model.

Knows documents, models and the training loss. Knows nothing about training or drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tiledraw.common.extras import needs
from tiledraw.data.layers import LayerConfig, LayerSource
from tiledraw.format.grammar import Document
from tiledraw.format.layers import LayerDocument
from tiledraw.models.head import head_of
from tiledraw.models.loading import LoadedModel
from tiledraw.training.attention import use_attention
from tiledraw.training.batches import collate, losses, make_example, read

with needs("evaluation"):
    import torch

BATCH = 4


def undrawn_tiles(loaded: LoadedModel, side: int, count: int) -> list[LayerDocument]:
    """Tiles of layers at the level of `side` pixels, none of whose pixels are drawn yet."""
    config = LayerConfig(loaded.knowledge.subjects, loaded.knowledge.backgrounds, 0.0).clean()
    source = LayerSource(config, "validation")
    return [replace(source.document("layer", index, side), pixels=None) for index in range(count)]


@torch.no_grad()
def total_bits(loaded: LoadedModel, documents: Sequence[Document]) -> tuple[float, int]:
    """Bits of all drawn pixels of documents, each token given its true past; and how many pixels there are. Those that
    a model does not read, since guides leave no doubt about them, cost nothing: they are filled."""
    if loaded.device == "cpu":
        use_attention(loaded.model)
    nats = 0.0
    for start in range(0, len(documents), BATCH):
        examples = [make_example(document, loaded.vocabulary) for document in documents[start : start + BATCH]]
        batch = collate(examples, loaded.vocabulary).to(loaded.device)
        hidden = read(loaded.model.get_decoder(), batch.ids, batch.positions)
        sums = losses(hidden, head_of(loaded.model), batch, loaded.vocabulary, 1)
        nats += sums.pixel_nats.item()
    return nats / math.log(2), sum(document.pixels.size for document in documents if document.pixels is not None)


def bits_per_pixel(loaded: LoadedModel, documents: Sequence[Document]) -> float:
    """Mean bits per drawn pixel of documents."""
    bits, pixels = total_bits(loaded, documents)
    return bits / pixels
