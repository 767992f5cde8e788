"""The pool: what its workers draw is what one decoder draws; they start when needed and end with whoever needs them."""

import gc
import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from queue import SimpleQueue

import numpy as np
import pytest

from tiledraw.canvas.pyramid import ABSENT
from tiledraw.engine import decoding
from tiledraw.engine import pool as pool
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.pool import PooledDecoder, WorkerPool
from tiledraw.engine.speculation import Ahead, draw_ahead
from tiledraw.format.grammar import LayoutDocument


def documents(count):
    return [LayoutDocument("a cat " * (n + 1), think="background: light") for n in range(count)]


@pytest.fixture
def decoder(loaded):
    made = PooledDecoder(loaded.config, loaded.tensors())
    made.pool = WorkerPool(loaded.config, loaded.tensors(), 2)
    return made


def workers(decoder):
    """The processes of a pool."""
    return [worker.process for worker in vars(decoder.pool).get("_workers", [])]


def streams_of(loaded, number, temperature=1.0):
    """A coarse pass as a stream."""
    numbers = uniforms(3, 0, number, 0, 64)
    return decoding.streams_of(loaded.vocabulary, documents(number + 1)[number:], numbers[None], temperature)


def drawn(pool, streams):
    """What a pool makes of single streams, all at once."""
    answers = SimpleQueue()
    for number, stream in enumerate(streams):
        pool.begin(stream, lambda pixels, number=number: answers.put((number, pixels)))
    got = dict(answers.get() for _ in streams)
    for pixels in got.values():
        if isinstance(pixels, Exception):
            raise pixels
    return [got[number] for number in range(len(got))]


@pytest.mark.parametrize("count", [2, 11])
def test_a_pool_draws_what_one_decoder_draws(loaded, decoder, count):
    streams = [streams_of(loaded, row) for row in range(count)]
    numbers = np.concatenate([stream.noise for stream in streams])
    together = decoding.streams_of(loaded.vocabulary, documents(count), numbers, 1.0)
    one = draw_ahead(NumpyDecoder(loaded.config, loaded.tensors()), together)
    assert np.array_equal(one, drawn(decoder.pool, streams))


@pytest.mark.parametrize("temperature", [0, 0.7])
def test_streams_of_several_temperatures_join_and_are_drawn_as_alone(loaded, decoder, temperature):
    temperatures = [temperature if n % 5 else 1.0 for n in range(30)]
    together = drawn(decoder.pool, [streams_of(loaded, n, temperatures[n]) for n in range(30)])
    one = NumpyDecoder(loaded.config, loaded.tensors())
    for n in range(30):
        assert np.array_equal(draw_ahead(one, streams_of(loaded, n, temperatures[n]))[0], together[n])


def test_a_stream_is_told_its_rows_late_and_tells_of_its_own(loaded, decoder):
    known = np.full((8, 8), ABSENT, dtype=np.int16)
    known[1, 2:] = known[5] = 17
    [document] = (replace(document, pixels=known) for document in documents(1))
    numbers, answers = streams_of(loaded, 0).noise, SimpleQueue()

    def told(rows):
        return decoding.streams_of(loaded.vocabulary, [document], numbers, 1.0, rows)

    drawing = decoder.pool.begin(told(2), answers.put, band=2)
    got = [answers.get()]
    for rows in (6, None):
        drawing.tell(told(rows))
        time.sleep(0.1)
    while len(got[-1]) < 64:
        got.append(answers.get())
    expected = draw_ahead(NumpyDecoder(loaded.config, loaded.tensors()), told(None))[0]
    assert len(got) > 1 and all(np.array_equal(pixels, expected[: len(pixels)]) for pixels in got)
    assert all(len(pixels) % 16 == 0 for pixels in got)
    assert len(got[0]) == 16


@pytest.mark.parametrize("rows", [2, None])
def test_a_drawing_that_is_ended_is_told_of_no_more_and_the_pool_draws_on(loaded, decoder, rows):
    [document], numbers = documents(1), streams_of(loaded, 0).noise
    answers = SimpleQueue()
    drawings = [
        decoder.pool.begin(decoding.streams_of(loaded.vocabulary, [document], numbers, 1.0, rows), answers.put)
        for _ in range(20)
    ]
    for drawing in drawings:
        drawing.end()
        drawing.end()
    told = answers.qsize()
    assert not any(worker.asked for worker in decoder.pool._workers)
    expected = draw_ahead(NumpyDecoder(loaded.config, loaded.tensors()), streams_of(loaded, 1))[0]
    assert np.array_equal(drawn(decoder.pool, [streams_of(loaded, 1)] * 4), [expected] * 4)
    assert answers.qsize() == told and (rows is None or told == 0)


def test_a_stream_joins_one_that_is_drawn_already(loaded):
    first, second = (NumpyDecoder(loaded.config, loaded.tensors()) for _ in range(2))
    streams = [streams_of(loaded, number) for number in range(3)]
    expected = [draw_ahead(second, stream) for stream in streams]
    first.open(600)
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


def test_what_is_begun_before_the_pool_is_ready_is_drawn_without_it(loaded, decoder):
    alone = []
    assert decoder.begin(streams_of(loaded, 0), alone.append) is None
    assert workers(decoder) == [] and len(alone) == 1
    decoder.pool.start()
    while not decoder.pool.is_ready:
        time.sleep(0.01)
    answers = SimpleQueue()
    assert decoder.begin(streams_of(loaded, 0), answers.put) is not None
    assert len(workers(decoder)) == 2 and np.array_equal(answers.get(), alone[0])


def test_workers_end_with_their_decoder(loaded, decoder):
    drawn(decoder.pool, [streams_of(loaded, 0)])
    pool, threads = workers(decoder), [thread for worker in decoder.pool._workers for thread in worker.threads]
    assert len(pool) == 2 and all(worker.poll() is None for worker in pool)
    assert len(threads) == 4 and all(thread.is_alive() for thread in threads)
    decoder.pool = None
    gc.collect()
    assert all(worker.poll() is not None for worker in pool)
    assert not any(thread.is_alive() for thread in threads)  # one that is still about aborts an interpreter that ends


@pytest.mark.parametrize("after", [0, 0.3])
def test_a_worker_that_is_killed_is_followed_by_one_that_draws_the_same(loaded, decoder, after):
    streams = [streams_of(loaded, number) for number in range(6)]
    expected = [draw_ahead(NumpyDecoder(loaded.config, loaded.tensors()), stream)[0] for stream in streams]
    answers = SimpleQueue()
    for number, stream in enumerate(streams):
        decoder.pool.begin(stream, lambda pixels, number=number: answers.put((number, pixels)), band=1)
    time.sleep(after)
    for worker in workers(decoder):
        worker.kill()
    got = {number: np.zeros(0, np.uint8) for number in range(6)}
    while any(len(pixels) < 64 for pixels in got.values()):
        number, pixels = answers.get(timeout=60)
        assert len(pixels) > len(got[number])  # never less than was told before
        got[number] = pixels
    assert all(np.array_equal(got[number], expected[number]) for number in got)
    for worker in workers(decoder):  # also of one that has nothing to do
        worker.kill()
    assert np.array_equal(drawn(decoder.pool, streams), expected)


def test_workers_that_always_end_are_an_error_and_not_a_wait_without_end(loaded, decoder, monkeypatch):
    monkeypatch.setattr(pool, "python_command", lambda code: [sys.executable, "-c", "raise SystemExit(7)"])
    with pytest.raises(ChildProcessError, match=r"^a worker ended 3 times while it drew \(exit code 7\)[^\n]*$"):
        drawn(decoder.pool, [streams_of(loaded, 0)])
    assert not any(worker.asked for worker in decoder.pool._workers)


def test_processes_of_one_launcher_share_the_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert pool.cores() == 8
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    assert pool.cores() == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "16")
    assert pool.cores() == 1


def ends(model, code, how=None, after=0.0):
    """Starts a pool of two in a process of its own, which then does `code`, or gets a signal; its exit code, what it
    says, and which workers are left."""
    start = (
        "import os, signal, sys, time; from tiledraw.engine.pool import WorkerPool\n"
        f"from tiledraw.models.loading import load_model; loaded = load_model({str(model)!r})\n"
        "pool = WorkerPool(loaded.config, loaded.tensors(), 2); pool.start()\n"
        "print(*[worker.process.pid for worker in pool._workers], flush=True)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", start + code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # tests in the background are deaf to it
    )  # fmt: skip
    pids = parent.stdout.readline().split()
    if how is not None:
        time.sleep(after)
        os.killpg(parent.pid, how)  # as the terminal does
    _, said = parent.communicate(timeout=60)
    end = time.monotonic() + 20
    while (left := [pid for pid in pids if os.path.isdir(f"/proc/{pid}")]) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(pids) == 2
    return parent.returncode, said, left


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("code", "how", "expected", "after"),
    [
        ("time.sleep({})", None, 0, 0.1),
        ("time.sleep({}); sys.exit(2)", None, 2, 0),
        ("time.sleep({}); raise KeyboardInterrupt", None, -signal.SIGINT, 0.1),
        ("time.sleep(60)", signal.SIGINT, -signal.SIGINT, 0),
        ("time.sleep(60)", signal.SIGINT, -signal.SIGINT, 0.1),
        ("time.sleep(60)", signal.SIGTERM, -signal.SIGTERM, 0),
        ("time.sleep(60)", signal.SIGKILL, -signal.SIGKILL, 0.1),
        ("del pool; time.sleep({})", None, 0, 0),
    ],
    ids=["end", "refusal", "interrupt", "SIGINT at once", "SIGINT", "SIGTERM", "SIGKILL", "collected"],
)
def test_a_pool_ends_cleanly_however_its_process_ends(model_folder, code, how, expected, after):
    returned, said, left = ends(model_folder, code.format(after), how, after)
    lines = said.splitlines()
    assert (returned, left) == (expected, []), said
    assert "FATAL" not in said and said.count("Traceback") == (expected == -signal.SIGINT), said
    assert not lines or lines[-1] == "KeyboardInterrupt", said


def test_a_fork_that_ends_leaves_the_workers_to_its_parent(loaded, decoder):
    drawn(decoder.pool, [streams_of(loaded, 0)])
    child = os.fork()
    if child == 0:
        decoder.pool = None  # whose workers would be ended with it
        gc.collect()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    drawn(decoder.pool, [streams_of(loaded, 0)] * 2)


def test_a_refusal_that_needs_no_thought_starts_no_workers(loaded, decoder):
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.language.boxes import PlanError

    with pytest.raises(PlanError, match="leave the planner out"):
        list(Drawer(loaded, decoder).draw("a wug", (64, 64), planner="rules"))
    assert workers(decoder) == []


def test_half_a_message_of_a_parent_that_was_killed_is_none():
    whole = io.BytesIO()
    pool._write(whole, {"a": np.arange(9)})
    for size in range(len(whole.getvalue())):
        assert pool._read(io.BytesIO(whole.getvalue()[:size])) is None
    assert pool._read(io.BytesIO(whole.getvalue()))["a"].tolist() == list(range(9))
