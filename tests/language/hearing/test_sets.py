"""One of several things is told apart by its side, its size or its place in a row."""

from __future__ import annotations

import pytest

from tiledraw.language.hearing.reader import read_request
from tiledraw.language.request import format_request

_SETS = {
    "the horse on the left is white and the horse on the right is brown": "- 1 horse, white, left\n"
    "- 1 horse, brown, right",
    "two cats: the left cat is black and the right cat is white": "- 1 cat, black, left\n- 1 cat, white, right",
    "左边的猫是黑色的，右边的猫是白色的": "- 1 cat, black, left\n- 1 cat, white, right",
    "five bottles in a row, the middle one is red and the others are green": "- 1 bottle, red, between bottle 2\n"
    "- 4 bottle, green, row",
    "three balloons in a row, one red, one green and one blue": "- 1 balloon, red, left of balloon 2\n"
    "- 1 balloon, green, left of balloon 3\n- 1 balloon, blue",
    "seven balloons, each in a different colour": "- 1 balloon, red\n- 1 balloon, yellow\n- 1 balloon, blue\n"
    "- 1 balloon, green\n- 1 balloon, orange\n- 1 balloon, purple\n- 1 balloon, pink",
    "三只不同颜色的猫": "- 1 cat, black\n- 1 cat, white\n- 1 cat, orange",
    "a tall tree next to a house": "- 1 tree, next to house\n- 1 house",
}
_DEEDS = {
    "a dog chasing a cat chasing a mouse": "- 1 dog, chasing cat\n- 1 cat, chasing mouse\n- 1 mouse",
    "戴着墨镜的狗和戴着帽子的猫": "- 1 sunglasses\n- 1 dog, wearing sunglasses\n- 1 hat\n- 1 cat, wearing hat",
    "a snowman that has a red scarf": "- 1 snowman, wearing scarf\n- 1 scarf, red",
    "a robot carrying a box of apples": "- 1 robot, holding box\n- 1 box\n- 3 apple, in box",
    "no monkeys and a tiger": "- 1 tiger\nabsent: monkey",
    "一只猫，再来一只狗": "- 1 cat\n- 1 dog",
}


@pytest.mark.parametrize("prompt", _SETS)
def test_one_of_several_is_told_apart(prompt: str) -> None:
    assert format_request(read_request(prompt)) == _SETS[prompt]


@pytest.mark.parametrize("prompt", _DEEDS)
def test_who_does_what_is_heard(prompt: str) -> None:
    assert format_request(read_request(prompt)) == _DEEDS[prompt]
