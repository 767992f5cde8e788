"""Looks: what is said stays, what is open is drawn from the seed, and what looks at something faces it."""

import pytest

from tiledraw.language.attributes import COLOURS
from tiledraw.language.laying.placing import lay_out, unmet
from tiledraw.language.laying.sense import sense_of, senses
from tiledraw.language.request import parse_request

SEEDS = range(12)


def plans(text):
    request = parse_request(text)
    found = [lay_out(request, seed=seed) for seed in SEEDS]
    assert all(unmet(request, plan) == [] for plan in found)
    return found


def way(placement):
    """Where it faces."""
    faces = sense_of(placement.subject).faces
    assert faces
    return {"left": "right", "right": "left"}[faces] if placement.mirrored else faces


def one(plan, subject):
    return next(placement for placement in plan.placements if placement.subject == subject)


def test_the_table_has_words_that_there_are():
    for name, sense in senses().items():
        assert sense.faces in ("", "left", "right"), name
        assert set(sense.colours) <= set(COLOURS) and len(set(sense.colours)) == len(sense.colours), name


def test_seeds_give_cats_in_several_colours_and_their_own():
    colours = {plan.placements[0].colour for plan in plans("- 1 cat")}
    assert "" in colours and len(colours) > 3


@pytest.mark.parametrize("line", ["- 1 cat, red", "- 1 cat, striped white", "- 1 car, wooden", "- 1 cat, silhouette"])
def test_a_look_that_is_said_stays_as_it_is(line):
    look = parse_request(line).things[0].look
    for plan in plans(line):
        assert {name: getattr(plan.placements[0], name) for name in look} == look
        assert "colour" in look or plan.placements[0].colour == ""


def test_no_other_thing_of_a_subject_takes_the_colour_by_which_one_is_told_apart():
    for plan in plans("- 1 car, blue\n- 3 car"):
        assert sum(placement.colour == "blue" for placement in plan.placements) == 1


def test_nothing_takes_the_colour_of_its_background():
    assert all(plan.placements[0].colour != "yellow" for plan in plans("- 1 balloon\nbackground: yellow"))


def test_a_chaser_and_what_flees_face_the_same_way_and_that_is_where_the_chase_goes():
    for plan in plans("- 1 tiger, chasing zebra\n- 1 zebra"):
        chaser, flees = one(plan, "tiger"), one(plan, "zebra")
        goes = "right" if chaser.box.x0 + chaser.box.x1 < flees.box.x0 + flees.box.x1 else "left"
        assert way(chaser) == way(flees) == goes


def test_two_that_look_at_each_other_face_each_other():
    for plan in plans("- 1 swan, looking at goose\n- 1 goose, looking at swan"):
        left, right = sorted(plan.placements, key=lambda placement: placement.box.x0)
        assert (way(left), way(right)) == ("right", "left")


def test_a_rider_faces_where_its_mount_goes():
    for plan in plans("- 1 squirrel, riding elephant\n- 1 elephant"):
        assert way(one(plan, "squirrel")) == way(one(plan, "elephant"))


def test_what_stands_at_a_side_mostly_faces_the_middle():
    ways = [way(plan.placements[0]) for plan in plans("- 1 giraffe, left")]
    assert ways.count("right") > len(ways) / 2


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_way_to_face_that_is_said_is_faced_and_judged(side):
    text = f"- 2 duck, facing {side}, chasing snail\n- 1 snail"
    assert {way(one) for plan in plans(text) for one in plan.placements if one.subject == "duck"} == {side}
    other = parse_request(text.replace(side, {"left": "right", "right": "left"}[side]))
    assert [complaint.part for complaint in unmet(other, plans(text)[0])] == ["looks"]


def test_what_has_no_side_is_never_mirrored():
    assert not any(placement.mirrored for plan in plans("- 3 stop sign\n- 1 house") for placement in plan.placements)


def test_the_same_seed_gives_the_same_looks():
    request = parse_request("- 2 cat, chasing mouse\n- 1 mouse\n- 3 balloon")
    assert lay_out(request, seed=5) == lay_out(request, seed=5)


def test_nothing_takes_the_colour_by_which_another_thing_is_told_apart_where_there_is_another():
    for plan in plans("- 1 car\n- 1 truck, green"):
        assert {one.subject: one.colour for one in plan.placements}["car"] != "green"


@pytest.mark.parametrize("text", ["- 1 dog, behind tree\n- 1 tree", "- 1 dog\n- 1 tree, in front of dog"])
def test_what_peeks_out_from_behind_a_thing_shows_its_head(text):
    for plan in plans(text):
        dog, tree = one(plan, "dog").box, one(plan, "tree").box
        aside = (dog.x0 + dog.x1) / 2 - (tree.x0 + tree.x1) / 2
        assert abs(aside) < 1 or way(one(plan, "dog")) == ("right" if aside > 0 else "left")
