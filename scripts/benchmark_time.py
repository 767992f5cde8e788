"""Shows where the time of one picture goes with the lean decoder, next to how fast this machine multiplies matrices.

    python scripts/benchmark_time.py [--size 256] [--threads 2] [--order chess] [--model FOLDER]

Clocks around the decoder's own steps cut the time of drawing into parts that add up to the whole. The roofline is the
best of several float32 products of large square matrices on as many threads.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch

from tiledraw.checks import DEFAULT_ORDER
from tiledraw.engine import decoding, speculation
from tiledraw.engine.lean import LeanDecoder
from tiledraw.evaluation.cost import PROMPT
from tiledraw.pipeline import Drawer

MATRICES = "matrix multiply"
ATTENTION = "attention, with rotation and caches"
BETWEEN = "norms, activations, masks"
SAMPLING = "sampling"
PRECISE = "unsure samples in double precision"
OTHER = "guesses, documents, Python"


class Clock:
    """Seconds by part: at any time one part runs."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.operations = 0  # floating-point operations of the matrices
        self.part, self.since = OTHER, time.perf_counter()

    def switch(self, part: str) -> None:
        """Ends the part that runs and begins another."""
        now = time.perf_counter()
        self.seconds[self.part] += now - self.since
        self.part, self.since = part, now

    def timed(self, function: Callable[..., Any], part: str, after: str) -> Callable[..., Any]:
        """The function, which runs as a part; another follows it."""

        def call(*arguments: Any) -> Any:
            self.switch(part)
            result = function(*arguments)
            if part == MATRICES:
                self.operations += 2 * arguments[0].numel() * result.shape[-1]
            self.switch(after)
            return result

        return call

    def watch(self, decoder: LeanDecoder) -> None:
        """Times the steps of a decoder from now on, and what draws with it."""
        decoder.layers = [
            (
                self.timed(qkv, MATRICES, ATTENTION),
                norm,
                *(self.timed(matrix, MATRICES, BETWEEN) for matrix in matrices),
            )
            for qkv, norm, *matrices in decoder.layers
        ]
        decoder.peek = self.timed(decoder.peek, BETWEEN, OTHER)
        decoder.logits = self.timed(decoder.logits, MATRICES, OTHER)
        decoder.precise_logits = self.timed(decoder.precise_logits, PRECISE, OTHER)
        sample = self.timed(decoding.sample, SAMPLING, OTHER)
        decoding.sample = speculation.sample = sample


def roofline(side: int = 2048, tries: int = 10) -> float:
    """Floating-point operations a second of float32 matrix products, the best of some tries."""
    one, other = torch.randn(2, side, side)
    best = float("inf")
    for _ in range(tries):
        begin = time.perf_counter()
        one @ other
        best = min(best, time.perf_counter() - begin)
    return 2 * side**3 / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--order", default=DEFAULT_ORDER)
    parser.add_argument("--model")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    drawer = Drawer.load(options.model)
    if not isinstance(drawer.decoder, LeanDecoder):
        parser.error(f"the model {options.model} is not drawn by the lean decoder, whose steps are timed here")
    for _ in drawer.draw(PROMPT, size=(32, 32)):
        pass  # warms up
    clock = Clock()
    clock.watch(drawer.decoder)
    for _ in drawer.draw(PROMPT, size=(options.size, options.size), order=options.order):
        pass
    clock.switch(OTHER)
    total, most = clock.seconds.total(), roofline()
    print(f"{options.size}x{options.size}, {options.threads} threads, without start-up: {total:.2f} s")
    for part, seconds in clock.seconds.most_common():
        print(f"  {part:36} {seconds:8.2f} s {seconds / total:6.1%}")
    print(f"roofline of matrix products: {most / 1e9:.0f} GFLOP/s")
    for name, seconds in ((MATRICES, clock.seconds[MATRICES]), ("the whole picture", total)):
        rate = clock.operations / seconds
        print(f"  {name:36} {rate / 1e9:8.1f} GFLOP/s {rate / most:6.1%} of the roofline")


if __name__ == "__main__":
    main()
