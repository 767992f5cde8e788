"""The crew: what its workers draw is what one decoder draws; they start when needed and end with whoever needs them."""

import gc
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from tiledraw.engine import crew
from tiledraw.engine.crew import Crew, CrewedDecoder
from tiledraw.engine.decoding import draw_pixels
from tiledraw.engine.lean import LeanDecoder
from tiledraw.engine.noise import uniforms
from tiledraw.engine.speculation import Ahead, draw_ahead
from tiledraw.grammar import LayoutDocument


def documents(count):
    return [LayoutDocument("a cat " * (n + 1), think="background: light") for n in range(count)]


def noise(count):
    return np.stack([uniforms(3, 0, number, 0, 64) for number in range(count)])[:, None]


@pytest.fixture
def decoder(loaded):
    made = CrewedDecoder(loaded.config, loaded.tensors())
    made.crew = Crew(loaded.config, loaded.tensors(), 2)
    return made


def workers(decoder):
    """The processes of a crew."""
    return [worker.process for worker in vars(decoder.crew).get("_workers", [])]


@pytest.mark.parametrize("count", [2, 3, 11])
@pytest.mark.parametrize("drawings", [1, 4])
def test_a_crew_draws_what_one_decoder_draws(loaded, decoder, count, drawings):
    numbers = np.stack([[uniforms(7, 256 * k, row, 0, 64) for k in range(drawings)] for row in range(count)])
    one, other = (
        draw_pixels(way, loaded.vocabulary, documents(count), numbers, 1.0)
        for way in (LeanDecoder(loaded.config, loaded.tensors()), decoder)
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize("temperature", [0.7, 1.3])
def test_streams_of_several_threads_join_and_are_drawn_as_alone(loaded, decoder, temperature):
    one = LeanDecoder(loaded.config, loaded.tensors())
    temperatures = [temperature if n % 5 else 1.0 for n in range(30)]  # those of another wait until the first are drawn

    def drawn(way, n):
        return draw_pixels(way, loaded.vocabulary, documents(n + 1)[n:], noise(n + 1)[n:], temperatures[n])

    with ThreadPoolExecutor(9) as pool:
        together = list(pool.map(partial(drawn, decoder), range(30)))
    expected = [drawn(one, n) for n in range(30)]
    assert np.array_equal(np.stack(expected), np.stack(together))


def test_a_stream_joins_one_that_is_drawn_already(loaded):
    first, second = (LeanDecoder(loaded.config, loaded.tensors()) for _ in range(2))
    streams = [streams_of(loaded, number) for number in range(3)]
    expected = [draw_ahead(second, stream) for stream in streams]
    first.open(2, 600)  # room for two at once
    ahead = Ahead(first)
    going = dict(enumerate(ahead.join(streams[0], first.join(streams[0].heads))))
    for _ in range(5):
        ahead.step()
    going[1] = ahead.join(streams[1], first.join(streams[1].heads))[0]
    while len(ahead.streams) == 2:
        ahead.step()
    going[2] = ahead.join(streams[2], first.join(streams[2].heads))[0]
    while ahead.streams:
        ahead.step()
    for number, pixels in enumerate(expected):
        assert np.array_equal(going[number].drawn, pixels[0])


def streams_of(loaded, number):
    """A coarse pass as a stream."""
    seen = []
    spy = LeanDecoder(loaded.config, loaded.tensors())
    spy.draw_streams = lambda streams: (seen.append(streams), draw_ahead(spy, streams))[1]
    draw_pixels(spy, loaded.vocabulary, documents(number + 1)[number:], noise(number + 1)[number:], 1.0)
    return seen[0]


def test_one_stream_needs_no_workers(loaded, decoder):
    draw_pixels(decoder, loaded.vocabulary, documents(1), noise(1), 1.0)
    assert workers(decoder) == []


def test_workers_end_with_their_decoder(loaded, decoder):
    draw_pixels(decoder, loaded.vocabulary, documents(2), noise(2), 1.0)
    crew = workers(decoder)
    assert len(crew) == 2 and all(worker.poll() is None for worker in crew)
    decoder.crew = None
    gc.collect()
    assert all(worker.poll() is not None for worker in crew)


def test_a_worker_that_dies_is_an_error_and_not_a_wait_without_end(loaded, decoder):
    draw_pixels(decoder, loaded.vocabulary, documents(2), noise(2), 1.0)
    for worker in (crew := workers(decoder)):
        worker.kill()
    assert len(crew) == 2
    with pytest.raises(RuntimeError, match=f"^a worker ended with {-signal.SIGKILL} while it drew$"):
        draw_pixels(decoder, loaded.vocabulary, documents(2), noise(2), 1.0)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks for processes in /proc")
def test_workers_do_not_outlive_a_process_that_is_killed(tmp_path):
    code = (
        "import sys, time, numpy as np; from tiledraw.pipeline import Drawer; from tiledraw.engine.crew import Crew;"
        "d = Drawer.load().decoder; d.crew = Crew(d.config, d.tensors, 2);"
        "print(*[worker.process.pid for worker in d.crew._workers], flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pids = parent.stdout.readline().split()
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 20
    while any(os.path.isdir(f"/proc/{pid}") for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(pids) == 2 and not any(os.path.isdir(f"/proc/{pid}") for pid in pids)


def test_processes_of_one_launcher_share_the_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert crew.cores() == 8
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    assert crew.cores() == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "16")
    assert crew.cores() == 1
