"""Natural prompts: whole, laid out as they are meant, and varied without a word of what is kept for measuring."""

import numpy as np
import pytest

from tiledraw.data.cases import format_case, parse_case
from tiledraw.data.natural import natural_example, natural_prompts
from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.language.boxes import Box
from tiledraw.language.laying.judging import unmet
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.request import format_request, parse_request
from tiledraw.language.subjects import subjects


def test_they_are_whole_and_their_requests_can_be_laid_out():
    cases = natural_prompts()
    assert len({case.id for case in cases}) == len({case.prompt for case in cases}) == len(cases) > 5000
    assert {case.split for case in cases} == {"develop", "validation", "blind", "hard"}
    for case in cases[::50]:
        assert parse_case(format_case(case)) == case, case.id
    for case in cases:
        assert all(number < len(case.request.things) for number in case.at_least)
        assert not set(case.request.unknown) & set(subjects())
    for case in cases[::800]:
        if case.request.things:
            assert unmet(case.request, lay_out(case.request, Box(0, 0, 32, 32), 0)) == [], case.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_variants_are_requests_on_other_things_of_the_same_kinds(language):
    rng = np.random.default_rng(0)
    known = {case.prompt for case in natural_prompts()}
    examples = [natural_example(rng, language) for _ in range(100)]
    assert sum(prompt not in known for prompt, _ in examples) > 60
    assert all(parse_request(format_request(request)) == request for _, request in examples)


def test_an_article_fits_the_other_thing():
    rng = np.random.default_rng(1)
    prompts = [natural_example(rng, "en")[0].casefold() for _ in range(300)]
    assert not any(f" a {word}" in prompt for prompt in prompts for word in ("owl ", "apple ", "elephant ", "anchor "))


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
    with pytest.raises(ValueError, match=r"requests\.natural is .*; it is from 0 to 1"):
        RequestConfig(natural=share)
