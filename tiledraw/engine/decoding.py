"""Decoding: documents in, drawn pixels and thoughts out, through any decoder.

The grammar says what is forced and what is drawn; forced runs are fed together with the pixel before them.
Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from tiledraw.grammar import Document, segments, tokenise
from tiledraw.pixels import LEVELS
from tiledraw.vocabulary import END_THINK, IM_END, Vocabulary
from tiledraw.weaving import DRAW

MAX_THINK = 400  # tokens of a think step
MAX_ANSWER = 200  # tokens of an answer
ROUNDING = 5e-5  # most that a logit of a float32 pass may be off, three times what was measured on the bundled model
MOST_AHEAD = 30  # tokens of a stream in a pass of speculation at most


class Decoder(Protocol):
    """A batch of token streams. Hidden states are arrays of the decoder's own kind, on its own device."""

    def start(self, rows: list[list[int]], room: int) -> Any:
        """Reads the beginnings of streams; `room` tokens may follow. Returns hidden states `(B, hidden)`."""

    def feed(self, ids: np.ndarray) -> Any:
        """Goes on with ids `(B, n)`; returns the hidden states after the last of them, `(B, hidden)`."""

    def logits(self, hidden: Any, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Logits `(B, stop - start)` of a range of ids, float32."""


@dataclass(frozen=True, eq=False)
class Streams:
    """Documents of one kind whose free pixels are to be drawn.

    Attributes:
        heads: Ids of their beginnings, before the first pixel.
        tail: Ids `(B, rest)` from the first pixel on, DRAW where a pixel is free; each stream has a free one.
        places: Where in the tail the pixels are, `(pixels,)`.
        noise: Uniform numbers `(B, pixels)`.
        temperature: Of the sampling.
        base: The id of gray level 0.
        scored: Whether to reckon how likely they are.
        guesses: Pixels `(B, pixels)` uint8 that are likely, such as another drawing of the same documents.
        limits: Nats `(B,)`: a stream that surprises the model more is given up, if it is `scored`.
    """

    heads: list[list[int]]
    tail: np.ndarray
    places: np.ndarray
    noise: np.ndarray
    temperature: float
    base: int
    scored: bool = False
    guesses: np.ndarray | None = None
    limits: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Streams:
        """Some of them."""
        return replace(
            self,
            heads=[self.heads[row] for row in rows],
            tail=self.tail[rows],
            noise=self.noise[rows],
            guesses=None if self.guesses is None else self.guesses[rows],
            limits=None if self.limits is None else self.limits[rows],
        )


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
    decoder: Decoder, row: Sequence[int], uniform: float, temperature: float, start: int, stop: int
) -> int | None:
    """What to draw after a stream where a sample was not sure: the same from logits in double precision, which no
    rounding of a batch can move. None if the decoder has no such logits: the sample stands."""
    if not hasattr(decoder, "precise_logits"):
        return None
    return int(sample(decoder.precise_logits(list(row), start, stop), np.array([uniform]), temperature)[0][0])


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

    Arguments as for `draw_scored`.
    """
    return draw_scored(decoder, vocabulary, documents, noise, temperature, ahead, scored=False)[0]


def draw_scored(
    decoder: Decoder,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    noise: np.ndarray,
    temperature: float,
    ahead: bool = True,
    scored: bool = True,
    guesses: np.ndarray | None = None,
    limits: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws the free pixels of documents of one kind in one batch.

    A document whose `pixels` are known in part (DRAW where they are not) keeps those, wherever they are: they are fed
    as what they are, like guide pixels, and the free ones are drawn from their own noise.

    Args:
        documents: Documents whose think steps are known.
        noise: Uniform numbers `(B, pixels)`, float64, of all pixels, free or not.
        temperature: Of the sampling; 0 is greedy.
        ahead: Whether to speculate, if the decoder can; the pixels are the same.
        scored: Whether to reckon how likely they are.
        guesses: Pixels `(B, pixels)` uint8 that are likely: speculation starts from them.
        limits: Nats `(B,)`: a drawing that surprises the model more may be given up.

    Returns:
        Pixels `(B, pixels)` uint8 in raster order; and the surprise of the drawn ones in nats, `(B,)` float64, zeros
        unless `scored`, infinite for what was given up.
    """
    count, base = noise.shape[1], vocabulary.base
    heads, tails = [], []
    for document in documents:
        ids, drawn = tokenise(segments(document), vocabulary)
        places = np.flatnonzero(drawn)[-count:]
        heads.append(ids[: places[0]].tolist())
        tails.append(ids[places[0] :])
        places -= places[0]
    tail = np.stack(tails)  # (B, rest), from the first pixel on; `places` (pixels,) is the same for all
    assert len(places) == count, "documents of one batch are of one kind"
    streams = Streams(heads, tail, places, noise, temperature, base, scored, guesses, limits)
    if ahead and hasattr(decoder, "peek"):
        from tiledraw.engine.speculation import draw_ahead

        draw = getattr(decoder, "draw_streams", partial(draw_ahead, decoder))
    else:
        draw = partial(_draw_one_by_one, decoder)
    drawn, nats = draw(streams)
    return drawn.astype(np.uint8), nats


def _draw_one_by_one(decoder: Decoder, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
    """What `draw_ahead` gives, without guesses."""
    heads, places, base, temperature = streams.heads, streams.places, streams.base, streams.temperature
    hidden = decoder.start(heads, streams.tail.shape[1])
    rest, nats = streams.tail.copy(), np.zeros(len(heads))
    read = 0  # tokens of the rest that the decoder has read
    for number, place in enumerate(places):
        free = rest[:, place] == DRAW
        if not free.any():
            continue
        if place > read:
            hidden, read = decoder.feed(rest[:, read:place]), place
        logits = decoder.logits(hidden, base, base + LEVELS)
        chosen, sure = sample(logits, streams.noise[:, number], temperature)
        for row in np.flatnonzero(free & ~sure):
            past = [*heads[row], *rest[row, :place].tolist()]
            settled = settle(decoder, past, streams.noise[row, number], temperature, base, base + LEVELS)
            chosen[row] = chosen[row] if settled is None else settled
        rest[free, place] = chosen[free] + base
        if streams.scored:
            nats += np.where(free, surprise(logits, chosen), 0)
    return rest[:, places] - base, nats


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
