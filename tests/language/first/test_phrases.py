"""Phrases: any request can be said, splits never share a prompt, and plurals and measure words are right."""

import re

import numpy as np
import pytest

from tiledraw.language.first.layout import Item, Request
from tiledraw.language.first.phrases import (
    LANGUAGES,
    SPLITS,
    behind_strange_words,
    frames,
    phrase,
    split_of,
    unknown_prompt,
)
from tiledraw.language.first.requests import sample_request
from tiledraw.language.nouns import article, measure, names, plural, unknowns
from tiledraw.language.subjects import subjects

ALL = list(subjects())


def requests(number, seed=0, **options):
    rng = np.random.default_rng(seed)
    return [sample_request(rng, ALL, **options) for _ in range(number)]


def test_the_same_seed_says_the_same():
    request = requests(1)[0]
    one, other = (
        [phrase(request, "zh", "train", rng) for _ in range(20)] for rng in map(np.random.default_rng, (5, 5))
    )
    assert one == other
    assert len(set(one)) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_frame_belongs_to_two_splits(language):
    train, validation, test = (set(frames(language, split)) for split in SPLITS)
    assert not train & validation and not train & test and not validation & test


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", SPLITS)
def test_every_prompt_shows_which_split_wrote_it_so_none_can_come_from_two(language, split):
    rng = np.random.default_rng(2)
    for request in requests(500):
        prompt = phrase(request, language, split, rng)
        assert split_of(prompt, language) == split, prompt


def test_every_part_of_a_request_is_said():
    rng = np.random.default_rng(3)
    request = Request(
        (Item("mouse", 3, "huge", "top-left"), Item("sun", relation="above", anchor=2), Item("key")), "night"
    )
    for _ in range(50):
        english = phrase(request, "en", "train", rng).lower()
        assert "mice" in english and " sun" in english and "key" in english and "night" in english
        chinese = phrase(request, "zh", "train", rng)
        assert all(word in chinese for word in ("左上", "老鼠", "太阳", "钥匙")) and (
            "三只" in chinese or "3" in chinese or "三个" in chinese
        )


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("mouse", "mice"), ("computer mouse", "computer mice"), ("knife", "knives"), ("sheep", "sheep"),
        ("bus", "buses"), ("fish", "fish"), ("person", "people"), ("snowman", "snowmen"), ("butterfly", "butterflies"),
        ("key", "keys"), ("wine glass", "wine glasses"), ("toothbrush", "toothbrushes"), ("scissors", "scissors"),
        ("skis", "skis"), ("old woman", "old women"), ("policeman", "policemen"), ("goose", "geese"), ("ox", "oxen"),
        ("wolf", "wolves"), ("maple leaf", "maple leaves"), ("elf", "elves"), ("tooth", "teeth"), ("deer", "deer"),
        ("goldfish", "goldfish"), ("tomato", "tomatoes"), ("sweet potato", "sweet potatoes"), ("volcano", "volcanoes"),
        ("piano", "pianos"), ("cherry", "cherries"), ("torch", "torches"), ("box", "boxes"), ("toy", "toys"),
        ("french fries", "french fries"), ("noodles", "noodles"), ("jeans", "jeans"), ("toilet paper", "toilet paper"),
        ("statue of liberty", "statues of liberty"), ("paper clip", "paper clips"),
    ],
)  # fmt: skip
def test_plurals_are_right(one, many):
    assert plural(one) == many


def test_bread_is_counted_by_the_loaf():
    prompts = [phrase(Request((Item("bread", 2),)), "en", "train", np.random.default_rng(seed)) for seed in range(30)]
    assert all("loaves of bread" in prompt.lower() for prompt in prompts)


def test_synonyms_that_name_another_known_subject_are_not_said():
    def said(known):
        rng = np.random.default_rng(8)
        return {phrase(Request((Item("person"),)), "en", "train", rng, known).lower() for _ in range(100)}

    assert any("woman" in prompt for prompt in said(["person"]))
    assert not any("woman" in prompt or "boy" in prompt for prompt in said(ALL) | said(None))
    assert any("child" in prompt for prompt in said(ALL))


def test_pairs_are_counted_by_the_pair():
    rng = np.random.default_rng(4)
    prompts = [phrase(Request((Item("scissors", 2),)), "en", "train", rng).lower() for _ in range(30)]
    assert all("pairs of scissors" in prompt for prompt in prompts)


def test_articles_and_measure_words_are_right():
    assert [article(word) for word in ("owl", "huge owl", "ice cream", "cat", "unicorn")] == ["an", "a", "an", "a", "a"]
    assert [article(word) for word in ("hourglass", "ufo", "suv", "umbrella", "house")] == ["an", "a", "an", "an", "a"]
    assert [measure(word) for word in ("猫", "花", "汽车", "苹果", "剪刀")] == ["只", "朵", "辆", "个", "把"]
    assert [measure(word) for word in ("老虎", "驴", "金鱼", "教堂", "医生")] == ["只", "头", "条", "座", "位"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_prompts_ask_for_subjects_that_are_not_known_but_for_none_that_a_known_one_stands_for(language):
    rng, known = np.random.default_rng(7), ALL[:118]
    asked = {unknown_prompt(rng, language, "train", known)[1].lower() for _ in range(600)}
    new = {name for subject in ALL[118:] for name in names(subject, language)}
    stood_for = {name for subject in ALL if subjects()[subject].instead for name in names(subject, language)}
    assert len(asked & new) > 50 and not asked & stood_for


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", SPLITS)
def test_unknown_prompts_name_something_that_is_not_known(language, split):
    rng = np.random.default_rng(6)
    known = ALL[:30]
    taken = {word for name in known for word in (name, plural(name), subjects()[name].chinese, *subjects()[name].also)}
    asked = set()
    for _ in range(300):
        prompt, name = unknown_prompt(rng, language, split, known)
        assert name in prompt
        assert name.lower() not in taken
        assert split_of(prompt, language) == split, prompt
        asked.add(name.lower())
    assert len(asked) > 100


def test_unknowns_are_many_and_no_subjects():
    for language in LANGUAGES:
        assert len(unknowns(language)) >= 150
        assert not set(unknowns(language)) & {name for subject in ALL for name in names(subject, language)}


@pytest.mark.parametrize("prompt", ["draw a cat", "请画一只猫", "I'd like a dog", "在左边画一只狗", "把一只猫画在左边"])
def test_strange_words_stand_before_a_verb_or_a_courtesy_and_leave_the_prompt_as_it_is(prompt):
    strange = {behind_strange_words(prompt, np.random.default_rng(seed)) for seed in range(20)}
    assert len(strange) > 10
    assert all(text.endswith(prompt) and len(text) > len(prompt) for text in strange)


@pytest.mark.parametrize("prompt", ["a cat", "Two big dogs", "an owl."])
def test_a_strange_word_for_a_picture_stands_before_of(prompt):
    strange = {behind_strange_words(prompt, np.random.default_rng(seed)) for seed in range(20)}
    assert len(strange) > 10
    rest = prompt[0].lower() + prompt[1:]
    assert all(re.fullmatch(rf"an? [a-z]+ of {re.escape(rest)}", text) for text in strange)


@pytest.mark.parametrize("prompt", ["cat", "一只猫", "左边有一只狗", "the sun over a house", "a picture with a cat"])
def test_strange_words_never_stand_where_they_could_be_what_is_asked_for(prompt):
    assert behind_strange_words(prompt, np.random.default_rng(0)) == prompt


def test_no_strange_word_stands_before_a_word_for_a_picture():
    prompts = [frame.format("a cat") for frame in frames("en", "train") if re.match("an? .*of ", frame)]
    assert len(prompts) > 10
    assert all(behind_strange_words(prompt, np.random.default_rng(0)) == prompt for prompt in prompts)
