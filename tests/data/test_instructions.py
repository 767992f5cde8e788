"""Instructions: labels and captions are asked for in both languages, in many ways, and no split asks like another."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.common.checks import check_prompt
from tiledraw.data.instructions import DIGITS, OBJECTS, caption_instruction, clean_label, label_instruction, names_of
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.subjects import subjects

CHINESE = re.compile("[一-鿿]")
LABELS = (*DIGITS, *OBJECTS, "sun", "golden retriever")


def instructions(label, language, split, count=300):
    return [label_instruction(label, language, split, np.random.default_rng([7, index])) for index in range(count)]


@pytest.mark.parametrize("label", [*DIGITS, *OBJECTS])
def test_every_digit_and_object_has_names_in_both_languages(label):
    assert not any(CHINESE.search(name) for name in names_of(label, "en"))
    assert names_of(label, "en") and all(CHINESE.search(name) for name in names_of(label, "zh"))


def test_names_say_which_digit():
    assert {"the digit 7", "a handwritten seven"} <= set(names_of("digit 7", "en"))
    assert {"数字7", "手写的七"} <= set(names_of("digit 7", "zh"))
    others = {
        name for digit in DIGITS if digit != "digit 7" for name in (*names_of(digit, "en"), *names_of(digit, "zh"))
    }
    assert not others & {*names_of("digit 7", "en"), *names_of("digit 7", "zh")}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_phrasings_are_many_and_read_as_they_are_written(language, split):
    for label in LABELS[:-1]:
        found = set(instructions(label, language, split))
        assert len(found) > (25 if split == "train" else 10), label
        assert all(check_prompt(text) == text for text in found)


def test_no_instruction_of_one_split_is_one_of_another():
    for label in LABELS:
        texts = [{*instructions(label, "en", split), *instructions(label, "zh", split)} for split in SPLITS]
        assert not texts[0] & texts[1] and not texts[0] & texts[2] and not texts[1] & texts[2]


def test_the_same_generator_asks_in_the_same_way():
    assert instructions("cat", "zh", "train", 20) == instructions("cat", "zh", "train", 20)
    assert len(set(instructions("cat", "zh", "train", 20))) > 10


def test_a_label_without_a_name_in_a_language_is_asked_for_in_the_other():
    assert all("golden retriever" in text.lower() for text in instructions("golden retriever", "zh", "train", 20))
    assert all("麒麟" in text for text in instructions("麒麟", "en", "train", 20))


def test_subjects_are_known_by_all_their_names():
    for subject in subjects():
        assert names_of(subject, "en") and names_of(subject, "zh")
    assert any("汽车" in text for text in instructions("car", "zh", "train", 30))


def test_articles_fit():
    assert names_of("umbrella", "en")[0] == "an umbrella" and names_of("golden retriever", "en") == (
        "a golden retriever",
    )


def test_folder_names_become_words():
    assert clean_label("golden_retriever") == "golden retriever"
    assert clean_label("  hot   dog ") == "hot dog"


@given(st.text(min_size=1, max_size=60), st.sampled_from(SPLITS), st.integers(0, 999))
def test_captions_stand_word_for_word_in_what_is_asked(caption, split, seed):
    assert caption in caption_instruction(caption, split, np.random.default_rng(seed))


def test_captions_are_asked_for_in_their_language_and_split():
    def ask(caption, split):
        return {caption_instruction(caption, split, np.random.default_rng(n)) for n in range(200)}

    for caption in ("A man {with} a hat.", "一个戴帽子的人"):
        texts = [ask(caption, split) for split in SPLITS]
        assert all(len(found) >= 3 for found in texts)
        assert not texts[0] & texts[1] and not texts[0] & texts[2] and not texts[1] & texts[2]
    assert all(CHINESE.search(text.replace("猫", "")) or text == "猫" for text in ask("猫", "train"))
