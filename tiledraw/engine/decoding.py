"""Decoding: documents in, drawn pixels and thoughts out, through any decoder.

The grammar says what is forced and what is drawn; forced runs are fed together with the pixel before them.
Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.engine.sampling import sample, within
from tiledraw.engine.streams import Decoder, Streams, settle, streams_of
from tiledraw.format.grammar import Document, segments, tokenise
from tiledraw.format.vocabulary import END_THINK, IM_END, Vocabulary
from tiledraw.format.weaving import DRAW

MAX_THINK = 400  # tokens of a think step
MAX_ANSWER = 200  # tokens of an answer
TRIED = 64  # tokens, the likeliest first, among which others than the likeliest that may be written are looked for
NEGLIGIBLE = 8.0  # nats below the likeliest token that may be written, from which on others are not looked at


class Constraint(Protocol):
    """What a thought may be."""

    def allows(self, text: str) -> bool:
        """Whether a thought may begin so; it may end in U+FFFD, a character of which a token is only the beginning."""

    def completes(self, text: str) -> bool:
        """Whether a thought may be this."""


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
        noise: Uniform numbers `(B, pixels)`, float64, of all pixels, free or not.
        temperature: Of the sampling; 0 is greedy.
        ahead: Whether to speculate, if the decoder can; the pixels are the same.
    """
    streams = streams_of(vocabulary, documents, noise, temperature)
    if ahead and hasattr(decoder, "peek"):
        from tiledraw.engine.speculation import draw_ahead

        return draw_ahead(decoder, streams).astype(np.uint8)
    return _draw_one_by_one(decoder, streams).astype(np.uint8)


def _draw_one_by_one(decoder: Decoder, streams: Streams) -> np.ndarray:
    """What `draw_ahead` gives, without draft tokens. Streams that are read alike go together."""
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
    rest, most, done = streams.tail[rows], streams.most[rows], 0  # tokens of the rest that the decoder has read
    free = rest[:, streams.places] == DRAW  # (rows, pixels)
    bounded = bool((most < LEVELS - 1).any())
    for number in np.flatnonzero(free.any(axis=0)).tolist():
        place, these = streams.places[number], free[:, number]
        begin, end = np.searchsorted(read, (done, place))
        if (known := read[begin:end]).size:
            hidden = decoder.feed(rest[:, known], starts + known)
        done = place
        logits = decoder.logits(hidden, base, base + LEVELS)
        uniform = streams.noise[rows, number]
        chosen, sure = sample(within(logits, most) if bounded else logits, uniform, temperature)
        for row in () if sure.all() else np.flatnonzero(these & ~sure):
            before, start = read[read < place], len(heads[row])
            past, positions = [*heads[row], *rest[row, before].tolist()], [*range(start), *(start + before).tolist()]
            settled = settle(decoder, past, positions, uniform[row], temperature, base, int(most[row]))
            chosen[row] = chosen[row] if settled is None else settled
        rest[these, place] = chosen[these] + base
    return rest[:, streams.places] - base


def draw_think(
    decoder: Decoder,
    vocabulary: Vocabulary,
    document: Document,
    noise: np.ndarray,
    temperature: float,
    constraint: Constraint | None = None,
) -> str:
    """Draws the think step of a flat, layout or request document. A step that does not end in time is cut off.

    Args:
        noise: Uniform numbers, one for each of as many tokens as the step may have at most.
        constraint: What it may be; it is cut off, too, where no token may follow.
    """
    ids = tokenise(segments(document), vocabulary)[0]
    end = vocabulary.words[END_THINK]
    allowed = _text_until(end, vocabulary)
    hidden = decoder.start([ids.tolist()], len(noise))
    text: list[int] = []
    for uniform in noise:
        logits = decoder.logits(hidden, 0, vocabulary.size) + allowed
        if constraint is not None:
            logits = _constrained(logits, text, end, vocabulary, constraint, NEGLIGIBLE * temperature)
            if logits is None:
                break
        chosen = int(sample(logits, uniform[None], temperature)[0][0])
        if chosen == end:
            break
        text.append(chosen)
        hidden = decoder.feed(np.array([[chosen]]))
    return vocabulary.decode(text)


def _constrained(
    logits: np.ndarray, text: list[int], end: int, vocabulary: Vocabulary, constraint: Constraint, reach: float
) -> np.ndarray | None:
    """The logits `(1, V)` of the likeliest token that may follow a text, and of those that may and are at most `reach`
    below it; -inf elsewhere. None if there is none."""
    kept = np.full_like(logits, -np.inf)
    best = -np.inf
    for number, token in enumerate(np.argsort(-logits[0], kind="stable").tolist()):
        if logits[0, token] == -np.inf or logits[0, token] < best - reach:
            break
        if best > -np.inf and (not reach or number >= TRIED):
            break
        if token == end:
            fits = constraint.completes(vocabulary.decode(text))
        else:
            fits = constraint.allows(vocabulary.decode([*text, token]))
        if fits:
            kept[0, token] = logits[0, token]
            best = max(best, float(logits[0, token]))
    return kept if best > -np.inf else None


def text_nats(decoder: Decoder, vocabulary: Vocabulary, document: Document, texts: Sequence[str]) -> np.ndarray:
    """How unlikely each of some think steps of a document is, in nats, `(B,)` float64, in one batch."""
    head, end = tokenise(segments(document), vocabulary)[0].tolist(), vocabulary.words[END_THINK]
    rows = [[*vocabulary.encode(text), end] for text in texts]
    lengths = np.array(list(map(len, rows)))
    ids = np.array([row + [end] * (lengths.max() - len(row)) for row in rows])  # (B, longest)
    nats = np.zeros(len(rows))
    hidden = decoder.start([head] * len(rows), ids.shape[1])
    for place in range(ids.shape[1]):
        if place:
            hidden = decoder.feed(ids[:, place - 1 : place])
        logits = decoder.logits(hidden, 0, vocabulary.size).astype(np.float64)  # (B, V)
        logits -= logits.max(axis=-1, keepdims=True)
        told = logits[np.arange(len(rows)), ids[:, place]]
        nats += np.where(place < lengths, np.log(np.exp(logits).sum(axis=-1)) - told, 0.0)
    return nats


def draw_texts(
    decoder: Decoder, vocabulary: Vocabulary, documents: Sequence[Document], ends_with: str = IM_END
) -> list[str]:
    """The likeliest texts that go on documents which end before one, in one batch: answers of readings, or what ends
    with another word, such as a think step. A text that does not end in time is cut off."""
    end = vocabulary.words[ends_with]
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
