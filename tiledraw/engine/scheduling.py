"""Scheduling: pictures drawn side by side, so that their tiles fill common batches.

A picture is a generator: it yields events, `Work` that can be drawn from now on, and None where it can't go on before
more of its work is drawn, which it is then sent. So a picture is written as if it were alone, and the same code draws
one or thousands.
Knows documents and generators. Knows nothing about prompts, plans, levels or decoders.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol, TypeVar

import numpy as np

from tiledraw.format.grammar import Document

Event = TypeVar("Event")
Key = TypeVar("Key")
Result = TypeVar("Result")


@dataclass(eq=False)
class Work:
    """A document whose free pixels are to be drawn. A picture may change document and rows, and yield it again.

    Attributes:
        document: What is to be drawn.
        noise: Of one or more drawings, `(drawings, pixels)` float64.
        temperature: Of the sampling.
        rows: How many rows of pixels can be drawn so far; None: all.
        band: Its picture is told of it whenever so many rows more are drawn; 0: when all are.
    """

    document: Document
    noise: np.ndarray
    temperature: float
    rows: int | None = None
    band: int = 0

    @property
    def kind(self) -> tuple[type, tuple[int, ...], float]:
        """Works of one kind can be drawn in one batch."""
        return type(self.document), self.noise.shape, self.temperature


Drawn = tuple[Work, np.ndarray]  # with the pixels of its first rows, `(pixels,)`; more each time
Part = Generator[Event | Work | None, Drawn | None, Result]  # of a picture: it ends with what comes of it
Picture = Part[Event, None]


class Artist(Protocol):
    """Draws works.

    Attributes:
        most: How many works may be drawn at once; twice as many, with those whose rows come late.
        by_rows: Whether it draws works of which not all rows can be drawn yet.
    """

    most: int
    by_rows: bool

    def prepare(self) -> None:
        """Much is to be drawn soon."""

    def begin(self, works: Sequence[Work], answer: Callable[[Work, np.ndarray | Exception], None]) -> None:
        """Draws works of one kind; `answer` may be called before this returns, or later by other threads."""

    def go_on(self, work: Work) -> None:
        """More rows of a work can be drawn, which has been begun."""

    def end(self, work: Work) -> None:
        """A work that has been begun is finished, or not wanted any longer."""


def side_by_side(parts: Mapping[Key, Part[Event, Result]]) -> Part[Event, dict[Key, Result]]:
    """Several parts of one picture as one, so that they share batches; ends with what each has ended with."""
    owners: dict[Work, Key] = {}
    results: dict[Key, Result] = {}

    def advance(key: Key, drawn: Drawn | None = None) -> Iterator[Event | Work]:
        """Lets a part go on until it waits or ends."""
        while True:
            try:
                event = parts[key].send(drawn)
            except StopIteration as end:
                results[key] = end.value
                return
            drawn = None
            if event is None:
                return
            if isinstance(event, Work):
                owners[event] = key
            yield event

    for key in parts:
        yield from advance(key)
    while len(results) < len(parts):
        drawn = yield None
        yield from advance(owners[drawn[0]], drawn)
    return results


def run_together(pictures: Iterable[Picture[Event]], artist: Artist) -> Iterator[tuple[int, Event]]:
    """Events of all pictures as they happen, each with the number of its picture.

    A picture is started when there is too little work without it, so that thousands of pictures take no more memory
    than that. The work that has waited longest is drawn first, and what is of its kind with it; work whose rows come
    late only when nothing else is to be drawn, since it may have to wait. Whoever closes the iterator before its end
    ends all drawing.

    Args:
        pictures: Read one by one, as they are started.
        artist: Draws.

    Raises:
        Exception: what went wrong while the artist drew.
    """
    going: dict[int, Picture[Event]] = {}
    waiting: list[Work] = []
    drawing: set[Work] = set()
    owners: dict[Work, int] = {}  # of all works that are not finished
    answers: SimpleQueue[tuple[Work, np.ndarray | Exception]] = SimpleQueue()
    remaining = enumerate(pictures)

    def advance(number: int, drawn: Drawn | None = None) -> Iterator[tuple[int, Event]]:
        """Lets a picture go on until it waits or ends."""
        while True:
            try:
                event = going[number].send(drawn)
            except StopIteration:
                del going[number]
                return
            drawn = None
            if event is None:
                return
            if not isinstance(event, Work):
                yield number, event
            elif event in drawing:
                artist.go_on(event)
            elif event not in owners:
                waiting.append(event)
                owners[event] = number

    def whole(works: Iterable[Work]) -> list[Work]:
        return [work for work in works if work.rows is None]

    def begin(works: list[Work]) -> None:
        for work in works:
            waiting.remove(work)
        drawing.update(works)
        artist.begin(works, lambda work, pixels: answers.put((work, pixels)))

    try:
        while True:
            while len(whole(waiting)) + len(drawing) < artist.most and (started := next(remaining, None)) is not None:
                number, going[number] = started
                yield from advance(number)
            while (room := artist.most - len(whole(drawing))) > 0 and (ready := whole(waiting)):
                begin([work for work in ready if work.kind == ready[0].kind][:room])
            while len(drawing) < artist.most and waiting:
                begin(waiting[:1])
            if not drawing:
                return
            while True:
                work, pixels = answers.get()
                if isinstance(pixels, Exception):
                    raise pixels
                number = owners[work]
                if len(pixels) == work.noise.shape[-1]:
                    drawing.remove(work)
                    del owners[work]
                    artist.end(work)
                yield from advance(number, (work, pixels))
                if answers.empty():  # else all that is drawn already goes on, so that batches are full
                    break
    finally:
        for work in drawing:
            artist.end(work)
