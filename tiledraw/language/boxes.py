"""Boxes: rectangles in whole units, and what is raised where a plan is none.

Knows integers. Knows nothing about subjects, texts or pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PlanError(ValueError):
    """A plan, or the text or file it is read from, is not valid."""


class UnknownSubjectError(PlanError):
    """A prompt or plan asks for a subject that nobody here can draw.

    Attributes:
        drawable: Subjects for which it asks, too, and that can be drawn.
    """

    def __init__(self, sentence: str, drawable: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.drawable = drawable

    def advice(self, option: str) -> str:
        """The sentence, and that an option draws the rest, if there is one; how it is written is known to who asks."""
        return f"{self}; {option} draws the rest" if self.drawable else str(self)


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle `x0 y0 x1 y1`, origin top-left, ends exclusive. The unit is the holder's: plan cells in a plan."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def middle(self) -> Box:
        """The largest square in the middle, rounded down to whole units."""
        side = min(self.width, self.height)
        x, y = self.x0 + (self.width - side) // 2, self.y0 + (self.height - side) // 2
        return Box(x, y, x + side, y + side)

    def times(self, factor: int) -> Box:
        """The same rectangle in units a `factor` smaller, such as pixels in place of cells."""
        return Box(*(factor * edge for edge in vars(self).values()))

    def overlaps(self, other: Box) -> bool:
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def contains(self, other: Box) -> bool:
        return self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1

    def __str__(self) -> str:
        return f"{self.x0} {self.y0} {self.x1} {self.y1}"


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes, at least one."""
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
