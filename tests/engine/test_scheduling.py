"""Scheduling: every picture gets its own pixels, whatever company it is drawn in and whoever draws."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.engine.scheduling import Task, run_together, side_by_side
from tiledraw.format.grammar import FlatDocument, LayoutDocument

KINDS = {"flat": FlatDocument, "layout": LayoutDocument}
STEPS = st.lists(st.tuples(st.sampled_from(list(KINDS)), st.integers(1, 4), st.sampled_from([0.5, 1.0])), max_size=5)


def told(task):
    """What tells of which document and noise it comes from."""
    return np.array([len(task.document.prompt), task.noise[0], task.temperature])


class Painter:
    """Draws at once what is told of each task."""

    by_rows = True

    def __init__(self, most):
        self.most, self.sizes, self.grown, self.ended = most, [], [], []

    def begin(self, tasks, answer):
        assert len({task.kind for task in tasks}) == 1
        self.sizes.append(len(tasks))
        for task in tasks:
            self.draw(task, answer)

    def draw(self, task, answer):
        answer(task, told(task))

    def go_on(self, task):
        self.grown.append((task.document.prompt, task.rows))

    def end(self, task):
        self.ended.append(task)


class Hasty(Painter):
    """Lets a thread draw each task, with news of its rows."""

    def draw(self, task, answer):
        def draw():
            for count in (1, 2, 3):
                answer(task, told(task)[:count])

        Thread(target=draw).start()


def picture(number, steps, begun=None):
    """A picture of steps, each of tasks that can be drawn at once; it yields what it was sent for each step."""
    if begun is not None:
        begun.append(number)
    for step, (kind, count, temperature) in enumerate(steps):
        tasks = [
            Task(KINDS[kind]("x" * (10 * number + n + 1)), np.full(3, step, dtype=np.float64), temperature)
            for n in range(count)
        ]
        for task in tasks:
            assert (yield task) is None
        sent = {}
        while len(sent) < count:
            task, pixels = yield None
            assert task in tasks and task not in sent
            if len(pixels) == 3:
                sent[task] = pixels.tolist()
        yield [sent[task] for task in tasks]
    yield "done"


def expected(number, steps):
    events = [
        [[10 * number + n + 1, step, temperature] for n in range(count)]
        for step, (_, count, temperature) in enumerate(steps)
    ]
    return [*events, "done"]


@given(st.lists(STEPS, max_size=8), st.integers(1, 9), st.sampled_from([Painter, Hasty]))
def test_each_picture_is_sent_its_own_pixels(scripts, most, kind):
    executor = kind(most)
    events = {number: [] for number in range(len(scripts))}
    for number, event in run_together((picture(number, steps) for number, steps in enumerate(scripts)), executor):
        events[number].append(event)
    assert events == {number: expected(number, steps) for number, steps in enumerate(scripts)}
    assert all(size <= most for size in executor.sizes)
    assert len(set(executor.ended)) == len(executor.ended) == sum(executor.sizes)


@given(st.lists(STEPS, max_size=5), st.integers(1, 9), st.sampled_from([Painter, Hasty]))
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
    executor, steps = Painter(8), [("layout", 1, 1.0), ("flat", 2, 1.0)]
    list(run_together([side_by_side({number: picture(number, steps) for number in range(4)})], executor))
    assert executor.sizes[0] == 4 and sum(executor.sizes) == 12


def test_work_of_one_kind_fills_a_batch():
    executor, steps = Painter(8), [("layout", 1, 1.0), ("flat", 4, 1.0)]
    list(run_together((picture(number, steps) for number in range(8)), executor))
    assert executor.sizes == [8, 8, 8, 8, 8]


def test_a_picture_goes_on_as_soon_as_any_of_its_work_is_finished():
    class Patient(Painter):
        """Draws what is slow only after the rest."""

        def draw(self, task, answer):
            if task.document.prompt == "slow":
                self.wait = lambda: answer(task, told(task))
            else:
                Thread(target=answer, args=(task, told(task))).start()

    executor = Patient(4)

    def waiting():
        for prompt in ("slow", "quick"):
            yield Task(FlatDocument(prompt), np.zeros(3), 1.0)
        for _ in range(2):
            task, _ = yield None
            yield task.document.prompt
            if task.document.prompt == "quick":
                executor.wait()

    assert list(run_together([waiting()], executor)) == [(0, "quick"), (0, "slow")]


class Follower(Painter):
    """Draws whole tasks at once, and others as soon as they are whole."""

    def __init__(self, most):
        super().__init__(most)
        self.order, self.late = [], {}

    def draw(self, task, answer):
        self.order.append((task.document.prompt, task.rows))
        if task.rows is None:
            answer(task, told(task))
        else:
            self.late[task] = answer
            answer(task, told(task)[: task.rows])

    def go_on(self, task):
        super().go_on(task)
        if task.rows is None:
            self.late[task](task, told(task))


def test_works_whose_rows_come_late_are_begun_after_whole_ones_and_go_on_as_they_become_known():
    executor = Follower(3)
    tasks = {name: Task(FlatDocument(name), np.zeros(3), 1.0, rows=1) for name in "abcd"}
    tasks["c"].rows = tasks["d"].rows = None

    def late():
        yield from tasks.values()
        got = []
        while len(got) < 5:
            task, pixels = yield None
            got.append((task.document.prompt, len(pixels)))
            if got[-1] in (("c", 3), ("a", 3)):
                other = tasks["a" if got[-1][0] == "c" else "b"]
                for rows in (2, None):
                    other.rows = rows
                    yield other
        yield got

    ((_, got),) = [event for event in run_together([late()], executor) if event[1]]
    assert executor.order == [("c", None), ("d", None), ("a", 1), ("b", None)]  # b had to wait until it was whole
    assert executor.grown == [("a", 2), ("a", None)]
    assert sorted(got) == [("a", 1), ("a", 3), ("b", 3), ("c", 3), ("d", 3)]


def test_works_that_are_being_drawn_end_with_whoever_closes_the_iterator():
    class Slow(Painter):
        def draw(self, task, answer):
            if len(task.document.prompt) == 1:
                answer(task, told(task))

    def eager():
        for count in range(1, 5):
            yield Task(FlatDocument("x" * count), np.zeros(3), 1.0)
        yield (yield None)

    executor = Slow(3)
    events = run_together([eager()], executor)
    _, (task, _) = next(events)
    assert executor.ended == [task] and sum(executor.sizes) == 3
    events.close()
    assert sorted(len(task.document.prompt) for task in executor.ended) == [1, 2, 3]


@pytest.mark.parametrize("thread", [False, True])
def test_what_goes_wrong_while_drawing_is_raised(thread):
    class Clumsy(Painter):
        def draw(self, task, answer):
            if thread:
                Thread(target=answer, args=(task, RuntimeError("out of ink"))).start()
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
