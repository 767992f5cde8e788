"""Contrasts: "tall" and "short" are sizes where things alike are told apart by them: "a tall tree and a short one".

Knows tokens. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese

_TALL = ("tall", "high", "高", "高的", "高个子", "高个", "高高的", "高大的")
_SHORT = ("short", "low", "矮", "矮的", "矮个子", "矮个", "矮矮的", "矮小的")
_NAMING = ("thing", "ones", "general")
_BETWEEN = ("colour", "size", "material", "pattern", "gen", "measure")


def contrasts(tokens: list[Token]) -> list[Token]:
    """Tokens in which words for heights are sizes, if one is tall and another is short."""
    said = {token.text.casefold() for token in tokens}
    if not (said & {*_TALL} and said & {*_SHORT}):
        return tokens
    found = list(tokens)
    for number, token in enumerate(tokens):
        word = token.text.casefold()
        if token.kind in ("filler", "other", "noun") and word in (*_TALL, *_SHORT) and _leads(tokens[number + 1 :]):
            found[number] = replace(token, kind="size", value="large" if word in _TALL else "small")
            if tokens[number + 1].text == "个" and number + 2 < len(tokens) and tokens[number + 2].text == "子":
                found[number + 1] = replace(tokens[number + 1], kind="filler", value="")  # 矮 个 子
    return found


def _leads(rest: Iterable[Token]) -> bool:
    """Whether the noun of which it is said follows."""
    said = (one for one in rest if one.kind not in _BETWEEN and one.text not in ("子", "个"))
    named = next((one for one in said if one.kind not in ("other", "noun") or is_chinese(one.text)), None)  # 高的插玫瑰
    return named is not None and (named.kind in _NAMING or named.text.casefold() == "one")
