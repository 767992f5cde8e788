"""Thinking: a prompt becomes a request, which is checked against the words of the prompt, and then a plan.

A thinker and fixed rules read the prompt; where they differ, the likeliest reading counts that heeds the words of the
prompt. What is still in doubt is said.
Knows prompts, requests and whoever writes them. Knows nothing about tokens, layers or pixels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from tiledraw.common.checks import shorten
from tiledraw.language.attributes import SCENERY
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.hearing.agreement import (
    doubts,
    hears,
    invented,
    mentions,
    missed,
    with_ground,
    without_pet_sizes,
)
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.kin import nearest_subjects, unknown_message
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.laying.settings import in_setting
from tiledraw.language.plan import Plan
from tiledraw.language.request import Request, format_request, parse_request, without
from tiledraw.language.sentences import in_words, listed
from tiledraw.language.subjects import drawn_as, subjects

LONG = 20  # words of a prompt from which fixed rules misread two of three (natural prompts that nobody tuned to)
TRIES = 4  # thoughts about one prompt; the first is the likeliest
NATS_A_DOUBT = 3.0  # how much likelier a reading has to be that heeds one word less of the prompt
NATS_MISSED = 2.0  # and more than that, if the word is a thing that nothing in the plan is
NATS_INVENTED = 8.0  # and one with a thing more that the prompt does not name
NATS_OF_RULES = 2.5  # how much likelier a reading has to be than that of the rules, which put things their own way
UNUSUAL = 20.0  # nats from which on a text is only put in an unusual way, as rules put what they read of long prompts
NEARLY = 6.0  # nats to the next reading, below which that one is as well right


class Writer(Protocol):
    """Writes down what one prompt asks for.

    Attributes:
        judges: Whether it can say how likely readings are.
    """

    judges: bool

    def write(self, number: int) -> str:
        """The text of a request, in the try of this number."""

    def nats(self, texts: Sequence[str]) -> Sequence[float]:
        """How unlikely each of some texts is to be what the prompt asks for."""


class Thinker(Protocol):
    """Understands prompts: a model on this machine, or one that is asked somewhere else."""

    def writer(self, prompt: str) -> Writer:
        """Who writes down what a prompt asks for."""


def is_address(thinker: str) -> bool:
    """Whether a thinker is named by the address of an endpoint."""
    return thinker.startswith(("http://", "https://"))


@dataclass(frozen=True)
class Thought:
    """What a prompt asks for, as somebody understood it.

    Attributes:
        request: The request.
        doubts: What it does not seem to say as the prompt does, in sentences.
        by_rules: Whether fixed rules read it in place of the thinker.
        other: Another reading that may as well be right; None if there is none.
    """

    request: Request
    doubts: tuple[str, ...] = ()
    by_rules: bool = False
    other: Request | None = None


def think(prompt: str, writer: Writer | None) -> Thought:
    """What a prompt asks for, as the likeliest of several readings says that heed its words.

    A thinker reads it, and so do fixed rules. If both read the same, that is it; else the thinker thinks again, and
    what it finds likeliest counts, a word that is not heeded being a reason against. Of a thinker that can't say how
    likely readings are the first counts that heeds all words.

    Args:
        prompt: In English or Chinese.
        writer: Of the thinker; None: fixed rules alone.

    Raises:
        PlanError: no reading is a request, or it asks for more than a picture holds.
        ValueError: the prompt is empty, too long or no text.
    """
    if writer is None:
        return _ruled(prompt, length(prompt) >= LONG)
    ruled, readings = None, dict[str, Thought]()
    with suppress(PlanError):
        ruled = _ruled(prompt)
    for number in range(TRIES):
        try:
            written = parse_request(writer.write(number))
        except PlanError:
            continue
        request = without_pet_sizes(prompt, with_ground(prompt, written))
        if not number and ruled is not None and _meanings(request) == _meanings(ruled.request):
            return replace(ruled, by_rules=False)
        thought = Thought(request, tuple(doubts(prompt, request)))
        readings.setdefault(format_request(written), thought)
        if not writer.judges and not thought.doubts:
            break
    if ruled is None and not readings:
        raise PlanError(f"nobody here makes sense of {shorten(prompt)}; say it more simply, such as 'a cat and a dog'")
    return _likeliest(prompt, readings, ruled, writer)


def _ruled(prompt: str, warned: bool = False) -> Thought:
    """What fixed rules read; with a warning, if nobody else reads it, where they often fail."""
    request = read_request(prompt)
    said = doubts(prompt, request)
    if warned:
        said.append("fixed rules often misread prompts as long as this: look at the plan, or say it more shortly")
    return Thought(request, tuple(said), by_rules=True)


def _likeliest(prompt: str, readings: dict[str, Thought], ruled: Thought | None, writer: Writer) -> Thought:
    """The reading that counts, of a thinker or of fixed rules; if another is nearly as likely, that is a doubt. Who
    hears nothing where another hears what the prompt names has missed it. `readings`: by the texts as they were
    written."""
    by_text = dict(readings)
    if ruled is not None:
        by_text.setdefault(format_request(ruled.request), ruled)
    if any(hears(prompt, thought.request) for thought in by_text.values()):
        by_text = {text: thought for text, thought in by_text.items() if _asks(thought.request)}
    knowing = {text: thought for text, thought in by_text.items() if not _knows_too_little(prompt, thought.request)}
    by_text = knowing or by_text
    texts, ruled_text = list(by_text), format_request(ruled.request) if ruled else None
    costs = [
        NATS_A_DOUBT * len(thought.doubts)
        + NATS_MISSED * len(missed(prompt, thought.request))
        + NATS_INVENTED * len(invented(prompt, thought.request))
        for thought in by_text.values()
    ]
    if writer.judges:
        costs = [
            cost + min(UNUSUAL, nats) - NATS_OF_RULES * (text == ruled_text)
            for text, cost, nats in zip(texts, costs, writer.nats(texts), strict=True)
        ]
    first, *others = sorted(range(len(texts)), key=costs.__getitem__)
    best = by_text[texts[first]]
    near = [by_text[texts[number]].request for number in others if costs[number] - costs[first] < NEARLY]
    for other in near if writer.judges else ():
        if not _otherwise(*(in_setting(request, SCENERY) for request in (best.request, other))):
            continue  # it names the background that is chosen all the same
        if said := _otherwise(best.request, other):
            return replace(best, doubts=(*best.doubts, said), other=other)
    return best


def _asks(request: Request) -> bool:
    """Whether a request asks for anything, be it unknown."""
    return bool(request.things or request.background or request.unknown)


def _knows_too_little(prompt: str, request: Request) -> bool:
    """Whether a request calls unknown what the prompt names as a subject, as a thinker does that is older than it."""
    named = {word.casefold() for word in mentions(prompt).things.values()}
    return any(word.casefold() in named for word in request.unknown)


def _meanings(request: Request) -> list[str]:
    """The lines of a request, each with its relations in one order."""
    lines = (line.split(", ") for line in format_request(request).splitlines())
    return [", ".join([name, *sorted(words)]) for name, *words in lines]


def _otherwise(taken: Request, other: Request) -> str:
    """The sentence that says how else a prompt may be read; empty if only the order differs."""
    one, another = _meanings(taken), _meanings(other)
    words = dict(zip([*another, *one], [*in_words(other), *in_words(taken)], strict=True))
    apart = Counter(one) - Counter(another), Counter(another) - Counter(one)
    less, more = (listed([words[line] for line in lines]) for lines in apart)
    if not more:
        return f"it may not ask for {less}" if less else ""
    return f"it may also ask for {more}" + (f", not for {less}" if less else "")


def length(prompt: str) -> int:
    """About how many words a prompt has: those of English, and three for five characters of Chinese."""
    return len(re.findall("[A-Za-z']+", prompt)) + 3 * len(re.findall("[\u4e00-\u9fff]", prompt)) // 5


def painted_request(request: Request, prompt: str, painted: Collection[str]) -> Request:
    """A request for what a painter knows: what stands for something else is named so, and the rest is unknown, by the
    words of the prompt."""
    words = mentions(prompt).things
    missing = {
        number: words.get(thing.subject, thing.subject)
        for number, thing in enumerate(request.things)
        if painted and drawn_as(thing.subject, painted) is None
    }
    request = without(request, missing)
    return request.renamed(lambda subject: drawn_as(subject, painted) or subject) if painted else request


def plan_of(
    thought: Thought,
    prompt: str,
    painted: Collection[str],
    canvas: Box,
    seed: int,
    without_unknown: bool = False,
    backgrounds: Collection[str] = (),
) -> tuple[Plan, str]:
    """The plan of a thought for a painter, and what is to be said of it, "" if nothing is.

    Args:
        thought: What the prompt asks for.
        prompt: The prompt.
        painted: Subjects that the painter knows; empty: all.
        canvas: The visible cells of the plan grid.
        seed: Of what the prompt leaves open.
        without_unknown: Whether what nobody can draw is left out; else it is refused.
        backgrounds: Of which one may be chosen that suits the things, where the prompt names none.

    Raises:
        UnknownSubjectError: the prompt asks for something unknown.
        PlanError: it asks for nothing, or for what no picture holds.
    """
    request = painted_request(thought.request, prompt, painted)
    said = list(thought.doubts)
    if request.unknown:
        if not without_unknown:
            drawable = tuple(dict.fromkeys(thing.subject for thing in request.things))
            raise UnknownSubjectError(unknown_message(request.unknown, painted or subjects()), drawable)
        said.insert(0, f"left out: {', '.join(map(shorten, request.unknown))}")
    if not request.things and not request.background:
        near = ", ".join(nearest_subjects("", tuple(painted) or ("cat", "sun", "tree")))
        raise UnknownSubjectError(
            f"the prompt names nothing to draw; name a subject in English or Chinese, such as {near}"
        )
    said += [
        f"the {thing.subject} is never seen from the side, so it does not face {thing.facing}"
        for thing in request.things
        if thing.facing and not sense_of(thing.subject).faces
    ]
    if (grounded := in_setting(request, backgrounds)) != request:
        with suppress(PlanError):  # which may have no room there
            return lay_out(grounded, canvas, seed), "; ".join(said)
    return lay_out(request, canvas, seed), "; ".join(said)


def other_plan_of(
    thought: Thought,
    prompt: str,
    painted: Collection[str],
    canvas: Box,
    seed: int,
    without_unknown: bool = False,
    backgrounds: Collection[str] = (),
) -> Plan | None:
    """The plan of the other reading of a thought, as `plan_of` has it; None if there is none that can be drawn."""
    if thought.other is not None:
        with suppress(UnknownSubjectError, PlanError):
            return plan_of(Thought(thought.other), prompt, painted, canvas, seed, without_unknown, backgrounds)[0]
    return None
