"""Family: parents and children of animals are animals: a daddy bear, ducklings and their mother, 象宝宝.

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from dataclasses import replace

from tiledraw.language.hearing.referring import group_of
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese
from tiledraw.language.subjects import ANIMALS

_PARENTS = ("mother", "mom", "mum", "mommy", "mummy", "mama", "momma", "father", "dad", "daddy", "papa", "妈妈", "爸爸",
            "母亲", "父亲", "妈", "爸")  # fmt: skip
_CHILDREN = ("baby", "babies", "宝宝")
_OWNERS = ("its", "their", "它的", "它们的")
_SOMEBODYS = ("her", "his")
_JOINING = ("relation", "passive", "and", "with")  # 小鸭子跟着妈妈


def animal_families(tokens: list[Token]) -> list[Token]:
    """Tokens in which parents and children of an animal are further ones of it."""
    found: list[Token] = []
    skip = False
    for number, token in enumerate(tokens):
        word = token.text.casefold()
        if skip:
            skip = False
        elif token.kind != "thing" or word not in (*_PARENTS, *_CHILDREN):
            found.append(token)
        elif not is_chinese(word) and number + 1 < len(tokens) and _is_animal(tokens[number + 1]):
            found += [_small(token)] if word in _CHILDREN else []  # "a papa penguin"
        elif is_chinese(word) and found and _is_animal(found[-1]) and found[-1].end == token.start:
            if word in _CHILDREN:
                found.insert(-1, _small(found[-1]))
        elif (animal := _owner(found, is_chinese(word))) is not None:
            found.append(Token("count", 1, False, "", token.start, token.start))  # no word for the former one
            found += [_small(token)] if word in _CHILDREN else []
            found.append(replace(token, value=animal.value))
        else:
            found.append(token)
    return found


def _owner(before: list[Token], chinese: bool) -> Token | None:
    """The animal whose parent or child is named behind these tokens, None if it is nobody's or somebody's."""
    things = [token for token in before if token.kind in ("thing", "end")]
    if not things or not _is_animal(things[-1]):
        return None
    words = "".join(token.text for token in before[-2:]).casefold() if chinese else before[-1].text.casefold()
    owned = words in _OWNERS or (chinese and before[-1].kind in _JOINING)
    owned |= words in _SOMEBODYS and not any(group_of(token.value) == "people" for token in things)
    return things[-1] if owned else None


def _is_animal(token: Token) -> bool:
    return token.kind == "thing" and group_of(token.value) in ANIMALS


def _small(token: Token) -> Token:
    return Token("size", "small", False, "", token.start, token.start)
