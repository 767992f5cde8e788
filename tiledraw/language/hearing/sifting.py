"""Sifting: which tokens of a prompt count, before they are read: emoji that only decorate, what something is compared
with, whose something is, neighbours that make one word, and unknown nouns that nobody asks for.

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from tiledraw.language.attributes import COLOURS
from tiledraw.language.hearing.compounds import compounds
from tiledraw.language.hearing.family import animal_families
from tiledraw.language.hearing.following import LOOKS, clause_of, has_thing, names_thing, refused_behind
from tiledraw.language.hearing.homonyms import homonyms
from tiledraw.language.hearing.meanings import OPPOSITE, word_set
from tiledraw.language.hearing.persons import persons
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.kin import is_noun
from tiledraw.language.nouns import is_chinese

_OWNED = ("thing", "noun", "filler", "other", "colour", "size", "background")
_TELLING = ("break", "end", "relation", "place", "localiser", "relates to it", "and", "with", "passive")
_VAGUE = tuple("个种份位名张幅片点道层班")  # measure words of what is no thing, too
_SIDES = {"左": ("left",), "右": ("right",), "上": ("top",), "下": ("bottom",), "左边": ("left",), "右边": ("right",),
          "上面": ("top",), "下面": ("bottom",), "上边": ("top",), "下边": ("bottom",), "左侧": ("left",),
          "右侧": ("right",), "中": ("center",), "中间": ("center",)}  # fmt: skip
_BEING = ("is", "are", "was", "were", "painted", "coloured", "colored")
_POINTING = ("that", "this", "these", "those", "her", "him")
_AT = ("to", "on", "at", "in", "under", "behind", "around", "over", "above", "against", "upon", "onto")
_ADJECTIVE = re.compile("(y|ful|ish|al|ous|ic|ive|less|ed|ing|ant|ent|ble)$")
_COUNTING = ("one", "count", "few", "pair", "each")
_ACTS = re.compile(r"(ing|ed|ung|own)$|^(up|down|in|at|under|over|by)\b")


def sifted(tokens: list[Token]) -> Iterator[Token]:
    """The tokens that count, in their order."""
    related = animal_families(_without_similes(_emoji(homonyms(_general(tokens)))))
    named = compounds(persons(_without_owners(_parts(_patterned(_pronouns(_plain(related)))))))
    return _asked_for(_pointed(_sided(_refused(named))))


def _general(tokens: list[Token]) -> list[Token]:
    """Tokens in which "an animal" is the first of some, where nothing else is named; else it only speaks of that."""
    change = {"kind": "filler", "value": ""} if has_thing(tokens) else {"kind": "thing"}
    return [
        replace(token, **{"value": token.value.split("-")[0], **change}) if token.kind == "general" else token
        for token in tokens
    ]


def _emoji(tokens: list[Token]) -> list[Token]:
    """Tokens where emoji count: those of a thing that is also named in words only decorate, and several of one kind in
    a row are as many."""
    named = {token.value for token in tokens if token.kind == "thing" and not _is_glyph(token)}
    found: list[Token] = []
    for _, run in groupby(tokens, key=lambda token: (token.value, 0) if _is_glyph(token) else (None, token.start)):
        first, *more = run
        if not _is_glyph(first):
            found.append(first)
        elif first.value not in named:
            if more:
                found.append(replace(first, kind="count", value=1 + len(more), several=False))
            found.append(first)
    return found


def _patterned(tokens: list[Token]) -> list[Token]:
    """Tokens in which the second colour of a pattern is one: "a red and white striped hat"."""
    found = list(tokens)
    for number, token in enumerate(tokens):
        if token.kind == "pattern" and is_chinese(token.text) is False:
            before = [n for n in range(max(0, number - 6), number) if tokens[n].text != "-"][-3:]
            if [tokens[n].kind for n in before] == ["colour", "and", "colour"]:
                found[before[2]] = replace(tokens[before[2]], kind="second")
                for n in range(before[0] + 1, number):
                    if n != before[2]:
                        found[n] = replace(tokens[n], kind="filler", value="")
    return found


def _plain(tokens: list[Token]) -> list[Token]:
    """Tokens in which a plain colour before a noun is that of the thing, not of a background: "two plain cups"; and
    orange a colour where something is: "the cat is orange"."""
    found = []
    for number, token in enumerate(tokens):
        colour = token.text.casefold().removeprefix("plain ").removeprefix("solid ").removeprefix("pure ")
        plain = token.kind == "background" and token.value in COLOURS and colour == token.value != token.text.casefold()
        behind = tokens[number + 1].kind if number + 1 < len(tokens) else "end"
        if plain and behind in ("thing", "noun"):
            token = replace(token, kind="colour")
        painted = token.text.casefold() == "orange" and number > 0 and tokens[number - 1].text.casefold() in _BEING
        if painted and behind in ("end", "break", "and", "relation", "with", "place"):
            token = replace(token, kind="colour", value="orange")
        found.append(token)
    return found


def _pronouns(tokens: list[Token]) -> list[Token]:
    """Tokens in which words that may point to a thing do so where no noun follows: "left of that", "by her"."""
    found = []
    for number, token in enumerate(tokens):
        following = tokens[number + 1].kind if number + 1 < len(tokens) else "end"
        related = number > 0 and tokens[number - 1].kind in ("relation", "passive")
        if related and token.text.casefold() in _POINTING and following in ("break", "end", "and"):
            token = replace(token, kind="it", value="")
        found.append(token)
    return found


def _parts(tokens: list[Token]) -> list[Token]:
    """Tokens in which a side or a part of a thing is that thing: "to the dog's left" is left of the dog, "on the dog's
    back" on the dog."""
    kept: list[Token] = []
    skip = 0
    for number, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        rest = tokens[number + 1 : number + 5]
        first = 1 if rest and rest[0].kind in ("the", "one") else 0
        named = rest[first : first + 3]
        owned = [one.kind for one in named[:2]] == ["thing", "gen"] and len(named) > 2
        if owned and token.text.casefold() in _AT and (of := _part_of(token, named[2])):
            kept += [replace(token, kind=of[0], value=of[1]), *rest[:first], named[0]]
            skip = first + 3
        else:
            kept.append(token)
    return kept


def _part_of(at: Token, part: Token) -> tuple[str, str] | None:
    """The kind and value of the relation to a whole that a word and a side or a part of it mean."""
    word = part.text.casefold().split()[0]
    if part.kind == "place" and len(part.value) == 1 and part.value[0] in ("left", "right"):
        return "relation", f"{part.value[0]} of"
    return (at.kind, at.value) if word in word_set("parts") and at.kind == "relation" else None


def _without_owners(tokens: list[Token]) -> list[Token]:
    """Tokens without whose a thing is: "socks on grandpa's chair", "for mum's card"; but "to the dog's left"."""
    kept: list[Token] = []
    skip = False
    for number, token in enumerate(tokens):
        gen, owned = (*tokens[number + 1 : number + 3], None, None)[:2]
        owns = gen is not None and gen.text in ("'s", "’s") and owned is not None and owned.kind in _OWNED
        if skip:
            skip = False
        elif token.kind == "thing" and owns:
            skip = True
        else:
            kept.append(token)
    return kept


def _is_glyph(token: Token) -> bool:
    return token.kind == "thing" and not any(character.isalnum() for character in token.text)


def _without_similes(tokens: list[Token]) -> list[Token]:
    """Tokens without what a colour is only compared with: "blue like the ocean", "as red as a tomato"."""
    kept: list[Token] = []
    skipping = ""
    for number, token in enumerate(tokens):
        if skipping and token.kind in ("the", "one", "filler", "gen", "relation"):
            continue
        if skipping and token.kind in ("thing", "noun", "background", "other"):
            skipping = ""
            continue
        skipping = ""
        before = tokens[number - 1].kind if number else ""
        if token.text.casefold() in ("like", "as", "just like") and before in ("colour", "break"):
            skipping = token.text  # "blue like the sea"; "..., like a badge"
            continue
        kept.append(token)
    return kept


def _refused(tokens: list[Token]) -> list[Token]:
    """Tokens with what is refused behind a new noun refused before it: 人一个都不要 as 不要人."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        found.append(token)
        if token.kind != "not" or not is_chinese(token.text) or _goes_on(tokens[number + 1 :]):
            continue
        back = len(found) - 2
        while back >= 0 and (found[back].kind in ("all", "filler", "measure", "only") or found[back].value == 1
                             or found[back].value == "topic"):  # fmt: skip
            back -= 1
        noun = found[back] if back >= 0 else None
        begins = back == 0 or (back > 0 and found[back - 1].kind in ("break", "end", "filler", "count", "measure"))
        if noun is None or noun.kind != "thing" or not is_chinese(noun.text) or not begins:
            continue
        if all(one.value != noun.value for one in tokens[:back]):
            found[back:] = [token, noun]
    return found


def _goes_on(rest: list[Token]) -> bool:
    """Whether a clause goes on behind a negation with what is refused."""
    return any(token.kind not in ("filler", "instead") for token in clause_of(rest[:4]) if token.kind != "end")


def _sided(tokens: list[Token]) -> list[Token]:
    """Tokens where sides stand before each of several things: in 左狗右狼 the wolf is right, not the dog left of it."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        clause = clause_of(reversed(found))
        sided = token.kind in ("localiser", "place") and token.text in _SIDES and len(clause) > 1
        if sided and clause[0].kind in ("thing", "noun", "measure", "colour") and names_thing(tokens[number + 1 :]):
            first = clause[-1] if clause[-1].kind != "filler" else clause[-2]
            told = [one.text for one in clause if one.kind == "localiser" and one.text in _SIDES][:1]
            if first.text in _SIDES or (told and _SIDES[told[0]][0] == OPPOSITE.get(_SIDES[token.text][0])):
                found.append(Token("break", None, False, "，", token.start, token.start))
                token = replace(token, kind="place", value=_SIDES[token.text])
                if first.kind == "other":
                    found[found.index(first)] = replace(first, kind="place", value=_SIDES[first.text])
        found.append(token)
    return found


def _pointed(tokens: list[Token]) -> list[Token]:
    """Tokens with one where a word points at one of several without a noun: 左边那只戴帽子."""
    found: list[Token] = []
    for number, token in enumerate(tokens):
        points = bool(found) and found[-1].kind == "the" and found[-1].text[0] in "那这"
        measured = token.kind == "measure" or token.text == "只"
        rest = tokens[number + 1 :]
        aside = token.kind == "gen" and bool(found) and found[-1].kind == "place" and is_chinese(found[-1].text)
        if aside and rest and rest[0].text in ("是", "为") and not names_thing(rest):
            token = replace(token, kind="that")  # 左边的是黑色的
        elif points and measured and not names_thing(rest):
            first = found.pop()
            token = Token("that", None, False, first.text + token.text, first.start, token.end)
        found.append(token)
    return found


def _asked_for(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, of which unknown nouns that nobody asks for name nothing: what only says of what kind a thing is, or
    whose it is ("birthday" of a cake, "my band"), and words where no noun of a picture stands."""
    for number, token in enumerate(tokens):
        if token.kind == "noun":
            following = tokens[number + 1] if number + 1 < len(tokens) else None
            owned = any(other.text.casefold() in word_set("owns") for other in tokens[max(0, number - 2) : number])
            describes = not is_chinese(token.text) and _describes(token, tokens[number + 1 :])
            refused = is_chinese(token.text) and refused_behind(tokens[number + 1 :])
            if owned or describes or refused or not _is_asked(token, tokens[:number], following):
                unseen = describes and token.value == "thing" and not owned  # a "pirate ship" is more than a ship
                named = number > 0 and tokens[number - 1].kind == "thing" and not is_chinese(token.text)
                unseen |= named and is_noun(f"{tokens[number - 1].text} {token.text}")  # a "lily pad"
                token = replace(token, kind="other", value="unseen" if unseen else token.value)
        elif token.value == "strange" and _is_counted(tokens[max(0, number - 3) : number + 2]):
            token = replace(token, kind="noun")  # 一只獾在树下
        elif token.kind == "instead" and token.text == "不" and number + 1 < len(tokens):
            following = tokens[number + 1]
            if following.kind != "break" and following.text != "是":
                token = replace(token, kind="not")  # 不插玫瑰
        yield token


def _describes(token: Token, rest: list[Token]) -> bool:
    """Whether an unknown word only says how the thing behind it is: "a birthday cake", "a quirky little cat", "a neat
    row of cups"."""
    if token.value != "strange":
        return bool(rest) and rest[0].kind == "thing"
    between = (*LOOKS, "filler") if _ADJECTIVE.search(token.text) else LOOKS  # "a shiny new car"
    named = next((one for one in rest if one.kind not in between), None)
    return named is not None and named.kind in ("thing", "arrangement", "background")


def _is_asked(token: Token, before: list[Token], following: Token | None) -> bool:
    """Whether an unknown noun stands where a picture's things are named: behind a number or an article, what draws, or
    what relates; a bare one at the beginning of a clause, if more is said of it there. The less a word looks like a
    thing, the more it takes."""
    described = ("size", "colour", "pattern", "material", "style", "other", "gen", "measure")
    last = next(
        (one for one in reversed(before) if one.kind not in described and one.value not in ("idea", "strange")), None
    )
    ends = last is not None and len(before) > 1 and (following is None or following.kind == "break")
    if token.text.istitle() and ends and (last.kind == "break" or last.text.casefold() in ("in", "at", "from", "to")):
        return False  # where it was: "..., Hawaii"
    begins = last is None or last.kind in ("break", "end")
    told = (
        following is None
        or following.kind in (*_TELLING, *(("times", "size", "colour") if begins else ()))
        or following.text.casefold() == "for"
    )
    if any(one.text.casefold() == "for" for one in before[-2:]) and not any(one.kind == "thing" for one in before[-1:]):
        return False  # "for the newsletter"
    acts = following is not None and bool(_ACTS.search(following.text))
    drawn = last is not None and last.text.casefold() in word_set("draws")
    if is_chinese(token.text) and (token.value == "strange" or _runs_on(before, following)):
        return False  # of a hundred such words that people write, two are things
    looks = bool(before) and before[-1].kind in ("colour", "material", "pattern", "size")
    looks |= following is not None and following.kind == "count"
    if is_chinese(token.text) and token.value == "thing" and looks:
        return True  # 白毛巾一条
    if is_chinese(token.text) and before and _measured(before[-1]):
        return True  # 一根权杖, 挂着只蜻蜓
    if token.value == "idea":
        return drawn or (begins and told and len(before) < 2)
    if last is not None and last.kind == "filler" and token.value == "thing":  # "a rickety old bridge"
        naming = (one for one in reversed(before) if one.kind not in (*described, "filler") and one.value != "idea")
        counted = next((one.kind in _COUNTING for one in naming), False)
    else:
        counted = last is not None and last.kind in _COUNTING
    if token.value == "strange":
        pointed = last is not None and last.kind in ("relation", "the") and told
        return drawn or counted or (begins and told) or pointed
    related = last is not None and last.kind in ("relation", "passive", "with", "and", "the", "there", "not")
    doer = next((one for one in reversed(before) if one.kind not in (*described, "filler")), None)
    if is_chinese(token.text) and doer is not None and doer.kind == "thing" and before[-1].kind != "gen" and told:
        return True  # 女孩荡秋千
    return drawn or counted or related or (begins and (told or acts or is_chinese(token.text))) or (
        following is not None and following.kind in ("localiser", "relation")
    )  # fmt: skip


def _measured(token: Token) -> bool:
    """Whether a token is a measure word that only things have."""
    return token.kind == "measure" and token.text not in _VAGUE


def _is_counted(around: list[Token]) -> bool:
    """Whether the last token but one is what a number and a measure word count: 一只獾, but not 蜗牛一只爬着."""
    if len(around) < 4:
        return False
    *first, number, measure, token, following = around
    telling = following.kind in _TELLING or following.text == "在"
    free = all(one.kind not in ("thing", "noun", "count", "colour") for one in first) and is_chinese(token.text)
    return number.kind == "count" and _measured(measure) and telling and free


def _runs_on(before: list[Token], following: Token | None) -> bool:
    """Whether a Chinese noun only goes on with words that name nothing, as those of a story do."""
    told = following is not None and following.kind in ("localiser", "count", "measure", "and")
    doer = any(token.kind == "thing" for token in clause_of(reversed(before)))  # 女孩荡秋千
    first = next((token for token in reversed(before) if token.kind not in ("other", "gen", "filler", *LOOKS)), None)
    counted = first is not None and _measured(first)  # 一条弯弯的河
    return bool(before) and before[-1].kind == "other" and not (told or doer or counted)
