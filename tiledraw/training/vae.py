"""Training of the enlarging autoencoder: pairs of crops, one optimizer, checkpoints, metrics, sample pictures.

Starts where the last checkpoint of the output folder stopped, with the same crops and weights as without the stop.
Knows pairs and the network. Knows nothing about language models.
"""

from __future__ import annotations

import json
import math
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TextIO

import numpy as np

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.common.extras import needs
from tiledraw.common.fields import Minutes, Range, Weight, check_fields
from tiledraw.common.files import atomic_open
from tiledraw.data.pairs import SCALE, CropConfig, PairSource
from tiledraw.drawing.enlarging import Lanczos
from tiledraw.models.vae import Vae, VaeConfig, save_vae, to_tensor
from tiledraw.training.checkpoints import CheckpointError, optimizer_tensors, restore_optimizer, save_checkpoint
from tiledraw.training.config import Every, Seed, Steps, check_session
from tiledraw.training.continuing import check_shapes, flatten
from tiledraw.training.folders import make_run_folder
from tiledraw.training.optimizer import OptimizerConfig, Rate, rate_factor
from tiledraw.training.session import FAR, Session
from tiledraw.training.stopping import Stopping

with needs("train"):
    import torch
    from torch import Tensor

SAMPLES = 8  # crops on the sheet of an evaluation


@dataclass(frozen=True)
class VaeTrainConfig:
    """A training run of the network that enlarges pictures.

    Attributes:
        output: Folder of the run.
        crops: What it sees of pictures.
        vae: Shape of the network.
        steps: Steps in all; the learning rate has fallen to zero at the last. auto: as many as fit into the time
            limit, as the first ones show.
        rate: Learning rate of AdamW.
        warmup: Steps in which it rises; it falls down a cosine after that.
        clip: Largest norm of the gradient.
        edge_weight: Weight of the error of the steps between neighbouring pixels, beside that of the pixels.
        kl_weight: Weight of the divergence of the latents from a normal distribution, a mean over their numbers.
        seed: Seed of new weights and of the noise of the latents.
        log_steps: Steps between two lines of metrics.
        checkpoint_minutes: Minutes between checkpoints.
        evaluate_minutes: Minutes between evaluations with sample pictures.
        evaluate_pictures: Validation pictures in an evaluation.
        time_limit: Longest time of this session, such as 90m or 2h; the next one goes on from there.
    """

    output: str
    crops: CropConfig
    vae: VaeConfig = VaeConfig()
    steps: Steps = 2500
    rate: Rate = 1e-3
    warmup: Annotated[int, Range(0, 1_000_000_000)] = 100
    clip: Annotated[float, Range(0, 1_000_000, above=True)] = 1.0
    edge_weight: Weight = 1.0
    kl_weight: Weight = 1e-4
    seed: Seed = 0
    log_steps: Every = 50
    checkpoint_minutes: Minutes = 3.0
    evaluate_minutes: Minutes = 10.0
    evaluate_pictures: Annotated[int, Range(1, 1_000_000)] = 16
    time_limit: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_session(self.steps, self.time_limit)


@dataclass(frozen=True)
class VaeLosses:
    """Means of one batch: error of the pixels, of the steps between them, divergence in nats, squared error."""

    pixels: Tensor
    edges: Tensor
    divergence: Tensor
    squared: Tensor


def vae_losses(network: Vae, small: Tensor, large: Tensor, noise: Tensor | None) -> VaeLosses:
    """Losses of pictures `(N, 1, H, W)` and what they should become, `(N, 1, 4H, 4W)`, both from -1 to 1.

    `noise` is of the shape of the latents and standard normal (the reparametrisation of Kingma and Welling, 2014); None
    takes their means.
    """
    mean, log_variance = network.encode(small)
    latents = mean if noise is None else mean + (log_variance / 2).exp() * noise
    error = network.decode(latents) - large
    steps = [error.diff(dim=axis).abs().mean() for axis in (2, 3)]
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).mean() / 2
    clipped = (error + large).clamp(-1, 1) - large
    return VaeLosses(error.abs().mean(), sum(steps) / 2, divergence, clipped.square().mean())


def decibels(squared: float) -> float:
    """Peak signal-to-noise ratio of a mean squared error of values from -1 to 1."""
    return 10 * math.log10(4 / max(squared, 1e-10))


class VaeTrainer(Session):
    """A run on pairs of crops."""

    unit = "crops"

    def __init__(self, config: VaeTrainConfig, log: TextIO | None = None, stopping: Stopping | None = None) -> None:
        super().__init__(stopping)
        self.config, self.log = config, log or sys.stderr
        self.folder = make_run_folder(config.output)
        self.use = f"to enlarge: tiledraw enlarge PICTURE --to 1024 --enlarger {self.folder / 'model'} -o large.png"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(config.seed)
        self.network = Vae(config.vae).to(self.device)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), config.rate, betas=(0.9, 0.99), weight_decay=0.0)
        self.source = PairSource(config.crops)
        self._pool, self._ahead = ThreadPoolExecutor(1), dict[int, Future[tuple[Tensor, Tensor]]]()
        self._resume()

    @cached_property
    def settings(self) -> dict[str, Any]:
        return flatten({"vae": self.config.vae, "seed": self.config.seed, "crops.grays": self.config.crops.grays})

    @property
    def _warmup(self) -> int:
        return self.config.warmup

    def _restore(self, path: Path, tensors: dict[str, dict[str, Tensor]], state: dict[str, Any]) -> None:
        check_shapes(path, tensors.get("vae", {}), self.network.state_dict())
        self.network.load_state_dict(tensors["vae"])
        try:
            restore_optimizer(self.optimizer, tensors["optimizer"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"the checkpoint {path} has another optimizer than the configuration ({error}); give another --output"
            ) from None

    def _save(self) -> None:
        tensors = {"vae": self.network.state_dict(), "optimizer": optimizer_tensors(self.optimizer)}
        state = {"seconds": self.seconds, "durations": self.durations, "settings": self.settings}
        save_checkpoint(self.folder, self.step, tensors, state)

    def _close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _count(self) -> int:
        return self.step * self.config.crops.pictures * self.config.crops.each

    # --- one step ----------------------------------------------------------------------------------------------------

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        count = self.config.crops.pictures
        parts = [self.source.pairs(step * count + number) for number in range(count)]
        return tuple(to_tensor(np.concatenate(side)) for side in zip(*parts, strict=True))

    def _next(self) -> tuple[Tensor, Tensor]:
        """The batch of this step, made in the background while the last one was computed."""
        future = self._ahead.pop(self.step, None) or self._pool.submit(self._batch, self.step)
        self._ahead[self.step + 1] = self._pool.submit(self._batch, self.step + 1)
        small, large = future.result()
        return small.to(self.device), large.to(self.device)

    def _train_step(self) -> list[VaeLosses]:
        config = self.config
        with self.stopping.interruptible():
            losses, loss = self._gradients()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self._check_finite(loss.item(), "loss")
        self._check_finite(norm.item(), "gradient")
        schedule = OptimizerConfig(schedule="cosine", warmup=config.warmup if self.warmup is None else self.warmup)
        self.rate, self.norm = config.rate * rate_factor(self.step, self.steps or FAR, schedule), norm.item()
        self.optimizer.param_groups[0]["lr"] = self.rate
        self.optimizer.step()
        self.step += 1
        return [VaeLosses(*(value.detach() for value in vars(losses).values()))]

    def _gradients(self) -> tuple[VaeLosses, Tensor]:
        """The losses of this step, and the one that gradients are of."""
        config = self.config
        small, large = self._next()
        self.optimizer.zero_grad()
        # the noise depends on the step alone, so that it is the same after a stop
        generator = torch.Generator().manual_seed(config.seed * 2**32 + self.step)
        shape = len(small), config.vae.latent, small.shape[2] // 2, small.shape[3] // 2
        losses = vae_losses(self.network, small, large, torch.randn(shape, generator=generator).to(self.device))
        loss = losses.pixels + config.edge_weight * losses.edges + config.kl_weight * losses.divergence
        loss.backward()
        return losses, loss

    def _evaluate(self, until: float) -> bool:
        self._timed("export", lambda: save_vae(self.folder / "model", self.network))
        return self._within("evaluation", until, self._measure)

    @torch.no_grad()
    def _measure(self, until: float) -> bool:
        """Measures the network on validation pictures beside Lanczos, and writes a sheet of crops: each as it is given,
        enlarged by Lanczos, by the network, and as it should be. Returns whether there was time for that."""
        source = replace(self.source, split="validation", crops=replace(self.config.crops, each=2))
        results, resampled, rows = [], [], []
        for index in range(self.config.evaluate_pictures):
            if self._clock() >= until:
                return False
            small, large = source.pairs(index)
            given, wanted = (to_tensor(part).to(self.device) for part in (small, large))
            results.append(vae_losses(self.network, given, wanted, None))
            enlarged = [Lanczos().enlarge(crop, SCALE) for crop in small]
            resampled.append((to_tensor(np.stack(enlarged)) - wanted.cpu()).square().mean().item())
            if index < SAMPLES:
                drawn = ((self.network.decode(self.network.encode(given[:1])[0]) + 1) * 127.5).round().clamp(0, 255)
                side = len(large[0])
                row = resize(small[0], side, side), enlarged[0], drawn[0, 0].byte().cpu().numpy(), large[0]
                rows.append(np.concatenate(row, axis=1))
        self._log("validation", results, psnr_lanczos=round(decibels(float(np.mean(resampled))), 2))
        sheet = self.folder / "samples" / f"step-{self.step:08d}.png"
        sheet.parent.mkdir(exist_ok=True)
        with atomic_open(sheet) as file:
            image_from_pixels(np.concatenate(rows)).save(file, "PNG")
        return True

    @staticmethod
    def _means(results: list[VaeLosses]) -> dict[str, float]:
        """Means over some batches of what is measured, and the signal-to-noise ratio in decibels."""
        names = vars(results[0])
        means = {name: round(float(np.mean([getattr(one, name).item() for one in results])), 6) for name in names}
        return {"psnr": round(decibels(means.pop("squared")), 2)} | means

    def _log(self, split: str, results: list[VaeLosses], **more: float) -> None:
        measured = self._means(results) | more
        line = {"split": split, "step": self.step, "seconds": round(self.seconds, 1), **measured}
        line |= self.pace().metrics() if split == "train" else {}
        with open(self.folder / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if split == "train":
            return self._say(self.pace().line(loss=measured["pixels"], psnr=measured["psnr"]))
        shown = "  ".join(f"{name} {value:g}" for name, value in measured.items())
        self._say(f"{split} at step {self.step:,}  {shown}")
