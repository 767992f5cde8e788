"""Counts the tokens that the tiles of a training step are read in, in three ways.

    python scripts/count_tokens.py --data built/pictures [--config configs/qwen3-8b-tiled.yaml] [--packs 120]

"alone" are tiles without a layout, "each" has one of its own before every tile, "packs" share one as the configuration
says (`mix.behind`). Counted in the words of the models in the package, without padding.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tiledraw.cli.options import parse_options
from tiledraw.data.shards import ShardSource
from tiledraw.models.building import load_vocabulary
from tiledraw.training.batches import make_example, pack
from tiledraw.training.config import TrainConfig

DEFAULT = Path(__file__).parents[1] / "configs" / "qwen3-8b-tiled.yaml"


def count_tokens(config: TrainConfig, data: str, packs: int) -> dict[str, float]:
    """Mean tokens of the tiles of a step, by way."""
    vocabulary, source, behind = load_vocabulary("bundled"), ShardSource(data), config.mix.behind
    totals = dict.fromkeys(("alone", "each", "packs"), 0)
    for number in range(packs):
        tiles = source.pack(number, behind)
        for way, documents in (("alone", [replace(tile, context=None) for tile in tiles]), ("each", tiles)):
            examples = [make_example(document, vocabulary, filled=True) for document in documents]
            totals[way] += sum(len(example.ids) for example in examples)
        totals["packs"] += len(pack(examples).ids)
    return {way: total / (packs * behind) * config.mix.long for way, total in totals.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=DEFAULT)
    parser.add_argument("--data", required=True)
    parser.add_argument("--packs", type=int, default=120)
    options = parser.parse_args()
    config = parse_options(TrainConfig, ["--output", "", "--config", str(options.config)], "train")
    if config.mix.behind < 1:
        parser.error("the configuration has no mix.behind")
    counts = count_tokens(config, options.data, options.packs)
    for way, tokens in counts.items():
        print(f"{way:6} {tokens:8,.0f} tokens for {config.mix.long} tiles, {tokens / counts['alone'] - 1:+.0%}")
