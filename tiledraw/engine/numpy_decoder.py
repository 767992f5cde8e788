"""The NumPy decoder: small Qwen3-architecture models on a CPU, in NumPy, without per-step overhead.

A step of a few tokens is many small operations, which NumPy starts several times faster than torch, with matrix
products as fast. Weights are fused once (query, key and value; norms folded into the matrices after them), caches are
laid out before the first token, layers with a window read that alone. Same logits as transformers, up to rounding.
Knows the Qwen3 architecture. Knows nothing about documents, pixels or sampling.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

MOST_POSITIONS = 2**17  # which no document needs: each costs memory from the beginning on
CHUNK = 128  # tokens of each stream that a pass reads at most: in one go, windows would pay for the whole square
# OpenBLAS multiplies small matrices without packing them first: a few tokens with a few columns at a time are thrice as
# fast as with all columns at once. Matrices with more rows than `DEEPEST` are too large for that.
BLOCK = 32
DEEPEST = 1024
# Gates may overflow: what is divided by infinity is zero. And BLAS has been seen to call a product invalid, once, on
# another processor; it is known for such false alarms (numpy issue 24067).
QUIET = np.errstate(over="ignore", invalid="ignore")
LARGEST_EXPONENT = 64.0  # scores up to this need no maximum subtracted before the exponential of softmax


class NumpyDecoder:
    """A batch of token streams. `start` reads their beginnings, `feed` goes on; both return last hidden states.

    A `copy.copy` decodes other streams with the same weights.
    """

    def __init__(
        self, config: Mapping[str, Any], tensors: Mapping[str, npt.ArrayLike], dtype: npt.DTypeLike = np.float32
    ) -> None:
        """Takes a model's `config.json` and its weights by name.

        Raises:
            ValueError: a weight is missing, or of another shape than the configuration says.
        """
        weights = _checked(config, tensors, dtype)
        self.config, self.tensors, self.dtype = config, tensors, np.dtype(dtype)
        self._precise: NumpyDecoder | None = None  # made when it is first needed
        self.heads, self.groups = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, hidden = config["head_dim"], config["hidden_size"]
        self.eps = config["rms_norm_eps"]
        self.embedding = weights["model.embed_tokens.weight"]
        self.layers = [
            _fuse(
                {name: weights[f"model.layers.{number}.{name}.weight"] for name in _layer_shapes(config)},
                self.width,
                config["sliding_window"] if kind == "sliding_attention" else None,
            )
            for number, kind in enumerate(config["layer_types"])
        ]
        head = weights.get("lm_head.weight", self.embedding)  # tied: the embedding
        # `_norm` leaves the root of the width out
        self.head = np.ascontiguousarray((head * weights["model.norm.weight"] * hidden**0.5).T)
        theta = config["rope_parameters"]["rope_theta"]
        frequencies = theta ** -(np.arange(0, self.width, 2) / self.width)  # (head_dim / 2,)
        angles = np.arange(min(config["max_position_embeddings"], MOST_POSITIONS))[:, None] * frequencies
        self.complex = np.result_type(self.dtype, np.complex64)
        self.turns = np.exp(1j * angles).astype(self.complex)  # (positions, head_dim / 2)

    def start(self, rows: list[list[int]], room: int) -> np.ndarray:
        """Reads the beginnings of streams, of any lengths; `room` tokens may follow. Returns `(B, hidden)`.

        Raises:
            ValueError: the streams may grow longer than the model reads.
        """
        self.open(max(map(len, rows)) + room)
        return self.join(rows)

    def open(self, length: int) -> None:
        """Makes room for streams of up to `length` tokens each; there is none yet.

        Raises:
            ValueError: the model does not read so many tokens.
        """
        if length > len(self.turns):
            raise ValueError(f"the model reads at most {len(self.turns):,} tokens; {length:,} are needed")
        self.length = length
        self.caches = list[list[_Cache]]()  # of each stream, by layer
        self.unused = list[list[_Cache]]()
        self.lengths = np.zeros(0, dtype=np.int64)  # (B,): tokens read of each stream

    def join(self, rows: list[list[int]]) -> np.ndarray:
        """Reads the beginnings of further streams, which come after the others. Returns `(B, hidden)`."""
        others, read = self.caches, self.lengths
        self.caches = [self._cache() for _ in rows]
        self.lengths = np.zeros(len(rows), dtype=np.int64)
        counts = np.array([len(row) for row in rows])
        last = np.empty((len(rows), self.embedding.shape[1]), dtype=self.dtype)
        for begin in range(0, int(counts.max()), CHUNK):
            parts = [row[begin : begin + CHUNK] for row in rows]
            states, new = self.peek(parts), np.array([len(part) for part in parts])
            ending = (new > 0) & (counts <= begin + CHUNK)
            last[ending] = states[new.cumsum()[ending] - 1]
            self.accept(new)
        self.caches, self.lengths = others + self.caches, np.append(read, self.lengths)
        return last

    def _cache(self) -> list[_Cache]:
        """Room for a stream."""
        if self.unused:
            return self.unused.pop()
        keys, values = (self.width, self.length), (self.length, self.width)
        return [_Cache(*(np.empty((self.groups, *shape), self.dtype) for shape in (keys, values))) for _ in self.layers]

    def feed(self, ids: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """Goes on with ids `(B, n)` at `positions` `(B, n)`, those behind what was read if there are none given.
        Returns the normed hidden states after the last of them, `(B, hidden)`."""
        places = None if positions is None else positions.tolist()
        hidden = self.peek(ids.tolist(), places)[ids.shape[1] - 1 :: ids.shape[1]]
        self.accept(np.full_like(self.lengths, ids.shape[1]))
        return hidden

    def accept(self, counts: np.ndarray) -> None:
        """Keeps the first `counts` `(B,)` of the tokens that `peek` read last; the others are forgotten."""
        self.lengths = self.lengths + counts

    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone, `(kept,)` numbers of rows."""
        kept, self.lengths = rows.tolist(), self.lengths[rows]
        self.unused += [cache for row, cache in enumerate(self.caches) if row not in kept]
        self.caches = [self.caches[row] for row in kept]

    @QUIET
    def peek(
        self,
        rows: Sequence[Sequence[int]],
        positions: Sequence[Sequence[int]] | None = None,
        wanted: np.ndarray | None = None,
    ) -> np.ndarray:
        """Reads some ids after each stream, at `positions` or right behind what was read, without going on. Returns the
        normed hidden states after each of them, stream after stream, `(tokens, hidden)`; or after the `wanted` ones,
        `(tokens,)` bool, alone."""
        step = _Step(self, rows, positions)
        x = self.embedding[[number for row in rows for number in row]]  # (tokens, hidden)
        for number, layer in enumerate(self.layers):
            mixed = self._attend(number, self._norm(x), step)
            if wanted is not None and layer is self.layers[-1]:  # what stands in the cache needs no more
                x, mixed = x[wanted], mixed[wanted]
            x += _times(mixed, layer.out)
            normed = self._norm(x)
            gate = _times(normed, layer.gate)  # negated, as `up` is: gate * up / (1 + exp(gate)) is silu
            up = _times(normed, layer.up)
            up *= gate
            np.exp(gate, out=gate)
            gate += 1
            up /= gate
            x += _times(up, layer.down)
        return self._norm(x)

    def _attend(self, number: int, x: np.ndarray, step: _Step) -> np.ndarray:
        """The mixed values of a layer for tokens `(tokens, hidden)`, whose keys and values go to the caches:
        `(tokens, heads * head_dim)`."""
        layer, heads, groups, width = self.layers[number], self.heads, self.groups, self.width
        qkv = _times(x, layer.qkv).reshape(len(x), -1, width)
        qk = self._norm(qkv[:, : heads + groups])  # (tokens, heads + groups, head_dim)
        qk *= layer.qk_norm
        pairs = qk.view(self.complex)  # the halves of a head lie interleaved here
        pairs *= step.turns
        # queries of one group side by side: (groups, tokens * heads / groups, head_dim)
        q = qk[:, :heads].reshape(len(x), groups, -1, width).swapaxes(0, 1).reshape(groups, -1, width)
        keys, values = qk[:, heads:].transpose(1, 2, 0), qkv[:, heads + groups :].swapaxes(0, 1)
        parts, scores = step.view(layer.window)
        for part in parts:
            cache = part.cache[number]
            cache.keys[..., part.new] = keys[:, :, part.tokens]
            cache.values[:, part.new] = values[:, part.tokens]
            own = part.of(scores, groups)
            np.matmul(q[:, part.queries], cache.keys[..., part.seen], out=own)
            masked = own.reshape(groups, len(part.mask), -1, own.shape[-1])  # the same memory
            masked += part.mask
            if layer.bound > LARGEST_EXPONENT:
                own -= own.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        mixed, sums = np.empty_like(q), np.empty((*q.shape[:2], 1), self.dtype)
        for part in parts:
            own = part.of(scores, groups)
            np.matmul(own, part.cache[number].values[:, part.seen], out=mixed[:, part.queries])
            np.matmul(own, step.ones[: own.shape[-1]], out=sums[:, part.queries])
        mixed /= sums
        return mixed.reshape(groups, len(x), -1).swapaxes(0, 1).reshape(len(x), -1)

    @QUIET
    def logits(self, hidden: np.ndarray, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Logits `(B, stop - start)` of a range of ids."""
        return hidden @ self.head[:, start:stop]

    def precise_logits(self, row: list[int], start: int, stop: int, positions: list[int] | None = None) -> np.ndarray:
        """Logits `(1, stop - start)` after one stream, of tokens at `positions` or one behind the other, in double
        precision, whatever else this decoder reads."""
        if self._precise is None:
            self._precise = type(self)(self.config, self.tensors, np.float64)
        alone = copy.copy(self._precise)  # several threads may ask
        positions = positions or list(range(len(row)))
        states = alone.start([row[:1]], len(row) - 1)  # (n, hidden)
        for at in range(1, len(row), CHUNK):
            part = row[at : at + CHUNK]
            states = alone.peek([part], [positions[at : at + CHUNK]])
            alone.accept(np.array([len(part)]))
        return alone.logits(states[-1:], start, stop)

    def _norm(self, x: np.ndarray) -> np.ndarray:
        """x / sqrt(sum of squares + size * eps); the factor sqrt(size) of RMSNorm is in the matrices after it."""
        lengths = np.vecdot(x, x)[..., None]
        lengths += x.shape[-1] * self.eps
        return x / np.sqrt(lengths, out=lengths)


class _Cache(NamedTuple):
    """What a layer has read of a stream: keys `(groups, head_dim, T)`, as they are multiplied fastest, and values
    `(groups, T, head_dim)`."""

    keys: np.ndarray
    values: np.ndarray


class _Part(NamedTuple):
    """What one stream reads in a step, as layers with one window see it. Streams are attended to one by one: they read
    different numbers of tokens, and their caches are used where they are."""

    cache: list[_Cache]  # by layer
    tokens: slice  # of the step
    queries: slice  # of the step, in one group
    new: slice  # columns of the caches: where the tokens go
    seen: slice  # and what they see
    scores: slice  # of the memory for scores
    mask: np.ndarray  # (n, 1, keys), what to add to the scores

    def of(self, scores: np.ndarray, groups: int) -> np.ndarray:
        """Its own scores, `(groups, queries, keys)`."""
        return scores[self.scores].reshape(groups, -1, self.mask.shape[-1])


class _Step:
    """Where the tokens of a step are in its streams and in the caches."""

    def __init__(
        self, decoder: NumpyDecoder, rows: Sequence[Sequence[int]], positions: Sequence[Sequence[int]] | None
    ) -> None:
        counts = np.array([len(row) for row in rows])
        ends, self.decoder = counts.cumsum(), decoder
        if positions is None:
            places = np.arange(ends[-1]) + np.repeat(decoder.lengths - ends + counts, counts)  # (tokens,)
        else:
            places = [place for row in positions for place in row]
        self.turns = decoder.turns[places][:, None]  # (tokens, 1, head_dim / 2)
        streams = zip(decoder.caches, counts.tolist(), ends.tolist(), decoder.lengths.tolist(), strict=True)
        self.streams = [stream for stream in streams if stream[1]]
        self.ones = np.ones(((decoder.lengths + counts).max(), 1), decoder.dtype)
        self.views: dict[int | None, tuple[list[_Part], np.ndarray]] = {}

    def view(self, window: int | None) -> tuple[list[_Part], np.ndarray]:
        """What layers with a window see: the streams' parts, and memory for all scores."""
        if window not in self.views:
            decoder, parts, at = self.decoder, [], 0
            each = decoder.heads // decoder.groups
            for cache, count, end, length in self.streams:
                begin = 0 if window is None else max(0, length - window + 1)
                mask = _mask(count, length - begin, window, decoder.dtype)
                parts.append(
                    _Part(
                        cache=cache,
                        tokens=slice(end - count, end),
                        queries=slice((end - count) * each, end * each),
                        new=slice(length, length + count),
                        seen=slice(begin, length + count),
                        scores=slice(at, at := at + decoder.heads * mask.size),
                        mask=mask,
                    )
                )
            self.views[window] = parts, np.empty(at, decoder.dtype)
        return self.views[window]


@lru_cache(maxsize=64)
def _mask(count: int, past: int, window: int | None, dtype: np.dtype) -> np.ndarray:
    """What to add to the scores of tokens behind some others, `(count, 1, past + count)`."""
    distance = past + np.arange(count)[:, None] - np.arange(past + count)
    seen = (distance >= 0) & (distance < (window or past + count))
    return np.where(seen, 0, -np.inf).astype(dtype)[:, None]


def _blocked(matrix: np.ndarray) -> np.ndarray:
    """A matrix `(out, in)` as `(blocks, in, BLOCK)`, or as one block if it does not fit that."""
    outs, ins = matrix.shape
    width = BLOCK if outs % BLOCK == 0 and ins <= DEEPEST else outs
    return np.ascontiguousarray(matrix.reshape(-1, width, ins).swapaxes(1, 2))


def _times(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`(tokens, in)` times a blocked matrix: `(tokens, out)`."""
    blocks, _, width = matrix.shape
    result = np.empty((len(x), blocks * width), dtype=x.dtype)
    np.matmul(x, matrix, out=result.reshape(len(x), blocks, width).swapaxes(0, 1))
    return result


def reads(config: Mapping[str, Any]) -> bool:
    """Whether the NumPy decoder reads models of this configuration."""
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
    config: Mapping[str, Any], tensors: Mapping[str, npt.ArrayLike], dtype: npt.DTypeLike
) -> dict[str, np.ndarray]:
    """The weights in a dtype, all of them there and of the right shapes."""
    kinds = config["layer_types"]
    if len(kinds) != config["num_hidden_layers"] or not set(kinds) <= {"sliding_attention", "full_attention"}:
        raise ValueError(f"its layer_types {kinds!r:.60} are not those of {config['num_hidden_layers']} layers")
    hidden, rows = config["hidden_size"], config["vocab_size"]
    shapes = {"model.embed_tokens.weight": (rows, hidden), "model.norm.weight": (hidden,)}
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (rows, hidden)
    for number in range(config["num_hidden_layers"]):
        shapes |= {f"model.layers.{number}.{name}.weight": shape for name, shape in _layer_shapes(config).items()}
    for name, shape in shapes.items():
        if name not in tensors:
            raise ValueError(f"its weights lack {name}")
        if tuple(np.shape(tensors[name])) != shape:
            raise ValueError(f"{name} is of the shape {tuple(np.shape(tensors[name]))}, not {shape}")
    return {name: np.asarray(tensors[name], dtype=dtype) for name in shapes}


class _Layer(NamedTuple):
    """Blocked matrices of a layer; `qk_norm` `(heads + groups, head_dim)` holds the norms of each query (scaled)
    and key head; no score is larger than `bound`."""

    qkv: np.ndarray
    qk_norm: np.ndarray
    out: np.ndarray
    gate: np.ndarray
    up: np.ndarray
    down: np.ndarray
    window: int | None
    bound: float


def _fuse(weights: Mapping[str, np.ndarray], width: int, window: int | None) -> _Layer:
    hidden = len(weights["input_layernorm"])
    interleaved = np.arange(width).reshape(2, -1).T.ravel()  # 0, width / 2, 1, width / 2 + 1, ...
    query, key = (
        weights[name].reshape(-1, width, hidden)[:, interleaved]  # (heads, head_dim, hidden)
        for name in ("self_attn.q_proj", "self_attn.k_proj")
    )
    qkv = np.concatenate([query.reshape(-1, hidden), key.reshape(-1, hidden), weights["self_attn.v_proj"]])
    norms = [weights["self_attn.q_norm"] * width**-0.5] * len(query) + [weights["self_attn.k_norm"]] * len(key)
    before, between = (weights[name] * hidden**0.5 for name in ("input_layernorm", "post_attention_layernorm"))
    largest = np.abs(weights["self_attn.q_norm"]).max() * np.abs(weights["self_attn.k_norm"]).max()
    return _Layer(
        qkv=_blocked(qkv * before),
        qk_norm=np.stack(norms)[:, interleaved] * width**0.5,
        out=_blocked(weights["self_attn.o_proj"]),
        gate=_blocked(-weights["mlp.gate_proj"] * between),
        up=_blocked(-weights["mlp.up_proj"] * between),
        down=_blocked(weights["mlp.down_proj"]),
        window=window,
        bound=float(largest * width**0.5),  # normed heads have the length sqrt(width)
    )
