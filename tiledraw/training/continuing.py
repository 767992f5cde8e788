"""Continuing: whether a configuration goes on with the run that a checkpoint is of; if not, what differs is named.

Each checkpoint holds the settings that a run keeps from its first step to its last: those that give the shape of the
network, the words it reads, what it learns to draw, and the data. Learning rates, batches, shares of documents and the
number of steps may change on the way; that is told.
Knows settings by name, and shapes of weights. Knows nothing about what is trained or how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiledraw.common.checks import shorten
from tiledraw.training.checkpoints import CheckpointError

if TYPE_CHECKING:
    import torch

MOST_NAMED = 4  # differences in one sentence


def flatten(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the keys of the command line, `model.hidden_size`, with values as JSON keeps them."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if is_dataclass(value) and not isinstance(value, type):
            value = asdict(value)
        if isinstance(value, Mapping):
            flat |= {f"{name}.{key}": inner for key, inner in flatten(value).items()}
        else:
            flat[name] = json.loads(json.dumps(value))
    return flat


def check_settings(path: Path, stored: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Compares the settings of a checkpoint with those of a configuration, both flat.

    What either lacks is not compared, so that checkpoints of older versions go on.

    Raises:
        CheckpointError: they differ; one sentence with their keys.
    """
    kinds = [key for key in ("base", "model.hidden_size", "vae.width") if (key in stored) != (key in own)]
    if stored and kinds:
        raise CheckpointError(
            f"the checkpoint {path} is of another kind of model (a new one, an adapter on a base, or a network that "
            "enlarges); give another --output"
        )
    differing = [key for key in stored if key in own and stored[key] != own[key]]
    if differing:
        raise CheckpointError(_sentence(path, [_difference(key, stored[key], own[key]) for key in differing]))


def check_shapes(path: Path, stored: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor]) -> None:
    """Compares the names and shapes of the weights of a checkpoint with those of a network.

    Raises:
        CheckpointError: they differ; one sentence with their names.
    """
    shapes = [{name: tuple(tensor.shape) for name, tensor in tensors.items()} for tensors in (stored, own)]
    differing = [name for name in {**shapes[0], **shapes[1]} if shapes[0].get(name) != shapes[1].get(name)]
    if differing:
        named = [
            f"{name} of the shape {_show(shapes[0].get(name))}, not {_show(shapes[1].get(name))}" for name in differing
        ]
        raise CheckpointError(_sentence(path, named))


def check_steps(path: Path, step: int, steps: int) -> None:
    """Raises a CheckpointError if a checkpoint is past the last step of a configuration."""
    if step > steps:
        raise CheckpointError(
            f"the checkpoint {path} is past the last of {steps:,} steps; give --steps more than {step:,}, or another "
            "--output"
        )


def told(changed: Mapping[str, list[Any]]) -> str:
    """Changes on the way, `[before, now]` by key, for people."""
    named = [f"{key} is {_show(now)} now, {_show(before)} before" for key, (before, now) in changed.items()]
    more = f"; and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return "; ".join(named[:MOST_NAMED]) + more


def _difference(key: str, stored: Any, own: Any) -> str:
    """How two values differ; of long lists what the one has and the other lacks."""
    if isinstance(stored, list) and isinstance(own, list) and len(stored) + len(own) > 2 * MOST_NAMED:
        gone, new = ([name for name in one if name not in other] for one, other in ((stored, own), (own, stored)))
        parts = [f"{word} {_show(names[:MOST_NAMED])}" for word, names in (("with", gone), ("without", new)) if names]
        return f"{key} {' and '.join(parts) or 'in another order'}"
    return f"{key} {_show(stored)}, not {_show(own)}"


def _sentence(path: Path, named: list[str]) -> str:
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return (
        f"the checkpoint {path} is of another run than the configuration's, with "
        f"{'; '.join(named[:MOST_NAMED])}{more}; set that back, or give another --output"
    )


def _show(value: Any) -> str:
    if value is None:
        return "none"
    return (
        ", ".join(map(str, value)) or "none" if isinstance(value, (list, tuple)) else shorten(str(value), 80).strip("'")
    )
