"""Artists: they draw works, in batches by any decoder, or one by one by a crew that takes in work at any time.

Knows works and decoders. Knows nothing about plans, levels or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.engine.decoding import Decoder, Streams, draw_pixels, streams_of
from tiledraw.engine.scheduling import Artist, Work
from tiledraw.format.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tiledraw.engine.pool import CrewedDecoder, Drawing

MAX_BATCH = 64  # documents that one batch draws: bounds the memory of a wave
LONGEST = 2800  # tokens of a document, about: 34 woven rows of a tile and a think step


def make_artist(decoder: Decoder, vocabulary: Vocabulary) -> Artist:
    """Draws by a decoder, which is free for other things until works are begun, and between them."""
    return (CrewArtist if hasattr(decoder, "crew") else BatchArtist)(decoder, vocabulary)


class BatchArtist:
    """Draws works of one kind in one batch, as a whole."""

    by_rows = False

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary) -> None:
        self.decoder, self.vocabulary = decoder, vocabulary
        most = getattr(decoder, "most_streams", None)
        self.most = min(MAX_BATCH, most(LONGEST)) if most else MAX_BATCH

    def prepare(self) -> None:
        pass

    def begin(self, works: Sequence[Work], answer: Callable[[Work, np.ndarray | Exception], None]) -> None:
        documents, noise = [work.document for work in works], np.stack([work.noise for work in works])
        drawn = draw_pixels(self.decoder, self.vocabulary, documents, noise, works[0].temperature)
        for work, pixels in zip(works, drawn, strict=True):
            answer(work, pixels)

    def go_on(self, work: Work) -> None:
        raise AssertionError("works of a batch are whole")

    def end(self, work: Work) -> None:
        pass


class CrewArtist:
    """Has each work drawn by a crew, whose members draw several side by side."""

    by_rows = True

    def __init__(self, decoder: CrewedDecoder, vocabulary: Vocabulary) -> None:
        self.decoder, self.vocabulary, self.most = decoder, vocabulary, decoder.abreast
        self._drawings: dict[Work, Drawing] = {}

    def prepare(self) -> None:
        """Starts the crew, which takes a moment."""
        self.decoder.crew.start()

    def begin(self, works: Sequence[Work], answer: Callable[[Work, np.ndarray | Exception], None]) -> None:
        if len(works) > 1:
            self.prepare()
        for work in works:
            drawing = self.decoder.begin(self._streams(work), partial(answer, work), work.band)
            if drawing is not None:
                self._drawings[work] = drawing

    def go_on(self, work: Work) -> None:
        self._drawings[work].tell(self._streams(work))

    def end(self, work: Work) -> None:
        if (drawing := self._drawings.pop(work, None)) is not None:
            drawing.end()

    def _streams(self, work: Work) -> Streams:
        return streams_of(self.vocabulary, [work.document], work.noise[None], work.temperature, work.rows)
