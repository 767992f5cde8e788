"""Model folders from strangers: what they may do to whoever loads them, which is to be read.

Code that comes with a model (`auto_map`) is never run, and weights are safetensors or GGUF: other formats are Python
pickles, which run what they like. Knows the files of a folder. Knows nothing about what models are for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# What each `from_pretrained` is told. Without it, transformers asks on the terminal whether to run a folder's code.
NO_CODE = {"trust_remote_code": False}
SAFE_WEIGHTS = {**NO_CODE, "use_safetensors": True}
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_INDEX = "model.safetensors.index.json"
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
        for file in _read(folder / _INDEX, "weight_map").values():
            if not isinstance(file, str) or Path(file).name != file or not file.endswith(".safetensors"):
                raise ValueError(f"its {_INDEX} names {file}, which is no safetensors file beside it")


def check_adapter(folder: Path) -> None:
    """Checks that a folder is a LoRA adapter that is safe to read.

    Raises:
        ValueError: it is another kind, without safetensors, or names a Python module, which peft would import.
    """
    check_weights(folder, ADAPTER_WEIGHTS)
    config = _read(folder / ADAPTER)
    if config.get("peft_type") != "LORA":
        raise ValueError(f"its adapter is of the kind {config.get('peft_type')}, not LORA")
    if config.get("megatron_config") is not None:
        raise ValueError("its adapter names a module to import (megatron_config)")


def _read(path: Path, *keys: str) -> dict[str, Any]:
    """The object in a JSON file, or what it holds under `keys`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for key in keys:
            content = content[key]
        return dict(content.items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"its {path.name} is damaged") from None
