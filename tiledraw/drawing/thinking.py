"""Thinking: a prompt becomes a request, which is checked against the words of the prompt, and then a plan.

A thinker writes the request; where the check disagrees it thinks again, and fixed rules read the prompt, too: the one
that agrees best counts. What is still in doubt is said.
Knows prompts, requests and whoever writes them. Knows nothing about tokens, layers or pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from tiledraw.common.checks import shorten
from tiledraw.language.boxes import Box, PlanError, UnknownSubjectError
from tiledraw.language.hearing.agreement import doubts, mentions
from tiledraw.language.hearing.reader import read_request
from tiledraw.language.kin import nearest_subjects
from tiledraw.language.laying.placing import lay_out
from tiledraw.language.laying.sense import sense_of
from tiledraw.language.plan import Plan
from tiledraw.language.request import Request, parse_request, without
from tiledraw.language.subjects import drawn_as

LONG = 20  # words of a prompt from which fixed rules misread two of three (natural prompts that nobody tuned to)
TRIES = 3  # thoughts about one prompt; the first is the likeliest

Writer = Callable[[int], str]  # the text of a request, in the try of this number


class Thinker(Protocol):
    """Understands prompts: a model on this machine, or one that is asked somewhere else."""

    def writer(self, prompt: str) -> Writer:
        """Writes down what a prompt asks for."""


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
    """

    request: Request
    doubts: tuple[str, ...] = ()
    by_rules: bool = False


def think(prompt: str, write: Writer | None) -> Thought:
    """What a prompt asks for: the thought that agrees best with the words of the prompt.

    Args:
        prompt: In English or Chinese.
        write: The thinker; None: fixed rules alone.

    Raises:
        PlanError: no thought is a request, or it asks for more than a picture holds.
        ValueError: the prompt is empty, too long or no text.
    """
    best: Thought | None = None
    for request, by_rules in _readings(prompt, write):
        said = doubts(prompt, request)
        if by_rules and length(prompt) >= LONG:
            said.append("fixed rules often misread prompts as long as this: look at the plan, or say it more shortly")
        thought = Thought(request, tuple(said), by_rules)
        if best is None or len(thought.doubts) < len(best.doubts):
            best = thought
        if not thought.doubts:
            break
    if best is None:
        raise PlanError(f"nobody here makes sense of {shorten(prompt)}; say it more simply, such as 'a cat and a dog'")
    return best


def length(prompt: str) -> int:
    """About how many words a prompt has: those of English, and three for five characters of Chinese."""
    return len(re.findall("[A-Za-z']+", prompt)) + 3 * len(re.findall("[\u4e00-\u9fff]", prompt)) // 5


def _readings(prompt: str, write: Writer | None) -> Iterator[tuple[Request, bool]]:
    """Requests that a prompt may mean, the likeliest first, and whether rules read them."""
    if write is None:
        yield read_request(prompt), True
        return
    for number in range(TRIES):
        try:
            yield parse_request(write(number)), False
        except PlanError:
            continue
    try:
        yield read_request(prompt), True
    except PlanError:
        return


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
    thought: Thought, prompt: str, painted: Collection[str], canvas: Box, seed: int, without_unknown: bool = False
) -> tuple[Plan, str]:
    """The plan of a thought for a painter, and what is to be said of it, "" if nothing is.

    Args:
        thought: What the prompt asks for.
        prompt: The prompt.
        painted: Subjects that the painter knows; empty: all.
        canvas: The visible cells of the plan grid.
        seed: Of what the prompt leaves open.
        without_unknown: Whether what nobody can draw is left out; else it is refused.

    Raises:
        UnknownSubjectError: the prompt asks for something unknown.
        PlanError: it asks for nothing, or for what no picture holds.
    """
    request = painted_request(thought.request, prompt, painted)
    said = list(thought.doubts)
    if request.unknown:
        if not without_unknown:
            drawable = tuple(dict.fromkeys(thing.subject for thing in request.things))
            raise UnknownSubjectError(unknown_sentence(request.unknown, painted), drawable)
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
    return lay_out(request, canvas, seed), "; ".join(said)


def unknown_sentence(words: Collection[str], painted: Collection[str]) -> str:
    """The sentence that says what can't be drawn, and what is nearest to it."""
    parts = []
    for word in words:
        near = nearest_subjects(word, tuple(painted))[:3]
        parts.append(f"{shorten(word)} (the nearest known subjects are {', '.join(near)})")
    return f"I don't know how to draw {' and '.join(parts)}"
