"""Shows where the time of one picture goes with the NumPy decoder, next to how fast this machine multiplies matrices.

    python scripts/benchmark_time.py [--size 256] [--model FOLDER]
    python scripts/benchmark_time.py --tiles 16 [--model FOLDER]      # or of so many busy tiles, drawn side by side

On one core, so that clocks around the decoder's own steps cut the time of drawing into parts that add up to the whole;
with more cores, streams are drawn side by side in the same way. The roofline is the best of several float32 products of
large square matrices on that core.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tiledraw.canvas.pyramid import TILE
from tiledraw.common.checks import DEFAULT_TEMPERATURE
from tiledraw.drawing.drawer import Drawer
from tiledraw.engine import decoding, numpy_decoder, speculation
from tiledraw.engine.noise import uniforms
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.evaluation.cost import PROMPT
from tiledraw.evaluation.likelihood import undrawn_tiles

MATRICES = "matrix multiply"
ATTENTION = "attention, with rotation and caches"
HEAD = "logits of the grays"
BETWEEN = "norms, activations, masks"
SAMPLING = "sampling"
PRECISE = "unsure samples in double precision"
OTHER = "draft tokens, documents, Python"


class Clock:
    """Seconds by part: at any time one part runs."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.operations = self.attended = 0  # floating-point operations of the matrices, and of attention's products
        self.part, self.since = OTHER, time.perf_counter()

    def switch(self, part: str) -> None:
        """Ends the part that runs and begins another."""
        now = time.perf_counter()
        self.seconds[self.part] += now - self.since
        self.part, self.since = part, now

    def timed(
        self, function: Callable[..., Any], part: str, after: Callable[..., str] = lambda *_: OTHER
    ) -> Callable[..., Any]:
        """The function, which runs as a part; another follows it, which may depend on its arguments."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.switch(part)
            result = function(*arguments, **named)
            if part == MATRICES:
                self.operations += 2 * arguments[-2].size * result.shape[-1]
            self.switch(after(*arguments))
            return result

        return call

    def watch(self, decoder: NumpyDecoder) -> None:
        """Times the steps of NumPy decoders from now on, and what draws with them."""
        before_attention = {id(layer.qkv) for layer in decoder.layers}
        numpy_decoder._times = self.timed(
            numpy_decoder._times, MATRICES, lambda x, matrix: ATTENTION if id(matrix) in before_attention else BETWEEN
        )
        view = numpy_decoder._Step.view

        def seen(step: Any, window: int | None) -> tuple[list[Any], np.ndarray]:
            parts, scores = view(step, window)
            self.attended += 4 * scores.size * decoder.width  # of queries and keys, and of scores and values
            return parts, scores

        numpy_decoder._Step.view = seen
        for name, part in (("peek", BETWEEN), ("logits", HEAD), ("precise_logits", PRECISE)):
            setattr(NumpyDecoder, name, self.timed(getattr(NumpyDecoder, name), part))
        decoding.sample = speculation.sample = self.timed(decoding.sample, SAMPLING)


def roofline(side: int = 2048, tries: int = 10) -> float:
    """Floating-point operations a second of float32 matrix products, the best of some tries."""
    one, other = np.random.default_rng(0).random((2, side, side), dtype=np.float32)
    best = float("inf")
    for _ in range(tries):
        begin = time.perf_counter()
        one @ other
        best = min(best, time.perf_counter() - begin)
    return 2 * side**3 / best


def tiles(drawer: Drawer, count: int) -> Callable[[], object]:
    """What draws busy tiles of the level of 256 pixels in one batch, each once."""
    documents = undrawn_tiles(drawer.loaded, 256, count)
    noise = np.stack([uniforms(0, 4, index, 0, TILE**2) for index in range(count)])
    vocabulary = drawer.loaded.vocabulary
    return lambda: decoding.draw_pixels(drawer.decoder, vocabulary, documents, noise, DEFAULT_TEMPERATURE)


def picture(drawer: Drawer, side: int) -> Callable[[], object]:
    """What draws one picture."""
    return lambda: list(drawer.stream(PROMPT, size=(side, side)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--tiles", type=int)
    parser.add_argument("--model", default="painter")
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    if not isinstance(drawer.decoder, NumpyDecoder):
        parser.error(f"the model {options.model} is not drawn by the NumPy decoder, whose steps are timed here")
    drawer.decoder = NumpyDecoder(drawer.loaded.config, drawer.loaded.tensors())  # without a pool
    with threadpool_limits(1):
        picture(drawer, 32)()  # warms up
        draw = tiles(drawer, options.tiles) if options.tiles else picture(drawer, options.size)
        clock = Clock()
        clock.watch(drawer.decoder)
        draw()
        clock.switch(OTHER)
        total, most = clock.seconds.total(), roofline()
    what = f"{options.tiles} busy tiles" if options.tiles else f"{options.size}x{options.size}"
    print(f"{what} on one core, without start-up: {total:.2f} s")
    for part, seconds in clock.seconds.most_common():
        print(f"  {part:36} {seconds:8.2f} s {seconds / total:6.1%}")
    print(f"roofline of matrix products: {most / 1e9:.0f} GFLOP/s")
    for name, operations, seconds in (
        (MATRICES, clock.operations, clock.seconds[MATRICES]),
        ("the same in the whole time", clock.operations, total),
        ("with the products of attention", clock.operations + clock.attended, total),
    ):
        rate = operations / seconds
        print(f"  {name:36} {rate / 1e9:8.1f} GFLOP/s {rate / most:6.1%} of the roofline")


if __name__ == "__main__":
    main()
