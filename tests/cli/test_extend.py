"""`tiledraw extend`: the old picture stays in its corner of a larger one; mistakes write nothing.

Noise is drawn in place of what a model would draw.
"""

import json

import numpy as np
import pytest
from drawn_pictures import PIXELS, save
from PIL import Image

from tiledraw.canvas.pyramid import Canvas
from tiledraw.cli.main import main
from tiledraw.language.plan import plan_from_yaml


@pytest.fixture
def extend(model_folder, noise_as_pixels, tmp_path, monkeypatch, capsys):
    """Extends cat.png with the tiny model's knowledge; gives the exit code and what was said."""

    monkeypatch.chdir(tmp_path)
    save("cat.png")

    def run(*arguments, picture="cat.png"):
        code = main(["extend", picture, "--model", str(model_folder), *map(str, arguments)])
        return code, capsys.readouterr().err

    return run


def read(path):
    with Image.open(path) as image:
        return np.asarray(image), json.loads(image.text["tiledraw"])


def test_the_picture_grows_and_its_old_pixels_stay(extend):
    code, said = extend("--right", 64, "--top", 32, "-o", "wide.png")
    assert code == 0, said
    pixels, record = read("wide.png")
    assert pixels.shape == (96, 128) and record["size"] == [128, 96]
    assert np.array_equal(pixels[32:, :64], PIXELS)
    assert len(np.unique(pixels[:32])) > 16 and len(np.unique(pixels[:, 64:])) > 16
    plan = plan_from_yaml(record["plan"])
    assert plan.subjects == ("cat", "sun") and plan.canvas == Canvas(128, 96).cells
    assert record["change"] == {"verb": "extend", "top": 32, "right": 64}
    assert [state["size"] for state in record["history"]] == [[64, 64]] and record["seed"] == 8
    assert np.array_equal(read("cat.png")[0], PIXELS)


def test_a_picture_grows_on_and_can_be_edited_then(extend, model_folder, capsys):
    assert extend("--right", 64, "--in-place")[0] == 0
    assert extend("--left", 32, "--bottom", 64, "-o", "more.png")[0] == 0
    pixels, record = read("more.png")
    assert pixels.shape == (128, 160) and len(record["history"]) == 2
    assert np.array_equal(pixels[:64, 32:160], read("cat.png")[0])
    assert main(["edit", "more.png", "--remove", "cat", "-o", "less.png", "--model", str(model_folder)]) == 0
    assert (read("less.png")[0] != pixels).any()


def test_what_is_added_stands_in_the_new_room(extend):
    assert extend("--right", 64, "--add", "a fish on the right", "-o", "wide.png")[0] == 0
    plan = plan_from_yaml(read("wide.png")[1]["plan"])
    assert plan.subjects == ("cat", "sun", "fish") and plan.placements[-1].box.x0 >= 16


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say how far the picture grows"),
        (["--right", "30"], "the room at the right must be a multiple of 32 pixels from 0 on, not 30"),
        (["--top", "-32"], "the room at the top"),
        (["--top", "x"], "top 'x' is not of type int"),
        (["--bottom", "4064"], "the height must be a multiple of 32 from 32 to 4096, not 4128"),
        (["--right", "32", "--add", "a zorp"], "'zorp'"),
    ],
)
def test_room_that_can_not_be_drawn_writes_nothing(extend, tmp_path, arguments, sentence):
    code, said = extend(*arguments, "-o", "out.png")
    assert code == 2 and sentence in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_the_input_is_overwritten_only_in_place(extend):
    code, said = extend("--right", 32, "-o", "cat.png")
    assert code == 2 and "is the picture itself" in said
    assert np.array_equal(read("cat.png")[0], PIXELS)
