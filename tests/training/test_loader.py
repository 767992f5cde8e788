"""The loader: readings come in turn, each step new ones, in batches of their own; losses are means over each kind."""

import math
import sys
from dataclasses import fields, replace

import pytest
import torch

from tiledraw.data.documents import READINGS, SceneConfig
from tiledraw.training.batches import MULTIPLE, Losses
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loader import CLOSE, GROUPS, Loader
from tiledraw.training.loop import weighted

MIX = MixConfig(long=0, layouts=2, reads=4)
CONFIG = TrainConfig("", SceneConfig(("cat", "sun"), level_weights={16: 1.0}), mix=MIX, evaluate_documents=2)


def test_readings_come_in_turn_and_are_batches_of_their_own(vocabulary):
    loader = Loader(CONFIG, vocabulary)
    steps = [loader.batches(step) for step in range(2)]
    for long, short, (layouts, readings) in steps:
        assert not long and not short
        assert [GROUPS[group] for group in layouts.groups[:, 0]] == ["layout", "layout"]
        assert sorted(GROUPS[group] for group in readings.groups[:, 0]) == ["look", "look", "overview", "sentence"]
        assert readings.ids.shape[1] <= 192 and (readings.targets >= 0).any(dim=1).all()
    rows = {tuple(row) for *_, (_, readings) in steps for row in readings.ids.tolist()}
    assert len(rows) == 8
    halves = [{*Loader(CONFIG, vocabulary, process, 2).batches(0)[2][1].names} for process in range(2)]
    assert halves == [{"overview 0", "look 2"}, {"look 1", "sentence 3"}]


def test_micro_batches_hold_documents_of_about_one_length(vocabulary):
    scenes = SceneConfig(("cat", "sun"), level_weights={64: 1.0})
    config = replace(CONFIG, scenes=scenes, mix=MixConfig(long=12, flat_every=6, layouts=0), micro_batch=4)
    long, short, other = Loader(config, vocabulary).batches(0)
    assert max(len(batch.ids) for batch in long) == 4 and not short and not other
    assert sorted(name for batch in long for name in batch.names) == sorted(
        [f"{'tile' if number % 6 else 'flat'} {number}" for number in range(12)]
    )
    for batch in long:
        room = (batch.ids.shape[1] + MULTIPLE) * len(batch.ids)
        assert batch.tokens >= CLOSE * (room - 2 * MULTIPLE * len(batch.ids))
    assert len({batch.ids.shape[1] for batch in long}) > 1


def test_processes_that_go_in_step_have_as_many_batches_whatever_lengths_there_are(vocabulary):
    scenes = SceneConfig(("cat", "sun"), level_weights={64: 0.5, 16: 0.5})
    config = replace(CONFIG, scenes=scenes, mix=MixConfig(long=16, flat_every=4, layouts=0), micro_batch=4)
    loaders = [Loader(config, vocabulary, process, 2, in_step=True) for process in range(2)]
    for step in range(3):
        assert {tuple(map(len, loader.batches(step))) for loader in loaders} == {(2, 0, 0)}


def test_sparse_tiles_are_a_third_shorter_and_end_with_the_same_targets(vocabulary):
    scenes = SceneConfig(("cat", "sun"), level_weights={64: 1.0}, busy=1.0)
    mix = MixConfig(long=8, flat_every=0, layouts=0)
    dense, sparse = (
        Loader(replace(CONFIG, scenes=scenes, mix=replace(mix, sparse=sparse)), vocabulary).batches(0)[0]
        for sparse in (False, True)
    )
    assert sum(batch.tokens for batch in sparse) < 0.75 * sum(batch.tokens for batch in dense)
    learned = [
        sorted(target for batch in batches for target in batch.targets[batch.targets >= 0].tolist())
        for batches in (dense, sparse)
    ]
    assert learned[0] == learned[1]
    assert all((batch.positions.diff() > 1).any() for batch in sparse)
    assert not any((batch.positions.diff() > 1).any() for batch in dense)


def test_readings_are_evaluated_where_they_are_learned(vocabulary):
    assert Loader(CONFIG, vocabulary).kinds == dict.fromkeys(("layout", "flat", "tile", *READINGS), 2)
    assert not {*READINGS} & {*Loader(replace(CONFIG, mix=MixConfig(long=2)), vocabulary).kinds}


def test_a_mix_of_readings_alone_is_a_mix_and_an_uneven_one_is_told(vocabulary):
    reading = replace(CONFIG, mix=MixConfig(long=0, layouts=0, reads=3))
    (part,) = Loader(reading, vocabulary).batches(0)[2]
    assert len(part.ids) == 3
    with pytest.raises(ValueError, match=r"^mix\.reads 3 can't be shared evenly by 2 processes"):
        Loader(reading, vocabulary, 0, 2)


def test_built_documents_have_no_readings_and_a_mix_that_wants_some_is_told(vocabulary, monkeypatch):
    module = type(sys)("tiledraw.data.shards")
    module.ShardSource = lambda folder, split: None
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(ValueError, match=r"^the data folder built holds no readings[^\n]*set mix\.reads to 0$"):
        Loader(replace(CONFIG, scenes=None, data="built"), vocabulary)


def test_the_answers_of_each_kind_of_reading_weigh_the_same():
    nats, counts = torch.zeros(len(GROUPS)), torch.zeros(3, len(GROUPS))
    for kind, (sum_, count) in {"layout": (40.0, 10), "overview": (100.0, 50), "look": (2.0, 4)}.items():
        nats[GROUPS.index(kind)], counts[1, GROUPS.index(kind)] = sum_, count
    nothing = torch.zeros(len(GROUPS))
    sums = Losses(**{field.name: nats if field.name == "text_nats" else nothing for field in fields(Losses)})
    loss = weighted(sums, counts, MixConfig(text_weight=1.0, read_weight=0.3))
    assert math.isclose(loss.item(), 4.0 + 0.3 * (2.0 + 0.5 + 0.0) / 3, rel_tol=1e-5)
