"""Other Python processes import what this one does, and never what happens to lie in the current folder."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tiledraw
from tiledraw.common.extras import is_installed
from tiledraw.common.interpreters import python_command

ROOT = Path(tiledraw.__file__).parents[1]
# of the standard library, some before any code runs, and of what the workers need
NAMES = (
    *("numpy", "safetensors", "threadpoolctl", "pickle", "json", "signal", "socket", "struct", "multiprocessing"),
    *("importlib", "queue", "os", "random", "encodings", "sitecustomize", "usercustomize", "tiledraw"),
)


@pytest.fixture
def trapped(tmp_path, monkeypatch):
    """The current folder, in which each module writes its name into the list `ran` when it is run."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(folder)
    return tmp_path / "ran"


@pytest.fixture
def console_script(tmp_path):
    """Starts the command as its console script does: from a folder of its own."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "tiledraw"
    script.write_text(
        f"import sys\nsys.path.append({str(ROOT)!r})\n"
        "from tiledraw.cli.main import main\nif __name__ == '__main__': sys.exit(main())\n"
    )

    def start(*arguments, **given):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | given
        done = subprocess.run([sys.executable, script, *arguments], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return start


def test_the_pool_runs_nothing_of_the_current_folder(trapped, console_script):
    console_script("generate", "a cat and a sun", "--planner", "rules", "--size", "64", "-o", "x.png")
    assert Path("x.png").exists() and not trapped.exists()


@pytest.mark.skipif(not is_installed("ray"), reason="Ray is not installed: pip install 'tiledraw[ray]'")
def test_a_cluster_runs_nothing_of_the_current_folder(trapped, console_script):
    Path("in/cat").mkdir(parents=True)
    for n in range(8):
        Image.fromarray(np.full((32, 32), 30 * n, np.uint8)).save(f"in/cat/{n}.png")
    options = ("--splits", "train", "--shard-pictures", "4", "--cluster", "auto", "--quiet")
    console_script("data", "build", "folder", "in", "--output", "out", *options, PYTHONPATH=str(ROOT))
    assert len(list(Path("out").glob("*.jsonl*"))) and not trapped.exists()


@pytest.mark.parametrize("entry", ["", ".", None])
def test_a_command_runs_nothing_of_the_current_folder_wherever_it_stands_in_the_path(trapped, monkeypatch, entry):
    monkeypatch.setattr(sys, "path", [str(Path.cwd()) if entry is None else entry, *sys.path, Path("no text")])
    code = "import numpy, pickle, multiprocessing.spawn, tiledraw; print(numpy.__file__, tiledraw.__file__, sys.argv)"
    done = subprocess.run(python_command(code, "one", "two"), capture_output=True, text=True, check=True)
    assert done.stdout.split() == [np.__file__, str(Path(tiledraw.__file__).resolve()), "['-c',", "'one',", "'two']"]
    assert not trapped.exists()


def test_a_command_finds_what_this_process_finds_in_its_order(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "told.py").write_text(f"print({name!r})")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second"), *sys.path])
    assert subprocess.check_output(python_command("import told"), text=True) == "first\n"


def test_a_package_that_lies_in_the_current_folder_is_found_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if os.path.realpath(entry) != str(ROOT)])
    assert subprocess.check_output(python_command("import tiledraw.engine; print(1)"), text=True) == "1\n"
