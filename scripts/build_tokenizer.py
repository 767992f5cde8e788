"""Builds the bundled tokenizer from the prompts, plans and think steps of training scenes of all subjects, so that
later models share it. A change gives another vocabulary fingerprint, and old checkpoints are refused; so the new
one goes to a folder of its own.

    python scripts/build_tokenizer.py FOLDER
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from tiledraw.data.choosing import choose_tile
from tiledraw.data.documents import SceneConfig, SceneSource
from tiledraw.data.scenes import random_plan
from tiledraw.format.think import tile_think
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.language.first.plan import BACKGROUNDS, SIZES, format_plan
from tiledraw.language.subjects import subjects
from tiledraw.models.tokenizer import train_tokenizer

TEXT_TOKENS = 1664  # 1,937 with the 273 words of tiledraw
PROMPTS = TILES = 20_000


def texts() -> Iterator[str]:
    names = tuple(subjects())
    source = SceneSource(SceneConfig(names, tuple(SIZES), BACKGROUNDS, unknown=0.05))
    for index in range(PROMPTS):
        prompt, plan = source.prompt("layout", index)
        yield prompt
        if not isinstance(plan, str):
            yield format_plan(plan)
    rng = np.random.default_rng(0)
    for index in range(TILES):
        plan = random_plan(rng, names, tuple(SIZES.values()), BACKGROUNDS, 3)
        yield tile_think(plan, choose_tile(rng, plan, (32, 64, 128, 256, 512)[index % 5], 0.9))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    folder = parser.parse_args().folder
    tokenizer = train_tokenizer(texts(), TEXT_TOKENS)
    tokenizer.save_pretrained(folder)
    vocabulary = Vocabulary(tokenizer)
    print(f"{vocabulary.size} words, fingerprint {vocabulary.fingerprint}")
