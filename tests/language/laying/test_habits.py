"""Habits: what is usual of places that a request leaves open, as a person would see it in the picture."""

import pytest

from tiledraw.language.laying.placing import lay_out
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.request import parse_request


def laid(text, seed):
    """The boxes of a layout by subject, the last one of several."""
    return {one.subject: one.box for one in lay_out(parse_request(text), seed=seed).placements}


def feet(box, subject):
    return box.y0 + box.height * sense_of(subject).bottom / 100


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("holder", "held", "beside"),
    [("firefighter", "cat", "fire truck"), ("old man", "book", "bench"), ("girl", "flower", "house")],
)
def test_what_is_held_is_at_the_hands_beside_the_body_whatever_else_is_there(holder, held, beside, seed):
    text = f"- 1 {holder}, holding {held}, next to {beside}\n- 1 {held}\n- 1 {beside}\nbackground: grass"
    boxes = laid(text, seed)
    one, other = boxes[holder], boxes[held]
    assert one.y0 + 0.55 * one.height <= other.y1 <= one.y1
    body = sense_of(holder).wide / 200 * one.width
    gap = abs(one.x0 + one.x1 - other.x0 - other.x1) / 2 - body - other.width / 2
    assert -0.5 * other.width <= gap <= 1.5
    assert other.width <= 0.65 * one.width


@pytest.mark.parametrize("seed", range(3))
def test_a_balloon_is_held_higher_than_a_basket(seed):
    low, high = (laid(f"- 1 girl, holding {held}\n- 1 {held}", seed) for held in ("basket", "balloon"))
    assert high["girl"].y1 - high["balloon"].y1 > low["girl"].y1 - low["basket"].y1 + 2


@pytest.mark.parametrize("seed", range(3))
def test_who_is_under_an_umbrella_has_it_over_the_head(seed):
    boxes = laid("- 1 girl, under umbrella\n- 1 umbrella\nbackground: grass", seed)
    girl, umbrella = boxes["girl"], boxes["umbrella"]
    assert umbrella.y0 < girl.y0 and girl.y0 < umbrella.y1 < girl.y1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "text",
    [
        "- 1 farmer, holding trident, next to cow\n- 1 trident\n- 1 cow\n- 1 barn",
        "- 1 princess, riding horse, wearing crown\n- 1 crown\n- 1 dragon\n- 1 castle, behind princess\n- 1 horse",
        "- 1 old woman\n- 3 chicken, in front of barn\n- 1 barn",
        "- 1 bee, above flower\n- 3 flower",
        "- 1 fox, below mountain\n- 1 house, small, below mountain\n- 1 mountain",
    ],
)
def test_what_stands_on_a_ground_does_not_hang_in_the_air(text, seed):
    request = parse_request(text + "\nbackground: grass")
    carried = {"trident", "crown", "princess", "dragon", "bee"}
    for one in lay_out(request, seed=seed).placements:
        assert one.subject in carried or feet(one.box, one.subject) > 0.76 * 32 - 2, one


@pytest.mark.parametrize("seed", range(3))
def test_a_rider_sits_in_the_middle_of_a_broom_and_behind_the_head_of_a_horse(seed):
    boxes = laid("- 1 witch, riding broom\n- 1 broom\nbackground: night", seed)
    assert boxes["witch"].y1 > boxes["broom"].y0 + 0.4 * boxes["broom"].height
    plan = lay_out(parse_request("- 1 cowboy, riding horse\n- 1 horse, facing right\nbackground: desert"), seed=seed)
    boxes = {one.subject: one.box for one in plan.placements}
    middle, horse = (boxes["cowboy"].x0 + boxes["cowboy"].x1) / 2, boxes["horse"]
    assert horse.x0 + 0.2 * horse.width < middle < horse.x1 - sense_of("horse").front / 100 * horse.width
