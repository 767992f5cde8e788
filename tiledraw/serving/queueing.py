"""Queueing: what clients ask for waits in a line of bounded length and is then drawn, by a few threads.

    drawing = queue.submit(lambda: drawer.stream("a cat"))
    async for message in drawing:  # Waiting(2), Waiting(1), Waiting(0), PlanReady(...), ...
        ...

A thread draws one request; the workers of its drawer draw what all threads ask for in common batches. Who leaves ends
what was drawn for him.
Knows threads and iterators. Knows nothing about pictures or HTTP.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import Any

from tiledraw.serving.limits import Limits

STOPS = "the server stops; ask again when it is back"
LONGEST_END = 10.0  # seconds that a thread is waited for whose drawing was ended

Work = Callable[[], Iterator[Any]]  # it yields None where it has nothing to say, so that it can be ended there


class QueueFullError(Exception):
    """Too many wait already."""


class StoppedError(Exception):
    """The server stops, and has not drawn what was asked for."""


class TooLongError(Exception):
    """It took longer than a request may."""


@dataclass(frozen=True)
class Waiting:
    """So many requests are drawn before this one; 0: its turn has come."""

    before: int


_END = object()


class Drawing:
    """What one client asked for. Iterated over once, it gives what its work yields, between `Waiting`.

    Raises, when it is iterated over:
        QueueFullError, StoppedError, TooLongError: see there.
        Exception: what the work raises.
    """

    def __init__(self, work: Work, leave: Callable[[Drawing], None]) -> None:
        self._work, self._leave = work, leave
        self._loop, self._inbox = asyncio.get_running_loop(), asyncio.Queue[Any]()
        self._has_left = threading.Event()

    def leave(self) -> None:
        """Nobody wants it any longer."""
        self._has_left.set()
        self._leave(self)
        self.tell(_END)

    def tell(self, message: object) -> None:
        """Says something to whoever iterates; any thread may."""
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            self._loop.call_soon_threadsafe(self._inbox.put_nowait, message)

    def run(self, seconds: float) -> None:
        """Draws, in a thread of its own."""
        end = time.monotonic() + seconds
        try:
            with closing(self._work()) as messages:  # type: ignore[type-var]  # a generator
                for message in messages:
                    if self._has_left.is_set():
                        return
                    if time.monotonic() > end:
                        raise TooLongError(f"it took longer than the {seconds:g} seconds that a request may take")
                    if message is not None:
                        self.tell(message)
        except Exception as error:
            self.tell(error)
        finally:
            self.tell(_END)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (message := await self._inbox.get()) is not _END:
            if isinstance(message, Exception):
                raise message
            yield message


@asynccontextmanager
async def watching(drawing: Drawing, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> AsyncIterator[None]:
    """A block in which a drawing ends when its client leaves; it ends with the block, too. `receive` is that of ASGI,
    the body being read."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        drawing.leave()

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        drawing.leave()


class DrawingQueue:
    """Drawings in the order in which they came."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._waiting, self._drawn = deque[Drawing](), set[Drawing]()
        self._changed, self._is_stopped = threading.Condition(), False
        self._threads = [threading.Thread(target=self._draw, daemon=True) for _ in range(limits.at_once)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work) -> Drawing:
        """Puts work in the line, from within an event loop.

        Raises:
            QueueFullError, StoppedError: it can't be taken on.
        """
        drawing = Drawing(work, self._drop)
        with self._changed:
            if self._is_stopped:
                raise StoppedError(STOPS)
            if len(self._waiting) + len(self._drawn) >= self.limits.waiting + self.limits.at_once:
                raise QueueFullError(f"{self.limits.waiting} requests wait already, as many as may; ask again later")
            self._waiting.append(drawing)
            drawing.tell(Waiting(max(0, len(self._waiting) + len(self._drawn) - self.limits.at_once)))
            self._changed.notify()
        return drawing

    def stop(self) -> None:
        """Takes on nothing more, and hands back what waits; what is drawn goes on."""
        with self._changed:
            self._is_stopped = True
            while self._waiting:
                self._waiting.popleft().tell(StoppedError(STOPS))
            self._changed.notify_all()

    def cancel(self) -> None:
        """Stops, and hands back what is drawn, too."""
        self.stop()
        for drawing in list(self._drawn):
            drawing.tell(StoppedError(STOPS))
            drawing.leave()

    def end(self) -> None:
        """Hands back everything, and waits until nothing is drawn any longer."""
        self.cancel()
        for thread in self._threads:
            thread.join(LONGEST_END)

    def _draw(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_stopped)
                if not self._waiting:
                    return
                drawing = self._waiting.popleft()
                self._drawn.add(drawing)
                self._tell_places()
            drawing.tell(Waiting(0))
            drawing.run(self.limits.seconds)
            with self._changed:
                self._drawn.discard(drawing)

    def _drop(self, drawing: Drawing) -> None:
        with self._changed:
            if drawing in self._waiting:
                self._waiting.remove(drawing)
                self._tell_places()

    def _tell_places(self) -> None:
        for number, drawing in enumerate(self._waiting, 1):
            drawing.tell(Waiting(number))
