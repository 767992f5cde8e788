"""Place words in training: rows start from what subjects look like, and older models gain those that they lack."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tiledraw.data.layers import LayerConfig
from tiledraw.data.places import layer_codes
from tiledraw.data.requests import RequestConfig
from tiledraw.engine.numpy_decoder import NumpyDecoder
from tiledraw.models.building import ModelConfig
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_model
from tiledraw.training.config import MixConfig, OptimizerConfig, TrainConfig

LAYERS = LayerConfig(("cat", "sun"), backgrounds=("grass",), level_weights={16: 1})
CONFIG = TrainConfig(
    output="",
    layers=LAYERS,
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48, place_words=True),
    mix=MixConfig(long=6, flat_every=0, layouts=2),
    optimizer=OptimizerConfig(warmup=2),
    steps=3,
    log_steps=1,
    checkpoint_minutes=0.0,
    evaluate_documents=4,
    precision="float32",
)


@pytest.fixture(scope="module")
def trainer(quiet_trainer):
    """Makes trainers of the configuration."""
    return lambda folder, **changes: quiet_trainer(replace(CONFIG, output=str(folder), **changes), log=io.StringIO())


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory):
    """A short run, and the folder of its model."""
    run = trainer(tmp_path_factory.mktemp("placed"))
    start = {name: value.clone() for name, value in run.backend.model.named_parameters()}
    run.run()
    run.export(folder := tmp_path_factory.mktemp("models") / "model")
    return run, start, folder


def rows_of(model, vocabulary, subject):
    return model.get_input_embeddings().weight[vocabulary.things(subject)[1:]].detach()


def test_rows_start_from_codes_and_are_learned_and_no_place_word_is_ever_drawn(trained):
    run, start, _ = trained
    placed, before = run.vocabulary, start["model.embed_tokens.weight"]
    for subject in LAYERS.names:
        name, *places = placed.things(subject)
        codes = torch.from_numpy(layer_codes(LAYERS.names, 32)[subject])
        expected = torch.cosine_similarity(before[places] - 0.8 * before[name], codes)
        assert expected.min() > 0.999
    for subject in LAYERS.subjects:
        assert (rows_of(run.backend.model, placed, subject) != before[placed.things(subject)[1:]]).any()
    assert not run.backend.model.lm_head.weight[placed.places :].any()


def test_the_model_knows_that_it_has_place_words(trained):
    run, _, folder = trained
    loaded = load_model(str(folder))
    assert loaded.knowledge == Knowledge(
        LAYERS.subjects, backgrounds=LAYERS.backgrounds, steps=3, formats=("layers",), placed=LAYERS.names
    )
    assert loaded.vocabulary.fingerprint == run.vocabulary.fingerprint
    assert loaded.vocabulary.things("sun") == run.vocabulary.things("sun")


def test_the_output_matrix_of_a_saved_model_ends_before_the_place_words_and_all_read_it(trained):
    run, _, folder = trained
    loaded, first = load_model(str(folder)), run.vocabulary.places
    head = load_file(folder / "model.safetensors")["lm_head.weight"].float()
    assert len(head) == first
    assert torch.equal(loaded.model.lm_head.weight[:first], head)
    assert not loaded.model.lm_head.weight[first:].any()
    hidden = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    expected = loaded.model.lm_head(loaded.model.model.norm.weight * torch.from_numpy(hidden))[:, :first]
    decoder = NumpyDecoder(loaded.config, loaded.tensors())
    found = decoder.logits(hidden / 32**0.5, 0, first)  # whose norm leaves the root of the width out
    assert np.allclose(found, expected.detach(), atol=1e-4)


def test_a_model_with_more_subjects_takes_the_rows_of_those_it_had_in_any_order(trainer, trained, tmp_path):
    _, _, folder = trained
    layers, old = replace(LAYERS, subjects=("tree", "sun", "cat")), load_model(str(folder))
    grown = trainer(tmp_path, layers=layers, start=str(folder))
    model, vocabulary = grown.backend.model, grown.vocabulary
    rows = model.get_input_embeddings().weight.detach()
    for subject in LAYERS.names:
        assert torch.equal(rows_of(model, vocabulary, subject), rows_of(old.model, old.vocabulary, subject))
    assert torch.equal(rows[: vocabulary.places], old.model.get_input_embeddings().weight[: vocabulary.places])
    assert torch.equal(model.model.layers[0].mlp.up_proj.weight, old.model.model.layers[0].mlp.up_proj.weight)


def test_the_rows_of_a_new_subject_start_from_codes_as_the_trained_ones_read_them(trainer, trained, tmp_path):
    grown = trainer(tmp_path, layers=replace(LAYERS, subjects=("cat", "sun", "tree")), start=str(trained[2]))
    names, rows = grown.vocabulary.placed, grown.backend.model.get_input_embeddings().weight.detach()
    looks = {name: torch.from_numpy(code) for name, code in layer_codes(names, 32).items()}

    def seen(subject):
        """What the rows of a subject say beside its name."""
        name, *places = grown.vocabulary.things(subject)
        return rows[places] - 0.8 * rows[name]

    learned = torch.cat([seen(subject) for subject in LAYERS.names])
    found = torch.linalg.lstsq(torch.cat([looks[subject] for subject in LAYERS.names]), learned).solution
    assert torch.allclose(seen("tree"), looks["tree"] @ found, atol=1e-3)


def test_a_model_without_place_words_gains_them(trainer, tmp_path):
    plain = trainer(tmp_path / "plain", model=replace(CONFIG.model, place_words=False))
    plain.export(tmp_path / "model")
    assert load_model(str(tmp_path / "model")).knowledge.placed == ()
    grown = trainer(tmp_path / "grown", start=str(tmp_path / "model"))
    old = load_model(str(tmp_path / "model")).model
    first = plain.vocabulary.size
    own = grown.backend.model
    assert torch.equal(own.model.embed_tokens.weight[:first], old.model.embed_tokens.weight[:first])
    assert torch.equal(own.lm_head.weight[:first], old.lm_head.weight[:first])
    assert rows_of(grown.backend.model, grown.vocabulary, "cat").std() > 0.5


def test_another_shape_is_refused(trainer, trained, tmp_path):
    with pytest.raises(ValueError, match="has another shape than the configuration's model"):
        trainer(tmp_path, model=replace(CONFIG.model, layers=3), start=str(trained[2]))


def test_place_words_want_something_to_draw():
    with pytest.raises(ValueError, match="place words are of what is drawn"):
        replace(CONFIG, layers=None, requests=RequestConfig())
