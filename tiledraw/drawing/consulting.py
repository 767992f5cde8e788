"""Consulting: a language model behind an endpoint as a thinker.

Knows an endpoint by `chat`, and what it is asked. Knows nothing about plans or pixels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from tiledraw.language.boxes import PlanError
from tiledraw.language.consulting import messages, request_from, schema
from tiledraw.language.plan_files import short
from tiledraw.language.request import Request, format_request, without
from tiledraw.language.subjects import subjects
from tiledraw.models.asking import Writing
from tiledraw.models.endpoint import Endpoint, EndpointConfig

KEY_VARIABLE = "OPENAI_API_KEY"  # of the environment, which holds the key of the endpoint
TIMEOUT = 60.0  # seconds that one answer may take
RETRIES = 2
MOST_TOKENS = 800  # of an answer


class Consultant:
    """Writes down what prompts ask for, by asking a model somewhere else."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint, self.subjects = endpoint, tuple(subjects())
        self.schema = schema(self.subjects)

    @classmethod
    def at(cls, address: str, model: str | None) -> Consultant:
        """A model at an address, such as `http://localhost:8000/v1`.

        Raises:
            ValueError: the address is none, or no model is named.
            MissingExtraError: httpx is missing.
        """
        if not model:
            raise ValueError("say which model the endpoint is to ask: --thinker-model NAME, such as Qwen/Qwen3-8B")
        key = os.environ.get(KEY_VARIABLE, "").strip() or None
        return cls(Endpoint(EndpointConfig(address, model, key, TIMEOUT, RETRIES), Writing(MOST_TOKENS, 0.2)))

    def writer(self, prompt: str) -> Asking:
        """Asks about a prompt, again in each try."""
        return Asking(self, prompt)


class Asking:
    """Asks what a prompt asks for."""

    judges = False  # few endpoints say how likely a text is that they did not write

    def __init__(self, consultant: Consultant, prompt: str) -> None:
        self.consultant, self.prompt = consultant, prompt
        self.chat = messages(prompt, consultant.subjects)

    def write(self, number: int) -> str:
        """The text of a request. Raises UnansweredError or DownError if the endpoint gives no answer."""
        answer = self.consultant.endpoint.chat(self.chat, self.consultant.schema)
        return format_request(_known(request_from(answer), self.prompt, self.consultant.subjects))

    def nats(self, texts: Sequence[str]) -> list[float]:
        """Nothing is known of them."""
        return [0.0] * len(texts)


def _known(request: Request, prompt: str, known: tuple[str, ...]) -> Request:
    """A request of known subjects, whose unknown things stand in the prompt.

    Raises:
        PlanError: it names something that does not.
    """
    strange = {number: thing.subject for number, thing in enumerate(request.things) if thing.subject not in known}
    for word in (*request.unknown, *strange.values()):
        if word.casefold() not in prompt.casefold():
            raise PlanError(f"the answer names {short(word)}, which neither the prompt nor anybody here knows")
    return without(request, strange)
