"""A decoder that rounds like any other, for tests that no pixel hangs on that."""

import numpy as np

from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.engine.sampling import ROUNDING


class Trembling(NumpyDecoder):
    """Has logits that are off by a little, and otherwise in every pass, as in batches of another shape."""

    passes = 0

    def logits(self, hidden, start=0, stop=None):
        self.passes += 1
        logits = super().logits(hidden, start, stop)
        if self.dtype == np.float64:
            return logits
        return logits + (np.random.default_rng(self.passes).random(logits.shape, np.float32) - 0.5) * ROUNDING
