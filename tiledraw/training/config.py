"""The configuration of a training run: its YAML keys with their meanings. Knows nothing about the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tiledraw.data.documents import SceneConfig
from tiledraw.data.layers import LayerConfig
from tiledraw.data.requests import RequestConfig
from tiledraw.models.adapters import AdapterConfig
from tiledraw.models.building import ModelConfig
from tiledraw.training.optimizer import OptimizerConfig


@dataclass(frozen=True)
class MixConfig:
    """What a step learns from: how many documents of each kind, and the weight of their mean losses.

    Attributes:
        long: Tile and flat documents a step; of layers, tiles.
        flat_every: Every so many long documents one is flat, the others are tiles; 1: all are flat; 0: none is.
        behind: So many tiles of one picture stand behind its layout (prompt, thought, coarse pass) in one sequence, and
            see that and themselves alone; what they see is not learned there. Flat documents then come in sequences of
            as many, behind nothing, and `flat_every` counts sequences. 0: a tile stands alone.
        sparse: Whether tiles are read without what their guides leave no doubt about, in training and then in drawing:
            a third of their tokens less, or more.
        layouts: Layout documents a step; of layers, coarse passes; of requests, these.
        reads: Documents a step that read pictures and plans, of scenes only; 0: the model learns no `describe`.
        tile_weight: Weight of the mean loss of tile pixels.
        flat_weight: Weight of the mean loss of flat pixels.
        coarse_weight: Weight of the mean loss of coarse pixels.
        text_weight: Weight of the mean loss of drawn text.
        read_weight: Weight of the mean loss of answers, over the mean of each kind of reading.
    """

    long: int = 6
    flat_every: int = 12
    behind: int = 0
    sparse: bool = False
    layouts: int = 6
    reads: int = 0
    tile_weight: float = 1.0
    flat_weight: float = 0.2
    coarse_weight: float = 0.1
    text_weight: float = 0.2
    read_weight: float = 0.5

    @property
    def formats(self) -> tuple[str, ...]:
        """What a model learns to draw from this mix."""
        return tuple(name for name, learned in (("flat", self.flat_every), ("tiled", self.flat_every != 1)) if learned)


@dataclass(frozen=True)
class TrainConfig:
    """A training run: a new model from scratch, or with `base` an adapter on a pretrained model.

    Attributes:
        output: Folder of the run.
        scenes: What is drawn in documents made on the way; this, `layers`, `requests` or `data`.
        layers: Subjects and backgrounds that are drawn each by itself, in inks; documents are made on the way.
        requests: What prompts ask for, which a thinker writes down; documents are made on the way.
        data: A folder of documents that `tiledraw data build` has written; this or `scenes`.
        base: A pretrained model to adapt: a hub name, a folder or a GGUF file. None: a new model of the shape `model`.
        adapter: What of the base is trained.
        model: Shape of a new model.
        mix: What a step learns from.
        optimizer: Learning rates and schedule.
        tokenizer: Of a new model: a folder with a tokenizer, or "bundled". A base brings its own.
        start: A model to take the weights of a new model from at the first step; none: random weights.
        steps: Steps in all; the learning rate has fallen to zero at the last.
        seed: Seed of new weights, and of dropout.
        micro_batch: Most documents in one forward pass of each process; their gradients are accumulated over the step.
            Those of one length go together, so that small ones have less padding; those of one sequence always do.
            0: all at once.
        gradient_checkpointing: Whether a base computes its layers again in the backward pass, to need less memory.
        log_steps: Steps between two lines of metrics.
        checkpoint_minutes: Minutes between checkpoints.
        evaluate_minutes: Minutes between evaluations with sample pictures.
        evaluate_documents: Validation documents of each kind in an evaluation.
        precision: Of the forward and backward pass: "bfloat16", "float32", or "auto", which is bfloat16 where the
            processor has units for it (a GPU, AMX). The weights that are trained stay in float32; a
            frozen base is kept in this.
        time_limit: Longest time of this session, such as 90m or 2h; the next one goes on from there.
        trackers: Where metrics go beside metrics.jsonl: what accelerate knows and is installed, such as tensorboard.
        push_to_hub: Hub name, such as owner/name, that the model is uploaded to at the end.
    """

    output: str
    scenes: SceneConfig | None = None
    layers: LayerConfig | None = None
    requests: RequestConfig | None = None
    data: str | None = None
    base: str | None = None
    adapter: AdapterConfig = AdapterConfig()
    model: ModelConfig = ModelConfig()
    mix: MixConfig = MixConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    tokenizer: str = "bundled"
    start: str | None = None
    steps: int = 10000
    seed: int = 0
    micro_batch: int = 0
    gradient_checkpointing: bool = False
    log_steps: int = 20
    checkpoint_minutes: float = 5.0
    evaluate_minutes: float = 30.0
    evaluate_documents: int = 24
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    time_limit: str | None = None
    trackers: list[str] = field(default_factory=list)
    push_to_hub: str | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("scenes", "layers", "requests", "data") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "documents come either from scenes, layers or requests, sections of a configuration, or from data, a "
                f"folder that `tiledraw data build` has written (--data FOLDER); {' and '.join(given)}"
                f"{' both are' if given else 'neither is'} given"
            )
        if self.base and self.start:
            raise ValueError("start is for new models; to go on from an adapter or a merged model, give it as base")
        if self.model.place_words and (self.data is not None or self.requests is not None):
            raise ValueError(
                "place words are of the subjects of scenes or layers; give one of these, or for pictures of your own "
                "another configuration, such as --config pictures"
            )
        if self.steps < 1 or self.log_steps < 1:
            raise ValueError("steps and log_steps are at least 1")
        if self.micro_batch < 0:
            raise ValueError(f"micro_batch {self.micro_batch} is out of range; 0 takes all documents at once")
        if self.mix.behind < 0:
            raise ValueError(f"mix.behind {self.mix.behind} is out of range; 0 lets every tile stand alone")
        if self.push_to_hub is not None and self.push_to_hub.count("/") != 1:
            raise ValueError(f"push_to_hub {self.push_to_hub!r} is no hub name; write owner/name")
