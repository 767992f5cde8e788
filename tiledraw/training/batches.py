"""Documents -> padded tensors, and the loss over what the model draws.

Knows the grammar, the vocabulary and torch. Knows nothing about pictures, optimizers or checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import ABSENT, TILE
from tiledraw.common.extras import needs
from tiledraw.engine.general_decoder import takes_positions
from tiledraw.engine.masks import make_masks
from tiledraw.format.grammar import (
    ConversationDocument,
    Document,
    FlatDocument,
    TileDocument,
    as_stream,
    segments,
    tokenise,
)
from tiledraw.format.guiding import plain_pixels, read_tokens
from tiledraw.format.layers import LayerDocument, to_blocks
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.models.head import Head

with needs("train"):
    import torch
    from torch import nn
    from torch.nn import functional

GIVEN = -1  # a target where nothing is drawn
MULTIPLE = 16  # sequences are padded on the right to multiples of this


@dataclass(frozen=True, eq=False)
class Example:
    """A document to learn from, or a pack of them, with the numbers of their kinds, for losses by kind, and a name, for
    messages."""

    ids: np.ndarray  # (T,) int64: what the model reads
    targets: np.ndarray  # (T,) int64: what it is to draw, GIVEN where it draws nothing
    positions: np.ndarray  # (T,) int64: where in the whole document that is
    parts: np.ndarray  # (T,) int64: 0 of what a tile stands behind, 1 of a document itself; in a pack 1, 2, ...
    groups: np.ndarray  # (T,) int64
    name: str
    among_all: np.ndarray | None = None  # (T,) bool: pixels that are also learned to be pixels, and no other words


def make_example(
    document: Document, vocabulary: Vocabulary, group: int = 0, name: str = "", filled: bool = False, stream: int = 0
) -> Example:
    """The tokens of a document.

    Args:
        document: Whole, with all that is to be drawn.
        vocabulary: Its words.
        group: The number of its kind.
        name: For messages.
        filled: Whether to learn just what is drawn where plain pixels are filled: those of a tile whose guide leaves no
            doubt about them are no targets then, and what stands behind the last target is left out.
        stream: Of flat documents: 0, what the grammar gives is not learned; else all that a program without it has to
            write is, and every `stream`-th pixel, with the last row, is learned among all words too.
    """
    parts = segments(document)
    ids, drawn = tokenise(parts, vocabulary)
    read = read_tokens(document, drawn)
    streamed = stream > 0 and isinstance(document, (FlatDocument, ConversationDocument))
    if streamed:
        drawn = tokenise(as_stream(parts), vocabulary)[1]
    targets = np.where(drawn, ids, GIVEN)
    among_all = _among_all(targets, vocabulary, stream) if streamed else None
    if isinstance(document, LayerDocument) and document.slipped is not None:
        pixels = np.flatnonzero(drawn)[-document.slipped.size :]  # an ink list may be drawn before them
        ids[pixels] = to_blocks(document.slipped) + np.int64(vocabulary.base)
    if isinstance(document, TileDocument):
        pixels = np.flatnonzero(drawn)  # of a tile nothing else is drawn
        if document.slipped is not None:
            ids[pixels] = document.slipped.ravel() + np.int64(vocabulary.base)
        if filled and document.pixels.shape == (TILE, TILE):
            targets[pixels[plain_pixels(document.guide).ravel() != ABSENT]] = GIVEN
    if filled:
        end = 1 + max(np.flatnonzero(targets != GIVEN), default=0)
        read[end:] = False
    positions = np.flatnonzero(read)
    context = document.context if isinstance(document, TileDocument) else None
    before = len(tokenise(segments(context), vocabulary)[0]) if context else 0
    in_parts = (positions >= before).astype(np.int64)
    among_all = None if among_all is None else among_all[positions]
    return Example(
        ids[positions], targets[positions], positions, in_parts, np.full_like(positions, group), name, among_all
    )


def _among_all(targets: np.ndarray, vocabulary: Vocabulary, every: int) -> np.ndarray:
    """Which pixels to learn among all words, `(T,)` bool: every so many, others in each document, and those of which
    the last is near: where a picture ends is the hardest to learn."""
    is_pixel = (targets >= vocabulary.base) & (targets < vocabulary.base + LEVELS)
    places = np.arange(len(targets))
    ends = is_pixel & ~np.append(is_pixel[1:], False)
    near = np.zeros_like(is_pixel)
    for end in np.flatnonzero(ends):
        near[max(0, end - TILE) : end + 1] = True
    return is_pixel & (near | ((places + int(targets.sum())) % every == 0))


def pack(examples: Sequence[Example]) -> Example:
    """Documents that stand behind the same, or behind nothing, as one sequence: that once, then one after another. All
    tokens keep the positions that they have alone. The pack has the name of the first."""
    longest = max(examples, key=lambda example: len(example.ids))  # one that teaches nothing may lack the beginning
    taken = [(0, longest, longest.parts == 0)]
    taken += [(number, example, example.parts > 0) for number, example in enumerate(examples, 1)]
    parts = np.concatenate([np.full(places.sum(), number, dtype=np.int64) for number, _, places in taken])
    ids, targets, positions, groups = (
        np.concatenate([getattr(example, field)[places] for _, example, places in taken])
        for field in ("ids", "targets", "positions", "groups")
    )
    marks = np.concatenate([_marks(example)[places] for _, example, places in taken])
    return Example(ids, targets, positions, parts, groups, examples[0].name, marks if marks.any() else None)


def _marks(example: Example) -> np.ndarray:
    return np.zeros(len(example.ids), dtype=bool) if example.among_all is None else example.among_all


@dataclass(frozen=True)
class Batch:
    """Padded examples. `tokens` counts all but the padding."""

    ids: torch.Tensor  # (B, T) int64: what the model reads
    targets: torch.Tensor  # (B, T) int64: what it is to draw, GIVEN where it draws nothing
    positions: torch.Tensor  # (B, T) int64: where in the whole document that is
    groups: torch.Tensor  # (B, T) int64: of its document
    parts: torch.Tensor | None  # (B, T) int64: which document of a pack, 0 of what all see; None if there are no packs
    among_all: torch.Tensor | None  # (B, T) bool: pixels that are also learned among all words; None if there are none
    tokens: int
    names: tuple[str, ...] = ()

    def to(self, device: str | torch.device) -> Batch:
        """The same on a device."""
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, torch.Tensor)}
        return replace(self, **{name: value.to(device) for name, value in tensors.items()})


def collate(examples: Sequence[Example], vocabulary: Vocabulary) -> Batch:
    """One batch; examples of very different lengths belong into different batches."""
    length = -(-max(len(example.ids) for example in examples) // MULTIPLE) * MULTIPLE

    def padded(field: str, padding: int = 0) -> torch.Tensor:
        rows = np.full((len(examples), length), padding, dtype=np.int64)
        for row, example in zip(rows, examples, strict=True):
            row[: len(example.ids)] = _marks(example) if field == "among_all" else getattr(example, field)
        return torch.from_numpy(rows)

    return Batch(
        padded("ids", vocabulary.words["<|im_end|>"]),
        padded("targets", GIVEN),
        padded("positions"),
        padded("groups"),
        padded("parts") if any((example.parts > 1).any() for example in examples) else None,
        padded("among_all").bool() if any(_marks(example).any() for example in examples) else None,
        sum(len(example.ids) for example in examples),
        tuple(example.name for example in examples),
    )


def read(
    body: nn.Module, ids: torch.Tensor, positions: torch.Tensor, parts: torch.Tensor | None = None
) -> torch.Tensor:
    """The last hidden states `(B, T, hidden)` of all of a causal model but its head on ids `(B, T)`, each at its
    position `(B, T)`, if the model is told positions. With `parts` `(B, T)`, for models that take masks, a token sees
    those before it of part 0 and of its own, as if there were no others."""
    inputs = {"input_ids": ids}
    if parts is not None:
        length = parts.shape[1]
        seen = (parts[:, None] == parts[..., None]) | (parts == 0)[:, None]  # (B, T, T)
        seen &= torch.ones(length, length, dtype=torch.bool, device=parts.device).tril()
        places = seen.sum(-1) - 1
        mask = make_masks(body.config.get_text_config(decoder=True), seen, places, places, body.dtype)
        inputs |= {"position_ids": positions, "attention_mask": mask}
    elif takes_positions(body):
        # without a mask, transformers takes what is passed over for the end of a document
        inputs |= {"position_ids": positions, "attention_mask": torch.ones_like(positions)}
    return body(**inputs, use_cache=False).last_hidden_state


@dataclass(frozen=True)
class Losses:
    """Sums of cross-entropy in nats and counts, by group: `(groups,)` each, float32."""

    pixel_nats: torch.Tensor
    pixels: torch.Tensor
    text_nats: torch.Tensor
    texts: torch.Tensor
    kind_nats: torch.Tensor  # of a pixel being a pixel, where that is learned
    kinds: torch.Tensor


def drawn_targets(batch: Batch, vocabulary: Vocabulary) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Of each drawn token `(N,)`: its id, the group of its document, and whether it is a pixel."""
    drawn = batch.targets[:, 1:] != GIVEN
    targets = batch.targets[:, 1:][drawn]
    owners = batch.groups[:, 1:][drawn]
    return targets, owners, (targets >= vocabulary.base) & (targets < vocabulary.base + LEVELS)


def drawn_counts(batch: Batch, vocabulary: Vocabulary, groups: int) -> torch.Tensor:
    """How many pixels and text tokens are drawn in documents of each group, and how many of these pixels are learned
    among all words: `(3, groups)` float32."""
    _, owners, is_pixel = drawn_targets(batch, vocabulary)
    kinds = (owners[is_pixel], owners[~is_pixel], owners[_among_drawn(batch)])
    return torch.stack([torch.bincount(kind, minlength=groups).float() for kind in kinds])


def _among_drawn(batch: Batch) -> torch.Tensor:
    """Which of the drawn tokens `(N,)` are learned among all words, too."""
    drawn = batch.targets[:, 1:] != GIVEN
    return torch.zeros_like(drawn)[drawn] if batch.among_all is None else batch.among_all[:, 1:][drawn]


def losses(
    hidden: torch.Tensor,
    head: torch.Tensor | Head,
    batch: Batch,
    vocabulary: Vocabulary,
    groups: int,
) -> Losses:
    """Cross-entropy at drawn positions: over the 256 pixel rows for pixels, over all rows for text; and of the
    question whether a pixel comes or another word, where a batch asks it. For such a pixel, both together are the
    cross-entropy over all rows.

    Args:
        hidden: Last hidden states `(B, T, hidden)` of the model on `batch.ids`.
        head: Of the model; or its output matrix `(V, hidden)`, where a head is no more.
        batch: The documents.
        vocabulary: Its words.
        groups: Number of groups.
    """
    states = hidden[:, :-1][batch.targets[:, 1:] != GIVEN]  # (N, hidden): the state before each drawn token
    targets, owners, is_pixel = drawn_targets(batch, vocabulary)
    whole = head if isinstance(head, Head) else Head((head,))

    def sums(selected: torch.Tensor, first: int, stop: int | None, kind: bool = False) -> tuple[torch.Tensor, ...]:
        logits = whole.logits(states[selected], first, stop)  # (n, stop - first)
        if not logits.numel():  # nothing is asked, of no words where a base is measured
            nats = logits.sum(-1)
        elif kind:
            nats = logits.logsumexp(-1) - logits[:, vocabulary.base : vocabulary.base + LEVELS].logsumexp(-1)
        else:
            nats = functional.cross_entropy(logits, targets[selected] - first, reduction="none")
        zeros = torch.zeros(groups, device=hidden.device)
        counts = zeros.index_add(0, owners[selected], torch.ones(len(nats), device=hidden.device))
        return zeros.index_add(0, owners[selected], nats), counts

    pixels, texts = sums(is_pixel, vocabulary.base, vocabulary.base + LEVELS), sums(~is_pixel, 0, None)
    return Losses(*pixels, *texts, *sums(_among_drawn(batch), 0, None, kind=True))
