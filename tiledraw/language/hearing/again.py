"""Again: whether a Chinese noun names again, by a shorter word or one for its kind, what was named before.

Knows drafts and the groups of subjects. Knows nothing about sentences.
"""

from __future__ import annotations

from tiledraw.language.hearing.drafts import Draft
from tiledraw.language.hearing.referring import PEOPLE, group_of
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese


def is_short_for(token: Token, thing: Draft) -> bool:
    """Whether a Chinese noun may name a thing again: 椅子 an 扶手椅, 树 a 松树, 花 a 郁金香."""
    short = core(token.text)
    if not is_chinese(token.text) or not short or thing.text == token.text:
        return False
    return group_of(thing.subject) not in PEOPLE and core(thing.text).endswith(short)


def core(noun: str) -> str:
    """A Chinese noun without the 子 or 儿 that may end it."""
    return noun.removesuffix("子").removesuffix("儿")
