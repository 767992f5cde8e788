"""Documents -> padded tensors, and the loss over what the model draws.

Knows the grammar, the vocabulary and torch. Knows nothing about scenes, optimizers or checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from tiledraw.grammar import Document, TileDocument, segments, tokenise
from tiledraw.pixels import LEVELS
from tiledraw.vocabulary import Vocabulary

GIVEN = -1  # a target where nothing is drawn
MULTIPLE = 64  # sequences are padded on the right to multiples of this, so that few shapes occur


@dataclass(frozen=True)
class Batch:
    """Padded documents. `groups` numbers the kind of each document, for losses by kind; `tokens` counts all but the
    padding; `names` are those of the documents, for messages."""

    ids: torch.Tensor  # (B, T) int64: what the model reads
    targets: torch.Tensor  # (B, T) int64: what it is to draw, GIVEN where it draws nothing
    groups: torch.Tensor  # (B,) int64
    tokens: int
    names: tuple[str, ...] = ()

    def to(self, device: str | torch.device) -> Batch:
        """The same on a device."""
        moved = {name: getattr(self, name).to(device) for name in ("ids", "targets", "groups")}
        return replace(self, **moved)


def collate(
    documents: Sequence[Document], groups: Sequence[int], vocabulary: Vocabulary, names: Sequence[str] = ()
) -> Batch:
    """One batch of whole documents; documents of very different lengths belong into different batches."""
    rows = [_row(document, vocabulary) for document in documents]
    length = -(-max(len(ids) for ids, _ in rows) // MULTIPLE) * MULTIPLE
    ids = np.full((len(rows), length), vocabulary.words["<|im_end|>"], dtype=np.int64)
    targets = np.full((len(rows), length), GIVEN, dtype=np.int64)
    for row, (row_ids, row_targets) in enumerate(rows):
        ids[row, : len(row_ids)] = row_ids
        targets[row, : len(row_ids)] = row_targets
    tokens = sum(len(row_ids) for row_ids, _ in rows)
    return Batch(torch.from_numpy(ids), torch.from_numpy(targets), torch.tensor(list(groups)), tokens, tuple(names))


def _row(document: Document, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """What is read, and what is to be drawn or GIVEN, `(T,)` each."""
    ids, drawn = tokenise(segments(document), vocabulary)
    targets = np.where(drawn, ids, GIVEN)
    if isinstance(document, TileDocument) and document.slipped is not None:
        ids[drawn] = document.slipped.ravel() + np.int64(vocabulary.base)  # of a tile just the pixels are drawn
    return ids, targets


@dataclass(frozen=True)
class Losses:
    """Sums of cross-entropy in nats and counts, by group: `(groups,)` each, float32."""

    pixel_nats: torch.Tensor
    pixels: torch.Tensor
    text_nats: torch.Tensor
    texts: torch.Tensor


def drawn_targets(batch: Batch, vocabulary: Vocabulary) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Of each drawn token `(N,)`: its id, the group of its document, and whether it is a pixel."""
    drawn = batch.targets[:, 1:] != GIVEN
    targets = batch.targets[:, 1:][drawn]
    owners = batch.groups[:, None].expand_as(drawn)[drawn]
    return targets, owners, (targets >= vocabulary.base) & (targets < vocabulary.base + LEVELS)


def drawn_counts(batch: Batch, vocabulary: Vocabulary, groups: int) -> torch.Tensor:
    """How many pixels, and how many text tokens, are drawn in documents of each group: `(2, groups)` float32."""
    _, owners, is_pixel = drawn_targets(batch, vocabulary)
    kinds = (owners[is_pixel], owners[~is_pixel])
    return torch.stack([torch.bincount(kind, minlength=groups).float() for kind in kinds])


def losses(
    hidden: torch.Tensor,
    head: torch.Tensor | tuple[torch.Tensor, ...],
    batch: Batch,
    vocabulary: Vocabulary,
    groups: int,
) -> Losses:
    """Cross-entropy at drawn positions: over the 256 pixel rows for pixels, over all rows for text.

    Args:
        hidden: Last hidden states `(B, T, hidden)` of the model on `batch.ids`.
        head: The output matrix `(V, hidden)`; or its rows in three parts, the second from the first pixel row on.
        batch: The documents.
        vocabulary: Its words.
        groups: Number of groups.
    """
    states = hidden[:, :-1][batch.targets[:, 1:] != GIVEN]  # (N, hidden): the state before each drawn token
    targets, owners, is_pixel = drawn_targets(batch, vocabulary)
    parts = head if isinstance(head, tuple) else (head,)
    pixel_rows = head[1][:LEVELS] if isinstance(head, tuple) else head[vocabulary.base : vocabulary.base + LEVELS]

    def sums(
        selected: torch.Tensor, rows: tuple[torch.Tensor, ...], wanted: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = states[selected]
        logits = [inputs @ part.T.to(inputs.dtype) for part in rows]  # (n, rows) together
        joined = logits[0] if len(logits) == 1 else torch.cat(logits, dim=-1)
        nats = functional.cross_entropy(joined.float(), wanted[selected], reduction="none")
        zeros = torch.zeros(groups, device=hidden.device)
        counts = zeros.index_add(0, owners[selected], torch.ones(len(nats), device=hidden.device))
        return zeros.index_add(0, owners[selected], nats), counts

    return Losses(*sums(is_pixel, (pixel_rows,), targets - vocabulary.base), *sums(~is_pixel, parts, targets))
