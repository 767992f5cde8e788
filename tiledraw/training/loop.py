"""The training loop: steps, checkpoints, evaluations, metrics; the same for a new model and for an adapter.

Writes `metrics.jsonl`, checkpoints, sample pictures, and a model that `generate` loads. Starts where the last
checkpoint of the output folder stopped, with the same documents and weights as without the stop. Any number of
processes that accelerate starts share the documents of a step, with the losses and gradients of one that has them all.
Knows the loader, the backend and the losses. Knows nothing about how a model is made, and not about the command line.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from tiledraw.common.extras import needs
from tiledraw.common.files import atomic_write
from tiledraw.engine.general_decoder import longest_of
from tiledraw.models.card import SAMPLES, model_card
from tiledraw.models.knowledge import Knowledge
from tiledraw.training.backends import Adapted, FromScratch
from tiledraw.training.batches import Batch, Losses, drawn_counts
from tiledraw.training.checkpoints import CheckpointError, save_checkpoint
from tiledraw.training.config import OWN, MixConfig, TrainConfig
from tiledraw.training.continuing import check_shapes, flatten
from tiledraw.training.folders import make_run_folder
from tiledraw.training.loader import GROUPS, Loader
from tiledraw.training.memory import keep_freed_memory
from tiledraw.training.optimizer import rate_factor
from tiledraw.training.processes import make_accelerator
from tiledraw.training.record import data_fingerprint
from tiledraw.training.samples import OUT_OF_TIME, draw_samples
from tiledraw.training.session import FAR, Session
from tiledraw.training.stopping import Stopped, Stopping

with needs("train"):
    import torch


def compute_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The dtype of forward and backward passes."""
    if precision == "auto":
        # AVX512 without AMX multiplies in bfloat16, too, but more slowly than in float32
        fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else torch.cpu._is_amx_tile_supported()
        precision = "bfloat16" if fast else "float32"
    return getattr(torch, precision)


def check_trackers(names: list[str]) -> None:
    """Raises a ValueError for a tracker that accelerate does not know or that is not installed."""
    with needs("train"):
        from accelerate.tracking import get_available_trackers

    available = sorted(str(getattr(tracker, "value", tracker)) for tracker in get_available_trackers())
    if missing := [name for name in names if name not in available]:
        there = ", ".join(available) or "none"
        raise ValueError(f"the tracker {missing[0]!r} is unknown or not installed; available here: {there}")


def weighted(sums: Losses, counts: torch.Tensor, mix: MixConfig) -> torch.Tensor:
    """The loss: weighted means over the drawn pixels of each stage and over the drawn text.

    `counts` `(3, groups)` are of all that the means are over: pixels, text tokens and pixels among all words, also in
    other micro-batches and processes, so that their losses add up.
    """
    pixels, texts, kinds = counts
    language = GROUPS.index("text")

    def mean(nats: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        return nats.sum() / count.sum().clamp(min=1)

    return (
        mix.coarse_weight * mean(sums.pixel_nats[0], pixels[0])
        + mix.flat_weight * mean(sums.pixel_nats[1], pixels[1])
        + mix.tile_weight * mean(sums.pixel_nats[2:], pixels[2:])
        + mix.stream_weight * mean(sums.kind_nats, kinds)
        + mix.text_weight * mean(sums.text_nats[:language], texts[:language])
        + mix.language_weight * mean(sums.text_nats[language], texts[language])
    )


def _named(names: Iterable[str]) -> str:
    """Which documents an error is about."""
    return f", of the documents {', '.join(names)}"


class Trainer(Session):
    """A run on documents."""

    def __init__(self, config: TrainConfig, log: TextIO | None = None, stopping: Stopping | None = None) -> None:
        super().__init__(stopping)
        check_trackers(config.trackers)
        keep_freed_memory()
        self.config, self.log = config, log or sys.stderr
        self.folder = make_run_folder(config.output)
        self.use = f"to draw: tiledraw generate PROMPT --model {self.folder / 'model'}"
        self.accelerator = make_accelerator(self.folder, config.trackers)
        self.device, self.is_main = self.accelerator.device, self.accelerator.is_main_process
        self.processes = self.accelerator.num_processes
        backend = Adapted if config.base else FromScratch
        self.backend = backend(config, self.accelerator, compute_dtype(config.precision, self.device))
        self.vocabulary = self.backend.vocabulary
        self.loader = Loader(
            config,
            self.vocabulary,
            self.accelerator.process_index,
            self.accelerator.num_processes,
            in_step=self.backend.is_sharded,
            longest=longest_of(self.backend.model.config),
            texts=self._own_texts() if config.texts == OWN else None,
        )
        self.tokens = 0  # learned from, over all sessions
        self._resume()

    def _own_texts(self) -> Path:
        """What the base writes by itself, kept in the folder of the run."""
        path = self.folder / "texts.jsonl"
        if self.is_main and not path.exists():
            self._say("the base writes texts of its own ...")
            lines = [json.dumps({"text": text}) for text in self.backend.write_texts()]
            atomic_write(path, "\n".join(lines).encode())
        self.accelerator.wait_for_everyone()
        return path

    # --- checkpoints -------------------------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What stays the same over all sessions of a run, by the keys of the configuration."""
        config = self.config
        settings: dict[str, Any] = {
            "mix": {"flat_every": config.mix.formats},
            "grays": self.loader.grays,
            "tokenizer": self.vocabulary.fingerprint,
            "seed": config.seed,
        }
        if config.base:
            weights = {key: value for key, value in self.backend.fingerprint.items() if key.startswith("weights.")}
            settings |= {"base": self.backend.base, "adapter": config.adapter} | weights
        else:
            settings |= {"model": config.model, "start": config.start}
        if config.data is not None:
            settings |= {"documents": "data", "data": data_fingerprint(Path(config.data))}
        elif config.requests is not None:
            settings |= {"documents": "requests", "requests": {"subjects": config.requests.subjects}}
        else:
            assert config.layers is not None
            drawn = {"subjects": config.layers.subjects, "backgrounds": config.layers.backgrounds}
            settings |= {"documents": "layers", "layers": drawn}
        return flatten(settings)

    @property
    def _warmup(self) -> int:
        return self.config.optimizer.warmup

    def _restore(self, path: Path, tensors: dict[str, dict[str, torch.Tensor]], state: dict[str, Any]) -> None:
        name = next(iter(self.backend.tensor_names))
        check_shapes(path, tensors.get(name, {}), self.backend.trained)
        try:
            self.backend.restore(tensors)
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"the checkpoint {path} has another optimizer than the configuration ({error}); give another --output"
            ) from None
        self.tokens = state.get("tokens", 0)

    def _save(self) -> None:
        tensors = self.backend.tensors()  # in all processes, which may each hold a share
        if self.is_main:
            state = {"seconds": self.seconds, "tokens": self.tokens, "durations": self.durations}
            save_checkpoint(self.folder, self.step, tensors, {**state, "settings": self.settings})
        self.accelerator.wait_for_everyone()

    @property
    def knowledge(self) -> Knowledge:
        """What the model has been shown so far."""
        mix = self.config.mix
        known = {"grays": self.loader.grays, "steps": self.step, "formats": mix.formats}
        known |= {"context": mix.behind > 0, "placed": self.vocabulary.placed}
        if self.config.layers is not None:
            layers = self.config.layers
            known |= {"formats": ("layers",), "grays": 256}
            return Knowledge(layers.subjects, backgrounds=layers.backgrounds, **known)
        if self.config.requests is not None:
            return Knowledge(self.config.requests.subjects, **(known | {"formats": ("requests",)}))
        return Knowledge(**known, planless=self.loader.planless, labels=self.loader.labels, side=self.loader.side)

    def export(self, folder: Path) -> None:
        """Writes a model that `generate` loads: of a new model the averaged weights, of an adapter a peft folder."""
        self.backend.save(folder, self.knowledge)
        if self.is_main:
            self._write_card(folder)
        self.accelerator.wait_for_everyone()

    def _write_card(self, folder: Path, prompts: list[str] | None = None) -> None:
        name = self.config.push_to_hub or str(folder)
        data = Path(self.config.data).name if self.config.data else "layers" if self.config.layers else "requests"
        card = model_card(name, self.knowledge, getattr(self.backend, "base", None), data, prompts or [])
        atomic_write(folder / "README.md", card.encode())

    # --- one step ----------------------------------------------------------------------------------------------------

    def _losses(self, batch: Batch) -> Losses:
        batch = batch.to(self.device)
        return Losses(
            *self.backend.module(batch.ids, batch.targets, batch.positions, batch.groups, batch.parts, batch.among_all)
        )

    def _sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum over all processes."""
        return self.accelerator.reduce(tensor.to(self.device), "sum")

    def _train_step(self) -> list[Losses]:
        with self.stopping.interruptible():
            results, batches = self._gradients()
            self.norm = self.backend.clip()
            self._check_finite(self.norm, "gradient", _named(name for batch in batches for name in batch.names))
            tokens = int(self._sum(torch.tensor(sum(batch.tokens for batch in batches))))
        self._set_rates()
        self.backend.update(self.step)
        self.tokens += tokens
        self.step += 1
        return results

    def _set_rates(self) -> None:
        """The learning rates of this step."""
        config = self.config.optimizer
        if self.warmup is not None:
            config = replace(config, warmup=self.warmup)
        factor = rate_factor(self.step, self.steps or FAR, config)
        for optimizer in self.backend.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * factor
        self.rate = self.backend.optimizers[0].param_groups[0]["lr"]

    def _gradients(self) -> tuple[list[Losses], list[Batch]]:
        """The losses of this step, whose gradients the weights have then, and what they are of."""
        config, processes = self.config, self.processes
        # what is dropped out depends on the step alone, so that it is the same after a stop
        seed = (config.seed * 2**32 + self.step) * processes + self.accelerator.process_index
        torch.manual_seed(seed % 2**63)
        results: list[Losses] = []
        parts = self.loader.next(self.step)
        batches = [batch for part in parts for batch in part]
        for part, counts in zip(parts, self._sum(self._counts(parts)), strict=True):
            for batch in part:
                sums = self._losses(batch)
                loss = weighted(sums, counts, config.mix)
                self._check_finite(loss.item(), "loss", _named(batch.names))
                loss.backward()
                results.append(Losses(*(value.detach() for value in vars(sums).values())))
        return results, batches

    def _counts(self, parts: list[list[Batch]]) -> torch.Tensor:
        """What is drawn in the parts of a step: `(parts, 3, groups)`."""
        nothing = torch.zeros(3, len(GROUPS))
        return torch.stack(
            [sum((drawn_counts(batch, self.vocabulary, len(GROUPS)) for batch in part), nothing) for part in parts]
        )

    # --- the run -----------------------------------------------------------------------------------------------------

    def _clock(self) -> float:
        """Seconds, the same in all processes, so that they agree about when to stop and to save."""
        now = super()._clock()
        if self.processes == 1:
            return now
        mine = torch.tensor([now if self.is_main else 0.0, float(self.stopping.number or 0)], dtype=torch.float64)
        now, asked = self._sum(mine).tolist()
        if asked and self.stopping.is_interruptible:  # then all of them leave at the same place
            raise Stopped(self.stopping.number or signal.SIGTERM)
        return now

    def run(self, time_limit: float = math.inf) -> None:
        """As every session; told to the trackers, and in the end uploaded, if asked for."""
        config = self.config
        deadline = self._clock() + time_limit
        if config.trackers:
            self.accelerator.init_trackers("tiledraw", {"output": config.output, "base": config.base or "none"})
        if config.texts and config.base and self.step == 0:
            with self.backend.at_rest(), self.backend.as_base():
                self._log("base", self.validate(kinds=("text",)) or [])
        super().run(time_limit)
        if self.step == self.steps and self.config.push_to_hub:
            self._within("upload", deadline, self._push)
        self.accelerator.end_training()

    def _close(self) -> None:
        self.loader.close()

    def _count(self) -> int:
        return self.tokens

    def _evaluate(self, until: float) -> bool:
        begin = self._clock()
        half = begin + (until - begin) / 2 if math.isfinite(until) else until  # pictures say more than figures
        validated = self._within("evaluation", half, self._validate)
        self._timed("export", lambda: self.export(self.folder / "model"))
        with self.backend.at_rest():
            drawn = self._within("samples", until, self._draw)
        return validated and drawn

    def _validate(self, until: float) -> bool:
        """Logs losses on validation documents, if there is time for all of them."""
        results = self.validate(until)
        if results is not None:
            self._log("validation", results)
        return results is not None

    def _draw(self, until: float) -> bool:
        """Draws sample pictures with the model as it was exported."""
        whole = self._draw_sheet(until) if self.is_main else True
        self.accelerator.wait_for_everyone()
        return whole

    def _draw_sheet(self, until: float) -> bool:
        model, sheet = self.folder / "model", self.folder / "samples" / f"step-{self.step:08d}.png"
        if self.config.layers is not None or self.config.requests is not None:
            return True
        if (drawer := self.backend.drawer(model, self.knowledge)) is None:
            self._say("drew no samples: no process has all weights")
            return True

        def is_over() -> bool:
            return time.monotonic() >= until or self.stopping.is_asked

        results = draw_samples(drawer, sheet, is_over, self.loader.prompts(3), self.loader.side)
        for prompt, reason in results.items():
            if reason not in ("", OUT_OF_TIME):
                self._say(f"drew no sample of {prompt!r}: {reason}")
        if drawn := [prompt for prompt, reason in results.items() if not reason]:
            shutil.copyfile(sheet, model / SAMPLES)
            self._write_card(model, drawn)
            self._say(f"samples: {sheet}")
        return OUT_OF_TIME not in results.values()

    @torch.no_grad()
    def validate(self, until: float = math.inf, kinds: tuple[str, ...] | None = None) -> list[Losses] | None:
        """Loss sums of the exported weights on the first held-out documents of all kinds or these, clean; none if time
        is over before all."""
        results: list[Losses] = []
        with self.backend.at_rest():
            for batch in self.loader.validation(kinds):
                if self._clock() >= until:
                    return None
                results.append(self._losses(batch))
        return results

    def _log(self, split: str, results: list[Losses]) -> None:
        """One line of metrics: bits per pixel and per text token by group, over all processes; in training of what is
        learned, in validation of all that is read, also of plain pixels beside others."""
        if not results:
            return
        names = list(vars(results[0]))  # every process has some: it takes part in every step
        total = self._sum(torch.stack([sum(getattr(result, name) for result in results) for name in names])).cpu()
        loss = weighted(Losses(*total), total[[1, 3, 5]], self.config.mix).item()
        bits = {
            "pixel": total[0] / total[1],
            "token": total[2] / total[3],
            "kind": total[4] / total[5],
        }  # nan where there is none
        line: dict[str, Any] = {
            "split": split,
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "tokens": self.tokens,
            "loss": round(loss, 4),
        }
        pace = self.pace()
        figures = pace.metrics() if split == "train" else {}
        line |= figures
        for number, group in enumerate(GROUPS):
            for what, nats in bits.items():
                if not math.isnan(nats[number]):
                    line[f"bits_per_{what}/{group}"] = round(nats[number].item() / math.log(2), 4)
        if not self.is_main:
            return
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        measured = {key: value for key, value in line.items() if "/" in key}
        told = measured | figures | {"loss": loss}
        self.accelerator.log({f"{split}/{key}": value for key, value in told.items()}, self.step)
        if split == "train":
            return self._say(pace.line(loss=loss))
        shown = "  ".join(f"{key.removeprefix('bits_per_')} {value:.3f}" for key, value in measured.items())
        self._say(f"{split} at step {self.step:,}  loss {loss:.3f}  bits: {shown}")

    def _push(self, until: float = math.inf) -> bool:
        """Uploads the model, if asked to. Nothing stops that in the middle."""
        if not self.config.push_to_hub or not self.is_main:
            return True
        from huggingface_hub import HfApi

        name = self.config.push_to_hub
        try:
            HfApi().create_repo(name, exist_ok=True)
            HfApi().upload_folder(repo_id=name, folder_path=self.folder / "model")
        except Exception as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise ValueError(f"{self.folder / 'model'} could not be uploaded to {name}: {reason[0]}") from None
        self._say(f"uploaded to {name}")
        return True
