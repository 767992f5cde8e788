"""`tiledraw data annotate`: one call annotates a folder over a real connection; a mistake is one sentence."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main

WHOLE = json.dumps(
    {"description": "A ramp.", "background": "gray", "things": [{"name": "ramp", "box": [0, 0, 1000, 500]}]}
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pictures, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(folder / name)
    return folder


def annotate(server, *arguments):
    return main(["data", "annotate", "pictures", "--model", "qwen", "--url", server.url, "--side", "64", *arguments])


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def refused(code, capsys):
    """The one sentence of a mistake."""
    error = capsys.readouterr().err.rstrip("\n").split("\n")[-1]
    assert code == 2 and error.startswith("tiledraw: ")
    return error.removeprefix("tiledraw: ")


def test_a_folder_is_annotated_and_the_path_printed(folder, make_endpoint, capsys, monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret")
    server = make_endpoint(lambda number, body: WHOLE)
    assert annotate(server, "--key-variable", "MY_KEY", "--temperature", "0") == 0
    output = capsys.readouterr()
    assert output.out == f"{folder.name}/metadata.jsonl\n"
    assert "2 pictures, no problems; 2 requests, 14 tokens" in output.err
    rows = lines(folder / "metadata.jsonl")
    assert [row["file_name"] for row in rows] == ["a.png", "b.png"]
    assert all(row["plan"] == "background: gray\n- ramp: 0 0 32 16" for row in rows)
    assert all(headers["Authorization"] == "Bearer secret" for _, headers, _ in server.requests)
    assert all(body["model"] == "qwen" and body["temperature"] == 0 for _, _, body in server.requests)
    assert "secret" not in (folder / "answers.jsonl").read_text()


def test_problems_are_counted_and_do_not_fail_the_call(folder, make_endpoint, capsys):
    (folder / "c.png").write_bytes(b"no picture")
    server = make_endpoint(lambda number, body: "nonsense")
    assert annotate(server, "--attempts", "1", "--out", "out") == 0
    assert "3 pictures, 2 rejected, 1 unreadable (named in out/problems.jsonl)" in capsys.readouterr().err.replace(
        "1 unreadable, 2 rejected", "2 rejected, 1 unreadable"
    )
    assert "Authorization" not in server.requests[0][1]


def test_quiet_prints_nothing_but_the_path(folder, make_endpoint, capsys):
    assert annotate(make_endpoint(lambda number, body: WHOLE), "--quiet") == 0
    assert capsys.readouterr() == ("pictures/metadata.jsonl\n", "")


def test_a_spent_budget_keeps_what_is_there_and_the_next_call_goes_on(folder, make_endpoint, capsys):
    server = make_endpoint(lambda number, body: WHOLE)
    code = annotate(server, "--max-requests", "1", "--concurrency", "1")
    assert refused(code, capsys) == "the budget of 1 requests is spent; run it again to go on"
    assert sum("plan" in row for row in lines(folder / "metadata.jsonl")) == 1
    assert annotate(server) == 0
    assert len(server.requests) == 2 and all("plan" in row for row in lines(folder / "metadata.jsonl"))


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_call_that_is_stopped_loses_no_answer(folder, make_endpoint, sent, code):
    server = make_endpoint(lambda number, body: 60.0 if number == 1 else WHOLE)
    command = [
        sys.executable,
        "-m",
        "tiledraw",
        "data",
        "annotate",
        str(folder),
        "--model",
        "qwen",
        "--url",
        server.url,
    ]
    options = ["--side", "64", "--concurrency", "1"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background are started deaf to it
    with subprocess.Popen(
        [*command, *options], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, preexec_fn=heard
    ) as process:
        while len(server.requests) < 2 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(sent)
        _, error = process.communicate(timeout=50)  # less than the endpoint is silent
    assert process.returncode == code and b"Traceback" not in error
    assert len(lines(folder / "answers.jsonl")) == 1
    if sent != signal.SIGKILL:
        assert sum("plan" in row for row in lines(folder / "metadata.jsonl")) == 1
    assert annotate(server) == 0
    assert len(server.requests) == 3 and all("plan" in row for row in lines(folder / "metadata.jsonl"))


def test_what_is_used_in_part_is_counted(folder, make_endpoint, capsys):
    server = make_endpoint(lambda number, body: '[{"bbox_2d": [0, 0, 1008, 504], "label": "ramp"}]')
    assert annotate(server) == 0
    assert "2 pictures, 2 partly (named in pictures/problems.jsonl)" in capsys.readouterr().err
    assert all(row["plan"].endswith("- ramp: 0 0 32 16") for row in lines(folder / "metadata.jsonl"))
    assert all("response_format" in body for *_, body in server.requests)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none", "--model", "qwen"], "none is not a folder"),
        (["pictures"], "model"),
        (["pictures", "--model", "qwen", "--url", "localhost"], "is no web address"),
        (["pictures", "--model", " ", "--url", "http://localhost/v1"], "needs the name of a model"),
        (["pictures", "--model", "qwen", "--fit", "stretch"], "'stretch' is none of"),
        (["pictures", "--model", "qwen", "--language", "fr"], "'fr' is none of"),
        (["pictures", "--model", "qwen", "--sizes", "64"], "--sizes"),
        (["pictures", "--model", "qwen", "--max-requests", "0"], "a budget of 0 requests asks nothing"),
        (["pictures", "--model", "qwen", "--url", "http://localhost/v1", "--timeout", "0"], "timeout 0.0 is out of"),
        (["pictures", "--model", "qwen", "--url", "http://localhost/v1", "--temperature", "-1"], "temperature -1.0"),
        (["pictures", "--model", "qwen", "--url", "http://localhost/v1", "--out", "no/out"], "no does not exist"),
        (["pictures", "--model", "qwen", "--url", "http://localhost/v1", "--out", "pictures/in"], "lies inside"),
        (["pictures", "--model", "qwen", "--max-requests", "many"], "max_requests|max-requests"),
    ],
)
def test_a_mistake_is_one_sentence(folder, capsys, arguments, sentence):
    before = sorted(folder.parent.rglob("*"))
    assert any(part in refused(main(["data", "annotate", *arguments]), capsys) for part in sentence.split("|"))
    assert sorted(folder.parent.rglob("*")) == before


def test_help_answers_without_loading_anything_heavy():
    script = (
        "import sys; from tiledraw.cli.main import main\n"
        "try: main(['data', 'annotate', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'httpx', 'numpy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("[]\n") and "--key-variable" in result.stdout
