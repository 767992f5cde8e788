"""`tiledraw data build`: from pictures to documents that `data show` prints; mistakes are one sentence."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main


@pytest.fixture
def pictures(tmp_path):
    for number in range(6):
        path = tmp_path / "pictures" / "cat" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((32, 32), 40 * number, np.uint8)).save(path)
    return tmp_path / "pictures"


def test_a_folder_is_built_and_shown(pictures, capsys):
    (pictures / "cat" / "0.png").write_bytes(b"")
    output = str(pictures.parent / "out")
    assert main(["data", "build", "folder", str(pictures), "-o", output, "--splits", "train", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{output}/manifest.json\n"
    assert (
        "train: 4 pictures, documents: 3 layout, 3 flat, 6 tile; 1 skipped, see skipped.jsonl (cat/0.png: it is no pic"
        in err
    )
    assert main(["data", "show", "--data", output, "--index", "1"]) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if line.endswith("of train")] == [
        f"{kind} 1 of train" for kind in ("layout", "flat", "tile")
    ]
    assert text.count("shows: cat") == 2 and re.search(r"column 0 of 1(: cat, mean gray \d+)?", text)


def test_pictures_that_nobody_here_reads_are_counted_and_named_in_one_sentence(pictures, capsys):
    for name in ("IMG_1.HEIC", "IMG_2.HEIC", "raw.cr2"):
        (pictures / "cat" / name).write_bytes(b"")
    argv = ["data", "build", "folder", str(pictures), "-o", str(pictures.parent / "out"), "--splits", "train"]
    assert main([*argv, "--formats", "flat", "--quiet"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "flat; 3 skipped, see skipped.jsonl (2 such as cat/IMG_1.HEIC: files in .heic are not read; save it as PNG or "
        "JPEG)"
    )


def test_a_configuration_file_says_the_same(pictures, capsys):
    file = pictures.parent / "build.yaml"
    file.write_text("sizes: [64]\nformats: [tiled]\nsplits: [train]\ncolumns:\n  label: null\n", encoding="utf-8")
    output = pictures.parent / "out"
    argv = ["data", "build", "folder", str(pictures), "--config", str(file), "--output", str(output), "--tiles", "2"]
    assert main([*argv, "--quiet"]) == 0
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["sizes"] == [64]
    assert manifest["splits"]["train"]["counts"] == {"layout": 4, "flat": 0, "tile": 4 * 4}
    capsys.readouterr()
    assert main(["data", "show", "--data", str(output)]) == 0
    assert "flat" not in capsys.readouterr().out


def test_scenes_are_those_of_a_configuration(tmp_path):
    file = tmp_path / "train.yaml"
    file.write_text("scenes:\n  subjects: [cat]\n  grays: 4\n", encoding="utf-8")
    argv = ["data", "build", "scenes", str(file), "-o", str(tmp_path / "out"), "--limit", "2", "--quiet"]
    assert main([*argv, "--formats", "flat", "--splits", "test"]) == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["subjects"] == ["cat"]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "source"),
        (["folder", "{pictures}"], "-o FOLDER"),
        (["paint", "{pictures}", "-o", "{out}"], "'paint'"),
        (["folder", "-o", "{out}"], "say where the pictures are"),
        (["folder", "{pictures}/none", "-o", "{out}"], "is not a folder"),
        (["mnist", "{pictures}", "-o", "{out}"], "lacks train-images-idx3-ubyte"),
        (["cifar10", "{pictures}", "-o", "{out}"], "lacks data_batch_1.bin"),
        (["scenes", "-o", "{out}"], "--limit 1000"),
        (["folder", "{pictures}", "-o", "{out}", "--sizes", "50"], "multiple of 32"),
        (["folder", "{pictures}", "-o", "{out}", "--fit", "stretch"], "fit 'stretch'"),
        (["folder", "{pictures}", "-o", "{out}", "--size", "64"], "--size"),
        (["folder", "{pictures}", "-o", "{pictures}"], "holds other files"),
        (["folder", "{pictures}", "-o", "{out}/x/y"], "does not exist"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(argv, sentence, pictures, capsys):
    places = {"pictures": str(pictures), "out": str(pictures.parent / "out")}
    assert main(["data", "build", *(word.format(**places) for word in argv), "--quiet"]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1 and "Traceback" not in error
    assert not (pictures.parent / "out").exists()


def test_an_unknown_key_is_refused(pictures, capsys):
    file = pictures.parent / "build.yaml"
    file.write_text("sizez: [64]\n", encoding="utf-8")
    assert main(["data", "build", "folder", str(pictures), "--config", str(file), "-o", "x"]) == 2
    assert "sizez" in capsys.readouterr().err


def test_show_refuses_what_is_no_folder_of_documents(pictures, capsys):
    for argv, sentence in (
        (["--data", str(pictures)], "holds no documents"),
        (["--data", str(pictures), "--config", "x.yaml"], "two sources"),
    ):
        assert main(["data", "show", *argv]) == 2
        error = capsys.readouterr().err
        assert sentence in error and error.count("\n") == 1
