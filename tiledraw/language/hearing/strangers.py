"""Strangers: nouns that people could ask for and that mean nothing here, to learn from what is to be refused.

Knows words. Knows nothing about sentences, plans or models.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from hashlib import blake2b

from tiledraw.language.hearing.meanings import Meaning, meanings, pieces
from tiledraw.language.hearing.scanning import scan
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.kin import things
from tiledraw.language.nouns import is_chinese, names
from tiledraw.language.subjects import drawn_as, subjects

_FOLDS = {"train": (0, 1, 2, 3), "validation": (4,), "test": (5,)}


def strangers(language: str, split: str, known: Collection[str]) -> tuple[str, ...]:
    """Things that people could ask for and that none of the `known` subjects covers, in 'en' or 'zh'. A word belongs to
    one split of 'train' (4 of 6), 'validation' and 'test', whatever else is in the table."""
    return _strangers_to(language, split, frozenset(known))


@lru_cache(maxsize=32)
def _strangers_to(language: str, split: str, known: frozenset[str]) -> tuple[str, ...]:
    taken = {word for name in known if name in subjects() for word in names(name, language, known)}
    heard = (word for word, subject in _nouns(language, split) if subject is None or drawn_as(subject, known) is None)
    others = [name for name in subjects() if drawn_as(name, known) is None]
    named = (word for name in others for word in names(name, language) if _asked(word, language, split))
    return tuple(word for word in (*heard, *named) if word not in taken and word not in known)


@cache
def _nouns(language: str, split: str) -> tuple[tuple[str, str | None], ...]:
    """Nouns, and the subject that each stands for, None if it means nothing here: a hatchback stands for a car, and
    "silver", which is a colour, is left out."""
    found = list[tuple[str, str | None]]()
    for word in sorted(word for word in things() if _asked(word, language, split)):
        heard = _heard(word)
        if heard is None or heard.kind in ("noun", "thing"):
            found.append((word, heard.value if heard is not None and heard.kind == "thing" else None))
    return tuple(found)


def _heard(word: str) -> Meaning | Token | None:
    """What a noun means as a whole; Chinese ones may be put together of what means something: 仔猪, 木箱."""
    tokens = [token for sentence in scan(word) for token in sentence]
    if not is_chinese(word):
        whole = len(tokens) == 1 and tokens[0].kind not in ("noun", "other")
        return tokens[0] if whole else meanings().get(pieces(word))
    named = [token for token in tokens if token.kind == "thing"]
    return (named or tokens)[0] if all(token.kind not in ("noun", "other") for token in tokens) else None


def _asked(word: str, language: str, split: str) -> bool:
    """Whether a word is of a language and a split, which a hash decides, the same for every version of the table."""
    fold = int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big") % 6
    shortest = 2 if language == "zh" else 3
    return is_chinese(word) == (language == "zh") and len(word) >= shortest and fold in _FOLDS[split]
