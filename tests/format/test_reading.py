"""Readings: what is shown of a picture is what a plan drew there, and answers come back from their texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.data.scenes import render
from tiledraw.format.reading import (
    ReadingError,
    format_look,
    format_overview,
    in_reading_order,
    look,
    overview,
    parse_look,
    parse_overview,
)
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Placement, Plan

EDGES = st.lists(st.integers(0, 8), min_size=2, max_size=2, unique=True).map(sorted)
BOXES = st.tuples(EDGES, EDGES).map(lambda edges: Box(edges[0][0], edges[1][0], edges[0][1], edges[1][1]))
PLANS = st.builds(
    Plan,
    st.lists(st.builds(Placement, st.sampled_from(["cat", "hot dog"]), BOXES), max_size=5).map(tuple),
    st.sampled_from(["white", "dark"]),
)


@given(PLANS)
def test_an_overview_comes_back_from_its_text(plan):
    background, boxes = parse_overview(format_overview(plan))
    assert background == plan.background
    assert sorted(boxes) == sorted(placement.box for placement in plan.placements)
    assert boxes == [placement.box for placement in in_reading_order(plan).placements]


@given(st.text(max_size=40) | st.lists(st.sampled_from(["background: light", "0 0 8 8", "0 0 0 1", "9 9 9 9", ""])))
def test_any_answer_is_an_overview_or_one_sentence(text):
    text = text if isinstance(text, str) else "\n".join(text)
    try:
        _, boxes = parse_overview(text)
    except ReadingError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert all(Box(0, 0, 8, 8).contains(box) and box.width > 0 and box.height > 0 for box in boxes)


def test_an_overview_is_the_coarse_pass_at_any_resolution():
    plan = Plan((Placement("cat", Box(0, 4, 4, 8)),), "light")
    assert np.array_equal(overview(render(plan, 32, 16), 16), render(plan, 8, 16))
    for side in (64, 128):
        assert np.abs(overview(render(plan, side, 16), 16).astype(int) - render(plan, 8, 16)).max() <= 34


@pytest.mark.parametrize("side", [8, 16, 33, 80, 200])
def test_a_look_shows_the_square_in_the_middle_of_its_box(side):
    picture = np.zeros((side, side), dtype=np.uint8)
    picture[:, side // 2 :] = 255
    assert (look(picture, Box(0, 0, 3, 3), 16) == 0).all()
    assert (look(picture, Box(5, 0, 8, 2), 16) == 255).all()
    middle = look(picture, Box(2, 0, 6, 8), 16)
    assert middle.shape == (10, 10) and middle.dtype == np.uint8
    assert (middle[:, :4] == 0).all() and (middle[:, 6:] == 255).all()


def test_names_come_back_from_looks():
    assert [parse_look(format_look(name)) for name in ("cat", "hot dog")] == ["cat", "hot dog"]
