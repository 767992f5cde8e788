"""Executors: tasks become pixels, in batches or by a pool, and no more of them at once than there is memory for."""

from queue import SimpleQueue

import numpy as np
import pytest

from tiledraw.engine import executors
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.executors import BatchExecutor, PoolExecutor, make_executor
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.pool import PooledDecoder
from tiledraw.engine.scheduling import Task
from tiledraw.format.grammar import LayoutDocument


def works_of(count):
    documents = [LayoutDocument("a cat " * (number + 1), think="background: light") for number in range(count)]
    return [Task(document, uniforms(3, 0, row, 0, 64), 1.0) for row, document in enumerate(documents)]


@pytest.mark.parametrize("kind", [NumpyDecoder, PooledDecoder])
@pytest.mark.parametrize("count", [1, 5])
def test_each_work_is_answered_with_its_own_pixels(loaded, kind, count):
    tasks, answers = works_of(count), SimpleQueue()
    executor = make_executor(kind(loaded.config, loaded.tensors()), loaded.vocabulary)
    executor.begin(tasks, lambda task, pixels: answers.put((task, pixels)))
    drawn = dict(answers.get() for _ in tasks)
    expected = draw_pixels(
        NumpyDecoder(loaded.config, loaded.tensors()),
        loaded.vocabulary,
        [task.document for task in tasks],
        np.stack([task.noise for task in tasks]),
        1.0,
    )
    assert np.array_equal([drawn[task] for task in tasks], expected)


def test_a_pool_is_told_the_rows_of_a_work_as_they_become_known(loaded):
    decoder, answers, (task,) = PooledDecoder(loaded.config, loaded.tensors()), SimpleQueue(), works_of(1)
    executor = make_executor(decoder, loaded.vocabulary)
    assert isinstance(executor, PoolExecutor) and executor.by_rows
    task.rows, task.band = 4, 4
    executor.begin([task], lambda task, pixels: answers.put(pixels))
    first = answers.get()
    task.rows = None
    executor.go_on(task)
    last = answers.get()
    whole = draw_pixels(decoder, loaded.vocabulary, [task.document], task.noise[None], 1.0)[0]
    assert np.array_equal(first, whole[:32]) and np.array_equal(last, whole)


def test_a_pool_is_asked_for_nothing_that_is_not_wanted_any_longer(loaded):
    decoder = PooledDecoder(loaded.config, loaded.tensors())
    executor, (first, second) = make_executor(decoder, loaded.vocabulary), works_of(2)
    first.rows, first.band, answers = 4, 4, SimpleQueue()
    executor.begin([first, second], lambda task, pixels: answers.put(task))
    while answers.get() is not second:
        pass
    assert sum(len(worker.asked) for worker in decoder.pool._workers) == 1
    for task in (first, second):
        executor.end(task)
    assert not any(worker.asked for worker in decoder.pool._workers)


def test_a_batch_has_no_more_works_than_memory_for_the_longest_of_them(loaded):
    class Small(NumpyDecoder):
        def most_streams(self, tokens):
            return 28_000 // tokens

    decoders = (kind(loaded.config, loaded.tensors()) for kind in (Small, NumpyDecoder))
    small, large = (make_executor(decoder, loaded.vocabulary) for decoder in decoders)
    assert isinstance(small, BatchExecutor) and not small.by_rows
    assert (small.most, large.most) == (28_000 // executors.LONGEST, executors.MAX_BATCH)
