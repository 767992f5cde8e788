"""Fixtures of the verbs that draw over pictures."""

import numpy as np
import pytest

from tiledraw.canvas.pyramid import ABSENT
from tiledraw.engine import executors


@pytest.fixture
def noise_as_pixels(monkeypatch):
    """No model draws: free pixels are their own noise, known ones stay, and a thought is always the same."""

    def draw(decoder, vocabulary, documents, noise, temperature):
        drawn = (256 * noise).astype(np.uint8)
        for pixels, document in zip(drawn, documents, strict=True):
            if document.pixels is not None:
                known = document.pixels.ravel()
                pixels[known != ABSENT] = known[known != ABSENT]
        return drawn

    monkeypatch.setattr(executors, "draw_pixels", draw)
    monkeypatch.setattr("tiledraw.engine.decoders.make_decoder", lambda model: None)
    monkeypatch.setattr("tiledraw.drawing.pipeline.draw_think", lambda *given: "picture: a cat")
