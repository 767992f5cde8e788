"""`tiledraw edit`: pixels that stay are those of the input, the input stays too, and mistakes write nothing.

Noise is drawn in place of what a model would draw.
"""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from drawn_pictures import PIXELS, PLAN, save
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan, plan_from_yaml, plan_to_yaml
from tiledraw.language.sentences import sentence


def pixels_of(path):
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        return np.asarray(image)


def record_of(path):
    with Image.open(path) as image:
        return json.loads(image.text["tiledraw"])


def tiles_that_differ(one, other):
    return {(row, column) for row in range(2) for column in range(2) if differs(one, other, row, column)}


def differs(one, other, row, column):
    where = slice(32 * row, 32 * row + 32), slice(32 * column, 32 * column + 32)
    return bool((one[where] != other[where]).any())


@pytest.fixture
def edit(model_folder, noise_as_pixels, tmp_path, monkeypatch, capsysbinary):
    """Edits cat.png with the tiny model's knowledge; gives the exit code and what was said."""

    monkeypatch.chdir(tmp_path)
    save("cat.png")

    def run(*arguments, picture="cat.png"):
        code = main(["edit", picture, "--model", str(model_folder), *map(str, arguments)])
        run.out, error = capsysbinary.readouterr()
        return code, error.decode()

    return run


@pytest.mark.parametrize(
    ("change", "tiles", "placements"),
    [
        (["--remove", "cat"], {(1, 0)}, "sun: 24 0 32 8"),
        (["--remove", "猫", "the sun"], {(1, 0), (0, 1)}, ""),
        (["--replace", "cat=fish"], {(1, 0)}, "fish: 0 16 16 32, sun: 24 0 32 8"),
        (["--move", "sun: bottom-right, small"], {(0, 1), (1, 1)}, "cat: 0 16 16 32, sun: 24 24 32 32"),
        (
            ["--add", "a small flower in the top-left corner"],
            {(0, 0)},
            "cat: 0 16 16 32, sun: 24 0 32 8, flower: 0 0 8 8",
        ),
        (["--remove", "cat", "--add", "a large fish at the bottom left"], {(1, 0)}, "sun: 24 0 32 8, fish: 0 16 16 32"),
        (["--region", "40,3,41,4"], {(0, 1)}, "cat: 0 16 16 32, sun: 24 0 32 8"),
        (["--region", "0,0,8,8", "--remove", "cat"], {(0, 0), (1, 0)}, "sun: 24 0 32 8"),
    ],
)
def test_a_change_draws_the_tiles_that_it_touches_and_keeps_every_other_pixel(edit, change, tiles, placements):
    code, said = edit(*change, "-o", "out.png")
    assert code == 0, said
    assert tiles_that_differ(PIXELS, pixels_of("out.png")) == tiles
    assert np.array_equal(pixels_of("cat.png"), PIXELS)
    plan = plan_from_yaml(record_of("out.png")["plan"])
    assert ", ".join(f"{at.subject}: {at.box}" for at in plan.placements) == placements
    assert "background: white" in said


def test_a_new_plan_is_drawn_where_it_differs(edit, tmp_path):
    new = Plan((Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(0, 0, 8, 8))))
    (tmp_path / "new.yaml").write_text(plan_to_yaml(new))
    assert edit("--plan", "new.yaml", "-o", "out.png")[0] == 0
    assert tiles_that_differ(PIXELS, pixels_of("out.png")) == {(0, 0), (0, 1)}


def test_a_mask_is_kept_to_the_pixel(edit):
    free = np.zeros((64, 64), bool)
    free[10:20, 25:40] = True
    Image.fromarray(free).save("mask.png")
    assert edit("--mask", "mask.png", "-o", "out.png")[0] == 0
    out = pixels_of("out.png")
    assert np.array_equal(out[~free], PIXELS[~free])
    assert (out[free] != PIXELS[free]).mean() > 0.5


def test_seeds_differ_from_edit_to_edit_and_can_be_given(edit):
    for number, options in enumerate([[], ["--seed", 8], ["--seed", 9]]):
        assert edit("--region", "0,0,1,1", "-o", f"{number}.png", *options)[0] == 0
    assert [record_of(f"{number}.png")["seed"] for number in range(3)] == [8, 8, 9]
    assert np.array_equal(pixels_of("0.png"), pixels_of("1.png"))
    assert not np.array_equal(pixels_of("0.png"), pixels_of("2.png"))


def test_an_edited_picture_knows_its_history(edit):
    assert edit("--remove", "cat", "-o", "one.png")[0] == 0
    assert (
        edit("--add", "a fish at the bottom left", "-o", "two.png", "--temperature", "1.5", picture="one.png")[0] == 0
    )
    assert edit("--region", "0,0,1,1", "--in-place", picture="two.png")[0] == 0
    record = record_of("two.png")
    assert [state["seed"] for state in record["history"]] == [7, 8, 9] and record["seed"] == 10
    assert [state.get("change") for state in [*record["history"], record]] == [
        None,
        {"verb": "edit", "remove": ["cat"]},
        {"verb": "edit", "add": ["a fish at the bottom left"]},
        {"verb": "edit", "region": "0,0,1,1"},
    ]
    assert record["history"][0] == record_of("cat.png")
    assert not any("history" in state for state in record["history"])
    assert record["temperature"] == 1.5
    assert record["prompt"] == sentence(plan_from_yaml(record["plan"]))
    assert edit("--region", "0,0,1,1", "-o", "bare.png", "--no-metadata")[0] == 0
    with Image.open("bare.png") as image:
        assert image.text == {}


def test_a_picture_of_others_takes_its_plan_from_a_file(edit, tmp_path):
    Image.fromarray(PIXELS).convert("RGB").save("other.png")
    code, said = edit("--remove", "cat", "-o", "out.png", picture="other.png")
    assert code == 2 and "other.png: the picture does not say what it shows; --prompt says" in said
    (tmp_path / "plan.yaml").write_text(plan_to_yaml(PLAN))
    assert edit("--remove", "cat", "-o", "out.png", "--plan-from", "plan.yaml", picture="other.png")[0] == 0
    assert tiles_that_differ(PIXELS, pixels_of("out.png")) == {(1, 0)}
    assert record_of("out.png")["history"] == []


def test_a_picture_of_others_is_drawn_anew_by_a_prompt_where_a_mask_says(model_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["edit", "other.png", "--model", str(model_folder), "--prompt", "a cat"]
    Image.fromarray(PIXELS).save("other.png")
    free = np.zeros((64, 64), bool)
    free[10:20, 25:40] = True
    Image.fromarray(free).save("mask.png")
    assert main([*arguments, "--mask", "mask.png", "-o", "out.png"]) == 0
    assert np.array_equal(pixels_of("out.png")[~free], PIXELS[~free])
    assert record_of("out.png")["prompt"] == "a cat" and record_of("out.png")["plan"] is None
    capsys.readouterr()
    assert main([*arguments, "--remove", "cat", "-o", "no.png"]) == 2
    assert "has no plan to change; --mask or --region says where" in capsys.readouterr().err


def test_a_picture_of_the_first_edition_is_drawn_anew_in_layers(painter_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save("old.png", plan="background: light\nplacements: [{subject: cat, box: 0 4 4 8}, {subject: sun, box: 6 0 8 2}]")
    arguments = ["edit", "old.png", "--remove", "sun", "-o", "new.png", "--model", str(painter_folder)]
    assert main(arguments) == 0
    assert "all of it is drawn anew" in capsys.readouterr().err
    with Image.open("new.png") as image:
        record = json.loads(image.text["tiledraw"])
    assert plan_from_yaml(record["plan"]) == Plan((PLAN.placements[0],), "light gray") and len(record["history"]) == 1


def test_a_gray_picture_takes_a_model_that_draws_in_one_piece(edit, painter_folder, capsysbinary):
    assert main(["edit", "cat.png", "--remove", "sun", "-o", "new.png", "--model", str(painter_folder)]) == 2
    assert b"cat.png is not made of layers, which the model" in capsysbinary.readouterr().err


def test_the_input_is_overwritten_only_in_place(edit, tmp_path):
    before = (tmp_path / "cat.png").read_bytes()
    (tmp_path / "link.png").symlink_to("cat.png")
    for name in ("cat.png", "link.png", str(tmp_path / "cat.png")):
        code, said = edit("--remove", "cat", "-o", name)
        assert code == 2 and "is the picture itself; give another file, or --in-place" in said
    assert (tmp_path / "cat.png").read_bytes() == before
    assert edit("--remove", "cat", "--in-place")[0] == 0
    assert tiles_that_differ(PIXELS, pixels_of("cat.png")) == {(1, 0)}


def test_standard_output_is_the_picture(edit):
    assert edit("--remove", "cat", "-o", "-", "--quiet") == (0, "")
    assert np.asarray(Image.open(io.BytesIO(edit.out))).shape == (64, 64)


def test_the_trace_shows_every_level(edit, tmp_path):
    assert edit("--remove", "cat", "-o", "out.png", "--trace", "trace")[0] == 0
    names = {path.name for path in (tmp_path / "trace").iterdir()}
    assert {"plan.yaml", "level-0.png", "level-1.png", "level-2.png", "tiles.txt", "grid.png"} <= names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what changes"),
        (["--remove", "dog"], "there is no 'dog' in the plan; it shows cat, sun"),
        (["--replace", "dog=cat"], "there is no 'dog'"),
        (["--replace", "cat=zorp"], "'zorp'"),
        (["--replace", "cat"], "--replace 'cat' is not of the form cat=dog"),
        (["--replace", "cat="], "is not of the form"),
        (["--move", "cat"], "is not of the form 'cat: top-left'"),
        (["--move", "cat: up"], "'up' is no place; known are top-left"),
        (["--move", "cat: bottom-left"], "the plan stays as it is, so nothing is drawn anew"),
        (["--replace", "cat=cat"], "the plan stays as it is"),
        (["--replace", "cat=cat", "--region", "0,0,8,8"], "the plan stays as it is"),
        (["--plan", "same.yaml"], "the plan stays as it is"),
        (["--plan", "same.yaml", "--remove", "cat"], "leave --remove out"),
        (["--plan", "no.yaml"], "no.yaml: No such file"),
        (["--plan", "bad.yaml"], "bad.yaml: "),
        (["--plan", "odd.yaml"], "the plan has a grid of 64"),
        (["--prompt", "a cat", "--plan-from", "same.yaml", "--remove", "cat"], "both say what the picture shows"),
        (["--add", "a zorp"], "'zorp'"),
        (["--region", "0,0,65,64"], "the region 0,0,65,64 is not inside the picture"),
        (["--region", "here"], "'here' is not x0,y0,x1,y1"),
        (["--region", "0,0,8,8", "--mask", "black.png"], "give one of them"),
        (["--mask", "black.png"], "black.png has no white pixel"),
        (["--mask", "small.png"], "small.png has 32x32 pixels, the picture 64x64"),
        (["--mask", "bad.yaml"], "bad.yaml: it is no picture"),
        (["--mask", "corner.png", "--remove", "sun"], "the mask leaves nothing to draw of what changes"),
        (["--remove", "cat", "--seed", "-1"], "seed -1 is out of range"),
        (["--remove", "cat", "--temperature", "-1"], "temperature -1.0 is out of range"),
    ],
)
def test_changes_that_can_not_be_made_write_nothing(edit, tmp_path, arguments, sentence):
    (tmp_path / "same.yaml").write_text(plan_to_yaml(PLAN))
    (tmp_path / "bad.yaml").write_text("placements: 7")
    (tmp_path / "odd.yaml").write_text(plan_to_yaml(Plan(grid=64)))
    Image.new("L", (64, 64)).save("black.png")
    Image.new("L", (32, 32), 255).save("small.png")
    corner = np.zeros((64, 64), np.uint8)
    corner[60:, 60:] = 255
    Image.fromarray(corner).save("corner.png")
    before = sorted(path.name for path in tmp_path.iterdir())
    code, said = edit(*arguments, "-o", "out.png")
    assert code == 2 and sentence in said and said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ([], "say where the changed picture goes"),
        (["-o", "out.png", "--in-place"], "one of them"),
        (["-o", "out.jpg"], "out.jpg does not end in .png"),
        (["-o", "no/out.png"], "the folder no does not exist"),
    ],
)
def test_it_must_be_said_where_the_picture_goes(edit, target, sentence):
    code, said = edit("--remove", "cat", *target)
    assert code == 2 and sentence in said


def truncated(path):
    save(path)
    path.write_bytes(path.read_bytes()[:-1000])


BROKEN = {
    "missing": (lambda path: None, "No such file"),
    "folder": (lambda path: path.mkdir(), "directory"),
    "text": (lambda path: path.write_text("a cat"), "is no picture in a known format"),
    "truncated": (truncated, "is damaged"),
    "colour": (lambda path: save(path, np.dstack([PIXELS, PIXELS, 255 - PIXELS]), "RGB"), "has colours"),
    "see-through": (lambda path: Image.new("LA", (64, 64), (9, 9)).save(path), "transparency"),
    "16 bits": (lambda path: Image.new("I;16", (64, 64)).save(path), "more than 256 grays"),
    "odd size": (lambda path: save(path, PIXELS[:50]), "of no use .it was drawn with 64x64 pixels, now it has 64x50"),
    "large": (lambda path: Image.new("1", (10_000, 10_000)).save(path), "larger than 4096x4096|multiple of 32"),
    "other size": (lambda path: save(path, PIXELS[:32]), "was drawn with 64x64 pixels, now it has 64x32"),
    "flat": (lambda path: save(path, flat=True), "was drawn flat"),
    "no plan": (lambda path: save(path, plan=None), "has no plan to change"),
    "bad plan": (lambda path: save(path, plan="placements: 7"), "of no use .placements must be a list"),
    "bad seed": (lambda path: save(path, seed="x"), "the metadata is damaged"),
    "JPEG by another name": (lambda path: save(path, format_name="JPEG"), "does not say what it shows"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_pictures_that_can_not_be_edited_are_refused_in_one_sentence(edit, tmp_path, what):
    make, sentence = BROKEN[what]
    make(tmp_path / "other.png")
    code, said = edit("--remove", "cat", "-o", "out.png", picture="other.png")
    assert code == 2 and said.count("\n") == 1 and "Traceback" not in said
    assert re.search(sentence, said), said
    assert not (tmp_path / "out.png").exists()


def test_a_gray_picture_in_another_mode_is_the_same(edit):
    for mode in ("RGB", "RGBA", "P"):
        save("other.png", mode=mode)
        assert edit("--remove", "cat", "-o", "out.png", picture="other.png")[0] == 0
        assert tiles_that_differ(PIXELS, pixels_of("out.png")) == {(1, 0)}


@pytest.mark.parametrize("verb", ["edit", "extend"])
def test_help_imports_nothing_heavy(verb):
    code = (
        "import json, sys\nfrom tiledraw.cli.main import main\n"
        "try: main([sys.argv[1], '--help'])\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    answer = subprocess.run([sys.executable, "-c", code, verb], capture_output=True, text=True, check=True)
    assert "--in-place" in answer.stdout and "--plan-from" in answer.stdout
    assert not {"torch", "transformers", "numpy", "PIL"} & set(json.loads(answer.stdout.splitlines()[-1]))
