"""Relevance: which sentences of a prompt ask for something, and which tell of the writer's life.

Knows scanned sentences. Knows nothing about how their words join.
"""

from __future__ import annotations

from tiledraw.language.hearing.following import LOOKS, has_thing, names_thing
from tiledraw.language.hearing.meanings import word_set
from tiledraw.language.hearing.tokens import Token
from tiledraw.language.nouns import is_chinese
from tiledraw.language.subjects import subjects


def relevant(sentences: list[list[Token]]) -> list[list[Token]]:
    """The sentences that ask for something. Where those that name a thing all tell of something else, they are what
    there is; what nobody knows in a sentence that tells is not asked for."""
    sentences = [_turned(sentence) for sentence in sentences]
    named = [sentence for sentence in sentences if has_thing(sentence)]
    asked = [sentence for sentence in named if not _tells(sentence)]
    asked = [sentence for sentence in named if sentence in asked or _describes(sentence, asked, sentences)]
    if all(sentence[0].kind == "not" for sentence in asked):
        asked = []  # what only says what is not wanted does not make the rest a tale
    if not named:
        return sentences
    kept = []
    for sentence in sentences:
        if (asked and sentence in named and sentence not in asked) or (sentence not in named and _tells(sentence)):
            continue
        if sentence in asked and not any(map(has_thing, kept)) and _needs_one_before(sentence):
            told = [one for one in named if sentences.index(one) < sentences.index(sentence)]
            kept += [_last_named(told[-1])] if told else []
        asks = sentence in asked or _demands(sentence)
        kept.append(sentence if asks else [token for token in sentence if token.kind != "noun"])
    return kept


def _needs_one_before(sentence: list[Token]) -> bool:
    """Whether what is to be drawn was named before: "Draw it with a scarf"."""
    for number, token in enumerate(sentence[:6]):
        if token.kind == "thing":
            return False
        if token.kind == "it" and number and sentence[number - 1].text.casefold() in word_set("draws"):
            rest = sentence[number + 1 :]
            return bool(rest) and rest[0].kind not in ("one", "count", "the", "thing")
    return False


def _last_named(sentence: list[Token]) -> list[Token]:
    """The last thing of a sentence, with what is said of it before."""
    last = max(number for number, token in enumerate(sentence) if token.kind == "thing")
    first = last
    while first and sentence[first - 1].kind in ("one", "the", "count", "measure", "few", *LOOKS):
        first -= 1
    return sentence[first : last + 1]


def _purpose_left_out(sentence: list[Token]) -> list[Token]:
    """A sentence without what the picture is for: "a poster for the classroom door showing ...", "for the cover of my
    novel, ..., please draw ..."."""
    words = [token.text.casefold() for token in sentence]
    if words[:1] == ["for"]:
        drawn = next((n for n, word in enumerate(words) if word in _ORDERS), 0)
        placed = any(token.kind == "place" for token in sentence[:drawn])
        return sentence[drawn:] if drawn and not placed and has_thing(sentence[drawn:]) else sentence
    for start in range(1, len(words)):
        if words[start] == "for" and words[start - 1] in _TITLES:
            shown = next((n for n in range(start, len(words)) if words[n] in _SHOWING), 0)
            if shown and has_thing(sentence[shown:]):
                return sentence[:start] + sentence[shown:]
    return sentence


def _turned(sentence: list[Token]) -> list[Token]:
    """A sentence, without what it first tells of before it comes to what is asked for ("it is her birthday, so ...", "I
    wanted a dog, but ...", "we have a party: ...", "we play, and I need ..."), and without who asks, and why."""
    sentence = _purpose_left_out(_told_why(sentence))
    for index, token in enumerate(sentence):
        before, behind = sentence[:index], sentence[index:]
        topic = token.value == "topic"
        if before and topic and not has_thing(before) and names_thing(behind[1:]):
            if _tells(before) and not any(one.kind in ("place", "relation") for one in before):
                return behind[1:]  # "my favourite: a cat"
            related = before[0].kind == "relation"  # "in the drawer: scissors", but "to do: a cat"
            return [one for one in before if one.kind != "noun" or related] + behind
        turns = token.text.casefold() in _TURNS or topic
        needs = token.kind == "and" and {one.text.casefold() for one in behind[1:4]} & _NEEDS
        asks = token.kind == "break" and len(behind) > 1 and behind[1].text.casefold() in _ASKING
        told = (turns and _tells(before, turning=True)) or ((needs or asks) and _tells(before))
        if before and told and has_thing(behind):
            rest = _turned(behind[1:])
            return _last_named(before) + rest if has_thing(before) and _needs_one_before(rest) else rest
    return sentence


def _told_why(sentence: list[Token]) -> list[Token]:
    """A sentence without its reason, and without who asks: "because ...", "grandma wants ..."."""
    for index, token in enumerate(sentence):
        if token.text.casefold() in _WHY and has_thing(sentence[:index]):
            sentence = sentence[:index]
            break
    called = len(sentence) > 2 and sentence[0].text.casefold() in _CALLS and sentence[2].kind == "break"
    if called and sentence[1].kind == "thing" and has_thing(sentence[2:]):
        sentence = sentence[2:]  # "hey robot, ..."
    following = [token.text.casefold() for token in sentence[1:]] + [""]
    asked = [
        token for token, verb in zip(sentence, following, strict=True) if not (token.kind == "thing" and verb in _WANTS)
    ]
    return [
        token for number, token in enumerate(asked) if not _only_told_of(token, asked[:number], asked[number + 1 :])
    ]


def _only_told_of(token: Token, before: list[Token], rest: list[Token]) -> bool:
    """Whether a Chinese word for somebody only says for whom a picture is, who wants it, or whose something is:
    给小朋友涂色用, 妹妹要一条围巾, 奶奶的帽子, 我姥姥眼神儿不好."""
    if token.kind != "thing" or not is_chinese(token.text) or not rest or subjects()[token.value].group != "people":
        return False
    follower, last = rest[0], before[-1].text if before else ""
    if follower.text in _LIKES and names_thing(rest[1:]):
        return True
    if last in _FOR and follower.kind not in ("relation", "passive", "and"):
        return True
    if follower.kind == "gen" and token.text in word_set("kin"):
        return len(rest) > 1 and rest[1].kind not in ("place", "localiser")
    return token.text in word_set("kin") and last in word_set("owns") and follower.kind in ("other", "noun")


def _describes(sentence: list[Token], asked: list[list[Token]], sentences: list[list[Token]]) -> bool:
    """Whether a sentence goes on about somebody of the sentence before it: "A man rides a horse. He has a hat."."""
    place = sentences.index(sentence)
    first, *more = [token.text.casefold() for token in sentence]
    told = any(token.kind in ("relation", "relates to it", "passive") for token in sentence) or {"has", "have"} & set(
        more
    )
    return place > 0 and sentences[place - 1] in asked and first in _PERSONAL and bool(told)


def _demands(sentence: list[Token]) -> bool:
    """Whether a sentence that names nothing known asks for something all the same: "a walrus", "draw a walrus"."""
    words = [token.text.casefold() for token in sentence]
    return (
        bool(words)
        and (words[0] in word_set("draws") or sentence[0].kind in ("one", "count") or sentence[0].value == "thing")
        and len(words) <= 8
    )


def _tells(sentence: list[Token], turning: bool = False) -> bool:
    """Whether a sentence tells of something else than the picture; so does the part before a turn that speaks of what
    was, or of what somebody likes."""
    words = [token.text.casefold() for token in sentence if token.text.casefold() not in _CALLS]
    done = {token.text.casefold() for token in sentence if token.kind != "thing"}  # but "the saw"
    if turning and done & _PAST and not any(token.kind == "place" for token in sentence):
        return True
    return bool(words) and words[0] in word_set("tells") and not word_set("asks") & set(words)


_LIKES = ("要", "想要", "想", "想看", "要看", "想画", "爱", "就爱", "喜欢", "特别喜欢", "最喜欢", "最爱", "看上")
_TITLES = ("poster", "cover", "card", "flyer", "banner", "sign", "invitation", "sticker", "logo", "postcard", "picture",
           "illustration", "image", "drawing", "wallpaper", "header", "icon", "label", "worksheet", "print", "page",
           "a picture", "an image", "a drawing")  # fmt: skip
_SHOWING = ("showing", "shows", "show", "depicting", "featuring", "with", "that shows", ":")
_ORDERS = ("draw", "please", "paint", "show", "illustrate", "create", "make", "design", "sketch", "generate")
_FOR = ("给", "送给", "送", "画给", "帮", "替", "为")
_CALLS = ("ok", "okay", "right", "well", "hi", "hello", "hey", "so", ",", "，", "!", "嗨", "你好", "你好呀", "hi there")
_PERSONAL = ("he", "she", "they", "it's", "he's", "she's", "they're")
_WHY = ("because", "cause", "cuz", "in case", "otherwise", "因为", "免得", "不然")
_WANTS = {"wants", "wanted", "asks", "asked", "insists", "says", "said", "thinks", "needs", "begged", "非要", "说",
          "让我", "让", "要求"}  # fmt: skip
_NEEDS = {"need", "want", "needed", "'d"}
_TURNS = ("so", "but", "所以", "不过", "但是", "但", "于是")
_ASKING = {"could", "can", "would", "will", "please", "pls", "能不能", "能", "可以", "可不可以", "麻烦", "请", "帮我",
           "给我", "想要", "画"}  # fmt: skip
_PAST = {"was", "were", "had", "tried", "thought", "wanted", "used", "loves", "turns", "turned", "crazy", "insists",
         "originally", "birthday", "went", "saw", "bought", "原来", "本来", "原本"}  # fmt: skip
