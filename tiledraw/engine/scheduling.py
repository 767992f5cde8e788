"""Scheduling: pictures drawn side by side, so that their tiles fill common batches.

A picture is a generator: it yields events, and `Work` when it needs pixels, which it is then sent. So a picture is
written as if it were alone, and the same code draws one or thousands.
Knows documents and generators. Knows nothing about prompts, plans or levels.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tiledraw.grammar import Document

Event = TypeVar("Event")


@dataclass(frozen=True, eq=False)
class Work:
    """Documents of one kind whose free pixels are to be drawn, with the noise of one or more candidates of each,
    `(n, candidates, pixels)` float64."""

    documents: Sequence[Document]
    noise: np.ndarray
    temperature: float

    @property
    def kind(self) -> tuple[type, tuple[int, ...], float]:
        """Works of one kind can be drawn in one batch."""
        return type(self.documents[0]), self.noise.shape[1:], self.temperature


Picture = Generator[Event | Work, np.ndarray, None]


def run_together(
    pictures: Iterable[Picture[Event]], draw: Callable[[Work], np.ndarray], batch: int
) -> Iterator[tuple[int, Event]]:
    """Events of all pictures as they happen, each with the number of its picture.

    A picture is started when there are fewer than `batch` documents to draw without it, so that thousands of pictures
    take no more memory than it takes to fill a batch. The kind of work with the most documents is drawn first.

    Args:
        pictures: Read one by one, as they are started.
        draw: Turns a `Work` into its pixels `(n, pixels)`.
        batch: Documents that one call of `draw` may have; no work of a picture may have more.
    """
    waiting: dict[int, tuple[Picture[Event], Work]] = {}  # by number, in the order of their start
    remaining = enumerate(pictures)

    def advance(number: int, picture: Picture[Event], pixels: np.ndarray | None) -> Iterator[tuple[int, Event]]:
        """Lets a picture go on until it needs pixels or ends."""
        while True:
            try:
                event = next(picture) if pixels is None else picture.send(pixels)
            except StopIteration:
                return
            pixels = None
            if isinstance(event, Work):
                assert len(event.documents) <= batch, "a work fits into a batch"
                waiting[number] = picture, event
                return
            yield number, event

    while True:
        while sum(len(work.documents) for _, work in waiting.values()) < batch:
            if (started := next(remaining, None)) is None:
                break
            yield from advance(*started, None)
        if not waiting:
            return
        chosen = _fullest([(number, work) for number, (_, work) in waiting.items()], batch)
        works = [waiting[number][1] for number in chosen]
        documents = [document for work in works for document in work.documents]
        drawn = draw(Work(documents, np.concatenate([work.noise for work in works]), works[0].temperature))
        start = 0
        for number, work in zip(chosen, works, strict=True):
            picture, _ = waiting.pop(number)
            stop = start + len(work.documents)
            yield from advance(number, picture, drawn[start:stop])
            start = stop


def _fullest(waiting: list[tuple[int, Work]], batch: int) -> list[int]:
    """The numbers of works of one kind that fill a batch best: as they come, those that still fit."""
    sizes: dict[tuple[type, tuple[int, ...], float], int] = {}
    for _, work in waiting:
        sizes[work.kind] = sizes.get(work.kind, 0) + len(work.documents)
    kind = max(sizes, key=sizes.__getitem__)
    chosen, room = [], batch
    for number, work in waiting:
        if work.kind == kind and len(work.documents) <= room:
            chosen.append(number)
            room -= len(work.documents)
    return chosen
