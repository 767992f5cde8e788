"""A pool of workers: processes that draw streams side by side, each on a core of its own, with one small model.

Threads would do, were it not for Python's lock: a step of a few tokens is many short operations. A worker reads the
model and then requests from its standard input, as safetensors, and writes what it drew to its standard output; it ends
with that input, so it never outlives whoever started it, however that ends. A stream joins those that a worker draws
already, since a pass of several streams costs less than a pass for each; it tells its rows as they are settled, and may
be told its own late.
Knows processes, and how streams are drawn ahead. Knows nothing about documents, plans or levels.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import count
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save
from threadpoolctl import ThreadpoolController

from tiledraw.common.interpreters import python_command
from tiledraw.common.values import whole_number_of
from tiledraw.engine.draft import Stream
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.speculation import Ahead, draw_ahead
from tiledraw.engine.streams import Streams

MOST_WORKERS = 8  # seldom can more than a few tiles for each be drawn at once
STREAMS_PER_WORKER = 8  # streams of a worker: more cost the same time a stream
MOST_TRIES = 3  # processes that may end while they draw a stream
LONGEST_END = 10.0  # seconds that a thread whose worker has ended is waited for; it takes milliseconds


def cores() -> int:
    """How many this process may use, which shares them with the others that one launcher started."""
    known = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return max(1, len(known) // whole_number_of("LOCAL_WORLD_SIZE", 1, least=1))


Answer = Callable[[np.ndarray | Exception], None]  # takes the pixels of the first rows, more each time, or what failed


class PooledDecoder(NumpyDecoder):
    """A NumPy decoder that leaves to a pool of workers what is drawn at once."""

    def __init__(
        self, config: Mapping[str, Any], tensors: Mapping[str, Any], dtype: npt.DTypeLike = np.float32
    ) -> None:
        super().__init__(config, tensors, dtype)
        self.pool = WorkerPool(config, tensors, min(cores(), MOST_WORKERS))

    @property
    def capacity(self) -> int:
        """How many streams to draw at once."""
        return self.pool.size * STREAMS_PER_WORKER

    def begin(self, streams: Streams, answer: Answer, band: int = 0) -> Drawing | None:
        """Draws a single stream; `answer` is told of it by any thread, whenever so many rows more (`band`) are
        settled, or when all is drawn (0).

        Before the pool is ready it is drawn at once, without a pool, if all of it is told.
        """
        if self.pool.is_ready or not streams.is_whole:
            return self.pool.begin(streams, answer, band)
        with _libraries().limit(limits=1, user_api="blas"):  # matrices are so small that threads would only wait
            answer(draw_ahead(copy.copy(self), streams)[0].astype(np.uint8))  # a copy: what is read now stays
        return None


@cache
def _libraries() -> ThreadpoolController:
    """Finding them takes milliseconds."""
    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class WorkerPool:
    """Workers with one model, started when they are first needed.

    Attributes:
        config: The model's `config.json`.
        tensors: Its weights by name.
        size: How many workers.
    """

    config: Mapping[str, Any]
    tensors: Mapping[str, npt.ArrayLike]
    size: int

    @property
    def is_ready(self) -> bool:
        """Whether all workers have read the model."""
        return "_workers" in vars(self) and all(worker.ready.is_set() for worker in self._workers)

    def start(self) -> None:
        """Starts the workers, unless that has been done; does not wait for them."""
        _ = self._workers

    def begin(self, streams: Streams, answer: Answer, band: int = 0) -> Drawing:
        """Draws a single stream; see `PooledDecoder.begin`."""
        worker = min(self._workers, key=lambda worker: worker.busy)
        return worker.begin(streams, answer, band)

    @cached_property
    def _workers(self) -> list[_Worker]:
        workers = list[_Worker]()
        weakref.finalize(self, _end, workers, os.getpid())  # before any has started, of which some may fail to
        model = dict(self.tensors) | {"config": np.frombuffer(json.dumps(self.config).encode(), np.uint8)}
        for _ in range(self.size):
            workers.append(_Worker(model))
        return workers


def _start() -> subprocess.Popen[bytes]:
    """A process of the pool, out of the reach of the terminal's Ctrl-C: whoever started it decides when it ends."""
    return subprocess.Popen(
        python_command("from tiledraw.engine.pool import main; main()"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _end(workers: list[_Worker], owner: int) -> None:
    """Ends workers and the threads that serve them. A fork of the process that owns them leaves them alone."""
    if os.getpid() == owner:
        for worker in workers:  # all at once: they may be in the midst of something that nobody waits for
            worker.end()
        for worker in workers:
            worker.join()


class _Worker:
    """A process of the pool, and what it was asked for. Threads write to it and listen, so nobody waits for it.

    One that ends by itself, since somebody killed it or memory was short, is followed by a new one that draws what was
    asked for; it comes out as the same pixels.
    """

    def __init__(self, model: dict[str, npt.ArrayLike]) -> None:
        self.model, self.ready, self.asked = model, Event(), dict[int, Drawing]()
        self._numbers, self._has_ended = count(), False
        self._changed = Condition()  # held by whoever changes what is asked for, or the process
        self.process = self._begin_process()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def threads(self) -> list[Thread]:
        return [self._writer, self._listener]

    @property
    def busy(self) -> tuple[int, int]:
        """How many streams it draws that need not wait, and how many in all."""
        asked = [drawing.streams.is_whole for drawing in list(self.asked.values())]
        return sum(asked), len(asked)

    def begin(self, streams: Streams, answer: Answer, band: int) -> Drawing:
        drawing = Drawing(self, next(self._numbers), streams, answer, band)
        with self._changed:
            self.asked[drawing.number] = drawing
            self._send(drawing)
            self._changed.notify()
        return drawing

    def tell(self, drawing: Drawing, streams: Streams) -> None:
        """More of a stream has become known."""
        with self._changed:
            told = slice(drawing.streams.told, streams.told)
            drawing.streams = streams
            self._outbox.put({"number": drawing.number, "ids": streams.tail[0, told], "read": streams.read[0, told]})

    def forget(self, drawing: Drawing) -> None:
        """Nothing more is to be drawn of a stream."""
        with self._changed:
            if self.asked.pop(drawing.number, None) is not None:
                self._outbox.put({"number": drawing.number})

    def end(self) -> None:
        """Ends the process, and starts no other one."""
        with self._changed:
            self._has_ended = True
            self.process.kill()
            self._changed.notify()

    def join(self) -> None:
        """Waits until the threads of a process that has ended have ended, too.

        The interpreter would end them when it ends itself, wherever they are; inside of safetensors or NumPy that
        aborts the whole process.
        """
        self._outbox.put(None)
        for thread in self.threads:
            if thread is not threading.current_thread():  # the last to hold the pool may be one of them
                thread.join(LONGEST_END)

    def _begin_process(self) -> subprocess.Popen[bytes]:
        """A process that has been asked for all that is wanted."""
        process, self._outbox = _start(), SimpleQueue[dict[str, npt.ArrayLike] | None]()
        self._outbox.put(self.model)
        for drawing in self.asked.values():
            self._send(drawing)
        self._writer = Thread(target=_write_all, args=(process.stdin, self._outbox), daemon=True)
        self._writer.start()
        return process

    def _send(self, drawing: Drawing) -> None:
        drawing.tries += 1
        self._outbox.put(_packed(drawing.streams) | {"number": drawing.number, "band": drawing.band})

    def _listen(self) -> None:
        while True:
            self._take_answers()
            self.process.wait()
            self._outbox.put(None)
            with suppress(OSError):
                self.process.stdout.close()
            with self._changed:
                self.ready.clear()
                if not self._begin_again():
                    return

    def _take_answers(self) -> None:
        """Passes on what the process draws until it ends."""
        while (message := _read(self.process.stdout)) is not None:
            if "number" not in message:
                self.ready.set()
                continue
            number, pixels = int(message["number"]), message["pixels"]
            if (drawing := self.asked.get(number)) is None:  # it is not wanted any longer
                continue
            if len(pixels) == len(drawing.streams.places):
                self.asked.pop(number, None)
            if len(pixels) > drawing.known:  # less than that has another process drawn before
                drawing.known = len(pixels)
                drawing.answer(pixels)

    def _begin_again(self) -> bool:
        """Starts another process as soon as something is wanted of it; whether that has come."""
        while not self._has_ended:
            hopeless: Exception = ChildProcessError(
                f"a worker ended {MOST_TRIES} times while it drew (exit code {self.process.returncode}); if memory is "
                "short, draw a smaller picture, or fewer at once"
            )
            for drawing in [one for one in self.asked.values() if one.tries >= MOST_TRIES]:
                del self.asked[drawing.number]
                drawing.answer(hopeless)
            if self.asked:
                try:
                    self.process = self._begin_process()
                    return True
                except OSError as error:
                    for drawing in self.asked.values():
                        drawing.answer(error)
                    self.asked.clear()
            self._changed.wait()
        for drawing in self.asked.values():
            drawing.answer(ChildProcessError("the workers were ended while they drew"))
        self.asked.clear()
        return False


def _write_all(pipe: BinaryIO, outbox: SimpleQueue[dict[str, npt.ArrayLike] | None]) -> None:
    """Writes messages until there is None."""
    with suppress(OSError):  # whoever reads has ended
        while (message := outbox.get()) is not None:
            _write(pipe, message)
    with suppress(OSError):  # what is left in a buffer reaches nobody
        pipe.close()


class Drawing:
    """A stream that a worker draws.

    Attributes:
        streams: As far as it is told.
        band: After how many settled rows it is told of; see `PooledDecoder.begin`.
        tries: How many processes have been asked for it.
        known: How many of its pixels have been told of.
    """

    def __init__(self, worker: _Worker, number: int, streams: Streams, answer: Answer, band: int) -> None:
        self.worker, self.number, self.streams, self.answer, self.band = worker, number, streams, answer, band
        self.tries = self.known = 0

    def tell(self, streams: Streams) -> None:
        """More of the stream has become known."""
        self.worker.tell(self, streams)

    def end(self) -> None:
        """Nothing more is to be drawn of it; does nothing if all is."""
        self.worker.forget(self)


def _packed(streams: Streams) -> dict[str, npt.ArrayLike]:
    """A single stream as arrays, those that are missing left out."""
    arrays = {name: value for name, value in vars(streams).items() if name != "heads" and value is not None}
    (arrays["head"],) = streams.heads
    return arrays


def _unpacked(arrays: dict[str, np.ndarray]) -> Streams:
    heads = [arrays.pop("head").tolist()]
    return Streams(heads, **{name: array if array.ndim else array.item() for name, array in arrays.items()})


def _write(pipe: BinaryIO, arrays: Mapping[str, npt.ArrayLike]) -> None:
    message = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    pipe.write(len(message).to_bytes(8, "little") + message)
    pipe.flush()


def _read(pipe: BinaryIO) -> dict[str, np.ndarray] | None:
    """A message; None if there is no other, or only the beginning of one, because whoever wrote it was killed."""
    size = int.from_bytes(head, "little") if len(head := pipe.read(8)) == 8 else 0
    message = pipe.read(size)
    return load(message) if 0 < size == len(message) else None


def work(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draws what is asked for until nothing more is."""
    model = _read(requests)
    if model is None:
        return
    decoder = NumpyDecoder(json.loads(model.pop("config").tobytes()), model)
    decoder.open(len(decoder.turns))
    inbox: SimpleQueue[dict[str, np.ndarray] | None] = SimpleQueue()
    Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    _write(answers, {"ready": True})
    ahead, going = Ahead(decoder), dict[int, _Going]()
    while True:
        while not ahead.can_go_on or not inbox.empty():
            if (request := inbox.get()) is None:
                return
            number = int(request.pop("number"))
            if not request:  # it is not wanted any longer, or has been drawn meanwhile
                if number in going:
                    ahead.drop(going.pop(number).stream)
            elif number in going:
                going[number].stream.tell(request["ids"], request["read"])
            else:
                band, streams = int(request.pop("band")), _unpacked(request)
                going[number] = _Going(*ahead.join(streams, decoder.join(streams.heads)), band)
        ahead.step()
        for number, one in list(going.items()):
            if (pixels := one.news()) is not None:
                _write(answers, {"number": number, "pixels": pixels})
                if one.stream.has_ended:
                    del going[number]


@dataclass
class _Going:
    """A stream that is drawn, and so many rows of it are told of at once; none before it has ended if that is 0."""

    stream: Stream
    band: int
    known: int = 0  # rows that have been told of

    def news(self) -> np.ndarray | None:
        """The pixels of its first rows, if there are enough new ones."""
        settled = self.stream.settled
        if not self.stream.has_ended and not 0 < self.band <= settled - self.known:
            return None
        self.known = settled
        return self.stream.drawn[: self.known * self.stream.width].astype(np.uint8)


def _receive(requests: BinaryIO, inbox: SimpleQueue[dict[str, np.ndarray] | None]) -> None:
    while (request := _read(requests)) is not None:
        inbox.put(request)
    inbox.put(None)


def main() -> None:
    """What a process of the pool does; it never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides when it ends
    code = 0
    try:
        work(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # nobody reads on
        code = 1
    except Exception:  # whoever started it says so
        if os.environ.get("TILEDRAW_DEBUG") == "1":
            traceback.print_exc()
        code = 1
    finally:
        os._exit(code)  # at once: a thread may still wait for requests
