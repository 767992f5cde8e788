"""Every shipped configuration can be run: its keys are known, its scenes can be drawn, its model can be built."""

from pathlib import Path

import pytest

from tiledraw.cli.options import parse_options
from tiledraw.data.documents import KINDS, SceneSource
from tiledraw.models.building import new_model
from tiledraw.training.batches import collate
from tiledraw.training.config import TrainConfig

CONFIGS = sorted((Path(__file__).parents[1] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_configuration_builds_everything_that_training_needs(path, vocabulary):
    config = parse_options(TrainConfig, ["--config", str(path)], "train")
    source = SceneSource(config.scenes)
    batch = collate([source.document(kind, 0) for kind in KINDS], range(3), vocabulary)
    model = new_model(config.model, vocabulary, config.seed)
    assert model.model(input_ids=batch.ids[:, :64]).last_hidden_state.shape == (3, 64, config.model.hidden_size)
    assert model.get_input_embeddings().weight.shape[0] >= vocabulary.size


def test_configurations_are_shipped():
    assert CONFIGS
