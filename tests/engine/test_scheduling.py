"""Scheduling: every picture gets its own pixels, whatever company it is drawn in and whoever draws."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiledraw.engine.scheduling import Work, run_together, side_by_side
from tiledraw.format.grammar import FlatDocument, LayoutDocument

KINDS = {"flat": FlatDocument, "layout": LayoutDocument}
STEPS = st.lists(st.tuples(st.sampled_from(list(KINDS)), st.integers(1, 4), st.sampled_from([0.5, 1.0])), max_size=5)


def told(work):
    """What tells of which document and noise it comes from."""
    return np.array([len(work.document.prompt), work.noise[0, 0], work.temperature])


class Painter:
    """Draws at once what is told of each work."""

    by_rows = True

    def __init__(self, most):
        self.most, self.sizes, self.grown, self.ended = most, [], [], []

    def begin(self, works, answer):
        assert len({work.kind for work in works}) == 1
        self.sizes.append(len(works))
        for work in works:
            self.draw(work, answer)

    def draw(self, work, answer):
        answer(work, told(work))

    def go_on(self, work):
        self.grown.append((work.document.prompt, work.rows))

    def end(self, work):
        self.ended.append(work)


class Hasty(Painter):
    """Lets a thread draw each work, with news of its rows."""

    def draw(self, work, answer):
        def draw():
            for count in (1, 2, 3):
                answer(work, told(work)[:count])

        Thread(target=draw).start()


def picture(number, steps, begun=None):
    """A picture of steps, each of works that can be drawn at once; it yields what it was sent for each step."""
    if begun is not None:
        begun.append(number)
    for step, (kind, count, temperature) in enumerate(steps):
        works = [
            Work(KINDS[kind]("x" * (10 * number + n + 1)), np.full((1, 3), step, dtype=np.float64), temperature)
            for n in range(count)
        ]
        for work in works:
            assert (yield work) is None
        sent = {}
        while len(sent) < count:
            work, pixels = yield None
            assert work in works and work not in sent
            if len(pixels) == 3:
                sent[work] = pixels.tolist()
        yield [sent[work] for work in works]
    yield "done"


def expected(number, steps):
    events = [
        [[10 * number + n + 1, step, temperature] for n in range(count)]
        for step, (_, count, temperature) in enumerate(steps)
    ]
    return [*events, "done"]


@given(st.lists(STEPS, max_size=8), st.integers(1, 9), st.sampled_from([Painter, Hasty]))
@settings(max_examples=60)
def test_each_picture_is_sent_its_own_pixels(scripts, most, kind):
    artist = kind(most)
    events = {number: [] for number in range(len(scripts))}
    for number, event in run_together((picture(number, steps) for number, steps in enumerate(scripts)), artist):
        events[number].append(event)
    assert events == {number: expected(number, steps) for number, steps in enumerate(scripts)}
    assert all(size <= most for size in artist.sizes)
    assert len(set(artist.ended)) == len(artist.ended) == sum(artist.sizes)


@given(st.lists(STEPS, max_size=5), st.integers(1, 9), st.sampled_from([Painter, Hasty]))
@settings(max_examples=40)
def test_each_part_of_a_picture_is_sent_its_own_pixels_and_all_end_with_what_each_does(scripts, most, kind):
    def part(number, steps):
        yield from picture(number, steps)
        return 7 * number

    def whole():
        ends = yield from side_by_side({number: part(number, steps) for number, steps in enumerate(scripts)})
        assert ends == {number: 7 * number for number in range(len(scripts))}
        yield "all"

    events = [event for _, event in run_together([whole()], kind(most))]
    assert events.pop() == "all" and events.count("done") == len(scripts)
    for number, steps in enumerate(scripts):
        own = [event for event in events if event != "done" and event[0][0] // 10 == number]
        assert [*own, "done"] == expected(number, steps)


def test_parts_of_a_picture_share_batches():
    artist, steps = Painter(8), [("layout", 1, 1.0), ("flat", 2, 1.0)]
    list(run_together([side_by_side({number: picture(number, steps) for number in range(4)})], artist))
    assert artist.sizes[0] == 4 and sum(artist.sizes) == 12


def test_work_of_one_kind_fills_a_batch():
    artist, steps = Painter(8), [("layout", 1, 1.0), ("flat", 4, 1.0)]
    list(run_together((picture(number, steps) for number in range(8)), artist))
    assert artist.sizes == [8, 8, 8, 8, 8]


def test_a_picture_goes_on_as_soon_as_any_of_its_work_is_finished():
    class Patient(Painter):
        """Draws what is slow only after the rest."""

        def draw(self, work, answer):
            if work.document.prompt == "slow":
                self.wait = lambda: answer(work, told(work))
            else:
                Thread(target=answer, args=(work, told(work))).start()

    artist = Patient(4)

    def waiting():
        for prompt in ("slow", "quick"):
            yield Work(FlatDocument(prompt), np.zeros((1, 3)), 1.0)
        for _ in range(2):
            work, _ = yield None
            yield work.document.prompt
            if work.document.prompt == "quick":
                artist.wait()

    assert list(run_together([waiting()], artist)) == [(0, "quick"), (0, "slow")]


class Follower(Painter):
    """Draws whole works at once, and others as soon as they are whole."""

    def __init__(self, most):
        super().__init__(most)
        self.order, self.late = [], {}

    def draw(self, work, answer):
        self.order.append((work.document.prompt, work.rows))
        if work.rows is None:
            answer(work, told(work))
        else:
            self.late[work] = answer
            answer(work, told(work)[: work.rows])

    def go_on(self, work):
        super().go_on(work)
        if work.rows is None:
            self.late[work](work, told(work))


def test_works_whose_rows_come_late_are_begun_after_whole_ones_and_go_on_as_they_become_known():
    artist = Follower(3)
    works = {name: Work(FlatDocument(name), np.zeros((1, 3)), 1.0, rows=1) for name in "abcd"}
    works["c"].rows = works["d"].rows = None

    def late():
        yield from works.values()
        got = []
        while len(got) < 5:
            work, pixels = yield None
            got.append((work.document.prompt, len(pixels)))
            if got[-1] in (("c", 3), ("a", 3)):
                other = works["a" if got[-1][0] == "c" else "b"]
                for rows in (2, None):
                    other.rows = rows
                    yield other
        yield got

    ((_, got),) = [event for event in run_together([late()], artist) if event[1]]
    assert artist.order == [("c", None), ("d", None), ("a", 1), ("b", None)]  # b had to wait until it was whole
    assert artist.grown == [("a", 2), ("a", None)]
    assert sorted(got) == [("a", 1), ("a", 3), ("b", 3), ("c", 3), ("d", 3)]


def test_works_that_are_being_drawn_end_with_whoever_closes_the_iterator():
    class Slow(Painter):
        def draw(self, work, answer):
            if len(work.document.prompt) == 1:
                answer(work, told(work))

    def eager():
        for count in range(1, 5):
            yield Work(FlatDocument("x" * count), np.zeros((1, 3)), 1.0)
        yield (yield None)

    artist = Slow(3)
    events = run_together([eager()], artist)
    _, (work, _) = next(events)
    assert artist.ended == [work] and sum(artist.sizes) == 3
    events.close()
    assert sorted(len(work.document.prompt) for work in artist.ended) == [1, 2, 3]


@pytest.mark.parametrize("thread", [False, True])
def test_what_goes_wrong_while_drawing_is_raised(thread):
    class Clumsy(Painter):
        def draw(self, work, answer):
            if thread:
                Thread(target=answer, args=(work, RuntimeError("out of ink"))).start()
            else:
                raise RuntimeError("out of ink")

    with pytest.raises(RuntimeError, match="out of ink"):
        list(run_together([picture(0, [("flat", 4, 1.0)])], Clumsy(4)))


def test_pictures_are_begun_only_when_a_batch_has_room():
    begun = []
    pictures = (picture(number, [("flat", 2, 1.0)], begun) for number in range(100))
    for number, event in run_together(pictures, Painter(4)):
        if event == "done":
            assert max(begun) - number <= 4
    assert len(begun) == 100
