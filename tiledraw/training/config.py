"""The configuration of a training run from scratch: its YAML keys with their meanings. Knows nothing about the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiledraw.data.documents import SceneConfig
from tiledraw.models.building import ModelConfig
from tiledraw.training.optimizer import OptimizerConfig


@dataclass(frozen=True)
class MixConfig:
    """What a step learns from: how many documents of each kind, and the weight of their mean losses.

    Attributes:
        long: Tile and flat documents a step.
        flat_every: Every so many long documents one is flat, the others are tiles; 1: all are flat; 0: none is.
        layouts: Layout documents a step.
        tile_weight: Weight of the mean loss of tile pixels.
        flat_weight: Weight of the mean loss of flat pixels.
        coarse_weight: Weight of the mean loss of coarse pixels.
        text_weight: Weight of the mean loss of drawn text.
    """

    long: int = 6
    flat_every: int = 12
    layouts: int = 6
    tile_weight: float = 1.0
    flat_weight: float = 0.2
    coarse_weight: float = 0.1
    text_weight: float = 0.2

    @property
    def formats(self) -> tuple[str, ...]:
        """What a model learns to draw from this mix."""
        return tuple(name for name, learned in (("flat", self.flat_every), ("tiled", self.flat_every != 1)) if learned)


@dataclass(frozen=True)
class TrainConfig:
    """A training run from scratch.

    Attributes:
        output: Folder of the run.
        tokenizer: A folder with a tokenizer, or "bundled".
        start: A model to take the weights from at the first step; none: random weights.
        steps: Steps in all; the learning rate has fallen to zero at the last.
        seed: Seed of the weights.
        log_steps: Steps between two lines of metrics.
        checkpoint_minutes: Minutes between checkpoints.
        evaluate_minutes: Minutes between evaluations with sample pictures.
        evaluate_documents: Validation documents of each kind in an evaluation.
        precision: Of the forward and backward pass: "bfloat16", "float32", or "auto", which is bfloat16 where the
            processor multiplies in it. The weights that are trained stay in float32.
        time_limit: Longest time of this session, such as 90m or 2h; the next one goes on from there.
    """

    output: str
    scenes: SceneConfig
    model: ModelConfig = ModelConfig()
    mix: MixConfig = MixConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    tokenizer: str = "bundled"
    start: str | None = None
    steps: int = 10000
    seed: int = 0
    log_steps: int = 20
    checkpoint_minutes: float = 5.0
    evaluate_minutes: float = 30.0
    evaluate_documents: int = 24
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    time_limit: str | None = None
