"""Listening: what a thinker copies of a prompt that it reads in simplified characters is said in the prompt's own."""

import pytest

from tiledraw.drawing.listening import in_words_of
from tiledraw.language.hearing.scanning import simplified


@pytest.mark.parametrize(
    ("prompt", "text", "said"),
    [
        ("一隻貓和一個風鈴", "- 1 cat\nunknown: 风铃", "- 1 cat\nunknown: 風鈴"),
        ("風鈴、銅鑼", "unknown: 铜锣, 风铃", "unknown: 銅鑼, 風鈴"),
        ("一只猫和一个风铃", "- 1 cat\nunknown: 风铃", "- 1 cat\nunknown: 风铃"),
        ("一隻貓", "- 1 cat", "- 1 cat"),
    ],
)
def test_unknown_words_are_those_of_the_prompt(prompt, text, said):
    assert in_words_of(text, simplified(prompt), prompt) == said
