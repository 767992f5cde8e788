"""Scheduling: every picture gets its own pixels in its own order, whatever company it is drawn in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.engine.scheduling import Work, run_together
from tiledraw.grammar import FlatDocument, LayoutDocument

KINDS = {"flat": FlatDocument, "layout": LayoutDocument}
STEPS = st.lists(st.tuples(st.sampled_from(list(KINDS)), st.integers(1, 4), st.sampled_from([0.5, 1.0])), max_size=5)


def draw(work):
    """Pixels that tell which document and noise they come from."""
    assert len({type(document) for document in work.documents}) == 1
    told = zip(work.documents, work.noise, strict=True)
    return np.stack([[len(document.prompt), noise[0], work.temperature] for document, noise in told])


def picture(number, steps, begun=None):
    """A picture that yields what it was sent, after each of its steps."""
    if begun is not None:
        begun.append(number)
    for step, (kind, count, temperature) in enumerate(steps):
        documents = [KINDS[kind]("x" * (10 * number + n + 1)) for n in range(count)]
        pixels = yield Work(documents, np.full((count, 1), step, dtype=np.float64), temperature)
        yield pixels.tolist()
    yield "done"


def expected(number, steps):
    events = [
        [[10 * number + n + 1, step, temperature] for n in range(count)]
        for step, (_, count, temperature) in enumerate(steps)
    ]
    return [*events, "done"]


@given(st.lists(STEPS, max_size=8), st.integers(4, 9))
def test_each_picture_is_sent_its_own_pixels_in_order(scripts, batch):
    sizes = []

    def drawn(work):
        sizes.append(len(work.documents))
        return draw(work)

    events = {number: [] for number in range(len(scripts))}
    pictures = (picture(number, steps) for number, steps in enumerate(scripts))
    for number, event in run_together(pictures, drawn, batch):
        events[number].append(event)
    assert events == {number: expected(number, steps) for number, steps in enumerate(scripts)}
    assert all(size <= batch for size in sizes)


def test_work_of_one_kind_fills_a_batch():
    sizes = []

    def drawn(work):
        sizes.append(len(work.documents))
        return draw(work)

    steps = [("layout", 1, 1.0), ("flat", 4, 1.0)]
    list(run_together((picture(number, steps) for number in range(8)), drawn, 8))
    assert sizes == [8, 8, 8, 8, 8]


def test_pictures_are_begun_only_when_a_batch_has_room():
    begun = []
    pictures = (picture(number, [("flat", 2, 1.0)], begun) for number in range(100))
    for number, event in run_together(pictures, draw, 4):
        if event == "done":
            assert max(begun) - number <= 4
    assert len(begun) == 100
