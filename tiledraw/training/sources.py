"""Sources: fits a configuration to the documents that it is given, so that each learns from any folder.

What a folder does not hold is taken out of the mix, and said. Knows configurations and what folders hold. Knows nothing
about models.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from tiledraw.data.shards import ShardSource
from tiledraw.training.config import TrainConfig

SOURCES = ("layers", "requests", "data")  # where documents come from; a run has one of them


def only_source(argv: list[str]) -> list[str]:
    """A command line in which the source that it names takes the place of the one of a configuration."""
    options = [argument.partition("=") for argument in argv if argument.startswith("--")]
    nulled = {name for name, value in pairwise(argv) if value == "null"}
    nulled |= {name for name, _, value in options if value == "null"}
    names = {name.partition(".")[0].removeprefix("--") for name, *_ in options if name not in nulled}
    given = [name for name in SOURCES if name in names]
    others = [name for name in SOURCES if len(given) == 1 and name not in given and f"--{name}" not in nulled]
    return [*argv, *(word for name in others for word in (f"--{name}", "null"))]


def fit_to_source(config: TrainConfig, say: Callable[[str], object]) -> TrainConfig:
    """A configuration whose mix asks for nothing that its documents lack. What is changed is said.

    Raises:
        ShardError: the folder holds no documents.
    """
    if config.data is None:
        return config
    mix, counts = config.mix, ShardSource(config.data, "train").counts
    lacks = {
        "flat pictures": ("flat_every", 0, mix.flat_every > 0 and not counts["flat"] and counts["tile"] > 0),
        "tiles": ("flat_every", 1, mix.flat_every != 1 and not counts["tile"] and counts["flat"] > 0),
        "layouts": ("layouts", 0, mix.layouts > 0 and not counts["layout"]),
    }
    changes = {}
    for what, (name, value, wanted) in lacks.items():
        if wanted:
            say(f"{config.data} holds no {what}, so mix.{name} is {value}")
            changes[name] = value
    return replace(config, mix=replace(mix, **changes))
