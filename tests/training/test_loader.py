"""The loader: documents of about one length share a batch, and processes share those of a step evenly."""

from dataclasses import replace

import pytest
from built import built_folder

from tiledraw.training.batches import MULTIPLE
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loader import CLOSE, Loader

CONFIG = TrainConfig("", data=built_folder(), mix=MixConfig(long=0, layouts=2), evaluate_documents=2)


def test_micro_batches_hold_documents_of_about_one_length(vocabulary):
    config = replace(CONFIG, mix=MixConfig(long=12, flat_every=6, layouts=0), micro_batch=4)
    long, short, other = Loader(config, vocabulary).batches(0)
    assert max(len(batch.ids) for batch in long) == 4 and not other
    assert sorted(name for batch in long + short for name in batch.names) == sorted(
        [f"{'tile' if number % 6 else 'flat'} {number}" for number in range(12)]
    )
    for batch in long:
        room = (batch.ids.shape[1] + MULTIPLE) * len(batch.ids)
        assert batch.tokens >= CLOSE * (room - 2 * MULTIPLE * len(batch.ids))
    assert len({batch.ids.shape[1] for batch in long}) > 1


def test_processes_that_go_in_step_have_as_many_batches_whatever_lengths_there_are(vocabulary):
    config = replace(CONFIG, mix=MixConfig(long=16, flat_every=4, layouts=0), micro_batch=4)
    loaders = [Loader(config, vocabulary, process, 2, in_step=True) for process in range(2)]
    for step in range(3):
        assert {tuple(map(len, loader.batches(step))) for loader in loaders} == {(2, 0, 0)}


def test_what_is_learned_is_evaluated(vocabulary):
    assert Loader(CONFIG, vocabulary).kinds == dict.fromkeys(("layout", "flat", "tile"), 2)
    assert Loader(replace(CONFIG, mix=MixConfig(long=2, flat_every=1, layouts=0)), vocabulary).kinds == {"flat": 2}


def test_an_uneven_mix_is_told(vocabulary):
    with pytest.raises(ValueError, match=r"^mix\.layouts 3 can't be shared evenly by 2 processes"):
        Loader(replace(CONFIG, mix=MixConfig(long=0, layouts=3)), vocabulary, 0, 2)
