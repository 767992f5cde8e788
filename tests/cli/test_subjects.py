"""`tiledraw subjects`: what can be drawn, in both languages, and a sheet with a picture of each."""

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.language.subjects import known_subjects
from tiledraw.models.loading import load_model


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_subject_of_the_painter_is_listed_in_both_languages(here, capsys):
    assert main(["subjects"]) == 0
    lines = capsys.readouterr().out.splitlines()
    known = known_subjects(load_model("painter").knowledge.subjects)
    assert [line.split()[0] for line in lines] == [str(number) for number in range(1, len(known) + 1)]
    for line, subject in zip(lines, known, strict=True):
        assert line.split(maxsplit=1)[1].startswith(f"{subject.name} ") and subject.chinese in line
        assert all(also in line for also in subject.also)


def test_a_model_lists_its_own(here, painter_folder, capsys):
    assert main(["subjects", "--model", str(painter_folder)]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["cat", "sun", "house", "tree"]


def test_a_sheet_shows_a_picture_of_each(here, painter_folder, capsys):
    assert main(["subjects", "--model", str(painter_folder), "-o", "sheet.png"]) == 0
    assert "wrote sheet.png" in capsys.readouterr().err
    with Image.open("sheet.png") as image:
        sheet = np.asarray(image)
    assert sheet.shape == (64 + 16, 10 * 100, 3)
    cells = [sheet[:64, 100 * column + 18 : 100 * column + 82] for column in range(10)]
    assert all(len(np.unique(cell)) > 2 for cell in cells[:4]) and all((cell == 255).all() for cell in cells[4:])
    assert all((sheet[64:, 100 * column : 100 * column + 100] < 255).any() for column in range(4))  # names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "sheet.jpg"], "does not end in .png"),
        (["-o", "none/sheet.png"], "the folder none does not exist"),
        (["--model", "none"], "does not exist"),
        (["--model", "digits"], "it knows the labels digit 0, digit 1,"),
    ],
)
def test_what_can_not_be_listed_is_one_sentence(here, capsys, arguments, sentence):
    assert main(["subjects", *arguments]) == 2
    out, error = capsys.readouterr()
    assert not out and sentence in error and error.count("\n") == 1
