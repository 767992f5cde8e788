"""Python processes that need no seconds to import torch: each is forked from one that has imported what models and
training need, and has computed nothing. What they do they do as `python SCRIPT ...` or `python -m MODULE ...` would."""

import multiprocessing
import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

LIMIT = 600.0  # seconds until a process is given up
IMPORTED = ("tiledraw.training.loop", "transformers.models.qwen3.modeling_qwen3", "peft", "accelerate.commands.launch")


@cache
def _server():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


def _live(arguments: list[str], folder: str, environment: dict[str, str], files: list[str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate(files):
        os.dup2(os.open(name, os.O_RDWR), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")  # which multiprocessing closes
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, folder)
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def run_ready(arguments, folder=".", said="", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script, or after "-m" a module, with arguments in a folder; `said` on standard input."""
    arguments = [str(argument) for argument in arguments]
    with TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in ("in", "out", "error")]
        for file in files:
            file.write_text(said if file.name == "in" else "", encoding="utf-8")
        process = _server().Process(
            target=_live, args=(arguments, str(folder), {**os.environ, **environment}, [str(file) for file in files])
        )
        process.start()
        process.join(LIMIT)
        if process.exitcode is None:
            process.kill()
            process.join()
        out, error = (file.read_text(encoding="utf-8") for file in files[1:])
    return subprocess.CompletedProcess(arguments, process.exitcode, out, error)
