"""Noise: prompts as they come from hurried fingers.

A word with a slip in it stays recognisable: one slip, in a word of five letters or more, never in its first letter.
Knows letters. Knows nothing about requests.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from tiledraw.language.phrasing.dice import Dice

_KEYS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "adw", "d": "sfe", "f": "dgr", "g": "fht", "h": "gjy", "j": "hku", "k": "jli",
    "l": "kop", "z": "xa", "x": "zcs", "c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "nj",
}  # fmt: skip
_SLANG = {
    "please": ("pls", "plz", "plss"), "you": ("u",), "your": ("ur",), "thanks": ("thx", "tnx"), "thank you": ("ty",),
    "are": ("r",), "want to": ("wanna",), "going to": ("gonna",), "give me": ("gimme",), "and": ("n", "&"),
    "with": ("w/", "wit"), "without": ("w/o",), "because": ("cuz",), "picture": ("pic",), "background": ("bg",),
    "something": ("smth",), "the": ("teh", "da"), "don't": ("dont",), "I'd": ("id",), "it's": ("its",),
}  # fmt: skip
_DECORATIONS = ("🎨", "🙏", "😊", "✨", "😂", "🖼️", "👍", "😍", "🤩", "🙂", "💯", "😅")
# Words that a slip would turn into another that counts: "on" into "in", "four" into "for", "left" into "lift".
_KEPT = {"black", "white", "green", "brown", "beige", "cream", "three", "seven", "eight", "eleven", "twelve", "above",
         "below", "under", "behind", "front", "between", "around", "right", "upper", "lower", "north", "south", "night",
         "without", "empty", "small", "large", "other", "stone", "glass", "metal"}  # fmt: skip


def noisy(prompt: str, rng: np.random.Generator, keep: Collection[str]) -> str:
    """The prompt with slips, slang, lost marks and capitals.

    Args:
        keep: Words that stand as they are: what nobody here can draw, which is copied letter by letter.
    """
    dice = Dice(rng)
    held = sorted(filter(None, keep), key=len, reverse=True)
    parts = re.split("(" + "|".join(map(re.escape, held)) + ")", prompt) if held else [prompt]
    strength = dice.pick((0.02, 0.05, 0.1))
    lower, slang, articles = dice.chance(0.3), dice.chance(0.4), dice.chance(0.15)
    bare, spaces = dice.chance(0.25), dice.chance(0.1)
    parts = [
        part if part in keep else _part(part, dice, strength, lower, slang, articles, bare, spaces) for part in parts
    ]
    text = "".join(parts).strip(" ")
    if dice.chance(0.12):
        text = f"{text} {dice.pick(_DECORATIONS) * dice.pick((1, 1, 2, 3))}"
    elif dice.chance(0.06):
        text = f"{text} {dice.pick(('lol', 'haha', 'pls', 'thx', 'xD', ':)', '!!!', '...', '??'))}"
    return text


def _part(
    text: str, dice: Dice, strength: float, lower: bool, slang: bool, articles: bool, bare: bool, spaces: bool
) -> str:
    text = text.lower() if lower else text
    if slang:
        for word, others in _SLANG.items():
            if dice.chance(0.5):
                text = re.sub(rf"(?<![\w'-]){word}(?![\w'-])", dice.pick(others), text)
    if articles:  # not before what only an article makes one
        text = re.sub(r"(?<![\w'])(?:the|an?) (?=[a-z])", lambda _: "" if dice.chance(0.6) else _[0], text)
    if bare:
        text = re.sub(r"[.!](?= |$)|(?<=\w)[,](?= and)", "", text)
    text = re.sub(r"[A-Za-z]{5,}", lambda found: _slip(found[0], dice) if dice.chance(strength) else found[0], text)
    return re.sub(" ", lambda _: "  " if dice.chance(0.08) else " ", text) if spaces else text


def _slip(word: str, dice: Dice) -> str:
    """One slip within a word: two letters swapped, one dropped, doubled, or its neighbour on the keyboard."""
    if word.lower() in _KEPT:
        return word
    at, kind = 1 + dice.below(len(word) - 2), dice.roll()
    if kind < 0.3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.55:
        return word[:at] + word[at + 1 :]
    if kind < 0.75:
        return word[:at] + word[at] + word[at:]
    keys = _KEYS.get(word[at].lower(), word[at])
    return word[:at] + dice.pick(keys) + word[at + 1 :]
