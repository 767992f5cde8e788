"""Compounds: neighbours that make one word ("sewing machine", "daddy bear"), and nouns that name no thing of their own
where they stand: weather, parts of a body.

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tiledraw.language.hearing.referring import LIVING, group_of
from tiledraw.language.hearing.spelling import stranger
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.kin import is_noun
from tiledraw.language.nouns import is_chinese, names
from tiledraw.language.subjects import ANIMALS

_PARTICIPLE = re.compile("[aeiouy].*ing$")  # no swing, no ring
_WEATHER = {"rain": "rain", "drizzle": "rain", "downpour": "rain", "fog": "fog", "mist": "fog", "haze": "fog",
            "storm": "storm", "tempest": "storm", "wind": "wind", "breeze": "wind", "gale": "wind", "雨": "rain",
            "雾": "fog", "暴风雨": "storm", "风": "wind"}  # fmt: skip
_PARTS = {"tail", "tails", "ear", "ears", "whiskers", "wing", "wings", "paw", "paws", "nose", "mouth", "leg", "legs",
          "eye", "eyes", "beak", "horn", "horns", "antlers", "fur", "feathers", "hair", "beard", "moustache",
          "mustache", "teeth", "trunk", "lap", "mane", "neck", "face", "head", "body", "arms", "hands", "feet", "smile",
          "petals", "stem"}  # fmt: skip
_FAMILY = ("mother", "mom", "mum", "mommy", "mummy", "mama", "father", "dad", "daddy", "papa", "baby", "妈妈", "爸爸",
           "宝宝")  # fmt: skip
_COATS = {"fur", "feathers", "毛", "皮毛", "羽毛"}  # who has them in a colour has that colour
_CHINESE_PARTS = {"眼睛", "耳朵", "尾巴", "鼻子", "嘴", "嘴巴", "翅膀", "腿", "胡子", "爪子", "脸", "头发", "鬃毛",
                  "毛"}  # fmt: skip


def compounds(tokens: list[Token]) -> list[Token]:
    """Tokens with neighbours that make one word: "washing" and "machine", 河 and 马 where 河马 is no subject."""
    joined: list[Token] = []
    for token in _without_owners(_without_family(tokens)):
        if joined and (kind := _one_word(joined[-1], token)):
            first = joined.pop()
            text = first.text + " " * (token.start - first.end) + token.text
            value = stranger(text.casefold()).value if kind == "noun" else "strange"
            token = Token(kind, value, token.several, text, first.start, token.end)
        joined.append(token)
    return _placed(joined)


def _without_family(tokens: list[Token]) -> list[Token]:
    """Tokens without what an animal is in its family: "a daddy bear", 象宝宝."""
    return [
        token
        for token, before, behind in zip(tokens, [None, *tokens], [*tokens[1:], None], strict=False)
        if token.text.casefold() not in _FAMILY or not _is_animal(before if is_chinese(token.text) else behind)
    ]


def _without_owners(tokens: list[Token]) -> list[Token]:
    """Tokens in which people say of what kind a thing is, and are not shown: "a pirate ship", "a witch hat"."""
    return [
        replace(token, kind="other", value="unseen") if behind is not None and _is_owner(token, behind) else token
        for token, behind in zip(tokens, [*tokens[1:], None], strict=False)
    ]


def _is_owner(one: Token, other: Token) -> bool:
    both = (
        one.kind == other.kind == "thing" and other.start == one.end + 1 and not (one.several or is_chinese(one.text))
    )
    return both and group_of(one.value) in ("people", "fantasy") and group_of(other.value) not in LIVING


def _is_animal(token: Token | None) -> bool:
    return token is not None and token.kind == "thing" and group_of(token.value) in ANIMALS


def _placed(tokens: list[Token]) -> list[Token]:
    """Tokens in which weather is no thing, and parts of things are none alone; how a part looks is not how the whole
    does, and is `unseen`."""
    found: list[Token] = []
    for token in tokens:
        if token.kind in ("noun", "other") and token.text.casefold() in _WEATHER:
            token = replace(token, kind="filler", value=_WEATHER[token.text.casefold()])
        elif _is_part(token, found):
            token = _seen(token, found)
        found.append(token)
    return found


def _seen(part: Token, before: list[Token]) -> Token:
    """A part with what is said of how it looks: "green eyes" of a cat, which is not green."""
    looks: list[Token] = []
    word = part.text.casefold()
    while word not in _COATS and before and before[-1].kind in ("colour", "size", "second"):
        looks.insert(0, before.pop())
    if not looks and " " not in part.text:
        return part if part.kind == "filler" else replace(part, kind="other")
    space = "" if is_chinese(part.text) else " "
    text = space.join(one.text for one in (*looks, part))
    kind = "filler" if part.kind == "filler" else "other"
    return Token(kind, "unseen", False, text, looks[0].start if looks else part.start, part.end)


def _names_part(token: Token) -> bool:
    return token.text.casefold().split()[-1:] != [] and token.text.casefold().split()[-1] in (*_PARTS, *_CHINESE_PARTS)


def _is_part(token: Token, before: list[Token]) -> bool:
    """Whether a word is a part of something named before it: "a dog without a tail", "a snowman with a carrot nose"."""
    if token.kind in ("filler", "other"):
        return _names_part(token)
    things = [one for one in before if one.kind == "thing"]
    owners = [one for one in things if group_of(one.value) in LIVING]
    return token.kind == "noun" and _names_part(token) and bool(owners)


def _one_word(one: Token, other: Token) -> str:
    """The kind of the word that two neighbours make, or ""."""
    touch = one.end == other.start
    if one.kind == other.kind == "noun" and touch:
        return "noun"
    if one.kind == "other" and other.kind == "noun" and is_noun(one.text + " " + other.text):
        return "noun"  # "sewing" "machine"
    if one.kind == other.kind == "noun" and not is_chinese(one.text + other.text):
        return "" if one.value == "thing" and other.value == "strange" else "noun"  # "a hammock strung up"
    if touch and one.kind == "other" and one.value == "strange" and len(one.text) == 1 and _is_short(other):
        return "noun"  # 喷 壶
    if touch and is_chinese(one.text) and is_chinese(other.text):
        if {one.kind, other.kind} == {"noun", "other"} and "word" not in (one.value, other.value):
            noun = one if one.kind == "noun" else other
            return "noun" if noun.value != "thing" or is_noun(one.text + other.text) else ""  # 荡 秋千
        if one.kind == other.kind == "other" and "word" not in (one.value, other.value):
            return "noun" if is_noun(one.text + other.text) else "other"
    if one.kind == "thing" and other.kind == "noun" and other.value == "thing" and one.text.isascii():
        acts = other.text.endswith("s") or _PARTICIPLE.search(other.text)
        return "" if acts else "noun"  # "cat litter", but "my cat turns five", "a school bus stopping"
    return ""


def _is_short(token: Token) -> bool:
    """Whether a thing is named by one character that is no name by itself: 壶 for 茶壶."""
    short = token.kind == "thing" and len(token.text) == 1 and is_chinese(token.text)
    return short and token.text not in names(token.value, "zh")
