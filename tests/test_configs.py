"""Every shipped configuration can be run: its keys are known, its documents can be made, its model can be built."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.cli.options import parse_options
from tiledraw.data.layers import LAYER_KINDS
from tiledraw.data.requests import REQUEST_KINDS
from tiledraw.data.shards import KINDS
from tiledraw.format.vocabulary import fit_model
from tiledraw.models.adapters import add_adapter
from tiledraw.models.building import new_model
from tiledraw.models.knowledge import read_about
from tiledraw.training.batches import collate, make_example, pack
from tiledraw.training.config import TrainConfig
from tiledraw.training.loader import Loader
from tiledraw.training.optimizer import make_adapter_optimizer, make_optimizers
from tiledraw.training.sources import fit_to_source, only_source

SHAPE = {"hidden_size": 32, "layers": 1, "heads": 2, "head_dim": 16, "intermediate_size": 48}
SMALL = [*(f"--model.{key}={value}" for key, value in SHAPE.items()), "--evaluate-documents=1"]
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


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A folder of documents of labelled pictures, without flat ones."""
    folder = tmp_path_factory.mktemp("labelled")
    for number in range(4):
        for label in ("bar", "disc"):
            (folder / label).mkdir(exist_ok=True)
            Image.new("L", (32, 32), 30 * number).save(folder / label / f"{number}.png")
    argv = ["data", "build", "folder", str(folder), "-o", str(folder / "built"), "--formats", "tiled", "--quiet"]
    assert main(argv) == 0
    return str(folder / "built")


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def config(request, built):
    config = parse_options(TrainConfig, ["--config", str(request.param)], "train")
    return replace(config, data=built) if config.data else config


def test_its_documents_can_be_made_and_shared_by_two_processes(config, vocabulary):
    feed = Loader(config, vocabulary)
    kinds = LAYER_KINDS if config.layers else REQUEST_KINDS if config.requests else KINDS
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
    bases = {f"{name}-{format}" for name in ("qwen3-8b", "qwen3-0.6b") for format in ("flat", "tiled")}
    names = ("digits", "mnist", "cifar10", "pictures")
    recipes = {f"{name}-{format}" for name in names for format in ("flat", "tiled")}
    assert {"painter", "thinker", "smollm2-cpu", "digits", *bases, *recipes} <= {path.stem for path in CONFIGS}


RECIPES = [path.stem for path in CONFIGS if "\ndata: " in path.read_text() and "\nbase: " not in path.read_text()]


@pytest.mark.parametrize(("name", "source"), [*((name, "built") for name in RECIPES), ("digits", "labelled")])
def test_recipes_learn_from_any_pictures_as_they_are(name, source, request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tiledraw.training.loop.Trainer._draw_sheet", lambda self, until: True)  # untrained drawings
    few = ["--mix.long=2", "--mix.layouts=2", "--micro-batch=2", "--model.full_layers=[]", *SMALL]
    data = request.getfixturevalue(source)
    assert main(["train", "--config", name, "--data", data, "--output", "run", "--steps", "2", *few]) == 0
    knowledge = read_about(tmp_path / "run" / "model")["knowledge"]
    assert knowledge.steps == 2 and knowledge.planless
    config = parse_options(TrainConfig, ["--config", name], "train")
    labels = ("bar", "disc") if source == "labelled" else ()
    assert knowledge.labels == labels and knowledge.placed == (labels if config.model.place_words else ())


def test_what_a_folder_lacks_is_taken_out_of_the_mix(labelled):
    said = []
    flat = parse_options(TrainConfig, ["--config", "digits-flat", "--data", labelled], "train")
    assert fit_to_source(flat, said.append).mix == replace(flat.mix, flat_every=0) and "no flat pictures" in said[-1]


@pytest.mark.parametrize(
    ("given", "nulled"),
    [
        (["--data", "x"], {"layers", "requests"}),
        (["--layers.slips=0.4"], {"requests", "data"}),
        (["--data", "x", "--layers", "null"], {"requests"}),
        (["--data", "x", "--layers.slips", "0.4"], set()),  # one too many, which is refused
        (["--steps", "2"], set()),
    ],
)
def test_a_source_takes_the_place_of_the_one_of_a_configuration(given, nulled):
    words = only_source(given)
    assert words[: len(given)] == given
    added = dict(zip(words[len(given) :: 2], words[len(given) + 1 :: 2], strict=True))
    assert added == {f"--{name}": "null" for name in nulled}
