"""Decoding: documents in, drawn pixels and thoughts out, through any decoder.

The grammar says what is forced and what is drawn; forced runs are fed together with the pixel before them.
Knows ids, the grammar's DRAW places and noise. Knows nothing about plans, levels or how a decoder works inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from tiledraw.grammar import Document, segments, tokenise
from tiledraw.pixels import LEVELS
from tiledraw.vocabulary import END_THINK, IM_END, Vocabulary
from tiledraw.weaving import DRAW

MAX_THINK = 400  # tokens of a think step
MAX_ANSWER = 200  # tokens of an answer
ROUNDING = 5e-5  # most that a logit of a float32 pass may be off, three times what was measured on the bundled model
MOST_AHEAD = 40  # tokens that speculation may read past the end of a document: two passes


class Decoder(Protocol):
    """A batch of token streams."""

    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        """Reads the beginnings of streams; `room` tokens may follow. Returns hidden states `(B, hidden)`."""

    def feed(self, ids: torch.Tensor) -> torch.Tensor:
        """Goes on with ids `(B, n)`; returns the hidden states after the last of them, `(B, hidden)`."""

    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> torch.Tensor:
        """Logits `(B, stop - start)` of a range of ids, float32."""


def sample(logits: torch.Tensor, uniform: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """One sample a row: the inverse of the cumulative distribution at `uniform` `(B,)` in [0, 1), float64.

    Temperature 0 takes the largest logit.

    Returns:
        Indices `(B,)`; and `(B,)` bool, which of them are sure: the others lie so near to where another index begins
        that the rounding of a float32 forward pass, which differs with the shape of a batch, could decide.
    """
    if temperature == 0:
        best = logits.topk(min(2, logits.shape[-1]))
        return best.indices[:, 0], best.values[:, 0] - best.values[:, -1] > 2 * ROUNDING
    shares = torch.softmax(logits.double() / temperature, -1).cumsum(-1)  # (B, V)
    place = (uniform * shares[:, -1])[:, None]
    chosen = torch.searchsorted(shares, place, right=True).clamp(max=logits.shape[-1] - 1)  # (B, 1)
    last = logits.shape[-1] - 1
    begins = shares.gather(-1, (chosen - 1).clamp(min=0)).where(chosen > 0, 0)
    ends = shares.gather(-1, chosen).where(chosen < last, 1)

    def near(edge: torch.Tensor) -> torch.Tensor:
        """Whether logits that are a little off could move an edge past the place; those at 0 and 1 don't move."""
        return (place - edge).abs() <= 2 * edge * (1 - edge).clamp(min=0) * ROUNDING / temperature

    return chosen[:, 0], ~(near(begins) | near(ends))[:, 0]


def settle(
    decoder: Decoder, row: Sequence[int], uniform: float, temperature: float, start: int, stop: int
) -> int | None:
    """What to draw after a stream where a sample was not sure: the same from logits in double precision, which no
    rounding of a batch can move. None if the decoder has no such logits: the sample stands."""
    if not hasattr(decoder, "precise_logits"):
        return None
    number = torch.tensor([uniform], dtype=torch.float64)
    return int(sample(decoder.precise_logits(list(row), start, stop), number, temperature)[0])


def surprise(logits: torch.Tensor, chosen: np.ndarray) -> np.ndarray:
    """How unlikely choices `(B,)` are under logits `(B, V)` at temperature 1, in nats: `(B,)` float64."""
    shares = torch.log_softmax(logits.double(), -1)
    return -shares.gather(-1, torch.from_numpy(chosen).long()[:, None])[:, 0].numpy()


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
    hidden = decoder.start(heads, tail.shape[1] + MOST_AHEAD)
    if ahead and hasattr(decoder, "peek"):
        from tiledraw.engine.speculation import draw_ahead

        pixels, nats = draw_ahead(
            decoder, hidden, heads, tail, places, noise, temperature, base, scored, guesses, limits
        )
        return pixels.astype(np.uint8), nats
    rest = torch.from_numpy(tail)  # (B, rest)
    uniform = torch.from_numpy(noise)
    nats = np.zeros(len(tail))
    read = 0  # tokens of the rest that the decoder has read
    for number, place in enumerate(places):
        free = rest[:, place] == DRAW
        if not free.any():
            continue
        if place > read:
            hidden, read = decoder.feed(rest[:, read:place]), place
        logits = decoder.logits(hidden, base, base + LEVELS)
        chosen, sure = sample(logits, uniform[:, number], temperature)
        for row in (free & ~sure).nonzero()[:, 0].tolist():
            past = [*heads[row], *rest[row, :place].tolist()]
            settled = settle(decoder, past, float(uniform[row, number]), temperature, base, base + LEVELS)
            chosen[row] = chosen[row] if settled is None else settled
        rest[free, place] = chosen[free] + base
        if scored:
            nats += np.where(free.numpy(), surprise(logits, chosen.numpy()), 0)
    return (tail[:, places] - base).astype(np.uint8), nats


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
    for uniform in torch.from_numpy(noise):
        logits = decoder.logits(hidden, 0, vocabulary.size) + allowed
        chosen = int(sample(logits, uniform[None], temperature)[0])
        if chosen == end:
            break
        text.append(chosen)
        hidden = decoder.feed(torch.tensor([[chosen]]))
    return vocabulary.decode(text)


def draw_answers(decoder: Decoder, vocabulary: Vocabulary, documents: Sequence[Document]) -> list[str]:
    """The likeliest answers of readings, in one batch. An answer that does not end in time is cut off."""
    end = vocabulary.words[IM_END]
    allowed = _text_until(end, vocabulary)
    hidden = decoder.start([tokenise(segments(document), vocabulary)[0].tolist() for document in documents], MAX_ANSWER)
    answers = torch.full((len(documents), MAX_ANSWER), end)
    ended = torch.zeros(len(documents), dtype=torch.bool)
    for place in range(MAX_ANSWER):
        chosen = (decoder.logits(hidden, 0, vocabulary.size) + allowed).argmax(-1)
        answers[~ended, place] = chosen[~ended]
        ended |= chosen == end
        if ended.all():
            break
        hidden = decoder.feed(answers[:, place : place + 1])
    return [vocabulary.decode(ids[: (*ids, end).index(end)]) for ids in answers.tolist()]


def _text_until(end: int, vocabulary: Vocabulary) -> torch.Tensor:
    """What added to logits `(V,)` leaves text and the word that ends it."""
    allowed = torch.full((vocabulary.size,), -torch.inf)
    allowed[: vocabulary.base] = 0
    allowed[vocabulary.end_of_code :] = 0
    allowed[list(vocabulary.words.values())] = -torch.inf
    allowed[end] = 0
    return allowed
