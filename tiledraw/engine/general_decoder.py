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
from tiledraw.models.head import head_of
from tiledraw.models.knowledge import ModelError

with needs("models"):
    import torch
    from transformers import DynamicCache

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

BETTER = "give one of another architecture, such as Qwen3, Llama or Gemma"


def takes_positions(body: torch.nn.Module) -> bool:
    """Whether a model, without its head, is told the positions of tokens."""
    return "position_ids" in inspect.signature(body.forward).parameters


def longest_of(config: PreTrainedConfig) -> int | None:
    """How many tokens a model of this configuration reads at most; None: it does not say."""
    return getattr(config.get_text_config(decoder=True), "max_position_embeddings", None)


class GeneralDecoder:
    """A batch of token streams. `start` reads their beginnings, `feed` goes on; both return last hidden states."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.config = model.config.get_text_config(decoder=True)
        self.body = model.get_decoder()  # everything below the head
        self.device = model.get_input_embeddings().weight.device
        self.head = head_of(model)
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
        limit = longest_of(self.config)
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
        return self.head.logits(hidden, start, stop).cpu().numpy()

    def precise_logits(self, row: list[int], start: int, stop: int, positions: list[int] | None = None) -> np.ndarray:
        """Logits `(1, stop - start)` after one stream, of tokens at `positions` or one behind the other; read alone,
        whatever else this decoder reads: the rounding of a batch does not touch them."""
        alone, positions = copy(self), positions or list(range(len(row)))
        gap = next((number for number, position in enumerate(positions) if position != number), len(row))
        state = alone.start([row[:gap]], len(row) - gap)
        if gap < len(row):
            state = alone.feed(np.array([row[gap:]]), np.array([positions[gap:]]))
        return alone.logits(state, start, stop)


@torch.inference_mode()
def check_decoding(model: PreTrainedModel, name: str) -> None:
    """Tries a model with a few tokens, in streams of two lengths, that it goes on with one by one and several at once.

    Raises:
        ModelError: its own forward pass gives other logits than the decoder, or fails.
    """
    rows, more = [[1, 2, 3, 4, 5], [6, 7, 8]], [[9], [10, 11, 12]]
    kind = f"the model {name} can't be used: {model.config.model_type}"
    try:
        decoder = GeneralDecoder(model)
        pairs = [(decoder.start(rows, 4), rows)]
        for ids in more:
            rows = [row + ids for row in rows]
            pairs.append((decoder.feed(np.array([ids] * len(rows))), rows))
        ours = np.concatenate([decoder.logits(hidden) for hidden, _ in pairs])
        own = [
            model(input_ids=torch.tensor([row], device=decoder.device)).logits[0, -1].float().cpu()
            for _, rows in pairs
            for row in rows
        ]
    except (RuntimeError, TypeError, ValueError, AttributeError, IndexError):
        raise ModelError(f"{kind} models don't read on from where they stopped; {BETTER}") from None
    tolerance = (1e-3 if model.dtype == torch.float32 else 0.1) * max(1.0, float(np.abs(own).max()))
    if not np.abs(ours - np.stack(own)).max() <= tolerance:
        raise ModelError(f"{kind} models compute logits in a way that is not known here; {BETTER}")
