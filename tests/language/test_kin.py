"""Kin: words mean their nearest subjects, not those that are spelled alike."""

import pytest

from tiledraw.language.kin import is_noun, kin
from tiledraw.language.subjects import subjects

ALL = list(subjects())
OLD = ALL[:118]  # what models know that learned before the others were subjects


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("oak", "tree"),
        ("oaks", "tree"),
        ("spaniel", "dog"),
        ("sedan", "car"),
        ("cello", "guitar"),
        ("bench", "chair"),
        ("griffin", "lion"),
        ("igloo", "house"),
        ("teacher", "person"),
        ("narwhal", "whale"),
        ("sparrow", "bird"),
        ("wasp", "bee"),
        ("tulip", "flower"),
        ("tiger", "lion"),
        ("wolves", "dog"),
        ("橡树", "tree"),
        ("长椅", "chair"),
        ("轿车", "car"),
        ("大提琴", "guitar"),
        ("老师", "person"),
        ("麻雀", "bird"),
        ("海马", "fish"),
        ("老虎", "lion"),
    ],
)
def test_the_nearest_of_few_subjects_is_what_people_would_say(word, nearest):
    assert kin(word, OLD)[0] == nearest
    assert is_noun(word)


def test_what_is_known_is_its_own_nearest_by_any_name():
    assert kin("dogs", OLD)[0] == kin("小狗", OLD)[0] == "dog"
    assert kin("orca", OLD)[0] == "whale" and kin("orca", ALL)[0] == "orca"
    assert kin("tiger", ALL)[0] == "tiger"
    assert kin("golden retrievers", ["cat", "dog", "golden retriever"])[:2] == ["golden retriever", "dog"]


@pytest.mark.parametrize(
    ("phrase", "nearest"),
    [
        ("an old wooden pew", "chair"),
        ("slices of mango", "mango"),
        ("two tall oak trees beside a river", "tree"),
        ("a narwhal with a hat", "whale"),
        ("Big Ben", "tower"),
        ("红色的折叠椅", "chair"),
        ("法国斗牛犬", "dog"),
        ("三只小花猫", "cat"),
    ],
)
def test_a_phrase_means_its_last_noun_and_a_chinese_one_its_longest_ending(phrase, nearest):
    assert kin(phrase, ALL)[0] == nearest


def test_spelling_counts_only_for_a_likely_slip():
    assert kin("rabit", ALL)[0] == "rabbit" and kin("a big elephnat", OLD)[0] == "elephant"
    assert kin("washing machin", ALL)[0] == "washing machine"
    for word in ("catalogue", "penance", "starboard", "flurb", "zorblax", "克拉米", "罗马"):
        assert not {"cat", "pen", "star", "horse", "rice"} & set(kin(word, ALL, 2)), word
    for word in ("flurb", "zorblax", "", "?!", "克拉米"):
        assert kin(word, ALL) == [] and not is_noun(word)


def test_ideas_are_nouns_and_near_only_to_what_stands_for_them():
    assert kin("love", OLD)[0] == kin("爱情", OLD)[0] == "heart"
    assert kin("injustice", ALL)[0] == "balance scale"
    assert is_noun("freedom") and kin("freedom", ALL) == []


def test_where_no_kin_is_known_the_group_is_near_and_else_what_is_near_to_kin():
    assert set(kin("rainbow", OLD, 3)) == {"sun", "moon", "star"}
    assert kin("hammer", OLD)[0] == kin("螺丝刀", OLD)[0] == "knife"


@pytest.mark.parametrize("known", [["key"], ["cat", "sun"], OLD, ALL])
def test_only_known_subjects_are_near_each_once_and_no_more_than_asked_for(known):
    for word in ("tiger", "violin", "bench", "老虎", "长椅", "teachers"):
        near = kin(word, known, 3)
        assert len(near) <= 3 and len(set(near)) == len(near) and set(near) <= set(known)
