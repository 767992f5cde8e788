"""The optimizers: Muon on the matrices and AdamW on the rest of a new model, AdamW on adapters; and the schedules.

Muon: Jordan et al., 2024 (torch.optim.Muon). AdamW: Loshchilov and Hutter, 2019.
Knows parameters and steps. Knows nothing about data or checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from tiledraw.common.extras import needs
from tiledraw.common.fields import Range, Share, check_fields

with needs("train"):
    import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel


Rate = Annotated[float, Range(0, 10)]


@dataclass(frozen=True)
class OptimizerConfig:
    """Learning rates and schedule.

    Attributes:
        matrix_rate: Learning rate of Muon, for the two-dimensional weights inside the layers.
        embedding_rate: Learning rate of AdamW for an embedding that is not tied to the output matrix.
        other_rate: Learning rate of AdamW for all else: output matrix, norms, tied embedding.
        adapter_rate: Learning rate of AdamW for the matrices of LoRA.
        row_rate: Learning rate of AdamW for the rows of new words beside an adapter.
        weight_decay: Decoupled weight decay of the matrices.
        schedule: After the warm-up: "stable", full until the linear decay, or "cosine", down a cosine to zero.
        warmup: Steps of linear warm-up.
        decay: Share of all steps, at the end, in which the "stable" rate falls linearly to zero.
        clip: Largest norm of the gradient.
        average: Decay of the moving average of a new model's weights, which is what gets saved for use.
    """

    matrix_rate: Rate = 0.02
    embedding_rate: Rate = 0.03
    other_rate: Rate = 2e-3
    adapter_rate: Rate = 2e-4
    row_rate: Rate = 1e-3
    weight_decay: Annotated[float, Range(0, 10)] = 0.01
    schedule: Literal["stable", "cosine"] = "stable"
    warmup: Annotated[int, Range(0, 1_000_000_000)] = 100
    decay: Share = 0.3
    clip: Annotated[float, Range(0, 1_000_000, above=True)] = 1.0
    average: Share = 0.998

    def __post_init__(self) -> None:
        check_fields(self, "optimizer")


class Muon(torch.optim.Muon):  # type: ignore[misc]
    """That of torch, with its state, but matrices on a processor are orthogonalised in float32: most processors have no
    instructions for bfloat16, and with it such a step takes ten times as long as all the rest."""

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: None = None) -> None:
        """Changes the parameters that have a gradient."""
        for group in self.param_groups:
            for parameter in (one for one in group["params"] if one.grad is not None):
                state, momentum = self.state[parameter], group["momentum"]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(parameter)
                state["momentum_buffer"].lerp_(parameter.grad, 1 - momentum)
                update = parameter.grad.lerp(state["momentum_buffer"], momentum)
                update = _orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
                rows, columns = parameter.shape
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(update, alpha=-group["lr"] * math.sqrt(max(1, rows / columns)))


def _orthogonal(
    matrix: torch.Tensor, coefficients: tuple[float, float, float], steps: int, smallest: float
) -> torch.Tensor:
    """About the orthogonal matrix that is nearest to a matrix `(rows, columns)`, by Newton and Schulz's iteration."""
    a, b, c = coefficients
    tall = matrix.shape[0] > matrix.shape[1]
    found = matrix.float() if matrix.device.type == "cpu" else matrix.bfloat16()
    found = found.T if tall else found
    found = found / found.norm().clamp(min=smallest)
    for _ in range(steps):
        gram = found @ found.T
        found = torch.addmm(found, torch.addmm(gram, gram, gram, beta=b, alpha=c), found, beta=a)
    return found.T if tall else found


def make_optimizers(model: PreTrainedModel, config: OptimizerConfig) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for all else; each group knows its full rate as `rate`."""
    matrices, embeddings, others = [], [], []
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2 and ".layers." in name:
            matrices.append(parameter)
        elif ".embed_tokens." in name and not model.config.tie_word_embeddings:
            embeddings.append(parameter)
        else:
            others.append(parameter)
    rates = [(embeddings, config.embedding_rate), (others, config.other_rate)]
    return [
        Muon(
            [{"params": matrices, "rate": config.matrix_rate}], lr=config.matrix_rate, weight_decay=config.weight_decay
        ),
        torch.optim.AdamW(
            [{"params": parameters, "lr": rate, "rate": rate} for parameters, rate in rates if parameters],
            betas=(0.9, 0.95),
            weight_decay=0.0,
            fused=True,
        ),
    ]


def make_adapter_optimizer(
    parameters: Iterable[tuple[str, torch.nn.Parameter]], config: OptimizerConfig
) -> torch.optim.Optimizer:
    """AdamW for the trained parameters of an adapter by name: matrices of LoRA, and rows of new words."""
    trained = [(name, parameter) for name, parameter in parameters if parameter.requires_grad]
    rows = [parameter for name, parameter in trained if "trainable_tokens" in name]
    matrices = [parameter for name, parameter in trained if "trainable_tokens" not in name]
    kinds = [(matrices, config.adapter_rate, config.weight_decay), (rows, config.row_rate, 0.0)]
    return torch.optim.AdamW(
        [{"params": kind, "lr": rate, "rate": rate, "weight_decay": decay} for kind, rate, decay in kinds if kind],
        betas=(0.9, 0.95),
    )


def rate_factor(step: int, steps: int, config: OptimizerConfig) -> float:
    """The factor on the learning rates at a step (0 is the first): warm-up, stable, decay (Hu et al., 2024), or
    warm-up and cosine (Loshchilov and Hutter, 2017)."""
    rise = min(1.0, (step + 1) / max(1, config.warmup))
    if config.schedule == "cosine":
        done = max(0.0, (step - config.warmup) / max(1, steps - config.warmup))
        return rise * (1 + math.cos(math.pi * min(1.0, done))) / 2
    start = steps - config.decay * steps
    fall = 1.0 if step < start else max(0.0, (steps - step) / (config.decay * steps))
    return rise * fall
