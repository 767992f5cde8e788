"""Streams: documents as ids for a decoder, and what every decoder can do.

Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.bounds import WHITE, within
from tiledraw.engine.sampling import sample
from tiledraw.format.grammar import Document, TileDocument, segments, tokenise
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
        noise: Uniform numbers `(B, drawings, pixels)`.
        temperature: Of the sampling.
        base: The id of gray level 0.
        sums: The least and the most that two by two pixels are known to sum to, `(B, 2, pixels / 4)`; None: anything.
        drafts: The likeliest pixels, `(B, pixels)`; None: nobody knows.
        most: The largest pixel that each may draw, `(B,)`: a layer has so many inks; None: any.
        told: How many ids of the tail are right; the others will be told later.
    """

    heads: list[list[int]]
    tail: np.ndarray
    places: np.ndarray
    read: np.ndarray
    noise: np.ndarray
    temperature: float
    base: int
    told: int
    sums: np.ndarray | None = None
    drafts: np.ndarray | None = None
    most: np.ndarray | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be told."""
        return self.told == self.tail.shape[1]


def settle(
    decoder: Decoder,
    row: list[int],
    positions: list[int],
    uniform: float,
    temperature: float,
    base: int,
    least: int = 0,
    most: int = WHITE,
) -> int | None:
    """The pixel to draw after a stream of ids at positions, from `least` to `most`, where a sample was not sure: the
    same from logits in double precision, which no rounding of a batch can move. None if the decoder has no such logits:
    the sample stands."""
    if not hasattr(decoder, "precise_logits"):
        return None
    logits = decoder.precise_logits(row, base, base + LEVELS, positions=positions)
    logits = within(logits, np.array([least]), np.array([most]))
    return int(sample(logits, np.array([uniform]), temperature)[0][0])


def streams_of(
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    noise: np.ndarray,
    temperature: float,
    rows: int | None = None,
) -> Streams:
    """Documents of one kind as streams, with noise `(B, drawings, pixels)`; of square pictures of which the first
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
    sums, drafts, most = _sums(documents, count), _drafts(documents), _most(documents)
    return Streams(heads, tail, places, np.stack(read), noise, temperature, base, told, sums, drafts, most)


def _most(documents: Sequence[Document]) -> np.ndarray | None:
    """The number of the last ink of layers, `(B,)`."""
    lists = [document.inks for document in documents if isinstance(document, LayerDocument)]
    return np.array([count_inks(inks or "") - 1 for inks in lists]) if lists else None


def _drafts(documents: Sequence[Document]) -> np.ndarray | None:
    """The likeliest pixels of tiles of layers, those of their guides, `(B, pixels)`."""
    guides = [document.guide for document in documents if isinstance(document, LayerDocument)]
    if not guides or any(guide is None for guide in guides):
        return None
    return np.stack([to_blocks(guide[1:-1, 1:-1].repeat(2, 0).repeat(2, 1)) for guide in guides]).astype(np.int64)


def _sums(documents: Sequence[Document], count: int) -> np.ndarray | None:
    """What two by two of `count` pixels may sum to in each document, `(B, 2, count / 4)`; None if that is anything in
    all of them."""
    known = [document.sums if isinstance(document, TileDocument) else None for document in documents]
    if all(sums is None for sums in known):
        return None
    anything = np.stack([np.zeros(count // 4, dtype=np.int64), np.full(count // 4, 4 * WHITE)])
    return np.stack([anything if sums is None else sums for sums in known])
