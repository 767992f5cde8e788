"""Sense: every subject has some, and what it says is what everybody knows."""

import pytest

from tiledraw.language.laying.geometry import SLOTS
from tiledraw.language.laying.sense import HOMES, Sense, is_container, sense_of, senses, slot_of
from tiledraw.language.subjects import subjects


def test_every_subject_has_sense_and_nothing_else_does():
    assert list(senses()) == list(subjects())


def test_words_and_numbers_are_in_range():
    for name, sense in senses().items():
        assert 1 <= sense.size <= 7 and sense.home in HOMES and sense.holds in ("", "container", "surface"), name
        assert 0 <= sense.top < sense.bottom <= 100 and 0 <= sense.seat <= 100, name
        assert 0 <= sense.front <= 60 and (sense.faces or not sense.front), name
        assert sense.worn in ("", *SLOTS) and 0 < sense.head <= 100 and 0 < sense.eyes < 100, name


@pytest.mark.parametrize(
    "smaller, larger",
    [("ant", "mouse"), ("mouse", "cat"), ("apple", "bowl"), ("cat", "dog"), ("dog", "horse"), ("horse", "elephant"),
     ("person", "house"), ("car", "bus"), ("house", "castle"), ("tree", "mountain"), ("ball", "dog")],
)  # fmt: skip
def test_what_everybody_knows_to_be_larger_is(smaller, larger):
    assert sense_of(smaller).size < sense_of(larger).size


def test_things_live_where_everybody_knows():
    for name, home in (("sun", "sky"), ("cloud", "sky"), ("kite", "sky"), ("house", "ground"), ("whale", "water"),
                       ("apple", "any"), ("heart", "any")):  # fmt: skip
        assert sense_of(name).home == home, name


def test_bowls_hold_beds_do_not_and_hats_are_worn_on_heads():
    assert all(map(is_container, ("bowl", "vase", "cup", "basket", "box", "hat")))
    assert not any(map(is_container, ("bed", "suitcase", "house", "cat")))
    assert [slot_of(name) for name in ("hat", "glasses", "scarf", "shoe", "backpack")] == [
        "head", "face", "neck", "feet", "back",
    ]  # fmt: skip


def test_a_stranger_has_the_usual_sense():
    assert sense_of("zyzzyva") == Sense()
