"""`tiledraw merge`: an adapter becomes a plain transformers checkpoint. Knows the options and models on disk. Knows
nothing about training or drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiledraw.common.extras import needs


@dataclass(frozen=True)
class Options:
    """Merges an adapter into its base and writes a plain transformers checkpoint, which needs neither any more.

    Args:
        adapter: folder or hub name of an adapter that `tiledraw train` has written
        output: folder to write; it must be new or empty
        dtype: of the weights that are written
    """

    adapter: str
    output: str
    dtype: Literal["bfloat16", "float32"] = "bfloat16"


def run(argv: list[str]) -> int:
    from tiledraw.cli.options import parse_options

    options = parse_options(Options, argv, "merge", positional=("adapter", "output"))

    import sys
    from pathlib import Path

    from tiledraw.common.files import check_writable_folder

    output = Path(options.output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"{output} exists and is no empty folder; choose another one")
    check_writable_folder(output.resolve().parent)

    with needs("models", "merging"):
        import torch
        from transformers import AutoTokenizer

    from tiledraw.common.files import whole_folder
    from tiledraw.format.vocabulary import Vocabulary
    from tiledraw.models.card import model_card
    from tiledraw.models.loading import load_model, save_model
    from tiledraw.models.safety import NO_CODE

    loaded = load_model(options.adapter)
    if not loaded.base:
        raise ValueError(f"{options.adapter} is no adapter; its weights are whole already")
    vocabulary = Vocabulary(AutoTokenizer.from_pretrained(loaded.folder, **NO_CODE), loaded.vocabulary.placed)
    with whole_folder(output) as stage:
        save_model(stage, loaded.load(getattr(torch, options.dtype)), vocabulary, loaded.knowledge)
        card = model_card(str(output), loaded.knowledge, None, f"an adapter of {loaded.base.rpartition('/')[2]}")
        (stage / "README.md").write_text(card, encoding="utf-8")
    print(f"wrote {output}", file=sys.stderr)
    return 0
