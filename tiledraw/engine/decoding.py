"""Decoding: documents in, drawn pixels and thoughts out, through any decoder.

The grammar says what is forced and what is drawn; forced runs are fed together with the pixel before them.
Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.bounds import WHITE, within
from tiledraw.format.grammar import Document, TileDocument, segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.vocabulary import END_THINK, IM_END, Vocabulary
from tiledraw.format.weaving import DRAW

MAX_THINK = 400  # tokens of a think step
MAX_ANSWER = 200  # tokens of an answer
ROUNDING = 5e-5  # most that a logit of a float32 pass may be off, three times what was measured on the bundled model
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
        tail: Ids `(B, rest)` from the first pixel on, DRAW where a pixel is free; each stream has a free one.
        places: Where in the tail the pixels are, `(pixels,)`.
        read: Which ids of the tail are read, `(B, rest)` bool; the others are passed over, and their positions stay
            empty.
        noise: Uniform numbers `(B, drawings, pixels)`.
        temperature: Of the sampling.
        base: The id of gray level 0.
        sums: The least and the most that two by two pixels are known to sum to, `(B, 2, pixels / 4)`; None: anything.
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

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be told."""
        return self.told == self.tail.shape[1]


def sample(logits: np.ndarray, uniform: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """One sample a row: the inverse of the cumulative distribution at `uniform` `(B,)` in [0, 1), float64.

    Temperature 0 takes the largest logit.

    Returns:
        Indices `(B,)`; and `(B,)` bool, which of them are sure: the others lie so near to where another index begins
        that the rounding of a float32 forward pass, which differs with the shape of a batch, could decide.
    """
    each = np.arange(len(logits))
    if temperature == 0:
        best = logits.argmax(-1)
        others = logits.copy()
        others[each, best] = -np.inf
        return best, logits[each, best] - others.max(-1) > 2 * ROUNDING
    shares = np.exp((logits - logits.max(-1, keepdims=True)) / np.float64(temperature)).cumsum(-1)  # (B, V)
    shares /= shares[:, -1:]
    last = logits.shape[-1] - 1
    chosen = (shares <= uniform[:, None]).sum(-1).clip(max=last)  # (B,)
    begins = np.where(chosen > 0, shares[each, chosen - 1], 0)
    ends = np.where(chosen < last, shares[each, chosen], 1)

    def near(edge: np.ndarray) -> np.ndarray:
        """Whether logits that are a little off could move an edge past the place; those at 0 and 1 don't move."""
        return np.abs(uniform - edge) <= 2 * edge * (1 - edge).clip(min=0) * ROUNDING / temperature

    return chosen, ~(near(begins) | near(ends))


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


def surprise(logits: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """How unlikely choices `(B,)` are under logits `(B, V)` at temperature 1, in nats: `(B,)` float64."""
    logits = logits - logits.max(-1, keepdims=True).astype(np.float64)
    return np.log(np.exp(logits).sum(-1)) - logits[np.arange(len(logits)), chosen]


def draw_pixels(
    decoder: Decoder,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    noise: np.ndarray,
    temperature: float,
    ahead: bool = True,
) -> np.ndarray:
    """Draws the free pixels of documents of one kind in one batch: `(B, pixels)` uint8 in raster order.

    A document whose `pixels` are known in part (DRAW where they are not) keeps those, wherever they are: they are fed
    as what they are, like guide pixels, and the free ones are drawn from their own noise.

    Args:
        documents: Documents whose think steps are known.
        noise: Uniform numbers `(B, drawings, pixels)`, float64, of all pixels, free or not. Where rows surprise the
            model they are drawn so often, if the decoder can take back, and the likeliest drawing stays.
        temperature: Of the sampling; 0 is greedy.
        ahead: Whether to speculate, if the decoder can; the pixels are the same, with a single drawing.
    """
    streams = streams_of(vocabulary, documents, noise, temperature)
    if ahead and hasattr(decoder, "peek"):
        from tiledraw.engine.speculation import draw_ahead

        return draw_ahead(decoder, streams).astype(np.uint8)
    return _draw_one_by_one(decoder, streams).astype(np.uint8)


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
        heads.append(ids[: places[0]].tolist())
        tails.append(ids[places[0] :])
        read.append(read_tokens(document, drawn)[places[0] :])
        places -= places[0]
    tail = np.stack(tails)  # (B, rest), from the first pixel on; `places` (pixels,) is the same for all
    assert len(places) == count, "documents of one batch are of one kind"
    width = int(count**0.5)
    told = tail.shape[1] if rows in (None, width) else int(places[rows * width - 1]) + 1
    return Streams(heads, tail, places, np.stack(read), noise, temperature, base, told, _sums(documents, count))


def _sums(documents: Sequence[Document], count: int) -> np.ndarray | None:
    """What two by two of `count` pixels may sum to in each document, `(B, 2, count / 4)`; None if that is anything in
    all of them."""
    known = [document.sums if isinstance(document, TileDocument) else None for document in documents]
    if all(sums is None for sums in known):
        return None
    anything = np.stack([np.zeros(count // 4, dtype=np.int64), np.full(count // 4, 4 * WHITE)])
    return np.stack([anything if sums is None else sums for sums in known])


def _draw_one_by_one(decoder: Decoder, streams: Streams) -> np.ndarray:
    """What `draw_ahead` gives for the first drawings, without draft tokens. Streams that are read alike go together."""
    drawn = np.empty((len(streams.heads), len(streams.places)), dtype=np.int64)
    alike, kinds = np.unique(streams.read, axis=0, return_inverse=True)
    for number, read in enumerate(alike):
        rows = np.flatnonzero(kinds == number)
        drawn[rows] = _draw_alike(decoder, streams, rows, np.flatnonzero(read))
    return drawn


def _draw_alike(decoder: Decoder, streams: Streams, rows: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Pixels `(rows, pixels)` of some rows of which these places are read."""
    heads, base, temperature = [streams.heads[row] for row in rows], streams.base, streams.temperature
    starts = np.array([len(head) for head in heads])[:, None]
    hidden = decoder.start(heads, streams.tail.shape[1])
    rest, done = streams.tail[rows], 0  # tokens of the rest that the decoder has read
    for number, place in enumerate(streams.places):
        free = rest[:, place] == DRAW
        if not free.any():
            continue
        if (known := read[(read >= done) & (read < place)]).size:
            hidden = decoder.feed(rest[:, known], starts + known)
        done = place
        logits = decoder.logits(hidden, base, base + LEVELS)
        uniform = streams.noise[rows, 0, number]
        chosen, sure = sample(logits, uniform, temperature)
        for row in np.flatnonzero(free & ~sure):
            before, start = read[read < place], len(heads[row])
            past, positions = [*heads[row], *rest[row, before].tolist()], [*range(start), *(start + before).tolist()]
            settled = settle(decoder, past, positions, uniform[row], temperature, base)
            chosen[row] = chosen[row] if settled is None else settled
        rest[free, place] = chosen[free] + base
    return rest[:, streams.places] - base


def draw_think(
    decoder: Decoder, vocabulary: Vocabulary, document: Document, noise: np.ndarray, temperature: float
) -> str:
    """Draws the think step of a flat or layout document. A step that does not end in time is cut off.

    Args:
        noise: Uniform numbers `(MAX_THINK,)`.
    """
    ids = tokenise(segments(document), vocabulary)[0]
    end = vocabulary.words[END_THINK]
    allowed = _text_until(end, vocabulary)
    hidden = decoder.start([ids.tolist()], MAX_THINK)
    text: list[int] = []
    for uniform in noise:
        logits = decoder.logits(hidden, 0, vocabulary.size) + allowed
        chosen = int(sample(logits, uniform[None], temperature)[0][0])
        if chosen == end:
            break
        text.append(chosen)
        hidden = decoder.feed(np.array([[chosen]]))
    return vocabulary.decode(text)


def draw_answers(decoder: Decoder, vocabulary: Vocabulary, documents: Sequence[Document]) -> list[str]:
    """The likeliest answers of readings, in one batch. An answer that does not end in time is cut off."""
    end = vocabulary.words[IM_END]
    allowed = _text_until(end, vocabulary)
    hidden = decoder.start([tokenise(segments(document), vocabulary)[0].tolist() for document in documents], MAX_ANSWER)
    answers = np.full((len(documents), MAX_ANSWER), end)
    ended = np.zeros(len(documents), dtype=bool)
    for place in range(MAX_ANSWER):
        chosen = (decoder.logits(hidden, 0, vocabulary.size) + allowed).argmax(-1)
        answers[~ended, place] = chosen[~ended]
        ended |= chosen == end
        if ended.all():
            break
        hidden = decoder.feed(answers[:, place : place + 1])
    return [vocabulary.decode(ids[: (*ids, end).index(end)]) for ids in answers.tolist()]


def _text_until(end: int, vocabulary: Vocabulary) -> np.ndarray:
    """What added to logits `(V,)` leaves text and the word that ends it."""
    allowed = np.full(vocabulary.size, -np.inf, dtype=np.float32)
    allowed[: vocabulary.base] = 0
    allowed[vocabulary.end_of_code :] = 0
    allowed[list(vocabulary.words.values())] = -np.inf
    allowed[end] = 0
    return allowed
