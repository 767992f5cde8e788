"""Asking: what whoever asks a language model somewhere else may spend, and what may go wrong.

Knows limits. Knows nothing about HTTP, pictures or prompts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tiledraw.common.checks import check_temperature


class UnansweredError(ValueError):
    """A question got no answer; another one may get one."""


class DownError(ValueError):
    """No question gets an answer until a person changes something: an address, a key, a model, a budget."""


class Budget:
    """Counts requests and tokens of all threads, and says when they are spent.

    With several questions under way, tokens end up above the limit by what these take.

    Args:
        requests: Most requests, tries that failed included; None is without limit.
        tokens: Most tokens, read and written; None is without limit.
    """

    def __init__(self, requests: int | None = None, tokens: int | None = None) -> None:
        for name, limit in (("requests", requests), ("tokens", tokens)):
            if limit is not None and limit < 1:
                raise ValueError(f"a budget of {limit} {name} asks nothing; give at least 1, or none for no limit")
        self._limits = {"requests": requests, "tokens": tokens}
        self.spent = {"requests": 0, "tokens": 0}
        self._lock = threading.Lock()

    def take_request(self) -> None:
        """Counts a request that is about to be made. Raises DownError if the budget is spent."""
        with self._lock:
            for name, limit in self._limits.items():
                if limit is not None and self.spent[name] >= limit:
                    raise DownError(f"the budget of {limit:,} {name} is spent; run it again to go on")
            self.spent["requests"] += 1

    def add(self, tokens: int, requests: int = 0) -> None:
        """Counts tokens, and requests that were made without asking here."""
        with self._lock:
            self.spent["requests"] += requests
            self.spent["tokens"] += tokens


@dataclass(frozen=True)
class Writing:
    """How a model writes its answers.

    Attributes:
        max_tokens: Most tokens of an answer.
        temperature: 0 always takes the likeliest token.

    Raises:
        ValueError: any of them out of its range.
    """

    max_tokens: int = 1024
    temperature: float = 0.2

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens {self.max_tokens} is out of range; an answer has at least 1")
        check_temperature(self.temperature)


def one_line(text: str) -> str:
    """What someone else says, for a message: in one line, and cut."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return text if len(text) <= 200 else text[:200] + "…"
