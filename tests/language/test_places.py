"""Places and sizes: a box lies where its words say, and inside the canvas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.language.boxes import Box
from tiledraw.language.places import LOCATIONS, box_at, location_of

FULL = Box(0, 0, 8, 8)


@st.composite
def boxes(draw):
    x0, y0 = draw(st.integers(0, 7)), draw(st.integers(0, 7))
    return Box(x0, y0, draw(st.integers(x0 + 1, 8)), draw(st.integers(y0 + 1, 8)))


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("cells", [2, 3, 4, 6])
def test_a_box_lies_where_its_location_says_and_is_as_large_as_is_asked(location, cells):
    box = box_at(location, cells, FULL)
    assert FULL.contains(box) and (box.width, box.height) == (cells, cells)
    assert location_of(box, FULL) == location


@given(st.sampled_from(LOCATIONS), st.integers(1, 20), boxes())
def test_a_box_on_any_canvas_stays_inside(location, cells, canvas):
    assert canvas.contains(box_at(location, cells, canvas))


@given(boxes(), boxes())
def test_boxes_overlap_and_contain_as_their_cells_do(one, other):
    def cells(box):
        return {(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}

    assert one.overlaps(other) == other.overlaps(one) == bool(cells(one) & cells(other))
    assert one.contains(other) == (cells(other) <= cells(one))
    assert len(cells(one)) == one.width * one.height


@given(boxes(), st.integers(1, 40))
def test_the_square_in_the_middle_of_a_box_is_the_largest_and_as_far_from_both_ends(box, factor):
    fine, square = box.times(factor), box.times(factor).middle
    assert (fine.width, fine.height, fine.x0) == (factor * box.width, factor * box.height, factor * box.x0)
    assert fine.contains(square) and square.width == square.height == min(fine.width, fine.height)
    for start, end in ((square.x0 - fine.x0, fine.x1 - square.x1), (square.y0 - fine.y0, fine.y1 - square.y1)):
        assert end - start in (0, 1)
