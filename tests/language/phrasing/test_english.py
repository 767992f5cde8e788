"""English phrasing: all is said, nothing else is, no split says what another says, and noise leaves words alone."""

import re

import numpy as np
import pytest

from tiledraw.language.attributes import BACKGROUNDS, MATERIALS, PATTERNS, STYLES
from tiledraw.language.phrasing.asking import sample_request
from tiledraw.language.phrasing.english import SPLITS, noisy, phrase
from tiledraw.language.phrasing.english_tables import expanded, paths, patterns, words
from tiledraw.language.places import LOCATIONS
from tiledraw.language.request import (
    ARRANGEMENTS,
    PARTS,
    RELATIONS,
    SIZES,
    Relation,
    Request,
    Thing,
    format_request,
)
from tiledraw.language.subjects import subjects

NAMES = tuple(subjects())


def prompts(request, split="train", number=40, seed=0, **more):
    rng = np.random.default_rng(seed)
    return [phrase(request, rng, split, **more) for _ in range(number)]


def said(options, text):
    return any(re.search(rf"(?<!\w){re.escape(option)}(?!\w)", text, re.I) for option in options)


# Patterns ------------------------------------------------------------------------------------------------------------


def test_a_choice_is_as_many_patterns():
    assert expanded("[a|two [big|small|]] cat[s|]") == [
        "a cats", "a cat", "two big cats", "two big cat", "two small cats", "two small cat", "two cats", "two cat",
    ]  # fmt: skip


def test_no_pattern_belongs_to_two_splits_and_most_train():
    sets = {
        split: {(path, text) for path in paths() for line in patterns(split, *path) for text in line}
        for split in SPLITS
    }
    assert not sets["train"] & sets["test"] and not sets["train"] & sets["validation"]
    assert not sets["validation"] & sets["test"]
    assert len(sets["train"]) > 6 * (len(sets["test"]) + len(sets["validation"]))
    assert len(sets["train"]) > 10_000


@pytest.mark.parametrize("split", SPLITS)
def test_every_table_has_patterns_in_each_split(split):
    assert all(patterns(split, *path) for path in paths())


def test_frames_and_chat_name_nothing_that_could_be_drawn():
    # Said of who asks, of when, or of what is made, never as what to draw: "my daughter starts school tomorrow".
    harmless = {
        "moon", "heart", "pencil", "present", "book", "computer", "child", "plate", "slide", "key", "bear", "school",
        "grandpa", "phone", "grandmother", "artist", "well",
    }  # fmt: skip
    names = {name for subject in subjects().values() for name in (subject.name, *subject.also) if name.isascii()}
    meant = re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, sorted(names - harmless)))})s?(?!\w)", re.I)
    frames = ("command", "polite", "question", "wish", "picture", "label", "story")
    for table in (*frames, "chat before", "chat between", "chat after", "bullet head"):
        for split in SPLITS:
            for line in patterns(split, table):
                for text in line:
                    assert not meant.search(text), text


# What is said --------------------------------------------------------------------------------------------------------


def test_equal_generators_say_the_same():
    rng = np.random.default_rng(3)
    for request in [sample_request(rng, NAMES) for _ in range(30)]:
        assert prompts(request, number=3, seed=5) == prompts(request, number=3, seed=5)


@pytest.mark.parametrize("split", SPLITS)
def test_random_requests_are_said_and_named(split):
    rng = np.random.default_rng(SPLITS.index(split))
    for _ in range(900):
        request = sample_request(rng, NAMES)
        phrased = phrase(request, rng, split)
        assert len(phrased.names) == len(request.things)
        for named in phrased.names:
            assert named and all(name in phrased.prompt for name in named), (phrased, format_request(request))
        assert not re.search(r"[{}|]\w|\w[{}|]|\S  ", phrased.prompt), phrased.prompt


@pytest.mark.parametrize("split", SPLITS)
def test_every_word_of_a_request_can_be_said_in_each_split(split):
    cat, dog = Thing("cat"), Thing("dog")
    for word in RELATIONS:
        for times in (0, 2, 3) if word in ("larger than", "smaller than") else (0,):
            count = 2 if word == "on either side of" else 1
            holder = Thing("cat", count, relations=(Relation(word, (1,), times),))
            assert prompts(Request((holder, dog)), split, 8)
            assert prompts(Request((dog, Thing("cat", count, relations=(Relation(word, (0,), times),)))), split, 8)
    between = Thing("pig", relations=(Relation("between", (0, 1)),))
    assert prompts(Request((cat, dog, between)), split, 20)
    for arrangement in (*ARRANGEMENTS, "2x2 grid"):
        assert prompts(Request((Thing("cat", 4, arrangement=arrangement),)), split, 8)
    for field, known in (("place", LOCATIONS), ("size", SIZES), ("style", STYLES), ("pattern", PATTERNS)):
        for value in (*known, *MATERIALS) if field == "material" else known:
            assert prompts(Request((Thing("cat", **{field: value}),)), split, 8)
    for percent in range(0, 101, 7):
        assert prompts(Request((Thing("cat", across=percent, down=100 - percent),)), split, 4)
    for background in BACKGROUNDS:
        assert prompts(Request((cat,), background), split, 6)
        assert prompts(Request((), background), split, 3)
    for part in PARTS:
        assert prompts(Request((cat,), empty=(part,)), split, 4)


def test_counts_are_said():
    for count, options in (
        (1, ("a", "one", "1")),
        (3, ("three", "3", "x3", "3x", "trio")),
        (12, ("twelve", "12", "x12", "12x", "dozen")),
    ):
        for phrased in prompts(Request((Thing("tiger", count),)), number=150):
            repeated = phrased.prompt.count(subjects()["tiger"].glyph) == count
            tag = count == 1 and "tiger" in phrased.prompt.lower()  # one needs no word where words are few
            assert said(options, phrased.prompt) or repeated or tag, phrased.prompt


def test_colours_sizes_and_materials_are_said():
    thing = Thing("tiger", 2, colour="purple", size="huge")
    for phrased in prompts(Request((thing,)), number=150):
        assert said(words("colours", "purple"), phrased.prompt), phrased.prompt
        assert said(words("sizes", "huge"), phrased.prompt), phrased.prompt
    for phrased in prompts(Request((Thing("tiger", material="glass"),)), number=100):
        assert "glass" in phrased.prompt.lower()


def test_what_is_open_is_not_said():
    colours = [word for colour in ("red", "blue", "green", "black") for word in words("colours", colour)]
    for phrased in prompts(Request((Thing("tiger"), Thing("spoon"))), number=200):
        assert not said((*colours, "huge", "tiny", "left", "wooden", "striped", "grass"), phrased.prompt), (
            phrased.prompt
        )


def test_both_things_of_a_relation_stand_in_its_order():
    """The text of a request names things in the order of the prompt, so the prompt keeps the order of the request."""
    for word in RELATIONS:
        count = 2 if word == "on either side of" else 1
        forward = Request((Thing("tiger", count, relations=(Relation(word, (1,)),)), Thing("zebra")))
        back = Request((Thing("zebra"), Thing("tiger", count, relations=(Relation(word, (0,)),))))
        for request in (forward, back):
            for phrased in prompts(request, number=60):
                where = [min(phrased.prompt.find(name) for name in named) for named in phrased.names]
                assert where == sorted(where), phrased.prompt


def test_absent_empty_and_background_are_said():
    request = Request((Thing("tiger"),), "desert", ("spoon",), ("left",))
    for phrased in prompts(request, number=150):
        text = phrased.prompt.lower()
        assert "spoon" in text and "left" in text and said(("desert", "sahara", "dunes"), text), phrased.prompt


def test_strangers_are_named_by_their_nouns():
    request = Request(
        (Thing("cat", 3), Thing("dog", colour="red", relations=(Relation("next to", (0,)),)), Thing("dog"))
    )
    for phrased in prompts(request, number=100, strangers={0: "oak throne", 1: "narwhal"}):
        assert phrased.names[0][0].lower() in ("oak thrones", "oak throne")
        assert phrased.names[1][0].lower() == "narwhal"
        assert "cat" not in phrased.prompt.lower()


def test_another_split_is_refused():
    with pytest.raises(ValueError, match="unknown"):
        phrase(Request((Thing("cat"),)), np.random.default_rng(0), "dev")


# Noise ---------------------------------------------------------------------------------------------------------------


def test_noise_leaves_words_recognisable_and_keeps_what_it_must():
    prompt = "Please draw three narwhals and a beautiful aardvark beside the mountain, thank you."
    rng, changed = np.random.default_rng(0), 0
    for _ in range(500):
        noise = noisy(prompt, rng, ("narwhals", "aardvark"))
        assert "narwhals" in noise and "aardvark" in noise and "three" in noise.lower()
        changed += noise != prompt
        assert abs(len(noise) - len(prompt)) < 30
    assert changed > 300


def test_noise_is_the_same_for_equal_generators():
    one, two = (noisy("Draw a mountain behind the elephant", np.random.default_rng(4), ()) for _ in range(2))
    assert one == two
