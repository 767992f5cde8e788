"""`tiledraw enlarge` and `generate --enlarge`: sizes, history, and mistakes that write nothing.

Noise is drawn in place of what a model would draw.
"""

import json
import subprocess
import sys

import numpy as np
import pytest
from drawn_pictures import PIXELS, PLAN, RECORD, save
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.drawing.enlarging import ByTiles, Lanczos
from tiledraw.language.plan import plan_to_yaml
from tiledraw.models.vae import Vae, VaeConfig, load_vae, save_vae


def read(path):
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        return np.asarray(image), json.loads(image.text["tiledraw"])


@pytest.fixture
def enlarge(model_folder, noise_as_pixels, tmp_path, monkeypatch, capsys):
    """Enlarges cat.png in an empty folder; gives the exit code and what was said."""
    monkeypatch.chdir(tmp_path)
    save("cat.png")

    def run(*arguments, picture="cat.png"):
        levels = ["--model", str(model_folder)] if "levels" in arguments else []
        return main(["enlarge", picture, *levels, *map(str, arguments)]), capsys.readouterr().err

    return run


@pytest.fixture
def network(tmp_path):
    save_vae(tmp_path / "net", Vae(VaeConfig(4, 4, 4, 1, 1, 1)))
    return tmp_path / "net"


def test_lanczos_and_a_network_enlarge_and_the_picture_knows_its_history(enlarge, network):
    assert enlarge("--to", 256, "-o", "big.png", "--quiet") == (0, "")
    pixels, record = read("big.png")
    assert np.array_equal(pixels, Lanczos().enlarge(PIXELS, 4))
    assert record["size"] == [256, 256] and record["plan"] == RECORD["plan"] and record["seed"] == 7
    assert record["change"] == {"verb": "enlarge", "to": 256, "enlarger": "lanczos"}
    assert record["history"] == [read("cat.png")[1]]
    assert enlarge("--to", 512, "--enlarger", "net", "-o", "huge.png", picture="big.png")[0] == 0
    pixels, record = read("huge.png")
    assert np.array_equal(pixels, ByTiles(load_vae(network)).enlarge(read("big.png")[0], 2))
    assert [state["size"] for state in record["history"]] == [[64, 64], [256, 256]]
    assert enlarge("--to", 128, "--no-metadata", "-o", "bare.png")[0] == 0
    with Image.open("bare.png") as image:
        assert image.text == {}


def test_an_enlarged_picture_can_be_edited(enlarge, model_folder):
    assert enlarge("--to", 128, "-o", "big.png")[0] == 0
    assert main(["edit", "big.png", "--remove", "sun", "-o", "less.png", "--model", str(model_folder), "--quiet"]) == 0
    pixels, record = read("less.png")
    assert np.array_equal(pixels[64:, :64], read("big.png")[0][64:, :64]) and len(record["history"]) == 2


def test_levels_keep_what_the_picture_was_drawn_with(enlarge, tmp_path):
    code, said = enlarge("--to", 128, "--enlarger", "levels", "-o", "big.png", "--trace", "trace")
    assert code == 0 and "cat: 0 16 16 32" in said
    pixels, record = read("big.png")
    assert pixels.shape == (128, 128) and len(np.unique(pixels)) > 200  # noise was drawn
    assert (record["seed"], record["temperature"]) == (7, 0.5)
    assert record["prompt"] == RECORD["prompt"] and record["size"] == [128, 128]
    assert record["change"]["enlarger"] == "levels" and len(record["history"]) == 1
    with Image.open(tmp_path / "trace" / "level-3.png") as level:  # the picture itself is the level above
        assert np.array_equal(np.asarray(level)[::4, ::4], PIXELS)


def test_a_picture_of_others_has_no_history_and_takes_a_plan_for_levels(enlarge, tmp_path):
    Image.fromarray(PIXELS[:33, :50]).convert("RGB").save("other.png")
    assert enlarge("--to", 100, "-o", "big.png", picture="other.png")[0] == 0
    with Image.open("big.png") as image:
        assert image.size == (100, 66) and image.text == {}
    Image.fromarray(PIXELS).save("other.png")
    (tmp_path / "plan.yaml").write_text(plan_to_yaml(PLAN))
    arguments = ["--to", 128, "--enlarger", "levels", "-o", "big.png"]
    code, said = enlarge(*arguments, picture="other.png")
    assert code == 2 and "does not say what it shows; --prompt says" in said
    for given in (["--plan-from", "plan.yaml"], ["--prompt", "a cat"]):
        assert enlarge(*arguments, *given, picture="other.png")[0] == 0


def test_a_plan_that_lies_on_another_grid_is_left_out(enlarge):
    save("wide.png", PIXELS[:32], size=(64, 32))
    assert enlarge("--to", 128, "-o", "big.png", picture="wide.png")[0] == 0
    assert read("big.png")[1]["plan"] is None and read("big.png")[1]["history"][0]["plan"] is not None
    code, said = enlarge("--to", 128, "--enlarger", "levels", "-o", "big.png", picture="wide.png")
    assert code == 2 and "is no level of one of 128x64" in said


def test_the_input_is_overwritten_only_in_place(enlarge):
    code, said = enlarge("--to", 128, "-o", "cat.png")
    assert code == 2 and "is the picture itself; give another file, or --in-place" in said
    assert np.array_equal(read("cat.png")[0], PIXELS)
    assert enlarge("--to", 128, "--in-place")[0] == 0
    assert read("cat.png")[0].shape == (128, 128)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say how large the picture becomes: --to 1024"),
        (["--to", "big"], "to 'big' is none of the types"),
        (["--to", "0"], "64x64 pixels; its longer side becomes 128, 256, 512, ..., not 0"),
        (["--to", "-128"], "becomes 128, 256, 512, ..., not -128"),
        (["--to", "64"], "becomes 128, 256, 512, ..., not 64"),
        (["--to", "192"], "becomes 128, 256, 512, ..., not 192"),
        (["--to", "100"], "becomes 128, 256, 512, ..., not 100"),
        (["--to", "65536"], "is too large; the longer side becomes 32768 at most"),
        (["--to", "8192", "--enlarger", "levels"], "from 32 to 4096, not 8192"),
        (["--to", "128", "--enlarger", "esrgan"], "'esrgan' does not enlarge"),
        (["--to", "128", "--enlarger", "."], "holds no config.json"),
        (["--to", "128", "--seed", "5"], "--seed is for --enlarger levels"),
        (["--to", "128", "--plan-from", "x.yaml"], "--plan-from is for --enlarger levels"),
        (["--to", "128", "--prompt", "a cat"], "--prompt is for --enlarger levels"),
    ],
)
def test_what_can_not_be_done_writes_nothing(enlarge, tmp_path, arguments, sentence):
    code, said = enlarge(*arguments, "-o", "out.png")
    assert code == 2 and sentence in said and said.count("\n") == 1, said
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


BROKEN = {
    "missing": (lambda path: None, "No such file"),
    "text": (lambda path: path.write_text("a cat"), "is no picture in a known format"),
    "truncated": (lambda path: (save(path), path.write_bytes(path.read_bytes()[:-1000])), "is damaged"),
    "colour": (lambda path: Image.new("RGB", (64, 64), "red").save(path), "has colours"),
    "larger than memory": (lambda path: Image.new("1", (10_000, 10_000)).save(path), "larger than 4096x4096"),
    "other size": (lambda path: save(path, PIXELS[:32]), "was drawn with 64x64 pixels, now it has 64x32"),
    "bad metadata": (lambda path: save(path, seed="x"), "is damaged"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_pictures_that_can_not_be_enlarged_are_refused_in_one_sentence(enlarge, tmp_path, what):
    import re

    make, sentence = BROKEN[what]
    make(tmp_path / "other.png")
    code, said = enlarge("--to", 128, "-o", "out.png", picture="other.png")
    assert code == 2 and said.count("\n") == 1 and re.search(sentence, said), said
    assert not (tmp_path / "out.png").exists()
    if "metadata" in sentence or "drawn with" in sentence:
        assert enlarge("--to", 128, "-o", "out.png", "--no-metadata", picture="other.png")[0] == 0


# generate ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def generate(enlarge, model_folder, capsys):
    def run(*arguments):
        base = ["generate", "a cat", "--model", str(model_folder), "--quiet"]
        return main([*base, *map(str, arguments)]), capsys.readouterr().err

    return run


def test_generate_enlarges_what_it_has_drawn(generate):
    assert generate("--size", 32, "-o", "small.png")[0] == 0
    assert generate("--size", 32, "--enlarge", 4, "-o", "big.png")[0] == 0
    small, drawn = read("small.png")
    big, record = read("big.png")
    assert np.array_equal(big, Lanczos().enlarge(small, 4))
    assert record["size"] == [128, 128] and record["history"] == [drawn]
    assert record["change"] == {"verb": "enlarge", "to": 128, "enlarger": "lanczos"}


def test_generate_by_levels_draws_so_large_a_picture(generate):
    assert generate("--size", 32, "--enlarge", 2, "--enlarger", "levels", "-o", "levels.png")[0] == 0
    assert generate("--size", 64, "-o", "large.png")[0] == 0
    assert np.array_equal(read("levels.png")[0], read("large.png")[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--enlarge", "3"], "2, 4, 8, ... times, not 3 times"),
        (["--enlarge", "0"], "not 0 times"),
        (["--enlarger", "vae"], "say how many times larger the picture becomes: --enlarge 4"),
        (["--enlarge", "1024"], "is too large"),
        (["--enlarge", "256", "--enlarger", "levels"], "16384"),
        (["--enlarge", "2", "--enlarger", "esrgan"], "'esrgan' does not enlarge"),
    ],
)
def test_generate_refuses_what_can_not_be_enlarged(generate, tmp_path, arguments, sentence):
    code, said = generate("--size", 64, "-o", "out.png", *arguments)
    assert code == 2 and sentence in said and said.count("\n") == 1, said
    assert not (tmp_path / "out.png").exists()


def test_help_imports_nothing_heavy():
    code = (
        "import json, sys\nfrom tiledraw.cli.main import main\n"
        "try: main(['enlarge', '--help'])\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--in-place" in answer.stdout and "--enlarger" in answer.stdout
    assert not {"torch", "transformers", "numpy", "PIL"} & set(json.loads(answer.stdout.splitlines()[-1]))
