"""Homonyms: words that name a thing or a side, and are verbs where they stand: "a snake leaves the house", "she left
her shoes on the table", "a rainbow arches over the hills".

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from dataclasses import replace

from tiledraw.language.hearing.meanings import meanings
from tiledraw.language.hearing.tokens import Token

_NAMED = ("the", "one", "count", "few", "and", "relation", "with", "colour", "size", "material",
          "pattern", "other", "not")  # fmt: skip
_DETERMINERS = ("the", "a", "an", "its", "her", "his", "their", "my", "our", "them", "him", "it")
_DOERS = ("he", "she", "it", "they", "who", "that", "which", "i", "we", "you", "everyone", "someone", "somebody")
_GOING = {"waves": ("at", "to", "back", "goodbye"), "leaves": ("for",), "ducks": (), "arches": (), "flies": ()}


def homonyms(tokens: list[Token]) -> list[Token]:
    """Tokens in which a word that names a thing is a verb behind who does it and before what it is done to."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        rest = tokens[number + 1 :]
        if token.kind in ("thing", "place") and _is_done(token, found, rest):
            token = replace(token, kind="filler", value="", several=False)
        elif token.several and _ends_done(token, rest):
            token = replace(token, several=False)  # "a rainbow arches over the hills"
        found.append(token)
    return found


def _is_done(token: Token, before: list[Token], rest: list[Token]) -> bool:
    word = token.text.casefold()
    doer = before[-1] if before else None
    pronoun = doer is not None and doer.text.casefold() in _DOERS
    if word == "saw" and token.kind == "thing":
        if doer is None or doer.kind in ("break", "end"):
            return _is_determined(rest)  # "Saw a fox yesterday"
        named = doer.kind in _NAMED or doer.text.casefold() in _DETERMINERS
        return not named
    does = doer is not None and doer.kind in ("thing", "noun", "background") and not doer.several
    if not (pronoun or (does and doer is not None and doer.text.isascii())):
        return False
    if word == "left":
        aside = any(one.text.casefold() == "right" for one in rest)  # "cat left the dog right"
        return _is_determined(rest) and (pronoun or (rest[0].text.casefold() not in ("a", "an") and not aside))
    if token.kind == "place" or not token.several:
        return False
    return (word.endswith("s") and _is_determined(rest)) or (word in _GOING and _goes(word, rest))


def _ends_done(token: Token, rest: list[Token]) -> bool:
    """Whether a name of two words is one word and a verb: of "rainbow arches" the first means the same."""
    first, *more = token.text.casefold().split()
    meaning = meanings().get((first,))
    alike = len(more) == 1 and meaning is not None and meaning[:2] == (token.kind, token.value)
    return alike and more[0] in _GOING and (_is_determined(rest) or _goes(more[0], rest))


def _is_determined(rest: list[Token]) -> bool:
    return bool(rest) and rest[0].text.casefold() in _DETERMINERS


def _goes(word: str, rest: list[Token]) -> bool:
    return bool(rest) and (rest[0].kind == "relation" or rest[0].text.casefold() in _GOING[word])
