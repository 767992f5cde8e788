"""`tiledraw compare`: one call draws, judges and reports; a mistake is one sentence and costs no result."""

import json
import shutil
from functools import partial

import pytest

from tiledraw.cli.main import main

CASES = [
    {"id": "cat", "category": "single", "language": "en", "prompt": "a cat at the top left",
     "request": "- 1 cat, top-left"},
    {"id": "tree", "category": "count", "language": "zh", "prompt": "两棵树",
     "request": "- 2 tree"},
]  # fmt: skip


def run(*arguments):
    """Compares two cases in the current folder; gives the exit code."""
    options = ["--output", "run", "--suite", "suite.jsonl", "--model", "tiny", "--size", "32"]
    return main(["compare", *options, "--no-costs", "--quiet", *arguments])


@pytest.fixture(scope="module")
def begun(painter_folder, tmp_path_factory):
    """A folder of all that is compared."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copytree(painter_folder, folder / "tiny")
    (folder / "suite.jsonl").write_text("\n".join(map(json.dumps, CASES)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def finished(begun, tmp_path_factory):
    """The same after the plans that the cases ask for have been drawn."""
    folder = shutil.copytree(begun, tmp_path_factory.mktemp("finished") / "here")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run("--plans", "reference") == 0
    return folder


@pytest.fixture
def compare(begun, tmp_path, monkeypatch):
    """Compares in a folder without results; gives the exit code."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture
def compare_again(finished, tmp_path, monkeypatch):
    """Compares in a folder of finished results; gives the exit code."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return partial(run, "--plans", "reference")


def refused(code, capsys):
    """The one sentence of a mistake."""
    error = capsys.readouterr().err
    assert code == 2 and error.startswith("tiledraw: ") and error.count("\n") == 1
    return error.removeprefix("tiledraw: ").strip()


def test_a_comparison_ends_in_a_report(compare_again, tmp_path, capsys):
    assert compare_again() == 0
    assert capsys.readouterr().out.strip().endswith("report.html")
    for name in ("report.html", "report.md", "sheet.png", "results.jsonl", "run.json"):
        assert (tmp_path / "run" / name).stat().st_size > 0
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    assert sorted((result["case"], result["model"]) for result in results) == [("cat", "tiny"), ("tree", "tiny")]
    assert "tiledraw compare" in (tmp_path / "run" / "report.md").read_text()


def test_a_second_call_draws_nothing_and_reports_again(compare_again, tmp_path):
    results, report = (tmp_path / "run" / "results.jsonl").read_bytes(), tmp_path / "run" / "report.md"
    before = report.read_bytes()
    report.unlink()
    assert compare_again() == 0
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == results
    assert report.read_bytes() == before


def test_models_are_held_against_each_other(compare, painter_folder, tmp_path):
    shutil.copytree(painter_folder, tmp_path / "other")
    assert compare("--against", "other", "--every", "2") == 0
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    assert sorted((result["case"], result["model"], result["plan_unmet"]) for result in results) == [
        ("cat", "other", []),
        ("cat", "tiny", []),
    ]
    assert "other minus tiny is" in (tmp_path / "run" / "report.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--against"], "expected at least one argument"),
        (["--against", "tiny"], "--against names other models than --model, each once"),
        (["--size", "33"], "is not made of whole tiles"),
        (["--seeds", "0"], "--seeds 0 is out of range"),
        (["--every", "0"], "--every 0 is out of range"),
        (["--temperature", "nan"], "temperature"),
        (["--suite", "none.jsonl"], "none.jsonl: No such file"),
        (["--suite", "empty.jsonl"], "holds no cases"),
        (["--suite", "bad.jsonl"], "bad.jsonl, line 1: 'a cat' is no JSON object"),
        (["--output", "none/run"], "none does not exist"),
        (["--output", "."], "is not empty and holds no comparison"),
        (["--model", "none"], "none does not exist"),
        (["--model", "labels"], "the model labels does not paint layers, which the suite is about; tiledraw evaluate"),
    ],
)
def test_a_mistake_is_one_sentence(compare, model_folder, tmp_path, capsys, arguments, sentence):
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "bad.jsonl").write_text("a cat\n")
    shutil.copytree(model_folder, tmp_path / "labels")
    before = sorted(tmp_path.rglob("*"))
    assert sentence in refused(compare(*arguments), capsys)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_other_options_is_refused_and_its_results_stay(compare_again, tmp_path, capsys):
    results = (tmp_path / "run" / "results.jsonl").read_bytes()
    assert "holds another comparison" in refused(compare_again("--seeds", "2"), capsys)
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == results


def test_a_picture_that_was_changed_by_hand_is_told(compare_again, tmp_path, capsys):
    path = next((tmp_path / "run" / "pictures").glob("cat--tiny--0.png"))
    path.write_bytes(b"no picture")
    assert "cat--tiny--0.png" in refused(compare_again(), capsys)
