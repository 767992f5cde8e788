"""Artists: works become pixels, in batches or by a crew, and no more of them at once than there is memory for."""

from queue import SimpleQueue

import numpy as np
import pytest

from tiledraw.engine import executors as artists
from tiledraw.engine.executors import BatchArtist, CrewArtist, make_artist
from tiledraw.engine.pool import CrewedDecoder
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.numpy_decoder import LeanDecoder
from tiledraw.engine.noise import uniforms
from tiledraw.engine.scheduling import Work
from tiledraw.format.grammar import LayoutDocument


def works_of(count):
    documents = [LayoutDocument("a cat " * (number + 1), think="background: light") for number in range(count)]
    return [Work(document, uniforms(3, 0, row, 0, 64)[None], 1.0) for row, document in enumerate(documents)]


@pytest.mark.parametrize("kind", [LeanDecoder, CrewedDecoder])
@pytest.mark.parametrize("count", [1, 5])
def test_each_work_is_answered_with_its_own_pixels(loaded, kind, count):
    works, answers = works_of(count), SimpleQueue()
    artist = make_artist(kind(loaded.config, loaded.tensors()), loaded.vocabulary)
    artist.begin(works, lambda work, pixels: answers.put((work, pixels)))
    drawn = dict(answers.get() for _ in works)
    expected = draw_pixels(
        LeanDecoder(loaded.config, loaded.tensors()),
        loaded.vocabulary,
        [work.document for work in works],
        np.stack([work.noise for work in works]),
        1.0,
    )
    assert np.array_equal([drawn[work] for work in works], expected)


def test_a_crew_is_told_the_rows_of_a_work_as_they_become_known(loaded):
    decoder, answers, (work,) = CrewedDecoder(loaded.config, loaded.tensors()), SimpleQueue(), works_of(1)
    artist = make_artist(decoder, loaded.vocabulary)
    assert isinstance(artist, CrewArtist) and artist.by_rows
    work.rows, work.band = 4, 4
    artist.begin([work], lambda work, pixels: answers.put(pixels))
    first = answers.get()
    work.rows = None
    artist.go_on(work)
    last = answers.get()
    whole = draw_pixels(decoder, loaded.vocabulary, [work.document], work.noise[None], 1.0)[0]
    assert np.array_equal(first, whole[:32]) and np.array_equal(last, whole)


def test_a_crew_is_asked_for_nothing_that_is_not_wanted_any_longer(loaded):
    decoder = CrewedDecoder(loaded.config, loaded.tensors())
    artist, (first, second) = make_artist(decoder, loaded.vocabulary), works_of(2)
    first.rows, first.band, answers = 4, 4, SimpleQueue()
    artist.begin([first, second], lambda work, pixels: answers.put(work))
    while answers.get() is not second:
        pass
    assert sum(len(worker.asked) for worker in decoder.crew._workers) == 1
    for work in (first, second):
        artist.end(work)
    assert not any(worker.asked for worker in decoder.crew._workers)


def test_a_batch_has_no_more_works_than_memory_for_the_longest_of_them(loaded):
    class Small(LeanDecoder):
        def most_streams(self, tokens):
            return 28_000 // tokens

    decoders = (kind(loaded.config, loaded.tensors()) for kind in (Small, LeanDecoder))
    small, large = (make_artist(decoder, loaded.vocabulary) for decoder in decoders)
    assert isinstance(small, BatchArtist) and not small.by_rows
    assert (small.most, large.most) == (28_000 // artists.LONGEST, artists.MAX_BATCH)
