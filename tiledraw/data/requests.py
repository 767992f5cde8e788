"""Training documents of requests: an endless, seeded source of prompts as people write them, and what they ask for.

Document `index` of a split is the same in every run. Splits differ by seed, by the patterns of their sentences, and by
the nouns that nobody knows.
Knows how requests are sampled and put into words. Knows nothing about tokens or models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from tiledraw.common.checks import MAX_PROMPT
from tiledraw.common.fields import Names, Share, check_fields
from tiledraw.data.natural import natural_example
from tiledraw.format.grammar import RequestDocument
from tiledraw.language.hearing.strangers import strangers
from tiledraw.language.phrasing import chinese, english
from tiledraw.language.phrasing.asking import sample_request
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.request import Request, format_request, ordered, without
from tiledraw.language.subjects import LISTED, subjects

REQUEST_KINDS = ("request",)
SHUFFLED = 0.5  # share of requests whose things come in another order than they were sampled
PHRASINGS = {"en": english, "zh": chinese}

SubjectName = Annotated[str, Names("subject", subjects, LISTED)]


@dataclass(frozen=True)
class RequestConfig:
    """What prompts ask for.

    Attributes:
        subjects: Names of the subjects; empty: all.
        unknown: Share of prompts that also name things that are no subjects.
        noise: Share of prompts with typos, slang and the like.
        natural: Share of prompts to train on that are variants of natural ones, on any subject.
    """

    subjects: tuple[SubjectName, ...] = ()
    unknown: Share = 0.2
    noise: Share = 0.2
    natural: Share = 0.0

    def __post_init__(self) -> None:
        check_fields(self, "requests")

    def clean(self) -> RequestConfig:
        """The same, to measure on."""
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is asked for."""
        return self.subjects or tuple(subjects())


@dataclass(frozen=True)
class RequestSource:
    """Documents of one split."""

    config: RequestConfig
    split: str = "train"

    def document(self, kind: str, index: int) -> RequestDocument:
        """Document `index`; every second one is in Chinese."""
        prompt, request = self.example(index)
        return RequestDocument(prompt, format_request(request))

    def example(self, index: int) -> tuple[str, Request]:
        """A prompt, and what it asks for."""
        rng = np.random.default_rng([SPLITS.index(self.split), index])
        language = ("en", "zh")[index % 2]
        phrasing = PHRASINGS[language]
        if self.split == "train" and rng.random() < self.config.natural:
            return natural_example(rng, language)
        while True:
            request = sample_request(rng, self.config.names)
            if rng.random() < SHUFFLED:  # sampled things relate to earlier ones
                request = ordered(request, [int(number) for number in rng.permutation(len(request.things))])
            strange = self._strange(rng, request, language)
            phrased = phrasing.phrase(request, rng, self.split, strange)
            unknown = {number: phrased.names[number][0] for number in strange}
            prompt = phrased.prompt
            if rng.random() < self.config.noise:
                prompt = phrasing.noisy(prompt, rng, list(unknown.values()))
            if len(prompt) <= MAX_PROMPT and all(name in prompt for name in unknown.values()):
                places = [phrased.prompt.find(names[0]) for names in phrased.names]
                order = sorted(range(len(places)), key=places.__getitem__)  # as the prompt names them
                new = {old: number for number, old in enumerate(order)}
                unknown = {new[number]: name for number, name in unknown.items()}
                return prompt, without(ordered(request, order), unknown)

    def _strange(self, rng: np.random.Generator, request: Request, language: str) -> dict[int, str]:
        """Numbers of the things that are to be unknown, one or two, and nouns for them."""
        if rng.random() >= self.config.unknown:
            return {}
        nouns = strangers(language, self.split, self.config.names)
        numbers = rng.permutation(len(request.things))[: 1 + int(rng.random() < 0.2)]
        return {int(number): nouns[int(rng.integers(len(nouns)))] for number in numbers}
