"""Sampling: the pixel that noise chooses among logits.

Knows logits and uniform numbers. Knows nothing about decoders, streams or documents.
"""

from __future__ import annotations

import numpy as np

ROUNDING = 5e-5  # most that a logit of a float32 pass may be off, three times what was measured on a small model


def within(logits: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Logits of pixels `(B, V)`, minus infinity above the largest that each may be, `most` `(B,)` int64."""
    return np.where(np.arange(logits.shape[-1]) <= most[:, None], logits, -np.inf)


def sample(logits: np.ndarray, uniform: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """One sample a row: the inverse of the cumulative distribution at `uniform` `(B,)` in [0, 1), float64.

    Temperature 0 takes the largest logit.

    Returns:
        Indices `(B,)`; and `(B,)` bool, which of them are sure: the others lie so near to where another index begins
        that the rounding of a float32 forward pass, which differs with the shape of a batch, could decide.
    """
    each = np.arange(len(logits))
    if temperature == 0:
        best = logits.argmax(-1)
        others = logits.copy()
        others[each, best] = -np.inf
        return best, logits[each, best] - others.max(-1) > 2 * ROUNDING
    shares = np.exp((logits - logits.max(-1, keepdims=True)) / np.float64(temperature)).cumsum(-1)  # (B, V)
    shares /= shares[:, -1:]  # the last is 1
    chosen = (shares > uniform[:, None]).argmax(-1)  # (B,)
    begins = np.where(chosen > 0, shares[each, chosen - 1], 0)
    ends = shares[each, chosen]

    def near(edge: np.ndarray) -> np.ndarray:
        """Whether logits that are a little off could move an edge past the place; those at 0 and 1 don't move."""
        return np.abs(uniform - edge) <= 2 * edge * (1 - edge) * ROUNDING / temperature

    return chosen, ~(near(begins) | near(ends))
