"""Kills a training at random moments, some of them while a checkpoint is written, and compares its weights.

    python scripts/kill_training.py FOLDER [--kills 20] [--terms 5] [--config FILE] [--seed 0]

Every life of the training begins where the one before it ended: by SIGKILL, or by SIGTERM, after which it has ten
seconds to save. At the end its last checkpoint, optimizers included, must be bit for bit that of a run that nobody
stopped. Without a configuration it trains a tiny new model.
Lives are forked from this process, which has imported everything and computed nothing.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads do not survive a fork

if TYPE_CHECKING:
    from tiledraw.training.config import TrainConfig

STEPS_A_LIFE = 3  # there are so many for each end: a life makes two or, where this process looks late, a few more
LONGEST_LIFE = 600.0  # seconds until a life that makes no step is given up
LONGEST_END = 10.0  # seconds from SIGTERM to the end


def tiny_config() -> TrainConfig:
    """A new model that makes several steps a second, so that much of its time goes into checkpoints."""
    from tiledraw.data.layers import LayerConfig
    from tiledraw.models.building import ModelConfig
    from tiledraw.training.config import MixConfig, TrainConfig

    return TrainConfig(
        output="",
        layers=LayerConfig(("cat", "sun"), level_weights={16: 0.5, 32: 0.5}),
        model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48),
        mix=MixConfig(long=2, flat_every=3, layouts=2),
        precision="float32",
    )


def live(config: TrainConfig) -> None:
    """One life of the training: to its end, if nobody kills it."""
    from tiledraw.training.loop import Trainer
    from tiledraw.training.stopping import Stopped

    Trainer._evaluate = lambda self, until: True  # neither evaluates nor draws
    try:
        Trainer(config, log=io.StringIO()).run()
    except Stopped as stop:
        sys.exit(stop.code)


def start(config: TrainConfig) -> multiprocessing.process.BaseProcess:
    life = multiprocessing.get_context("fork").Process(target=live, args=(config,))
    life.start()
    return life


def newest_step(folder: Path) -> int:
    """The step of the newest whole checkpoint; 0 if there is none."""
    from tiledraw.training.checkpoints import find_checkpoints

    found = find_checkpoints(folder)
    return int(found[-1].name.removeprefix("step-")) if found else 0


def is_writing(folder: Path) -> bool:
    return any(folder.glob(".stage-*"))


def kill_once(config: TrainConfig, while_writing: bool, rng: random.Random) -> bool:
    """Starts a life and kills it after a step or two; says whether that was while it wrote a checkpoint.

    Raises:
        SystemExit: it ended by itself.
    """
    folder = Path(config.output)
    goal, life = newest_step(folder) + rng.randint(1, 2), start(config)
    deadline = time.monotonic() + LONGEST_LIFE
    while life.is_alive() and time.monotonic() < deadline and newest_step(folder) < goal:
        time.sleep(0.001)
    if while_writing:
        while life.is_alive() and time.monotonic() < deadline and not is_writing(folder):
            pass
    time.sleep(rng.uniform(0, 0.005 if while_writing else 0.2))
    life.kill()
    life.join()
    if life.exitcode != -9:
        raise SystemExit(f"a life ended by itself, with exit code {life.exitcode}, at step {newest_step(folder)}")
    return is_writing(folder)


def stop_once(config: TrainConfig, rng: random.Random) -> float:
    """Starts a life and ends it by SIGTERM after a step or two; the seconds from there to its end.

    Raises:
        SystemExit: it did not end as it should, or lost a step.
    """
    folder = Path(config.output)
    # it saves at its end only, so that no checkpoint tells when it has made a step
    life = start(replace(config, checkpoint_minutes=1000.0))
    deadline, before = time.monotonic() + LONGEST_LIFE, newest_step(folder)
    metrics = folder / "metrics.jsonl"
    lines = metrics.read_bytes().count(b"\n")
    while life.is_alive() and time.monotonic() < deadline and metrics.read_bytes().count(b"\n") == lines:
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.2))
    begin = time.monotonic()
    life.terminate()
    life.join()
    took = time.monotonic() - begin
    if life.exitcode != 128 + signal.SIGTERM or newest_step(folder) <= before or took > LONGEST_END:
        raise SystemExit(
            f"a life ended {took:.1f} s after SIGTERM, with exit code {life.exitcode}, at step {newest_step(folder)}; "
            f"it began at step {before}"
        )
    return took


def differences(one: Path, other: Path) -> list[str]:
    """Names of the tensors in which the last checkpoints of two runs differ."""
    import torch

    from tiledraw.training.checkpoints import find_checkpoints, load_checkpoint

    first, second = (load_checkpoint(find_checkpoints(folder)[-1])[0] for folder in (one, other))
    names = {(file, name) for tensors in (first, second) for file in tensors for name in tensors[file]}
    return [
        f"{file}: {name}"
        for file, name in sorted(names)
        if name not in first.get(file, {})
        or name not in second.get(file, {})
        or not torch.equal(first[file][name], second[file][name])
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="for both runs; must not exist")
    parser.add_argument("--kills", type=int, default=20, help="by SIGKILL")
    parser.add_argument("--terms", type=int, default=5, help="stops by SIGTERM, among the kills")
    parser.add_argument("--config", help="a training configuration; its steps and its output don't count")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    if options.kills < 1 or options.terms < 0 or options.folder.exists():
        parser.error("kill at least once, and give a folder that does not exist yet")

    from tiledraw.cli.options import parse_options
    from tiledraw.training import loop  # noqa: F401  (imported before any fork)
    from tiledraw.training.checkpoints import find_checkpoints, load_checkpoint
    from tiledraw.training.config import TrainConfig

    config = tiny_config()
    if options.config:
        config = parse_options(TrainConfig, ["--config", options.config, "--output", ""], "train")
    steps = STEPS_A_LIFE * (options.kills + options.terms) + 2
    config = replace(config, steps=steps, checkpoint_minutes=0.0, log_steps=1)
    whole, killed = (replace(config, output=str(options.folder / name)) for name in ("whole", "killed"))
    rng, folder, writing = random.Random(options.seed), Path(killed.output), 0
    before, slowest = 0, 0.0
    for number in range(options.kills):
        was_writing = kill_once(killed, number % 2 == 0, rng)
        writing += was_writing
        if found := find_checkpoints(folder):
            load_checkpoint(found[-1])  # raises if it is not whole
        step = newest_step(folder)
        if step < before:
            raise SystemExit(f"after kill {number + 1} the run is back at step {step}; it was at {before}")
        before = step
        print(
            f"kill {number + 1} at step {step}{', while a checkpoint was written' if was_writing else ''}", flush=True
        )
        for _ in range(options.terms * (number + 1) // options.kills - options.terms * number // options.kills):
            took = stop_once(killed, rng)
            before, slowest = newest_step(folder), max(slowest, took)
            print(f"stopped by SIGTERM at step {before}, {took:.1f} s later", flush=True)
    for run in (killed, whole):
        (life := start(run)).join()
        if life.exitcode or newest_step(Path(run.output)) != config.steps:
            raise SystemExit(f"the run in {run.output} did not end: exit code {life.exitcode}")
    if different := differences(Path(whole.output), folder):
        raise SystemExit(f"{len(different)} tensors differ from the run that was not killed, first {different[0]}")
    print(
        f"{options.kills} kills, {writing} while a checkpoint was written, and {options.terms} stops by SIGTERM, the "
        f"slowest in {slowest:.1f} s: the weights are equal bit for bit"
    )


if __name__ == "__main__":
    sys.exit(main())
