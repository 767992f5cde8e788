"""Scheduling: pictures drawn side by side, so that their tiles fill common batches.

A picture is a generator: it yields events, each `Task` that can be drawn from now on, and None where it can't go on
before one more of its tasks is drawn; the result is then sent to it. So a picture is written as if it were alone, and
the same code draws one or thousands.
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
class Task:
    """A document whose free pixels are to be drawn. A picture may change document and rows, and yield it again.

    Attributes:
        document: What is to be drawn.
        noise: Of its pixels, `(pixels,)` float64.
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


Drawn = tuple[Task, np.ndarray]  # with the pixels of its first rows, `(pixels,)`; more each time
Part = Generator[Event | Task | None, Drawn | None, Result]  # a part of a picture; the generator returns its result
Picture = Part[Event, None]


class Executor(Protocol):
    """Draws tasks.

    Attributes:
        most: How many tasks may be drawn at once; twice as many, with those whose rows come late.
        by_rows: Whether it draws tasks of which not all rows can be drawn yet.
    """

    most: int
    by_rows: bool

    def prepare(self) -> None:
        """Much is to be drawn soon."""

    def begin(self, tasks: Sequence[Task], answer: Callable[[Task, np.ndarray | Exception], None]) -> None:
        """Draws tasks of one kind; `answer` may be called before this returns, or later by other threads."""

    def go_on(self, task: Task) -> None:
        """More rows of a task can be drawn, which has been begun."""

    def end(self, task: Task) -> None:
        """A task that has been begun is finished, or not wanted any longer."""


def side_by_side(parts: Mapping[Key, Part[Event, Result]]) -> Part[Event, dict[Key, Result]]:
    """Several parts of one picture as one, so that they share batches; ends with what each has ended with."""
    owners: dict[Task, Key] = {}
    results: dict[Key, Result] = {}

    def advance(key: Key, drawn: Drawn | None = None) -> Iterator[Event | Task]:
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
            if isinstance(event, Task):
                owners[event] = key
            yield event

    for key in parts:
        yield from advance(key)
    while len(results) < len(parts):
        drawn = yield None
        yield from advance(owners[drawn[0]], drawn)
    return results


def run_together(pictures: Iterable[Picture[Event]], executor: Executor) -> Iterator[tuple[int, Event]]:
    """Events of all pictures as they happen, each with the number of its picture.

    A picture is started when there are too few tasks without it, so that thousands of pictures take no more memory
    than that. The task that has waited longest is drawn first, and what is of its kind with it; tasks whose rows come
    late only when nothing else is to be drawn, since they may have to wait. Whoever closes the iterator before its end
    ends all drawing.

    Args:
        pictures: Read one by one, as they are started.
        executor: Draws.

    Raises:
        Exception: what went wrong while the executor drew.
    """
    going: dict[int, Picture[Event]] = {}
    waiting: list[Task] = []
    drawing: set[Task] = set()
    owners: dict[Task, int] = {}  # of all tasks that are not finished
    answers: SimpleQueue[tuple[Task, np.ndarray | Exception]] = SimpleQueue()
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
            if not isinstance(event, Task):
                yield number, event
            elif event in drawing:
                executor.go_on(event)
            elif event not in owners:
                waiting.append(event)
                owners[event] = number

    def whole(tasks: Iterable[Task]) -> list[Task]:
        return [task for task in tasks if task.rows is None]

    def begin(tasks: list[Task]) -> None:
        for task in tasks:
            waiting.remove(task)
        drawing.update(tasks)
        executor.begin(tasks, lambda task, pixels: answers.put((task, pixels)))

    try:
        while True:
            while len(whole(waiting)) + len(drawing) < executor.most and (started := next(remaining, None)) is not None:
                number, going[number] = started
                yield from advance(number)
            while (room := executor.most - len(whole(drawing))) > 0 and (ready := whole(waiting)):
                begin([task for task in ready if task.kind == ready[0].kind][:room])
            while len(drawing) < executor.most and waiting:
                begin(waiting[:1])
            if not drawing:
                return
            while True:
                task, pixels = answers.get()
                if isinstance(pixels, Exception):
                    raise pixels
                number = owners[task]
                if len(pixels) == len(task.noise):
                    drawing.remove(task)
                    del owners[task]
                    executor.end(task)
                yield from advance(number, (task, pixels))
                if answers.empty():  # else all that is drawn already goes on, so that batches are full
                    break
    finally:
        for task in drawing:
            executor.end(task)
