"""Choosing: busy tiles come often, and each part of a subject as often as another."""

from collections import Counter

import numpy as np
import pytest

from tiledraw.data.choosing import choose_tile
from tiledraw.format.think import tile_think
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Placement, Plan


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
