"""The record of a run: all of it is written down, and changes on the way are named, key by key."""

import io
import json
from dataclasses import replace

import pytest
from built import built_folder

from tiledraw.common.locks import locked
from tiledraw.models.building import ModelConfig
from tiledraw.training.checkpoints import CheckpointError, find_checkpoints
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.continuing import check_settings, flatten, told
from tiledraw.training.folders import held_folder
from tiledraw.training.optimizer import OptimizerConfig
from tiledraw.training.record import RECORD, data_fingerprint, read_record

CONFIG = TrainConfig(
    output="",
    data=built_folder(),
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48),
    mix=MixConfig(long=2, flat_every=2, layouts=2),
    steps=1,
    precision="float32",
    log_steps=1,
)


def test_configuration_versions_command_and_changes_are_written_down(quiet_trainer, tmp_path):
    log = io.StringIO()
    config = replace(CONFIG, output=str(tmp_path))
    quiet_trainer(config, log=log).run()
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["config"]["data"] == CONFIG.data and record["config"]["seed"] == 0
    assert record["settings"]["model.hidden_size"] == 32 and record["settings"]["documents"] == "data"
    (first,) = record["sessions"]
    assert {"tiledraw", "python", "torch", "transformers"} <= set(first["versions"])
    assert first["command"] and first["step"] == 0 and first["changed"] == {}
    line = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert {"rate", "gradient", "memory", "tokens_per_second", "seconds_left"} <= set(line)

    changed = replace(config, steps=2, time_limit="9m", optimizer=OptimizerConfig(matrix_rate=0.5))
    quiet_trainer(changed, log=log).run()
    assert "optimizer.matrix_rate is 0.5 now, 0.02 before; steps is 2 now, 1 before\n" in log.getvalue()
    record = read_record(tmp_path)
    assert [session["step"] for session in record["sessions"]] == [0, 1] and record["config"]["steps"] == 2
    assert record["sessions"][1]["changed"] == {"optimizer.matrix_rate": [0.02, 0.5], "steps": [1, 2]}

    (tmp_path / RECORD).write_text("{")
    with pytest.raises(CheckpointError, match=r"run\.json can't be read .*; remove it to go on without it"):
        quiet_trainer(changed, log=log)
    (tmp_path / RECORD).unlink()
    assert quiet_trainer(changed, log=log).finished
    find_checkpoints(tmp_path)[-1].rename(tmp_path / "model")
    with pytest.raises(CheckpointError, match="holds a model and no checkpoint"):
        quiet_trainer(changed, log=log)


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"3", b"\xff", b'{"settings": 1, "config": {}, "sessions": []}', b"["]
)
def test_a_damaged_record_is_one_sentence(content, tmp_path):
    (tmp_path / RECORD).write_bytes(content)
    with pytest.raises(CheckpointError, match="can't be read") as error:
        read_record(tmp_path)
    assert "\n" not in str(error.value)


def test_of_long_lists_what_differs_is_named(tmp_path):
    names = [f"n{number}" for number in range(20)]
    stored, own = flatten({"layers": {"subjects": names}}), flatten({"layers": {"subjects": [*names[1:], "wolf"]}})
    with pytest.raises(CheckpointError, match=r"layers\.subjects with n0 and without wolf; set that back"):
        check_settings(tmp_path, stored, own)
    with pytest.raises(CheckpointError, match="in another order"):
        check_settings(tmp_path, stored, flatten({"layers": {"subjects": names[::-1]}}))
    assert told({f"k{n}": [None, n] for n in range(6)}).endswith("k3 is 3 now, none before; and 2 more")


def test_the_same_documents_have_one_fingerprint_wherever_they_lie(tmp_path):
    for folder, digests in (("a", "xy"), ("b", "xy"), ("c", "xz")):
        (tmp_path / folder).mkdir()
        for number, digest in enumerate(digests):
            (tmp_path / folder / f"train-{number:05}.index.json").write_text(json.dumps({"sha256": digest}))
    prints = [data_fingerprint(tmp_path / folder) for folder in "abc"]
    assert prints[0] == prints[1] != prints[2] and prints[0].startswith("2 files ")


def test_one_training_at_a_time_holds_a_folder(tmp_path, monkeypatch):
    folder = tmp_path / "a" / "run"
    with held_folder(str(folder)):
        with (
            pytest.raises(ValueError, match=r"another process of tiledraw writes into .*run;"),
            held_folder(str(folder)),
        ):
            pass
        monkeypatch.setenv("RANK", "1")
        with held_folder(str(folder)):  # another process of the same run
            pass
    assert not (tmp_path / "a").exists()  # nothing was written
    monkeypatch.delenv("RANK")
    with held_folder(str(folder)):
        (folder / "file").write_text("kept")
    with locked(folder):
        assert [path.name for path in folder.iterdir()] == ["file"]
