"""Agreement: whether a request says what its prompt says, by the words alone: each known noun, number, colour,
background and negation of the prompt is in the request, and nothing else is.

The check shares no grammar with whoever made the request, so it finds what a thinker overlooks or invents; it does not
see which thing is red, or which of two is left.
Knows words and requests. Knows nothing about boxes, pixels or models.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiledraw.common.checks import shorten
from tiledraw.language.attributes import COLOURS
from tiledraw.language.hearing.relevance import relevant
from tiledraw.language.hearing.scanning import Token, scan
from tiledraw.language.nouns import article
from tiledraw.language.request import Request
from tiledraw.language.subjects import subjects

_LOOKS = ("colour", "pattern", "material", "style")


@dataclass(frozen=True)
class Mentions:
    """What the words of a prompt speak of, in their order.

    Attributes:
        things: Subjects that are named, with the words that name them.
        refused: Subjects that stand behind a negation.
        strangers: Words for things that nobody knows.
        counts: Numbers above one.
        looks: Colours, patterns, materials and styles.
        backgrounds: Words for backgrounds, and what they mean.
        foreign: Whether most of the words mean nothing here, as those of another language do.
    """

    things: dict[str, str]
    refused: dict[str, str]
    strangers: tuple[str, ...]
    counts: tuple[int, ...]
    looks: tuple[str, ...]
    backgrounds: dict[str, str]
    foreign: bool = False


def mentions(prompt: str) -> Mentions:
    """What the words of a prompt speak of."""
    things, refused, backgrounds = dict[str, str](), dict[str, str](), dict[str, str]()
    strangers, counts, looks = list[str](), list[int](), list[str]()
    strange, words = 0, 0
    for sentence in relevant(scan(prompt)):
        negated = False
        for index, token in enumerate(sentence):
            length = len(token.text.split())
            words += length
            strange += length if token.kind == "other" and token.value == "strange" else 0
            if token.kind in ("break", "not"):
                negated = token.kind == "not"
            elif token.kind == "thing":
                (refused if negated else things).setdefault(token.value, token.text)
            elif token.kind == "noun" and not negated:
                strangers.append(token.text)
            elif token.kind == "count" and token.value > 1 and not negated:
                counts.append(token.value)
            elif token.kind in _LOOKS and not negated and not _in_name(sentence, index):
                looks.append(token.value)
            elif token.kind == "background" and not negated:
                backgrounds.setdefault(token.text, token.value)
    foreign = strange >= 2 and 2 * strange > words
    return Mentions(things, refused, tuple(strangers), tuple(counts), tuple(looks), backgrounds, foreign)


def _in_name(sentence: list[Token], index: int) -> bool:
    """Whether a word is but a part of an unknown noun: "glass" in "glass harmonica"."""
    return sentence[index + 1 : index + 2] != [] and sentence[index + 1].kind == "noun"


def doubts(prompt: str, request: Request) -> list[str]:
    """What a request does not seem to say as the prompt does, a sentence each; the gravest first."""
    said, asked = mentions(prompt), {thing.subject for thing in request.things}
    found = [
        f"the plan has no {words[:60]}, which the prompt seems to ask for"
        for subject, words in said.things.items()
        if not _covered(subject, asked) and subject not in request.absent
    ]
    if said.foreign:
        found.insert(0, "most words of the prompt mean nothing here, which understands English and Chinese")
    named = {*said.things, *said.refused}
    for thing in request.things:
        if not _covered(thing.subject, named):
            found.append(f"the plan has {article(thing.subject)} {thing.subject}, which the prompt does not name")
    for subject, words in said.refused.items():
        if subject in asked and subject not in said.things:
            found.append(f"the plan has {words[:60]}, which the prompt seems not to want")
    unknown = " ".join(request.unknown).casefold()
    for word in dict.fromkeys(said.strangers):
        if word.casefold() not in unknown and not any(name.casefold() in word.casefold() for name in request.unknown):
            found.append(f"the plan leaves out {shorten(word)}")
    counts = {thing.count for thing in request.things} | {relation.times for thing in request.things
                                                          for relation in thing.relations}  # fmt: skip
    for thing in request.things:
        counts |= {*(thing.rows_and_columns or ()), 2 * thing.count, thing.count // 2}
    found += [f"nothing in the plan is {number} times there" for number in said.counts if number not in counts]
    looks = {word for thing in request.things for word in thing.look.values()} | {request.background}
    found += [f"nothing in the plan is {look}" for look in dict.fromkeys(said.looks) if look not in looks]
    if said.backgrounds and request.background not in said.backgrounds.values():
        word = next(iter(said.backgrounds))
        found.append(f"the background of the plan is {request.background or 'open'}, the prompt says {shorten(word)}")
    elif request.background and not said.backgrounds and request.background not in {*said.looks, *COLOURS}:
        found.append(f"the plan's background is {request.background}, of which the prompt does not speak")
    return found


def _covered(subject: str, others: set[str]) -> bool:
    """Whether a subject is among others, or what is drawn in its place."""
    entry = subjects().get(subject)
    if subject in others or (entry is not None and entry.instead in others):
        return True
    return any(subjects()[other].instead == subject for other in others if other in subjects())
