"""The command line with a painter: files with layers, and clear words where an option is not for pictures of layers."""

import json

import pytest
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.drawing.openraster import read_openraster
from tiledraw.drawing.progress import LayerProgress, ProgressError
from tiledraw.language.boxes import UnknownSubjectError

PLAN = """\
grid: 32
background: light blue
placements:
- {subject: cat, colour: red, box: 0 0 16 16}
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_a_plan_becomes_a_picture_a_layered_file_and_a_file_for_each_layer(painter_folder, plan, tmp_path):
    model = ("--model", painter_folder, "--size", 32)
    assert run("generate", "--plan", plan, *model, "-o", tmp_path / "a.ora", "--layers", tmp_path / "layers") == 0
    assert [layer.name for layer in read_openraster(tmp_path / "a.ora").layers] == ["light blue", "red cat"]
    names = sorted(path.name for path in (tmp_path / "layers").iterdir())
    assert names == ["00-light-blue.png", "01-red-cat.png"]
    assert (
        run("edit", tmp_path / "a.ora", "--recolour", "cat=blue", "--model", painter_folder, "-o", tmp_path / "b.png")
        == 0
    )
    assert Image.open(tmp_path / "b.png").mode == "RGB"
    gray = ("--gray", "--background", "none", "-o", tmp_path / "c.png")
    assert run("generate", "--plan", plan, *model, *gray) == 0 and Image.open(tmp_path / "c.png").mode == "LA"


@pytest.mark.parametrize("option", [("--flat",)])
def test_options_of_gray_pictures_are_refused_and_not_passed_over(painter_folder, tmp_path, capsys, option):
    assert run("generate", "a cat", "--model", painter_folder, *option, "-o", tmp_path / "a.png") == 2
    assert f"{option[0]} is not for pictures of layers" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("option", [("--background", "navy"), ("--layers", "x"), ("--thinker", "digits")])
def test_options_of_layers_are_refused_by_a_model_that_draws_in_gray(tmp_path, capsys, option):
    assert run("generate", "a cat", "--model", "digits", *option, "-o", tmp_path / "a.png") == 2
    assert f"{option[0]} is for pictures of layers" in capsys.readouterr().err


def test_a_transparent_picture_is_no_jpeg(painter_folder, plan, tmp_path, capsys):
    arguments = ("--plan", plan, "--size", 32, "--background", "none", "-o", tmp_path / "a.jpg")
    assert run("generate", *arguments, "--model", painter_folder) == 2
    assert "can't be transparent" in capsys.readouterr().err and not (tmp_path / "a.jpg").exists()


def test_levels_that_are_kept_but_damaged_are_drawn_again(painter_folder, plan, tmp_path):
    class Stop(Exception):
        pass

    whole = tmp_path / "whole.png"
    arguments = ("generate", "--plan", plan, "--size", 32, "--model", painter_folder)
    assert run(*arguments, "-o", whole) == 0
    kept = LayerProgress.add
    other, events = tmp_path / "other.png", []

    def stop(progress, event):
        events.append(event)
        if len(events) > 4:
            raise Stop
        kept(progress, event)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stop):
        patch.setattr(LayerProgress, "add", stop)
        run(*arguments, "-o", other, "--resume")
    (file,) = tmp_path.glob("other.png.tiles")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert run(*arguments, "-o", other, "--resume") == 0
    assert other.read_bytes() == whole.read_bytes() and not file.exists()


def test_levels_of_another_picture_are_refused(tmp_path):
    path = tmp_path / "a.tiles"
    path.write_bytes(b'{"seed": 1}\n')
    with pytest.raises(ProgressError, match="holds layers of another picture"):
        LayerProgress(path, {"seed": 2})
    path.write_bytes(b'{"seed": 2}\n["cat", "none", 0, 8, "0"]\n' + bytes(64))
    assert LayerProgress(path, {"seed": 2}).levels == {}


def test_each_front_says_in_its_own_words_how_the_rest_is_drawn(painter_folder, painter, tmp_path, capsys):
    prompt = "a cat and a narwhal"
    arguments = [prompt, "--model", str(painter_folder), "-o", str(tmp_path / "a.png")]
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith("; --without-unknown draws the rest\n")
    (tmp_path / "prompts.jsonl").write_text(
        json.dumps({"prompt": prompt}) + "\n" + json.dumps({"prompt": "a narwhal"}) + "\n"
    )
    many = ["generate", "--prompts", str(tmp_path / "prompts.jsonl"), "--out", str(tmp_path / "out"), *arguments[1:3]]
    assert main(many) == 2
    assert capsys.readouterr().err.count("; --without-unknown draws the rest\n") == 1
    with pytest.raises(UnknownSubjectError, match=r"; without_unknown=True draws the rest$"):
        painter.draw(prompt, 32)
