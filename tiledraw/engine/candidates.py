"""Candidates: a doubtful document is drawn several times side by side, and the likeliest drawing stays.

A model that errs is surprised by what it draws next, so its likelihood tells a broken drawing from a sound one (sample
and rank; Adiwardana et al., 2020, "Towards a Human-like Open-Domain Chatbot"). Most documents are drawn once: only a
drawing that surprises the model gets rivals.
Knows documents, noise and decoders. Knows nothing about plans or levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiledraw.engine.decoding import ROUNDING, Decoder, draw_pixels, draw_scored, surprise
from tiledraw.grammar import Document, segments, tokenise
from tiledraw.pixels import LEVELS
from tiledraw.vocabulary import Vocabulary
from tiledraw.weaving import DRAW

DOUBT = 10.0  # nats: sound drawings of the bundled model mostly surprise it less, broken ones by tens


def draw_likeliest(
    decoder: Decoder,
    vocabulary: Vocabulary,
    documents: Sequence[Document],
    noise: np.ndarray,
    temperature: float,
    batch: int,
) -> np.ndarray:
    """Draws the free pixels of documents of one kind, `(n, pixels)` uint8 in raster order: the first candidate of each,
    or the likeliest of all where the first one's surprise is above `DOUBT`.

    Args:
        documents: At most `batch`, their think steps known.
        noise: Uniform numbers of the candidates, `(n, candidates, pixels)` float64.
        temperature: Of the sampling; surprise is that at temperature 1.
        batch: Streams that are drawn at once.
    """
    count, candidates, _ = noise.shape
    if candidates == 1:
        return draw_pixels(decoder, vocabulary, documents, noise[:, 0], temperature)
    drawn, nats = np.empty(noise.shape, dtype=np.uint8), np.full((count, candidates), np.inf)
    drawn[:, 0], nats[:, 0] = draw_scored(decoder, vocabulary, documents, noise[:, 0], temperature)
    judge = _Judge(decoder, vocabulary)
    doubtful = [number for number in range(count) if judge.doubts(documents[number], drawn[number, 0], nats[number, 0])]
    rivals = [(number, candidate) for number in doubtful for candidate in range(1, candidates)]
    for start in range(0, len(rivals), batch):
        numbers, which = np.array(rivals[start : start + batch]).T
        again = [documents[number] for number in numbers]
        first, limits = drawn[numbers, 0], nats[numbers, 0] + 2 * _error(drawn[0, 0])
        drawn[numbers, which], nats[numbers, which] = draw_scored(
            decoder, vocabulary, again, noise[numbers, which], temperature, guesses=first, limits=limits
        )
    chosen = np.zeros(count, dtype=int)
    for number in doubtful:
        chosen[number] = judge.likeliest(documents[number], drawn[number], nats[number])
    return drawn[np.arange(count), chosen]


@dataclass(frozen=True)
class _Judge:
    """Compares surprises; where the rounding of a batch could decide, by logits in double precision."""

    decoder: Decoder
    vocabulary: Vocabulary

    def doubts(self, document: Document, pixels: np.ndarray, nats: float) -> bool:
        """Whether a drawing `(pixels,)` of a document surprises the model too much."""
        near = abs(nats - DOUBT) <= _error(pixels)
        return bool((self._precise(document, pixels) if near and self.can_be_precise else nats) > DOUBT)

    def likeliest(self, document: Document, drawn: np.ndarray, nats: np.ndarray) -> int:
        """The number of the likeliest of some drawings `(candidates, pixels)`; of equals the first."""
        close = np.flatnonzero(nats <= nats.min() + 2 * _error(drawn[0]))
        distinct = close[np.sort(np.unique(drawn[close], axis=0, return_index=True)[1])]
        if len(distinct) == 1 or not self.can_be_precise:
            return int(nats.argmin())
        return int(min(distinct, key=lambda number: self._precise(document, drawn[number])))

    @property
    def can_be_precise(self) -> bool:
        return hasattr(self.decoder, "precise_logits")

    def _precise(self, document: Document, pixels: np.ndarray) -> float:
        """The surprise of the free pixels of a document, read alone."""
        ids, drawn = tokenise(segments(document), self.vocabulary)
        places = np.flatnonzero(drawn)[-len(pixels) :]
        free = ids[places] == DRAW
        ids[places] = pixels.astype(np.int64) + self.vocabulary.base
        first, last = int(places[0]), int(places[-1])
        logits = self.decoder.precise_logits(  # type: ignore[attr-defined]
            ids[:last].tolist(), self.vocabulary.base, self.vocabulary.base + LEVELS, last - first + 1
        )
        return float(surprise(logits[places - first], pixels)[free].sum())


def _error(pixels: np.ndarray) -> float:
    """Nats that the surprise of a drawing may be off if each logit of each pixel is."""
    return 2 * ROUNDING * len(pixels)
