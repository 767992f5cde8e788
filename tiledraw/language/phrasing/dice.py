"""Dice: random choices that cost little. Knows nothing about words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Choices from numbers that are drawn in blocks: one by one, numpy costs as much as all the rest of a choice."""

    def __init__(self, rng: np.random.Generator, block: int = 96) -> None:
        self._rng, self._block = rng, block
        self._left: list[float] = []

    def roll(self) -> float:
        """From 0 to below 1."""
        if not self._left:
            self._left = self._rng.random(self._block).tolist()
        return self._left.pop()

    def chance(self, share: float) -> bool:
        return self.roll() < share

    def below(self, bound: int) -> int:
        return int(self.roll() * bound)

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.roll() * len(options))]

    def weighted(self, weights: dict[T, float]) -> T:
        left = self.roll() * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return next(reversed(weights))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        order = sorted((self.roll(), n) for n in range(len(options)))
        return [options[n] for _, n in order]
