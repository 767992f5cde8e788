"""The static decoder: common architectures of Hugging Face with caches laid out before the first token, on any device.

Every stream has columns of its own in the caches, column n for its n-th token, so that streams of any lengths go on at
their own speeds, draft tokens are taken back by forgetting how far a stream was read, and no stream needs padding.
Masks say which columns a token sees (`masks.py`). On a GPU, its forward pass is compiled.
Knows transformers' causal models and caches. Knows nothing about documents, pixels or sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.common.extras import needs
from tiledraw.engine.general_decoder import GeneralDecoder
from tiledraw.engine.masks import make_masks

with needs("models"):
    import torch
    from transformers.cache_utils import Cache, CacheLayerMixin

if TYPE_CHECKING:
    from transformers import PreTrainedModel

GPU_CACHES = 0.7  # share that caches may take of a GPU's memory after the weights: passes need room too
CPU_CACHES = 2 << 30  # bytes that caches may take on a CPU
SHARED = 16  # tokens of a common beginning from which it pays to read it once


class StaticDecoder(GeneralDecoder):
    """A batch of token streams, which can read ahead and take back (see `PeekingDecoder`)."""

    def __init__(self, model: PreTrainedModel, compiled: bool | None = None) -> None:
        """Takes a model that `takes_masks`. `compiled`: whether passes after the first go through `torch.compile`;
        None: on a GPU."""
        super().__init__(model)
        compiled = self.device.type == "cuda" if compiled is None else compiled
        self.ahead = torch.compile(self.body, dynamic=True) if compiled else self.body
        on_gpu = self.device.type == "cuda"
        self.bytes = int(GPU_CACHES * torch.cuda.mem_get_info(self.device)[0]) if on_gpu else CPU_CACHES  # for caches

    def most_streams(self, tokens: int) -> int:
        """How many streams of so many tokens one batch may have, that their caches fit into memory."""
        heads = getattr(self.config, "num_key_value_heads", None) or self.config.num_attention_heads
        width = getattr(self.config, "head_dim", None) or self.config.hidden_size // self.config.num_attention_heads
        stream = 2 * self.config.num_hidden_layers * heads * width * self.head.dtype.itemsize * tokens  # bytes
        return max(1, self.bytes // stream)

    @torch.inference_mode()
    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        """Reads the beginnings of streams, of any lengths; `room` tokens may follow. Returns `(B, hidden)`.

        What all streams begin with is read once.

        Raises:
            ValueError: the streams may grow longer than the model reads.
        """
        longest = self._check_room(rows, room)
        self.cache = _Columns(self.config.num_hidden_layers, longest + room)
        shared = sum(1 for _ in takewhile(lambda ids: len(set(ids)) == 1, zip(*rows, strict=False)))
        shared = min(shared, min(map(len, rows)) - 1)  # each stream has a last token of its own
        self.lengths = np.zeros(1, dtype=np.int64)  # (B,): tokens read of each stream
        if len(rows) > 1 and shared >= SHARED:
            self._read(np.array([rows[0][:shared]]), self.body)
            self.lengths += shared
            self.keep(np.zeros(len(rows), dtype=np.int64))
        else:
            self.lengths, shared = self.lengths.repeat(len(rows)), 0
        ids, there = _padded([row[shared:] for row in rows])
        counts = there.sum(1)
        states = self._read(ids, self.body)
        self.accept(counts)
        return states[np.arange(len(rows)), counts - 1]

    def read(self, ids: np.ndarray, positions: np.ndarray | None = None) -> torch.Tensor:
        """Goes on with ids `(B, n)` at `positions` `(B, n)`, those behind what was read if there are none given.
        Returns the hidden states after each of them, `(B, n, hidden)`."""
        states = self._read(ids, self.ahead, positions)
        self.accept(np.full_like(self.lengths, ids.shape[1]))
        return states

    def peek(
        self,
        rows: Sequence[Sequence[int]],
        positions: Sequence[Sequence[int]] | None = None,
        wanted: np.ndarray | None = None,
    ) -> torch.Tensor:
        """Reads some ids after each stream, at `positions` or right behind what was read, without going on. Returns the
        hidden states after each of them, stream after stream, `(tokens, hidden)`; or after the `wanted` ones,
        `(tokens,)` bool, alone."""
        ids, there = _padded(rows)
        places = None if positions is None else _padded(positions)[0]
        if wanted is not None:
            there[there] = wanted
        return self._read(ids, self.ahead, places)[torch.from_numpy(there)]

    def accept(self, counts: np.ndarray) -> None:
        """Keeps the first `counts` `(B,)` of the tokens that `peek` read last; the others are forgotten."""
        self.lengths = self.lengths + counts

    @torch.inference_mode()
    def keep(self, rows: np.ndarray) -> None:
        """Goes on with these streams alone, `(kept,)` numbers of rows; one that is named again becomes several."""
        self.lengths = self.lengths[rows]
        self.cache.batch_select_indices(torch.from_numpy(rows).to(self.device))

    @torch.inference_mode()
    def _read(self, ids: np.ndarray, body: torch.nn.Module, positions: np.ndarray | None = None) -> torch.Tensor:
        behind = self.lengths[:, None] + np.arange(ids.shape[1])  # (B, n): the columns of the tokens
        end = int(behind.max()) + 1
        columns = torch.from_numpy(behind).to(self.device)
        self.cache.look(columns, end)
        others = torch.arange(end, device=self.device)
        seen = others <= columns[:, :, None]  # (B, n, end)
        return body(
            input_ids=torch.from_numpy(ids).to(self.device),
            attention_mask=make_masks(self.config, seen, columns, others, self.head.dtype),
            position_ids=columns if positions is None else torch.from_numpy(positions).to(self.device),
            past_key_values=self.cache,
            use_cache=True,
        ).last_hidden_state


def _padded(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Ids `(B, n)` of which short rows fill the first, the rest is never seen; and which are there, `(B, n)` bool."""
    counts = np.array([len(row) for row in rows])
    there = np.arange(counts.max()) < counts[:, None]
    ids = np.zeros(there.shape, dtype=np.int64)
    ids[there] = [number for row in rows for number in row]
    return ids, there


class _Columns(Cache):
    """Keys and values of all layers, `(B, heads, T, head_dim)` each, written where `look` says."""

    def __init__(self, layers: int, length: int) -> None:
        super().__init__(layers=[_Layer(length) for _ in range(layers)])

    def look(self, places: torch.Tensor, end: int) -> None:
        """The tokens of the next pass go to the columns `places` `(B, n)`; the first `end` columns are in use."""
        for layer in self.layers:
            layer.places, layer.end = places, end

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[indices], layer.values[indices]


class _Layer(CacheLayerMixin):
    """Keys and values of one layer."""

    is_sliding = False

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.keys, self.values = (
            new.new_zeros(*new.shape[:2], self.length, new.shape[3]) for new in (key_states, value_states)
        )
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Writes new keys and values `(B, heads, n, head_dim)`; returns all columns in use."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        rows = torch.arange(len(self.places), device=self.places.device)[:, None]
        self.keys[rows, :, self.places] = key_states.transpose(1, 2)
        self.values[rows, :, self.places] = value_states.transpose(1, 2)
        return self.keys[:, :, : self.end], self.values[:, :, : self.end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.end, 0

    def get_seq_length(self) -> int:
        return self.end if self.is_initialized else 0

    def get_max_length(self) -> int:
        return self.length
