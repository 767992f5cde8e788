"""Listening: a prompt becomes a plan of layers, by a thinker or by fixed rules.

Knows who understands prompts, and what plans are made of what they understood. Knows nothing about pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from tiledraw.common.checks import shorten
from tiledraw.drawing.thinking import Thinker, Thought, other_plan_of, plan_of, think
from tiledraw.engine.decoding import MAX_THINK, draw_think, text_nats
from tiledraw.engine.noise import TEXT_LEVEL, uniforms
from tiledraw.format.grammar import RequestDocument
from tiledraw.language.boxes import PlanError
from tiledraw.language.hearing.constraint import Constraint
from tiledraw.language.hearing.scanning import simplified
from tiledraw.language.plan import GRID
from tiledraw.language.request import format_request
from tiledraw.language.subjects import subjects

if TYPE_CHECKING:
    from tiledraw.drawing.job import Job
    from tiledraw.engine.streams import Decoder
    from tiledraw.language.plan import Plan
    from tiledraw.models.loading import LoadedModel

THINK_TEMPERATURE = 0.7  # of thoughts after the first


class ModelThinker:
    """A model that writes down what prompts ask for. Threads may share it."""

    def __init__(self, loaded: LoadedModel, decoder: Decoder) -> None:
        self.loaded, self.decoder, self.lock = loaded, decoder, Lock()

    @classmethod
    def of(cls, loaded: LoadedModel) -> ModelThinker:
        """A loaded model, of which the weights are read now. Raises a ModelError if they can't be read."""
        from tiledraw.engine.decoders import make_decoder

        return cls(loaded, make_decoder(loaded))

    def writer(self, prompt: str) -> ModelWriter:
        """Writes down what a prompt asks for."""
        return ModelWriter(self, prompt)


class ModelWriter:
    """Writes down what a prompt asks for, within the constraint of its words: first the likeliest, then others."""

    judges = True

    def __init__(self, thinker: ModelThinker, prompt: str) -> None:
        self.thinker, self.prompt, self.read = thinker, prompt, simplified(prompt)
        self.constraint = Constraint(self.read, subjects())

    def write(self, number: int) -> str:
        """The text of a request, in the try of this number. Raises a PlanError if it breaks off."""
        noise = uniforms(0, TEXT_LEVEL, number, 0, MAX_THINK)
        temperature = THINK_TEMPERATURE if number else 0.0
        loaded = self.thinker.loaded
        with self.thinker.lock:
            document = RequestDocument(self.read)
            text = draw_think(self.thinker.decoder, loaded.vocabulary, document, noise, temperature, self.constraint)
        if not self.constraint.completes(text):
            raise PlanError(f"the thought breaks off: {shorten(text)}")
        return in_words_of(text, self.read, self.prompt)

    def nats(self, texts: Sequence[str]) -> list[float]:
        """How unlikely each of some texts is to be what the prompt asks for."""
        vocabulary = self.thinker.loaded.vocabulary
        texts = [simplified(text) for text in texts]
        with self.thinker.lock:
            nats = text_nats(self.thinker.decoder, vocabulary, RequestDocument(self.read), texts)
        return [float(surprise) for surprise in nats]


def in_words_of(text: str, read: str, prompt: str) -> str:
    """The text of a request whose unknown words, copied from the prompt as it was read, are those of the prompt."""
    *lines, last = text.split("\n")
    key, _, words = last.partition("unknown: ")
    if key or not words or read == prompt:
        return text
    places = [read.find(word) for word in words.split(", ")]
    named = [prompt[place : place + len(word)] for place, word in zip(places, words.split(", "), strict=True)]
    return "\n".join([*lines, f"unknown: {', '.join(named)}"])


def check_strict(job: Job, remark: str) -> None:
    """Raises a PlanError if the job is strict and something is to be said of its plan."""
    if job.strict and remark:
        raise PlanError(f"{remark}; leave strict out to draw it all the same, or say it more simply")


class Listener:
    """Plans what prompts ask for. Threads may share it; pictures of one prompt share a thought."""

    def __init__(self, thinker: Thinker | None) -> None:
        self.thinker, self._lock = thinker, Lock()
        self._last: tuple[tuple[str, bool], Thought] | None = None

    def plan(
        self, job: Job, painted: tuple[str, ...], backgrounds: tuple[str, ...] = ()
    ) -> tuple[Plan, str, str, Plan | None]:
        """The plan of a job for a painter of some subjects and backgrounds; what is to be said of it, "" if nothing is;
        the thought; and the plan of another reading that may as well be right, None if there is none.

        Raises:
            UnknownSubjectError: the prompt asks for something that the painter does not know.
            PlanError: no plan could be made of the prompt, or the job is strict and something is to be said.
        """
        thinker = self.thinker if job.planner == "model" else None
        thought = self._understood(job.prompt, thinker)
        heeded = (job.prompt, painted, job.canvas.cells_on(GRID), job.seed, job.without_unknown, backgrounds)
        plan, remark = plan_of(thought, *heeded)
        check_strict(job, remark)
        return plan, remark, format_request(thought.request), other_plan_of(thought, *heeded)

    def _understood(self, prompt: str, thinker: Thinker | None) -> Thought:
        key = (prompt, thinker is None)
        with self._lock:
            if self._last is None or self._last[0] != key:
                self._last = key, think(prompt, thinker.writer(prompt) if thinker else None)
            return self._last[1]
