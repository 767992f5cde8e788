"""Orders: what holds of a thing holds of what it sits on, too, and what it carries goes where it goes."""

import pytest

from tiledraw.language.laying.orders import may_touch, seats_too
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.request import format_request, parse_request


@pytest.mark.parametrize(
    ("said", "added"),
    [
        ("- 3 duck, on pond, in front of barn\n- 1 pond\n- 1 barn", "- 1 pond, in front of barn"),
        ("- 1 king, on bench, under tree\n- 1 bench\n- 1 tree", "- 1 bench, under tree"),
        ("- 1 cat, on couch, next to lamp\n- 1 couch\n- 1 lamp", "- 1 couch, next to lamp"),
        ("- 1 vase, on table, next to cup\n- 1 table\n- 1 cup", "- 1 cup, on table"),
        ("- 5 apple, in bowl, on table\n- 1 bowl\n- 1 table", "- 1 bowl, on table"),
        ("- 1 girl, riding horse\n- 1 horse\n- 1 castle, behind girl", "- 1 castle, behind girl, behind horse"),
        ("- 1 vase, on table\n- 1 table\n- 1 cup, next to vase", "- 1 cup, next to vase, on table"),
    ],
)
def test_a_seat_is_where_its_guest_is(said, added):
    request = parse_request(said)
    more = set(format_request(seats_too(request)).splitlines()) - set(said.splitlines())
    assert more == {added}
    assert seats_too(seats_too(request)) == seats_too(request)


@pytest.mark.parametrize(
    "said",
    [
        "- 1 cat, on couch\n- 1 couch",
        "- 1 dog, next to cat\n- 1 cat, on couch\n- 1 couch",
        "- 1 girl, riding horse, behind dog\n- 1 horse\n- 1 dog, in front of horse",
    ],
)
def test_nothing_is_added_that_does_not_follow_or_is_said(said):
    assert format_request(seats_too(parse_request(said))).count("\n") == said.count("\n")
    lay_out(parse_request(said))


def test_what_is_carried_may_touch_what_its_carrier_stands_before():
    request = parse_request("- 1 woman, holding basket, under tree\n- 1 basket\n- 1 tree\n- 1 house")
    touching = may_touch(request)
    assert touching[1, 2] == touching[2, 1] == (2, 1)  # the tree is farther away than the basket
    assert (1, 3) not in touching
