"""The queue: places in the line are told, who leaves ends his drawing, a stop hands back what waits."""

import asyncio
import threading

import pytest

from tiledraw.serving.limits import Limits
from tiledraw.serving.queueing import DrawingQueue, QueueFullError, StoppedError, TooLongError, Waiting

PATIENCE = 60


def within(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))


async def all_of(drawing):
    return [message async for message in drawing]


class Gate:
    """Work that begins, and ends when the gate is opened."""

    def __init__(self):
        self.begun, self.open, self.closed = threading.Event(), threading.Event(), threading.Event()

    def __call__(self):
        self.begun.set()
        try:
            while not self.open.wait(0.005):
                yield "still"
            yield "done"
        finally:
            self.closed.set()


def test_what_work_yields_comes_out_in_its_order():
    async def main():
        queue = DrawingQueue(Limits())
        messages = await all_of(queue.submit(lambda: iter_of(0, 1, 2)))
        queue.end()
        return messages

    assert [message for message in within(main()) if not isinstance(message, Waiting)] == [0, 1, 2]


def test_those_who_wait_hear_how_many_are_before_them():
    async def main():
        queue, gate = DrawingQueue(Limits(at_once=1)), Gate()
        first = queue.submit(gate)
        await asyncio.to_thread(gate.begun.wait)
        second, third = (queue.submit(iter_of) for _ in range(2))
        gate.open.set()
        answers = await all_of(second), await all_of(third)
        assert "done" in await all_of(first)
        queue.end()
        return answers

    second, third = within(main())
    assert second[0] == Waiting(1) and third[0] == Waiting(2)
    assert second[-1] == third[-1] == Waiting(0)


def test_a_full_line_takes_on_nothing_more():
    async def main():
        queue, gate = DrawingQueue(Limits(at_once=1, waiting=1)), Gate()
        queue.submit(gate)
        await asyncio.to_thread(gate.begun.wait)
        queue.submit(gate)
        with pytest.raises(QueueFullError, match="1 requests wait already"):
            queue.submit(gate)
        queue.end()

    within(main())


def test_who_leaves_ends_his_drawing_and_gives_up_his_place():
    async def main():
        queue, gate = DrawingQueue(Limits(at_once=1, waiting=1)), Gate()
        first = queue.submit(gate)
        await asyncio.to_thread(gate.begun.wait)
        queue.submit(gate).leave()
        waiting = queue.submit(lambda: iter_of("drawn"))
        first.leave()
        assert await asyncio.to_thread(gate.closed.wait, PATIENCE)
        assert (await all_of(waiting))[-1] == "drawn"
        queue.end()

    within(main())


def iter_of(*values):
    yield from values


def test_what_takes_too_long_ends():
    async def main():
        queue, gate = DrawingQueue(Limits(seconds=0.05)), Gate()
        with pytest.raises(TooLongError, match=r"longer than the 0.05 seconds"):
            await all_of(queue.submit(gate))
        assert gate.closed.is_set()
        queue.end()

    within(main())


def test_a_stop_finishes_what_is_drawn_and_hands_back_what_waits():
    async def main():
        queue, gate = DrawingQueue(Limits(at_once=1)), Gate()
        drawn = queue.submit(gate)
        await asyncio.to_thread(gate.begun.wait)
        waiting = queue.submit(gate)
        queue.stop()
        with pytest.raises(StoppedError):
            await all_of(waiting)
        with pytest.raises(StoppedError):
            queue.submit(gate)
        gate.open.set()
        assert (await all_of(drawn))[-1] == "done"
        queue.end()

    within(main())


def test_what_is_drawn_is_handed_back_when_there_is_no_time_left():
    async def main():
        queue, gate = DrawingQueue(Limits(at_once=1)), Gate()
        drawn = queue.submit(gate)
        await asyncio.to_thread(gate.begun.wait)
        queue.cancel()
        with pytest.raises(StoppedError):
            await all_of(drawn)
        queue.end()
        assert gate.closed.is_set()

    within(main())


def test_an_error_of_the_work_reaches_who_asked_and_nobody_else():
    def fails():
        yield 1
        raise ValueError("no")

    async def main():
        queue = DrawingQueue(Limits(at_once=1))
        with pytest.raises(ValueError, match="no"):
            await all_of(queue.submit(fails))
        assert (await all_of(queue.submit(lambda: iter_of(2))))[-1] == 2
        queue.end()

    within(main())
