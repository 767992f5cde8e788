"""`tiledraw data build`: from pictures to documents that `data show` prints; mistakes are one sentence."""

import json
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from machines import TRIES
from PIL import Image

from tiledraw.cli.main import main
from tiledraw.common.extras import is_installed


@pytest.fixture
def pictures(tmp_path):
    for number in range(6):
        path = tmp_path / "pictures" / "cat" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((32, 32), 40 * number, np.uint8)).save(path)
    return tmp_path / "pictures"


def test_a_folder_is_built_and_shown(pictures, capsys):
    (pictures / "cat" / "0.png").write_bytes(b"")
    output = str(pictures.parent / "out")
    assert main(["data", "build", "folder", str(pictures), "-o", output, "--splits", "train", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{output}/manifest.json\n"
    assert (
        "train: 4 pictures, documents: 3 layout, 3 flat, 6 tile; 1 skipped, see skipped.jsonl (cat/0.png: it is no pic"
        in err
    )
    assert main(["data", "show", "--data", output, "--index", "1"]) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if line.endswith("of train")] == [
        f"{kind} 1 of train" for kind in ("layout", "flat", "tile")
    ]
    assert text.count("picture: cat") >= 2 and re.search(r"column 0 of 1(, picture: cat)?", text)


def test_pictures_that_nobody_here_reads_are_counted_and_named_in_one_sentence(pictures, capsys):
    for name in ("IMG_1.HEIC", "IMG_2.HEIC", "raw.cr2"):
        (pictures / "cat" / name).write_bytes(b"")
    argv = ["data", "build", "folder", str(pictures), "-o", str(pictures.parent / "out"), "--splits", "train"]
    assert main([*argv, "--formats", "flat", "--quiet"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "flat; 3 skipped, see skipped.jsonl (2 such as cat/IMG_1.HEIC: files in .heic are not read; save it as PNG or "
        "JPEG)"
    )


def test_a_configuration_file_says_the_same(pictures, capsys):
    file = pictures.parent / "build.yaml"
    file.write_text("sizes: [64]\nformats: [tiled]\nsplits: [train]\ncolumns:\n  label: null\n", encoding="utf-8")
    output = pictures.parent / "out"
    argv = ["data", "build", "folder", str(pictures), "--config", str(file), "--output", str(output), "--tiles", "2"]
    assert main([*argv, "--quiet"]) == 0
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["settings"]["sizes"] == [64]
    assert manifest["splits"]["train"]["counts"] == {"layout": 4, "flat": 0, "tile": 4 * 4}
    capsys.readouterr()
    assert main(["data", "show", "--data", str(output)]) == 0
    assert "flat" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "source"),
        (["folder", "{pictures}"], "-o FOLDER"),
        (["paint", "{pictures}", "-o", "{out}"], "'paint'"),
        (["folder", "-o", "{out}"], "say where the pictures are"),
        (["folder", "{pictures}/none", "-o", "{out}"], "is not a folder"),
        (["mnist", "{pictures}", "-o", "{out}"], "lacks train-images-idx3-ubyte"),
        (["cifar10", "{pictures}", "-o", "{out}"], "lacks data_batch_1.bin"),
        (["folder", "{pictures}", "-o", "{out}", "--sizes", "50"], "multiple of 32"),
        (["folder", "{pictures}", "-o", "{out}", "--fit", "stretch"], "fit 'stretch'"),
        (["folder", "{pictures}", "-o", "{out}", "--size", "64"], "--size"),
        (["folder", "{pictures}", "-o", "{pictures}"], "holds other files"),
        (["folder", "{pictures}", "-o", "{out}/x/y"], "does not exist"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(argv, sentence, pictures, capsys):
    places = {"pictures": str(pictures), "out": str(pictures.parent / "out")}
    assert main(["data", "build", *(word.format(**places) for word in argv), "--quiet"]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1 and "Traceback" not in error
    assert not (pictures.parent / "out").exists()


def test_an_unknown_key_is_refused(pictures, capsys):
    file = pictures.parent / "build.yaml"
    file.write_text("sizez: [64]\n", encoding="utf-8")
    assert main(["data", "build", "folder", str(pictures), "--config", str(file), "-o", "x"]) == 2
    assert "sizez" in capsys.readouterr().err


def test_show_refuses_what_is_no_folder_of_documents(pictures, capsys):
    for argv, sentence in (
        (["--data", str(pictures)], "holds no documents"),
        (["--data", str(pictures), "--config", "x.yaml"], "two sources"),
    ):
        assert main(["data", "show", *argv]) == 2
        error = capsys.readouterr().err
        assert sentence in error and error.count("\n") == 1


ON_A_CLUSTER = pytest.mark.skipif(not is_installed("ray"), reason="Ray is not installed: pip install 'tiledraw[ray]'")


# Ends ----------------------------------------------------------------------------------------------------------------


def alive(pids):
    """Those of some processes that run."""

    def runs(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return [pid for pid in pids if runs(pid)]


def family(pid):
    """The processes that one has started, and those that these have."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [*children, *(other for child in children for other in family(child))]


def wait_for(condition, seconds=300.0):  # Ray takes its time on a busy machine
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.002)
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """What builds a folder of pictures in several shards, but for where, and the files that come of it."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(16):
        path = folder / "pictures" / "cat" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((256, 256), number).save(path)
    argv = ["data", "build", "folder", str(folder / "pictures"), "--splits", "train", "--sizes", "256", "--quiet"]
    argv += ["--shard-pictures", "4", "--output"]
    assert main([*argv, str(folder / "whole")]) == 0
    return argv, {path.name: path.read_bytes() for path in (folder / "whole").iterdir()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes as Linux tells them")
@pytest.mark.parametrize(
    ("sent", "code", "cluster"),
    [
        (signal.SIGTERM, 143, False),
        (signal.SIGKILL, -signal.SIGKILL, False),
        pytest.param(signal.SIGINT, 130, True, marks=ON_A_CLUSTER),
    ],
)
def test_a_build_that_is_ended_leaves_no_process_and_can_be_repeated(many, tmp_path, sent, code, cluster):
    (*argv, output), whole = many
    out = tmp_path / "out"
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background are started deaf to it
    command = [sys.executable, "-m", "tiledraw", *argv, *(["--cluster", "auto"] if cluster else []), output, str(out)]
    for _ in range(TRIES if cluster else 1):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=heard)
        wait_for(lambda poll=process.poll: poll() is not None or list(out.glob("train-*.index.json")))
        if process.poll() is None:  # the next shard is begun
            break
    assert process.poll() is None, process.stderr.read()
    workers = family(process.pid)
    process.send_signal(sent)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code
    assert bool(workers) == cluster and wait_for(lambda: not alive(workers), 60)
    assert b"Traceback" not in error and error.count(b"\n") <= 1
    assert not list(out.glob(".tiledraw-*.tmp")) and not (out / "manifest.json").exists()
    assert main([*argv, output, str(out)]) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == whole
