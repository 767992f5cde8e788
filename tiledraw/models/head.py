"""The head of a causal language model: from its last hidden states to logits, the same in training and in drawing.

Logits are a matrix multiplication and what an architecture does besides: a bias (Phi, GPT-J), a factor (Granite,
Cohere, Falcon-H1), a soft cap (Gemma 2). Only the rows that are asked for are multiplied: 256 of them for a pixel.
Knows configurations of transformers and the rows that peft trains. Knows nothing about documents or losses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tiledraw.common.extras import needs

with needs("models"):
    import torch
    from torch.nn import functional

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, eq=False)
class Head:
    """What turns hidden states into logits.

    Attributes:
        parts: The output matrix as consecutive rows, `(rows, hidden)` each; the dtype of the first is computed in.
        bias: `(V,)`, or None.
        scale: A factor on logits.
        cap: Logits stay below this, by a hyperbolic tangent; None: they need not.
    """

    parts: tuple[torch.Tensor, ...]
    bias: torch.Tensor | None = None
    scale: float = 1.0
    cap: float | None = None

    @property
    def dtype(self) -> torch.dtype:
        return self.parts[0].dtype

    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> torch.Tensor:
        """Logits `(..., stop - start)` of a range of ids after hidden states `(..., hidden)`, float32."""
        hidden = hidden.to(self.dtype)
        found, first = [hidden[..., :0]], 0
        for part in self.parts:
            low, high = max(0, start - first), len(part) if stop is None else min(len(part), stop - first)
            if low < high:
                bias = None if self.bias is None else self.bias[first + low : first + high].to(self.dtype)
                found.append(functional.linear(hidden, part[low:high].to(self.dtype), bias))
            first += len(part)
        logits = (found[-1] if len(found) <= 2 else torch.cat(found, dim=-1)).float() * self.scale
        return logits if self.cap is None else torch.tanh(logits / self.cap) * self.cap

    def before(self, stop: int) -> Head:
        """The head of the first words alone."""
        kept, first = [], 0
        for part in self.parts:
            kept.append(part[: max(0, stop - first)])
            first += len(part)
        return Head(tuple(kept), self.bias, self.scale, self.cap)


def head_of(model: PreTrainedModel) -> Head:
    """The head of a model, whose rows an adapter may be training (`adapters.py`)."""
    module, config = model.get_output_embeddings(), model.config.get_text_config(decoder=True)
    if (adapter := getattr(module, "token_adapter", None)) is None:
        plain, parts = module, (module.weight,)
    else:
        plain, rows = adapter.base_layer, adapter.trainable_tokens_delta[adapter.active_adapters[0]]
        first = adapter.token_indices[adapter.active_adapters[0]][0]
        parts = (plain.weight[:first], rows, plain.weight[first + len(rows) :])
    scale = getattr(config, "logit_scale", None) or getattr(config, "lm_head_multiplier", None) or 1  # Cohere, Falcon
    scale /= getattr(config, "logits_scaling", 1)  # Granite
    cap = getattr(config, "final_logit_softcapping", None)  # Gemma
    return Head(parts, getattr(plain, "bias", None), float(scale), cap)
