"""A tiny painter that tests draw with: it has learned the ink lists and the coarse passes of a few subjects, in some
seconds, and guesses the rest, which is all that most promises need."""

from pathlib import Path

import torch

from tiledraw.data.layers import LayerConfig, LayerSource
from tiledraw.models.building import ModelConfig, load_vocabulary, new_model
from tiledraw.models.knowledge import Knowledge
from tiledraw.models.loading import save_model
from tiledraw.training.batches import collate, losses, make_example, read

SUBJECTS, BACKGROUNDS = ("cat", "sun", "house", "tree"), ("grass",)
SHAPE = ModelConfig(
    hidden_size=48, layers=2, heads=2, key_value_heads=1, head_dim=24, intermediate_size=96, window=64, place_words=True
)
STEPS, RATE = 120, 0.01


def write_painter(folder: Path) -> None:
    """Trains it, and writes it as a model that draws."""
    config = LayerConfig(SUBJECTS, BACKGROUNDS, background_share=0.2).clean()
    source, vocabulary = LayerSource(config), load_vocabulary("bundled", config.names)
    model = new_model(SHAPE, vocabulary, seed=0).train()
    optimizer = torch.optim.AdamW(model.parameters(), RATE)
    for step in range(STEPS):
        documents = [source.document("coarse", 5 * step + number) for number in range(5)]
        batch = collate([make_example(one, vocabulary, filled=True) for one in documents], vocabulary)
        hidden = read(model.model, batch.ids, batch.positions)
        sums = losses(hidden, model.lm_head.weight, batch, vocabulary, 1)
        (sums.pixel_nats.sum() / sums.pixels.sum() + sums.text_nats.sum() / sums.texts.sum()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    knowledge = Knowledge(
        config.subjects, backgrounds=config.backgrounds, steps=STEPS, formats=("layers",), placed=vocabulary.placed
    )
    folder.mkdir(parents=True, exist_ok=True)
    save_model(folder, model.eval().to(torch.bfloat16), vocabulary, knowledge)
