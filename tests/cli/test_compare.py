"""`tiledraw compare`: one call draws, judges and reports; a mistake is one sentence and costs no result."""

import json
import shutil

import pytest

from tiledraw.cli.main import main

CASES = [
    {"id": "cat", "category": "single", "language": "en", "prompt": "a cat at the top left",
     "request": "- 1 cat, top-left"},
    {"id": "fish", "category": "count", "language": "zh", "prompt": "两条鱼",
     "request": "- 2 fish"},
]  # fmt: skip
THOUGHT = "background: light\n- cat: center, large, 2 2 6 6"


@pytest.fixture
def compare(model_folder, make_reckoner, tmp_path, monkeypatch):
    """Compares two cases with a quick decoder in an empty folder; gives the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tiledraw.engine.decoders.make_decoder", lambda loaded: make_reckoner(THOUGHT))
    (tmp_path / "suite.jsonl").write_text("\n".join(map(json.dumps, CASES)), encoding="utf-8")

    def run(*arguments):
        options = ["--output", "run", "--suite", "suite.jsonl", "--model", str(model_folder), "--size", "64"]
        quick = ["--scenes", "0", "--finder-pictures", "0", "--no-costs", "--quiet"]
        return main(["compare", *options, *quick, *arguments])

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
    assert sorted((result["case"], result["way"]) for result in results) == [
        (case, way) for case in ("cat", "fish") for way in ("flat", "tiled")
    ]
    assert "tiledraw compare" in (tmp_path / "run" / "report.md").read_text()


def test_a_second_call_draws_nothing_and_reports_again(compare, tmp_path):
    assert compare("--plans", "reference") == 0
    results, report = (tmp_path / "run" / "results.jsonl").read_bytes(), tmp_path / "run" / "report.md"
    before = report.read_bytes()
    report.unlink()
    assert compare("--plans", "reference") == 0
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == results
    assert report.read_bytes() == before


def test_the_models_own_plans_are_judged(compare, tmp_path):
    assert compare() == 0
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    missed = {result["case"]: {part for part, _ in result["plan_unmet"]} for result in results}
    assert missed == {"cat": {"places"}, "fish": {"subjects"}}


def test_cases_that_a_way_has_no_plan_for_are_told_in_the_report(compare, tmp_path):
    red = CASES[0] | {"id": "red", "request": "- 1 cat, red"}
    (tmp_path / "suite.jsonl").write_text("\n".join(map(json.dumps, [CASES[1], red])), encoding="utf-8")
    assert compare("--plans", "reference") == 0
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    for way in ("flat", "tiled"):
        assert f"Left out of {way} are 1 of 2 pictures, such as 'red': a plan of the first edition" in report


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ways", "flat", "wild"], "the way 'wild' is unknown; known are flat, tiled"),
        (["--ways"], "expected at least one argument"),
        (["--ways", "flat", "flat"], "lists each way once"),
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
        (["--model", "labels"], "the model labels draws by labels or captions, without plans"),
    ],
)
def test_a_mistake_is_one_sentence(compare, model_folder, tmp_path, capsys, arguments, sentence):
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "bad.jsonl").write_text("a cat\n")
    about = shutil.copytree(model_folder, tmp_path / "labels") / "tiledraw.json"
    about.write_text(about.read_text().replace('"planless": false', '"planless": true'))
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
    path = next((tmp_path / "run" / "pictures").glob("cat--tiled--0.png"))
    path.write_bytes(b"no picture")
    assert "cat--tiled--0.png" in refused(compare("--plans", "reference"), capsys)
