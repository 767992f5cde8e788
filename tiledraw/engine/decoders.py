"""Chooses the decoder that reads a model: NumPy, static or general.

Knows models and decoders by their names. Knows nothing about what is decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from tiledraw.engine.streams import Decoder
    from tiledraw.models.loading import LoadedModel


def make_decoder(loaded: LoadedModel) -> Decoder:
    """The NumPy decoder for what it reads, on a CPU; the static one for other common architectures and on a GPU; the
    general one for everything else.

    Raises:
        ModelError: the weights are missing or damaged.
    """
    from tiledraw.engine.numpy_decoder import DEEPEST, NumpyDecoder, reads

    if loaded.device == "cpu" and reads(loaded.config):
        from tiledraw.engine.pool import PooledDecoder
        from tiledraw.models.knowledge import model_errors

        tensors = loaded.tensors()
        with model_errors(loaded.name):
            small = loaded.config["hidden_size"] <= DEEPEST  # so that each core had better read all weights by itself
            return (PooledDecoder if small else NumpyDecoder)(loaded.config, tensors)
    return decoder_of(loaded.model)


def decoder_of(model: PreTrainedModel) -> Decoder:
    """The static decoder for a model of an architecture that it reads, on any device; the general one for others.

    Raises:
        ModelError: the general one draws otherwise than the model computes.
    """
    from tiledraw.engine.general_decoder import GeneralDecoder, check_decoding
    from tiledraw.engine.masks import takes_masks
    from tiledraw.engine.static_decoder import StaticDecoder

    known = takes_masks(model.config.get_text_config(decoder=True))
    if known:
        return StaticDecoder(model)
    check_decoding(model, str(model.name_or_path or model.config.model_type))
    return GeneralDecoder(model)
