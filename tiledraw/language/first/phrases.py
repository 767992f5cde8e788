"""Phrases: the many ways to say a request, in English and Chinese; an endless seeded source of prompts.

A prompt is a frame ("please draw {}") around clauses ("a cat at the top left") and sometimes a background. The splits
differ by phrasing: no frame belongs to two of them, and `split_of` tells from a prompt alone which split can have
written it, so no prompt of one can come from another. Some location phrases are held out as well; names, sizes,
relations and backgrounds, which cannot be learned from other words, are shared.

Knows words and requests. Knows nothing about boxes, tokens or pictures.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache

import numpy as np

from tiledraw.language.first import wording
from tiledraw.language.first.layout import Item, Request
from tiledraw.language.first.requests import chance, pick, sample_request
from tiledraw.language.nouns import COUNTED_BY, article, measure, names, plural, unknowns
from tiledraw.language.places import LOCATIONS
from tiledraw.language.subjects import drawn_as
from tiledraw.language.subjects import subjects as all_subjects

LANGUAGES = ("en", "zh")
SPLITS = ("train", "validation", "test")


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split(r"[|\n]", text))


def _pick(rng: np.random.Generator, options: Sequence[str] | str) -> str:
    return pick(rng, _words(options) if isinstance(options, str) else options)


# Sentences -----------------------------------------------------------------------------------------------------------


def frames(language: str, split: str) -> list[str]:
    """The sentence frames of a split; `{}` stands for what is asked for."""
    return sorted({frame for texts in wording.FRAMES[language][split].values() for frame in _words(texts)})


def split_of(prompt: str, language: str) -> str:
    """The only split that can have written this prompt: the one that owns the most specific frame around it."""
    text = _bare(prompt)
    for opening in _openings(language):
        text = text.removeprefix(opening)
    fitting = [
        (len(frame), split)
        for split in SPLITS
        for frame in frames(language, split)
        for start, end in [map(_bare, frame.split("{}"))]
        if text.startswith(start) and text.endswith(end)
    ]
    return max(fitting)[1]


def _bare(text: str) -> str:
    return re.sub(r"[\s,.!?:;，。！？：；、-]+", "", text).casefold()


@cache
def _openings(language: str) -> tuple[str, ...]:
    """Backgrounds that stand before the frame, the longest first."""
    backgrounds = [text for options in wording.BACKGROUND_WORDS[language].values() for text in _words(options)]
    openings = {_bare(_OPENING[language][form].format(text)) for text in backgrounds for form in (0, 1)}
    return tuple(sorted(openings, key=len, reverse=True))


_OPENING = {"en": ("{}, ", "{}: "), "zh": ("{}，", "在{}上")}


def phrase(
    request: Request, language: str, split: str, rng: np.random.Generator, known: Collection[str] | None = None
) -> str:
    """One of the many ways to ask for this in 'en' or 'zh', with the wording of one split. `known` are the subjects
    that are told apart, all if not given."""
    nouns = [_pick(rng, names(item.subject, language, known)) for item in request.items]
    return _sentence(request, nouns, language, split, rng)


def _sentence(request: Request, nouns: list[str], language: str, split: str, rng: np.random.Generator) -> str:
    kind = _pick(rng, wording.KINDS[language])
    frame = _pick(rng, wording.FRAMES[language][split][kind])
    terse = chance(rng, 0.05 if language == "en" else 0.15)
    things = [_thing(*pair, language, terse, rng) for pair in zip(nouns, request.items, strict=True)]
    clauses = _english if language == "en" else _chinese
    text = clauses(request.items, nouns, things, kind, split, rng)
    if request.background:
        background = _pick(rng, wording.BACKGROUND_WORDS[language][request.background])
        if chance(rng, 0.3):
            form = chance(rng, 0.4) and (language == "en" or frame.startswith("画") or kind == "do")
            form = int(form and not background.startswith("背景"))
            frame = _OPENING[language][form].format(background) + frame
        elif language == "en":
            text += _pick(rng, (" ", " ", " ", ", ")) + background
        else:
            text += "，" + background
    return finished(frame.format(text), language, rng)


def finished(text: str, language: str, rng: np.random.Generator) -> str:
    """Capitals and the mark at the end, as people put them or not."""
    if language == "en":
        style = rng.random()
        text = text if style < 0.55 else text[0].upper() + text[1:] if style < 0.97 else text.upper()
    if text[-1] in "?吗":
        return text + _pick(rng, ("", "？")) if language == "zh" else text
    return text + _pick(rng, ("", "", "。", "！") if language == "zh" else ("", "", "", ".", ".", "!"))


def statement(request: Request, language: str, rng: np.random.Generator) -> str:
    """What a picture of this shows, in 'en' or 'zh': canonical names, no frame, no capital and no full stop. The words
    are those of the training prompts."""
    nouns = [names(item.subject, language)[0] for item in request.items]
    things = [_thing(*pair, language, False, rng) for pair in zip(nouns, request.items, strict=True)]
    clauses, kind, joint = (_english, "list", " ") if language == "en" else (_chinese, "scene", "，")
    text = clauses(request.items, nouns, things, kind, "train", rng)
    if request.background:
        text += joint + _words(wording.BACKGROUND_WORDS[language][request.background])[0]
    return text


def behind_strange_words(prompt: str, rng: np.random.Generator) -> str:
    """The prompt behind a word or some characters that mean nothing, if it begins with a verb or a courtesy; behind "a
    … of" if it begins with an English number or article.

    People have more courtesies than any list, and more words for pictures; one that is new ("麻烦…", "a woodcut of …")
    must be read past, not taken for a subject.
    """
    if counted := _COUNTED.match(prompt):
        strange = _made_up(rng, "en")
        return f"{article(strange)} {strange} of {counted[0].lower()}{prompt[counted.end() :]}"
    if not (asking := _ASKING.match(prompt)):
        return prompt
    if asking["zh"]:
        strange = "".join(chr(code) for code in rng.integers(0x4E00, 0x9FA6, int(rng.integers(1, 5))))
        return strange + _pick(rng, ("", "", "", "，")) + prompt
    return _made_up(rng, "en") + _pick(rng, (" ", ", ", " " + _made_up(rng, "en") + " ")) + prompt


_COUNTED = re.compile(
    r"(?:a|an|one|two|three|four|a couple of) "
    r"(?!(?:\w+ ){0,3}(?:picture|drawing|scene|image|photo|illustration|cartoon|doodle|icon|portrait)\b)",
    re.I,
)
_ASKING = re.compile(
    "(?P<zh>[请画帮给我在能可来想把])|please|draw|paint|sketch|show|make|create|generate|give|can |could|i |i'd", re.I
)


def _thing(noun: str, item: Item, language: str, terse: bool, rng: np.random.Generator) -> str:
    """A noun with its count and size: 'two big dogs', 两只大狗."""
    size = _pick(rng, wording.SIZE_WORDS[language][item.size]) if item.size else ""
    number = str(item.count)
    if item.count <= 4 and (item.count == 1 or chance(rng, 0.7)):
        number = _pick(rng, wording.NUMBERS[language][item.count - 1])
    if language == "zh":
        if size and (size + noun).startswith(_chinese_names()):  # 小猫 names a cat of any size, 大象 an elephant
            size = _pick(rng, _words(wording.SIZE_WORDS["zh"][item.size])[1:])
        counter = measure(noun) if chance(rng, 0.9) else "个"
        return size + noun if terse and item.count == 1 else number + counter + size + noun
    counter = COUNTED_BY.get(noun, "")
    if item.count > 1:
        words = (number, size, counter and f"{plural(counter)} of", noun if counter else plural(noun))
    else:
        words = ("", size, counter and not terse and f"{counter} of", noun)
    text = " ".join(filter(None, words))
    if item.count > 1 or terse:
        return text
    return f"{article(text) if chance(rng, 0.93) else 'one'} {text}"


@cache
def _chinese_names() -> tuple[str, ...]:
    return tuple(name for subject in all_subjects() for name in names(subject, "zh"))


def _place(location: str, language: str, split: str, rng: np.random.Generator) -> str:
    """A location in words; two of three times in words that every split uses."""
    row, column = divmod(LOCATIONS.index(location), 3)
    kind = "center" if row == column == 1 else "side" if row == 1 else "edge" if column == 1 else "corner"
    text = _pick(rng, wording.PLACES[language]["train" if chance(rng, 0.67) else split][kind])
    if language == "zh":
        return text.format(v="上中下"[row], w="顶中底"[row], h="左中右"[column])
    v, u = ("top", "middle", "bottom")[row], ("upper", "middle", "lower")[row]
    return text.format(v=v, u=_pick(rng, (v, u)), h=("left", "middle", "right")[column])


def _joined(clauses: list[str], joints: Sequence[tuple[str, str]], rng: np.random.Generator) -> str:
    """Clauses with a joint between them, another before the last."""
    middle, last = joints[int(rng.integers(len(joints)))]
    return last.join(filter(None, [middle.join(clauses[:-1]), clauses[-1]]))


def _mentions(items: tuple[Item, ...]) -> Iterator[tuple[str, int, int]]:
    """The clauses of a sentence: how, the item that the clause places, and the other that it names.

    `plain` and `placed` name no other; `to` names the anchor after the item, `from` before it; `back` refers to an
    anchor named in an earlier clause.
    """
    done: set[int] = set()
    for index, item in enumerate(items):
        if index in done:
            continue
        follower = next((n for n in range(index + 1, len(items)) if items[n].anchor == index), None)
        if item.anchor is not None:
            yield ("to" if item.anchor > index else "back"), index, item.anchor
            done.add(item.anchor)
        elif item.location:
            yield "placed", index, index
        elif follower is not None:
            yield "from", follower, index
            done.add(follower)
        else:
            yield "plain", index, index


def _english(
    items: tuple[Item, ...], nouns: list[str], things: list[str], kind: str, split: str, rng: np.random.Generator
) -> str:
    card = kind == "list" and chance(rng, 0.1)  # a cat, top left; a dog, bottom right
    clauses = []
    for how, index, other in _mentions(items):
        item, thing, anchor = items[index], things[index], items[other]
        several = anchor.count > 1 or nouns[other] in COUNTED_BY
        be = "is" if item.count == 1 else "are"
        beside = _pick(rng, wording.RELATION_WORDS["en"][item.relation]) if item.relation else ""
        if how == "placed":
            place = _place(item.location, "en", split, rng)
        elif how == "back":
            place = beside.format("the " + (plural(nouns[other]) if anchor.count > 1 else nouns[other]))
        elif how == "from" and kind != "scene":
            place = beside.format("them" if several else "it")
            if item.relation in ("left of", "right of") and not several and chance(rng, 0.4):
                place = f"to its {item.relation.removesuffix(' of')}"
        else:
            place = beside.format(things[other])
        if how == "plain":
            options = (f"there {be} {thing}",) if kind == "scene" else (thing,)
        elif how == "from" and kind != "scene":
            options = (f"{things[other]} with {thing} {place}", f"{things[other]} and {thing} {place}")
        elif kind == "before" and how == "placed":
            options = (f"{place} {thing}",)
        elif kind != "scene":
            options = (f"{thing}, {place}" if card and how == "placed" else f"{thing} {place}",)
        else:
            options = (f"there {be} {thing} {place}", f"{thing} {be} {place}")
            ahead = (f"{place} there {be} {thing}", f"{place} {be} {thing}")
            options = ahead if how == "from" else options if how == "to" else options + ahead
        clauses.append(_pick(rng, options))
    if card:
        return "; ".join(clauses)
    return _joined(clauses, ((", ", " and "), (", ", ", and "), (", ", ", "), (" and ", " and ")), rng)


def _chinese(
    items: tuple[Item, ...], nouns: list[str], things: list[str], kind: str, split: str, rng: np.random.Generator
) -> str:
    place_first = chance(rng, 0.67)
    clauses = []
    for how, index, other in _mentions(items):
        item, thing = items[index], things[index]
        side = _pick(rng, wording.RELATION_WORDS["zh"][item.relation]) if item.relation else ""
        ahead = place_first if how == "placed" else how in ("from", "back") and kind != "list"
        if how == "placed":
            place = _place(item.location, "zh", split, rng)
        elif how == "back":
            place = f"{'它' if other == index - 1 and chance(rng, 0.3) else nouns[other]}的{side}"
        else:
            place = things[other] + _pick(rng, ("的", "的", "")) + side
        if how == "plain":
            options = ({"do": "画", "list": "", "scene": "有"}[kind] + thing,)
        elif how == "from" and kind == "list":
            options = (f"{things[other]}和它{side}的{thing}",)
        elif kind == "do":
            options = (f"在{place}画{thing}", f"{place}画{thing}")
            options = options if ahead else (f"画{thing}在{place}", f"把{thing}画在{place}")
        elif kind == "list":
            options = (f"{place}的{thing}", f"{place}{thing}") if ahead else (f"{thing}在{place}",)
        else:
            options = (f"{place}有{thing}", f"{place}有{thing}", f"{place}是{thing}")
            options = options if ahead else (f"{thing}在{place}", f"有{thing}在{place}")
        clause = _pick(rng, options)
        if chance(rng, 0.1):  # 画只猫
            clause = clause.replace("画一", "画").replace("有一", "有")
        clauses.append(clause)
    joints = [("，", "，"), ("，", "，"), ("；", "；")]
    if kind == "list":
        joints += [("，", "和"), ("，", "和"), ("、", "和"), ("、", "、"), ("，", "还有")]
    elif kind == "do":
        joints += [("，", "，再"), ("，", "，然后")]
    return _joined(clauses, joints, rng)


# Unknown things ------------------------------------------------------------------------------------------------------


def unknown_prompt(rng: np.random.Generator, language: str, split: str, known: Sequence[str]) -> tuple[str, str]:
    """A prompt for something that is not in `known`, sometimes beside things that are, and its name as it stands there.

    The unknown thing is another subject, an everyday noun (each belongs to one split), or a made-up word.
    """
    request = sample_request(rng, list(known) or list(all_subjects()), max_subjects=_COMPANY[int(rng.integers(4))])
    index = int(rng.integers(len(request.items)))
    others = [subject for subject in all_subjects() if drawn_as(subject, known) is None]
    source = rng.random()
    if source < 0.35 and others:
        name = _pick(rng, names(_pick(rng, others), language))
    elif source < 0.7:
        every = unknowns(language)
        fold = {"train": (0, 1, 2, 3), "validation": (4,), "test": (5,)}[split]
        name = _pick(rng, [word for n, word in enumerate(every) if n % 6 in fold])
    else:
        name = _made_up(rng, language)
    nouns = [_pick(rng, names(item.subject, language, known)) for item in request.items]
    nouns[index] = name
    prompt = _sentence(request, nouns, language, split, rng)
    item = request.items[index]
    form = plural(name) if language == "en" and item.count > 1 else name
    start = prompt.lower().rindex(form.lower())
    return prompt, prompt[start : start + len(form)]


_COMPANY = (1, 1, 2, 3)  # how many things stand in a prompt for something unknown
_SYLLABLES = """ba bel dro fin gar hul jom kel lim mon nar pog quil ras sul tam vor wex yor zan flim gru snor plo
    chi tre ske bri dow"""
_CHARACTERS = "克拉米多尼斯布鲁卡洛维塔萨波雷格丹贝诺奇迪兹伽芙"


def _made_up(rng: np.random.Generator, language: str) -> str:
    """A word that means nothing: two or three syllables, or Chinese characters that spell foreign names."""
    parts = _CHARACTERS if language == "zh" else _SYLLABLES.split()
    return "".join(_pick(rng, list(parts)) for _ in range(int(rng.integers(2, 4))))
