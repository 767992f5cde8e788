"""The training loop: a stop changes nothing, every log is a line, and a loss that is no number ends the run."""

import io
import json
import math
from dataclasses import replace

import pytest
import torch
from built import built_folder

from tiledraw.models.building import ModelConfig, new_model
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_model
from tiledraw.training.checkpoints import find_checkpoints, load_checkpoint
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loader import GROUPS
from tiledraw.training.loop import compute_dtype
from tiledraw.training.optimizer import OptimizerConfig, rate_factor

CONFIG = TrainConfig(
    output="",
    data=built_folder(),
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48),
    mix=MixConfig(long=2, flat_every=3, layouts=2),
    optimizer=OptimizerConfig(warmup=2),
    steps=6,
    log_steps=1,
    checkpoint_minutes=0.0,  # after each step
    evaluate_documents=4,
    precision="float32",
)


@pytest.fixture(scope="module")
def trainer(quiet_trainer):
    """Makes trainers of the configuration."""
    return lambda folder, **changes: quiet_trainer(replace(CONFIG, output=str(folder), **changes), log=io.StringIO())


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def straight(trainer, tmp_path_factory):
    """A run of six steps without a stop."""
    run = trainer(tmp_path_factory.mktemp("straight"))
    run.run()
    return run


@pytest.mark.parametrize(("amx", "avx512_bf16"), [(False, False), (True, False), (False, True), (True, True)])
def test_a_processor_with_units_for_bfloat16_computes_in_it(monkeypatch, amx, avx512_bf16):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16)
    cpu = torch.device("cpu")
    assert compute_dtype("auto", cpu) == (torch.bfloat16 if amx else torch.float32)  # AVX512 alone is slower in it
    assert compute_dtype("float32", cpu) == torch.float32


def test_a_run_that_was_killed_goes_on_bit_for_bit(trainer, quiet_trainer, straight, tmp_path):
    first = trainer(tmp_path)
    first.fatal = 3
    with pytest.raises(quiet_trainer.Kill):
        first.run()
    second = trainer(tmp_path)
    assert second.step == 3 and "continuing from step 3 of 6" in second.log.getvalue()
    second.run()
    assert second.step == straight.step == 6
    one, _ = load_checkpoint(find_checkpoints(straight.folder)[-1])
    other, _ = load_checkpoint(find_checkpoints(tmp_path)[-1])
    assert set(one) == set(other) == {"model", "average", "optimizer0", "optimizer1"}
    for file, content in one.items():
        assert set(content) == set(other[file])
        for name, value in content.items():
            assert torch.equal(value, other[file][name]), f"{file}: {name}"
    keys = [key for key in lines(tmp_path)[0] if "/" in key] + ["step"]
    assert [[line.get(key) for key in keys] for line in lines(tmp_path)] == [
        [line.get(key) for key in keys] for line in lines(straight.folder)
    ]


def test_weights_and_averages_move_and_differ(straight):
    start = new_model(CONFIG.model, straight.vocabulary, CONFIG.seed)
    for name, value in start.named_parameters():
        trained = dict(straight.backend.model.named_parameters())[name]
        assert not torch.equal(value, trained), name
        assert not torch.equal(straight.backend.average[name], trained), name
        assert not torch.equal(straight.backend.average[name], value), name


def test_every_log_is_a_line_of_bits_by_kind_and_level(straight):
    assert [(line["split"], line["step"]) for line in lines(straight.folder)] == [("train", n) for n in range(1, 7)]
    seen = {key for line in lines(straight.folder) for key in line if "/" in key}
    assert {f"bits_per_pixel/{group}" for group in ("layout", "flat", "tile32", "tile64")} <= seen
    assert {"bits_per_token/layout", "bits_per_token/flat"} <= seen
    assert not {"bits_per_token/tile32", "bits_per_token/tile64"} & seen  # a tile draws no text
    assert all(0 < value < 20 for line in lines(straight.folder) for key, value in line.items() if "/" in key)
    seconds = [line["seconds"] for line in lines(straight.folder)]
    assert seconds == sorted(seconds)


def test_a_finished_run_and_one_without_time_do_nothing(trainer, straight, tmp_path):
    again = trainer(straight.folder)
    before = lines(straight.folder)
    again.run()
    assert again.step == 6 and lines(straight.folder) == before
    short = trainer(tmp_path)
    short.run(time_limit=0)
    assert short.step == 0 and not (tmp_path / "metrics.jsonl").exists()
    assert len(find_checkpoints(tmp_path)) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_leaves_the_last_checkpoint(trainer, quiet_trainer, tmp_path, value):
    run = trainer(tmp_path)
    run.fatal = 1
    with pytest.raises(quiet_trainer.Kill):
        run.run()
    run.fatal = None
    with torch.no_grad():
        run.backend.live_weights[0].fill_(value)
    with pytest.raises(ArithmeticError, match="at step 1"):
        run.run()
    loaded, state = load_checkpoint(find_checkpoints(tmp_path)[-1])
    assert state["step"] == 1
    assert all(tensor.isfinite().all() for content in loaded.values() for tensor in content.values())


def test_evaluation_is_of_the_averaged_weights_and_changes_none(straight):
    before = {name: value.clone() for name, value in straight.backend.live.state_dict().items()}
    average = {name: value.clone() for name, value in straight.backend.average.items()}
    first, second = straight.validate(), straight.validate()
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(getattr(one, name), getattr(other, name)) for name in vars(one))
    assert all(torch.equal(straight.backend.live.state_dict()[name], value) for name, value in before.items())
    assert all(torch.equal(straight.backend.average[name], value) for name, value in average.items())
    trained = straight.backend.average
    try:
        straight.backend.average = {name: torch.zeros_like(value) for name, value in trained.items()}
        even = straight.validate()
    finally:
        straight.backend.average = trained
    nats, count = (sum(getattr(one, name).sum() for one in even) for name in ("pixel_nats", "pixels"))
    assert (nats / count / math.log(2)).item() == pytest.approx(8, abs=1e-3)


def test_the_export_is_a_model_that_loads_and_knows_its_labels(trainer, straight, tmp_path):
    straight.export(tmp_path / "model")
    loaded = load_model(str(tmp_path / "model"))
    assert loaded.knowledge == Knowledge(grays=16, steps=6, planless=True, labels=("cat", "sun"), side=64)
    assert loaded.vocabulary.fingerprint == straight.vocabulary.fingerprint
    for name, value in loaded.model.named_parameters():
        assert torch.equal(value, straight.backend.average[name].bfloat16().float()), name
    from_there = trainer(tmp_path / "run", start=str(tmp_path / "model"))
    for (name, value), other in zip(
        from_there.backend.model.named_parameters(), loaded.model.parameters(), strict=True
    ):
        assert torch.equal(value, other), name


def test_each_step_learns_from_new_documents_of_every_kind(straight):
    batches = [[part[0] for part in straight.loader.batches(step) if part] for step in range(3)]
    assert all([len(batch.ids) for batch in pair] == [2, 2] for pair in batches)
    rows = [tuple(row) for pair in batches for batch in pair for row in batch.ids.tolist()]
    assert len(set(rows)) == len(rows)
    flat = [sum(GROUPS[group] == "flat" for group in pair[0].groups[:, 0]) for pair in batches]
    assert flat == [1, 1, 0]  # of three documents, in the order of their lengths


def test_the_rate_warms_up_stays_and_falls_to_zero():
    config = OptimizerConfig(warmup=10, decay=0.3)
    factors = [rate_factor(step, 100, config) for step in range(101)]
    assert factors[:10] == pytest.approx([0.1 * n for n in range(1, 11)])
    assert set(factors[10:70]) == {1.0}
    assert factors[70:] == pytest.approx([1 - n / 30 for n in range(31)])
    assert rate_factor(0, 10, OptimizerConfig(warmup=0, decay=0.0)) == 1.0


def test_a_new_model_is_the_same_for_a_seed_and_sees_whole_documents_where_it_should(vocabulary):
    one, other = (new_model(ModelConfig(32, 3, 2, 1, 16, 48, (2,), 48), vocabulary, seed) for seed in (0, 0))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert one.config.layer_types == ["sliding_attention", "sliding_attention", "full_attention"]
    assert one.config.sliding_window == 48
    assert len(one.get_input_embeddings().weight) >= vocabulary.size
    different = new_model(ModelConfig(32, 3, 2, 1, 16, 48, (2,), 48), vocabulary, 1)
    assert not torch.equal(different.model.layers[0].mlp.up_proj.weight, one.model.layers[0].mlp.up_proj.weight)
