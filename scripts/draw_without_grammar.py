"""Measures how well a language model that has learned flat pictures as a stream draws them by itself: with plain
`generate` of transformers, which knows nothing of tiledraw and may write any word at any time.

    python scripts/draw_without_grammar.py runs/stream [--steps 2000] [--pictures 100]

A tiny random GPT-2 is the base, and pictures of ten labels are what it learns, by LoRA and the rows of new words, with
`mix.stream`. The merged checkpoint is loaded with transformers alone and sampled from at temperature 1, without any
restriction. Prints how many answers are a thought and a whole picture, and nothing else, and the probability of that
under the model.
"""

from __future__ import annotations

import argparse
import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np

TEXT = 320  # words of the base; rows of its embedding beyond them are for new words
PROMPTS = [f"draw the digit {digit}" for digit in range(10)]


class Squares:
    """Flat documents of a gray square for each label."""

    def document(self, kind: str, index: int):
        from tiledraw.format.grammar import FlatDocument

        label = index * 7 % 10
        pixels = np.full((32, 32), 255, np.uint8)
        pixels[4:28, 4:28] = 25 * label
        return FlatDocument(PROMPTS[label], f"shows: {label}", pixels)


def write_base(folder: Path) -> None:
    """A random language model with a byte-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>")
    torch.manual_seed(0)
    end = tokenizer.token_to_id("<|im_end|>")
    shape = {"n_embd": 64, "n_layer": 1, "n_head": 2, "n_positions": 1152, "initializer_range": 0.1}
    drops = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    config = GPT2Config(vocab_size=TEXT, bos_token_id=None, eos_token_id=end, pad_token_id=end, **shape, **drops)
    GPT2LMHeadModel(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)


def train(folder: Path, base: Path, steps: int) -> float:
    """Trains an adapter; writes it to `folder/model`. Returns the probability of a whole picture where one is asked
    for, given true pixels."""
    import torch

    from tiledraw.data.layers import LayerConfig
    from tiledraw.models.adapters import AdapterConfig
    from tiledraw.training.batches import collate, make_example
    from tiledraw.training.config import MixConfig, TrainConfig
    from tiledraw.training.loop import Trainer
    from tiledraw.training.optimizer import OptimizerConfig

    class Run(Trainer):
        def _evaluate(self, until: float) -> bool:
            self.export(self.folder / "model")
            return True

    weights = {"flat_weight": 1.0, "stream_weight": 1.0, "text_weight": 1.0}
    run = Run(
        TrainConfig(
            output=str(folder),
            layers=LayerConfig(("sun",)),  # which `Squares` replaces
            base=str(base),
            adapter=AdapterConfig(16, 16, modules=("c_attn", "c_fc", "c_proj")),
            mix=MixConfig(long=2, flat_every=1, layouts=0, stream=8, **weights),
            optimizer=OptimizerConfig(adapter_rate=0.02, row_rate=0.02, weight_decay=0.0, warmup=5, decay=0.7),
            steps=steps,
            log_steps=100,
            precision="float32",
        )
    )
    run.loader.source = run.loader.held_out = Squares()
    run.run()
    examples = [make_example(Squares().document("flat", index), run.vocabulary, 1, stream=1) for index in range(10)]
    with run.backend.at_rest(), torch.no_grad():
        sums = run._losses(collate(examples, run.vocabulary))
    return math.exp(-float(sums.kind_nats.sum()) / 10)


def draw(model: Path, pictures: int, sample: bool = True) -> Counter[str]:
    """How many answers of a plain checkpoint are whole; the others by what is wrong."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tiledraw.format.grammar import FlatDocument
    from tiledraw.format.parsing import GrammarError, parse
    from tiledraw.format.vocabulary import Vocabulary

    tokenizer, plain = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model)
    vocabulary, found = Vocabulary(tokenizer), Counter[str]()
    texts = [f"<|im_start|>user\n{prompt}<|im_end|><|im_start|>assistant\n" for prompt in PROMPTS]
    asked = torch.tensor([tokenizer(texts[number % 10])["input_ids"] for number in range(pictures)])
    torch.manual_seed(0)
    options = {"temperature": 1.0, "top_k": 0, "top_p": 1.0} if sample else {}
    written = plain.generate(
        asked, attention_mask=torch.ones_like(asked), do_sample=sample, max_new_tokens=1100, **options
    )
    for row in written.tolist():
        end = tokenizer.eos_token_id
        answer = row[asked.shape[1] :]
        whole = row[: asked.shape[1] + answer.index(end) + 1] if end in answer else row
        try:
            found["whole" if isinstance(parse(whole, vocabulary), FlatDocument) else "another document"] += 1
        except GrammarError as error:
            found[str(error)] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--pictures", type=int, default=100)
    options = parser.parse_args()

    from tiledraw.cli.main import main as tiledraw

    base, merged = options.folder / "base", options.folder / "merged"
    if not base.exists():
        write_base(base)
    chance = train(options.folder / "run", base, options.steps)
    shutil.rmtree(merged, ignore_errors=True)
    if tiledraw(["merge", str(options.folder / "run" / "model"), str(merged), "--dtype", "float32"]):
        raise SystemExit(2)
    found = draw(merged, options.pictures)
    for what, count in found.most_common():
        print(f"{count} of {options.pictures}: {what}")
    print(f"the model gives {chance:.3f} to pixels, and no other words, where pixels belong")


if __name__ == "__main__":
    main()
