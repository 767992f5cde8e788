"""A crew: processes that draw streams side by side, each on a core of its own, with one small model.

Threads would do, were it not for Python's lock: a step of a few tokens is many short operations. A worker reads the
model and then requests from its standard input, as safetensors, and writes what it drew to its standard output; it ends
with that input, so it never outlives whoever started it.
Knows processes, and how `draw_ahead` is called. Knows nothing about documents, plans or levels.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from queue import SimpleQueue
from threading import Lock
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save
from threadpoolctl import ThreadpoolController

from tiledraw.engine.decoding import Streams
from tiledraw.engine.lean import LeanDecoder
from tiledraw.engine.speculation import draw_ahead

MOST_WORKERS = 8  # waves of tiles are seldom wider than twice that
ABREAST = 4  # streams of one request: more cost the same time a stream


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
        """How many threads may draw at once."""
        return self.crew.size

    def most_streams(self, tokens: int) -> int:
        """How many streams are best drawn in one batch, whatever their length."""
        return ABREAST

    def draw_streams(self, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
        """What `draw_ahead` gives. A single stream needs no crew that has not started yet."""
        if self.crew.size == 1:
            return self._draw(streams)
        if len(streams.heads) == 1 and not self.crew.is_started and self._alone.acquire(blocking=False):
            try:
                return self._draw(streams)
            finally:
                self._alone.release()
        return self.crew.draw(streams)

    def _draw(self, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
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
    _starting: Lock = field(default_factory=Lock, repr=False)

    @property
    def is_started(self) -> bool:
        return "_idle" in vars(self)

    def draw(self, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
        """What `draw_ahead` gives for some streams, shared by the workers that are idle."""
        with self._starting:
            idle = max(1, self._idle.qsize())
        count = len(streams.heads)
        each = min(ABREAST, -(-count // idle))
        if each == count:
            return self._ask(streams)
        parts = np.array_split(np.arange(count), -(-count // each))
        with ThreadPoolExecutor(idle) as pool:  # which wait for workers
            drawn, nats = zip(*pool.map(lambda part: self._ask(streams.take(part)), parts), strict=True)
        return np.concatenate(drawn), np.concatenate(nats)

    def _ask(self, streams: Streams) -> tuple[np.ndarray, np.ndarray]:
        worker = self._idle.get()
        try:
            with suppress(BrokenPipeError):
                _write(worker.stdin, _packed(streams))
            answer = _read(worker.stdout)
        finally:
            self._idle.put(worker)
        if answer is None:
            raise RuntimeError(f"a worker ended with {worker.wait()} while it drew")
        return answer["drawn"], answer["nats"]

    @cached_property
    def _idle(self) -> SimpleQueue[subprocess.Popen[bytes]]:
        """Workers that have nothing to do."""
        idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        command = [sys.executable, "-m", "tiledraw.engine.crew"]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)  # where this package is
        model = dict(self.tensors) | {"config": np.frombuffer(json.dumps(self.config).encode(), np.uint8)}

        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
            for _ in range(self.size)
        ]
        for worker in workers:  # which start side by side, and read the model as soon as they can
            weakref.finalize(self, _end, worker)
            _write(worker.stdin, model)
            idle.put(worker)
        return idle


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
    while (request := _read(requests)) is not None:
        drawn, nats = draw_ahead(decoder, _unpacked(request))
        _write(answers, {"drawn": drawn, "nats": nats})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides when it ends
    try:
        work(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(1)  # nobody reads on
