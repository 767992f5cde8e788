"""`tiledraw train`: what is odd is one sentence and exit code 2; pictures of one's own become a model that draws."""

import json
import re
import shutil

import pytest
from PIL import Image, ImageDraw

from tiledraw.cli.config_files import configs_first
from tiledraw.cli.main import main
from tiledraw.common.locks import locked

SHAPE = {"hidden_size": 32, "layers": 2, "heads": 2, "head_dim": 16, "intermediate_size": 48, "full_layers": [1]}
SMALL = [*(f"--model.{key}={value}" for key, value in SHAPE.items()), "--evaluate-documents=1", "--log-steps=1"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what to train: --config FILE or NAME"),
        (["--config"], "--config lacks its file or name"),
        (["--config="], "--config lacks its file or name"),
        (["--output", "x", "--config"], "--config lacks its file or name"),
        (["--config", "--output", "x"], "--config lacks its file or name"),
        (["--config", "."], "is neither a file nor a shipped configuration"),
        (["--config", "nowhere"], "is neither a file nor a shipped configuration"),
        (["--config", "/dev/null"], "no file"),
        (["--output", "x"], "neither is given"),
        (["--output", "x", "--data", ".", "--layers.subjects", "[cat]"], "both are given"),
        (["--output", "x", "--data", "."], "`tiledraw data build folder PICTURES -o BUILT` makes them"),
        (["--output", "file", "--layers.subjects", "[cat]"], "file is a file; --output is the folder of a run"),
    ],
)
def test_odd_arguments_are_one_sentence(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["train", *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]  # a refused run leaves nothing


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"hello", "holds no options by name"),
        (b"- steps\n", "holds no options by name"),
        (b"steps: 1\nsteps: 2\n", "line 2: the key 'steps' stands twice in one place"),
        (b"1: 2\n", "holds no options by name"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"a: [1\n", "can't be read: line 2"),
        (b"a: \x00\n", "can't be read: "),
        (b"a: " + b"x" * 2_000_000, "is longer than 1,000,000 bytes"),
        (b"vae: 3\n", "vae is 3; it is a section"),
        (b"output: x\nlayers: 3\n", "layers is 3; it is a section"),
        (b"output: x\nsteps: 1.5\nlayers: {subjects: [cat]}\n", "steps is 1.5; it is a whole number or auto"),
    ],
)
@pytest.mark.parametrize("verb", [["train"], ["data", "show"]])
def test_an_odd_configuration_is_one_sentence_that_names_it(verb, content, sentence, tmp_path, capsys):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    assert main([*verb, "--config", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    if verb == ["train"] or not content.startswith(b"vae"):
        assert sentence in error
    if verb == ["train"]:
        assert str(path) in error


def test_the_command_line_counts_wherever_it_stands():
    assert configs_first(["--output", "x", "--config", "a", "--steps=3", "--config=b"]) == [
        "--config", "a", "--config=b", "--output", "x", "--steps=3",
    ]  # fmt: skip


def test_captioned_pictures_of_ones_own_become_a_model_that_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    lines = []
    for number in range(20):
        image = Image.new("RGB", (64, 48), "white")
        ImageDraw.Draw(image).ellipse([number, 5, number + 30, 35], fill="black")
        image.save(tmp_path / "mine" / f"{number}.png")
        lines.append(json.dumps({"file_name": f"{number}.png", "text": "a black disc"}))
    (tmp_path / "mine" / "metadata.jsonl").write_text("\n".join(lines))
    assert main(["data", "build", "mine", "-o", "built"]) == 2
    assert "tiledraw data build folder mine" in capsys.readouterr().err
    assert main(["data", "build", "folder", "mine", "-o", "built", "--sizes", "32", "--quiet"]) == 0
    train = ["train", "--output", "run", "--data", "built", "--config", "pictures-tiled", "--steps", "2", *SMALL]
    assert main([*train, "--time-limit", "10m"]) == 0
    assert "step 2 of 2  loss" in (told := capsys.readouterr().err) and "--model run/model" in told
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("[!.]*")}
    assert main(train) == 0
    assert "run is finished: all 2 steps are done" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("[!.]*")} == before
    assert main([*train, "--steps", "1"]) == 2
    assert "give --steps more than 2" in capsys.readouterr().err
    (tmp_path / "built").rename(tmp_path / "moved")  # the same documents elsewhere
    assert main([*train, "--data", "moved"]) == 0 and "is finished" in capsys.readouterr().err
    shutil.copytree(tmp_path / "moved", tmp_path / "other")
    index = tmp_path / "other" / "train-00000.index.json"
    index.write_text(re.sub('"sha256": "[0-9a-f]{4}', '"sha256": "0000', index.read_text()))
    assert main([*train, "--data", "other"]) == 2
    assert "is of another run than the configuration's, with data 2 files " in capsys.readouterr().err
    with locked(tmp_path / "run"):
        assert main([*train, "--data", "moved"]) == 2
    assert "another process of tiledraw writes into run;" in capsys.readouterr().err
    draw = ["generate", "a black disc", "--model", "run/model", "--size", "32", "-o", "disc.png"]
    assert main(draw) == 0
    assert Image.open(tmp_path / "disc.png").size == (32, 32)


def test_documents_of_ones_own_take_the_place_of_layers(tmp_path, capsys):
    (tmp_path / "layers.yaml").write_text("layers: {subjects: [cat]}\noutput: x\n")
    assert (
        main(
            [
                "train",
                "--config",
                str(tmp_path / "layers.yaml"),
                "--data",
                str(tmp_path),
                "--output",
                str(tmp_path / "o"),
            ]
        )
        == 2
    )
    assert "holds no documents" in capsys.readouterr().err
