"""Noise in Chinese: traditional characters, and slips of typing that a reader sees through.

Knows characters. Knows nothing about requests.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from functools import cache

import numpy as np

from tiledraw.language.phrasing.chinese_tables import tables

_COUNTED_ONE = re.compile("(?<=[一二两三四五六七八九十几这那每半整另0-9])只")
_PUNCTUATION = {
    "，": (",", " ", "、", "，，", "", "。"), "。": (".", "", "。。", "！", " "), "！": ("!", "!!", "。"),
    "：": (":", " ", ""), "；": (";", "，", " "), "、": (",", " ", "，"), "？": ("?", "??", ""),
}  # fmt: skip


@cache
def _traditional() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for pair in tables().words["characters"]["traditional"]}


def traditional(text: str) -> str:
    """The text in traditional characters."""
    return _COUNTED_ONE.sub("隻", text).translate(_traditional())


def noisy(prompt: str, rng: np.random.Generator, keep: Collection[str]) -> str:
    """A prompt as people type it in haste: one to three slips, never inside the words to keep."""
    dice = random.Random(int(rng.integers(2**62)))
    words = sorted(filter(None, keep), key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, words))})", prompt) if words else [prompt]
    free = [n for n in range(0, len(parts), 2) if parts[n]]
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3))):
        if free and parts[n := dice.choice(free)]:
            parts[n] = _slipped(parts[n], dice)
    return "".join(parts)


def _slipped(text: str, dice: random.Random) -> str:
    """A text with one slip: a word of the same sound, another mark, a doubled character, a space."""
    slips = tables().words["slips"]
    kind = dice.random()
    if kind < 0.55:
        options = [word for word in slips if word in text]
        if options:
            word = dice.choice(options)
            at = dice.choice([found.start() for found in re.finditer(re.escape(word), text)])
            return text[:at] + dice.choice(slips[word]) + text[at + len(word) :]
    if kind < 0.75:
        marks = [at for at, char in enumerate(text) if char in _PUNCTUATION]
        if marks:
            at = dice.choice(marks)
            return text[:at] + dice.choice(_PUNCTUATION[text[at]]) + text[at + 1 :]
    # Digits and numbers are never doubled: 三三只 would be another number.
    at = int(dice.random() * len(text))
    if kind < 0.87 and text[at] in "画的请帮我给想要在有是把你和吧":
        return text[: at + 1] + text[at:]
    if kind < 0.93 and not text[at].isascii():
        return text[:at] + " " + text[at:]
    return _COUNTED_ONE.sub("隻", text).translate(_traditional()) if kind > 0.97 else text
