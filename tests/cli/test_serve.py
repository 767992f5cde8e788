"""`tiledraw serve`: what it refuses before a model loads, the address that it tells, and how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from light import run_light

from tiledraw.cli import main as cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("TILEDRAW_API_KEY", raising=False)
    monkeypatch.delenv("TILEDRAW_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "others than this machine reach 0.0.0.0, so it needs a key"),
        (["--host", "::"], "needs a key"),
        (["--host", "no.such.host.invalid", "--api-key", "1234567890123456"], "is no address of this machine"),
        (["--api-key", "short"], "the key has 5 characters; give 16 or more, such as "),
        (["--port", "70000"], "port 70000 is out of range"),
        (["--port", "web"], "port 'web' is not of type int"),
        (["--largest", "100"], "--largest 100 is no side"),
        (["--at-once", "0"], "--at-once 1 or more"),
        (["--time-limit", "soon"], "is no duration"),
        (["--thinker", "http://localhost:1/v1", "--port", "0"], "thinker"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, sentence, capsys, tmp_path):
    assert cli.main(["serve", "--history", str(tmp_path / "history"), *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.startswith("tiledraw: ") and error.count("\n") == 1


def test_a_port_that_is_taken_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"tiledraw: port {port} of 127.0.0.1 is taken; give --port another one, or 0 for any that is free\n"
    )


def test_a_history_that_can_t_be_written_is_told(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert cli.main(["serve", "--port", "0", "--history", str(tmp_path / "file" / "history")]) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_without_its_extra_it_says_what_to_install(tmp_path):
    done = run_light(["-m", "tiledraw", "serve"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tiledraw: serving needs fastapi: pip install 'tiledraw[serve]'\n"


@contextmanager
def serving(painter_folder, folder):
    """A server in a process of its own, and its address."""
    command = ["serve", "--port", "0", "--model", str(painter_folder), "--history", str(folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "tiledraw", *command],
        cwd=ROOT,
        env=os.environ | {"TILEDRAW_API_KEY": "a key of the environment"},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        told = server.stderr.readline()
        assert "key of the" not in told
        yield server, re.search(r"http://127\.0\.0\.1:\d+/", told)[0]


def test_it_tells_its_address_and_ends_when_it_is_told_to(painter_folder, tmp_path):
    with serving(painter_folder, tmp_path) as (server, address):
        with urllib.request.urlopen(address, timeout=60) as page:
            assert b"<title>tiledraw</title>" in page.read()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(address + "v1/models", timeout=60)
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=30)
        assert (server.returncode, out, err) == (0, "", "tiledraw: stopped\n")


def test_a_second_signal_ends_what_is_drawn_and_says_so_to_who_waits_for_it(painter_folder, tmp_path):
    """Here of the other kind; which kind makes no difference."""
    head = {"Content-Type": "application/json", "Authorization": "Bearer a key of the environment"}
    plan = {"grid": 32, "placements": [{"subject": "cat", "box": "0 0 32 32"}]}
    asked = json.dumps({"plan": plan, "size": 1024, "n": 10}).encode()
    with serving(painter_folder, tmp_path) as (server, address):
        request = urllib.request.Request(address + "api/draw", asked, head)
        with urllib.request.urlopen(request, timeout=30) as answer:
            while answer.readline() != b"event: layers\n":
                pass
            server.send_signal(signal.SIGINT)
            server.send_signal(signal.SIGINT)
            time.sleep(0.1)  # two at once may be one
            server.send_signal(signal.SIGINT)
            assert b"event: error" in (rest := answer.read()) and b"the server stops" in rest
        out, err = server.communicate(timeout=30)
        assert (server.returncode, out, err) == (0, "", "tiledraw: stopped\n")
