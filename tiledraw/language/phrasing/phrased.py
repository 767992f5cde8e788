"""What a phrasing gives, in whichever language. Knows nothing about patterns or requests."""

from __future__ import annotations

from dataclasses import dataclass

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Phrased:
    """A prompt.

    Attributes:
        prompt: Its text.
        names: For each thing of the request: the words by which the prompt names it, exactly as they stand there; the
            first mention first.
    """

    prompt: str
    names: tuple[tuple[str, ...], ...]
