"""Configuration files on a command line: files and shipped ones by name, and what they hold.

The shipped ones are the YAML files of `configs/`, in a checkout and in what pip installed.
Knows YAML and where it lies. Knows nothing about any verb's options.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

SUFFIX = ".yaml"
MOST_BYTES = 1_000_000  # of a configuration


def read_configs(argv: Sequence[str]) -> list[dict[str, Any]]:
    """The content of each file of `config_paths`.

    Raises:
        ValueError: one lacks, or is not a file of YAML keys; one sentence.
    """
    return [read_config(path) for path in config_paths(argv)]


def config_paths(argv: Sequence[str]) -> list[Path]:
    """The files that stand after `--config`, in order; names are of shipped configurations.

    Raises:
        ValueError: one lacks; one sentence.
    """
    paths = []
    arguments = with_config_paths(argv)
    for place, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option != "--config":
            continue
        if not equals:
            value = next(iter(arguments[place + 1 : place + 2]), "")
        if not value or (not equals and value.startswith("-")):
            raise ValueError("--config lacks its file or name, such as --config painter")
        paths.append(Path(value).expanduser())
    return paths


def read_config(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file.

    Raises:
        ValueError: it can't be read, or is not a file of YAML keys; one sentence.
    """
    from tiledraw.common.yaml_files import YamlError, load_yaml

    if not path.is_file():
        raise ValueError(f"the configuration {path} is {'a folder' if path.is_dir() else 'no file'}; give a YAML file")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"the configuration {path} is longer than {MOST_BYTES:,} bytes; give a YAML file of options")
    try:
        content = load_yaml(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"the configuration {path} is no text in UTF-8; give a YAML file") from None
    except YamlError as error:
        raise ValueError(f"the configuration {path} can't be read: {error}") from None
    if content is None:
        raise ValueError(f"the configuration {path} is empty; it holds options by name, such as steps: 1000")
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ValueError(f"the configuration {path} holds no options by name, such as steps: 1000")
    return content


def configs_folder() -> Path:
    """The folder of the shipped configurations: the wheel has it inside the package, a checkout beside it."""
    package = Path(str(resources.files("tiledraw")))
    return next((folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir()), package)


def shipped_configs() -> dict[str, Path]:
    """The shipped configurations by name, such as `painter` or `accelerate/fsdp`."""
    folder = configs_folder()
    paths = sorted(folder.rglob(f"*{SUFFIX}")) if folder.name == "configs" else []
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def find_config(name: str) -> Path:
    """The shipped configuration of this name, with or without `.yaml`.

    Raises:
        ValueError: there is none; one sentence that says which there are.
    """
    known = shipped_configs()
    if path := known.get(name.removesuffix(SUFFIX)):
        return path
    near = difflib.get_close_matches(name.removesuffix(SUFFIX), known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise ValueError(f"{name} is neither a file nor a shipped configuration; {hint}")


def with_config_paths(argv: Sequence[str]) -> list[str]:
    """A command line with the names of shipped configurations after `--config` replaced by their paths. A file of that
    name comes first.

    Raises:
        ValueError: there is neither.
    """
    return list(_replaced(argv))


def _replaced(argv: Sequence[str]) -> Iterator[str]:
    before = ""
    for argument in argv:
        option, equals, value = argument.partition("=")
        if before == "--config" and not argument.startswith("-"):
            yield _path(argument)
        elif option == "--config" and value:
            yield f"{option}{equals}{_path(value)}"
        else:
            yield argument
        before = argument


def _path(name: str) -> str:
    path = Path(name).expanduser()
    return str(find_config(name)) if path.is_dir() or not path.exists() else name


def configs_first(argv: list[str]) -> list[str]:
    """The arguments with all `--config` in front: what the command line says counts, wherever it stands."""
    configs: list[str] = []
    others: list[str] = []
    for place, argument in enumerate(argv):
        is_value = place > 0 and argv[place - 1] == "--config"
        (configs if is_value or argument.partition("=")[0] == "--config" else others).append(argument)
    return configs + others
