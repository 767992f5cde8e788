"""Place words in training: rows start from what subjects look like, and older models gain those that they lack."""

import io
from dataclasses import replace

import pytest
import torch

from tiledraw.data.documents import SceneConfig
from tiledraw.data.places import place_codes
from tiledraw.models.building import ModelConfig
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import load_model
from tiledraw.training.config import MixConfig, OptimizerConfig, TrainConfig

SCENES = SceneConfig(("cat", "sun"), backgrounds=("white",), level_weights={128: 1}, sketches=0.9)
CONFIG = TrainConfig(
    output="",
    scenes=SCENES,
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(1,), window=48, place_words=True),
    mix=MixConfig(long=3, flat_every=3, layouts=2),
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
    for subject in SCENES.subjects:
        name, *places = placed.things(subject)
        codes = torch.from_numpy(place_codes(SCENES.subjects, 32)[subject])
        expected = torch.cosine_similarity(before[places] - 0.8 * before[name], codes)
        assert expected.min() > 0.999
    assert all((rows_of(run.backend.model, placed, subject) != before[placed.things(subject)[1:]]).any() for subject in
               SCENES.subjects)  # fmt: skip
    assert not run.backend.model.lm_head.weight[placed.places :].any()


def test_the_model_knows_that_it_has_place_words_and_sketches(trained):
    run, _, folder = trained
    loaded = load_model(str(folder))
    assert loaded.knowledge == Knowledge(
        SCENES.subjects, SCENES.sizes, SCENES.backgrounds, 16, 3, placed=SCENES.subjects, sketches=True
    )
    assert loaded.vocabulary.fingerprint == run.vocabulary.fingerprint
    assert loaded.vocabulary.things("sun") == run.vocabulary.things("sun")


def test_a_model_with_more_subjects_takes_the_rows_of_those_it_had_in_any_order(trainer, trained, tmp_path):
    _, _, folder = trained
    scenes, old = replace(SCENES, subjects=("tree", "sun", "cat")), load_model(str(folder))
    grown = trainer(tmp_path, scenes=scenes, start=str(folder))
    model, vocabulary = grown.backend.model, grown.vocabulary
    for subject in ("cat", "sun"):
        assert torch.equal(rows_of(model, vocabulary, subject), rows_of(old.model, old.vocabulary, subject))
    name, *places = vocabulary.things("tree")
    rows = model.get_input_embeddings().weight
    codes = torch.from_numpy(place_codes(vocabulary.placed, 32)["tree"])
    assert torch.cosine_similarity(rows[places] - 0.8 * rows[name], codes).min() > 0.999
    assert torch.equal(rows[: vocabulary.places], old.model.get_input_embeddings().weight[: vocabulary.places])
    assert torch.equal(model.model.layers[0].mlp.up_proj.weight, old.model.model.layers[0].mlp.up_proj.weight)


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


def test_place_words_want_scenes():
    with pytest.raises(ValueError, match="place words are of the subjects of scenes"):
        replace(CONFIG, scenes=None, data="built")
