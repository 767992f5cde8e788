"""`tiledraw generate`: pictures that can be drawn again from what is written in them, and mistakes that leave nothing.

A tiny random model draws; where its strokes don't matter, a quick decoder draws in its place.
"""

import io
import itertools
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pyramid import Canvas
from tiledraw.cli.main import main
from tiledraw.common.checks import FLAT_TEMPERATURE
from tiledraw.drawing import pipeline
from tiledraw.drawing.drawer import Drawer
from tiledraw.engine import executors
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan, format_plan, plan_from_yaml, plan_to_yaml
from tiledraw.models.knowledge import ABOUT
from tiledraw.models.loading import load_model

PROMPT = "a cat in the bottom-left corner and a sun at the top right"
PLAN = Plan((Placement("cat", Box(0, 20, 12, 32)), Placement("sun", Box(20, 0, 32, 12))))
THOUGHT = format_plan(PLAN)


@pytest.fixture
def quick(monkeypatch, make_reckoner):
    monkeypatch.setattr("tiledraw.engine.decoders.make_decoder", lambda model: make_reckoner(THOUGHT))


@pytest.fixture
def generate(model_folder, tmp_path, monkeypatch):
    """Draws with the tiny model in an empty folder; gives the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TILEDRAW_DEBUG", raising=False)

    def run(*arguments, prompt=PROMPT, model=model_folder):
        options = ["--model", str(model)]
        size = [] if "--size" in arguments else ["--size", "32"]
        return main(["generate", prompt, *options, *size, *map(str, arguments)])

    return run


def pixels_of(path):
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


def record_of(path):
    with Image.open(path) as image:
        return json.loads(image.text["tiledraw"])


def draw_again(record):
    """A picture from its metadata."""
    plan = plan_from_yaml(record["plan"]) if record["plan"] else None
    events = Drawer.load(record["model"]).stream(
        record["prompt"],
        tuple(record["size"]),
        seed=record["seed"],
        temperature=record["temperature"],
        plan=plan,
    )
    return np.asarray(list(events)[-1].image)


# Pictures ------------------------------------------------------------------------------------------------------------


def test_a_picture_of_the_model_holds_all_that_it_takes_to_draw_it_again(generate, tmp_path, model_folder):
    assert generate("-o", "cat.png", "--seed", 2**64 - 1, "--temperature", "1.2") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]
    record = record_of("cat.png")
    expected = {"prompt": PROMPT, "seed": 2**64 - 1, "size": [32, 32], "temperature": 1.2}
    expected |= {"flat": False, "model": str(model_folder), "fingerprint": load_model(str(model_folder)).weights}
    assert {key: record[key] for key in expected} == expected
    assert np.array_equal(draw_again(record), pixels_of("cat.png"))
    with Image.open("cat.png") as image:
        prompt, settings = image.text["parameters"].split("\n")
        assert prompt == PROMPT and f"Seed: {2**64 - 1}, Size: 32x32" in settings


@pytest.mark.parametrize("arguments", [["--size", "64x32"], ["--size", "64", "--seed", "3"]])
def test_pictures_of_other_sizes_can_be_drawn_again_too(generate, quick, arguments):
    assert generate("-o", "cat.png", *arguments) == 0
    record = record_of("cat.png")
    width, height = record["size"]
    assert pixels_of("cat.png").shape == (height, width)
    assert np.array_equal(draw_again(record), pixels_of("cat.png"))
    with Image.open("cat.png") as image:
        assert f"Steps: {2 + (width // 32) * (height // 32)}," in image.text["parameters"]


def test_a_size_that_nobody_gives_is_what_the_model_has_learned_and_a_larger_one_is_told(
    generate, quick, model_folder, tmp_path, capsys
):
    folder = shutil.copytree(model_folder, tmp_path / "small")
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | {"knowledge": about["knowledge"] | {"side": 32}}))
    assert main(["generate", PROMPT, "--model", str(folder), "-o", "usual.png"]) == 0
    assert pixels_of("usual.png").shape == Drawer.load(str(folder)).draw(PROMPT).size == (32, 32)
    assert "learned" not in capsys.readouterr().err
    assert generate("-o", "large.png", "--size", "64", model=folder) == 0
    assert pixels_of("large.png").shape == (64, 64)
    assert "has learned from pictures of at most 32 pixels a side; larger ones may blur\n" in capsys.readouterr().err


def test_several_pictures_have_one_seed_after_the_other(generate, quick, tmp_path):
    assert generate("-n", "2", "-o", "cat.png", "--seed", "5") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat-0.png", "cat-1.png"]
    assert [record_of(f"cat-{number}.png")["seed"] for number in (0, 1)] == [5, 6]
    assert not np.array_equal(pixels_of("cat-0.png"), pixels_of("cat-1.png"))
    assert generate("-o", "alone.png", "--seed", "6") == 0
    assert np.array_equal(pixels_of("alone.png"), pixels_of("cat-1.png"))


def test_the_seed_after_the_last_is_the_first(generate, quick):
    assert generate("-n", "2", "-o", "cat.png", "--seed", 2**64 - 1) == 0
    assert record_of("cat-1.png")["seed"] == 0


def test_standard_output_is_the_picture_and_nothing_else(generate, quick, tmp_path, capsysbinary):
    assert generate("-o", "-") == 0
    out, error = capsysbinary.readouterr()
    assert not list(tmp_path.iterdir())
    assert b"background: white" in error  # the plan
    assert generate("-o", "cat.png") == 0
    assert out == (tmp_path / "cat.png").read_bytes()
    assert json.loads(Image.open(io.BytesIO(out)).text["tiledraw"])["prompt"] == PROMPT


def test_metadata_can_be_left_out(generate, quick):
    assert generate("-o", "with.png") == generate("-o", "without.png", "--no-metadata") == 0
    assert np.array_equal(pixels_of("with.png"), pixels_of("without.png"))
    with Image.open("without.png") as image:
        assert image.text == {} and not {"parameters", "tiledraw"} & set(image.info)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP"), ("a.tif", "TIFF")]
)
def test_the_ending_says_the_format(generate, quick, name, kind):
    assert generate("-o", name) == 0
    with Image.open(name) as image:
        assert (image.format, image.size) == (kind, (32, 32))


def test_a_picture_that_is_there_is_replaced(generate, quick):
    assert generate("-o", "cat.png") == generate("-o", "cat.png", "--seed", "1") == 0
    assert record_of("cat.png")["seed"] == 1


def test_the_plan_is_shown_unless_quiet(generate, quick, capsys):
    assert generate("-n", "2", "-o", "cat.png") == 0
    out, error = capsys.readouterr()
    assert out == "" and error.count("- cat: 0 20 12 32\n") == 1
    assert generate("-o", "cat.png", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_the_flat_baseline_is_enlarged(generate, quick):
    assert generate("--flat", "-o", "small.png") == 0
    assert generate("--flat", "-o", "large.png", "--size", "128x64") == 0
    assert np.array_equal(pixels_of("large.png"), pixels_of("small.png").repeat(2, 0).repeat(4, 1))
    assert record_of("large.png")["flat"] is True
    assert record_of("large.png")["temperature"] == FLAT_TEMPERATURE


# Plans ---------------------------------------------------------------------------------------------------------------


def test_a_plan_that_is_printed_draws_the_same_picture_and_an_edited_one_another(generate, quick, tmp_path, capsys):
    assert generate("--plan-only") == 0
    text = capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    assert plan_from_yaml(text) == PLAN
    (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")
    assert generate("-o", "rules.png") == generate("-o", "file.png", "--plan", "plan.yaml") == 0
    assert np.array_equal(pixels_of("rules.png"), pixels_of("file.png"))
    edited = text.replace("sun", "fish")
    assert edited != text
    (tmp_path / "plan.yaml").write_text(edited, encoding="utf-8")
    assert generate("-o", "edited.png", "--plan", "plan.yaml") == 0
    assert not np.array_equal(pixels_of("edited.png"), pixels_of("file.png"))
    assert plan_from_yaml(record_of("edited.png")["plan"]).subjects == ("cat", "fish")


def test_a_model_that_draws_without_plans_has_none_to_print(generate, capsys, monkeypatch, make_reckoner):
    monkeypatch.setattr("tiledraw.engine.decoders.make_decoder", lambda model: make_reckoner("picture: digit 7"))
    assert generate("--plan-only") == 2
    assert "this model draws without a plan; it thinks 'picture: digit 7'" in capsys.readouterr().err


def test_a_plan_is_for_the_canvas(generate, quick, capsys):
    assert generate("--plan-only", "--size", "64x32") == 0
    assert plan_from_yaml(capsys.readouterr().out).canvas == Canvas(64, 32).cells


# Traces --------------------------------------------------------------------------------------------------------------


def test_a_trace_shows_every_stage(generate, quick, tmp_path):
    assert generate("-o", "cat.png", "--trace", "trace", "--size", "64") == 0
    files = {"plan.yaml", "think.txt", "plan.png", *(f"level-{n}.png" for n in range(4)), "tiles.txt", "grid.png"}
    assert {path.name for path in (tmp_path / "trace").iterdir()} == files
    assert np.array_equal(pixels_of("trace/level-3.png")[::4, ::4], pixels_of("cat.png"))
    assert plan_from_yaml((tmp_path / "trace/plan.yaml").read_text()) == PLAN
    assert (tmp_path / "trace/tiles.txt").read_text().count("level 3, ") == 4


def test_several_pictures_have_a_trace_each(generate, quick, tmp_path):
    assert generate("-n", "2", "-o", "cat.png", "--trace", "trace") == 0
    for number in (0, 1):
        assert np.array_equal(pixels_of(f"trace/{number}/level-2.png")[::8, ::8], pixels_of(f"cat-{number}.png"))


# Bad input -----------------------------------------------------------------------------------------------------------


def refused(code, capsys):
    """The sentence on standard error; everything else must be as if nothing had happened."""
    out, error = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert error.startswith("tiledraw: ") and error.endswith("\n")
    assert error.count("\n") == 1 and "Traceback" not in error
    return error.removeprefix("tiledraw: ").strip()


@pytest.mark.parametrize(
    ("prompt", "arguments", "sentence"),
    [
        ("", [], "the prompt is empty"),
        ("  \n ", [], "the prompt is empty"),
        ("x" * 100_000, [], "the prompt has 100,000 characters"),
        ("a\0cat", [], "U+0000"),
        (PROMPT, ["--planner", "rules"], "plans its pictures itself; leave the planner out"),
        (PROMPT, ["--size", "0"], "size '0' leaves nothing to draw"),
        (PROMPT, ["--size", "-1"], "size '-1' is negative"),
        (PROMPT, ["--size", "33"], "size '33' is not made of whole tiles"),
        (PROMPT, ["--size", "1024x"], "size '1024x' lacks the height"),
        (PROMPT, ["--size", "1000000x1000000"], "would need 1 TB of memory"),
        (PROMPT, ["--temperature", "nan"], "temperature"),
        (PROMPT, ["--temperature", "-1"], "temperature -1.0 is out of range"),
        (PROMPT, ["--temperature", "inf"], "temperature"),
        (PROMPT, ["--seed", "-1"], "seed -1 is out of range"),
        (PROMPT, ["--seed", str(2**64)], "is out of range"),
        (PROMPT, ["-n", "0"], "-n 0 is out of range"),
    ],
)
def test_what_can_not_be_drawn_is_one_sentence_and_leaves_nothing(
    generate, tmp_path, capsys, prompt, arguments, sentence
):
    code = generate("-o", "cat.png", "--trace", "trace", *arguments, prompt=prompt)
    assert sentence in refused(code, capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("yaml", "sentence"),
    [
        ("placements: [{subject: cat, box: 0 0 3 9}]", "the box of 'cat', 0 0 3 9, is not inside the plan grid"),
        ("grid: 32\nplacements: [{subject: cat, box: 0 0 3 33}]", "the box 0 0 3 33 of 'cat' is not inside"),
        ("grid: 64", "the plan has a grid of 64"),
        ("placements: [{subject: cat, box: -1 0 3 3}]", "is not inside the plan grid"),
        ("background: white\nbackground: light", "'background' stands twice"),
        ("placements: [{subject: cat, subject: sun}]", "'subject' stands twice"),
        ("backgroud: white", "unknown key 'backgroud'"),
        ("placements: [{subject: cat, colour: red}]", "unknown key 'colour'"),
        ("background: hell", "'hell'"),
        ("a: [", "not valid YAML"),
        ("", "must be a mapping"),
    ],
)
def test_a_plan_that_can_not_be_drawn_is_one_sentence(generate, tmp_path, capsys, yaml, sentence):
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml, encoding="utf-8")
    code = generate("-o", "cat.png", "--trace", "trace", "--plan", plan)
    assert sentence in refused(code, capsys)
    assert list(tmp_path.iterdir()) == [plan]


@pytest.mark.parametrize("plan", [b"\xff\xfe\x00", None])
def test_a_plan_that_is_no_text_file_is_one_sentence(generate, tmp_path, capsys, plan):
    path = tmp_path / "plan.yaml"
    if plan is None:
        path.mkdir()
    else:
        path.write_bytes(plan)
    assert str(path) in refused(generate("-o", "cat.png", "--plan", path), capsys)
    assert list(tmp_path.iterdir()) == [path]


def damage_nothing_there(folder, make_tokenizer):
    shutil.rmtree(folder)


def damage_weights(folder, make_tokenizer):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def damage_fingerprint(folder, make_tokenizer):
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | {"fingerprint": "0123456789abcdef"}))


def damage_tokenizer(folder, make_tokenizer):
    make_tokenizer().save_pretrained(folder)


def damage_about(folder, make_tokenizer):
    (folder / ABOUT).unlink()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damage_nothing_there, "does not exist"),
        (damage_weights, "can't be loaded"),
        (damage_fingerprint, "was made with another vocabulary"),
        (damage_tokenizer, "the tokenizer lacks"),
        (damage_about, f"holds no {ABOUT}"),
    ],
)
def test_a_model_that_can_not_be_loaded_is_one_sentence(
    generate, tmp_path, model_folder, make_tokenizer, capsys, damage, sentence
):
    folder = shutil.copytree(model_folder, tmp_path / "model")
    damage(folder, make_tokenizer)
    before = sorted(tmp_path.rglob("*"))
    assert sentence in refused(generate("-o", "cat.png", "--trace", "trace", model=folder), capsys)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("none/cat.png", "the folder none does not exist"),
        ("file/cat.png", "file is not a folder"),
        ("folder", "folder is a folder, not a file"),
        ("folder.png", "folder.png is a folder, not a file"),
        (".", "is a folder"),
        ("cat", "does not end like a picture file"),
        ("x" * 300 + ".png", ""),
    ],
)
def test_an_output_that_can_not_be_written_is_one_sentence_before_any_work(
    generate, tmp_path, capsys, monkeypatch, output, sentence
):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr("tiledraw.drawing.pipeline.load_model", lambda name: pytest.fail("loaded a model"))
    assert sentence in refused(generate("-o", output), capsys)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("trace", ["file", "none/trace"])
def test_a_trace_that_can_not_be_written_is_one_sentence(generate, tmp_path, capsys, trace):
    (tmp_path / "file").write_bytes(b"")
    refused(generate("-o", "cat.png", "--trace", trace), capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_sentence(generate, tmp_path, capsys):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    assert "may not be written to" in refused(generate("-o", folder / "cat.png"), capsys)


def test_a_prompt_of_more_tokens_than_the_model_reads_is_one_sentence(generate, tmp_path, capsys):
    plan = tmp_path / "plan.yaml"
    plan.write_text(plan_to_yaml(Plan((Placement("cat", Box(0, 0, 3, 3)),))), encoding="utf-8")
    code = generate("-o", "cat.png", "--plan", plan, "--quiet", prompt="🐈" * 2000)
    assert "the model reads at most 4,096 tokens" in refused(code, capsys)
    assert list(tmp_path.iterdir()) == [plan]


# Interruptions -------------------------------------------------------------------------------------------------------


def interrupt(*arguments, **options):
    raise KeyboardInterrupt


def test_an_interrupted_drawing_leaves_no_half_picture(generate, quick, tmp_path, capsys, monkeypatch):
    (tmp_path / "cat.png").write_bytes(b"old")
    whole = executors.draw_pixels
    drawn = []

    def draw(decoder, vocabulary, documents, *how):
        if len(drawn) == 1:
            raise KeyboardInterrupt
        drawn.append(len(documents))
        return whole(decoder, vocabulary, documents, *how)

    monkeypatch.setattr(executors, "draw_pixels", draw)
    assert generate("-o", "cat.png", "--quiet") == 130
    assert capsys.readouterr() == ("", "tiledraw: stopped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]
    assert (tmp_path / "cat.png").read_bytes() == b"old"


def test_pictures_that_were_finished_before_an_interruption_stay(generate, quick, tmp_path, monkeypatch):
    whole, done = pipeline.ImageDone, []

    def finish(image):
        if done:
            raise KeyboardInterrupt
        done.append(image)
        return whole(image)

    monkeypatch.setattr(pipeline, "ImageDone", finish)
    assert generate("-n", "3", "-o", "cat.png", "--quiet") == 130
    assert [path.name for path in tmp_path.iterdir()] == ["cat-0.png"]
    assert pixels_of("cat-0.png").shape == (32, 32)


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_an_interruption_while_the_file_is_written_leaves_no_temporary_file(
    generate, quick, tmp_path, monkeypatch, function
):
    monkeypatch.setattr(os, function, interrupt)
    assert generate("-o", "cat.png", "--quiet") == 130
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_sentence_and_leaves_nothing(generate, quick, tmp_path, capsys, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(generate("-o", "cat.png", "--quiet"), capsys) == "No space left on device"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [("--plan", "plan.yaml"), ("--planner", "rules")])
def test_the_flat_baseline_takes_no_plan_from_others(generate, quick, capsys, option):
    assert generate("--flat", "-o", "flat.png", *option) == 2
    assert "--flat" in capsys.readouterr().err


# Files of prompts ----------------------------------------------------------------------------------------------------


@pytest.fixture
def draw_file(generate, quick, tmp_path, model_folder):
    """Draws a file of prompts into a folder; gives the exit code."""

    def run(*prompts, options=()):
        lines = [json.dumps({"prompt": prompt, "id": name}) for name, prompt in prompts]
        (tmp_path / "prompts.jsonl").write_text("\n".join(lines), encoding="utf-8")
        arguments = ["--prompts", "prompts.jsonl", "--out", "pictures", "--model", str(model_folder), "--size", "32"]
        return main(["generate", *arguments, *options])

    return run


PROMPTS = [("cat", PROMPT), ("fish", "两条鱼"), ("sun", "a sun at the top")]


def test_a_file_of_prompts_gives_a_picture_each_as_if_drawn_alone(draw_file, generate, tmp_path):
    assert draw_file(*PROMPTS) == 0
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["cat.png", "fish.png", "sun.png"]
    for name, prompt in PROMPTS:
        assert generate("-o", "alone.png", prompt=prompt) == 0
        assert np.array_equal(pixels_of("alone.png"), pixels_of(f"pictures/{name}.png"))
        assert record_of(f"pictures/{name}.png")["prompt"] == prompt


def test_pictures_that_are_there_are_not_drawn_again(draw_file, tmp_path):
    (tmp_path / "pictures").mkdir()
    Image.new("L", (9, 9)).save(tmp_path / "pictures" / "fish.png")
    mine = (tmp_path / "pictures" / "fish.png").read_bytes()
    assert draw_file(*PROMPTS) == 0
    assert (tmp_path / "pictures" / "fish.png").read_bytes() == mine
    assert (tmp_path / "pictures" / "sun.png").exists()


@pytest.mark.parametrize("share", [0, 0.5, 0.95])
def test_only_whole_pictures_are_taken_for_finished(draw_file, tmp_path, share):
    assert draw_file(*PROMPTS[:2]) == 0
    path = tmp_path / "pictures" / "cat.png"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert draw_file(*PROMPTS[:2]) == 0
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [("WORLD_SIZE", "abc", "WORLD_SIZE is 'abc'"), ("WORLD_SIZE", "0", "WORLD_SIZE is '0'")],
)
def test_a_refused_file_of_prompts_leaves_no_folder(draw_file, tmp_path, monkeypatch, capsys, name, value, sentence):
    monkeypatch.setenv(name, value)
    assert draw_file(*PROMPTS) == 2
    assert sentence in capsys.readouterr().err and not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_any_editor_are_read(generate, quick, tmp_path, model_folder, encoding):
    text = f"{json.dumps({'prompt': PROMPT, 'id': 'cat'})}\r\n"
    (tmp_path / "prompts.jsonl").write_bytes(text.encode(encoding))
    (tmp_path / "plan.yaml").write_bytes("background: white\r\nplacements: []\r\n".encode(encoding))
    model = ["--model", str(model_folder), "--size", "32"]
    assert main(["generate", "--prompts", "prompts.jsonl", "--out", "pictures", *model]) == 0
    assert main(["generate", "--plan", "plan.yaml", "-o", "a.png", *model]) == 0


def test_what_is_read_is_never_overwritten(generate, tmp_path, capsys):
    (tmp_path / "plan.yaml").write_text(plan := "background: white\nplacements: []\n")
    (tmp_path / "a.png").symlink_to("plan.yaml")
    for options in (["--trace", "."], ["-o", "a.png"]):
        assert main(["generate", "--plan", "plan.yaml", "-o", "b.png", "--size", "32", *options]) == 2
        assert "which is read" in capsys.readouterr().err
    assert (tmp_path / "plan.yaml").read_text() == plan


@pytest.mark.parametrize("option", ["--plan", "--prompts"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "deep", "bomb"])
def test_no_text_file_hangs_or_fills_memory(generate, tmp_path, capsys, option, kind):
    path = tmp_path / "a"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "deep":
            path.write_text(("{" if option == "--plan" else '{"prompt": ') + 3_000 * "[")
        case "bomb":
            names = "abcdefghijklmnopqrstuvwxyz"
            path.write_text("a: &a [x]\n" + "".join(
                f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in itertools.pairwise(names)
            ))  # fmt: skip
    given = ["--out", "pictures"] if option == "--prompts" else ["-o", "b.png"]
    assert main(["generate", option, str(path), *given]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and len(error) < 1100 and not (tmp_path / "pictures").exists()


def test_prompts_that_can_not_be_drawn_are_told_and_the_others_drawn(draw_file, tmp_path, capsys, monkeypatch):
    think = pipeline.Pipeline._think
    monkeypatch.setattr(
        pipeline.Pipeline, "_think", lambda own, one: "unknown: zorp" if "zorp" in one.prompt else think(own, one)
    )
    assert draw_file(PROMPTS[0], ("zorp", "a zorp"), PROMPTS[2], options=["--quiet"]) == 2
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["cat.png", "sun.png"]
    error = capsys.readouterr().err
    assert "prompts.jsonl, zorp: I don't know how to draw 'zorp'" in error
    assert error.endswith("tiledraw: 1 of 3 prompts could not be drawn; the others are in pictures\n")


def test_several_processes_of_a_launcher_are_refused(draw_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert draw_file(*PROMPTS) == 2
    assert "start one, and give --cluster auto" in capsys.readouterr().err and not (tmp_path / "pictures").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give a prompt, such as 'a cat', or --prompts with a file of them, or --plan"),
        (["a cat", "--prompts", "prompts.jsonl"], "a prompt and --prompts are both given"),
        (["--prompts", "prompts.jsonl"], "--out FOLDER"),
        (["--prompts", "prompts.jsonl", "--out", "p", "-o", "cat.png"], "-o is for a single prompt"),
        (["--prompts", "prompts.jsonl", "--out", "p", "-n", "2"], "-n is for a single prompt"),
        (["--prompts", "prompts.jsonl", "--out", "p", "--plan-only"], "--plan-only is for a single prompt"),
        (["--prompts", "none.jsonl", "--out", "p"], "none.jsonl: No such file"),
        (["--prompts", "prompts.jsonl", "--out", "none/p"], "none does not exist"),
        (["a cat", "--out", "p"], "--out is the folder for --prompts"),
        (["a cat", "--cluster", "auto"], "--cluster draws many pictures at once"),
        (["--prompts", "prompts.jsonl", "--out", "p", "--cluster", "auto", "--resume"], "leave it out with --cluster"),
        (
            ["--prompts", "prompts.jsonl", "--out", "p", "--cluster", "here"],
            "--cluster here is no address of a cluster",
        ),
        (["--prompts", "prompts.jsonl", "--out", "p", "--cluster", "localhost:1"], "no cluster at localhost:1: "),
        (["a cat", "--resume", "-o", "-"], "give -o a file name to resume"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(tmp_path, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "a cat"}')
    assert sentence in refused(main(["generate", *arguments]), capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["prompts.jsonl"]


# Resuming ------------------------------------------------------------------------------------------------------------


def test_a_picture_that_is_interrupted_after_each_batch_is_the_uninterrupted_one(
    generate, quick, tmp_path, monkeypatch
):
    arguments = ("--size", "64", "--seed", "9", "--quiet")
    assert generate("-o", "whole.png", *arguments) == 0
    whole, drawn = executors.draw_pixels, []

    def draw(*given):
        if drawn:
            raise KeyboardInterrupt
        drawn.append(given)
        return whole(*given)

    monkeypatch.setattr(executors, "draw_pixels", draw)
    for _ in range(5):
        assert generate("-o", "cat.png", "--resume", *arguments) == 130 and len(drawn) == 1
        assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png.tiles", "whole.png"]
        drawn.clear()
    assert generate("-o", "cat.png", "--resume", *arguments) == 0
    assert len(drawn) == 1  # the last of six: the coarse pass, levels 1 and 2, three waves of level 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "whole.png"]
    assert np.array_equal(pixels_of("cat.png"), pixels_of("whole.png"))


def test_tiles_of_other_options_are_not_taken_up(generate, quick, tmp_path, capsys):
    (tmp_path / "cat.png.tiles").write_bytes(b'{"prompt": "a sun"}\n')
    assert "holds tiles of another picture" in refused(generate("-o", "cat.png", "--resume", "--quiet"), capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png.tiles"]


# What it says --------------------------------------------------------------------------------------------------------


def test_each_file_that_is_written_is_named(generate, quick, capsys):
    assert generate("-n", "2", "-o", "cat.png") == 0
    error = capsys.readouterr().err
    assert "wrote cat-0.png: 32x32 pixels" in error and "wrote cat-1.png: 32x32 pixels" in error


def test_without_a_name_a_new_file_bears_the_words_of_the_prompt(generate, quick, tmp_path):
    for _ in range(2):
        assert generate("--quiet", prompt="A cat: top-left!") == 0
    assert generate("--quiet", prompt="左下角的一只猫") == 0
    names = ["a-cat-top-left-v2.png", "a-cat-top-left.png", "左下角的一只猫.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_sentence_without_a_verb_is_drawn(quick, model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--model", str(model_folder), "--size", "32", "--quiet"]
    assert main([PROMPT, *options, "-o", "cat.png"]) == main(["一只猫", *options, "-o", "also.png"]) == 0
    assert pixels_of("cat.png").shape == pixels_of("also.png").shape == (32, 32)
    assert main(["catt", *options, "-o", "no.png"]) == 2  # rather a mistyped verb


def test_pictures_of_other_seeds_that_are_equal_are_said_to_be(generate, tmp_path, capsys, monkeypatch):
    def same(decoder, vocabulary, documents, noise, temperature):
        return np.zeros((len(documents), noise.shape[-1]), np.uint8)

    monkeypatch.setattr("tiledraw.engine.decoders.make_decoder", lambda model: None)
    monkeypatch.setattr("tiledraw.drawing.pipeline.draw_think", lambda *given: "picture: a cat")
    monkeypatch.setattr(executors, "draw_pixels", same)
    assert generate("-n", "2", "-o", "cat.png") == 0
    assert "cat-1.png is equal to cat-0.png" in capsys.readouterr().err


def test_a_temperature_that_draws_noise_is_warned_of(generate, quick, capsys):
    assert generate("-o", "cat.png", "--temperature", "5") == 0
    assert "temperature 5 is far above 1" in capsys.readouterr().err
    assert generate("-o", "cat.png", "--temperature", "1") == 0
    assert "far above" not in capsys.readouterr().err


def test_a_plan_alone_goes_to_its_file(generate, quick, tmp_path, capsys):
    assert generate("--plan-only") == 0
    printed = capsys.readouterr().out
    assert generate("--plan-only", "-o", "plan.yaml") == 0
    assert (tmp_path / "plan.yaml").read_text() == printed and capsys.readouterr().out == ""
    assert "the folder none does not exist" in refused(generate("--plan-only", "-o", "none/plan.yaml"), capsys)


def test_the_bar_counts_every_tile_from_the_beginning_and_ends_full(generate, quick, monkeypatch):
    import tqdm

    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, **options):
            super().__init__(**{**options, "disable": False})
            self.counts = []
            bars.append(self)

        def update(self, count=1):
            super().update(count)
            self.counts.append((self.n, self.total))

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    assert generate("-o", "cat.png", "--size", "64") == 0
    (bar,) = bars
    assert {total for _, total in bar.counts} == {1 + 1 + 1 + 4} and bar.counts[-1][0] == 7
    assert [count for count, _ in bar.counts] == sorted(count for count, _ in bar.counts)


def test_a_plan_alone_is_drawn_and_its_sentence_is_the_prompt(quick, model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text("placements:\n- {subject: cat, location: top-left}\n", encoding="utf-8")
    options = ["--plan", "plan.yaml", "--model", str(model_folder), "--size", "32", "--quiet"]
    assert main(["generate", *options, "-o", "cat.png"]) == 0
    assert record_of("cat.png")["prompt"] == "a cat in the top-left corner"
    assert main(["generate", *options]) == 0
    assert (tmp_path / "a-cat-in-the-top-left-corner.png").is_file()
