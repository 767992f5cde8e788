"""Checking: what is missing is found, only its cells are drawn anew, and a round that does not help is forgotten."""

from dataclasses import replace

import numpy as np
import pytest

from tiledraw.data.scenes import render
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import Checked, ImageDone, PlanReady, Refused, TileDone
from tiledraw.drawing.job import Job
from tiledraw.evaluation import checking
from tiledraw.evaluation.checking import missing, stream_checked
from tiledraw.language.boxes import Box
from tiledraw.language.first_plan import Placement, Plan

CAT, SUN = Placement("cat", Box(0, 4, 4, 8)), Placement("sun", Box(6, 0, 8, 2))
PLAN = Plan((CAT, SUN), "light")
CAT_TILE = np.zeros((64, 64), dtype=bool)
CAT_TILE[32:, :32] = True


@pytest.fixture
def drawer(loaded, make_reckoner):
    return Drawer(loaded, make_reckoner())


@pytest.fixture
def looks(monkeypatch):
    """Looks see what a test says, one after the other; gives the pictures that were looked at."""

    def script(*answers):
        seen = []

        def look(picture, plan, known):
            seen.append(picture)
            return answers[len(seen) - 1]

        monkeypatch.setattr(checking, "missing", look)
        return seen

    return script


def job(seed=3, **options):
    return Job("a cat and a sun", (64, 64), seed=seed, plan=PLAN, candidates=1, **options)


def pictures(events):
    return [np.asarray(event.image) for _, event in events if isinstance(event, ImageDone)]


def test_true_pictures_lack_nothing():
    assert missing(render(PLAN, 128), PLAN, ("dog", "moon")) == ()


@pytest.mark.parametrize(
    "shown",
    [
        Plan((SUN,), "light"),
        Plan((Placement("dog", CAT.box), SUN), "light"),
        Plan((Placement("cat", Box(3, 4, 7, 8)), SUN), "light"),
    ],
)
def test_what_is_not_there_or_elsewhere_or_something_else_is_missing(shown):
    assert missing(render(shown, 128), PLAN, ("dog", "moon")) == (CAT,)


def test_of_twins_the_one_that_is_not_there_is_missing():
    twins = [Placement("apple", Box(x, 3, x + 2, 5)) for x in (0, 3, 6)]
    assert missing(render(Plan((twins[0], twins[2])), 128), Plan(tuple(twins)), ()) == (twins[1],)


def test_names_without_a_reference_are_not_looked_for():
    assert missing(np.full((64, 64), 255, np.uint8), Plan((Placement("gizmo", Box(0, 0, 4, 4)),))) == ()


@pytest.mark.parametrize("rounds", [0, 2])
def test_a_picture_with_everything_in_place_is_as_drawn_without_a_look(drawer, looks, rounds):
    seen = looks((), ())
    events = list(stream_checked(drawer, [job(), job(4)], rounds))
    plain = list(drawer.stream_all([job(), job(4)]))
    assert all(np.array_equal(one, other) for one, other in zip(pictures(events), pictures(plain), strict=True))
    assert len(seen) == (2 if rounds else 0)
    assert [event for _, event in events if isinstance(event, Checked)] == [Checked(())] * len(seen)
    assert len([event for event in events if not isinstance(event[1], Checked)]) == len(plain)


def test_only_the_cells_of_what_is_missing_are_drawn_anew(drawer, looks):
    seen = looks((CAT,), ())
    events = [event for _, event in stream_checked(drawer, [job()], rounds=5)]
    before, after = seen
    assert (before[CAT_TILE] != after[CAT_TILE]).any()
    assert np.array_equal(before[~CAT_TILE], after[~CAT_TILE])
    assert np.array_equal(np.asarray(events[-1].image), after)
    assert [event.missing for event in events if isinstance(event, Checked)] == [(CAT,), ()]
    assert sum(isinstance(event, PlanReady) for event in events) == 1
    assert sum(isinstance(event, ImageDone) for event in events) == 1


def test_a_round_that_does_not_help_is_forgotten_and_the_next_has_another_seed(drawer, looks):
    seen = looks((CAT,), (CAT,), (SUN, CAT), ())
    events = list(stream_checked(drawer, [job()], rounds=3))
    assert len({picture.tobytes() for picture in seen}) == 4
    assert np.array_equal(pictures(events)[0], seen[3])
    assert [event.missing for _, event in events if isinstance(event, Checked)] == [(CAT,), ()]


def test_after_the_last_round_the_best_picture_stays(drawer, looks):
    seen = looks((CAT, SUN), (CAT,), (CAT,), (CAT, SUN))
    events = list(stream_checked(drawer, [job()], rounds=3))
    assert np.array_equal(pictures(events)[0], seen[1])
    assert isinstance(events[-1][1], ImageDone)


def test_pictures_keep_their_numbers_and_others_come_first(drawer, looks):
    looks((CAT,), (), (SUN,), (), ())
    jobs = [job(1), job(2), replace(job(3), prompt="a cat", plan=Plan((Placement("gizmo", CAT.box),))), job(4)]
    events = list(stream_checked(drawer, iter(jobs), rounds=1))
    finished = [number for number, event in events if isinstance(event, ImageDone)]
    assert sorted(finished) == [0, 1, 3] and finished[0] == 1
    assert [number for number, event in events if isinstance(event, Refused)] == [2]


def test_the_same_seed_is_checked_to_the_same_picture(drawer, looks):
    drawn = []
    for _ in range(2):
        looks((CAT,), (CAT,), ())
        drawn += pictures(stream_checked(drawer, [job()], rounds=2))
    assert np.array_equal(*drawn)


def test_flat_pictures_are_not_looked_at(drawer, looks):
    seen = looks()
    flat = Job("a cat", flat=True)
    events = list(stream_checked(Drawer(drawer.loaded, drawer.decoder), [flat], rounds=2))
    assert not seen and not any(isinstance(event, TileDone) for _, event in events)
