"""Gathering: parts of a row stand in the row, and what is said to be elsewhere does not."""

import numpy as np
import pytest

from tiledraw.language.laying.gathering import gathered, parts_of, scattered_owners
from tiledraw.language.laying.placing import lay_out, unmet
from tiledraw.language.request import parse_request


@pytest.mark.parametrize(
    "text, parts",
    [
        ("- 3 flower, row\n- 1 flower, blue", [1]),
        ("- 3 flower, row\n- 1 flower, blue, top", []),
        ("- 3 flower, row\n- 1 flower, blue, above flower 1", []),
        ("- 3 flower, row\n- 1 flower, row", []),
        ("- 3 flower, row\n- 1 flower, small", []),
        ("- 3 flower, row\n- 1 rose", []),
        ("- 4 star, corners\n- 1 star, blue", []),
        ("- 6 flower, 2x3 grid\n- 1 flower, blue", []),
        ("- 2 flower\n- 1 flower, blue", []),
    ],
)
def test_parts_are_things_of_the_subject_of_which_nothing_else_is_said(text, parts):
    assert parts_of(parse_request(text), 0) == parts


def test_relations_stay_with_those_that_have_them():
    request = parse_request("- 1 flower, blue\n- 3 flower, row, above house\n- 1 house")
    whole, members = gathered(request)
    assert whole == parse_request("- 4 flower, row, above house\n- 1 house")
    assert members == [[1, 1, 1, 0], [2]]
    owners = scattered_owners([0, 0, 1, 0, 0], members, np.random.default_rng(0))
    assert sorted(owners) == [0, 1, 1, 1, 2] and owners[2] == 2


@pytest.mark.parametrize("arrangement, straight", [("row", "y0"), ("column", "x0")])
def test_four_in_a_row_of_which_one_is_blue_are_one_row(arrangement, straight):
    request = parse_request(f"- 3 flower, {arrangement}\n- 1 flower, blue")
    places = set()
    for seed in range(8):
        plan = lay_out(request, seed=seed)
        assert unmet(request, plan) == []
        assert len({getattr(one.box, straight) for one in plan.placements}) == 1
        assert [one.colour == "blue" for one in plan.placements].count(True) == 1
        places.add([one.colour for one in plan.placements].index("blue"))
    assert len(places) > 1


def test_a_row_that_is_none_is_still_seen():
    request = parse_request("- 3 flower, row\n- 1 flower, blue")
    plan = lay_out(parse_request("- 3 flower, circle\n- 1 flower, blue"), seed=1)
    assert [complaint.part for complaint in unmet(request, plan)] == ["arrangements"]
