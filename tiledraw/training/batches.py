"""Documents -> padded tensors, and the loss over what the model draws.

Knows the grammar, the vocabulary and torch. Knows nothing about scenes, optimizers or checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from tiledraw.grammar import Document, segments, tokenise
from tiledraw.pixels import LEVELS
from tiledraw.vocabulary import Vocabulary

MULTIPLE = 64  # sequences are padded on the right to multiples of this, so that few shapes occur


@dataclass(frozen=True)
class Batch:
    """Padded documents. `groups` numbers the kind of each document, for losses by kind; `tokens` counts all but the
    padding."""

    ids: torch.Tensor  # (B, T) int64
    drawn: torch.Tensor  # (B, T) bool: what the model draws
    groups: torch.Tensor  # (B,) int64
    tokens: int


def collate(documents: Sequence[Document], groups: Sequence[int], vocabulary: Vocabulary) -> Batch:
    """One batch of whole documents; documents of very different lengths belong into different batches."""
    rows = [tokenise(segments(document), vocabulary) for document in documents]
    length = -(-max(len(ids) for ids, _ in rows) // MULTIPLE) * MULTIPLE
    ids = np.full((len(rows), length), vocabulary.words["<|im_end|>"], dtype=np.int64)
    drawn = np.zeros((len(rows), length), dtype=bool)
    for row, (row_ids, row_drawn) in enumerate(rows):
        ids[row, : len(row_ids)] = row_ids
        drawn[row, : len(row_ids)] = row_drawn
    tokens = sum(len(row_ids) for row_ids, _ in rows)
    return Batch(torch.from_numpy(ids), torch.from_numpy(drawn), torch.tensor(list(groups)), tokens)


@dataclass(frozen=True)
class Losses:
    """Sums of cross-entropy in nats and counts, by group: `(groups,)` each, float32."""

    pixel_nats: torch.Tensor
    pixels: torch.Tensor
    text_nats: torch.Tensor
    texts: torch.Tensor


def losses(hidden: torch.Tensor, head: torch.Tensor, batch: Batch, vocabulary: Vocabulary, groups: int) -> Losses:
    """Cross-entropy at drawn positions: over the 256 pixel rows for pixels, over all rows for text.

    Args:
        hidden: Last hidden states `(B, T, hidden)` of the model on `batch.ids`.
        head: The output matrix `(V, hidden)`.
        groups: Number of groups.
    """
    drawn = batch.drawn[:, 1:]
    states = hidden[:, :-1][drawn]  # (N, hidden): the state before each drawn token
    targets = batch.ids[:, 1:][drawn]  # (N,)
    owners = batch.groups[:, None].expand_as(drawn)[drawn]  # (N,)
    codes = targets - vocabulary.base
    is_pixel = (codes >= 0) & (codes < LEVELS)

    def sums(selected: torch.Tensor, rows: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = states[selected] @ rows.T.to(states.dtype)  # (n, rows)
        nats = functional.cross_entropy(logits.float(), wanted[selected], reduction="none")
        zeros = torch.zeros(groups)
        counts = zeros.index_add(0, owners[selected], torch.ones(len(nats)))
        return zeros.index_add(0, owners[selected], nats), counts

    pixel_rows = head[vocabulary.base : vocabulary.base + LEVELS]
    return Losses(*sums(is_pixel, pixel_rows, codes), *sums(~is_pixel, head, targets))
