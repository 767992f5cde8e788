"""Spreading: each question is asked by a process of a cluster, on a machine that has a vision-language model or reaches
an endpoint; answers come back to the one process that keeps them.

Knows clusters, and how whoever is asked is opened. Knows nothing about what is asked, nor what becomes of an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image

from tiledraw.common.cluster import Cluster
from tiledraw.data.annotation.vision import LocalModel, Vision
from tiledraw.models.asking import Budget, DownError, UnansweredError, Writing
from tiledraw.models.endpoint import Endpoint, EndpointConfig


@dataclass(frozen=True)
class Asked:
    """Who is asked: a local model (a folder from the root on, or a hub name), or an endpoint."""

    who: str | EndpointConfig
    writing: Writing

    def open(self, budget: Budget) -> Vision:
        """Raises a DownError or a MissingExtraError if there is nobody."""
        if isinstance(self.who, str):
            return LocalModel.load(self.who, self.writing, budget)
        return Endpoint(self.who, self.writing, budget)


class SpreadVision:
    """Asks on a cluster, what is lost with a process or a machine again.

    The budget is kept here. Requests that are repeated while they are under way end up above its limit, as tokens do.
    """

    def __init__(self, cluster: Cluster, asked: Asked, name: str, budget: Budget) -> None:
        self.name, self._cluster, self._asked, self._budget = name, cluster, asked, budget
        self._stopped = threading.Event()

    def ask(self, image: Image.Image, question: str, schema: Mapping[str, Any] | None = None) -> str:
        if self._stopped.is_set():
            raise UnansweredError("the question was not asked: stopped before")
        self._budget.take_request()
        try:
            answer, requests, tokens = self._cluster.call(_answer, (self._asked, image, question, schema))
        except OSError:
            if not self._stopped.is_set():
                raise
            raise UnansweredError("the answer broke off: stopped") from None
        self._budget.add(tokens, requests - 1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self, at_once: bool = False) -> None:
        self._stopped.set()
        if at_once:
            self._cluster.give_up()


def _answer(work: tuple[Asked, Image.Image, str, Mapping[str, Any] | None]) -> tuple[str | Exception, int, int]:
    """An answer, or why there is none, and how many requests and tokens it took, in a process of a cluster."""
    asked, *question = work
    vision, budget = _opened(asked)
    before = dict(budget.spent)
    answer: str | Exception
    try:
        answer = vision.ask(*question)
    except (UnansweredError, DownError) as error:
        answer = error
    return answer, *(budget.spent[name] - before[name] for name in ("requests", "tokens"))


@lru_cache(1)
def _opened(asked: Asked) -> tuple[Vision, Budget]:
    budget = Budget()
    return asked.open(budget), budget
