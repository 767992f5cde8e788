"""Settings: a picture plays where its things usually are, unless its prompt says another thing, or leaves no ground."""

import pytest

from tiledraw.language.attributes import BACKGROUNDS, SCENERY
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.laying.sense import sense_of, senses
from tiledraw.language.laying.settings import in_setting

KNOWN = (*SCENERY, "light blue")


def setting(prompt):
    return in_setting(read_request(prompt), KNOWN).background


@pytest.mark.parametrize(
    ("prompt", "background"),
    [
        ("a cow and two sheep", "grass"),
        ("a cat on a couch", "room"),
        ("a cat and a lamp", "room"),
        ("a red car and a bus", "street"),
        ("a whale and a boat", "sea"),
        ("two fish and an octopus", "underwater"),
        ("a fox and a rabbit", "forest"),
        ("a camel next to a cactus", "desert"),
        ("a snowman with a carrot nose", "snow"),
        ("a moon and three stars", "night"),
        ("a fox and the moon", "night"),
        ("an airplane and a cloud", "light blue"),
        ("the sun above a house", "grass"),
        ("a boat and a tree", "beach"),
        ("two ducks and a swan", "sea"),
        ("two ducks next to a bench", "grass"),
        ("a frog on a lily pad in a pond", "grass"),
        ("a cat next to a window", "room"),
    ],
)
def test_things_are_where_they_usually_are(prompt, background):
    assert setting(prompt) == background


@pytest.mark.parametrize(
    "prompt",
    [
        "three apples and a key",  # which are anywhere
        "a dog at the top left and a cat",
        "a cat above a dog",
        "six sheep in a circle",
        "a silhouette of a horse",
        "a whale and a car",
        "a horse, a fork, a pizza, an umbrella and a hammer",
        "twelve cats",
        "four dogs in the corners",
    ],
)
def test_where_no_ground_suits_there_is_none(prompt):
    assert setting(prompt) == ""


def test_what_the_prompt_says_stays_and_only_known_backgrounds_are_chosen():
    assert setting("a cow on a pink background") == "pink"
    assert setting("a cow on the beach") == "beach"
    request = read_request("a fox and a deer")
    assert in_setting(request, ("grass",)).background == "grass"  # for a forest
    assert in_setting(request, ("sea",)) == request


def test_usual_backgrounds_are_backgrounds_and_plans_can_be_made_before_them():
    for name, sense in senses().items():
        assert not sense.setting or sense.setting in BACKGROUNDS, name
    for name in (
        "cow",
        "car",
        "fish",
        "whale",
        "fox",
        "penguin",
        "camel",
        "couch",
        "moon",
        "airplane",
        "crab",
        "castle",
    ):
        request = in_setting(read_request(f"a {name} and a ball"), KNOWN)
        assert lay_out(request).background == sense_of(name).setting
