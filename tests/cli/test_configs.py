"""`tiledraw configs`, and `--config NAME`: what is shipped is found by name, from a checkout and from a wheel."""

from pathlib import Path

import pytest
import yaml

from tiledraw.cli import config_files
from tiledraw.cli.config_files import read_configs, shipped_configs, with_config_paths
from tiledraw.cli.main import main

CONFIGS = Path(__file__).parents[2] / "configs"


def test_every_configuration_is_listed_with_what_it_is(capsys):
    assert main(["configs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [path.relative_to(CONFIGS).with_suffix("").as_posix() for path in sorted(CONFIGS.rglob("*.yaml"))]
    assert [line.split()[0] for line in lines] == names
    for line in lines:
        assert line.endswith(".") and len(line) < 120, f"the first line of a configuration says what it is: {line}"


@pytest.mark.parametrize("name", ["qwen3-8b-tiled", "accelerate/fsdp", "vae.yaml"])
def test_a_configuration_is_printed_or_its_path(name, capsys):
    path = CONFIGS / f"{name.removesuffix('.yaml')}.yaml"
    assert main(["configs", name]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")
    assert main(["configs", name, "--path"]) == 0
    assert capsys.readouterr().out == f"{path}\n"


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["configs", "qwen3-8b"], "qwen3-8b is neither a file nor a shipped configuration; did you mean qwen3-8b-"),
        (["configs", "zzz"], "there are accelerate/fsdp, cifar10-flat, "),
        (["configs", "--path"], "say whose path: tiledraw configs NAME --path"),
        (["train", "--config", "qwen3-8b-tilde"], "did you mean qwen3-8b-tiled?"),
        (["generate", "a cat", "--config=no/such.yaml"], "no/such.yaml is neither a file nor a shipped configuration"),
        (["data", "show", "--config", "paint"], "did you mean painter?"),
    ],
)
def test_an_unknown_name_says_which_there_are(argv, sentence, capsys):
    assert main(argv) == 2
    assert sentence in capsys.readouterr().err


def test_a_name_is_replaced_only_after_config_and_where_no_file_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = str(CONFIGS / "painter.yaml")
    assert with_config_paths(["-o", "painter", "--config", "painter"]) == ["-o", "painter", "--config", path]
    assert with_config_paths(["--config=painter", "painter"]) == [f"--config={path}", "painter"]
    assert with_config_paths(["--config", "--output"]) == ["--config", "--output"]
    (tmp_path / "painter").mkdir()  # a folder is no configuration
    assert with_config_paths(["--config", "painter"]) == ["--config", path]
    (tmp_path / "painter.yaml").touch()
    assert with_config_paths(["--config", "painter.yaml"]) == ["--config", "painter.yaml"]


def test_the_content_of_a_shipped_configuration_is_read_by_name():
    (vae,), (painter,) = (read_configs(["--config", name]) for name in ("vae", "painter"))
    assert "vae" in vae and "layers" in painter


def test_documents_of_a_shipped_configuration_are_shown(capsys):
    assert main(["data", "show", "--config", "painter", "--kind", "layer"]) == 0
    assert "layer 0 of train" in capsys.readouterr().out


def test_a_wheel_has_them_inside_the_package(tmp_path, monkeypatch):
    inside = tmp_path / "site" / "tiledraw" / "configs"
    inside.mkdir(parents=True)
    (inside / "one.yaml").write_text("# One.\nsteps: 1\n", encoding="utf-8")
    monkeypatch.setattr(config_files.resources, "files", lambda name: tmp_path / "site" / name)
    assert shipped_configs() == {"one": inside / "one.yaml"}


def test_without_any_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(config_files.resources, "files", lambda name: tmp_path / name)
    assert shipped_configs() == {}


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_it_is_yaml_of_named_options(path):
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
