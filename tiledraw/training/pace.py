"""The pace of a training: what people read on a line, and what metrics keep, of steps, time, rates and memory.

Knows figures. Knows nothing about where they come from.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from tiledraw.common.extras import needs
from tiledraw.common.values import format_bytes

with needs("train"):
    import torch


@dataclass(frozen=True)
class Pace:
    """Where a training is, and how fast.

    Attributes:
        step: Steps taken.
        steps: Steps in all; None: nobody knows yet.
        taken: Steps since the last line.
        seconds: Of these.
        count: What was learned from in these, in `unit`.
        unit: Such as "tokens".
        rate: Learning rate of the last step, of the first group of weights; nan before the first.
        norm: Norm of its gradient, before it was clipped; nan before the first.
        memory: Bytes held at most, on the device that computes; 0: unknown.
        limit: Seconds of training until the time limit.
    """

    step: int
    steps: int | None
    taken: int
    seconds: float
    count: float
    unit: str
    rate: float
    norm: float
    memory: int
    limit: float

    @property
    def is_measured(self) -> bool:
        return self.taken > 0 and self.seconds > 0

    @property
    def left(self) -> float:
        """Seconds until the last step, if nothing limits them."""
        known = self.steps is not None and self.is_measured
        return (self.steps - self.step) * self.seconds / self.taken if known else math.inf

    def metrics(self) -> dict[str, float]:
        """For a line of metrics; what is unknown is left out."""
        figures = {"rate": self.rate, "gradient": self.norm, "memory": self.memory or math.nan}
        if self.is_measured:
            figures[f"{self.unit}_per_second"] = self.count / self.seconds
            figures["seconds_left"] = min(self.left, self.limit)
        return {name: float(f"{value:.6g}") for name, value in figures.items() if math.isfinite(value)}

    def line(self, **measured: float) -> str:
        """For people: steps done of all, what was measured, rates, memory, and the time left."""
        parts = [f"step {self.step:,} of {format_steps(self.steps)}"]
        parts += [f"{name} {value:.3f}" for name, value in measured.items()]
        if math.isfinite(self.rate):
            parts += [f"rate {self.rate:.3g}", f"gradient {self.norm:.3g}"]
        parts += [format_bytes(self.memory)] if self.memory else []
        if not self.is_measured:
            return "  ".join(parts)
        parts.append(f"{self.count / self.seconds:,.0f} {self.unit}/s")
        if self.limit < self.left:
            last = f" ({format_duration(self.left)} to the last step)" if math.isfinite(self.left) else ""
            parts.append(f"{format_duration(self.limit)} to the time limit{last}")
        elif math.isfinite(self.left):
            parts.append(f"{format_duration(self.left)} left")
        return "  ".join(parts)


def format_steps(steps: int | None) -> str:
    """A number of steps in all, for people."""
    return "as many as fit" if steps is None else f"{steps:,}"


def format_duration(seconds: float) -> str:
    """Seconds for people: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{max(0.0, seconds):.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def peak_memory(device: torch.device) -> int:
    """Bytes that this process has held at most, on a device; 0 where that is not known."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
