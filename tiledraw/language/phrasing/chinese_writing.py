"""Writing in Chinese: marks, traditional characters, and slips of typing that a reader sees through.

While a text grows, its nouns stand between marks that say which things they name; `written` takes these out. Knows
characters. Knows nothing about requests.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np

from tiledraw.language.nouns import characters
from tiledraw.language.phrasing.chinese_tables import tables

OPEN, CLOSE, FIRST = "\ue000", "\ue001", 0xE100  # around a noun; the numbers of the things that it names
_MARK = re.compile(f"{OPEN}([^{OPEN}]+){OPEN}([^{CLOSE}]+){CLOSE}")
_TIDY = [(re.compile(pattern), to) for pattern, to in (
    (r"[，、；：]+([。！？；\n])", r"\1"), (r"([。！？\n])[，、；。]+", r"\1"), (r"，[，、；]+", "，"),
    (r"：[，；、]+", "："), (r"^[，。；、：\s]+", ""), (r"[，、；：]+$", ""), (r"。+", "。"),
    (r"([~…！？])[，。；]", r"\1"), (r"的的", "的"), (r"风风", "风"), (r"效果效果", "效果"),
)]  # fmt: skip
_HALF = str.maketrans({"，": ", ", "。": ". ", "；": "; ", "：": ": ", "！": "!", "？": "?", "（": "(", "）": ")"})
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_ONE = re.compile("(画|有|(?<![接下上起出])来|整|放|加)一(?=[只个匹头条辆架列艘把朵棵张本台支顶座颗块根])")
_COUNTED_ONE = re.compile("(?<=[一二两三四五六七八九十几这那每半整另0-9])只")
_PUNCTUATION = {
    "，": (",", " ", "、", "，，", "", "。"), "。": (".", "", "。。", "！", " "), "！": ("!", "!!", "。"),
    "：": (":", " ", ""), "；": (";", "，", " "), "、": (",", " ", "，"), "？": ("?", "??", ""),
}  # fmt: skip


def marked(numbers: Sequence[int], noun: str) -> str:
    """A noun that names these things."""
    return f"{OPEN}{''.join(chr(FIRST + number) for number in numbers)}{OPEN}{noun}{CLOSE}"


def written(text: str, count: int, dice: random.Random) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """A text with its punctuation, as people put it or not, and the words by which it names each of its things."""
    for pattern, to in _TIDY:
        text = pattern.sub(to, text)
    if dice.random() < 0.08:
        text = _ONE.sub(r"\1", text)
    if text[-1] not in "。！？~…)）.!?\n”—":
        text += "？" if text[-1] in "吗么" else dice.choice(("", "", "", "", "。", "。", "。", "！", "~"))
    style = dice.random()
    if style < 0.08:
        text = text.translate(_HALF).strip()
    elif style < 0.095:
        text = text.translate(_WIDE)
    elif style < 0.12:
        text = re.sub("[，。；！？]", " ", text).strip()
    if dice.random() < 0.05:
        text = traditional(text)
    named: list[list[str]] = [[] for _ in range(count)]
    for numbers, noun in _MARK.findall(text):
        for number in numbers:
            if noun not in (found := named[ord(number) - FIRST]):
                found.append(noun)
    return _MARK.sub(r"\2", text), tuple(map(tuple, named))


@cache
def _traditional() -> dict[int, str]:
    return {ord(simplified): pair[1] for pair in characters() for simplified in pair[0]}


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
