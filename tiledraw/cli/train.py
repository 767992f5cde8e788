"""`tiledraw train`: trains a model from a configuration file. Knows the options. Knows nothing about the loops."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

from tiledraw.common.extras import needs


@needs("train")
def run(argv: list[str]) -> int:
    from tiledraw.cli.options import parse_options
    from tiledraw.cli.shipped import with_config_paths
    from tiledraw.common.values import parse_duration

    argv = with_config_paths(argv)
    if _is_vae(argv):
        from tiledraw.training.vae import VaeTrainConfig as Config
        from tiledraw.training.vae import VaeTrainer as Trainer
    else:
        from tiledraw.training.config import TrainConfig as Config
        from tiledraw.training.loop import Trainer

    config = parse_options(Config, argv, "train")
    limit = parse_duration(config.time_limit) if config.time_limit else math.inf
    Trainer(config).run(limit)
    return 0


def _is_vae(argv: list[str]) -> bool:
    """Whether a configuration file is that of the network that enlarges: it has a section `vae`."""
    import yaml

    for argument, following in zip(argv, [*argv[1:], ""], strict=True):
        option, _, value = argument.partition("=")
        if option == "--config":
            with contextlib.suppress(OSError, ValueError, yaml.YAMLError):  # the options say what is wrong with it
                content = yaml.safe_load(Path(value or following).read_text(encoding="utf-8"))
                if isinstance(content, dict) and "vae" in content:
                    return True
    return False
