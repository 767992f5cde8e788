"""Checkpoints that survive a kill at any moment: written beside, flushed to disk, renamed, the old ones removed last.

A checkpoint is a folder `step-00001234` of safetensors files and `state.json`. Knows tensors and folders. Knows
nothing about what they mean.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from tiledraw.common.extras import needs
from tiledraw.common.files import atomic_write

with needs("train"):
    import torch
    from safetensors.torch import load_file, save_file

_NAME = re.compile(r"step-(\d{8})")
STATE = "state.json"


class CheckpointError(ValueError):
    """A checkpoint can't be read or written, or is not of this run."""


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def save_checkpoint(
    folder: Path, step: int, tensors: dict[str, dict[str, torch.Tensor]], state: dict[str, Any], keep: int = 1
) -> Path:
    """Writes a checkpoint: `tensors[file][name]` and a JSON `state`; then removes all but the newest `keep`.

    Raises:
        CheckpointError: it can't be written, as on a full disk; the ones before it stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"step-{step:08d}"
    if final in find_checkpoints(folder):
        return final  # the state of a step is what it is, and to replace a folder one must first take it away
    for left in folder.glob(".stage-*"):  # by a kill
        shutil.rmtree(left)
    stage = folder / f".stage-{step:08d}"
    stage.mkdir()
    for name, content in tensors.items():
        plain = {key: value.detach().contiguous() for key, value in content.items()}
        try:
            save_file(plain, stage / f"{name}.safetensors")
        except SafetensorError as error:  # which hides the OSError
            raise CheckpointError(f"the checkpoint {final} can't be written: {error}") from None
    (stage / STATE).write_text(json.dumps({"step": step, **state}), encoding="utf-8")
    for path in stage.iterdir():
        _sync(path)
    _sync(stage)
    os.replace(stage, final)
    _sync(folder)
    for old in find_checkpoints(folder)[:-keep]:
        doomed = folder / f".stage-{old.name}"
        os.replace(old, doomed)  # so that what is half removed is no checkpoint
        shutil.rmtree(doomed)
    return final


def update_state(path: Path, **changes: Any) -> None:
    """Changes what the state of a whole checkpoint says, all at once."""
    state = json.loads((path / STATE).read_text(encoding="utf-8"))
    atomic_write(path / STATE, json.dumps({**state, **changes}).encode())


def find_checkpoints(folder: Path) -> list[Path]:
    """All whole checkpoints of a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / STATE).is_file())


def load_checkpoint(path: Path) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
    """Tensors by file and the state of a checkpoint.

    Raises:
        CheckpointError: a file is missing or damaged, or holds values that are no numbers.
    """
    try:
        state = json.loads((path / STATE).read_text(encoding="utf-8"))
        tensors = {file.stem: load_file(file) for file in sorted(path.glob("*.safetensors"))}
    except Exception as error:
        raise CheckpointError(f"the checkpoint {path} can't be read: {error}") from None
    for file, content in tensors.items():
        for name, tensor in content.items():
            if not tensor.isfinite().all():
                raise CheckpointError(
                    f"the checkpoint {path} holds values that are no numbers ({file}: {name}); remove it to start anew"
                )
    return tensors, state


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The state of an optimizer as named tensors: `<parameter number>.<name>`."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": whole(torch.as_tensor(value))
        for number, slots in state.items()
        for name, value in slots.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Puts back what `optimizer_tensors` gave; learning rates stay as configured.

    Raises:
        ValueError: the tensors are of an optimizer of other parameters.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        if int(number) >= len(parameters):
            raise ValueError(f"there is no parameter {number}")
        like = parameters[int(number)]
        if tensor.numel() > 1 and tensor.shape != like.shape:
            raise ValueError(f"{name} of parameter {number} is of the shape {tuple(tensor.shape)}")
        state.setdefault(int(number), {})[name] = shared(tensor, like) if tensor.shape == like.shape else tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of which each process may hold only a share, as a whole; all processes have to ask for it."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def shared(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A whole tensor in shares, if those of `like` are."""
    if not hasattr(like, "device_mesh"):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
