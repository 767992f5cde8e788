"""Requests as documents: the same in every run, told apart by split, and each says what its prompt asks for."""

import pytest

from tiledraw.data.requests import RequestConfig, RequestSource
from tiledraw.format.grammar import RequestDocument, segments, tokenise
from tiledraw.format.parsing import parse
from tiledraw.language.hearing.constraint import Constraint
from tiledraw.language.request import format_request, parse_request
from tiledraw.language.subjects import subjects

COUNT = 200


def test_a_document_is_the_same_in_every_run_and_another_in_each_split():
    sources = [RequestSource(RequestConfig(), split) for split in ("train", "validation", "test", "train")]
    train, validation, test, again = ([source.document("request", n) for n in range(40)] for source in sources)
    pairs = [[(one.prompt, one.think) for one in documents] for documents in (train, validation, test, again)]
    assert pairs[0] == pairs[3]
    assert len({prompt for documents in pairs[:3] for prompt, _ in documents}) > 110


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_thoughts_are_requests_that_a_thinker_may_write_about_the_prompt(split):
    source = RequestSource(RequestConfig(), split)
    for index in range(COUNT):
        prompt, request = source.example(index)
        text = format_request(request)
        assert parse_request(text) == request
        assert Constraint(prompt, subjects()).completes(text), (prompt, text)


def test_things_stand_in_the_order_in_which_the_prompt_names_them():
    source = RequestSource(RequestConfig(unknown=0.0, noise=0.0))
    ordered = 0
    for index in range(0, 2 * COUNT, 2):
        prompt, request = source.example(index)
        places = [prompt.casefold().find(thing.subject) for thing in request.things]
        found = [place for place in places if place >= 0]
        ordered += found == sorted(found)
    assert ordered >= 0.9 * COUNT  # a synonym may hide a name, and another word hold it


def test_unknown_things_are_named_as_the_prompt_names_them_and_are_no_subjects():
    source = RequestSource(RequestConfig(unknown=1.0, noise=0.5))
    for index in range(COUNT):
        prompt, request = source.example(index)
        assert all(word in prompt for word in request.unknown)
        assert request.unknown or not request.things


def test_documents_come_back_from_their_tokens(vocabulary):
    source = RequestSource(RequestConfig())
    for index in range(20):
        document = source.document("request", index)
        found = parse(tokenise(segments(document), vocabulary)[0], vocabulary)
        assert isinstance(found, RequestDocument) and found.think == document.think


def test_a_subject_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"requests\.subjects is 'narwhal'; that subject is unknown"):
        RequestConfig(("cat", "narwhal"))
