"""Averages the weights of models of one training run: it knows what some of them have forgotten again (model soups,
Wortsman et al., 2022).

    python scripts/average_models.py runs/one/model=0.4 runs/two/model=0.6 --output averaged

The numbers are shares of their sum. Everything but the weights is copied from the last model. Rows of the output matrix
for place words, which nobody draws, are left out.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tiledraw.common.files import whole_folder
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.models.knowledge import write_about
from tiledraw.models.loading import HEAD, load_model

NAME = "model.safetensors"
Tensors = dict[str, torch.Tensor]


def folder_and_share(text: str) -> tuple[Path, float]:
    """What `FOLDER=SHARE` says. Raises argparse's error where there is no whole model."""
    folder, _, share = text.rpartition("=")
    try:
        if Path(folder, NAME).is_file() and 0 < float(share) < float("inf"):
            return Path(folder), float(share)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no folder of a whole model and its share; write FOLDER=0.5")


def weights(folder: Path, vocabulary: Vocabulary) -> Tensors:
    """The weights of a model, without rows of the output matrix for place words."""
    tensors = load_file(folder / NAME)
    if vocabulary.placed and HEAD in tensors:
        tensors[HEAD] = tensors[HEAD][: vocabulary.places].clone()
    return tensors


def average(models: list[tuple[Tensors, float]]) -> Tensors:
    """The mean of weights by their shares, in their dtypes. Raises a ValueError if their names or shapes differ."""
    total = sum(share for _, share in models)
    shapes = [{name: value.shape for name, value in tensors.items()} for tensors, _ in models]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("the models have other shapes; average those of one run")
    return {
        name: sum(tensors[name].double() * (share / total) for tensors, share in models).to(first.dtype)
        for name, first in models[0][0].items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=folder_and_share, metavar="FOLDER=SHARE")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    last = load_model(str(options.models[-1][0]))
    try:
        mean = average([(weights(folder, last.vocabulary), share) for folder, share in options.models])
    except ValueError as error:
        parser.error(str(error))
    with whole_folder(options.output) as stage:
        shutil.copytree(last.folder, stage, dirs_exist_ok=True)
        save_file(mean, stage / NAME, metadata={"format": "pt"})
        write_about(stage, last.vocabulary, last.knowledge)
    print(f"{len(options.models)} models averaged in {options.output}")
