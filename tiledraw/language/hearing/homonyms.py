"""Homonyms: words that name a thing or a side, and mean something else where they stand: "a snake leaves the house",
"she left her shoes on the table", "I saw a fox", "a cat as well", "a square table", "they form a circle".

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from dataclasses import replace

from tiledraw.language.hearing.tokens import Token

_NAMED = ("the", "one", "count", "few", "and", "relation", "with", "colour", "size", "material", "pattern", "other")
_BEFORE_NOUNS = ("the", "one", "count", "few", "relation", "colour", "size", "material", "pattern", "of")
_DETERMINERS = ("the", "a", "an", "its", "her", "his", "their", "my", "our", "them", "him", "it")
_SHAPES = ("circle", "square", "triangle", "rectangle")  # of tables, of dances, and by themselves
_FORMED = ("in", "into", "as", "form", "forms", "forming", "make", "makes", "making", "of", "like", "成", "排成")
_DOERS = ("he", "she", "it", "they", "who", "that", "which", "i", "we", "you", "everyone", "someone", "somebody")


def homonyms(tokens: list[Token]) -> list[Token]:
    """Tokens in which words that name things are none where they are verbs, shapes of others, or "well" tells how."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        rest = tokens[number + 1 :]
        if token.kind in ("thing", "place") and _is_done(token, found, rest):
            token = replace(token, kind="filler", value="", several=False)
        elif token.kind == "thing" and token.value in _SHAPES and _is_form(found, rest):
            stands = token.value == "circle" and not (rest and rest[0].kind in ("thing", "gen"))
            token = replace(token, kind="arrangement" if stands else "filler", several=False)
        elif token.kind == "thing" and token.text.casefold() == "well" and _is_how(found):
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


def _is_form(before: list[Token], rest: list[Token]) -> bool:
    """Whether a shape tells how things look or stand, and is none of the things itself."""
    if rest and (rest[0].kind in ("thing", "noun", "general", "of", "gen") or rest[0].text.casefold() == "made"):
        return True
    if not before:
        return False
    formed = [token for token in before[-2:] if token.kind not in ("one", "the")][-1:]
    return before[-1].text.casefold().endswith("the") or any(token.text.casefold() in _FORMED for token in formed)


def _is_how(before: list[Token]) -> bool:
    """Whether "well" stands where no noun does."""
    if before and before[-1].text.casefold() == "as":
        return True
    last = next((token for token in reversed(before) if token.kind not in ("filler", "other")), None)
    return last is None or not (last.kind in _BEFORE_NOUNS or last.text.casefold() in _DETERMINERS)
