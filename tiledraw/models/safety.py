"""Model folders from strangers: what they may do to whoever loads them, which is to be read.

Code that comes with a model (`auto_map`) is never run, and weights are safetensors or GGUF: other formats are Python
pickles, which run what they like. What a configuration says is checked before anything is made of it.
Knows the files of a folder. Knows nothing about what models are for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiledraw.common.files import read_text

# What each `from_pretrained` is told. Without it, transformers asks on the terminal whether to run a folder's code.
NO_CODE = {"trust_remote_code": False}
SAFE_WEIGHTS = {**NO_CODE, "use_safetensors": True}
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_INDEX = "model.safetensors.index.json"
# The largest numbers in a configuration, by what architectures call them: far beyond any model, far below a hang.
_LAYERS = dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers"), 1000)
_WIDTHS = dict.fromkeys(("hidden_size", "n_embd", "d_model"), 2**17)
_SIZES = {
    **_LAYERS,
    **_WIDTHS,
    "vocab_size": 2**24,
    **dict.fromkeys(("intermediate_size", "n_inner", "ffn_dim"), 2**20),
    **dict.fromkeys(("num_attention_heads", "num_key_value_heads", "n_head", "n_heads"), 2**12),
    "head_dim": 2**12,
    **dict.fromkeys(("max_position_embeddings", "n_positions", "sliding_window"), 2**25),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), 2**12),
}
_POSITIVE = ("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "rope_theta")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.msgpack", "*.h5")


def check_weights(folder: Path, weights: str = "*.safetensors") -> None:
    """Checks that what a library will find in a folder is safe to read.

    Args:
        weights: The file, or pattern of files, that must be there.

    Raises:
        ValueError: it is not there, or the index of a model in several files names others.
    """
    if not any(folder.glob(weights)):
        others = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        hint = f"; {others[0]} is never read, as it could run code: save it as safetensors" if others else ""
        raise ValueError(f"it holds no weights ({weights}){hint}")
    if (folder / _INDEX).exists():
        for file in read_object(folder / _INDEX, "weight_map").values():
            if not isinstance(file, str) or Path(file).name != file or not file.endswith(".safetensors"):
                raise ValueError(f"its {_INDEX} names {file}, which is no safetensors file beside it")


def check_adapter(folder: Path) -> None:
    """Checks that a folder is a LoRA adapter that is safe to read.

    Raises:
        ValueError: it is another kind, without safetensors, or names a Python module, which peft would import.
    """
    check_weights(folder, ADAPTER_WEIGHTS)
    config = read_object(folder / ADAPTER)
    if config.get("peft_type") != "LORA":
        raise ValueError(f"its adapter is of the kind {config.get('peft_type')}, not LORA")
    if config.get("megatron_config") is not None:
        raise ValueError("its adapter names a module to import (megatron_config)")


# What is said of a model whose configuration names code beside it.
OWN_CODE = "it brings code of its own (auto_map), which is never run; give one that transformers knows by itself"


def check_folder(folder: Path) -> None:
    """Raises a ValueError if a folder holds what is neither file nor folder: whoever reads a pipe may wait for ever."""
    for path in folder.iterdir():
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ValueError(f"its {path.name} is no file, but a pipe, a device or a socket")


def check_config(config: Mapping[str, Any]) -> None:
    """Raises a ValueError if a model's configuration does not say how large it is, or says what no model is."""
    text = config.get("text_config")
    for names in (_LAYERS, _WIDTHS):
        if not any(name in part for name in names for part in (config, text if isinstance(text, Mapping) else {})):
            raise ValueError(OWN_CODE if "auto_map" in config else f"its configuration lacks {next(iter(names))}")
    _check_values(config)


def _check_values(config: Mapping[str, Any]) -> None:
    for key, value in config.items():
        numbers = value if isinstance(value, list) else [value]
        if isinstance(value, Mapping):
            _check_values(value)
        elif value is not None and (most := _SIZES.get(key)):
            if not all(type(number) is int and 1 <= number <= most for number in numbers):
                raise ValueError(f"its configuration says {key}: {value!r:.60}; that is a number from 1 to {most:,}")
        elif (
            value is not None
            and key in _POSITIVE
            and not (type(value) in (int, float) and math.isfinite(value) and value > 0)
        ):
            raise ValueError(f"its configuration says {key}: {value!r:.60}; that is a number above 0")


def read_object(path: Path, *keys: str) -> dict[str, Any]:
    """The object in a JSON file, or what it holds under `keys`.

    Raises:
        ValueError: there is none, or it is damaged; one sentence.
    """
    try:
        content = json.loads(read_text(path))
        for key in keys:
            content = content[key]
        return dict(content.items())
    except FileNotFoundError:
        raise ValueError(f"it holds no {path.name}") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"its {path.name} is damaged") from None
