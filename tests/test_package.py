"""The package: what a package index shows of it leads nowhere that only a checkout has, and versions are one."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = """
![a sheet](tiledraw/sheet.png) and ![](x.png), <img alt="c" src="c.png" width="3">
[the model](tiledraw/models/README.md), [`code`](#code), [![badge](b.png)](docs/b.md), <a href="x.md">there</a>
[web](https://example.org) ![far](https://example.org/a.png) <img src="https://example.org/b.png"> a[0](x)
"""


@pytest.fixture
def project():
    return pytest.importorskip("tomllib").loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture
def describe(project):
    """Applies the substitutions of the long description, as hatch-fancy-pypi-readme does."""

    def apply(text):
        for step in project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
            text = re.sub(step["pattern"], step["replacement"], text)
        return text

    return apply


def test_the_description_has_no_picture_or_link_that_only_a_checkout_has(describe):
    assert describe(README) == (
        "\n*a sheet* and , \n"
        "the model, `code`, *badge*, there\n"
        '[web](https://example.org) ![far](https://example.org/a.png) <img src="https://example.org/b.png"> a0\n'
    )
    shown = describe((ROOT / "README.md").read_text(encoding="utf-8"))
    assert not re.findall(r"\]\((?!https?:|mailto:)[^)]*\)|(?:src|href)=\"(?!https?:|mailto:)[^\"]*", shown)
    assert not re.findall(r"^\[[^\]]+\]:\s", shown, re.MULTILINE), "links by reference are not mended"


def test_the_citation_and_the_changes_are_of_this_version(project):
    version = project["project"]["version"]
    citation = yaml.safe_load((ROOT / "tiledraw" / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert f"\n## {version}" in (ROOT / "tiledraw" / "CHANGELOG.md").read_text(encoding="utf-8")


def test_types_are_for_users_too():
    assert (ROOT / "tiledraw" / "py.typed").is_file()
