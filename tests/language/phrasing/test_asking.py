"""Requests that are sampled: they are possible, various, and as often as people ask for such things."""

from collections import Counter

import numpy as np
import pytest

from tiledraw.language.attributes import PATTERNS, SCENERY, STYLES
from tiledraw.language.phrasing.asking import MOST_IN_ALL, sample_request
from tiledraw.language.request import ACTIONS, ARRANGEMENTS, RELATIONS, SIZES, format_request, parse_request
from tiledraw.language.subjects import subjects

NAMES = tuple(subjects())


@pytest.fixture(scope="module")
def requests():
    rng = np.random.default_rng(0)
    return [sample_request(rng, NAMES) for _ in range(6000)]


def test_the_same_generator_gives_the_same_requests():
    first, second = ([sample_request(np.random.default_rng(n), NAMES) for n in range(50)] for _ in range(2))
    assert first == second


def test_their_text_is_read_back(requests):
    assert all(parse_request(format_request(request)) == request for request in requests)


def test_every_word_occurs(requests):
    things = [thing for request in requests for thing in request.things]
    assert {relation.word for thing in things for relation in thing.relations} == set(RELATIONS)
    assert {*ARRANGEMENTS, "2x3 grid"} <= {thing.arrangement for thing in things}
    for words, attribute in ((SIZES, "size"), (PATTERNS, "pattern"), (STYLES, "style")):
        assert set(words) <= {getattr(thing, attribute) for thing in things}
    assert {*SCENERY, "none", "red"} <= {request.background for request in requests}


def test_most_are_small_and_none_is_too_large(requests):
    groups = Counter(len(request.things) for request in requests)
    assert sum(groups[number] for number in range(1, 7)) > 0.85 * len(requests)
    assert max(request.total for request in requests) <= MOST_IN_ALL
    counts = Counter(thing.count for request in requests for thing in request.things)
    assert counts[1] > 0.5 * counts.total() and set(range(1, 13)) <= set(counts)


def test_relations_run_in_no_circle(requests):
    for request in requests:
        left = {n: {o for relation in thing.relations for o in relation.of} for n, thing in enumerate(request.things)}
        while ready := [n for n, others in left.items() if not others & set(left)]:
            for number in ready:
                del left[number]
        assert not left, format_request(request)


def test_who_acts_is_alive_mostly(requests):
    alive = Counter()
    for request in requests:
        for thing in request.things:
            if any(relation.word in ACTIONS for relation in thing.relations):
                group = subjects()[thing.subject].group
                alive[group in ("people", "mammals", "birds", "reptiles", "sea animals", "insects", "fantasy")] += 1
    assert alive[True] > 5 * alive[False]


def test_things_of_one_subject_are_told_apart(requests):
    for request in requests:
        related = {n for thing in request.things for relation in thing.relations for n in relation.of}
        alone = [thing for n, thing in enumerate(request.things) if n not in related and not thing.relations]
        said = [(thing.subject, thing.place, thing.across, thing.down, tuple(thing.look.items())) for thing in alone]
        assert len(said) == len(set(said)), format_request(request)


def test_a_few_subjects_are_enough():
    rng = np.random.default_rng(1)
    for _ in range(500):
        assert {thing.subject for thing in sample_request(rng, ("cat", "ball")).things} <= {"cat", "ball"}
