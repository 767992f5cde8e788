"""The fingerprint of a base: what an adapter remembers of the model that it was trained on, so that it is merged into
no other.

It holds the configuration, whether the output matrix is the embedding, and hashes of some weights, which any precision
of the same weights has alike. Weights that are kept in 4 bits are left out. Knows models of transformers. Knows nothing
about adapters' files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiledraw.common.checks import shorten
from tiledraw.common.extras import needs
from tiledraw.format.vocabulary import Vocabulary

with needs("models"):
    import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SAMPLES = 64  # values of each weight
# What a configuration says about how a model is loaded or used, or that new words change.
PASSING = ("dtype", "torch_dtype", "vocab_size", "use_cache", "architectures", "transformers_version", "quantization")
PASSING_ENDS = ("_token_id", "_implementation")


@torch.no_grad()
def fingerprint(model: PreTrainedModel, vocabulary: Vocabulary) -> dict[str, Any]:
    """The fingerprint of a base, by flat keys, as JSON keeps it; rows of new words are no part of it."""
    config = _flat(model.config.get_text_config(decoder=True).to_dict())
    facts = {key: value for key, value in config.items() if not _is_passing(key)}
    embedding = model.get_input_embeddings().weight
    facts["tied"] = model.get_output_embeddings().weight is embedding
    words, matrices, packed = [], [], False
    for parameter in model.parameters():
        if not parameter.is_floating_point():
            packed = True
            continue
        has_words = len(parameter) == len(embedding)
        known = parameter[: vocabulary.base] if has_words else parameter
        places = torch.linspace(0, known.numel() - 1, min(SAMPLES, known.numel()), dtype=torch.float64).long()
        values = known.flatten()[places.to(known.device)].to(torch.bfloat16).float().cpu().numpy()
        digest = hashlib.sha256(repr(tuple(known.shape)).encode() + values.tobytes()).hexdigest()
        (words if has_words or known.ndim < 2 else matrices).append(digest)
    for name, digests in (("weights.words", words), ("weights.matrices", [] if packed else matrices)):
        if digests:
            facts[name] = hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()[:16]
    return facts


def differing(stored: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    """What differs between two fingerprints, in words; empty if nothing does. What either lacks is not compared: other
    versions of transformers tell more or less."""
    keys = [key for key in stored if key in own and stored[key] != own[key]]
    shown = [f"{key} {_show(stored[key])}, not {_show(own[key])}" for key in keys]
    weights = [text for text, key in zip(shown, keys, strict=True) if key.startswith("weights.")]
    return "; ".join(([text for text in shown if text not in weights] or weights)[:3])


def _show(value: Any) -> str:
    return shorten(", ".join(value) if isinstance(value, list) else str(value), 40).strip("'")


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Settings that are numbers, texts or lists of these, by `outer.inner` names."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{key}.")
        elif isinstance(value, (list, tuple)):
            flat[f"{before}{key}"] = [str(one) for one in value]
        elif isinstance(value, (bool, int, float, str)):
            flat[f"{before}{key}"] = value
    return flat


def _is_passing(key: str) -> bool:
    return key.startswith(("_", *PASSING)) or key.endswith(PASSING_ENDS)
