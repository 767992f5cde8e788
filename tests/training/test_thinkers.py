"""Thinkers: a model that learned requests writes nothing but requests, and plans for one that paints."""

import io
import json
import math
from dataclasses import replace

import pytest
import torch

from tiledraw.canvas.pyramid import Canvas
from tiledraw.data.requests import RequestConfig
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.listening import ModelThinker
from tiledraw.format.grammar import RequestDocument
from tiledraw.language.boxes import PlanError
from tiledraw.language.hearing.constraint import Constraint
from tiledraw.language.subjects import subjects
from tiledraw.models.building import ModelConfig
from tiledraw.models.knowledge import ModelError
from tiledraw.models.loading import load_model
from tiledraw.training.batches import collate, losses, make_example, read
from tiledraw.training.config import MixConfig, TrainConfig
from tiledraw.training.loader import GROUPS

PROMPT = "two red cats and a narwhal on a table at night"
CONFIG = TrainConfig(
    output="",
    requests=RequestConfig(("cat", "sun", "tree")),
    model=ModelConfig(32, 2, 2, 1, 16, 48, full_layers=(0, 1)),
    mix=MixConfig(long=0, layouts=4, flat_every=0),
    steps=3,
    log_steps=1,
    evaluate_documents=4,
    precision="float32",
)


@pytest.fixture(scope="module")
def folder(quiet_trainer, tmp_path_factory):
    """A thinker that has learned for three steps, which is next to nothing."""
    output = tmp_path_factory.mktemp("thinker")
    trainer = quiet_trainer(replace(CONFIG, output=str(output)), log=io.StringIO())
    trainer.run()
    trainer.export(output / "model")
    return output


def test_a_run_on_requests_tells_their_loss_and_leaves_a_model_that_listens(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert all(math.isfinite(line["bits_per_token/request"]) for line in lines if "loss" in line)
    knowledge = load_model(str(folder / "model")).knowledge
    assert knowledge.listens and not knowledge.paints and "request" in GROUPS


def thought(thinker, prompt, number):
    """What a thinker writes, or why that is no request."""
    try:
        return thinker.writer(prompt).write(number)
    except PlanError as error:
        return str(error)


def test_whatever_it_thinks_is_a_request_about_the_prompt_or_breaks_off(folder):
    thinker, constraint = ModelThinker.of(load_model(str(folder / "model"))), Constraint(PROMPT, subjects())
    texts = [thought(thinker, PROMPT, number) for number in range(4)]
    assert all(constraint.completes(text) or text.startswith("the thought breaks off: ") for text in texts)
    assert texts == [thought(thinker, PROMPT, number) for number in range(4)]


def test_rules_read_what_a_bad_thinker_does_not_understand(folder, painter_folder):
    drawer = Drawer.of(load_model(str(painter_folder)), str(folder / "model"))
    ready = drawer.plan("two cats at the top", Canvas(64, 64))
    assert ready.plan.subjects == ("cat", "cat")
    rules = Drawer.of(load_model(str(painter_folder))).plan("two cats at the top", Canvas(64, 64))
    assert ready.plan == rules.plan and not rules.remark


def test_a_thinker_draws_nothing_itself(folder):
    with pytest.raises(ModelError, match="understands prompts and draws nothing"):
        Drawer.load(str(folder / "model")).draw("a cat", 64)


def test_its_thoughts_depend_on_the_prompt_alone(folder):
    thinker = ModelThinker.of(load_model(str(folder / "model")))
    first = thought(thinker, PROMPT, 1)
    for other in ("a cat", "三只猫"):
        thought(thinker, other, 0)
    assert thought(thinker, PROMPT, 1) == first


def test_traditional_characters_are_read_as_simplified_ones(folder):
    thinker, texts = ModelThinker.of(load_model(str(folder / "model"))), ["- 1 cat", "unknown: 風鈴"]
    assert thinker.writer("一隻貓和風鈴").nats(texts) == thinker.writer("一只猫和风铃").nats(texts)


def test_how_unlikely_a_text_is_does_not_depend_on_the_others_and_agrees_with_training(folder):
    loaded = load_model(str(folder / "model"))
    writer, texts = ModelThinker.of(loaded).writer(PROMPT), ["- 2 cat, red", "- 1 cat\nbackground: night", ""]
    nats = writer.nats(texts)
    assert nats == pytest.approx([writer.nats([text])[0] for text in texts], rel=1e-4)
    for text, surprise in zip(texts, nats, strict=True):
        batch = collate([make_example(RequestDocument(PROMPT, text), loaded.vocabulary)], loaded.vocabulary)
        with torch.no_grad():
            hidden = read(loaded.model.model, batch.ids, batch.positions)
            expected = losses(hidden, loaded.model.lm_head.weight, batch, loaded.vocabulary, 1).text_nats.item()
        assert surprise == pytest.approx(expected, rel=0.01)  # which counts rows that no word has, too
