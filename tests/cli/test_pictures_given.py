"""Whatever any verb is given in place of a picture starts no program and hangs nobody: one sentence, exit code 2."""

import io
import json
import os
import stat

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from tiledraw.cli.main import main

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n"
PLAN = "background: white\nplacements: []\n"


def gif():
    file = io.BytesIO()
    frames = [Image.fromarray(np.random.default_rng(n).integers(0, 255, (64, 64), np.uint8)) for n in range(3)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()[:3000]  # in the midst of the first


@pytest.fixture
def ghostscript(tmp_path, monkeypatch):
    """A program of this name, and the file that it makes when it is started."""
    marker, program = tmp_path / "it ran", tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None, raising=False)  # not found yet
    return marker


@pytest.fixture
def place(tmp_path, monkeypatch, model_folder):
    """A folder with a plan and a sound picture, in which one works."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "plan.yaml").write_text(PLAN)
    Image.new("L", (64, 64), 255).save(folder / "sound.png")
    return folder


VERBS = {
    "edit": ["edit", "a.png", "--plan-from", "plan.yaml", "--region", "0,0,32,32", "-o", "b.png"],
    "mask": ["edit", "sound.png", "--plan-from", "plan.yaml", "--mask", "a.png", "--model", "digits", "-o", "b.png"],
    "extend": ["extend", "a.png", "--plan-from", "plan.yaml", "--right", "32", "-o", "b.png"],
    "enlarge": ["enlarge", "a.png", "--to", "128", "-o", "b.png"],
    "levels": ["enlarge", "a.png", "--to", "128", "--enlarger", "levels", "--plan-from", "plan.yaml", "-o", "b.png"],
    "describe": ["describe", "a.png"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_program_called_png_is_refused_and_not_started(place, ghostscript, capsys, verb):
    (place / "a.png").write_bytes(EPS)
    assert main(VERBS[verb]) == 2
    error = capsys.readouterr().err
    assert "no picture in a known format" in error and error.count("\n") == 1
    assert not ghostscript.exists() and not (place / "b.png").exists()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "cut GIF", "too large"])
def test_what_is_no_picture_is_refused_at_once(place, capsys, monkeypatch, verb, kind):
    path = place / "a.png"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "cut GIF":
            path.write_bytes(gif())
        case "too large":  # no byte of which is on the disk
            with open(path, "wb") as file:
                file.truncate(2**40)
    assert main(VERBS[verb]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tiledraw: ") and error.count("\n") == 1 and not (place / "b.png").exists()


def test_data_build_starts_no_program(place, ghostscript, capsys):
    (place / "cats" / "cat").mkdir(parents=True)
    (place / "cats" / "cat" / "a.png").write_bytes(EPS)
    (place / "cats" / "cat" / "b.png").symlink_to("/dev/zero")
    assert main(["data", "build", "folder", "cats", "--output", "built", "--splits", "train", "--quiet"]) == 2
    assert "no picture in a known format" in capsys.readouterr().err
    assert not ghostscript.exists()


def test_annotating_starts_no_program_and_asks_nothing(place, ghostscript, make_endpoint):
    server = make_endpoint(lambda number, body: "a cat")
    (place / "cats").mkdir()
    (place / "cats" / "a.png").write_bytes(EPS)
    assert main(["data", "annotate", "cats", "--url", server.url, "--model", "m", "--quiet"]) == 0
    (problem,) = map(json.loads, (place / "cats" / "problems.jsonl").read_text().splitlines())
    assert problem["kind"] == "unreadable" and "no picture in a known format" in problem["problem"]
    assert not ghostscript.exists() and not server.requests


def test_standard_input_without_end_is_refused(place, capsys, monkeypatch):
    from tiledraw.canvas import pictures

    monkeypatch.setattr(pictures, "MOST_BYTES", 10**6)
    with open("/dev/zero") as endless:
        monkeypatch.setattr("sys.stdin", endless)
        assert main(["describe", "-"]) == 2
    assert "more than 1,000,000 bytes" in capsys.readouterr().err
