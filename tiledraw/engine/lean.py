"""The lean decoder: small Qwen3-architecture models on a CPU, without per-step overhead.

Weights are fused once (query, key and value; gate and up; norms folded into the matrices after them), caches are laid
out before the first token, sliding layers read their window alone. Same logits as transformers, up to rounding.
Knows the Qwen3 architecture. Knows nothing about documents, pixels or sampling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import Qwen3ForCausalLM


class LeanDecoder:
    """A batch of token streams. `start` reads their beginnings, `feed` goes on; both return last hidden states."""

    def __init__(self, model: Qwen3ForCausalLM) -> None:
        config = model.config
        self.heads, self.groups, self.width = (
            config.num_attention_heads,
            config.num_key_value_heads,
            config.head_dim,
        )
        self.eps = config.rms_norm_eps
        self.embedding = model.get_input_embeddings().weight.detach().float()
        self.windows = [
            config.sliding_window if kind == "sliding_attention" else None for kind in config.layer_types
        ]
        self.layers = [_fuse(layer) for layer in model.model.layers]
        self.head = (model.lm_head.weight * model.model.norm.weight).detach().float()  # (V, hidden)
        frequencies = model.model.rotary_emb.inv_freq.detach().double()  # (head_dim / 2,)
        angles = torch.arange(config.max_position_embeddings).double()[:, None] * frequencies
        self.cos = torch.cat([angles.cos()] * 2, dim=1).float()  # (positions, head_dim)
        self.sin = torch.cat([-angles.sin(), angles.sin()], dim=1).float()  # sign of the rotated half included

    @torch.inference_mode()
    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        """Reads the beginnings of streams, of any lengths; `room` tokens may follow. Returns `(B, hidden)`."""
        longest = max(map(len, rows))
        self.pads = torch.tensor([longest - len(row) for row in rows])  # (B,)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        for number, row in enumerate(rows):
            ids[number, longest - len(row) :] = torch.tensor(row)
        shape = (len(rows), self.groups, longest + room, self.width)
        self.keys = [torch.zeros(shape) for _ in self.layers]
        self.values = [torch.zeros(shape) for _ in self.layers]
        self.length = 0
        self.hidden_pads = int(self.pads.max())  # columns in which some stream has no token yet
        return self.feed(ids)

    @torch.inference_mode()
    def feed(self, ids: torch.Tensor) -> torch.Tensor:
        """Goes on with ids `(B, n)`. Returns the normed hidden states after the last of them, `(B, hidden)`."""
        batch, count = ids.shape
        past, total = self.length, self.length + count
        positions = (torch.arange(past, total) - self.pads[:, None]).clamp(min=0)  # (B, n)
        cos, sin = self.cos[positions][:, :, None], self.sin[positions][:, :, None]  # (B, n, 1, head_dim)
        masks: dict[int | None, tuple[int, torch.Tensor | None]] = {}
        x = self.embedding[ids]  # (B, n, hidden)
        for number, (qkv, q_norm, k_norm, out, gate_up, down) in enumerate(self.layers):
            window = self.windows[number]
            if window not in masks:
                masks[window] = self._mask(past, total, window)
            low, mask = masks[window]
            mixed = functional.linear(self._norm(x), qkv).view(batch, count, -1, self.width)
            q, k, v = mixed.split([self.heads, self.groups, self.groups], dim=2)  # (B, n, heads, head_dim)
            q = self._rotate(self._norm(q) * q_norm, cos, sin)
            keys, values = self.keys[number], self.values[number]
            keys[:, :, past:total] = self._rotate(self._norm(k) * k_norm, cos, sin).transpose(1, 2)
            values[:, :, past:total] = v.transpose(1, 2)
            # queries of one group side by side: (B, groups, heads / groups * n, head_dim)
            q = q.view(batch, count, self.groups, -1, self.width).permute(0, 2, 3, 1, 4)
            q = q.reshape(batch, self.groups, -1, self.width)
            scores = q @ keys[:, :, low:total].mT  # (B, groups, heads / groups * n, keys)
            if mask is not None:
                scores = (scores.view(batch, self.groups, -1, count, total - low) + mask).view_as(scores)
            mixed = scores.softmax(-1) @ values[:, :, low:total]
            mixed = mixed.view(batch, self.heads, count, self.width).transpose(1, 2).reshape(batch, count, -1)
            x = x + functional.linear(mixed, out)
            gate, up = functional.linear(self._norm(x), gate_up).chunk(2, dim=-1)
            x = x + functional.linear(functional.silu(gate) * up, down)
        self.length = total
        return self._norm(x[:, -1])

    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> torch.Tensor:
        """Logits `(B, stop - start)` of a range of ids."""
        return functional.linear(hidden, self.head[start:stop])

    def _norm(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)

    def _rotate(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        return x * cos + x.roll(self.width // 2, -1) * sin

    def _mask(self, past: int, total: int, window: int | None) -> tuple[int, torch.Tensor | None]:
        """First column that a layer sees, and what to add to its scores, `(B, 1, 1, n, keys)` or None."""
        low = max(0, past - window + 1) if window else 0
        if total - past == 1 and self.hidden_pads <= low:
            return low, None
        columns = torch.arange(low, total)
        queries = torch.arange(past, total)[:, None]
        seen = columns <= queries  # (n, keys)
        if window:
            seen = seen & (columns > queries - window)
        seen = seen & (columns >= self.pads[:, None, None])  # (B, n, keys)
        seen = seen | (columns == queries)  # a padded place sees itself, or its softmax is undefined
        return low, torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None, None]


def _fuse(layer: torch.nn.Module) -> tuple[torch.Tensor, ...]:
    """Matrices of a layer: query/key/value, norms of query (scaled) and key, out, gate/up, down."""
    attention, mlp = layer.self_attn, layer.mlp
    qkv = torch.cat([attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight])
    gate_up = torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])
    parts = (
        qkv * layer.input_layernorm.weight,
        attention.q_norm.weight * attention.scaling,
        attention.k_norm.weight,
        attention.o_proj.weight,
        gate_up * layer.post_attention_layernorm.weight,
        mlp.down_proj.weight,
    )
    return tuple(part.detach().float().contiguous() for part in parts)
