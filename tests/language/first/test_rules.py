"""Rules: prompts of both languages are read as people mean them, and what cannot be drawn is told."""

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.language.boxes import PlanError, UnknownSubjectError
from tiledraw.language.first.layout import Request, arrange
from tiledraw.language.first.phrases import LANGUAGES, SPLITS, phrase, unknown_prompt
from tiledraw.language.first.plan import LOCATIONS, location_of
from tiledraw.language.first.requests import sample_request
from tiledraw.language.first.rules import plan_by_rules, read_prompt
from tiledraw.language.kin import nearest_subjects
from tiledraw.language.nouns import article, measure, names
from tiledraw.language.subjects import subjects

ALL = list(subjects())
OLD = ALL[:118]  # what models know that learned before the others were subjects


def read(prompt):
    """The items as short text: count, size, subject, location, relation and anchor, as far as given."""
    return [
        " ".join(
            str(part)
            for part in (item.count, item.size, item.subject, item.location, item.relation, item.anchor)
            if part is not None
        )
        for item in read_prompt(prompt).items
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", SPLITS)
def test_what_phrases_say_is_read_back(language, split):
    rng = np.random.default_rng(11)
    requests = [sample_request(rng, ALL) for _ in range(400)]
    right = 0
    for request in requests:
        with suppress(PlanError):
            right += arrange(read_prompt(phrase(request, language, split, rng))) == arrange(request)
    assert right >= 0.98 * len(requests)


@pytest.mark.parametrize(
    ("prompt", "items"),
    [
        ("a cat in the bottom-left corner and a sun at the top right", ["1 cat bottom-left", "1 sun top-right"]),
        ("在左下角画一朵花", ["1 flower bottom-left"]),
        ("three apples", ["3 apple"]),
        ("三个苹果", ["3 apple"]),
        ("a couple of dogs", ["2 dog"]),
        ("a pair of cats and a pair of scissors", ["2 cat", "1 scissors"]),
        ("some flowers under the sun", ["3 flower below 1", "1 sun"]),
        ("a hot dog and a teddy bear", ["1 hot dog", "1 teddy bear"]),
        ("向日葵和小猫", ["1 sunflower", "1 cat"]),
        ("一只小猫头鹰", ["1 owl"]),
        ("a tiny kitten, lower right-hand corner", ["1 small cat bottom-right"]),
        ("a cat next to a tree on the right", ["1 cat left of 1", "1 tree right"]),
        ("a cat on a chair", ["1 cat above 1", "1 chair"]),
        ("to the left of the dog is a cat", ["1 dog", "1 cat left of 0"]),
        ("a dog. put it in the lower left. add a moon above it", ["1 dog bottom-left", "1 moon above 0"]),
        ("a sun above and a cat below", ["1 sun top", "1 cat bottom"]),
        ("cat top left dog bottom right", ["1 cat top-left", "1 dog bottom-right"]),
        ("In the top left, a cat; in the bottom right, a dog", ["1 cat top-left", "1 dog bottom-right"]),
        ("a cat right in the middle", ["1 cat center"]),
        ("a star in the middle of the left side", ["1 star left"]),
        ("太阳下面有一只猫", ["1 sun", "1 cat below 0"]),
        ("猫在左边，狗在右边，太阳在上面", ["1 cat left", "1 dog right", "1 sun top"]),
        ("在房子的右边画一棵树，树上面有一只鸟", ["1 house", "1 tree right of 0", "1 bird above 1"]),
        ("左边有一只可爱的猫，右边是大象", ["1 cat left", "1 elephant right"]),
        ("a fluffy red cat sleeping on a couch", ["1 cat above 1", "1 couch"]),
        ("一只猫 at the top left", ["1 cat top-left"]),
        ("🐱 and 🌙", ["1 cat", "1 moon"]),
    ],
)
def test_prompts_are_read_as_meant(prompt, items):
    assert read(prompt) == items


@pytest.mark.parametrize(
    ("prompt", "background"),
    [
        ("a cat", None),
        ("a cat on a dark background", "dark"),
        ("a cat under the night sky", "night"),
        ("a bird in the sky", "sky"),
        ("a cat on a grey background", "gray"),
        ("白色背景，一只猫", "white"),
        ("夜晚，一只猫", "night"),
        ("一只猫，渐变背景", "gradient"),
    ],
)
def test_background_words_are_read(prompt, background):
    assert read_prompt(prompt).background == background


@pytest.mark.parametrize("location", LOCATIONS)
def test_each_location_word_puts_a_subject_there(location):
    (placement,) = plan_by_rules(f"a small cat at the {location}").placements
    assert location_of(placement.box) == location


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a zeppelin over a castle", "zeppelin"),
        ("draw a sewing machine please", "sewing machine"),
        ("a cat and a brimpol at the top", "brimpol"),
        ("画一只麒麟", "麒麟"),
        ("一只海马在左边", "海马"),
        ("画一辆马车", "马车"),
    ],
)
def test_an_unknown_thing_is_named_in_one_sentence_with_the_nearest_known(prompt, name):
    with pytest.raises(UnknownSubjectError, match=rf"^I don't know how to draw '{name}'; the nearest .* and [\w ]+$"):
        read_prompt(prompt)


def test_a_subject_that_this_model_does_not_know_is_unknown():
    with pytest.raises(UnknownSubjectError, match=r"'puppy'; .* cat"):
        read_prompt("a puppy and a cat", ["cat", "sun"])


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_phrases_of_old_subjects_say_is_read_by_an_old_model_and_a_new_one(language, split):
    rng = np.random.default_rng(13)
    requests = [sample_request(rng, OLD) for _ in range(200)]
    right = {"old": 0, "new": 0}
    for request in requests:
        for age, known in (("old", OLD), ("new", ALL)):
            with suppress(PlanError):
                prompt = phrase(request, language, split, rng, known)
                right[age] += arrange(read_prompt(prompt, known)) == arrange(request)
    assert min(right.values()) >= 0.98 * len(requests)


@pytest.mark.parametrize(
    ("prompt", "old", "new"),
    [
        ("a woman and two boys", ["person", "person"], ["woman", "boy"]),
        ("three men", ["person"], ["man"]),
        ("a child", ["person"], ["person"]),
        ("an old man with a hat", ["person", "hat"], ["old man", "hat"]),
        ("a ship and a boat", ["boat", "boat"], ["ship", "boat"]),
        ("a watch", ["clock"], ["watch"]),
        ("an alarm clock, a police car and a christmas tree", ["clock", "car", "tree"], None),
        ("a full moon over a palm tree", ["moon", "tree"], ["full moon", "palm tree"]),
        ("a lemon cake", ["cake"], ["cake"]),
        ("a baby elephant", ["elephant"], ["elephant"]),
        ("a bread knife", ["knife"], ["knife"]),
    ],
)
def test_an_old_model_reads_old_prompts_as_before_and_a_new_one_what_they_say(prompt, old, new):
    assert [item.subject for item in read_prompt(prompt, OLD).items] == old
    new = ["alarm clock", "police car", "christmas tree"] if new is None else new
    assert [item.subject for item in read_prompt(prompt, ALL).items] == new


@pytest.mark.parametrize(
    ("prompt", "name"), [("a tiger", "tiger"), ("two mosquitoes and a cat", "mosquitoes"), ("一片面包", "面包")]
)
def test_an_old_model_refuses_new_subjects(prompt, name):
    with pytest.raises(UnknownSubjectError, match=rf"'{name}'"):
        read_prompt(prompt, OLD)


@pytest.mark.parametrize("subject", ALL)
def test_every_subject_is_read_beside_another_in_both_languages(subject):
    other = "cat" if subject != "cat" else "dog"
    for name in names(subject, "en"):
        for prompt in (f"{article(name)} {name} and a {other}", f"draw the {name} left of the {other}"):
            assert [item.subject for item in read_prompt(prompt).items] == [subject, other]
    for name in names(subject, "zh"):
        kitten = subjects()[other].chinese
        for prompt in (
            f"一{measure(name)}{name}和一只{kitten}",
            f"画{name}，左边有一只{kitten}",
            f"{kitten}在{name}的右边",
        ):
            assert {item.subject for item in read_prompt(prompt).items} == {subject, other}, prompt
    assert plan_by_rules(f"a {subject}").subjects == (subject,)


@pytest.mark.parametrize(
    ("prompt", "items"),
    [
        ("two gloves", ["2 gloves"]),
        ("a pair of gloves", ["1 gloves"]),
        ("some grapes", ["1 grapes"]),
        ("three loaves of bread", ["3 bread"]),
        ("a bunch of grapes and two ears of corn", ["1 grapes", "2 corn"]),
        ("画面包", ["1 bread"]),
        ("画面里有一个面包", ["1 bread"]),
        ("two leaves and three wolves", ["2 leaf", "3 wolf"]),
    ],
)
def test_things_that_are_counted_by_others_are_read(prompt, items):
    assert read(prompt) == items


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_prompts_are_refused_and_name_what_was_asked(language):
    rng = np.random.default_rng(12)
    named = 0
    for _ in range(300):
        prompt, name = unknown_prompt(rng, language, "validation", ALL[:30])
        with pytest.raises(UnknownSubjectError) as error:
            read_prompt(prompt, ALL[:30])
        named += f"{name.casefold()!r};" in str(error.value)
    assert named >= 0.97 * 300


def test_the_nearest_subjects_are_near_by_meaning_and_known():
    assert nearest_subjects("rabit", ALL)[0] == "rabbit"
    assert nearest_subjects("松", ALL)[0] == "pine" and nearest_subjects("海马", ALL)[:2] == ["fish", "horse"]
    assert nearest_subjects("oak", OLD)[0] == nearest_subjects("橡树", OLD)[0] == "tree"
    assert nearest_subjects("lion", ["cat", "panda", "castle", "key"])[:2] == ["cat", "panda"]
    assert nearest_subjects("zeppelin", ["key"]) == ["key"]
    for name, group in (
        ("tiger", "mammals"),
        ("柠檬", "food"),
        ("violin", "music"),
        ("ambulance", "travel"),
        ("swan", "birds"),
    ):
        near = nearest_subjects(name, OLD)
        assert len(near) == 5 and {subjects()[subject].group for subject in near[:3]} == {group}


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("a cat\0", r"U\+0000"),
        ("a" * 100_000, "100,000 characters"),
        ("draw please", "nothing to draw"),
        ("20 cats", "20 of 'cat'"),
        ("9 cats and 9 dogs", "18 subjects"),
        ("0 cats", "0 of 'cat'"),
    ],
)
def test_bad_prompts_give_one_sentence(prompt, problem):
    with pytest.raises(ValueError, match=rf"^[^\n]*{problem}[^\n]*$"):
        read_prompt(prompt)


WORDS = [
    "cat",
    "dogs",
    "left",
    "of",
    "the",
    "above",
    "it",
    "its",
    ",",
    "and",
    "top",
    "two",
    "猫",
    "的",
    "左边",
    "在",
    "上面",
    "zz",
]


@given(st.text(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_text_gives_a_request_or_a_sentence(prompt):
    try:
        request = read_prompt(prompt)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert isinstance(request, Request) and request.items
    arrange(request)


@pytest.mark.parametrize("part", ["cat ", "left of ", "a cat left of ", "左", "zz ", "'s", "it ", "的", "-", "9"])
def test_long_prompts_take_no_long_time(part):
    start = time.perf_counter()
    with suppress(PlanError):
        read_prompt(part * (MAX_PROMPT // len(part)))
    assert time.perf_counter() - start < 2
