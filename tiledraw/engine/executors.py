"""Executors: they draw tasks, in batches by any decoder, or one by one by a pool of workers that takes them any time.

Knows tasks and decoders. Knows nothing about plans, levels or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.scheduling import Executor, Task
from tiledraw.engine.streams import Decoder, Streams, streams_of
from tiledraw.format.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tiledraw.engine.pool import Drawing, PooledDecoder

MAX_BATCH = 64  # documents that one batch draws: bounds the memory of a wave
NOBODY_ELSE = nullcontext()
LONGEST = 2800  # tokens of a document, about: 34 woven rows of a tile and a think step


def make_executor(
    decoder: Decoder, vocabulary: Vocabulary, lock: AbstractContextManager[object] = NOBODY_ELSE
) -> Executor:
    """Draws by a decoder, which is free for other things between tasks. Others that use it, too, share the `lock`."""
    return (PoolExecutor if hasattr(decoder, "pool") else BatchExecutor)(decoder, vocabulary, lock)


class BatchExecutor:
    """Draws tasks of one kind in one batch, as a whole."""

    by_rows = False

    def __init__(
        self, decoder: Decoder, vocabulary: Vocabulary, lock: AbstractContextManager[object] = NOBODY_ELSE
    ) -> None:
        self.decoder, self.vocabulary, self.lock = decoder, vocabulary, lock
        most = getattr(decoder, "most_streams", None)
        self.most = min(MAX_BATCH, most(LONGEST)) if most else MAX_BATCH

    def prepare(self) -> None:
        pass

    def begin(self, tasks: Sequence[Task], answer: Callable[[Task, np.ndarray | Exception], None]) -> None:
        documents, noise = [task.document for task in tasks], np.stack([task.noise for task in tasks])
        with self.lock:
            drawn = draw_pixels(self.decoder, self.vocabulary, documents, noise, tasks[0].temperature)
        for task, pixels in zip(tasks, drawn, strict=True):
            answer(task, pixels)

    def go_on(self, task: Task) -> None:
        raise AssertionError("tasks of a batch are whole")

    def end(self, task: Task) -> None:
        pass


class PoolExecutor:
    """Has each task drawn by a pool of workers, each of which draws several side by side."""

    by_rows = True

    def __init__(self, decoder: PooledDecoder, vocabulary: Vocabulary, lock: AbstractContextManager[object]) -> None:
        self.decoder, self.vocabulary, self.lock, self.most = decoder, vocabulary, lock, decoder.capacity
        self._drawings: dict[Task, Drawing] = {}

    def prepare(self) -> None:
        """Starts the pool, which takes a moment."""
        with self.lock:
            self.decoder.pool.start()

    def begin(self, tasks: Sequence[Task], answer: Callable[[Task, np.ndarray | Exception], None]) -> None:
        if len(tasks) > 1:
            self.prepare()
        for task in tasks:
            with self.lock:
                drawing = self.decoder.begin(self._streams(task), partial(answer, task), task.band)
            if drawing is not None:
                self._drawings[task] = drawing

    def go_on(self, task: Task) -> None:
        self._drawings[task].tell(self._streams(task))

    def end(self, task: Task) -> None:
        if (drawing := self._drawings.pop(task, None)) is not None:
            drawing.end()

    def _streams(self, task: Task) -> Streams:
        return streams_of(self.vocabulary, [task.document], task.noise[None], task.temperature, task.rows)
