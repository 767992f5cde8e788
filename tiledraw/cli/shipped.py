"""Shipped configurations: the YAML files of `configs/`, found by name in a checkout and in what pip installed.

Knows where they lie. Knows nothing about what they say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

SUFFIX = ".yaml"


def configs_folder() -> Path:
    """The folder of the shipped configurations: the wheel has it inside the package, a checkout beside it."""
    package = Path(str(resources.files("tiledraw")))
    return next((folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir()), package)


def shipped_configs() -> dict[str, Path]:
    """The shipped configurations by name, such as `bundled` or `accelerate/fsdp`."""
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
