"""Variants of natural prompts: what changes in a prompt changes in its request, and nothing else does."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.data import variants
from tiledraw.data.natural import natural_prompts
from tiledraw.data.variants import Example, joinable, joined, mirrored, name_of, variant
from tiledraw.language.hearing.strangers import strangers
from tiledraw.language.plan import MAX_PLACEMENTS
from tiledraw.language.request import format_request, parse_request
from tiledraw.language.subjects import subjects


def example(prompt, request):
    return Example(prompt, parse_request(request))


def varied(prompt, request, language="en", number=60):
    rng = np.random.default_rng(0)
    return [variant(example(prompt, request), language, rng) for _ in range(number)]


@pytest.mark.parametrize(
    "prompt, request_text, other, other_text",
    [
        (
            "A cat LEFT of a dog",
            "- 1 cat, left of dog\n- 1 dog",
            "A cat RIGHT of a dog",
            "- 1 cat, right of dog\n- 1 dog",
        ),
        (
            "左上角一只猫，右边空着",
            "- 1 cat, top-left\nempty: right",
            "右上角一只猫，左边空着",
            "- 1 cat, top-right\nempty: left",
        ),
        ("the hat I left, on the left", "- 1 hat, left\nunknown: left luggage", "the hat I right, on the right", None),
    ],
)
def test_a_mirror_image_means_what_it_says(prompt, request_text, other, other_text):
    found = mirrored(example(prompt, request_text))
    assert found is not None and found.prompt == other
    assert other_text is None or format_request(found.request) == other_text


@pytest.mark.parametrize(
    "prompt, request_text",
    [
        ("a cat right behind a dog", "- 1 cat, behind dog\n- 1 dog"),
        ("leave the left half empty, a cat right there", "- 1 cat, right"),
        ("a cat on the left at three o'clock", "- 1 cat, left"),
        ("东边一只猫，左边一只狗", "- 1 cat, right\n- 1 dog, left"),
        ("five cats on a diagonal, from the left to the right", "- 5 cat, diagonal"),
        ("a cat a third from the left", "- 1 cat, 33% across"),
        ("a cat", "- 1 cat"),
    ],
)
def test_what_is_not_surely_another_side_is_not_mirrored(prompt, request_text):
    assert mirrored(example(prompt, request_text)) is None


@pytest.mark.parametrize("language, prompt", [("en", "a red cat, a dog"), ("zh", "一只红色的猫和狗")])
def test_a_changed_colour_stands_in_prompt_and_request(language, prompt):
    seen = set()
    for one in varied(prompt, "- 1 cat, red\n- 1 dog", language, 100):
        if one.request.things:
            colour = one.request.things[0].colour
            assert not colour or variants._COLOURS[colour][language == "zh"] in one.prompt
            seen.add(colour)
    assert len(seen) > 8


@pytest.mark.parametrize(
    "language, prompt", [("en", "Three cats and a dog"), ("en", "3 cats and a dog"), ("zh", "三只猫和一只狗")]
)
def test_a_changed_number_stands_in_prompt_and_request(language, prompt):
    counts = set()
    for one in varied(prompt, "- 3 cat\n- 1 dog", language):
        several = [thing.count for thing in one.request.things if thing.count > 1]
        for count in several:
            words = {str(count), *variants._NUMBERS[count]}
            assert any(word in one.prompt.lower() for word in words)
        counts.update(several)
    assert len(counts) > 4


@pytest.mark.parametrize(
    "prompt, request_text",
    [
        ("three cats, two of them red", "- 2 cat, red\n- 1 cat"),
        ("three animals: two cats and a dog", "- 2 cat\n- 1 dog"),
        ("three cats and twice as many dogs", "- 3 cat\n- 6 dog"),
        ("a ball between two trees", "- 1 ball, between tree\n- 2 tree"),
        ("two cats and two dogs", "- 2 cat\n- 2 dog"),
        ("four stars, one in each corner", "- 4 star, corners"),
    ],
)
def test_a_number_that_means_more_stays(prompt, request_text):
    assert not list(variants._counts(example(prompt, request_text), "en"))


def test_an_unknown_thing_becomes_another_one_copied_letter_by_letter():
    seen = {one.request.unknown for one in varied("a cat on two cradles", "- 1 cat\nunknown: cradles")}
    for unknown in seen - {("cradles",)}:
        assert len(seen) > 20 and all(word not in subjects() for word in unknown)
    for one in varied("a cat on two cradles", "- 1 cat\nunknown: cradles"):
        assert all(word in one.prompt for word in one.request.unknown)


def test_a_thing_may_become_unknown_and_nothing_relates_to_it_then():
    known = set(strangers("en", "train", tuple(subjects())))
    found = [
        one for one in varied("a cat on a horse", "- 1 cat, on horse\n- 1 horse", number=200) if one.request.unknown
    ]
    assert 5 < len(found) < 60
    for one in found:
        assert set(one.request.unknown) <= known and all(word in one.prompt for word in one.request.unknown)


@pytest.mark.parametrize(
    "prompt, language, found",
    [
        ("a cat", "en", "cat"),
        ("some kittens", "en", "kittens"),
        ("a cat and another cat", "en", None),
        ("a cat, my kitten", "en", None),
        ("concatenate", "en", None),
        ("一只小猫", "zh", "小猫"),
    ],
)
def test_a_name_is_found_where_it_stands_once(prompt, language, found):
    span = name_of("cat", prompt, language)
    assert (None if span is None else prompt[span[0] : span[1]]) == found


def test_two_prompts_in_one_breath_ask_for_all_of_both():
    rng = np.random.default_rng(0)
    one, two = (
        example("A cat on a box.", "- 1 cat, on box\n- 1 box"),
        example("A dog left of a sun", "- 1 dog, left of sun\n- 1 sun\nbackground: grass"),
    )
    both = [joined(one, two, "en", rng) for _ in range(20)]
    for found in both:
        assert (
            format_request(found.request)
            == "- 1 cat, on box\n- 1 box\n- 1 dog, left of sun\n- 1 sun\nbackground: grass"
        )
        assert re.search("A cat on a box.*og left of a sun", found.prompt, re.DOTALL)
    assert len({found.prompt for found in both}) > 5
    assert joined(one, example("a cat", "- 1 cat"), "en", rng) is None


@pytest.mark.parametrize(
    "prompt, request_text",
    [
        ("only a cat", "- 1 cat"),
        ("a cat and nothing else", "- 1 cat"),
        ("everything red: a cat", "- 1 cat, red"),
        ("a cat, no dog", "- 1 cat\nabsent: dog"),
        ("a cat, the left stays free", "- 1 cat\nempty: left"),
        ("a cat that fills the picture", "- 1 cat, full"),
        ("一只猫，别的都不要", "- 1 cat"),
        ("a cradle", "unknown: cradle"),
    ],
)
def test_what_speaks_of_the_whole_picture_is_no_part_of_a_longer_prompt(prompt, request_text):
    assert not joinable(example(prompt, request_text))


@given(seed=st.integers(0, 2**32), first=st.integers(0, 10**6), second=st.integers(0, 10**6), chinese=st.booleans())
def test_variants_of_natural_prompts_are_whole_requests(seed, first, second, chinese):
    language = "zh" if chinese else "en"
    cases = [case for case in natural_prompts() if case.split == "develop" and case.language == language]
    rng = np.random.default_rng(seed)
    one, two = (
        variant(Example(case.prompt, case.request), language, rng)
        for case in (cases[first % len(cases)], cases[second % len(cases)])
    )
    for found in filter(None, [one, two, joined(one, two, language, rng)]):
        assert parse_request(format_request(found.request)) == found.request
        assert found.request.total <= MAX_PLACEMENTS
