"""The lean decoder: small Qwen3-architecture models on a CPU, without per-step overhead.

Weights are fused once (query, key and value; gate and up; norms folded into the matrices after them), caches are laid
out before the first token, sliding layers read their window alone. Same logits as transformers, up to rounding.
Knows the Qwen3 architecture. Knows nothing about documents, pixels or sampling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional

PRECISE_CHUNK = 128  # tokens of a pass in double precision


class LeanDecoder:
    """A batch of token streams. `start` reads their beginnings, `feed` goes on; both return last hidden states."""

    def __init__(
        self, config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], dtype: torch.dtype = torch.float32
    ) -> None:
        """Takes a model's `config.json` and its weights by name.

        Raises:
            ValueError: a weight is missing, or of another shape than the configuration says.
        """
        weights = _checked(config, tensors, dtype)
        self.config, self.tensors, self.dtype = config, tensors, dtype
        self._precise: LeanDecoder | None = None  # made when it is first needed
        self.heads, self.groups = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, hidden = config["head_dim"], config["hidden_size"]
        self.eps = {
            size: torch.tensor((size * config["rms_norm_eps"]) ** 0.5, dtype=dtype) for size in (hidden, self.width)
        }
        self.embedding = weights["model.embed_tokens.weight"]
        self.windows = [
            config["sliding_window"] if kind == "sliding_attention" else None for kind in config["layer_types"]
        ]
        self.layers = [
            _fuse({name: weights[f"model.layers.{number}.{name}.weight"] for name in _layer_shapes(config)}, self.width)
            for number in range(config["num_hidden_layers"])
        ]
        head = weights.get("lm_head.weight", self.embedding)  # tied: the embedding
        self.head = head * weights["model.norm.weight"] * hidden**0.5  # which `_norm` leaves out
        theta = config["rope_parameters"]["rope_theta"]
        frequencies = theta ** -(torch.arange(0, self.width, 2).double() / self.width)  # (head_dim / 2,)
        angles = torch.arange(config["max_position_embeddings"]).double()[:, None] * frequencies
        turns = torch.polar(torch.ones_like(angles), angles)
        self.turns = turns.to(torch.complex64) if dtype == torch.float32 else turns  # (positions, head_dim / 2)

    @torch.inference_mode()
    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        """Reads the beginnings of streams, of any lengths; `room` tokens may follow. Returns `(B, hidden)`.

        Raises:
            ValueError: the streams may grow longer than the model reads.
        """
        longest = max(map(len, rows))
        if longest + room > len(self.turns):
            raise ValueError(f"the model reads at most {len(self.turns):,} tokens; {longest + room:,} are needed")
        self.pads = torch.tensor([longest - len(row) for row in rows])  # (B,): empty columns before each stream
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        for number, row in enumerate(rows):
            ids[number, longest - len(row) :] = torch.tensor(row)
        shape = (len(rows), self.groups, longest + room, self.width)
        self.keys = [torch.zeros(shape, dtype=self.dtype) for _ in self.layers]
        self.values = [torch.zeros(shape, dtype=self.dtype) for _ in self.layers]
        self.rows = torch.arange(len(rows))  # (B,): which rows of the caches the streams are, in layers with a window
        self.lengths = torch.zeros(len(rows), dtype=torch.long)  # (B,): columns read of each stream
        return self.feed(ids)

    def feed(self, ids: torch.Tensor) -> torch.Tensor:
        """Goes on with ids `(B, n)`. Returns the normed hidden states after the last of them, `(B, hidden)`."""
        hidden = self.peek(ids)[:, -1]
        self.accept(torch.full_like(self.lengths, ids.shape[1]))
        return hidden

    def accept(self, counts: torch.Tensor) -> None:
        """Keeps the first `counts` `(B,)` of the tokens that `peek` read last; the others are forgotten."""
        self.lengths = self.lengths + counts

    def keep(self, rows: torch.Tensor) -> None:
        """Goes on with these streams alone, `(kept,)` numbers of rows."""
        for number, window in enumerate(self.windows):
            if window is None:  # layers with a window read the columns they need from the rows that are left
                self.keys[number], self.values[number] = self.keys[number][rows], self.values[number][rows]
        self.rows, self.lengths, self.pads = self.rows[rows], self.lengths[rows], self.pads[rows]

    @torch.inference_mode()
    def peek(self, ids: torch.Tensor) -> torch.Tensor:
        """Reads ids `(B, n)` after each stream without going on. Returns normed hidden states `(B, n, hidden)`."""
        batch, count = ids.shape
        columns = self.lengths[:, None] + torch.arange(count)  # (B, n)
        turns = self.turns[(columns - self.pads[:, None]).clamp(min=0)][:, :, None]  # (B, n, 1, head_dim / 2)
        views: dict[int | None, _View] = {}
        x = self.embedding[ids]  # (B, n, hidden)
        for number, (qkv, qk_norm, out, gate_up, down) in enumerate(self.layers):
            window = self.windows[number]
            if window not in views:
                views[window] = _View(self.rows if window else None, self.lengths, self.pads, count, window)
            view = views[window]
            mixed = qkv(self._norm(x)).view(batch, count, -1, self.width)
            qk, v = mixed.split([self.heads + self.groups, self.groups], dim=2)  # (B, n, heads, head_dim)
            q, k = self._rotate(self._norm(qk) * qk_norm, turns).split([self.heads, self.groups], dim=2)
            keys = view.update(self.keys[number], k)  # (B, groups, keys, head_dim)
            values = view.update(self.values[number], v)
            # queries of one group side by side: (B, groups, heads / groups * n, head_dim)
            q = q.reshape(batch, count, self.groups, -1, self.width).permute(0, 2, 3, 1, 4)
            scores = q.reshape(batch, self.groups, -1, self.width) @ keys.mT
            if view.mask is not None:
                scores = (scores.view(batch, self.groups, -1, count, keys.shape[2]) + view.mask).view_as(scores)
            mixed = scores.softmax(-1) @ values
            mixed = mixed.view(batch, self.heads, count, self.width).transpose(1, 2).reshape(batch, count, -1)
            x = out(mixed, x)
            gate, up = gate_up(self._norm(x)).chunk(2, dim=-1)
            x = down(functional.silu(gate) * up, x)
        return self._norm(x)

    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> torch.Tensor:
        """Logits `(B, stop - start)` of a range of ids."""
        return functional.linear(hidden, self.head[start:stop])

    def precise_logits(self, row: list[int], start: int, stop: int, count: int = 1) -> torch.Tensor:
        """Logits `(count, stop - start)` after each of the last tokens of one stream in double precision, whatever else
        this decoder reads."""
        if self._precise is None:
            self._precise = type(self)(self.config, self.tensors, torch.float64)
        states = [self._precise.start([row[:1]], len(row) - 1)]  # (n, hidden) each
        for at in range(1, len(row), PRECISE_CHUNK):  # in one go, windows would pay for the whole square
            part = torch.tensor([row[at : at + PRECISE_CHUNK]])
            states.append(self._precise.peek(part)[0])
            self._precise.accept(torch.tensor([part.shape[1]]))
        return self._precise.logits(torch.cat(states)[-count:], start, stop)

    def _norm(self, x: torch.Tensor) -> torch.Tensor:
        """x / sqrt(sum of squares + size * eps); the factor sqrt(size) of RMSNorm is in the matrices after it."""
        return x / torch.hypot(torch.linalg.vector_norm(x, dim=-1, keepdim=True), self.eps[x.shape[-1]])

    def _rotate(self, x: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Rotary positions; the two halves of a head lie interleaved here, so that a pair is a complex number."""
        pairs = torch.view_as_complex(x.view(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * turns).flatten(-2)


class _View:
    """The columns of the cache that the layers of one window see in a step, and what to add to their scores."""

    def __init__(
        self, rows: torch.Tensor | None, lengths: torch.Tensor, pads: torch.Tensor, count: int, window: int | None
    ) -> None:
        """`rows` `(B,)`: which rows of a cache the streams are; None: all of them, in order."""
        first, last = int(lengths.min()), int(lengths.max())
        self.rows = torch.arange(len(lengths)) if rows is None else rows
        first_rows = int(self.rows[-1]) == len(self.rows) - 1  # no stream before another one has ended
        self.past, self.count = first, count
        self.level = first == last and first_rows  # slices do: no row needs its own columns
        self.low = max(0, first - window + 1) if window else 0
        self.queries = lengths[:, None] + torch.arange(count)  # (B, n)
        self.mask: torch.Tensor | None = None  # (B, 1, 1, n, keys)
        self.gathered: torch.Tensor | None = None  # (B, keys): the columns of each stream, where slices don't do
        self.places: torch.Tensor | None = None  # those columns of all rows and groups of a cache, counted through
        if self.level and count == 1 and int(pads.max()) <= self.low:
            return
        if window and not self.level:
            self.gathered = (lengths[:, None] - window + 1 + torch.arange(window - 1 + count)).clamp(min=0)
            columns = (lengths[:, None] - window + 1 + torch.arange(window - 1 + count))[:, None]  # (B, 1, keys)
        else:
            columns = torch.arange(self.low, last + count)  # (keys,)
        queries = self.queries[:, :, None]  # (B, n, 1)
        hidden = (columns > queries) | (columns < pads[:, None, None])
        if window:
            hidden |= columns <= queries - window
        hidden &= columns != queries  # a padded place sees itself, or its softmax is undefined
        self.mask = torch.zeros(hidden.shape).masked_fill_(hidden, -torch.inf)[:, None, None]

    def update(self, cache: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        """Writes `new` (B, n, groups, head_dim) into a cache (B, groups, T, head_dim); returns the columns seen."""
        if self.level:
            cache = cache[: len(self.rows)]
            cache[:, :, self.past : self.past + self.count] = new.transpose(1, 2)
            return cache[:, :, self.low : self.past + self.count]
        cache[self.rows[:, None], :, self.queries] = new
        if self.gathered is None:
            return cache[:, :, : int(self.queries.max()) + 1]
        _, groups, length, width = cache.shape
        if self.places is None:
            starts = (self.rows[:, None] * groups + torch.arange(groups)) * length  # (B, groups)
            self.places = (starts[:, :, None] + self.gathered[:, None]).flatten()
        return cache.view(-1, width).index_select(0, self.places).view(len(self.rows), groups, -1, width)


def _matrix(weight: torch.Tensor) -> Callable[..., torch.Tensor]:
    """Multiplies by a matrix `(out, in)` and adds what is given: through oneDNN with the weight laid out once, twice
    as fast as torch's own kernel at batches of tiles; where this build of torch lacks that, or in double precision, as
    usual."""
    weight = weight.contiguous()
    try:
        if weight.dtype != torch.float32:
            raise RuntimeError("oneDNN multiplies in single precision")
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, 32)
        multiply = torch.ops.mkldnn._linear_pointwise
        multiply(weight[:1], packed, None, "none", [], "")
    except (AttributeError, RuntimeError):

        def plain(x: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
            product = functional.linear(x, weight)
            return product if added is None else product + added

        return plain

    def fused(x: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
        if added is None:
            return multiply(x, packed, None, "none", [], "")
        return multiply.binary(x, added, packed, None, "add")

    return fused


def reads(config: Mapping[str, Any]) -> bool:
    """Whether the lean decoder reads models of this configuration."""
    rope = config.get("rope_parameters") or {}
    return (
        config.get("model_type") == "qwen3"
        and not config.get("attention_bias")
        and config.get("hidden_act") == "silu"
        and rope.get("rope_type") == "default"
        and isinstance(config.get("layer_types"), list)
    )


def _layer_shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the weights of a layer."""
    hidden, inner, width = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * width, config["num_key_value_heads"] * width
    return {
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "self_attn.q_norm": (width,),
        "self_attn.k_norm": (width,),
        "mlp.gate_proj": (inner, hidden),
        "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner),
        "input_layernorm": (hidden,),
        "post_attention_layernorm": (hidden,),
    }


def _checked(
    config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """The weights in a dtype, all of them there and of the right shapes."""
    hidden, rows = config["hidden_size"], config["vocab_size"]
    shapes = {"model.embed_tokens.weight": (rows, hidden), "model.norm.weight": (hidden,)}
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (rows, hidden)
    for number in range(config["num_hidden_layers"]):
        shapes |= {f"model.layers.{number}.{name}.weight": shape for name, shape in _layer_shapes(config).items()}
    for name, shape in shapes.items():
        if name not in tensors:
            raise ValueError(f"its weights lack {name}")
        if tensors[name].shape != shape:
            raise ValueError(f"{name} is of the shape {tuple(tensors[name].shape)}, not {shape}")
    return {name: tensors[name].detach().to(dtype) for name in shapes}


def _fuse(weights: Mapping[str, torch.Tensor], width: int) -> tuple[Any, ...]:
    """Matrices of a layer: query/key/value, norms of each query (scaled) and key head, out, gate/up, down."""
    hidden = len(weights["input_layernorm"])
    interleaved = torch.arange(width).view(2, -1).T.flatten()  # 0, width / 2, 1, width / 2 + 1, ...
    query, key = (
        weights[name].view(-1, width, hidden)[:, interleaved]  # (heads, head_dim, hidden)
        for name in ("self_attn.q_proj", "self_attn.k_proj")
    )
    qkv = torch.cat([query.flatten(0, 1), key.flatten(0, 1), weights["self_attn.v_proj"]])
    norms = [weights["self_attn.q_norm"] * width**-0.5] * len(query) + [weights["self_attn.k_norm"]] * len(key)
    gate_up = torch.cat([weights["mlp.gate_proj"], weights["mlp.up_proj"]])
    return (
        _matrix(qkv * weights["input_layernorm"] * hidden**0.5),
        torch.stack(norms)[:, interleaved] * width**0.5,  # (heads + groups, head_dim)
        _matrix(weights["self_attn.o_proj"]),
        _matrix(gate_up * weights["post_attention_layernorm"] * hidden**0.5),
        _matrix(weights["mlp.down_proj"]),
    )
