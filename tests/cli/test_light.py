"""Without extras: drawing, changing and describing work, and a verb that needs more says what to install."""

import json
import shutil

import numpy as np
import pytest
from light import ROOT, run_light
from PIL import Image

DRAW = """
import json, sys
from tiledraw.cli.main import main
for argv in json.load(open("calls.json")):
    code = main(argv)
    assert code == 0, f"{argv} gave {code}"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, painter_folder, model_folder):
    folder = tmp_path_factory.mktemp("light")
    pixels = np.full((64, 64), 255, dtype=np.uint8)
    pixels[16:48, 24:40] = 0
    (folder / "pictures" / "bars").mkdir(parents=True)
    for n in range(10):
        Image.fromarray(np.roll(pixels, n)).save(folder / "pictures" / "bars" / f"{n}.png")
    Image.fromarray(pixels).save(folder / "plain.png")
    shutil.copytree(painter_folder, folder / "painter-of-ours")
    shutil.copytree(model_folder, folder / "digits-of-ours")
    (folder / "prompts.jsonl").write_text('{"prompt": "a sun", "id": "sun"}\n', encoding="utf-8")
    return folder


def test_what_draws_and_changes_needs_no_extra(folder):
    """With tiny models, but for the thinker; scripts/check_wheel draws with those of the package."""
    painter, digits = (["--model", f"{name}-of-ours", "--quiet"] for name in ("painter", "digits"))
    quick, rules = [*painter, "--size", "32"], ["--planner", "rules"]
    calls = [
        ["generate", "a cat at the top", *quick, "-o", "cat.png"],
        ["一只猫", *quick, *rules, "-o", "rules.png"],
        ["generate", "7", *digits, "--flat", "-o", "flat.png"],
        ["edit", "plain.png", "--prompt", "7", "--region", "0,0,16,16", *digits, "-o", "other.png"],
        ["generate", "--prompts", "prompts.jsonl", *quick, *rules, "--out", "many"],
        ["generate", "a sun", *quick, *rules, "--enlarge", "2", "-o", "large.png"],
        ["generate", "a sun", *quick, *rules, "--plan-only"],
        ["edit", "cat.png", "--replace", "cat=house", *painter, "-o", "house.png"],
        ["extend", "cat.png", "--left", "32", "--right", "32", *painter, "-o", "wide.png"],
        ["describe", "cat.png"],
        ["enlarge", "flat.png", "--to", "64", "--quiet", "-o", "lanczos.png"],
        ["enlarge", "cat.png", "--to", "64", "--enlarger", "levels", *painter, "-o", "levels.png"],
        ["data", "build", "folder", "pictures", "--quiet", "-o", "documents"],
        ["configs"],
    ]
    (folder / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
    done = run_light(["-c", DRAW], folder)
    assert done.returncode == 0, done.stderr
    for name, width in (
        ("cat", 32),
        ("rules", 32),
        ("flat", 32),
        ("other", 64),
        ("large", 64),
        ("house", 32),
        ("wide", 96),
        ("lanczos", 64),
        ("levels", 64),
    ):
        assert Image.open(folder / f"{name}.png").width == width


VERBS = [
    (["train", "--config", "painter"], "training needs torch: pip install 'tiledraw[train]'"),
    (["train", "--config", "vae"], "training needs torch: pip install 'tiledraw[train]'"),
    (["train", "--help"], "training needs torch: pip install 'tiledraw[train]'"),
    (["merge", "adapter", "merged"], "merging needs torch: pip install 'tiledraw[models]'"),
    (["compare", "-o", "report"], "comparing needs torch: pip install 'tiledraw[evaluation]'"),
    (["evaluate", "m", "--data", "d", "-o", "r"], "comparing needs torch: pip install 'tiledraw[evaluation]'"),
    (["data", "show"], "showing documents needs torch: pip install 'tiledraw[train]'"),
    (["describe", "plain.png"], "looking for subjects in a picture needs scipy: pip install 'tiledraw[check]'"),
    (
        ["data", "build", "hub", "owner/name", "-o", "built"],
        "a dataset of the hub needs datasets: pip install 'tiledraw[hub]'",
    ),
    (
        ["data", "annotate", "pictures", "--model", "m", "--url", "http://localhost:9"],
        "asking an endpoint needs httpx: pip install 'tiledraw[annotate]'",
    ),
    (
        ["data", "annotate", "pictures", "--model", "owner/name"],
        "a vision-language model on this machine needs transformers: pip install 'tiledraw[annotate-local]'",
    ),
    (
        ["enlarge", "plain.png", "--to", "128", "--enlarger", "vae", "-o", "x.png"],
        "the network that enlarges needs torch: pip install 'tiledraw[models]'",
    ),
    (
        ["generate", "7", "--model", "digits", "--size", "64", "--enlarge", "2", "--enlarger", "vae", "-o", "x.png"],
        "the network that enlarges needs torch: pip install 'tiledraw[models]'",
    ),
]
REFUSE = """
import contextlib, io, json
from tiledraw.cli.main import main
told = []
for argv in json.load(open("calls.json")):
    with contextlib.redirect_stderr(io.StringIO()) as said:
        told.append((main(argv), said.getvalue()))
print(json.dumps(told))
"""


def refused(folder, *calls):
    """The sentence that each command ends with, and nothing else; all are called in one process."""
    (folder / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
    done = run_light(["-c", REFUSE], folder)
    assert done.returncode == 0, done.stderr
    sentences = []
    for code, said in json.loads(done.stdout.splitlines()[-1]):
        assert code == 2 and said.startswith("tiledraw: ") and said.count("\n") == 1, said
        sentences.append(said.removeprefix("tiledraw: ").rstrip("\n"))
    return sentences


def test_a_verb_that_needs_an_extra_says_which(folder):
    assert refused(folder, *(arguments for arguments, _ in VERBS)) == [sentence for _, sentence in VERBS]
    assert not any((folder / name).exists() for name in ("x.png", "built", "merged", "report", "runs"))


def test_a_model_of_another_architecture_says_which_extra_draws_with_it(folder, model_folder):
    other = shutil.copytree(model_folder, folder / "other", dirs_exist_ok=True)
    config = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps(config | {"model_type": "llama"}), encoding="utf-8")
    call = ["generate", "a cat", "--size", "64", "--model", "other", "--quiet", "-o", "x.png"]
    [sentence] = refused(folder, call)
    assert sentence == "a model of transformers needs torch: pip install 'tiledraw[models]'"


def test_an_adapter_says_which_extra_draws_with_it(folder, model_folder):
    adapter = shutil.copytree(model_folder, folder / "adapter-of-ours", dirs_exist_ok=True)
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(model_folder)}))
    [sentence] = refused(folder, ["generate", "a cat", "--size", "64", "--model", str(adapter), "-o", "x.png"])
    assert sentence == "a model of transformers needs torch: pip install 'tiledraw[models]'"


def test_the_light_processes_are_those_of_this_checkout(folder):
    done = run_light(["-c", "import tiledraw; print(tiledraw.__file__)"], folder)
    assert done.stdout.startswith(str(ROOT / "tiledraw"))
