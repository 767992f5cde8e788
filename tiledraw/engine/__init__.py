"""The engine: decoders, noise, and the loop that draws pixels and thoughts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from tiledraw.engine.decoding import Decoder


def make_decoder(model: PreTrainedModel) -> Decoder:
    """The lean decoder for Qwen3 architectures on a CPU, the general one for everything else."""
    if model.config.model_type == "qwen3" and model.device.type == "cpu":
        from tiledraw.engine.lean import LeanDecoder

        return LeanDecoder(model)
    from tiledraw.engine.general import GeneralDecoder

    return GeneralDecoder(model)
