"""Choosing: busy tiles come often, each part of a subject as often as another, and nothing that is known already."""

from collections import Counter

import numpy as np
import pytest

from tiledraw.canvas.pyramid import Window
from tiledraw.data.choosing import choose_tile
from tiledraw.format.sketches import fitting
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import Box
from tiledraw.language.first_plan import Placement, Plan


def test_busy_tiles_are_those_that_a_subject_touches():
    plan, rng = Plan((Placement("cat", Box(0, 0, 2, 2)),)), np.random.default_rng(0)
    assert {choose_tile(rng, plan, 256, 1.0) for _ in range(60)} == {
        tile for tile in (choose_tile(rng, plan, 256, 0.0) for _ in range(2000)) if "cat" in tile_think(plan, tile)
    }
    assert choose_tile(rng, Plan(), 128, 1.0).grid == 4  # an empty plan has tiles too


def test_a_sliver_of_a_subject_comes_as_often_as_its_middle_and_a_plain_tile_that_it_touches_seldom():
    plan, rng, picture = Plan((Placement("cat", Box(0, 0, 4, 4)),)), np.random.default_rng(0), np.zeros((128, 128))
    picture[:32, :32] = np.indices((32, 32)).sum(0) % 2  # nearly two thousand steps; a hundred beneath it
    picture[36:56, :10] = picture[36:56, 20:30] = 255
    chosen = Counter(choose_tile(rng, plan, 128, 1.0, picture.astype(np.uint8)) for _ in range(3000))
    by_place = {(tile.row, tile.column): count / 3000 for tile, count in chosen.items()}
    assert by_place.keys() == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert by_place[0, 0] == pytest.approx(by_place[1, 0], rel=0.15) and by_place[1, 1] < by_place[0, 0] / 4


def test_planned_tiles_are_windows_and_tiles_that_see_nothing_of_what_windows_keep():
    plan = Plan((Placement("cat", Box(1, 1, 3, 3)), Placement("sun", Box(6, 6, 8, 8))))
    rng = np.random.default_rng(0)
    chosen = {choose_tile(rng, plan, 128, 0.0, planned=True) for _ in range(500)}
    laid = [tile for tile in chosen if isinstance(tile, Window)]
    assert [tile.boxes for tile in laid] == [(Box(1, 1, 3, 3),)]
    assert len(chosen) == 1 + 16 - 4 and not any(laid[0].shows(tile) for tile in chosen.difference(laid))


def test_planned_tiles_after_sketches_are_none_that_these_leave_no_doubt_about():
    plan = Plan((Placement("cat", Box(1, 1, 3, 3)), Placement("sun", Box(5, 4, 8, 7))))
    known = fitting(plan, {name: [np.zeros((32, 32), np.uint8)] for name in ("cat", "sun")}, 128, 16)
    rng = np.random.default_rng(0)
    chosen = {choose_tile(rng, plan, 128, 0.0, planned=True, known=known) for _ in range(500)}
    without = {choose_tile(rng, plan, 128, 0.0, planned=True) for _ in range(500)}
    assert [tile.boxes for tile in without - chosen] == [(Box(1, 1, 3, 3),)] and chosen < without
