"""Which words name things: people who are shown, verbs that look like nouns, parts, weather, misspelt names."""

from __future__ import annotations

import pytest

from tiledraw.language.hearing.agreement import doubts
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.request import format_request

_PEOPLE = {
    "my brother and a dog": "- 1 boy\n- 1 dog",
    "three friends and a dog": "- 3 person\n- 1 dog",
    "Lucy and her cat": "- 1 girl\n- 1 cat",
    "小明骑着自行车": "- 1 person, riding bicycle\n- 1 bicycle",
    "爸爸、妈妈和我": "- 1 man\n- 1 woman\n- 1 person",
    "a card for my brother: a lion": "- 1 lion",
    "my friend and I want a picture of a dog": "- 1 dog",
}
_VERBS = {
    "a snake leaves the house": "- 1 snake\n- 1 house",
    "She left her shoes on the table": "- 3 shoe, on table\n- 1 table",
    "a rainbow arches over the village": "- 1 rainbow, above village\n- 1 village",
    "a hammer below the saw": "- 1 hammer, below handsaw\n- 1 handsaw",
    "a cat left, a dog right": "- 1 cat, left\n- 1 dog, right",
    "four chairs around a square table": "- 4 chair, around table\n- 1 table",
    "ten coins in circle formation": "- 10 coin, circle",
    "two squares, one red, one blue": "- 1 square, red\n- 1 square, blue",
    "圆形的桌子上有一个苹果": "- 1 table\n- 1 apple, on table",
    "Well, three cherries on the cake as well": "- 3 cherry, on cake\n- 1 cake",
    "an old well beside a barn": "- 1 well, next to barn\n- 1 barn",
}
_NAMES = {
    "an aple tree": "- 1 tree",
    "a blue bird": "- 1 bird, blue",
    "the wind howls above the castle": "- 1 castle",
    "a dog without a tail": "- 1 dog",
    "My favourite animal is the giraffe. Draw it with a scarf": "- 1 giraffe, wearing scarf\n- 1 scarf",
    "A poster for the classroom door showing a book": "- 1 book",
}


@pytest.mark.parametrize("prompt", _PEOPLE)
def test_people_who_are_shown_are_drawn_and_no_others(prompt: str) -> None:
    assert format_request(read_request(prompt)) == _PEOPLE[prompt]


@pytest.mark.parametrize("prompt", _VERBS)
def test_words_are_verbs_or_adjectives_where_they_are_meant_so(prompt: str) -> None:
    assert format_request(read_request(prompt)) == _VERBS[prompt]


@pytest.mark.parametrize("prompt", _NAMES)
def test_words_name_what_they_mean_where_they_stand(prompt: str) -> None:
    assert format_request(read_request(prompt)) == _NAMES[prompt]


@pytest.mark.parametrize(
    ("prompt", "left_out"),
    [("a pirate ship", "pirate"), ("a cat with green eyes", "green eyes")],
)
def test_what_no_picture_shows_is_told(prompt: str, left_out: str) -> None:
    assert any(f"leaves out '{left_out}'" in doubt for doubt in doubts(prompt, read_request(prompt)))
