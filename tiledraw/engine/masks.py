"""Attention masks for causal models of Hugging Face, which use a complete mask unchanged: which tokens a token sees.

Knows configurations of transformers. Knows nothing about caches, documents or batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiledraw.common.extras import needs

with needs("models"):
    import torch

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

# Model types of which tests compare the logits with those of the plain forward pass.
MODEL_TYPES = frozenset(
    {"gemma2", "gemma3_text", "gpt2", "gpt_neox", "granite", "llama", "mistral", "phi", "qwen2", "qwen3", "smollm3"}
)


def takes_masks(config: PreTrainedConfig) -> bool:
    """Whether models of this configuration see just what masks say."""
    return config.model_type in MODEL_TYPES and set(windows(config)) <= {"full_attention", "sliding_attention"}


def windows(config: PreTrainedConfig) -> dict[str, int | None]:
    """The window of each kind of layer, in tokens; None: it sees everything before it."""
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or ["sliding_attention" if window else "full_attention"]
    return {kind: window if kind == "sliding_attention" else None for kind in sorted(set(kinds))}


def make_masks(
    config: PreTrainedConfig, seen: torch.Tensor, places: torch.Tensor, others: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor | dict[str, torch.Tensor]:
    """What to add to the scores of tokens, `(B, 1, n, m)`; by kind of layer, where a configuration tells kinds.

    Args:
        config: Of a model that `takes_masks`.
        seen: Which tokens each of them may see, `(B, n, m)` bool; windows hide some of these.
        places: How many tokens stand before each in its stream, `(B, n)` int64.
        others: The same of those that it may see, `(B, m)` or `(m,)` int64.
        dtype: Of the scores.
    """

    def mask(window: int | None) -> torch.Tensor:
        hidden = ~seen
        if window:
            hidden |= others[..., None, :] <= places[:, :, None] - window
        zeros = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
        return zeros.masked_fill_(hidden, torch.finfo(dtype).min)[:, None]

    masks = {kind: mask(window) for kind, window in windows(config).items()}
    by_kind = getattr(config, "layer_types", None) is not None  # as transformers' own models tell it
    return masks if by_kind else next(iter(masks.values()))
