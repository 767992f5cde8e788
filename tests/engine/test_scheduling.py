"""Scheduling: every picture gets its own pixels, whatever company it is drawn in and whoever draws."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.engine.scheduling import Work, run_together
from tiledraw.grammar import FlatDocument, LayoutDocument

KINDS = {"flat": FlatDocument, "layout": LayoutDocument}
STEPS = st.lists(st.tuples(st.sampled_from(list(KINDS)), st.integers(1, 4), st.sampled_from([0.5, 1.0])), max_size=5)


def told(work):
    """What tells of which document and noise it comes from."""
    return [len(work.document.prompt), work.noise[0, 0], work.temperature]


def draw(works):
    assert len({work.kind for work in works}) == 1
    return np.stack([told(work) for work in works])


def picture(number, steps, begun=None):
    """A picture of steps, each of works that can be drawn at once; it yields what it was sent for each step."""
    if begun is not None:
        begun.append(number)
    for step, (kind, count, temperature) in enumerate(steps):
        works = [
            Work(KINDS[kind]("x" * (10 * number + n + 1)), np.full((1, 1), step, dtype=np.float64), temperature)
            for n in range(count)
        ]
        for work in works:
            assert (yield work) is None
        sent = {}
        while len(sent) < count:
            work, pixels = yield None
            assert work in works and work not in sent
            sent[work] = pixels.tolist()
        yield [sent[work] for work in works]
    yield "done"


def expected(number, steps):
    events = [
        [[10 * number + n + 1, step, temperature] for n in range(count)]
        for step, (_, count, temperature) in enumerate(steps)
    ]
    return [*events, "done"]


@given(st.lists(STEPS, max_size=8), st.integers(1, 9), st.sampled_from([1, 3]))
@settings(max_examples=60)
def test_each_picture_is_sent_its_own_pixels(scripts, batch, abreast):
    sizes, running, most = [], [], []

    def drawn(works):
        running.append(works)
        most.append(len(running))
        sizes.append(len(works))
        pixels = draw(works)
        running.remove(works)
        return pixels

    events = {number: [] for number in range(len(scripts))}
    pictures = (picture(number, steps) for number, steps in enumerate(scripts))
    for number, event in run_together(pictures, drawn, batch, abreast):
        events[number].append(event)
    assert events == {number: expected(number, steps) for number, steps in enumerate(scripts)}
    assert all(size <= batch for size in sizes)
    assert max(most, default=0) <= abreast


def test_work_of_one_kind_fills_a_batch():
    sizes = []

    def drawn(works):
        sizes.append(len(works))
        return draw(works)

    steps = [("layout", 1, 1.0), ("flat", 4, 1.0)]
    list(run_together((picture(number, steps) for number in range(8)), drawn, 8))
    assert sizes == [8, 8, 8, 8, 8]


def test_what_can_be_drawn_at_once_is_shared_by_all_who_draw():
    together = threading.Barrier(3, timeout=20)  # broken unless three draw at the same time
    sizes = []

    def drawn(works):
        together.wait()
        sizes.append(len(works))
        return draw(works)

    list(run_together([picture(0, [("flat", 4, 1.0)])], lambda works: drawn(works), 4, 3))
    assert sorted(sizes) == [1, 1, 2]


def test_a_picture_goes_on_as_soon_as_any_of_its_work_is_finished():
    slow = threading.Event()

    def drawn(works):
        if works[0].temperature == 0.5:
            assert slow.wait(20)
        return draw(works)

    def waiting():
        yield Work(FlatDocument("slow"), np.zeros((1, 1)), 0.5)
        yield Work(FlatDocument("quick"), np.zeros((1, 1)), 1.0)
        first, _ = yield None
        yield first.document.prompt
        slow.set()
        second, _ = yield None
        yield second.document.prompt

    assert list(run_together([waiting()], drawn, 4, 2)) == [(0, "quick"), (0, "slow")]


@pytest.mark.parametrize("abreast", [1, 2])
def test_what_goes_wrong_while_drawing_is_raised(abreast):
    def drawn(works):
        raise RuntimeError("out of ink")

    with pytest.raises(RuntimeError, match="out of ink"):
        list(run_together([picture(0, [("flat", 4, 1.0)])], drawn, 4, abreast))


def test_pictures_are_begun_only_when_a_batch_has_room():
    begun = []
    pictures = (picture(number, [("flat", 2, 1.0)], begun) for number in range(100))
    for number, event in run_together(pictures, draw, 4):
        if event == "done":
            assert max(begun) - number <= 4
    assert len(begun) == 100
