"""`tiledraw describe`: a plan file with the sentence above it on standard output; mistakes are one sentence."""

import io

import pytest
from drawn_pictures import PLAN, save
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.drawing.describing import described
from tiledraw.language.plan import plan_from_yaml


@pytest.fixture
def picture(tmp_path):
    return save(tmp_path / "cat.png")


def test_sentence_and_plan_are_a_plan_file(picture, capsys):
    for language in ("en", "zh"):
        assert main(["describe", str(picture), "--language", language]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"# {described(PLAN, language).sentence}\n") and plan_from_yaml(text) == PLAN


def test_the_plan_comes_alone_if_asked_for(picture, capsys):
    assert main(["describe", str(picture), "--plan-only"]) == 0
    text = capsys.readouterr().out
    assert "in the bottom-left corner" not in text and plan_from_yaml(text) == PLAN


def test_a_picture_is_read_from_standard_input(picture, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(picture.read_bytes())))
    assert main(["describe", "-", "--plan-only"]) == 0
    assert plan_from_yaml(capsys.readouterr().out) == PLAN


def test_a_picture_in_which_nothing_of_ours_is_seen_is_one_sentence(tmp_path, capsys):
    Image.new("RGB", (40, 64), "white").save(tmp_path / "white.png")
    assert main(["describe", str(tmp_path / "white.png")]) == 2
    assert "nothing that the painter draws is seen in" in capsys.readouterr().err


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


def test_what_is_no_picture_on_standard_input_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"no picture")))
    assert main(["describe", "-"]) == 2
    assert "no picture in a known format" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["--language", "fr"], ["--sentence"]])
def test_wrong_options_are_one_sentence(argv, picture, capsys):
    assert main(["describe", *([str(picture)] if argv else []), *argv]) == 2
    assert capsys.readouterr().err.count("\n") == 1
