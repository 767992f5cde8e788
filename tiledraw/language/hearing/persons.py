"""Persons: relatives, friends and the writer are people where "and" or a deed joins them to what is drawn: "my brother
and a dog", 我和妈妈牵着狗. For whom a picture is, or who wants it, is not shown.

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from dataclasses import replace

from tiledraw.language.hearing.following import LOOKS, clause_of, has_thing, names_thing
from tiledraw.language.hearing.meanings import relatives, word_set
from tiledraw.language.hearing.tokens import Token

_SAID = (*LOOKS, "one", "count", "few", "measure", "pair", "the", "gen", "other", "filler")
_FOR = ("for", "from", "to", "by", "like", "as", "给", "帮", "替", "送", "送给", "为", "画给")


def persons(tokens: list[Token]) -> list[Token]:
    """Tokens in which people who are shown are boys, girls, men, women or persons."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        subject, several = relatives().get(token.text.casefold(), ("", False))
        if subject and token.kind in ("noun", "other", "filler") and _is_joined(found, tokens[number + 1 :]):
            token = replace(token, kind="thing", value=subject, several=several)
        found.append(token)
    return found


def _is_joined(before: list[Token], rest: list[Token]) -> bool:
    """Whether "and" or what they do joins somebody to what is drawn, with no more between than what is said."""
    lead = _first(before[::-1])
    if lead is not None and lead.text.casefold() in _FOR:
        return False
    if lead is not None and lead.kind == "and" and has_thing(clause_of(before[::-1])):
        return True
    if rest and rest[0].kind in ("relation", "passive") and names_thing(rest[1:]):
        return True  # "my son riding his bike"
    follower = _first(rest[1:]) if rest and (rest[0].kind == "and" or rest[0].text == "、") else None
    return follower is not None and (follower.kind == "thing" or follower.text.casefold() in relatives())


def _first(tokens: list[Token]) -> Token | None:
    """The first that is more than what is said of a noun, or whose it is."""
    named = (token for token in tokens if token.kind not in _SAID or token.text.casefold() in relatives())
    return next((token for token in named if token.text.casefold() not in word_set("owns")), None)
