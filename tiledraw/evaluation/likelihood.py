"""Likelihood: bits per pixel of held-out documents and of whole scenes, stage by stage, under a model.

Knows documents, scenes, models and the training loss. Knows nothing about training or drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from tiledraw.canvas.pyramid import COARSE, TILE, Canvas, Level, wave_number
from tiledraw.common.extras import needs
from tiledraw.data.documents import SceneConfig, SceneSource
from tiledraw.data.layers import LayerConfig, LayerSource
from tiledraw.data.scenes import render
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.format.layers import LayerDocument
from tiledraw.format.think import tile_think
from tiledraw.language.first.plan import Plan, canvas_line, format_plan
from tiledraw.models.head import head_of
from tiledraw.models.loading import LoadedModel
from tiledraw.training.attention import use_attention
from tiledraw.training.batches import collate, losses, make_example, read

with needs("evaluation"):
    import torch

BATCH = 4


def held_out_scenes(loaded: LoadedModel, split: str, **changes: float) -> SceneSource:
    """Scenes of what a model knows, clean and without unknown things, but for the `changes`."""
    known = loaded.knowledge
    config = SceneConfig(known.subjects, known.sizes, known.backgrounds, grays=known.grays)
    return SceneSource(replace(config.clean(), **{"unknown": 0.0, **changes}), split)


def undrawn_tiles(loaded: LoadedModel, side: int, count: int) -> list[LayerDocument]:
    """Tiles of layers at the level of `side` pixels, none of whose pixels are drawn yet."""
    config = LayerConfig(loaded.knowledge.subjects, loaded.knowledge.backgrounds, 0.0).clean()
    source = LayerSource(config, "validation")
    return [replace(source.document("layer", index, side), pixels=None) for index in range(count)]


@torch.no_grad()
def total_bits(loaded: LoadedModel, documents: Sequence[Document]) -> tuple[float, int]:
    """Bits of all drawn pixels of documents, each token given its true past; and how many pixels there are. Those that
    a model does not read, since guides leave no doubt about them, cost nothing: they are filled."""
    if loaded.device == "cpu":
        use_attention(loaded.model)
    nats = 0.0
    sparse = loaded.knowledge.sparse
    read_as = [replace(one, sparse=sparse) if isinstance(one, TileDocument) else one for one in documents]
    for start in range(0, len(documents), BATCH):
        examples = [make_example(document, loaded.vocabulary) for document in read_as[start : start + BATCH]]
        batch = collate(examples, loaded.vocabulary).to(loaded.device)
        hidden = read(loaded.model.get_decoder(), batch.ids, batch.positions)
        sums = losses(hidden, head_of(loaded.model), batch, loaded.vocabulary, 1)
        nats += sums.pixel_nats.item()
    return nats / math.log(2), sum(document.pixels.size for document in documents if document.pixels is not None)


def bits_per_pixel(loaded: LoadedModel, documents: Sequence[Document]) -> float:
    """Mean bits per drawn pixel of documents."""
    bits, pixels = total_bits(loaded, documents)
    return bits / pixels


def scene_documents(prompt: str, plan: Plan, side: int, grays: int, context: bool = False) -> dict[str, list[Document]]:
    """All documents that a true picture of `side` pixels consists of, by stage, in raster order: each tile with the
    borders that it then has when it is drawn, and with `context` behind the layout."""
    given = canvas_line(plan.canvas)
    think = format_plan(plan).removeprefix(given)
    layout = LayoutDocument(prompt, given, think, render(plan, COARSE, grays))
    documents: dict[str, list[Document]] = {"coarse": [layout]}
    canvas = Canvas(side, side)
    for number, level_side in enumerate(canvas.sides[1:], 1):
        true, level = render(plan, level_side, grays), Level(level_side)
        above = Level.finished(render(plan, canvas.sides[number - 1], grays))
        stage = documents[f"level {number}"] = []
        for tile in sorted(canvas.tiles(number), key=wave_number):
            guide, pixels = above.guide(tile, level_side, grays), true[tile.slices].copy()
            think, borders = tile_think(plan, tile), level.borders(tile)
            stage.append(TileDocument(think, guide, borders, pixels, layout if context else None))
            level.put(tile, pixels)
    return documents


def flat_document(prompt: str, plan: Plan, grays: int) -> FlatDocument:
    """The true flat document of a scene."""
    return FlatDocument(prompt, format_plan(plan), render(plan, TILE, grays))


def chain(loaded: LoadedModel, source: SceneSource, scenes: int, side: int | None) -> dict[str, float]:
    """Bits per pixel of finished pictures, and what each stage adds to them (the chain rule; each stage shows less
    than the next, so their sum is an upper bound of the picture's own bits).

    Args:
        loaded: The model.
        source: Scenes that training does not show.
        scenes: How many of them.
        side: Of the pictures in pixels; None for flat pictures of 32x32.
    """
    bits: dict[str, float] = {}
    for index in range(scenes):
        prompt, plan = source.prompt("flat", index)
        assert isinstance(plan, Plan)
        grays = source.config.grays
        flat: dict[str, list[Document]] = {"flat": [flat_document(prompt, plan, grays)]}
        known = loaded.knowledge
        tiled = scene_documents(prompt, plan, side, grays, known.context) if side else flat
        for stage, documents in tiled.items():
            bits[stage] = bits.get(stage, 0.0) + total_bits(loaded, documents)[0]
    return {stage: value / (scenes * (side or TILE) ** 2) for stage, value in bits.items()}
