"""The optimizer of training from scratch: Muon on the matrices, AdamW on the rest; and the learning-rate schedule.

Muon: Jordan et al., 2024 (torch.optim.Muon). Knows parameters and steps. Knows nothing about data or checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class OptimizerConfig:
    """Learning rates and schedule.

    Attributes:
        matrix_rate: Learning rate of Muon, for the two-dimensional weights inside the layers.
        embedding_rate: Learning rate of AdamW for an embedding that is not tied to the output matrix.
        other_rate: Learning rate of AdamW for all else: output matrix, norms, tied embedding.
        weight_decay: Decoupled weight decay of the matrices.
        warmup: Steps of linear warm-up.
        decay: Share of all steps, at the end, in which the rate falls linearly to zero.
        clip: Largest norm of the gradient.
        average: Decay of the moving average of the weights, which is what gets saved for use.
    """

    matrix_rate: float = 0.02
    embedding_rate: float = 0.03
    other_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup: int = 100
    decay: float = 0.3
    clip: float = 1.0
    average: float = 0.998


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
        torch.optim.Muon(
            [{"params": matrices, "rate": config.matrix_rate}], lr=config.matrix_rate, weight_decay=config.weight_decay
        ),
        torch.optim.AdamW(
            [{"params": parameters, "lr": rate, "rate": rate} for parameters, rate in rates if parameters],
            betas=(0.9, 0.95),
            weight_decay=0.0,
            fused=True,
        ),
    ]


def rate_factor(step: int, steps: int, config: OptimizerConfig) -> float:
    """Warm-up, stable, decay (Hu et al., 2024): the factor on the learning rates at a step (0 is the first)."""
    start = steps - config.decay * steps
    rise = min(1.0, (step + 1) / max(1, config.warmup))
    fall = 1.0 if step < start else max(0.0, (steps - step) / (config.decay * steps))
    return rise * fall
