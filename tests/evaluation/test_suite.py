"""The shipped suite: what its script writes, balanced, and asked for in sentences that training never shows."""

import runpy
from collections import Counter
from pathlib import Path

import pytest

from tiledraw.data.cases import format_case
from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.evaluation.judging import asked_parts
from tiledraw.evaluation.suite import read_suite
from tiledraw.language.attributes import SCENERY
from tiledraw.language.laying.judging import unmet
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.places import LOCATIONS
from tiledraw.models.knowledge import read_about
from tiledraw.models.loading import packaged_folder

ROOT = Path(__file__).parents[2]
BUILDER = runpy.run_path(str(ROOT / "scripts" / "build_suite.py"))
SHIPPED = read_suite()
LANGUAGES = ("en", "zh")


def test_the_shipped_suite_is_what_its_script_writes():
    text = "".join(format_case(case) + "\n" for case in BUILDER["cases"](BUILDER["read_subjects"](BUILDER["CONFIG"])))
    assert BUILDER["SUITE"].read_bytes() == text.encode(), "run scripts/build_suite.py again"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_suite_asks_for_everything_in_both_languages(language):
    own = [case for case in SHIPPED if case.language == language]
    assert Counter(case.category for case in own) == dict.fromkeys(BUILDER["WISHES"], BUILDER["EACH"])
    things = [thing for case in own for thing in case.request.things]
    relations = {relation.word for thing in things for relation in thing.relations}
    assert {part for case in own for part in asked_parts(case.request)} >= {
        "colours", "sizes", "places", "relations", "arrangements", "absent", "empty", "background",
    }  # fmt: skip
    assert {thing.place for thing in things} >= set(LOCATIONS)
    assert {thing.count for thing in things} >= set(range(1, 13))
    assert relations >= {"left of", "right of", "above", "below", "on", "in", "behind", "in front of", "riding"}
    assert {case.request.background for case in own} >= set(SCENERY)
    assert all(3 <= len(case.request.things) <= 5 for case in own if case.category == "several")
    twins = [case for case in own if len({thing.subject for thing in case.request.things}) < len(case.request.things)]
    assert len(twins) > 5 and all(case.category == "colour" for case in twins)


def test_the_shipped_suite_asks_for_most_that_the_painter_paints_and_for_nothing_often():
    painted = set(read_about(packaged_folder("painter"))["knowledge"].subjects)
    asked = {language: Counter[str]() for language in LANGUAGES}
    for case in SHIPPED:
        asked[case.language].update(thing.subject for thing in case.request.things)
    assert len({*asked["en"], *asked["zh"]} & painted) > 0.6 * len(painted)
    assert all(counts.keys() <= painted and max(counts.values()) <= 3 for counts in asked.values())


def test_no_prompt_is_shipped_twice():
    assert len({case.prompt.casefold() for case in SHIPPED}) == len(SHIPPED) == 440


def test_all_that_is_shipped_can_be_laid_out_as_it_is_asked():
    for case in SHIPPED[::7]:
        assert unmet(case.request, lay_out(case.request, seed=1)) == [], case


def test_no_shipped_prompt_comes_out_of_the_training_source():
    source = RequestSource(RequestConfig(unknown=0.0, noise=0.0))
    trained = {source.example(index)[0].casefold() for index in range(1000)}
    assert not trained & {case.prompt.casefold() for case in SHIPPED}
