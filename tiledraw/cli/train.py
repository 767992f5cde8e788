"""`tiledraw train`: trains a model from a configuration file. Knows the options. Knows nothing about the loops."""

from __future__ import annotations

import math
import sys
import time
from functools import partial

from tiledraw.common.extras import needs


def run(argv: list[str]) -> int:
    if not argv:
        raise ValueError(
            "say what to train: --config FILE or NAME (tiledraw configs lists those that come along), or with "
            "documents of `tiledraw data build` --config pictures-tiled --data FOLDER; see tiledraw train --help"
        )
    from tiledraw.training.folders import is_first_process
    from tiledraw.training.stopping import Stopped, Stopping

    with Stopping() as stopping:
        try:
            _train(argv, stopping)
        except Stopped as stop:
            if is_first_process() and not stop.said:
                print(f"stopped by {stop.name} before the first step; the same command goes on", file=sys.stderr)
            return stop.code
    return 0


@needs("train")
def _train(argv: list[str], stopping) -> None:
    begin = time.monotonic()
    with stopping.interruptible():
        from tiledraw.cli.config_files import read_configs
        from tiledraw.cli.options import parse_options
        from tiledraw.common.values import parse_duration
        from tiledraw.training.folders import held_folder

        enlarges = any("vae" in content for content in read_configs(argv))
        if enlarges:  # the network that does
            from tiledraw.training.vae import VaeTrainConfig as Config
            from tiledraw.training.vae import VaeTrainer as Trainer
        else:
            from tiledraw.training.config import TrainConfig as Config
            from tiledraw.training.loop import Trainer
            from tiledraw.training.sources import fit_to_source, only_source

            argv = only_source(argv)
        config = parse_options(Config, argv, "train")
        if not enlarges:
            config = fit_to_source(config, partial(print, file=sys.stderr))
    limit = parse_duration(config.time_limit) if config.time_limit else math.inf
    with held_folder(config.output):
        with stopping.interruptible():
            trainer = Trainer(config, stopping=stopping)
        trainer.run(limit - (time.monotonic() - begin))  # loading counts, too
