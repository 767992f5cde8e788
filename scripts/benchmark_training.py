"""Times training steps of a new model: tokens a second, and their share of the speed of plain matrix multiplication.

    python scripts/benchmark_training.py [--config configs/painter.yaml] [--steps 8] [--engines ours transformers]

"ours" is the training loop as it runs, documents included; "transformers" is the Trainer of transformers on the same
batches, with a stock model of the same shape: sdpa attention, AdamW, and logits of all words at all places. Both leave
out their first step. Each runs in a process of its own, which first measures the roofline: the fastest of several
square matrix multiplications in the dtype of training. The share is of the operations that our loss needs, forward and
twice that backward: the matrices of the layers for every token that is no padding, scores and values for the keys that
a token sees, and the output rows that it is scored against. What an engine computes beyond that is its own loss.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    from tiledraw.format.vocabulary import Vocabulary
    from tiledraw.training.batches import Batch
    from tiledraw.training.config import TrainConfig

DEFAULT = Path(__file__).parents[1] / "configs" / "painter.yaml"
SIZES = (512, 1024, 2048)  # of the matrices of the roofline


def measure_roofline(dtype: torch.dtype, seconds: float = 0.4) -> float:
    """Operations a second of the fastest square matrix multiplication, of `seconds` seconds for each size."""
    import torch

    best = 0.0
    for size in SIZES:
        one, other = (torch.randn(size, size).to(dtype) for _ in range(2))
        one @ other  # warms up
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            one @ other
            best = max(best, 2 * size**3 / (time.perf_counter() - begin))
    return best


def needed_operations(batch: Batch, config: TrainConfig, vocabulary: Vocabulary) -> float:
    """Floating point operations of a forward and a backward pass, as the head of this file says."""
    import torch

    from tiledraw.canvas.pixels import LEVELS
    from tiledraw.training.batches import drawn_counts

    model = config.model
    width = model.heads * model.head_dim
    matrices = model.layers * model.hidden_size * (2 * width + 2 * model.key_value_heads * model.head_dim)
    matrices += model.layers * model.hidden_size * 3 * model.intermediate_size
    rows = len(batch.ids)
    lengths = [batch.tokens // rows] * rows  # documents of a batch have about one length
    seen = 0
    for layer in range(model.layers):
        window = np.inf if layer in model.full_layers else model.window
        seen += sum(np.minimum(np.arange(1, length + 1), window).sum() for length in lengths)
    pixels, texts, kinds = (
        float(counts) for counts in drawn_counts(batch, vocabulary, int(torch.max(batch.groups)) + 1).sum(1)
    )
    scored = model.hidden_size * (pixels * LEVELS + (texts + kinds) * vocabulary.size)
    return 3.0 * (2 * matrices * batch.tokens + 4 * width * seen + 2 * scored)


def time_ours(config: TrainConfig, folder: str, steps: int) -> float:
    """Seconds of `steps` steps of our loop after the first."""
    from tiledraw.training.loop import Trainer
    from tiledraw.training.session import keep_freed_memory

    run = Trainer(replace(config, output=folder))
    keep_freed_memory()
    run._train_step()
    begin = time.perf_counter()
    for _ in range(steps):
        run._train_step()
    return time.perf_counter() - begin


def time_transformers(config: TrainConfig, folder: str, parts: Sequence[Batch], first: int) -> float:
    """Seconds of transformers' Trainer for all batches after the `first` ones, which make its first step."""
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    from tiledraw.models.building import load_vocabulary, new_model
    from tiledraw.training.batches import GIVEN
    from tiledraw.training.loop import compute_dtype

    class Ordered(Trainer):
        def get_train_dataloader(self) -> torch.utils.data.DataLoader:
            return torch.utils.data.DataLoader(self.train_dataset, batch_size=None)

    class Clock(TrainerCallback):
        began = 0.0

        def on_step_end(self, *_: object, **__: object) -> None:
            self.began = self.began or time.perf_counter()

    batches = [
        {"input_ids": batch.ids, "labels": batch.targets.masked_fill(batch.targets == GIVEN, -100)} for batch in parts
    ]  # padding stands behind all else, so nothing sees it
    clock = Clock()
    cpu = not torch.accelerator.is_available()
    dtype = compute_dtype(config.precision, torch.device("cpu" if cpu else "cuda"))
    trainer = Ordered(
        new_model(config.model, load_vocabulary(config.tokenizer), config.seed),
        TrainingArguments(
            folder,
            max_steps=len(batches) // first,
            per_device_train_batch_size=1,
            gradient_accumulation_steps=first,
            bf16=dtype == torch.bfloat16,
            use_cpu=cpu,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
        ),
        train_dataset=batches,
        callbacks=[clock],
    )
    trainer.train()
    return time.perf_counter() - clock.began


def run_one(engine: str, config: TrainConfig, steps: int) -> dict[str, float]:
    """What an engine takes for the same documents: `tokens`, `seconds`, `operations`, and the `roofline`."""
    import torch

    from tiledraw.models.building import load_vocabulary
    from tiledraw.training.loader import Loader
    from tiledraw.training.loop import compute_dtype

    device = "cpu" if not torch.accelerator.is_available() else torch.accelerator.current_accelerator().type
    roofline = measure_roofline(compute_dtype(config.precision, torch.device(device)))
    vocabulary = load_vocabulary(config.tokenizer)
    loader = Loader(config, vocabulary)
    made = [[batch for part in loader.batches(step) for batch in part] for step in range(steps + 1)]
    parts = [batch for step in made for batch in step]
    first = len(made[0])
    counted = parts[first:]
    with tempfile.TemporaryDirectory() as folder:
        if engine == "ours":
            seconds = time_ours(config, folder, steps)
        else:
            parts = parts[: len(parts) // first * first]  # a step of the Trainer has as many batches as the first
            counted = parts[first:]
            seconds = time_transformers(config, folder, parts, first)
    return {
        "tokens": sum(batch.tokens for batch in counted),
        "seconds": seconds,
        "operations": sum(needed_operations(batch, config, vocabulary) for batch in counted),
        "roofline": roofline,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default=str(DEFAULT))
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--engines", nargs="+", default=["ours", "transformers"], choices=["ours", "transformers"])
    options = parser.parse_args()

    from tiledraw.cli.options import parse_options
    from tiledraw.training.config import TrainConfig

    config = parse_options(TrainConfig, ["--config", options.config], "train")
    if config.base:
        parser.error("a pretrained base has other matrices; give a configuration of a new model")
    rates: dict[str, float] = {}
    for engine in options.engines:
        with ProcessPoolExecutor(1, get_context("fork")) as alone:  # this process has computed nothing
            result = alone.submit(run_one, engine, config, options.steps).result()
        rates[engine] = result["tokens"] / result["seconds"]
        speed = result["operations"] / result["seconds"]
        print(
            f"{engine:12} {rates[engine]:8,.0f} tokens/s  {speed / 1e9:6.1f} GFLOP/s, "
            f"{speed / result['roofline']:.0%} of the roofline of {result['roofline'] / 1e9:.0f} GFLOP/s",
            flush=True,
        )
    if len(rates) == 2:
        print(f"ours / transformers: {rates['ours'] / rates['transformers']:.2f}")


if __name__ == "__main__":
    main()
