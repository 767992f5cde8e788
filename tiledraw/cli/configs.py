"""`tiledraw configs`: lists the shipped configurations, or prints one. Knows options and where configurations lie.
Knows nothing about what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiledraw.cli.config_files import find_config, shipped_configs
from tiledraw.cli.options import parse_options


@dataclass(frozen=True)
class Options:
    """Lists the configurations that come with tiledraw, or prints one. `tiledraw train --config NAME` takes it by name.

    Args:
        name: which one; all are listed if not given
        path: print where its file lies in place of what it says
    """

    name: str | None = None
    path: bool = False

    def __post_init__(self) -> None:
        if self.path and self.name is None:
            raise ValueError("say whose path: tiledraw configs NAME --path (tiledraw configs lists the names)")


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "configs", positional=["name"])
    if options.name is None:
        known = shipped_configs()
        width = max(map(len, known), default=0)
        for name, path in known.items():
            print(f"{name:{width}}  {title(path)}")
    else:
        path = find_config(options.name)
        print(path if options.path else path.read_text(encoding="utf-8"), end="\n" if options.path else "")
    return 0


def title(path: Path) -> str:
    """What a configuration is: its first line, a comment."""
    with open(path, encoding="utf-8") as file:
        return file.readline().lstrip("#").strip()
