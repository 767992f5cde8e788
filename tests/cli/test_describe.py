"""`tiledraw describe`: a plan file with the sentence above it on standard output; mistakes are one sentence."""

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.drawing.events import PlanReady, SentenceReady
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import Placement, Plan, plan_from_yaml

PLAN = Plan((Placement("cat", Box(0, 4, 4, 8)),), "light")


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "cat.png"
    Image.fromarray(np.full((64, 32), 255, dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def reader(monkeypatch):
    """No model reads: every picture is a cat; gives what was asked."""
    asked = []

    def read(drawer, pixels, language):
        asked.append((pixels.shape, language))
        yield PlanReady(PLAN, "")
        yield SentenceReady("A cat.")

    monkeypatch.setattr("tiledraw.drawing.describing.read", read)
    monkeypatch.setattr("tiledraw.drawing.drawer.Drawer.load", lambda model: model)
    return asked


def test_sentence_and_plan_are_a_plan_file(reader, picture, capsys):
    assert main(["describe", str(picture), "--language", "zh"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# A cat.\n") and plan_from_yaml(text) == PLAN
    assert reader == [((64, 32), "zh")]


def test_the_plan_comes_alone_if_asked_for(reader, picture, capsys):
    assert main(["describe", str(picture), "--plan-only"]) == 0
    text = capsys.readouterr().out
    assert "A cat" not in text and plan_from_yaml(text) == PLAN


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("missing.png", None, "can't be opened"),
        ("text.png", b"no picture", "no picture in a known format"),
        ("cut.png", "cut", "damaged"),
        (".", None, "can't be opened"),
    ],
)
def test_what_is_no_picture_is_one_sentence(name, content, why, picture, capsys):
    path = picture.parent / name
    if content is not None:
        path.write_bytes(picture.read_bytes()[:60] if content == "cut" else content)
    assert main(["describe", str(path)]) == 2
    output, error = capsys.readouterr()
    assert not output and why in error and error.startswith("tiledraw: ") and error.count("\n") == 1


@pytest.mark.parametrize("argv", [[], ["--language", "fr"], ["--sentence"]])
def test_wrong_options_are_one_sentence(argv, picture, capsys):
    assert main(["describe", *([str(picture)] if argv else []), *argv]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_model_that_cannot_read_is_told(model_folder, picture, capsys):
    assert main(["describe", str(picture), "--model", str(model_folder)]) == 2
    assert "has not learned to describe" in capsys.readouterr().err
