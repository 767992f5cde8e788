"""The general decoder: any causal language model of Hugging Face, on any device, through its own forward pass.

Streams are padded on the left, drawn token by token, and take nothing back; the static decoder is faster where it reads
an architecture. Only the rows of the head that are asked for are multiplied, never the whole vocabulary for a pixel.
Knows transformers' causal models and caches. Knows nothing about documents, pixels or sampling.
"""

from __future__ import annotations

import inspect
from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from tiledraw.common.extras import needs

with needs("models"):
    import torch
    from torch.nn import functional
    from transformers import DynamicCache

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def takes_positions(body: torch.nn.Module) -> bool:
    """Whether a model, without its head, is told the positions of tokens."""
    return "position_ids" in inspect.signature(body.forward).parameters


class GeneralDecoder:
    """A batch of token streams. `start` reads their beginnings, `feed` goes on; both return last hidden states."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.config = model.config.get_text_config(decoder=True)
        self.body = model.get_decoder()  # everything below the head
        self.device = model.get_input_embeddings().weight.device
        head = model.get_output_embeddings()
        self.weight, self.bias = head.weight, getattr(head, "bias", None)  # (V, hidden), (V,)
        self.cap = getattr(self.config, "final_logit_softcapping", None)  # Gemma's
        self.scale = getattr(self.config, "logit_scale", None) or getattr(self.config, "lm_head_multiplier", None) or 1
        self.scale /= getattr(self.config, "logits_scaling", 1)  # Cohere's, Falcon's; Granite's
        self.takes_positions = takes_positions(self.body)

    @torch.inference_mode()
    def start(self, rows: list[list[int]], room: int) -> torch.Tensor:
        """Reads the beginnings of streams, of any lengths; `room` tokens may follow. Returns `(B, hidden)`.

        Raises:
            ValueError: the streams may grow longer than the model reads.
        """
        longest = self._check_room(rows, room)
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        self.mask = torch.ones(len(rows), longest + room, dtype=torch.long, device=self.device)
        for number, row in enumerate(rows):
            ids[number, longest - len(row) :] = row
            self.mask[number, : longest - len(row)] = 0
        self.positions = (self.mask.cumsum(-1) - 1).clamp(min=0)  # (B, longest + room)
        self.padded = any(len(row) < longest for row in rows)
        self.cache = DynamicCache(config=self.config)
        self.length = 0
        return self.feed(ids)

    def _check_room(self, rows: list[list[int]], room: int) -> int:
        """The length of the longest of these streams."""
        longest = max(map(len, rows))
        limit = getattr(self.config, "max_position_embeddings", None)
        if limit and longest + room > limit:
            raise ValueError(f"the model reads at most {limit:,} tokens; {longest + room:,} are needed")
        return longest

    @torch.inference_mode()
    def read(self, ids: np.ndarray, positions: np.ndarray | None = None) -> torch.Tensor:
        """Goes on with ids `(B, n)` at `positions` `(B, n)`, those behind what was read if there are none given.
        Returns the hidden states after each of them, `(B, n, hidden)`."""
        past, self.length = self.length, self.length + ids.shape[1]
        behind = self.positions[:, past : self.length]
        places = behind if positions is None else torch.from_numpy(positions).to(self.device)
        told = {"position_ids": places} if self.takes_positions else {}
        output = self.body(
            input_ids=torch.from_numpy(ids).to(self.device),
            attention_mask=self.mask[:, : self.length] if self.padded or not told else None,
            past_key_values=self.cache,
            use_cache=True,
            **told,
        )
        return output.last_hidden_state

    def feed(self, ids: np.ndarray, positions: np.ndarray | None = None) -> torch.Tensor:
        """As `read`, but returns the hidden states after the last of them, `(B, hidden)`."""
        return self.read(ids, positions)[:, -1]

    @torch.inference_mode()
    def logits(self, hidden: torch.Tensor, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Logits `(B, stop - start)` of a range of ids, float32."""
        bias = None if self.bias is None else self.bias[start:stop]
        logits = functional.linear(hidden.to(self.weight), self.weight[start:stop], bias).float() * self.scale
        if self.cap:
            logits = torch.tanh(logits / self.cap) * self.cap
        return logits.cpu().numpy()

    def precise_logits(self, row: list[int], start: int, stop: int, positions: list[int] | None = None) -> np.ndarray:
        """Logits `(1, stop - start)` after one stream, of tokens at `positions` or one behind the other; read alone,
        whatever else this decoder reads: the rounding of a batch does not touch them."""
        alone, positions = copy(self), positions or list(range(len(row)))
        gap = next((number for number, position in enumerate(positions) if position != number), len(row))
        state = alone.start([row[:gap]], len(row) - gap)
        if gap < len(row):
            state = alone.feed(np.array([row[gap:]]), np.array([positions[gap:]]))
        return alone.logits(state, start, stop)
