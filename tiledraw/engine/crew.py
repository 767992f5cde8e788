"""A crew: processes that draw streams side by side, each on a core of its own, with one small model.

Threads would do, were it not for Python's lock: a step of a few tokens is many short operations. A worker reads the
model and then requests from its standard input, as safetensors, and writes what it drew to its standard output; it ends
with that input, so it never outlives whoever started it. A stream joins those that a worker draws already as soon as
there is room for it, since a pass of several streams costs less than a pass for each.
Knows processes, and how streams are drawn ahead. Knows nothing about documents, plans or levels.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import traceback
import weakref
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save
from threadpoolctl import ThreadpoolController

from tiledraw.engine.decoding import Streams
from tiledraw.engine.lean import LeanDecoder
from tiledraw.engine.speculation import Ahead, Stream, draw_ahead

MOST_WORKERS = 8  # seldom can more than a few tiles for each be drawn at once
ABREAST = 8  # streams of a worker: more cost the same time a stream


def cores() -> int:
    """How many this process may use, which shares them with the others that one launcher started."""
    known = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return max(1, len(known) // int(os.environ.get("LOCAL_WORLD_SIZE") or 1))


class CrewedDecoder(LeanDecoder):
    """A lean decoder that leaves to a crew what is drawn at once."""

    def __init__(
        self, config: Mapping[str, Any], tensors: Mapping[str, Any], dtype: npt.DTypeLike = np.float32
    ) -> None:
        super().__init__(config, tensors, dtype)
        self.crew = Crew(config, tensors, min(cores(), MOST_WORKERS))
        self._alone = Lock()

    @property
    def abreast(self) -> int:
        """How many threads may draw at once, each of them one stream."""
        return self.crew.size * ABREAST

    def most_streams(self, tokens: int) -> int:
        """How many streams to draw in one batch: they are batched by the crew."""
        return 1

    def draw_streams(self, streams: Streams) -> np.ndarray:
        """What `draw_ahead` gives. A single stream needs no crew that has not started yet."""
        if len(streams.heads) == 1 and not self.crew.is_started and self._alone.acquire(blocking=False):
            try:
                return self._draw(streams)
            finally:
                self._alone.release()
        return self.crew.draw(streams)

    def _draw(self, streams: Streams) -> np.ndarray:
        with _libraries().limit(limits=1, user_api="blas"):  # matrices are so small that threads would only wait
            return draw_ahead(copy.copy(self), streams)  # a copy, since another thread may think meanwhile


@cache
def _libraries() -> ThreadpoolController:
    """Finding them takes milliseconds."""
    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class Crew:
    """Workers with one model, started when they are first needed.

    Attributes:
        config: The model's `config.json`.
        tensors: Its weights by name.
        size: How many workers.
    """

    config: Mapping[str, Any]
    tensors: Mapping[str, npt.ArrayLike]
    size: int
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def is_started(self) -> bool:
        return "_workers" in vars(self)

    def draw(self, streams: Streams) -> np.ndarray:
        """What `draw_ahead` gives for some streams. Several threads may ask."""
        with self._lock:
            asked = [
                min(self._workers, key=lambda worker: len(worker.asked)).ask(streams.take(np.array([row])))
                for row in range(len(streams.heads))
            ]
        return np.stack([future.result()["drawn"] for future in asked])

    @cached_property
    def _workers(self) -> list[_Worker]:
        command = [sys.executable, "-m", "tiledraw.engine.crew"]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)  # where this package is
        model = dict(self.tensors) | {"config": np.frombuffer(json.dumps(self.config).encode(), np.uint8)}

        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
            for _ in range(self.size)
        ]
        for process in processes:  # which start side by side, and read the model as soon as they can
            weakref.finalize(self, _end, process)
            _write(process.stdin, model)
        return [_Worker(process) for process in processes]


class _Worker:
    """A process of the crew, and what it was asked for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.numbers = process, count()
        self.asked: dict[int, Future[dict[str, np.ndarray]]] = {}
        Thread(target=self._listen, daemon=True).start()

    def ask(self, streams: Streams) -> Future[dict[str, np.ndarray]]:
        """What a single stream becomes. Never called by two threads at once."""
        number = next(self.numbers)
        future = self.asked[number] = Future()
        with suppress(BrokenPipeError):
            _write(self.process.stdin, _packed(streams) | {"number": np.array(number)})
        if self.process.poll() is not None:
            self._give_up()
        return future

    def _listen(self) -> None:
        while (answer := _read(self.process.stdout)) is not None:
            self.asked.pop(answer["number"].item()).set_result(answer)
        self.process.wait()
        self._give_up()

    def _give_up(self) -> None:
        for number in list(self.asked):
            with suppress(KeyError):  # another thread may do the same
                error = RuntimeError(f"a worker ended with {self.process.returncode} while it drew")
                self.asked.pop(number).set_exception(error)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()  # it may be in the midst of something that nobody waits for
    worker.communicate()


def _packed(streams: Streams) -> dict[str, np.ndarray]:
    """Streams as arrays, those that are missing left out."""
    arrays = {name: np.asarray(value) for name, value in vars(streams).items() if name != "heads" and value is not None}
    arrays["heads"] = np.array([number for head in streams.heads for number in head])
    arrays["head_lengths"] = np.array([len(head) for head in streams.heads])
    return arrays


def _unpacked(arrays: dict[str, np.ndarray]) -> Streams:
    heads = np.split(arrays.pop("heads"), arrays.pop("head_lengths").cumsum()[:-1])
    values = {name: array if array.ndim else array.item() for name, array in arrays.items()}
    return Streams(heads=[head.tolist() for head in heads], **values)


def _write(pipe: BinaryIO, arrays: dict[str, np.ndarray]) -> None:
    message = save({name: np.asarray(array, order="C") for name, array in arrays.items()})
    pipe.write(len(message).to_bytes(8, "little") + message)
    pipe.flush()


def _read(pipe: BinaryIO) -> dict[str, np.ndarray] | None:
    """A message; None if there is no other."""
    size = pipe.read(8)
    return load(pipe.read(int.from_bytes(size, "little"))) if len(size) == 8 else None


def work(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draws what is asked for until nothing more is."""
    model = _read(requests)
    if model is None:
        return
    decoder = LeanDecoder(json.loads(model.pop("config").tobytes()), model)
    decoder.open(ABREAST, len(decoder.turns))
    inbox: SimpleQueue[dict[str, np.ndarray] | None] = SimpleQueue()
    Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    ahead, numbers = Ahead(decoder), dict[Stream, np.ndarray]()
    while True:
        while not ahead.streams or (len(ahead.streams) < ABREAST and not inbox.empty()):
            if (request := inbox.get()) is None:
                return
            number, streams = request.pop("number"), _unpacked(request)
            while ahead.streams and streams.temperature != ahead.temperature:
                _answer(answers, ahead, numbers)
            (stream,) = ahead.join(streams, decoder.join(streams.heads))
            numbers[stream] = number
        _answer(answers, ahead, numbers)


def _receive(requests: BinaryIO, inbox: SimpleQueue[dict[str, np.ndarray] | None]) -> None:
    while (request := _read(requests)) is not None:
        inbox.put(request)
    inbox.put(None)


def _answer(answers: BinaryIO, ahead: Ahead, numbers: dict[Stream, np.ndarray]) -> None:
    """Goes on with all streams by a step, and sends off those that have ended."""
    for stream in ahead.step():
        _write(answers, {"number": numbers.pop(stream), "drawn": stream.drawn})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides when it ends
    try:
        work(sys.stdin.buffer, sys.stdout.buffer)
    except Exception as error:
        if not isinstance(error, BrokenPipeError):  # then nobody reads on
            traceback.print_exc()
        os._exit(1)  # a thread still waits for requests
