"""Homonyms: words that name a thing or a side, and are verbs where they stand: "a snake leaves the house", "she left
her shoes on the table", "I saw a fox".

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from dataclasses import replace

from tiledraw.language.hearing.tokens import Token

_NAMED = ("the", "one", "count", "few", "and", "relation", "with", "colour", "size", "material", "pattern", "other")
_DETERMINERS = ("the", "a", "an", "its", "her", "his", "their", "my", "our", "them", "him", "it")
_DOERS = ("he", "she", "it", "they", "who", "that", "which", "i", "we", "you", "everyone", "someone", "somebody")


def homonyms(tokens: list[Token]) -> list[Token]:
    """Tokens in which a word that names a thing is a verb behind who does it and before what it is done to."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        if token.kind in ("thing", "place") and _is_done(token, found, tokens[number + 1 :]):
            token = replace(token, kind="filler", value="", several=False)
        found.append(token)
    return found


def _is_done(token: Token, before: list[Token], rest: list[Token]) -> bool:
    word, doer = token.text.casefold(), before[-1] if before else None
    pronoun = doer is not None and doer.text.casefold() in _DOERS
    if word == "saw" and token.kind == "thing" and pronoun:
        return True
    if not rest or rest[0].text.casefold() not in _DETERMINERS:
        return False
    if word == "saw" and token.kind == "thing":
        return doer is None or not (doer.kind in _NAMED or doer.text.casefold() in _DETERMINERS)
    does = doer is not None and doer.kind in ("thing", "noun", "background") and not doer.several
    verb = word == "left" or (token.several and word.endswith("s"))
    return verb and (pronoun or does)
