"""Persons: friends, relatives, people with names and the writer are people where they are shown: "my brother and a
dog", "Lucy and her cat", 小明骑着自行车. For whom a picture is, or who wants it, is not shown.

Knows tokens and words. Knows nothing about what is said of which thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from tiledraw.language.hearing.following import has_thing
from tiledraw.language.hearing.meanings import word_set
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.kin import noun_kind
from tiledraw.language.nouns import is_chinese
from tiledraw.language.subjects import subjects

_WORDS = {
    "person": "friend bestie buddy pal mate cousin neighbour neighbor classmate teammate colleague sibling twin",
    "boy": "brother son grandson nephew stepson",
    "girl": "sister daughter granddaughter niece stepdaughter",
    "man": "boyfriend fiance groom",
    "woman": "girlfriend fiancee",
}
_CHINESE = {
    "person": "朋友 好朋友 伙伴 小伙伴 邻居 同学 同事 同桌",
    "boy": "儿子 孙子 表弟 堂弟 表哥 堂哥 外孙",
    "girl": "女儿 孙女 表妹 堂妹 表姐 堂姐 闺蜜 外孙女",
    "man": "丈夫",
    "woman": "妻子",
}
_PEOPLE = {word: name for table in (_WORDS, _CHINESE) for name, words in table.items() for word in words.split()}
_PEOPLE |= {f"{word}s": name for name, words in _WORDS.items() for word in words.split()}
_BOYS = {"tom", "tim", "jack", "max", "ben", "sam", "bob", "bill", "john", "james", "leo", "oscar", "noah",
         "adam", "peter", "paul", "mike", "nick", "dan"}  # fmt: skip
_GIRLS = {"lily", "rose", "emma", "anna", "lucy", "mia", "amy", "kate", "jane", "mary", "daisy", "ruby",
          "ella", "zoe", "sara", "sarah", "alice", "julia"}  # fmt: skip
_HIS, _HER = {"his", "he", "him", "himself"}, {"her", "she", "herself"}
_FOR = {"for", "from", "to", "by", "like", "as", "than", "called", "named", "dear", "给", "帮", "替", "送", "送给",
        "为", "画给", "跟", "像", "做", "当", "是"}  # fmt: skip
_NOT_SHOWN = {"'s", "’s", "wants", "wanted", "says", "said", "has", "had", "have", "loves", "likes", "asks", "asked",
              "needs", "thinks", "and i", "is a", "who", "要", "想", "想要", "说", "喜欢", "最爱", "爱", "让", "过",
              "的", "生日"}  # fmt: skip
_WRITING = {"i", "we", "i'm", "we're", "have", "had", "want", "need", "argued", "love", "went", "think",
            "想", "要", "想要", "我们", "咱们"}  # fmt: skip
_PICTURES = {"picture", "drawing", "photo", "image", "portrait", "painting", "sketch", "illustration"}
_BEING = ("is", "are", "在", "正在", "正", "都", "也")
_DOING = ("relation", "passive")
_LOOKS = ("size", "colour", "pattern", "material", "other")
_COUNTS = ("one", "count", "few", "measure", "pair")


def persons(tokens: list[Token]) -> list[Token]:
    """Tokens in which people who are shown are boys, girls, men, women or persons."""
    found: list[Token] = []
    skip = False
    for number, token in enumerate(tokens):
        rest = tokens[number + 1 :]
        if skip:
            skip = False
        elif token.text == "小" and token.kind == "size" and _is_chinese_name(found, rest):
            name = Token("thing", "person", False, token.text + rest[0].text, token.start, rest[0].end)
            found += [*_one_more(name, found), name]
            skip = True
        elif subject := _person(token, found, _behind_name(rest)):
            skip = len(_behind_name(rest)) < len(rest)
            person = replace(token, kind="thing", value=subject, several=_several(token))
            found += [*_one_more(person, found), person]
        elif token.kind == "thing" and _is_owned(found) and subjects()[token.value].group == "people":
            found += [*_one_more(token, found), token]  # "a girl and her little sister"
        else:
            found.append(token)
    return found


def _behind_name(rest: list[Token]) -> list[Token]:
    """What follows without the name right behind somebody: of "my friend Anna and her horse" from the "and" on."""
    named = bool(rest) and rest[0].kind in ("noun", "other") and rest[0].text.istitle() and rest[0].text.isascii()
    return rest[1:] if named else rest


def _person(token: Token, before: list[Token], rest: list[Token]) -> str:
    """The subject that a token for somebody stands for, "" if it stands for nobody who is shown."""
    word = token.text.casefold()
    if token.kind not in ("noun", "other", "filler"):
        return ""
    if word in ("me", "myself", "我", "我自己"):
        return "person" if _shows_writer(token, before, rest) else ""
    if word in _PEOPLE:
        return _PEOPLE[word] if _is_shown(before, rest) else ""
    if token.kind != "filler" and token.text.istitle() and _is_name(token, before, rest):
        told = {one.text.casefold() for one in takewhile(lambda one: one.kind != "end", rest)}
        boy, girl = word in _BOYS or told & _HIS, word in _GIRLS or told & _HER
        return "person" if bool(boy) == bool(girl) else "boy" if boy else "girl"
    return ""


def _one_more(person: Token, before: list[Token]) -> list[Token]:
    """The number that tells somebody from who was named before: Tom is not Ben, though both are boys."""
    alike = [one for one in before if one.kind == "thing" and one.value == person.value]
    counted = any(one.kind in _COUNTS for one in before[-3:])
    new = bool(alike) and all(one.text.casefold() != person.text.casefold() for one in alike) and not person.several
    return [Token("count", 1, False, "", person.start, person.start)] if new and not counted else []


def _is_owned(before: list[Token]) -> bool:
    """Whether "her" and the like stand before a noun, with no more between than what is said of it."""
    last = next((one for one in reversed(before) if one.kind not in _LOOKS), None)
    return last is not None and last.text.casefold() in ("his", "her", "my")


def _several(token: Token) -> bool:
    return token.text.casefold().endswith("s") and not is_chinese(token.text)


def _is_shown(before: list[Token], rest: list[Token]) -> bool:
    """Whether somebody stands among what is drawn, or does something."""
    lead = _lead(before)
    if _is_told(lead, rest) or (before and before[-1].text.casefold() in ("its", "their")):
        return False
    if lead is not None and lead.kind == "of" and not _PICTURES & {one.text.casefold() for one in before}:
        return False  # "one of the twins", but "a photo of a friend"
    if lead is not None and lead.kind in ("and", *_DOING) and has_thing(_clause(reversed(before))):
        return True  # "the dog is chasing my brother"
    counts = [one for one in before[-3:] if one.kind in _COUNTS]
    many = any(one.kind in ("count", "few", "measure") for one in counts)
    alone = bool(counts) and (not rest or rest[0].kind in ("break", "end"))
    return many or alone or _joins(rest) or _acts(rest)


def _shows_writer(token: Token, before: list[Token], rest: list[Token]) -> bool:
    """Whether the writer stands among what is drawn: "me and my dog", 我骑着马, but not "give me a cat"."""
    sentence = [*_clause(reversed(before), ("end",)), *_clause(rest, ("end",))]
    if _WRITING & {one.text.casefold() for one in sentence} or _is_told(_lead(before), rest):
        return False
    if (before and before[-1].kind == "and") or (before and before[-1].text == "、" and not rest[:1]):
        return has_thing(_clause(reversed(before)))
    begins = not before or before[-1].kind == "end"
    acts = begins and bool(rest) and rest[0].kind in _DOING and is_chinese(token.text)
    return _joins(rest) or (acts and has_thing(_clause(rest)))


def _is_name(token: Token, before: list[Token], rest: list[Token]) -> bool:
    """Whether a word in a capital letter is the name of somebody who does something, or stands beside others."""
    word = token.text.casefold()
    if not (noun_kind(word) in ("", "name") or word in _BOYS | _GIRLS) or not word.isalpha():
        return False
    lead = _lead(before)
    called = bool(before) and before[-1].text.casefold() in _BEING  # "their names are Tom and Ella"
    if _is_told(lead, rest) or called or (before and before[-1].kind not in ("and", "end", "break", "filler")):
        return False
    owned = {one.text.casefold() for one in rest[1:2]} & (_HIS | _HER)
    if rest[:1] and rest[0].kind == "and":
        return bool(owned) or _titled(rest[1:])
    is_doing = bool(rest) and rest[0].text.casefold() in ("is", "and", "are")
    joined = lead is not None and lead.kind == "and" and has_thing(_clause(reversed(before)))
    return (is_doing and _acts(rest)) or (joined and (not rest or _acts(rest))) or (
        word in _BOYS | _GIRLS and _acts(rest)
    )  # fmt: skip


def _titled(rest: list[Token]) -> bool:
    return bool(rest) and rest[0].text.istitle() and rest[0].text.casefold() in _BOYS | _GIRLS


def _is_chinese_name(before: list[Token], rest: list[Token]) -> bool:
    """Whether 小 begins the name of somebody who does something: 小明骑着, 小红和小丽."""
    begins = not before or before[-1].kind in ("break", "end", "and") or before[-1].text in word_set("draws")
    if not begins or len(rest) < 2 or len(rest[0].text) != 1 or rest[0].kind not in ("other", "colour", "noun"):
        return False
    goes_on = rest[1].kind in (*_DOING, "and") or rest[1].text in ("在", "正在", "正")
    return goes_on and rest[0].end == rest[1].start and not (rest[0].kind == "colour" and rest[1].kind == "passive")


def _lead(before: list[Token]) -> Token | None:
    """What stands before a noun and all that is said of it."""
    skipped = (*_LOOKS, *_COUNTS, "the")
    owns = (*word_set("owns"), "的", "best")
    named = (one for one in reversed(before) if one.kind not in skipped)
    return next((one for one in named if one.text.casefold() not in owns), None)


def _is_told(lead: Token | None, rest: list[Token]) -> bool:
    """Whether somebody is only told of: for whom a picture is, who wants it, whose something is."""
    if lead is not None and lead.text.casefold() in _FOR:
        return True
    following = [one.text.casefold() for one in rest[:2]] + ["", ""]
    return following[0] in _NOT_SHOWN or " ".join(following[:2]) in _NOT_SHOWN


def _joins(rest: list[Token]) -> bool:
    """Whether "and" and something to draw follow."""
    joined = rest[:1] != [] and (rest[0].kind in ("and", "with") or rest[0].text == "、")
    said = (*_COUNTS, *_LOOKS, "gen", "filler", "the", "it")
    owns = word_set("owns")
    behind = [one for one in rest[1:] if one.text.casefold() not in owns]
    first = next((one for one in behind if one.kind not in said or one.text.casefold() in _PEOPLE), None)
    return joined and first is not None and (first.kind == "thing" or first.text.casefold() in _PEOPLE)


def _acts(rest: list[Token]) -> bool:
    """Whether somebody does something with a thing, or is somewhere."""
    clause = _clause(rest)
    if clause and clause[0].kind == "and":
        return False
    told = next((one for one in clause if one.text.casefold() not in _BEING), None)
    if told is None:
        return False
    placed = clause[0].text in ("在", "正在") and any(one.kind in ("localiser", "background") for one in clause)
    if placed or (told.kind in _DOING and told.text.casefold() not in ("in", "at", "from", "before")):
        return True
    doing = told.kind in ("filler", "other") and (
        told.text.casefold().endswith("ing") or told.text.casefold() in ("sit", "sits", "stand", "stands", "walks")
    )
    return doing and (has_thing(clause) or any(one.kind == "background" for one in clause))


def _clause(tokens: Iterable[Token], ends: tuple[str, ...] = ("break", "end")) -> list[Token]:
    return list(takewhile(lambda one: one.kind not in ends, tokens))
