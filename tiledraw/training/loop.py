"""Training from scratch: a small Qwen3-architecture model on a mix of layout, flat and tile documents.

Writes `metrics.jsonl`, checkpoints, sample pictures, and the averaged weights as a model that `generate` loads. Starts
where the last checkpoint of the output folder stopped, with the same documents and weights as without the stop.
Knows the source, the loss and the optimizer. Knows nothing about the command line.
"""

from __future__ import annotations

import copy
import ctypes
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import torch

from tiledraw.data.documents import SceneSource
from tiledraw.grammar import Document
from tiledraw.models.building import load_vocabulary, new_model
from tiledraw.models.loading import Knowledge, load_model, save_model
from tiledraw.training.attention import register_attention
from tiledraw.training.batches import Batch, Losses, collate, losses
from tiledraw.training.checkpoints import (
    find_checkpoints,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from tiledraw.training.config import TrainConfig
from tiledraw.training.optimizer import make_optimizers, rate_factor


def compute_dtype(precision: str) -> torch.dtype:
    """The dtype of forward and backward passes."""
    if precision == "auto":
        precision = "bfloat16" if torch.cpu._is_avx512_bf16_supported() else "float32"
    return getattr(torch, precision)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory: giving it back and faulting it in again costs up to four fifths of a step."""
    if sys.platform.startswith("linux"):
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(-4, 0)  # M_MMAP_MAX: no separate mappings for large blocks
            library.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: never shrink the heap


class Trainer:
    """One run. `run` trains until the last step or the time limit."""

    def __init__(self, config: TrainConfig, log: TextIO = sys.stderr) -> None:
        self.config, self.log = config, log
        self.folder = Path(config.output)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.vocabulary = load_vocabulary(config.tokenizer)
        self.sides = sorted(config.scenes.level_weights)
        self.groups = ["layout", "flat", *(f"tile{side}" for side in self.sides)]
        self.source = SceneSource(config.scenes, "train")
        torch.manual_seed(config.seed)
        self.model = new_model(config.model, self.vocabulary, config.seed)
        if config.start:
            self.model.load_state_dict(load_model(config.start).model.state_dict())
        self.model.set_attn_implementation(register_attention())
        self.optimizers = make_optimizers(self.model, config.optimizer)
        self.average = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        self._pool, self._ahead = ThreadPoolExecutor(1), {}
        self.step = 0
        self.seconds, self.tokens = 0.0, 0  # of training, over all sessions
        self._resume()
        # `live` computes, in its own precision, with copies of the weights that `model` holds for the optimizers
        self.live = copy.deepcopy(self.model).to(compute_dtype(config.precision)).train()
        self.live_weights, self.weights = list(self.live.parameters()), list(self.model.parameters())

    # --- checkpoints -------------------------------------------------------------------------------------------------

    def _resume(self) -> None:
        if not (found := find_checkpoints(self.folder)):
            return
        tensors, state = load_checkpoint(found[-1])
        self.model.load_state_dict(tensors["model"], strict=False)
        self.average = tensors["average"]
        for number, optimizer in enumerate(self.optimizers):
            restore_optimizer(optimizer, tensors[f"optimizer{number}"])
        self.step, self.seconds, self.tokens = state["step"], state["seconds"], state.get("tokens", 0)
        self._say(f"continuing from step {self.step} of {self.config.steps}")

    def _save(self) -> None:
        tensors = {"model": dict(self.model.named_parameters()), "average": self.average}
        for number, optimizer in enumerate(self.optimizers):
            tensors[f"optimizer{number}"] = optimizer_tensors(optimizer)
        save_checkpoint(self.folder, self.step, tensors, {"seconds": self.seconds, "tokens": self.tokens})

    def export(self, folder: Path) -> None:
        """Writes the averaged weights in bfloat16 as a model that `generate` loads."""
        scenes = self.config.scenes
        formats = self.config.mix.formats
        knowledge = Knowledge(scenes.subjects, scenes.sizes, scenes.backgrounds, scenes.grays, self.step, formats)
        model = copy.deepcopy(self.model).to(torch.bfloat16)
        model.load_state_dict(self.average, strict=False)  # the tied head is not among the parameters
        save_model(folder, model, self.vocabulary, knowledge)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The averaged weights at work in place of the trained ones."""
        torch._foreach_copy_(self.live_weights, [self.average[name] for name, _ in self.model.named_parameters()])
        try:
            yield
        finally:
            torch._foreach_copy_(self.live_weights, self.weights)

    # --- one step ----------------------------------------------------------------------------------------------------

    def _group(self, kind: str, document: Document) -> int:
        if kind != "tile":
            return self.groups.index(kind)
        level = int(document.think.removeprefix("level ").split(",")[0])
        grid = int(document.think.split(" of ")[1].split(",")[0])
        assert level >= 1
        return self.groups.index(f"tile{32 * grid}")

    def _collate(self, kinds: list[tuple[str, int]], source: SceneSource) -> Batch:
        documents = [(kind, source.document(kind, index)) for kind, index in kinds]
        groups = [self._group(kind, document) for kind, document in documents]
        return collate([document for _, document in documents], groups, self.vocabulary)

    def _batches(self, step: int) -> list[Batch]:
        """The long and the short documents of a step."""
        mix = self.config.mix
        numbers = range(step * mix.long, (step + 1) * mix.long)
        flat = [mix.flat_every > 0 and number % mix.flat_every == 0 for number in numbers]
        long = [("flat" if is_flat else "tile", number) for is_flat, number in zip(flat, numbers, strict=True)]
        short = [("layout", step * mix.layouts + n) for n in range(mix.layouts)]
        return [self._collate(part, self.source) for part in (long, short) if part]

    def _next_batches(self) -> list[Batch]:
        """The batches of this step, made while the last one was computed."""
        future = self._ahead.pop(self.step, None) or self._pool.submit(self._batches, self.step)
        self._ahead[self.step + 1] = self._pool.submit(self._batches, self.step + 1)
        return future.result()

    def _losses(self, batch: Batch) -> Losses:
        hidden = self.live.model(input_ids=batch.ids, use_cache=False).last_hidden_state
        return losses(hidden, self.live.lm_head.weight, batch, self.vocabulary, len(self.groups))

    def _weighted(self, sums: Losses) -> torch.Tensor:
        """The loss: weighted means over the drawn pixels of each stage and over the drawn text."""
        mix = self.config.mix

        def mean(nats: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
            return nats.sum() / counts.sum().clamp(min=1)

        return (
            mix.coarse_weight * mean(sums.pixel_nats[0], sums.pixels[0])
            + mix.flat_weight * mean(sums.pixel_nats[1], sums.pixels[1])
            + mix.tile_weight * mean(sums.pixel_nats[2:], sums.pixels[2:])
            + mix.text_weight * mean(sums.text_nats, sums.texts)
        )

    def _train_step(self) -> list[Losses]:
        factor = rate_factor(self.step, self.config.steps, self.config.optimizer)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * factor
        results = []
        for batch in self._next_batches():
            sums = self._losses(batch)
            loss = self._weighted(sums)
            if not math.isfinite(loss.item()):
                raise ArithmeticError(f"the loss is {loss.item()} at step {self.step}; the last checkpoint is whole")
            loss.backward()
            results.append(Losses(*(value.detach() for value in vars(sums).values())))
            self.tokens += batch.tokens
        for weight, live in zip(self.weights, self.live_weights, strict=True):
            weight.grad, live.grad = live.grad.float(), None
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimizer.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_copy_(self.live_weights, self.weights)
        self._move_average()
        self.step += 1
        return results

    @torch.no_grad()
    def _move_average(self) -> None:
        decay = min(self.config.optimizer.average, (1 + self.step) / (10 + self.step))
        for name, value in self.model.named_parameters():
            self.average[name].lerp_(value, 1 - decay)

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self, time_limit: float = math.inf) -> None:
        """Trains until the last step, or until `time_limit` seconds have passed; saves in either case."""
        config = self.config
        keep_freed_memory()
        begin = last = time.monotonic()
        next_save = begin + 60 * config.checkpoint_minutes
        next_look = begin + 60 * config.evaluate_minutes
        pending: list[Losses] = []
        while self.step < config.steps and time.monotonic() - begin < time_limit:
            pending += self._train_step()
            now = time.monotonic()
            self.seconds += now - last
            last = now
            if self.step % config.log_steps == 0:
                self._log("train", pending)
                pending = []
            if now >= min(next_save, next_look):
                self._save()
                next_save = time.monotonic() + 60 * config.checkpoint_minutes
            if now >= next_look:
                self._look()
                next_look = time.monotonic() + 60 * config.evaluate_minutes
                last = time.monotonic()  # looking is not training
        self._save()
        self._look()

    def _look(self) -> None:
        """Evaluates the averaged weights on validation documents, exports them and draws sample pictures."""
        self._log("validation", self.evaluate())
        self.export(self.folder / "model")
        last = time.monotonic()
        from tiledraw.training.samples import draw_samples

        draw_samples(self.folder / "model", self.folder / "samples" / f"step-{self.step:08d}.png")
        self._say(f"drew samples in {time.monotonic() - last:.0f} s")

    @torch.no_grad()
    def evaluate(self, split: str = "validation") -> list[Losses]:
        """Loss sums of the averaged weights on the first documents of a split, undisturbed."""
        source = SceneSource(replace(self.config.scenes.undisturbed(), busy=1.0), split)
        results = []
        with self._averaged():
            for kind, size in (("layout", 12), ("flat", 4), ("tile", 4)):
                count = self.config.evaluate_documents * (len(self.sides) if kind == "tile" else 1)
                for start in range(0, count, size):
                    batch = self._collate([(kind, index) for index in range(start, start + size)], source)
                    results.append(self._losses(batch))
        return results

    def _log(self, split: str, results: list[Losses]) -> None:
        """One line of metrics: bits per pixel and per text token by group."""
        if not results:
            return
        total = Losses(*(sum(getattr(result, name) for result in results) for name in vars(results[0])))
        line: dict[str, Any] = {
            "split": split,
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "tokens": self.tokens,
        }
        for number, group in enumerate(self.groups):
            if total.pixels[number]:
                bits = total.pixel_nats[number] / total.pixels[number] / math.log(2)
                line[f"bits_per_pixel/{group}"] = round(bits.item(), 4)
            if total.texts[number]:
                bits = total.text_nats[number] / total.texts[number] / math.log(2)
                line[f"bits_per_token/{group}"] = round(bits.item(), 4)
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        shown = "  ".join(f"{key.removeprefix('bits_per_')} {value:.3f}" for key, value in line.items() if "/" in key)
        self._say(f"{split} step {self.step} ({self.seconds / 60:.1f} min)  {shown}")

    def _say(self, text: str) -> None:
        print(text, file=self.log, flush=True)
