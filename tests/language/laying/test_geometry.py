"""Geometry: each word holds where any careful person says so, and is off by more the farther away things are."""

import numpy as np
import pytest

from tiledraw.language.boxes import Box
from tiledraw.language.laying.geometry import (
    arrangement_off,
    boxes_of,
    covering,
    empty_off,
    empty_parts,
    hull_of,
    percent_off,
    place_off,
    relation_off,
    size_off,
)
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import ARRANGEMENTS, PARTS, RELATIONS

CANVAS = Box(0, 0, 32, 32)
A, B = Box(2, 10, 10, 18), Box(20, 10, 28, 18)  # side by side, 10 cells apart


def square(x, y, side):
    return Box(x, y, x + side, y + side)


def off(word, what, *of, **more):
    return float(relation_off(word, boxes_of(what), [boxes_of(one) for one in of], **more)[0])


HOLDS = {
    "left of": ([A], [B]), "right of": ([B], [A]),
    "above": ([square(10, 2, 8)], [square(10, 20, 8)]), "below": ([square(10, 20, 8)], [square(10, 2, 8)]),
    "on": ([square(12, 6, 8)], [square(8, 12, 16)]), "under": ([square(10, 20, 8)], [square(8, 6, 16)]),
    "in": ([square(12, 12, 6)], [square(8, 8, 16)]),
    "in front of": ([square(10, 20, 8)], [square(8, 8, 16)]), "behind": ([square(8, 8, 12)], [square(10, 16, 8)]),
    "next to": ([A], [square(12, 10, 8)]), "near": ([A], [square(12, 20, 8)]),
    "around": ([square(2, 2, 4), square(26, 2, 4), square(2, 26, 4), square(26, 26, 4)], [square(10, 10, 12)]),
    "on either side of": ([A, B], [square(11, 10, 8)]),
    "larger than": ([square(2, 2, 12)], [square(20, 2, 6)]), "smaller than": ([square(20, 2, 6)], [square(2, 2, 12)]),
    "same size as": ([A], [B]), "riding": ([square(10, 4, 10)], [square(8, 8, 16)]),
    "chasing": ([A], [square(13, 11, 8)]), "jumping over": ([square(10, 4, 8)], [square(10, 14, 8)]),
    "playing with": ([A], [square(12, 12, 5)]), "looking at": ([A], [square(16, 10, 8)]),
    "holding": ([square(8, 8, 12)], [square(18, 12, 5)]), "wearing": ([square(8, 8, 16)], [square(12, 16, 8)]),
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(HOLDS))
def test_relation_holds_where_people_say_so(word):
    what, of = HOLDS[word]
    assert off(word, what, of) == 0


@pytest.mark.parametrize("word", sorted(set(HOLDS) - {"larger than", "smaller than", "same size as"}))
def test_relation_is_off_by_more_the_farther_it_is(word):
    of = HOLDS[word][1]
    reverse = [square(10, 26, 4)] if word in ("above", "on", "riding", "jumping over", "behind") else [square(28, 0, 4)]
    if word in ("right of", "above"):
        of = [square(26, 2, 6)]
    far = off(word, reverse, [square(0, 12, 6)] if word == "left of" else of)
    assert far > 3


def test_every_relation_has_a_definition():
    assert set(HOLDS) | {"between"} == set(RELATIONS)


def test_between_is_in_the_middle_of_two_things_or_of_two_members():
    middle = [square(13, 11, 5)]
    assert off("between", middle, [A], [B]) == 0
    assert off("between", middle, [A, B]) == 0
    assert off("between", [square(13, 26, 5)], [A], [B]) > 3
    assert off("between", middle, [A]) > 3  # there is no second one


def test_left_of_holds_for_each_or_not_at_all():
    assert off("left of", [A, square(2, 20, 8)], [B]) == 0
    assert off("left of", [A, square(20, 22, 8)], [B]) > 3


def test_two_times_as_large_is_neither_equal_nor_three_times():
    assert off("larger than", [square(0, 0, 16)], [square(20, 0, 8)], times=2) == 0
    assert off("larger than", [square(0, 0, 8)], [square(20, 0, 8)], times=2) > 3
    assert off("smaller than", [square(0, 0, 4)], [square(4, 0, 24)], times=2) > 3


@pytest.mark.parametrize(
    "slot, worn",
    [("head", square(12, 4, 8)), ("face", square(13, 12, 6)), ("neck", square(12, 17, 8)), ("feet", square(13, 22, 6)),
     ("back", square(18, 14, 6)), ("hand", square(20, 16, 5))],
)  # fmt: skip
def test_worn_things_are_where_they_are_worn(slot, worn):
    assert off("wearing", [square(8, 8, 16)], [worn], slot=slot) == 0
    assert off("wearing", [square(8, 8, 16)], [square(26, 26, 5)], slot=slot) > 3


def test_as_many_riders_as_horses_have_one_each():
    horses = [square(0, 10, 12), square(18, 10, 12)]
    assert off("riding", [square(2, 4, 9), square(20, 4, 9)], horses) == 0
    assert off("riding", [square(1, 4, 9), square(3, 4, 9)], horses) > 3


@pytest.mark.parametrize("place", LOCATIONS)
def test_each_place_holds_in_one_ninth_alone(place):
    boxes = {name: [square(1 + 11 * column, 1 + 11 * row, 8)]
             for row, names in enumerate((LOCATIONS[:3], LOCATIONS[3:6], LOCATIONS[6:]))
             for column, name in enumerate(names)}  # fmt: skip
    assert [name for name in LOCATIONS if place_off(place, boxes_of(boxes[name]), CANVAS)[0] == 0] == [place]


def test_percents_are_of_the_canvas_and_edges_are_no_excuse():
    canvas = Box(0, 8, 32, 24)
    assert percent_off(50, 50, boxes_of([square(13, 13, 6)]), canvas)[0] == 0
    assert percent_off(0, None, boxes_of([square(0, 13, 6)]), canvas)[0] == 0
    assert percent_off(0, None, boxes_of([square(0, 9, 14)]), canvas)[0] > 3
    assert percent_off(10, 90, boxes_of([square(20, 9, 6)]), canvas)[0] > 3


def test_size_words_are_of_the_shorter_side_and_many_are_large_sooner():
    assert size_off("small", boxes_of([square(0, 0, 7)]), CANVAS)[0] == 0
    assert size_off("large", boxes_of([square(0, 0, 10)]), CANVAS)[0] > 3
    assert size_off("large", boxes_of([square(0, 8, 10)]), Box(0, 8, 32, 24))[0] == 0
    assert size_off("large", boxes_of([square(10 * n, 0, 9) for n in range(9)]), CANVAS)[0] < 1
    assert size_off("full", boxes_of([CANVAS]), CANVAS)[0] == 0


@pytest.mark.parametrize("part", PARTS)
def test_nothing_reaches_into_a_part_that_stays_empty(part):
    (inside,) = empty_parts((part,), CANVAS)
    assert empty_off(inside, boxes_of([inside]))[0] > 3
    outside = Box(0, 0, 3, 3) if inside.x0 or inside.y0 else Box(28, 28, 32, 32)
    assert empty_off(inside, boxes_of([outside]))[0] == 0


@pytest.mark.parametrize("sides", [("left", "right"), ("bottom", "top")])
def test_between_two_empty_sides_a_third_is_left(sides):
    middle = Box(11, 11, 21, 21)
    assert all(empty_off(part, boxes_of([middle]))[0] == 0 for part in empty_parts(sides, CANVAS))
    assert any(empty_off(part, boxes_of([middle]))[0] > 3 for part in empty_parts(sides[:1], CANVAS))


ROW = [square(2 + 7 * n, 12, 6) for n in range(4)]
ARRANGED = {
    "row": ROW, "column": [square(12, 2 + 7 * n, 6) for n in range(4)],
    "grid": [square(x, y, 5) for y in (4, 12) for x in (4, 12, 20)],
    "2x3 grid": [square(x, y, 5) for y in (4, 12) for x in (4, 12, 20)],
    "circle": [square(14 + round(10 * x), 14 + round(10 * y), 4)
               for x, y in ((0, -1), (0.87, -0.5), (0.87, 0.5), (0, 1), (-0.87, 0.5), (-0.87, -0.5))],
    "diagonal": [square(2 + 7 * n, 2 + 7 * n, 6) for n in range(4)],
    "rising diagonal": [square(2 + 7 * n, 23 - 7 * n, 6) for n in range(4)],
    "corners": [square(x, y, 6) for x in (1, 25) for y in (1, 25)],
    "top edge": [square(1 + 8 * n, 1, 6) for n in range(4)],
    "bottom edge": [square(1 + 8 * n, 25, 6) for n in range(4)],
    "left edge": [square(1, 1 + 8 * n, 6) for n in range(4)],
    "right edge": [square(25, 1 + 8 * n, 6) for n in range(4)],
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(ARRANGED))
def test_arrangement_holds_and_no_pile_has_it(word):
    assert arrangement_off(word, boxes_of(ARRANGED[word]), CANVAS)[0] == 0
    pile = [square(12 + n, 12 + n % 2, 6) for n in range(len(ARRANGED[word]))]
    assert arrangement_off(word, boxes_of(pile), CANVAS)[0] > 3


def test_every_arrangement_has_a_definition():
    assert set(ARRANGED) == {*ARRANGEMENTS, "2x3 grid"}
    assert arrangement_off("diagonal", boxes_of(ARRANGED["rising diagonal"]), CANVAS)[0] > 3
    assert arrangement_off("3x2 grid", boxes_of(ARRANGED["2x3 grid"]), CANVAS)[0] > 3


def test_all_places_at_once_are_the_places_one_by_one():
    other, moves = boxes_of([B]), np.arange(0, 20.0)
    what = boxes_of([A]) + np.stack([moves, moves, moves, moves])[:, None]
    for word in sorted(set(RELATIONS) - {"between"}):
        together = relation_off(word, what, [other])
        alone = [float(relation_off(word, what[:, :, n : n + 1], [other])[0]) for n in range(len(moves))]
        assert np.broadcast_to(together, (len(moves),)).tolist() == pytest.approx(alone)


def test_hulls_and_shares():
    assert hull_of(boxes_of([A, B]))[:, 0, 0].tolist() == [2, 10, 28, 18]
    assert covering(boxes_of([square(0, 0, 4)]), boxes_of([square(2, 0, 8)]))[0, 0] == 0.5
