"""Following: what comes behind a word of a scanned sentence, as far as the reader has to look.

Knows tokens. Knows nothing about what has been read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import takewhile

from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese

LOOKS = ("size", "colour", "second", "pattern", "material", "style")
MODIFIERS = ("the", "one", "count", "few", "pair", "each", "grid", "measure", "gen", "filler", "other", "comparative",
             "facing", "two colours", *LOOKS)  # fmt: skip
NAMING = ("thing", "it", "ones", "noun", "both")


def clause_of(tokens: Iterable[Token]) -> list[Token]:
    """The tokens up to where a clause ends; of reversed ones those back to where it begins."""
    return list(takewhile(lambda token: token.kind != "break", tokens))


def words(tokens: list[Token]) -> list[str]:
    return [token.text.casefold() for token in tokens]


def names_thing(tokens: list[Token]) -> bool:
    """Whether a noun follows, with no more before it than what is said of it."""
    stands_in = False  # "a red one"
    for token in tokens[:9]:
        if token.kind in (*NAMING, "each other", "ordinal", "rest"):
            return True
        if token.kind not in (*MODIFIERS, "place") or (stands_in and token.kind == "place"):
            return stands_in
        stands_in = token.text.casefold() == "one" or (stands_in and token.kind == "filler")
    return stands_in


def names_alone(tokens: list[Token]) -> bool:
    """Whether one noun follows and then the clause ends."""
    clause = clause_of(tokens)
    return names_thing(clause) and sum(token.kind in NAMING for token in clause) == 1


def told_of(tokens: list[Token]) -> bool:
    """Whether something is said behind a number without a noun: "two" "are white", "one" "on the left"."""
    for token in tokens[:5]:
        if token.kind not in ("measure", "filler", "the", "gen", "of", "it", "only"):
            return token.kind in (*LOOKS, "facing", "place", "fraction", "relation", "relates to it", "passive")
    return False


def refused_behind(tokens: list[Token]) -> bool:
    """Whether a Chinese clause ends in a negation: 动物一概不画."""
    clause = clause_of(tokens)
    return bool(clause) and clause[-1].kind == "not" and is_chinese(clause[-1].text)


def leads_to(tokens: list[Token], kinds: Collection[str]) -> bool:
    """Whether the next word that means something is of one of these kinds."""
    for token in tokens[:4]:
        if token.kind not in ("the", "one", "filler", "measure", "other"):
            return token.kind in kinds
    return False


def of_thing(tokens: list[Token]) -> bool:
    """Whether a place goes on as the side of a thing: "top" "of the tree", not "of the picture"."""
    for number, token in enumerate(tokens[:3]):
        if token.kind == "of":
            return names_thing(tokens[number + 1 :])
        if token.kind != "filler":
            return False
    return False


def has_thing(tokens: Iterable[Token]) -> bool:
    """Whether something that is known is named."""
    return any(token.kind == "thing" for token in tokens)


def side_behind(tokens: list[Token]) -> tuple[str, ...]:
    """The side of the picture that is said right behind a noun: "the horse on the left"; () if there is none."""
    for number, token in enumerate(tokens[:4]):
        if token.kind == "place":
            return () if of_thing(tokens[number + 1 :]) else token.value
        if token.kind not in ("relation", "the") or is_chinese(token.text):
            return ()
    return ()


def lists(tokens: list[Token]) -> bool:
    """Whether a list goes on with bare things up to an "and": "a dog and a pig on a bed", "a dog, a pig and a hen"."""
    named = False
    for token in tokens:
        if token.kind == "and":
            return named
        if token.kind in NAMING:
            if named:
                return False
            named = True
        elif token.text in (",", "，", "、"):
            named = False
        elif token.kind not in MODIFIERS:
            return False
    return False


def goes_on(tokens: list[Token]) -> bool:
    """Whether "and" and another noun follow: "between a dog and a cat"."""
    return bool(tokens) and tokens[0].kind == "and" and names_thing(tokens[1:])


def breaks_first(tokens: list[Token]) -> bool:
    """Whether a clause ends before the next noun."""
    for token in tokens:
        if token.kind in ("thing", "noun", "ones"):
            return False
        if token.kind in ("break", "not", "instead"):
            return True
    return True


def but_only(tokens: list[Token]) -> bool:
    """Whether a negation only means that there is nothing more: "nothing but a cat", 除了一颗星星什么也别放."""
    text = "".join(words(tokens))
    return any(word in text for word in ("什么", "别的", "其他", "其它", "一概", "都不", "都别"))


def ends_refusal(before: list[Token], rest: list[Token]) -> bool:
    """Whether "and" leads from what is refused to what is wanted: "no cats and a dog"."""
    refusal = next((one.text.casefold() for one in clause_of(reversed(before)) if one.kind == "not"), "")
    return refusal == "no" and names_thing(rest) and rest[0].kind in ("one", "count")
