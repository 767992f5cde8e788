"""Makes a model deeper that says and draws the same, so that training may begin from it (`start: FOLDER`).

    python scripts/grow_model.py thinker grown --after 1 2 3 4

Behind each of these layers stands a copy of it whose outputs begin at zero: at first it adds nothing, and learns from
there on (block expansion, as in LLaMA Pro, https://arxiv.org/abs/2401.02415). The configuration of the training has to
name as many layers.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tiledraw.common.files import whole_folder
from tiledraw.models.knowledge import write_about
from tiledraw.models.loading import load_model

NAME = "model.safetensors"
LAYERS = "model.layers."
ADDING = ("o_proj.weight", "down_proj.weight")  # what adds to the stream


def grown(weights: dict[str, torch.Tensor], order: list[tuple[int, bool]]) -> dict[str, torch.Tensor]:
    """The weights of a deeper model: for each of its layers the one that it comes from, and whether it is a copy."""
    found = {name: weight for name, weight in weights.items() if not name.startswith(LAYERS)}
    for number, (old, copied) in enumerate(order):
        for name, weight in weights.items():
            if name.startswith(f"{LAYERS}{old}."):
                adds = copied and name.endswith(ADDING)
                new = name.replace(f"{LAYERS}{old}.", f"{LAYERS}{number}.", 1)
                found[new] = torch.zeros_like(weight) if adds else weight.clone()
    return found


def grow(source: Path, target: Path, after: Sequence[int]) -> int:
    """Writes a deeper model of a saved one into a folder; how many layers it has.

    Raises:
        ValueError: there is no such layer.
    """
    model = load_model(str(source))
    layers, kinds = model.config["num_hidden_layers"], model.config["layer_types"]
    if wrong := [number for number in after if not 0 <= number < layers]:
        raise ValueError(f"there is no layer {wrong[0]}; the model has {layers}, from 0 on")
    order = [(n, copied) for n in range(layers) for copied in (False, *[True] * after.count(n))]
    config = model.config | {"num_hidden_layers": len(order), "layer_types": [kinds[old] for old, _ in order]}
    with whole_folder(target) as stage:
        shutil.copytree(source, stage, dirs_exist_ok=True)
        (stage / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
        save_file(grown(load_file(source / NAME), order), stage / NAME, metadata={"format": "pt"})
        write_about(stage, model.vocabulary, model.knowledge)
    return len(order)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model of the package, or a folder")
    parser.add_argument("folder", type=Path, help="a new one")
    parser.add_argument("--after", type=int, nargs="+", required=True, help="layers, from 0 on, that are copied")
    options = parser.parse_args()
    try:
        number = grow(load_model(options.model).folder, options.folder, options.after)
    except ValueError as error:
        parser.error(str(error))
    print(f"{number} layers in {options.folder}")
