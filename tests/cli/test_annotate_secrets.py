"""The key of an endpoint, and the password in its address, are nowhere in what is printed or written, whatever the
endpoint does with them: real endpoints that repeat what they are told."""

import base64
import json
import logging
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.models.endpoint import Endpoint, EndpointConfig

KEY, PASSWORD = "sk-Zq8/x+7=vw~Lk2", "hunter2@home"
LOGIN = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
# pieces of each way to write them, long enough to be no accident
TRACES = ["Zq8/x", "Zq8%2F", "Zq8%2f", "7=vw", "7%3D", "Lk2", "hunter2", "home", LOGIN[2:12], "U0stWnE4", "c2stWnE4"]
PLAN = '{"background": "white", "things": [{"name": "%s", "box": [0, 0, 500, 500]}], "description": "a %s"}'


def everything(secret):
    """A text that repeats a secret in many ways, the last one cut by the end of what is told."""
    ways = [secret, quote(secret, safe=""), json.dumps(secret), base64.b64encode(secret.encode()).decode()]
    return " ".join([*ways, repr(secret), "x" * 60, secret])


REPLIES = {
    "401": lambda said: (401, {}, json.dumps({"error": {"message": f"bad key {said}"}}).encode()),
    "400": lambda said: (400, {}, json.dumps({"error": f"bad key {said}"}).encode()),
    "403 in UTF-16": lambda said: (403, {}, json.dumps({"message": said}).encode("utf-16")),
    "429": lambda said: (429, {"Retry-After": "0", "X-Key": quote(said)}, json.dumps({"error": said}).encode()),
    "500": lambda said: (500, {}, json.dumps(said).encode()),
    "redirect": lambda said: (307, {"Location": f"http://127.0.0.1:1/?key={quote(said)}"}, json.dumps(said).encode()),
    "broken header": lambda said: (200, {"X\x01": said.replace("\n", "")}, b"{}"),
    "no completion": lambda said: (200, {}, said.encode()),
    "an answer": lambda said: PLAN % ("cat", said.replace('"', "")),
    "a refused answer": lambda said: said,
    "a strange name": lambda said: PLAN % (" ".join(said.replace('"', "").split()[:2]), "cat"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))).save(tmp_path / "in" / "a.png")
    return tmp_path / "in"


@pytest.mark.parametrize(("secret", "debug"), [(KEY, "1"), (PASSWORD, "0"), (f"ann:{PASSWORD}", "1")])
@pytest.mark.parametrize("reply", REPLIES)
def test_an_endpoint_that_repeats_secrets_makes_nobody_tell_them(
    folder, make_endpoint, monkeypatch, capsys, caplog, reply, secret, debug
):
    server = make_endpoint(lambda number, body: REPLIES[reply](everything(secret)))
    url = server.url.replace("//", f"//ann:{quote(PASSWORD, safe='')}@")
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("TILEDRAW_DEBUG", debug)
    caplog.set_level(logging.INFO)
    options = ["--model", "m", "--key-variable", "MY_KEY", "--retries", "1"]
    code = main(["data", "annotate", "in", "--url", url, *options])
    assert code in (0, 2) and server.requests
    written = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    told = "".join(capsys.readouterr()) + caplog.text + written
    assert not [trace for trace in TRACES if trace in told], told


def test_a_password_in_the_address_is_sent_and_not_told(make_endpoint):
    server = make_endpoint(lambda number, body: "a cat")
    config = EndpointConfig(server.url.replace("//", f"//ann:{quote(PASSWORD, safe='')}@"), "m")
    assert Endpoint(config).ask(Image.new("L", (32, 32)), "what?") == "a cat"
    ((_, headers, _),) = server.requests
    assert headers["Authorization"] == f"Basic {LOGIN}"
    assert "hunter2" not in repr(config) + config.address


@pytest.mark.parametrize(
    "url", ["ann:hunter2@host/v1", "ftp://ann:hunter2@host", "http://ann:hunter2@host:port", "http://ann:hunter2@ho st"]
)
@pytest.mark.parametrize("place", ["--url", "--model", "stray"])
def test_an_address_that_is_none_is_refused_without_its_password(folder, capsys, monkeypatch, url, place):
    monkeypatch.setenv("TILEDRAW_DEBUG", "1")
    given = {"--url": ["--url", url, "--model", "m"], "--model": ["--model", url], "stray": ["--model", "m", url]}[
        place
    ]
    assert main(["data", "annotate", "in", *given]) == 2
    assert "hunter2" not in "".join(capsys.readouterr()) or (place != "--url" and "//" not in url)


def test_an_endpoint_that_is_not_there_is_told_without_the_password(folder, capsys):
    url = "http://ann:hunter2@127.0.0.1:9/v1"
    assert main(["data", "annotate", "in", "--url", url, "--model", "m", "--retries", "0"]) in (0, 2)
    problems = (folder / "problems.jsonl").read_text() if (folder / "problems.jsonl").exists() else ""
    assert "hunter2" not in "".join(capsys.readouterr()) + problems
