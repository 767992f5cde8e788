"""Model folders from strangers: what they may do to whoever loads them, which is to be read.

Code that comes with a model (`auto_map`) is never run, and weights are safetensors or GGUF: other formats are Python
pickles, which run what they like. Knows the files of a folder. Knows nothing about what models are for.
"""

from __future__ import annotations

import json
from pathlib import Path

from tiledraw.models.knowledge import ModelError

# What each `from_pretrained` is told. Without it, transformers asks on the terminal whether to run a folder's code.
NO_CODE = {"trust_remote_code": False}
SAFE_WEIGHTS = {**NO_CODE, "use_safetensors": True}
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.msgpack", "*.h5")


def check_weights(folder: Path, name: str, weights: str = "*.safetensors") -> None:
    """Raises a ModelError if a folder lacks weights that are safe to read, or its index names others.

    Args:
        name: What the model is called.
        weights: The file, or pattern of files, that must be there.
    """
    if not any(folder.glob(weights)):
        others = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        found = f"; its {others[0]} is never read, as it could run code: save it as safetensors" if others else ""
        raise ModelError(f"the model {name} can't be loaded: {folder} holds no weights ({weights}){found}")
    index = folder / _INDEX
    if index.exists():
        try:
            files = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            strange = sorted(
                str(file) for file in files if Path(file).name != file or not file.endswith(".safetensors")
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ModelError(f"the model {name} can't be loaded: {index} is damaged") from None
        if strange:
            raise ModelError(f"the model {name} can't be loaded: {index} names {strange[0]}, which is no safetensors")


def check_adapter(folder: Path, name: str) -> None:
    """Raises a ModelError if a folder is no LoRA adapter in safetensors, or names a Python module that peft would
    import."""
    check_weights(folder, name, ADAPTER_WEIGHTS)
    try:
        config = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
        kind, module = config.get("peft_type"), config.get("megatron_config")
    except (OSError, ValueError, AttributeError, RecursionError):
        raise ModelError(f"the model {name} can't be loaded: {folder / ADAPTER} is damaged") from None
    if kind != "LORA":
        raise ModelError(f"the model {name} can't be loaded: its adapter is of the kind {kind}, not LORA")
    if module is not None:
        raise ModelError(f"the model {name} can't be loaded: its adapter names a module to import (megatron_config)")
