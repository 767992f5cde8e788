"""Scheduling: pictures drawn side by side, so that their tiles fill common batches.

A picture is a generator: it yields events, `Work` that can be drawn from now on, and None where it can't go on before
some of its work is finished, which it is then sent. So a picture is written as if it were alone, and the same code
draws one or thousands.
Knows documents and generators. Knows nothing about prompts, plans or levels.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tiledraw.grammar import Document

Event = TypeVar("Event")


@dataclass(frozen=True, eq=False)
class Work:
    """A document whose free pixels are to be drawn, with the noise of one or more candidates, `(candidates, pixels)`
    float64."""

    document: Document
    noise: np.ndarray
    temperature: float

    @property
    def kind(self) -> tuple[type, tuple[int, ...], float]:
        """Works of one kind can be drawn in one batch."""
        return type(self.document), self.noise.shape, self.temperature


Finished = tuple[Work, np.ndarray]  # with its pixels, `(pixels,)`
Picture = Generator[Event | Work | None, Finished | None, None]
Draw = Callable[[Sequence[Work]], np.ndarray]  # works of one kind -> pixels `(n, pixels)`


def run_together(
    pictures: Iterable[Picture[Event]], draw: Draw, batch: int, abreast: int = 1
) -> Iterator[tuple[int, Event]]:
    """Events of all pictures as they happen, each with the number of its picture.

    A picture is started when there is too little work to fill all batches without it, so that thousands of pictures
    take no more memory than that. The work that has waited longest is drawn first, and what is of its kind with it.

    Args:
        pictures: Read one by one, as they are started.
        draw: Draws works of one kind.
        batch: Works that one call of `draw` may have.
        abreast: Calls of `draw` that may run at once, in threads; with one, it runs in this thread.
    """
    going: dict[int, Picture[Event]] = {}
    waiting: list[tuple[int, Work]] = []
    drawing: dict[Future[np.ndarray], list[tuple[int, Work]]] = {}
    remaining = enumerate(pictures)

    def advance(number: int, finished: Finished | None = None) -> Iterator[tuple[int, Event]]:
        """Lets a picture go on until it waits or ends."""
        while True:
            try:
                event = going[number].send(finished)
            except StopIteration:
                del going[number]
                return
            finished = None
            if event is None:
                return
            if isinstance(event, Work):
                waiting.append((number, event))
            else:
                yield number, event

    def begun(works: list[tuple[int, Work]]) -> Future[np.ndarray]:
        asked = [work for _, work in works]
        if pool is not None:
            return pool.submit(draw, asked)
        future: Future[np.ndarray] = Future()
        future.set_result(draw(asked))
        return future

    with ThreadPoolExecutor(abreast) if abreast > 1 else nullcontext() as pool:
        while True:
            while len(waiting) + sum(map(len, drawing.values())) < batch * abreast:
                if (started := next(remaining, None)) is None:
                    break
                number, going[number] = started
                yield from advance(number)
            while waiting and len(drawing) < abreast:
                works = _of_one_kind(waiting, batch, abreast - len(drawing))
                drawing[begun(works)] = works
            if not drawing:
                return
            for future in wait(drawing, return_when=FIRST_COMPLETED).done:
                for (number, work), pixels in zip(drawing.pop(future), future.result(), strict=True):
                    yield from advance(number, (work, pixels))


def _of_one_kind(waiting: list[tuple[int, Work]], batch: int, idle: int) -> list[tuple[int, Work]]:
    """Takes works of the kind that has waited longest: an even share of them, so that none of those who are idle is
    left without, and no more than a batch."""
    same = [entry for entry in waiting if entry[1].kind == waiting[0][1].kind]
    taken = same[: min(batch, -(-len(same) // idle))]
    chosen = set(map(id, taken))
    waiting[:] = [entry for entry in waiting if id(entry) not in chosen]
    return taken
