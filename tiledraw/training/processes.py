"""The processes of a run, which accelerate starts: each has all weights, or with FSDP a share of them.

Knows accelerate. Knows nothing about models, documents or steps.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from tiledraw.common.checks import shorten
from tiledraw.common.extras import needs

with needs("train"):
    import torch
    from accelerate import Accelerator, FullyShardedDataParallelPlugin, PartialState
    from accelerate.utils import DistributedType, InitProcessGroupKwargs

PATIENCE = timedelta(hours=6)  # for the others, while one writes a model and draws samples; else they give up after 10'


def make_accelerator(folder: Path, trackers: list[str]) -> Accelerator:
    """This process among those of a run, as they were launched.

    Raises:
        ValueError: they were launched with FSDP of version 1, or are counted wrongly.
    """
    for name, least in (("RANK", 0), ("LOCAL_RANK", 0), ("WORLD_SIZE", 1)):
        value = os.environ.get(name, str(least)).strip()
        if not value.isdecimal() or int(value) < least:
            raise ValueError(
                f"the environment variable {name} is {shorten(value)}; it is a whole number of at least {least}, as "
                "launchers set it; unset it to train in one process"
            )
    wants_shares = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    if wants_shares and os.environ.get("FSDP_VERSION", "1") != "2":
        raise ValueError("FSDP of version 1 hides whose share of a weight is where; give accelerate --fsdp_version 2")
    accelerator = Accelerator(
        cpu=not torch.accelerator.is_available(),  # several processes on a CPU must be told so
        mixed_precision="no",
        log_with=trackers or None,
        project_dir=str(folder),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )
    if wants_shares and accelerator.distributed_type == DistributedType.MULTI_CPU:
        # on a CPU accelerate shares nothing out, though all that it does elsewhere works here too
        PartialState().distributed_type = accelerator.state.distributed_type = DistributedType.FSDP
        accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin()
    return accelerator


def is_sharded(accelerator: Accelerator) -> bool:
    """Whether each process holds but a share of the weights."""
    return accelerator.distributed_type == DistributedType.FSDP
