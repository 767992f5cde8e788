"""`tiledraw compare`: one call draws, judges and reports; a mistake is one sentence and costs no result."""

import json
import shutil

import pytest

from tiledraw.cli.main import main

CASES = [
    {"id": "cat", "category": "single", "language": "en", "prompt": "a cat at the top left",
     "request": "- 1 cat, top-left"},
    {"id": "tree", "category": "count", "language": "zh", "prompt": "两棵树",
     "request": "- 2 tree"},
]  # fmt: skip


@pytest.fixture
def compare(painter_folder, tmp_path, monkeypatch):
    """Compares two cases in an empty folder; gives the exit code."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(painter_folder, tmp_path / "tiny")
    (tmp_path / "suite.jsonl").write_text("\n".join(map(json.dumps, CASES)), encoding="utf-8")

    def run(*arguments):
        options = ["--output", "run", "--suite", "suite.jsonl", "--model", "tiny", "--size", "64"]
        return main(["compare", *options, "--no-costs", "--quiet", *arguments])

    return run


def refused(code, capsys):
    """The one sentence of a mistake."""
    error = capsys.readouterr().err
    assert code == 2 and error.startswith("tiledraw: ") and error.count("\n") == 1
    return error.removeprefix("tiledraw: ").strip()


def test_a_comparison_ends_in_a_report(compare, tmp_path, capsys):
    assert compare("--plans", "reference") == 0
    assert capsys.readouterr().out.strip().endswith("report.html")
    for name in ("report.html", "report.md", "sheet.png", "results.jsonl", "run.json"):
        assert (tmp_path / "run" / name).stat().st_size > 0
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    assert sorted((result["case"], result["model"]) for result in results) == [("cat", "tiny"), ("tree", "tiny")]
    assert "tiledraw compare" in (tmp_path / "run" / "report.md").read_text()


def test_a_second_call_draws_nothing_and_reports_again(compare, tmp_path):
    assert compare("--plans", "reference") == 0
    results, report = (tmp_path / "run" / "results.jsonl").read_bytes(), tmp_path / "run" / "report.md"
    before = report.read_bytes()
    report.unlink()
    assert compare("--plans", "reference") == 0
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


def test_a_folder_of_other_options_is_refused_and_its_results_stay(compare, tmp_path, capsys):
    assert compare("--plans", "reference") == 0
    capsys.readouterr()
    results = (tmp_path / "run" / "results.jsonl").read_bytes()
    assert "holds another comparison" in refused(compare("--plans", "reference", "--seeds", "2"), capsys)
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == results


def test_a_picture_that_was_changed_by_hand_is_told(compare, tmp_path, capsys):
    assert compare("--plans", "reference") == 0
    capsys.readouterr()
    path = next((tmp_path / "run" / "pictures").glob("cat--tiny--0.png"))
    path.write_bytes(b"no picture")
    assert "cat--tiny--0.png" in refused(compare("--plans", "reference"), capsys)
