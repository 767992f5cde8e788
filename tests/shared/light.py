"""The light installation, played by a full one: Python processes that can't import the packages of any extra."""

import os
import subprocess
import sys
from pathlib import Path

from tiledraw.common.extras import EXTRAS, packages_of

ROOT = Path(__file__).parents[2]
HEAVY = sorted({package for extra in EXTRAS for package in packages_of(extra)})
SITE = f"""
import sys

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker)
"""


def run_light(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python with these arguments in a folder; its child processes lack the packages, too."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(SITE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))), "OPENAI_API_KEY": ""}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
