"""Continuing: a configuration that does not fit the checkpoint of a run is refused, with the keys that differ."""

import io
from dataclasses import replace

import pytest
import torch
from built import built_folder

from tiledraw.models.building import ModelConfig
from tiledraw.training import checkpoints
from tiledraw.training.checkpoints import CheckpointError, find_checkpoints, restore_optimizer, update_state
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.optimizer import OptimizerConfig

MODEL = ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48)
CONFIG = TrainConfig(
    output="",
    data=built_folder(),
    model=MODEL,
    mix=MixConfig(long=2, flat_every=2, layouts=2),
    steps=3,
    precision="float32",
)


@pytest.fixture(scope="module")
def run(quiet_trainer, tmp_path_factory):
    """The folder of a run of one step out of three, and what makes a trainer of it with other settings."""
    folder = tmp_path_factory.mktemp("run")

    def make(**changes):
        return quiet_trainer(replace(CONFIG, output=str(folder), **changes), log=io.StringIO())

    first = make()
    first._train_step()
    first._save()
    make.folder = folder
    return make


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model": replace(MODEL, hidden_size=48)}, r"model\.hidden_size 32, not 48;"),
        (
            {"model": replace(MODEL, layers=1, full_layers=())},
            r"model\.layers 2, not 1; model\.full_layers 1, not none",
        ),
        ({"model": replace(MODEL, layers=3)}, r"model\.layers 2, not 3;"),
        ({"model": replace(MODEL, window=64)}, r"model\.window 48, not 64;"),
        ({"model": replace(MODEL, tied=True)}, r"model\.tied False, not True;"),
        ({"mix": replace(CONFIG.mix, flat_every=1)}, r"mix\.flat_every flat, tiled, not flat;"),
        ({"mix": replace(CONFIG.mix, flat_every=0)}, r"mix\.flat_every flat, tiled, not tiled;"),
        ({"data": built_folder(grays=4)}, r"grays 16, not 4;"),
        ({"data": built_folder(32)}, r"data 2 files \w+, not 2 files \w+;"),
        ({"seed": 1}, r"seed 0, not 1;"),
        ({"start": "nowhere"}, "the model folder nowhere does not exist"),
        ({"model": replace(MODEL, place_words=True)}, r"tokenizer \w+, not \w+;"),
        ({"steps": 0 + 1, "model": replace(MODEL, heads=4)}, r"model\.heads 2, not 4;"),
    ],
)
def test_another_run_than_the_configurations_is_refused_with_the_keys_that_differ(run, changes, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        run(**changes)
    assert "\n" not in str(error.value)


def test_what_may_change_on_the_way_does(run):
    changes = {"steps": 9, "micro_batch": 1, "optimizer": OptimizerConfig(matrix_rate=1e-3, warmup=1)}
    assert run(**changes, mix=replace(CONFIG.mix, long=4, flat_every=3)).step == 1


def test_fewer_steps_than_are_done_are_refused(quiet_trainer, tmp_path):
    config = replace(CONFIG, output=str(tmp_path))
    quiet_trainer(config, log=io.StringIO()).run()
    with pytest.raises(CheckpointError, match="past the last of 2 steps; give --steps more than 3"):
        quiet_trainer(replace(config, steps=2), log=io.StringIO())


@pytest.mark.parametrize("changes", [{"hidden_size": 48}, {"layers": 3}, {"layers": 1, "full_layers": ()}])
def test_checkpoints_that_hold_no_settings_are_told_by_their_shapes(run, monkeypatch, changes):
    real = checkpoints.load_checkpoint

    def without_settings(path):
        tensors, state = real(path)
        return tensors, {key: value for key, value in state.items() if key != "settings"}

    monkeypatch.setattr("tiledraw.training.session.load_checkpoint", without_settings)
    assert run().step == 1
    with pytest.raises(CheckpointError, match=r"model\.\S+ of the shape .*, not .*; "):
        run(model=replace(MODEL, **changes))


def test_the_state_of_another_optimizer_is_refused():
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(2, 2))])
    for tensors in ({"1.exp_avg": torch.zeros(2, 2)}, {"0.exp_avg": torch.zeros(3, 2)}):
        with pytest.raises(ValueError, match="parameter"):
            restore_optimizer(optimizer, tensors)


def test_a_state_is_changed_whole(run):
    path = find_checkpoints(run.folder)[-1]
    before = checkpoints.load_checkpoint(path)[1]
    update_state(path, durations={"samples": 2.0})
    assert checkpoints.load_checkpoint(path)[1] == {**before, "durations": {"samples": 2.0}}
