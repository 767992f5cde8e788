"""Strangers: many nouns that mean nothing here, each in one split; none is what something known is called."""

import pytest

from tiledraw.language.hearing.scanning import scan
from tiledraw.language.hearing.strangers import strangers
from tiledraw.language.kin import is_noun
from tiledraw.language.nouns import is_chinese, names, plural
from tiledraw.language.subjects import subjects

ALL = list(subjects())
OLD = ALL[:118]  # what models know that learned before the others were subjects
LANGUAGES, SPLITS = ("en", "zh"), ("train", "validation", "test")


@pytest.mark.parametrize("language", LANGUAGES)
def test_strangers_are_many_in_every_split_and_each_in_one(language):
    splits = {split: set(strangers(language, split, OLD)) for split in SPLITS}
    assert len(splits["train"]) > 1200 and min(map(len, splits.values())) > 300
    assert sum(map(len, splits.values())) == len(set.union(*splits.values()))
    assert strangers(language, "train", OLD) == strangers(language, "train", OLD[::-1])
    for words in splits.values():
        assert all(is_chinese(word) == (language == "zh") and is_noun(word) for word in words)
        assert language == "zh" or min(map(len, words)) > 2


@pytest.mark.parametrize("known", [OLD, ALL])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stranger_is_a_name_of_what_is_known(language, known):
    taken = {form for name in known for noun in names(name, language, known) for form in (noun, plural(noun))}
    found = {word for split in SPLITS for word in strangers(language, split, known)}
    assert not taken & found
    assert ({"tiger", "老虎"} & found != set()) == (known == OLD)


def test_nothing_offensive_is_a_stranger():
    bad = {"whore", "bitch", "pistol", "cocaine", "corpse", "penis", "妓女", "手枪", "尸体", "海洛因", "阴茎", "乳房"}
    found = {word for language in LANGUAGES for split in SPLITS for word in strangers(language, split, OLD)}
    assert not bad & found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stranger_means_anything_else(language):
    """A hatchback is drawn as a car, silver is a colour and a meadow a background: nobody learns to refuse them."""
    for word in strangers(language, "test", ALL)[::5]:
        tokens = [token for sentence in scan(word) for token in sentence]
        unheard = any(token.kind in ("noun", "other") for token in tokens)
        assert unheard or (language == "en" and len(tokens) > 1), word
    found = {word for split in SPLITS for word in strangers(language, split, ALL)}
    assert not {"hatchback", "honeybee", "silver", "meadow", "壁虎", "警犬", "池塘", "动物", "木箱", "大门"} & found


def test_what_stands_for_an_unknown_subject_is_a_stranger():
    known = [subject for subject in ALL if subject != "broccoli"]
    assert "broccoli" in {word for split in SPLITS for word in strangers("en", split, known)}
    assert {"jaguar", "raven"} & {word for split in SPLITS for word in strangers("en", split, OLD)}
