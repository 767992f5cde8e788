"""Attacks the program as strangers, editors, other processes and the system do, and counts what breaks.

    python scripts/attack.py [--kills 20] [--only pictures]

Each case ends well or is refused: exit code 2, one printable sentence, no traceback, within the time limit, and nothing
left behind. Prints groups, cases, broken, and each broken case. Runs the painter in the package; some minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tiledraw.models.loading import PAINTER, packaged_folder

LIMIT = 60  # seconds that a case may take
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e]")
Case = tuple[str, str]  # what was tried, and what broke; empty if nothing did


def run(*arguments: str, refused: bool = True, closed: str = "", **environment: str) -> str:
    """What broke when the program was run with these arguments; `closed` is a shell's redirection."""
    command = f'exec "$0" -m tiledraw "$@" {closed}'
    begin, home = time.monotonic(), str(Path(__file__).resolve().parents[1])
    try:
        ended = subprocess.run(
            ["sh", "-c", command, sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": home, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"takes more than {LIMIT} s"
    said = ended.stderr.decode("utf-8", "replace")
    if ended.returncode != (2 if refused else 0):
        return f"exit code {ended.returncode}: {said[-200:]}"
    if "Traceback" in said or ODD.search(re.sub(r"\r[^\n]*", "", said)) or any(len(x) > 2100 for x in said.split("\n")):
        return f"says {said[-200:]!r}"
    if refused and not closed and said.count("\n") != 1:
        return f"says more than a sentence: {said[:200]!r}"
    return "" if time.monotonic() - begin < LIMIT else "is slow"


def streams() -> Iterator[Case]:
    """Streams that are closed, full or narrow; environments that make no sense."""
    draw = ("a cat", "--size", "32", "--quiet")
    for closed, output, refused in [
        (">/dev/full", "-", True), (">&-", "-", True), ("2>/dev/full", "a.png", False), ("2>&-", "b.png", False),
        ("<&- >&- 2>&-", "c.png", False),
    ]:  # fmt: skip
        yield closed, run(*draw, "-o", output, refused=refused, closed=closed)
    for name, value in [("LC_ALL", "C"), ("PYTHONIOENCODING", "ascii"), ("LANG", "none")]:
        yield f"{name}={value}", run("一只猫", "--size", "32", "-o", "猫.png", refused=False, **{name: value})
    Path("prompts.jsonl").write_text('{"prompt": "a cat"}\n')
    for name, value in [("WORLD_SIZE", "abc"), ("WORLD_SIZE", "0"), ("WORLD_SIZE", "2"), ("LOCAL_WORLD_SIZE", "x")]:
        broken = run("generate", "--prompts", "prompts.jsonl", "--out", "out", "--size", "32", **{name: value})
        yield f"{name}={value}", broken or ("left a folder" if Path("out").exists() else "")


def texts() -> Iterator[Case]:
    """Plans, prompts and names that are hostile, endless, deep, or of another editor."""
    names = "abcdefghijklmnopqrstuvwxyz"
    bomb = "a: &a [x]\n" + "".join(f"{y}: &{y} [{','.join([f'*{x}'] * 9)}]\n" for x, y in itertools.pairwise(names))
    os.mkfifo("pipe")
    for name, text in {
        "escapes": f'background: "{ESCAPES!r}"\nplacements: []\n', "deep": "[" * 50_000, "bomb": bomb,
        "binary": "\0\1\2", "long": "subject: " + "x" * 200_000, "huge": "#" * 10**7,
    }.items():  # fmt: skip
        Path(name).write_text(text)
    for name in ("escapes", "deep", "bomb", "binary", "long", "huge", "pipe", "/dev/zero", ".", "none"):
        yield f"--plan {name}", run("generate", "--plan", name, "-o", "a.png")
        yield f"--prompts {name}", run("generate", "--prompts", name, "--out", "out")
    for encoding in ("utf-8-sig", "utf-16"):
        Path("plan.yaml").write_text("grid: 32\nplacements:\n- {subject: cat, box: 0 0 16 16}\n", encoding=encoding)
        yield encoding, run("generate", "--plan", "plan.yaml", "--size", "32", "-o", "a.png", refused=False)
    yield "its own plan", run("generate", "--plan", "plan.yaml", "--trace", ".", "-o", "a.png")
    yield "10^9 pictures", run("a cat", "-n", "1000000000", "-o", "a.png")
    for verb in ("generate", "edit", "enlarge", "describe", "merge", "configs", "subjects"):
        yield f"{verb} escapes", run(verb, f"a{ESCAPES}", f"--{ESCAPES}")
        yield f"{verb} long", run(verb, "x" * 100_000, "--sizee")


def pictures() -> Iterator[Case]:
    """Damaged, turned, transparent and endless pictures."""
    image = Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64).astype(np.uint8))
    random_numbers = random.Random(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.png", "a.jpg", "a.tif", "a.webp"):
        image.save(name, exif=exif)
        if name != "a.webp":  # a lossy one, with colours
            yield f"turned {name}", run("enlarge", name, "--to", "128", "-o", "b.png", refused=False)
        whole = Path(name).read_bytes()
        for number in range(4):
            damaged = bytearray(whole)
            for _ in range(8):
                damaged[random_numbers.randrange(len(damaged) // 4)] = random_numbers.randrange(256)
            Path(f"damaged-{name}").write_bytes(damaged[: len(damaged) // 2])
            yield f"damaged {name} {number}", run("enlarge", f"damaged-{name}", "--to", "128", "-o", "c.png")
    image.save("clear.png", transparency=0)
    yield "a transparent gray", run("enlarge", "clear.png", "--to", "128", "-o", "c.png")
    os.mkfifo("pipe.png")
    for name in ("pipe.png", "/dev/zero", ".", "none.png"):
        yield name, run("enlarge", name, "--to", "128", "-o", "c.png")
    yield "made", run("a cat", "--size", "64", "-o", "own.png", refused=False)
    os.chmod("own.png", 0o600)
    yield "in place", run("edit", "own.png", "--recolour", "cat=red", "--in-place", refused=False)
    yield "its mode", "" if Path("own.png").stat().st_mode & 0o777 == 0o600 else "another mode"


def models() -> Iterator[Case]:
    """Folders of models whose files are not what they should be."""
    source = packaged_folder(PAINTER)
    config = json.loads((source / "config.json").read_text())
    changes = [{"num_hidden_layers": 10**12}, {"hidden_size": "x"}, {"vocab_size": -1}, {"rms_norm_eps": 0}]
    texts = [json.dumps(config | change) for change in changes]
    needed = ("head_dim", "hidden_size", "intermediate_size", "num_hidden_layers", "rms_norm_eps", "vocab_size")
    texts += [json.dumps({name: config[name] for name in config if name != key}) for key in needed]
    for number, text in enumerate([*texts, "[" * 100_000, "null", ""]):
        folder = Path(f"model-{number}")
        folder.mkdir()
        for path in source.iterdir():
            if path.is_file():
                (folder / path.name).symlink_to(path)
        (folder / "config.json").unlink()
        (folder / "config.json").write_text(text)
        yield f"config {text[:60]}", run("a cat", "--size", "32", "--model", str(folder), "-o", "a.png")


def kills(count: int) -> Iterator[Case]:
    """Signals at random moments of a drawing that is resumed: the same bytes, no process and no file left."""
    command = [sys.executable, "-m", "tiledraw", "a cat and a house", "--size", "128", "--resume", "-o", "k.png"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    begin = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    takes, whole = time.monotonic() - begin, Path("k.png").read_bytes()
    Path("k.png").unlink()
    for number in range(count):
        how = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[number % 3]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        time.sleep(random.Random(number).uniform(0.3, 1) * takes)
        process.send_signal(how)
        said = process.communicate(timeout=LIMIT)[1]
        end = time.monotonic() + 5
        while (left := _workers()) and time.monotonic() < end:
            time.sleep(0.1)
        strange = [path.name for path in Path().glob("*") if path.name not in ("k.png", "k.png.tiles")]
        broken = f"workers {left}" if left else f"files {strange}" if strange else ""
        broken = broken or (f"says {said[-200:]!r}" if "Traceback" in said else "")
        yield f"{signal.Signals(how).name} {number}", broken
    subprocess.run(command, env=environment, check=True, capture_output=True)
    yield "the same bytes", "" if Path("k.png").read_bytes() == whole else "other bytes"


def _workers() -> list[int]:
    """Workers that were started in this folder and have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes()
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            started = b"tiledraw.engine.pool" in arguments and os.readlink(folder / "cwd") == os.getcwd()
        except OSError:
            continue
        if started and status[0] != "Z":
            found.append(int(folder.name))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", choices=["streams", "texts", "pictures", "models", "kills"])
    options = parser.parse_args()
    groups: dict[str, Callable[[], Iterator[Case]]] = {
        "streams": streams, "texts": texts, "pictures": pictures, "models": models,
        "kills": lambda: kills(options.kills),
    }  # fmt: skip
    home, failed = Path.cwd(), 0
    print(f"{'group':10} {'cases':>6} {'broken':>7}")
    for name, group in groups.items():
        if options.only not in (None, name):
            continue
        folder = tempfile.mkdtemp(prefix="attack-")
        os.chdir(folder)
        cases = broken = 0
        for case, what in group():
            cases += 1
            if what:
                broken += 1
                print(f"    {case[:80]!a}: {what!a}", flush=True)
        os.chdir(home)
        shutil.rmtree(folder)
        failed += broken
        print(f"{name:10} {cases:6} {broken:7}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
