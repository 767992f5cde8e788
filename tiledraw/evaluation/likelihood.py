"""Likelihood: bits per pixel of held-out documents under a model, stage by stage.

Knows documents, models and the training loss. Knows nothing about training or drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from tiledraw.grammar import Document
from tiledraw.models.loading import LoadedModel
from tiledraw.training.attention import register_attention
from tiledraw.training.batches import collate, losses

BATCH = 4


@torch.no_grad()
def bits_per_pixel(loaded: LoadedModel, documents: Sequence[Document]) -> float:
    """Mean bits per drawn pixel of documents, each token given its true past."""
    loaded.model.set_attn_implementation(register_attention())
    nats = pixels = 0.0
    for start in range(0, len(documents), BATCH):
        part = documents[start : start + BATCH]
        batch = collate(part, [0] * len(part), loaded.vocabulary)
        hidden = loaded.model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
        sums = losses(hidden, loaded.model.lm_head.weight, batch, loaded.vocabulary, 1)
        nats, pixels = nats + sums.pixel_nats.item(), pixels + sums.pixels.item()
    return nats / pixels / math.log(2)
