"""Streams: documents as ids for a decoder, and what every decoder can do.

Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.sampling import sample, within
from tiledraw.format.grammar import Document, segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.layers import LayerDocument, to_blocks
from tiledraw.format.palettes import count_inks
from tiledraw.format.vocabulary import VISION_START, Vocabulary

MOST_AHEAD = 30  # tokens of a stream in a pass of speculation at most


class Decoder(Protocol):
    """A batch of token streams. Hidden states are arrays of the decoder's own kind, on its own device."""

    def start(self, rows: list[list[int]], room: int) -> Any:
        """Reads the beginnings of streams; `room` tokens may follow. Returns hidden states `(B, hidden)`."""

    def feed(self, ids: np.ndarray, positions: np.ndarray | None = None) -> Any:
        """Goes on with ids `(B, n)` at `positions` `(B, n)`, those behind what was read if there are none given;
        returns the hidden states after the last of them, `(B, hidden)`."""

    def logits(self, hidden: Any, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Logits `(B, stop - start)` of a range of ids, float32."""


@dataclass(frozen=True, eq=False)
class Streams:
    """Documents of one kind whose free pixels are to be drawn.

    Attributes:
        heads: Ids of their beginnings, before the first pixel.
        tail: Ids `(B, rest)` from the first pixel on, DRAW where a pixel is free; each stream has a free one. A layer's
            begins with its picture.
        places: Where in the tail the pixels are, `(pixels,)`.
        read: Which ids of the tail are read, `(B, rest)` bool; the others are passed over, and their positions stay
            empty.
        noise: Uniform numbers `(B, pixels)`.
        temperature: Of the sampling.
        base: The id of gray level 0.
        most: The largest pixel that each may draw, `(B,)` int64: a layer has so many inks.
        told: How many ids of the tail are right; the others will be told later.
        drafts: The likeliest pixels, `(B, pixels)`; None: nobody knows.
    """

    heads: list[list[int]]
    tail: np.ndarray
    places: np.ndarray
    read: np.ndarray
    noise: np.ndarray
    temperature: float
    base: int
    most: np.ndarray
    told: int
    drafts: np.ndarray | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be told."""
        return self.told == self.tail.shape[1]


def settle(
    decoder: Decoder, row: list[int], positions: list[int], uniform: float, temperature: float, base: int, most: int
) -> int | None:
    """The pixel to draw after a stream of ids at positions, `most` at the most, where a sample was not sure: the same
    from logits in double precision, which no rounding of a batch can move. None if the decoder has no such logits: the
    sample stands."""
    if not hasattr(decoder, "precise_logits"):
        return None
    logits = within(decoder.precise_logits(row, base, base + LEVELS, positions), np.array([most]))
    return int(sample(logits, np.array([uniform]), temperature)[0][0])


def streams_of(
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    noise: np.ndarray,
    temperature: float,
    rows: int | None = None,
) -> Streams:
    """Documents of one kind as streams, with noise `(B, pixels)`; of square pictures of which the first
    `rows` are told."""
    count, base = noise.shape[-1], vocabulary.base
    heads, tails, read = [], [], []
    for document in documents:
        ids, drawn = tokenise(segments(document), vocabulary)
        places = np.flatnonzero(drawn)[-count:]
        begin = places[0]
        if isinstance(document, LayerDocument):  # what stands before its first pixel is passed over in part
            begin = 1 + np.flatnonzero(ids == vocabulary.words[VISION_START])[-1]
        heads.append(ids[:begin].tolist())
        tails.append(ids[begin:])
        read.append(read_tokens(document, drawn)[begin:])
        places -= begin
    tail = np.stack(tails)  # (B, rest), from the first pixel on; `places` (pixels,) is the same for all
    assert len(places) == count, "documents of one batch are of one kind"
    width = int(count**0.5)
    told = tail.shape[1] if rows in (None, width) else int(places[rows * width - 1]) + 1
    most = np.array([_most(document) for document in documents])
    return Streams(heads, tail, places, np.stack(read), noise, temperature, base, most, told, _drafts(documents))


def _most(document: Document) -> int:
    """The number of the last ink of a layer, the last gray level of anything else."""
    return (count_inks(document.inks or "") if isinstance(document, LayerDocument) else LEVELS) - 1


def _drafts(documents: Sequence[Document]) -> np.ndarray | None:
    """The likeliest pixels of tiles of layers, those of their guides, `(B, pixels)`."""
    guides = [document.guide for document in documents if isinstance(document, LayerDocument)]
    if not guides or any(guide is None for guide in guides):
        return None
    return np.stack([to_blocks(guide[1:-1, 1:-1].repeat(2, 0).repeat(2, 1)) for guide in guides]).astype(np.int64)
