"""Configuration files on a command line: what they hold, before the options of a verb are known.

Knows YAML. Knows nothing about any verb's options.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tiledraw.cli.shipped import with_config_paths


def read_configs(argv: Sequence[str]) -> list[dict[str, Any]]:
    """The content of each file that stands after `--config`, in order; names are of shipped configurations.

    Raises:
        ValueError: one lacks, or is not a file of YAML keys; one sentence.
    """
    contents = []
    arguments = with_config_paths(argv)
    for place, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option != "--config":
            continue
        if not equals:
            value = next(iter(arguments[place + 1 : place + 2]), "")
        if not value or (not equals and value.startswith("-")):
            raise ValueError("--config lacks its file or name, such as --config bundled")
        contents.append(read_config(Path(value).expanduser()))
    return contents


def read_config(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file.

    Raises:
        ValueError: it can't be read, or is not a file of YAML keys; one sentence.
    """
    import yaml

    if not path.is_file():
        raise ValueError(f"the configuration {path} is {'a folder' if path.is_dir() else 'no file'}; give a YAML file")
    try:
        content = yaml.safe_load(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"the configuration {path} is no text in UTF-8; give a YAML file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or " ".join(str(error).split())
        raise ValueError(f"the configuration {path} is no YAML{where}: {what}") from None
    if content is None:
        raise ValueError(f"the configuration {path} is empty; it holds options by name, such as steps: 1000")
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ValueError(f"the configuration {path} holds no options by name, such as steps: 1000")
    return content
