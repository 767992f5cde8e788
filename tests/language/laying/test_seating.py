"""Seating: guests sit side by side in the order that is said, and never on the head of an animal."""

import numpy as np
import pytest

from tiledraw.language.laying.looks import facing
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.laying.seating import free_share, guests_of, headings, slots
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.request import parse_request

PARTY = "- 1 cat, on couch, left of dog\n- 1 dog, on couch\n- 1 couch"


def test_guests_are_what_is_on_something_sits_in_it_or_rides_it():
    assert guests_of(parse_request(PARTY + "\n- 1 owl, riding dog\n- 1 hat, in couch")) == {2: [0, 1, 4], 1: [3]}
    assert guests_of(parse_request("- 1 apple, in bowl\n- 1 bowl")) == {}


@pytest.mark.parametrize("seed", range(4))
def test_guests_have_slots_side_by_side_in_the_order_that_is_said(seed):
    found = slots(parse_request(PARTY), {0: 5, 1: 6, 2: 12}, {}, np.random.default_rng(seed))
    assert found[0] == pytest.approx(0.5 - 3 / 12) and found[1] - found[0] == pytest.approx((5 + 6) / 2 / 12)


def test_nobody_sits_on_a_head():
    assert free_share("couch") == 1 > free_share("horse")
    request = parse_request("- 1 girl, riding horse\n- 1 horse")
    left = slots(request, {0: 6, 1: 12}, {1: "left"}, np.random.default_rng(0))[0]
    right = slots(request, {0: 6, 1: 12}, {1: "right"}, np.random.default_rng(0))[0]
    half = 3 / 12 * sense_of("girl").wide / 100  # as far as she is seen
    assert left - half >= 1 - free_share("horse") and right + half <= free_share("horse")


def test_a_mount_heads_where_the_request_says_or_its_rider_chases():
    def heading(text, across=(16.0, 16.0, 4.0)):
        return headings(parse_request(text), across, np.random.default_rng(0)).get(1)

    assert heading("- 1 girl, riding horse\n- 1 horse, facing right") == "right"
    assert heading("- 1 girl, riding horse, chasing cat\n- 1 horse\n- 1 cat") == "left"
    assert heading("- 1 cat, on couch\n- 1 couch") is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mount", ["horse", "elephant", "hippo"])
def test_the_head_of_a_mount_is_seen(mount, seed):
    back, rider = lay_out(parse_request(f"- 1 girl, riding {mount}\n- 1 {mount}"), seed=seed).placements
    head = back.box.width * sense_of(mount).front / 100
    ahead = rider.box.x0 - back.box.x0 if facing(back) == "left" else back.box.x1 - rider.box.x1
    assert ahead >= head / 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", [PARTY, "- 1 backpack, on table\n- 1 book, on table\n- 3 apple, on table\n- 1 table"])
def test_all_guests_stand_on_the_seat_of_their_host(text, seed):
    host, *guests = lay_out(parse_request(text), seed=seed).placements
    seat = host.box.y0 + host.box.height * sense_of(host.subject).seat / 100
    for guest in guests:
        assert abs(guest.box.y0 + guest.box.height * sense_of(guest.subject).bottom / 100 - seat) <= 2
        assert host.box.x0 - 2 <= guest.box.x0 and guest.box.x1 <= host.box.x1 + 2
