"""Fast causal and sliding-window attention for training on a CPU, in plain matrix multiplications.

torch's own attention kernel runs at a quarter of the speed of a bfloat16 matrix multiply here, and pays for the whole
square of a window's mask. This one walks over blocks of queries, multiplies each by no more keys than it can see, and
keeps the probabilities for the backward pass. It gives the exact result of a stock model's `eager` attention, up to
rounding. Everything else (padding, packed documents, a cache, dropout, decoding) goes to transformers' `sdpa`.

It knows nothing about the model, the documents or the loss: it is one attention function under one name.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tiledraw.common.extras import needs

with needs("train"):
    import torch
    from torch import Tensor
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import sdpa_mask

if TYPE_CHECKING:
    from transformers import PreTrainedModel

NAME = "blocked"
BLOCK = 128  # queries a step: a block's scores stay in the processor's cache


def register_attention() -> str:
    """Make the attention known to transformers; return its name, for `model.set_attn_implementation(name)`."""
    AttentionInterface.register(NAME, attention_forward)
    AttentionMaskInterface.register(NAME, attention_mask)
    return NAME


def use_attention(model: PreTrainedModel) -> None:
    """Gives a model this attention, in place. One that is not made for sdpa stays as it is: it wants more than a mask,
    such as the soft caps of Gemma 2."""
    if model.config.get_text_config(decoder=True)._attn_implementation == "sdpa":
        model.set_attn_implementation(register_attention())


def attention_mask(q_length: int, kv_length: int, local_size: int | None = None, **kwargs: Any) -> Tensor | None:
    """The mask stock `sdpa` would get, or None where causality and the layer's window say it all."""
    return sdpa_mask(
        q_length=q_length, kv_length=kv_length, local_size=None if q_length == kv_length else local_size, **kwargs
    )


def attention_forward(
    module: torch.nn.Module,
    query: Tensor,  # (B, heads, T, head_dim)
    key: Tensor,  # (B, kv_heads, T, head_dim)
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    if attention_mask is not None or dropout or query.shape[2] != key.shape[2] or query.shape[2] == 1:
        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout, scaling, **kwargs)
    return BlockedAttention.apply(query, key, value, scaling, sliding_window), None


class BlockedAttention(torch.autograd.Function):
    """Causal attention over the last `window` keys (None: all); returns (B, T, heads, head_dim)."""

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.bfloat16)
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, scaling: float, window: int | None) -> Tensor:
        length, width = query.shape[2:]
        group = query.shape[1] // key.shape[1]
        q = (query * scaling).reshape(-1, group, length, width)  # (B * kv_heads, group, T, head_dim)
        k, v = key.reshape(-1, length, width), value.reshape(-1, length, width)  # (B * kv_heads, T, head_dim)
        out, probabilities = torch.empty_like(q), []
        for low, start, stop in spans(length, window):
            block = q[:, :, start:stop].flatten(1, 2)  # (B * kv_heads, group * queries, head_dim)
            scores = (block @ k[:, low:stop].mT).unflatten(1, (-1, stop - start))
            mask_(scores, start - low, window)
            probability = scores.softmax(-1)  # (B * kv_heads, group, queries, keys)
            out[:, :, start:stop] = (probability.flatten(1, 2) @ v[:, low:stop]).view_as(out[:, :, start:stop])
            probabilities.append(probability)
        ctx.save_for_backward(q, k, v, *probabilities)
        ctx.scaling, ctx.window, ctx.shape = scaling, window, query.shape
        return out.view(query.shape).transpose(1, 2).contiguous()

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, *probabilities = ctx.saved_tensors
        grad = grad.transpose(1, 2).reshape(q.shape)  # (B * kv_heads, group, T, head_dim)
        dq = torch.empty_like(q)
        dk, dv = torch.zeros_like(k, dtype=torch.float), torch.zeros_like(v, dtype=torch.float)
        for (low, start, stop), probability in zip(spans(q.shape[2], ctx.window), probabilities, strict=True):
            p = probability.flatten(1, 2)  # (B * kv_heads, group * queries, keys)
            g = grad[:, :, start:stop].flatten(1, 2)
            dv[:, low:stop] += p.mT @ g
            ds = torch._softmax_backward_data(g @ v[:, low:stop].mT, p, -1, p.dtype)
            dq[:, :, start:stop] = (ds @ k[:, low:stop]).view_as(dq[:, :, start:stop])
            dk[:, low:stop] += ds.mT @ q[:, :, start:stop].flatten(1, 2)
        keys = (ctx.shape[0], -1, *ctx.shape[2:])
        return (dq * ctx.scaling).view(ctx.shape), dk.to(k.dtype).view(keys), dv.to(v.dtype).view(keys), None, None


def spans(length: int, window: int | None) -> list[tuple[int, int, int]]:
    """(first key, first query, end of both) of each block of queries."""
    return [
        (max(0, start - window) if window else 0, start, min(start + BLOCK, length))
        for start in range(0, length, BLOCK)
    ]


def mask_(scores: Tensor, past: int, window: int | None) -> None:
    """Hide the future, and what lies before the window: (.., queries, past + queries) in place."""
    size = scores.shape[-2]
    scores[..., -size:] += future(size, scores.dtype)
    if window and past + size > window:
        scores[..., :size] += future(size, scores.dtype, past - window)


@functools.cache
def future(size: int, dtype: torch.dtype, before: int | None = None) -> Tensor:
    """-inf above the diagonal, or on and below the diagonal `before`; 0 elsewhere."""
    full = torch.full((size, size), float("-inf"), dtype=dtype)
    return full.triu(1) if before is None else full.tril(before)
