"""Sentences: what a request asks for in the words of people, a phrase for each of its lines."""

import pytest

from tiledraw.language.attributes import STYLES
from tiledraw.language.request import format_request, parse_request
from tiledraw.language.sentences import in_words


@pytest.mark.parametrize(
    ("request_text", "words"),
    [
        (
            "- 1 girl, riding horse, wearing crown\n- 1 horse, white, facing left\n- 1 crown",
            ["a girl riding the horse and wearing the crown", "a white horse facing left", "a crown"],
        ),
        (
            "- 3 duck, small, on pond\n- 1 pond\nbackground: grass\nabsent: moon, sun\nunknown: fisherman",
            ["three small ducks on the pond", "a pond", "grass behind", "no moon and no sun", "'fisherman'"],
        ),
        (
            "- 1 dog, between person and ball\n- 2 person, row, top\n- 1 ball, striped red, 10% across",
            [
                "a dog between the people and the ball",
                "two people in a row at the top",
                "a striped and red ball at 10% across",
            ],
        ),
        (
            "- 1 elephant, 2 times larger than elephant 2\n- 1 elephant, silhouette\nbackground: red\nempty: left",
            ["an elephant 2 times larger than elephant 2", "an elephant as a silhouette", "a red background",
             "nothing on the left"],
        ),
        (
            "- 14 star, corners, top-left, full\nbackground: none",
            ["14 stars as large as the picture in the corners in the top-left corner", "a transparent background"],
        ),
    ],
)  # fmt: skip
def test_each_line_of_a_request_has_its_words(request_text, words):
    request = parse_request(request_text)
    assert in_words(request) == words
    assert len(words) == len(format_request(request).splitlines())


def test_each_style_has_words():
    assert len({in_words(parse_request(f"- 1 cat, {style}"))[0] for style in STYLES}) == len(STYLES)
    assert in_words(parse_request("- 1 cat")) == ["a cat"]
