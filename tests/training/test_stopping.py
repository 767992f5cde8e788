"""Signals: what may be left is left at once, all else is done first; the weights are those without the stop."""

import io
import os
import signal
import threading
import time

import pytest
import torch
from built import built_folder

from tiledraw.models.building import ModelConfig
from tiledraw.training import stopping as module
from tiledraw.training.checkpoints import find_checkpoints, load_checkpoint
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.stopping import Stopped, Stopping

BOTH = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", BOTH)
def test_an_interruptible_block_is_left_at_once(number):
    before = signal.getsignal(number)
    with Stopping() as stopping, pytest.raises(Stopped) as stop, stopping.interruptible():
        os.kill(os.getpid(), number)
        time.sleep(30)
    assert (stop.value.number, stop.value.code) == (number, 128 + number)
    assert isinstance(stop.value, KeyboardInterrupt) and stop.value.name == number.name
    assert signal.getsignal(number) is before


def test_elsewhere_it_waits_for_the_next_such_block():
    done = []
    with Stopping() as stopping:
        with stopping:  # nested in itself
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)  # `timeout` sends it twice
            done.append("saved")
        assert stopping.is_asked
        with pytest.raises(Stopped), stopping.interruptible():
            done.append("never")
    assert done == ["saved"]


def test_several_processes_are_only_asked():
    with Stopping() as stopping:
        stopping.at_once = False
        with stopping.interruptible():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        assert stopping.is_asked and not stopping.is_interruptible


def test_who_asks_again_after_a_while_ends_all(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with Stopping(), pytest.raises(Stopped):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)


def test_another_thread_hears_no_signals():
    heard = []

    def listen():
        with Stopping():
            heard.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    (thread := threading.Thread(target=listen)).start()
    thread.join()
    assert heard == [before]


CONFIG = TrainConfig(
    output="",
    data=built_folder(32),
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48),
    mix=MixConfig(long=2, flat_every=3, layouts=2),
    steps=4,
    log_steps=1,
    precision="float32",
)


@pytest.fixture(scope="module")
def train(quiet_trainer):
    """Trains until something stops it; says whether it did, and what people read."""

    class Trainer(quiet_trainer):
        signalled = None, ""  # at which step, and where

        def _at(self, place):
            if self.signalled == (self.step, place):
                os.kill(os.getpid(), signal.SIGTERM)

        def _losses(self, batch):
            self._at("forward")
            return super()._losses(batch)

        def _set_rates(self):
            self._at("update")
            super()._set_rates()

        def _save(self):
            self._at("save")
            super()._save()

        def _evaluate(self, until):
            self._at("evaluation")
            return True

    def run(folder, *signalled):
        log = io.StringIO()
        Trainer.signalled = signalled
        trainer = Trainer(TrainConfig(**{**vars(CONFIG), "output": str(folder)}), log=log)
        try:
            trainer.run()
        except Stopped as stop:
            return stop.code, log.getvalue()
        return 0, log.getvalue()

    return run


@pytest.fixture(scope="module")
def whole(train, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    assert train(folder)[0] == 0
    return load_checkpoint(find_checkpoints(folder)[-1])[0]


def test_the_weights_are_those_of_a_run_without_the_stop(train, whole, tmp_path):
    code, said = train(tmp_path, 0, "forward")
    assert code == 143 and said.endswith("stopped by SIGTERM before the first step; the same command begins anew\n")
    assert not find_checkpoints(tmp_path)
    for at, place, step in ((1, "forward", 1), (2, "update", 3), (4, "save", 4), (4, "evaluation", 4)):
        code, said = train(tmp_path, at, place)
        assert code == 143 and f"stopped by SIGTERM at step {step} of 4, which is saved" in said, place
        assert [path.name for path in find_checkpoints(tmp_path)] == [f"step-{step:08}"]
    code, said = train(tmp_path)
    assert code == 0 and "all 4 steps are done" in said
    assert "is finished" in train(tmp_path)[1]
    tensors = load_checkpoint(find_checkpoints(tmp_path)[-1])[0]
    assert all(torch.equal(tensors[file][name], value) for file in whole for name, value in whole[file].items())
