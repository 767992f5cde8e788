"""Checkpoints: whatever moment a kill strikes, the newest whole one is found; a damaged one is told."""

import json
import shutil

import pytest
import torch

from tiledraw.training import checkpoints
from tiledraw.training.checkpoints import (
    CheckpointError,
    find_checkpoints,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from tiledraw.training.optimizer import OptimizerConfig, make_optimizers


def tensors(value):
    return {
        "model": {"a.weight": torch.full((3, 2), float(value)), "b": torch.tensor(value)},
        "average": {"a": torch.ones(1)},
    }


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def newest(folder):
    """Step, state and a value of the checkpoint that training would go on from."""
    loaded, state = load_checkpoint(find_checkpoints(folder)[-1])
    return state["step"], state["seconds"], loaded["model"]["a.weight"][0, 0].item()


def test_a_checkpoint_comes_back(tmp_path):
    path = save_checkpoint(tmp_path / "new" / "run", 12, tensors(5), {"seconds": 1.5})
    loaded, state = load_checkpoint(path)
    assert state == {"step": 12, "seconds": 1.5}
    assert set(loaded) == {"model", "average"}
    for file, content in tensors(5).items():
        assert set(loaded[file]) == set(content)
        assert all(torch.equal(loaded[file][key], value) for key, value in content.items())
    assert find_checkpoints(path.parent) == [path]


def test_tensors_of_any_layout_are_kept(tmp_path):
    turned = torch.arange(6.0).view(2, 3).T
    path = save_checkpoint(tmp_path, 1, {"x": {"a": turned.requires_grad_(), "b": turned[1]}}, {})
    loaded = load_checkpoint(path)[0]["x"]
    assert torch.equal(loaded["a"], turned) and torch.equal(loaded["b"], turned[1])


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_newest_are_kept_in_order_and_nothing_else_is_left(tmp_path, keep):
    for step in (5, 40, 300, 2000):
        save_checkpoint(tmp_path, step, tensors(step), {"seconds": step}, keep)
    assert names(tmp_path) == ["step-00000005", "step-00000040", "step-00000300", "step-00002000"][-keep:]
    assert newest(tmp_path) == (2000, 2000, 2000)


def test_other_files_and_folders_are_no_checkpoints_and_are_left_alone(tmp_path):
    assert find_checkpoints(tmp_path / "nowhere") == []
    (tmp_path / "model").mkdir()
    (tmp_path / "metrics.jsonl").write_text("{}\n")
    (tmp_path / "step-1").mkdir()
    (tmp_path / "step-00000009").mkdir()  # without a state
    assert find_checkpoints(tmp_path) == []
    save_checkpoint(tmp_path, 3, tensors(3), {"seconds": 0})
    assert newest(tmp_path)[0] == 3
    assert {"model", "metrics.jsonl", "step-1"} <= set(names(tmp_path))


class Kill(BaseException):
    pass


def killed_at(monkeypatch, moment, half_done):
    """Makes the `moment`-th call to the file system the last one of the process; says how many there were."""
    calls = []

    def deadly(module, name):
        real = getattr(module, name)

        def call(*arguments, **options):
            calls.append(name)
            if len(calls) > moment:
                raise Kill
            if len(calls) == moment:
                if half_done and name == "save_file":
                    arguments[1].write_bytes(b"\0" * 10)
                elif half_done and name == "rmtree":
                    for path in sorted(arguments[0].iterdir())[::-1][:1]:
                        path.unlink()
                raise Kill
            return real(*arguments, **options)

        monkeypatch.setattr(module, name, call)

    deadly(checkpoints, "save_file")
    deadly(checkpoints, "_sync")
    deadly(checkpoints.os, "replace")
    deadly(checkpoints.shutil, "rmtree")
    return calls


@pytest.mark.parametrize("half_done", [False, True])
@pytest.mark.parametrize("step", [1, 2])
def test_a_kill_at_any_moment_leaves_a_whole_checkpoint_and_the_next_save_cleans_up(
    tmp_path, monkeypatch, step, half_done
):
    moments = 0
    for moment in range(1, 100):
        folder = tmp_path / str(moment)
        save_checkpoint(folder, 1, tensors(1), {"seconds": 1})
        with monkeypatch.context() as patch:
            killed_at(patch, moment, half_done)
            try:
                save_checkpoint(folder, step, tensors(step), {"seconds": step})
                finished = True
            except Kill:
                finished = False
        assert newest(folder) in ((1, 1, 1), (step, step, step))
        for path in find_checkpoints(folder):
            load_checkpoint(path)
        save_checkpoint(folder, 3, tensors(3), {"seconds": 3})
        assert names(folder) == ["step-00000003"]
        assert newest(folder) == (3, 3, 3)
        if finished:
            break
        moments += 1
    assert finished
    assert moments >= (8 if step == 2 else 0)  # so many calls were cut off


def test_a_stage_that_a_kill_left_behind_is_no_checkpoint(tmp_path):
    save_checkpoint(tmp_path, 1, tensors(1), {"seconds": 1})
    stage = tmp_path / ".stage-00000002"
    shutil.copytree(tmp_path / "step-00000001", stage)
    assert newest(tmp_path)[0] == 1
    (stage / "model.safetensors").write_bytes(b"half")
    save_checkpoint(tmp_path, 2, tensors(2), {"seconds": 2})
    assert names(tmp_path) == ["step-00000002"]
    assert newest(tmp_path) == (2, 2, 2)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 20, -1])
@pytest.mark.parametrize("file", ["model.safetensors", "average.safetensors", "state.json"])
def test_a_truncated_file_is_a_checkpoint_error_that_names_the_checkpoint(tmp_path, file, size):
    path = save_checkpoint(tmp_path, 1, tensors(1), {"seconds": 1})
    (path / file).write_bytes((path / file).read_bytes()[:size])
    with pytest.raises(CheckpointError, match="step-00000001 can't be read"):
        load_checkpoint(path)


def test_a_checkpoint_without_its_state_is_an_error(tmp_path):
    path = save_checkpoint(tmp_path, 1, tensors(1), {})
    (path / "state.json").unlink()
    with pytest.raises(CheckpointError):
        load_checkpoint(path)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "nowhere")


def test_state_may_hold_anything_that_json_can(tmp_path):
    state = {"seconds": 0.1, "text": "画", "list": [1, None, True]}
    path = save_checkpoint(tmp_path, 1, {}, state)
    assert load_checkpoint(path) == ({}, {"step": 1, **json.loads(json.dumps(state))})


def test_optimizers_go_on_from_a_checkpoint_as_if_there_had_been_no_stop(tmp_path, make_model):
    def steps(model, optimizers, first, last):
        for step in range(first, last):
            ids = torch.arange(40).view(2, 20) + step
            model(ids, labels=ids).loss.backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()

    straight = make_model()
    steps(straight, make_optimizers(straight, OptimizerConfig()), 0, 6)

    stopped = make_model()
    optimizers = make_optimizers(stopped, OptimizerConfig())
    steps(stopped, optimizers, 0, 3)
    saved = {f"optimizer{n}": optimizer_tensors(optimizer) for n, optimizer in enumerate(optimizers)}
    path = save_checkpoint(tmp_path, 3, {"model": dict(stopped.named_parameters()), **saved}, {})
    loaded, _ = load_checkpoint(path)
    resumed = make_model(seed=9)
    resumed.load_state_dict(loaded["model"], strict=False)
    fresh = make_optimizers(resumed, OptimizerConfig())
    for number, optimizer in enumerate(fresh):
        restore_optimizer(optimizer, loaded[f"optimizer{number}"])
        again = optimizer_tensors(optimizer)
        assert set(again) == set(saved[f"optimizer{number}"])
        assert all(torch.equal(again[key], value) for key, value in saved[f"optimizer{number}"].items())
    steps(resumed, fresh, 3, 6)
    for (name, one), other in zip(straight.named_parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other), name


def test_learning_rates_stay_as_configured(make_model):
    model = make_model()
    old = make_optimizers(model, OptimizerConfig())[1]
    model(torch.zeros(1, 4, dtype=torch.long), labels=torch.zeros(1, 4, dtype=torch.long)).loss.backward()
    old.step()
    new = make_optimizers(model, OptimizerConfig(other_rate=0.125))[1]
    restore_optimizer(new, optimizer_tensors(old))
    assert [group["lr"] for group in new.param_groups] == [0.125]
