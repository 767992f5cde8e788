"""`tiledraw train`: trains a model from a configuration file. Knows the options. Knows nothing about the loop."""

from __future__ import annotations

import math


def run(argv: list[str]) -> int:
    from tiledraw.cli.options import parse_options
    from tiledraw.cli.values import parse_duration
    from tiledraw.training.config import TrainConfig
    from tiledraw.training.loop import Trainer

    config = parse_options(TrainConfig, argv, "train")
    limit = parse_duration(config.time_limit) if config.time_limit else math.inf
    Trainer(config).run(limit)
    return 0
