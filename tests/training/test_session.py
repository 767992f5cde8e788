"""A session: the time limit holds for all that it does, people can follow it, and a finished run is left as it is."""

import io
import os
import re
import signal
from dataclasses import dataclass

import pytest
import torch

from tiledraw.training import session
from tiledraw.training.checkpoints import save_checkpoint
from tiledraw.training.folders import make_run_folder
from tiledraw.training.pace import format_duration
from tiledraw.training.session import Session
from tiledraw.training.stopping import Stopped


@dataclass(frozen=True)
class Config:
    steps: int | str = 1000
    log_steps: int = 10
    checkpoint_minutes: float = 5.0
    evaluate_minutes: float = 5.0


class Clockwork(Session):
    """A run on a clock of its own: a step takes a second, a checkpoint one, and other tasks what they are told."""

    def __init__(self, folder, evaluation=10.0, samples=20.0, **changes):
        super().__init__()
        self.config = Config(**changes)
        self.folder, self.log, self.device = make_run_folder(folder), io.StringIO(), torch.device("cpu")
        self.settings = {}
        self.use = "to draw: so"
        self.now, self.needed, self.done = 0.0, {"evaluation": evaluation, "samples": samples}, []
        self._resume()

    def _restore(self, path, tensors, state):
        pass

    def _clock(self):
        return self.now

    def _count(self):
        return 500 * self.step

    def _train_step(self):
        self.now += 1
        self.step += 1
        return [self.step]

    def _log(self, split, results):
        self._say(self.pace().line(loss=2.0))

    def _save(self):
        self.now += 1
        state = {"seconds": self.seconds, "durations": self.durations}
        save_checkpoint(self.folder, self.step, {}, state)

    def _evaluate(self, until):
        return all(
            [self._within(task, until, lambda until, task=task: self._work(task, until)) for task in self.needed]
        )

    def _work(self, task, until):
        """Ends at its end or at `until`, whatever comes first."""
        is_whole = self.now + self.needed[task] <= until
        self.now = self.now + self.needed[task] if is_whole else max(self.now, until)
        self.done.append((task, is_whole))
        return is_whole


@pytest.fixture(autouse=True)
def memory_is_given_back(monkeypatch):
    monkeypatch.setattr(session, "keep_freed_memory", lambda: None)


@pytest.mark.parametrize("limit", [60, 200, 700])
@pytest.mark.parametrize("samples", [1, 20, 283])
def test_all_that_a_session_does_ends_with_its_time_limit(tmp_path, limit, samples):
    for number in range(3):
        run = Clockwork(tmp_path, samples=samples, steps=10**6)
        begin = run.step
        run.run(limit)
        assert run.now <= limit + 2, number  # a step that took longer than the one before, and a checkpoint
        assert run.step - begin >= 0.4 * limit, number  # and most of it is training
        assert "stopped for the time limit" in run.log.getvalue()


def test_the_end_has_as_much_time_as_it_took_before(tmp_path):
    first = Clockwork(tmp_path)
    first.run(100)
    assert "left out samples" in first.log.getvalue()
    second = Clockwork(tmp_path)
    second.run(400)
    assert second.done[-2:] == [("evaluation", True), ("samples", True)] and "left out" not in second.log.getvalue()


def test_what_takes_longer_than_is_left_is_not_begun_and_named(tmp_path):
    run = Clockwork(tmp_path)
    run.durations = {"evaluation": 10.0, "samples": 283.0}
    run.run(100)
    assert run.done == [("evaluation", True)]
    assert "left out samples, whole or in part, for want of time (it took 5 min before)" in run.log.getvalue()


def test_a_finished_run_says_so_and_rewrites_nothing(tmp_path):
    Clockwork(tmp_path, steps=20).run()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    again = Clockwork(tmp_path, steps=20)
    again.run()
    assert again.done == [] and again.now == 0
    assert again.log.getvalue().count("\n") == 1
    assert re.search(r"is finished: all 20 steps are done; to go on, .* --steps 40", again.log.getvalue())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    more = Clockwork(tmp_path, steps=40)
    more.run()
    assert more.step == 40 and more.done


def test_what_the_last_session_left_out_is_done_by_the_next(tmp_path):
    run = Clockwork(tmp_path, samples=100, steps=20)
    run.run(40)
    assert run.step == 20 and run.done[-1] == ("samples", False)
    again = Clockwork(tmp_path, samples=100, steps=20)
    again.run()
    assert again.step == 20 and again.done[-1] == ("samples", True) and "finished" not in again.log.getvalue()
    assert Clockwork(tmp_path, steps=20).finished


def test_a_line_says_steps_loss_pace_and_the_time_that_is_left(tmp_path):
    run = Clockwork(tmp_path)
    run.run(200)
    lines = run.log.getvalue().splitlines()
    assert lines[0] == "training until step 1,000 or 3 min are over, a line every 10 steps"
    assert re.match(r"step 1 of 1,000  \d+ [MG]B  500 tokens/s  ", lines[1])
    assert re.fullmatch(
        r"step 20 of 1,000  loss 2\.000  [\d,]+ [MG]B  500 tokens/s  \d+ (s|min) to the time limit "
        r"\(16 min to the last step\)",
        lines[3],
    )
    whole = Clockwork(tmp_path / "whole", steps=200)
    whole.run()
    assert re.search(r"step 100 of 200  loss 2.000  \d+ [MG]B  500 tokens/s  2 min left", whole.log.getvalue())
    assert "\r" not in whole.log.getvalue() + run.log.getvalue()


def test_steps_fit_into_the_time_limit_and_stay_as_they_are(tmp_path):
    class Warm(Clockwork):
        _warmup = 100

    run = Warm(tmp_path, steps="auto", evaluation=1.0, samples=1.0)
    with pytest.raises(ValueError, match="as many as fit into a time limit; give one"):
        run.run()
    run.run(600)
    assert "step 1 of as many as fit  " in run.log.getvalue()
    assert run.record["warmup"] == run.record["steps"] // 10  # shortened to fit
    fits = f"{run.steps:,} steps fit into the time limit, at 1 s each; the warm-up has {run.warmup}"
    assert fits in run.log.getvalue() and f"all {run.steps:,} steps are done" in run.log.getvalue()
    assert run.step == run.steps and 450 <= run.now <= 600
    assert Warm(tmp_path, steps="auto").finished
    going = Warm(tmp_path / "going", steps="auto")
    going.run(300)
    again = Warm(tmp_path / "going", steps="auto")
    assert (again.steps, again.warmup) == (going.steps, going.warmup)
    other = Warm(tmp_path / "going", steps=2000)  # told otherwise
    other.run(50)
    assert "steps is 2000 now, auto before" in other.log.getvalue() and "steps" not in other.record


def test_too_short_a_limit_fixes_no_steps(tmp_path):
    run = Clockwork(tmp_path, steps="auto")
    run.run(8)
    assert run.steps is None and "stopped for the time limit at step" in run.log.getvalue()
    again = Clockwork(tmp_path, steps="auto")
    again.run(600)
    assert again.steps > 400


def test_durations_are_for_people():
    assert [format_duration(s) for s in (-1, 0, 89, 90, 3599, 12000)] == [
        "0 s",
        "0 s",
        "89 s",
        "2 min",
        "1 h 00 min",
        "3 h 20 min",
    ]


def test_a_run_can_not_be_put_into_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="is a file; --output is the folder of a run"):
        make_run_folder(str(tmp_path / "file"))
    assert make_run_folder(str(tmp_path / "a" / "b")).is_dir()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_that_the_same_command_goes_on(tmp_path, number):
    class Signalled(Clockwork):
        stops = 50

        def _train_step(self):
            if self.step == self.stops:
                os.kill(os.getpid(), number)
            return super()._train_step()

    run = Signalled(tmp_path)
    with pytest.raises(Stopped) as stop:
        run.run()
    assert stop.value.code == 128 + number and signal.getsignal(number) is not run.stopping._handle
    assert f"stopped by {number.name} at step 51 of 1,000, which is saved; the same command" in run.log.getvalue()
    assert run.log.getvalue().splitlines()[-2].startswith("step 51 of 1,000  loss")  # nothing measured is lost
    again = Clockwork(tmp_path)
    assert again.step == 51

    class AtOnce(Signalled):
        stops = 0

    run = AtOnce(tmp_path / "early")
    with pytest.raises(Stopped):
        run.run()


def test_what_takes_a_while_is_told_of_when_it_begins(tmp_path):
    run = Clockwork(tmp_path, steps=10)
    run.run()
    assert "evaluation ...\nsamples ...\n" in run.log.getvalue()
    again = Clockwork(tmp_path, steps=20)
    again.run()
    assert "samples, 20 s the last time ...\n" in again.log.getvalue() and "checkpoint" not in again.log.getvalue()
