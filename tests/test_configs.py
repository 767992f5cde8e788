"""Every shipped configuration can be run: its keys are known, its scenes can be drawn, its model can be built."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.cli.options import parse_options
from tiledraw.data.documents import KINDS
from tiledraw.data.layers import LAYER_KINDS
from tiledraw.format.vocabulary import fit_model
from tiledraw.models.adapters import add_adapter
from tiledraw.models.building import new_model
from tiledraw.training.batches import collate, make_example, pack
from tiledraw.training.config import TrainConfig
from tiledraw.training.loader import Loader
from tiledraw.training.optimizer import make_adapter_optimizer, make_optimizers

CONFIGS = sorted(path for path in (Path(__file__).parents[1] / "configs").glob("*.yaml") if path.stem != "vae")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder of documents of captioned pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    captions = []
    for number in range(4):
        Image.new("L", (64, 64), 60 * number).save(folder / f"{number}.png")
        captions.append(json.dumps({"file_name": f"{number}.png", "text": f"gray paper number {number}"}))
    (folder / "metadata.jsonl").write_text("\n".join(captions), encoding="utf-8")
    argv = ["data", "build", "folder", str(folder), "-o", str(folder / "built"), "--sizes", "64", "--quiet"]
    assert main(argv) == 0
    return str(folder / "built")


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def config(request, built):
    config = parse_options(TrainConfig, ["--config", str(request.param)], "train")
    return replace(config, data=built) if config.data else config


def test_its_documents_can_be_made_and_shared_by_two_processes(config, vocabulary):
    feed = Loader(config, vocabulary)
    kinds = LAYER_KINDS if config.layers else KINDS
    batch = collate([make_example(feed.source.document(kind, 0), vocabulary) for kind in kinds], vocabulary)
    assert len(batch.ids) == len(kinds) and (batch.targets >= 0).any(dim=1).all()
    if config.base:
        Loader(config, vocabulary, process=1, processes=2)
    if config.mix.behind:
        packed = pack([make_example(tile, vocabulary) for tile in feed.source.pack(0, config.mix.behind)])
        assert collate([packed], vocabulary).parts.max() == config.mix.behind


def test_its_model_can_be_built(config, vocabulary, make_model):
    ids = torch.arange(64)[None]
    if config.base:  # all but the weights: the same modules, tiny
        base = fit_model(make_model(), vocabulary)
        model = add_adapter(base, vocabulary, config.adapter, config.base)
        changed = [name for name, value in model.named_parameters() if value.requires_grad and "lora_A" in name]
        assert len(changed) == len(config.adapter.modules) * base.config.num_hidden_layers
        assert make_adapter_optimizer(model.named_parameters(), config.optimizer).param_groups
    else:
        base = new_model(config.model, vocabulary, config.seed)
        assert make_optimizers(base, config.optimizer)
        assert base.model(input_ids=ids).last_hidden_state.shape == (1, 64, config.model.hidden_size)
    assert base.get_input_embeddings().weight.shape[0] >= vocabulary.size


def test_configurations_are_shipped():
    assert {"bundled", "qwen3-8b-flat", "qwen3-8b-tiled", "qwen3-0.6b-tiled", "smollm2-cpu", "pictures"} <= {
        path.stem for path in CONFIGS
    }
