"""Scripts: each can be read with what is installed for tests, and says what it does; the training benchmark runs."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ready import run_ready

from tiledraw.data.natural import natural_prompts
from tiledraw.drawing.thinking import think

SCRIPTS = Path(__file__).parents[1] / "scripts"
NAMES = sorted(path.name for path in SCRIPTS.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_script_imports_from_the_package_is_there(name):
    tree = ast.parse((SCRIPTS / name).read_text(encoding="utf-8"))
    assert f"python scripts/{name}" in ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "tiledraw":
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


@pytest.mark.parametrize(("language", "least"), [("en", 0.4), ("zh", 0.4)])
def test_most_natural_prompts_are_read_as_they_were_meant(language, least):
    """Prompts to develop with, most of which no rule has seen yet; a floor under which no change may fall."""
    sys.path.insert(0, str(SCRIPTS))
    from measure_listening import judged

    cases = [case for case in natural_prompts() if case.split == "develop" and case.language == language][:8000:300]
    right = sum(judged(case, lambda prompt: think(prompt, None))[0] == "right" for case in cases)
    assert right / len(cases) >= least


def test_the_training_benchmark_times_both_engines(tmp_path):
    config = tmp_path / "tiny.yaml"
    config.write_text(
        "output: runs/tiny\nprecision: float32\n"
        "layers: {subjects: [cat, sun], level_weights: {16: 1.0}}\n"
        "model: {hidden_size: 32, layers: 1, intermediate_size: 32, heads: 2, key_value_heads: 1, head_dim: 16}\n"
        "mix: {long: 2, flat_every: 0, layouts: 1}\n"
    )
    done = run_ready([SCRIPTS / "benchmark_training.py", "--config", config, "--steps", "1"])
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in lines if "tokens/s" in line] == ["ours", "transformers"]


def test_the_sheet_of_subjects_shows_each_in_colour(tmp_path):
    sheet = tmp_path / "sheet.png"
    command = [sys.executable, SCRIPTS / "draw_subjects.py", "--output", sheet, "--side", "32", "--columns", "2"]
    subprocess.run([*command, "--from", "1", "--to", "4"], check=True)
    with Image.open(sheet) as image:
        shown = np.asarray(image)
    assert shown.shape == (2 * (32 + 14), 2 * 96, 3)
    cells = [shown[46 * row : 46 * row + 32, 96 * column : 96 * column + 96] for row in (0, 1) for column in (0, 1)]
    assert all(np.ptp(cell, axis=2).max() > 50 for cell in cells)  # colours
    assert subprocess.run([*command, "--from", "0"], capture_output=True).returncode == 2
