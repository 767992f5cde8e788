"""Natural prompts: whole, laid out as they are meant, and varied without a word of what is kept for measuring."""

import numpy as np
import pytest

from tiledraw.data import natural
from tiledraw.data.cases import Case
from tiledraw.data.natural import mirrored, natural_example, natural_prompts
from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.language.boxes import Box
from tiledraw.language.laying.judging import unmet
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.request import format_request, parse_request
from tiledraw.language.subjects import subjects


def test_they_are_whole_and_their_requests_can_be_laid_out():
    cases = natural_prompts()
    assert len({case.id for case in cases}) == len({case.prompt for case in cases}) == len(cases) > 5000
    assert {case.split for case in cases} == {"develop", "validation", "blind"}
    for case in cases:
        assert parse_request(format_request(case.request)) == case.request
        assert all(number < len(case.request.things) for number in case.at_least)
        assert not set(case.request.unknown) & set(subjects())
    for case in cases[::100]:
        if case.request.things:
            assert unmet(case.request, lay_out(case.request, Box(0, 0, 32, 32), 0)) == [], case.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_variants_are_requests_on_other_things_of_the_same_kinds(language):
    rng = np.random.default_rng(0)
    known = {case.prompt for case in natural_prompts()}
    examples = [natural_example(rng, language) for _ in range(300)]
    assert sum(prompt not in known for prompt, _ in examples) > 200
    assert all(parse_request(format_request(request)) == request for _, request in examples)


def test_an_article_fits_the_other_thing():
    rng = np.random.default_rng(1)
    prompts = [natural_example(rng, "en")[0].casefold() for _ in range(300)]
    assert not any(f" a {word}" in prompt for prompt in prompts for word in ("owl ", "apple ", "elephant ", "anchor "))


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
    found = mirrored(prompt, parse_request(request_text))
    assert found is not None and found[0] == other
    assert other_text is None or format_request(found[1]) == other_text


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
    assert mirrored(prompt, parse_request(request_text)) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_changed_colour_stands_in_prompt_and_request(language, monkeypatch):
    cases = {("en", "a red cat, a dog"): "- 1 cat, red\n- 1 dog", ("zh", "一只红色的猫和狗"): "- 1 cat, red\n- 1 dog"}
    prompts = [Case("x", "colour", tongue, prompt, parse_request(request), split="develop")
               for (tongue, prompt), request in cases.items()]  # fmt: skip
    monkeypatch.setattr(natural, "natural_prompts", lambda: tuple(prompts))
    monkeypatch.setattr(natural, "_learned", natural._learned.__wrapped__)
    rng, seen = np.random.default_rng(3), set()
    for _ in range(100):
        prompt, request = natural_example(rng, language)
        colour = request.things[0].colour
        assert natural._COLOURS[colour][language == "zh"] in prompt
        seen.add(colour)
    assert len(seen) > 8


def test_what_is_kept_for_measuring_is_never_learned():
    blind = {case.prompt for case in natural_prompts() if case.split != "develop"}
    source = RequestSource(RequestConfig(natural=1.0))
    learned = {source.example(index)[0] for index in range(600)}
    assert not blind & learned and len(learned) > 400


def test_only_training_sees_them():
    develop = {case.prompt for case in natural_prompts()}
    source = RequestSource(RequestConfig(natural=1.0), "validation")
    assert not develop & {source.example(index)[0] for index in range(60)}


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_one(share):
    with pytest.raises(ValueError, match=r"natural .* is out of range"):
        RequestConfig(natural=share)
