"""Relevance: which sentences of a prompt ask for something, and which tell of the writer's life.

Knows scanned sentences. Knows nothing about how their words join.
"""

from __future__ import annotations

from tiledraw.language.hearing.meanings import word_set
from tiledraw.language.hearing.scanning import Token


def relevant(sentences: list[list[Token]]) -> list[list[Token]]:
    """The sentences that ask for something. Where those that name a thing all tell of something else, they are what
    there is; what nobody knows in a sentence that tells is not asked for."""
    named = [sentence for sentence in sentences if _names(sentence)]
    asked = [sentence for sentence in named if not _tells(sentence)]
    if not named:
        return sentences
    kept = []
    for sentence in sentences:
        if (asked and sentence in named and sentence not in asked) or (sentence not in named and _tells(sentence)):
            continue
        asks = (sentence in named and not _tells(sentence)) or _demands(sentence)
        kept.append(sentence if asks else [token for token in sentence if token.kind != "noun"])
    return kept


def _demands(sentence: list[Token]) -> bool:
    """Whether a sentence that names nothing known asks for something all the same: "a walrus", "draw a walrus"."""
    words = [token.text.casefold() for token in sentence]
    return (
        bool(words)
        and (words[0] in word_set("draws") or sentence[0].kind in ("one", "count", "noun"))
        and len(words) <= 8
    )


def _names(sentence: list[Token]) -> bool:
    return any(token.kind == "thing" for token in sentence)


def _tells(sentence: list[Token]) -> bool:
    """Whether a sentence tells of something else than the picture."""
    words = [token.text.casefold() for token in sentence]
    return bool(words) and words[0] in word_set("tells") and not word_set("asks") & set(words)
