"""The configuration of a training run: its YAML keys with their meanings. Knows nothing about the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from tiledraw.common.fields import Minutes, Range, Weight, check_fields
from tiledraw.common.values import parse_duration
from tiledraw.data.layers import LayerConfig
from tiledraw.data.requests import RequestConfig
from tiledraw.models.adapters import AdapterConfig
from tiledraw.models.building import ModelConfig
from tiledraw.training.optimizer import OptimizerConfig

OWN = "own"  # texts that a base writes by itself
Documents = Annotated[int, Range(0, 1_000_000)]
Every = Annotated[int, Range(1, 1_000_000_000)]
Steps = Every | Literal["auto"]
Seed = Annotated[int, Range(0, 2**31 - 1)]


def check_session(steps: int | str, time_limit: str | None) -> None:
    """Raises a ValueError if a time limit is none, or lacks where the number of steps depends on it."""
    if time_limit is not None:
        parse_duration(time_limit)
    elif steps == "auto":
        raise ValueError("steps auto are as many as fit into a time limit; give one, such as --time-limit 30m")


@dataclass(frozen=True)
class MixConfig:
    """What a step learns from: how many documents of each kind, and the weight of their mean losses.

    Attributes:
        long: Tile and flat documents a step; of layers, tiles.
        flat_every: Every so many long documents one is flat, the others are tiles; 1: all are flat; 0: none is.
        behind: So many tiles of one picture stand behind its layout (prompt, thought, coarse pass) in one sequence, and
            see that and themselves alone; what they see is not learned there. Flat documents then come in sequences of
            as many, behind nothing, and `flat_every` counts sequences. 0: a tile stands alone.
        stream: Whether flat pictures are learned as programs draw them that know no grammar, such as `generate` of
            transformers: also the words around them, and of every so many pixels one among all words. 0: they are not.
            Each such pixel costs as much memory as a word of a thought.
        layouts: Layout documents a step; of layers, coarse passes; of requests, these.
        texts: Documents a step from the file of `texts`.
        tile_weight: Weight of the mean loss of tile pixels.
        flat_weight: Weight of the mean loss of flat pixels.
        coarse_weight: Weight of the mean loss of coarse pixels.
        stream_weight: Weight of the mean loss of a pixel, and no other word, coming next (`stream`).
        text_weight: Weight of the mean loss of drawn text.
        language_weight: Weight of the mean loss of plain text.
    """

    long: Documents = 6
    flat_every: Annotated[int, Range(0, 1_000_000)] = 12
    behind: Annotated[int, Range(0, 1000)] = 0
    stream: Annotated[int, Range(0, 1000)] = 0
    layouts: Documents = 6
    texts: Documents = 0
    tile_weight: Weight = 1.0
    flat_weight: Weight = 0.2
    coarse_weight: Weight = 0.1
    stream_weight: Weight = 0.2
    text_weight: Weight = 0.2
    language_weight: Weight = 0.5

    def __post_init__(self) -> None:
        check_fields(self, "mix")
        if not self.long + self.layouts:
            raise ValueError("the mix holds no documents; give mix.long or mix.layouts")
        if not any(value for name, value in vars(self).items() if name.endswith("_weight")):
            raise ValueError("all weights of the mix are 0: it teaches nothing; give one, such as mix.tile_weight")

    @property
    def formats(self) -> tuple[str, ...]:
        """What a model learns to draw from this mix."""
        return tuple(name for name, learned in (("flat", self.flat_every), ("tiled", self.flat_every != 1)) if learned)


@dataclass(frozen=True)
class TrainConfig:
    """A training run: a new model from scratch, or with `base` an adapter on a pretrained model.

    Attributes:
        output: Folder of the run.
        layers: Subjects and backgrounds that are drawn each by itself, in inks; documents are made on the way. This,
            `requests` or `data`.
        requests: What prompts ask for, which a thinker writes down; documents are made on the way.
        data: A folder of documents that `tiledraw data build` has written.
        texts: Plain text or conversations to learn beside pictures (`mix.texts`), so that a base keeps its language: a
            text file, a file of JSON lines (`training/texts.py`), or "own", what the base writes by itself.
        base: A pretrained model to adapt: a hub name, a folder or a GGUF file. None: a new model of the shape `model`.
        adapter: What of the base is trained.
        model: Shape of a new model.
        mix: What a step learns from.
        optimizer: Learning rates and schedule.
        tokenizer: Of a new model: a folder with one, "bundled", or a model in the package. A base brings its own.
        start: A model to take the weights of a new model from at the first step; none: random weights.
        steps: Steps in all; the learning rate has fallen to zero at the last. auto: as many as fit into the time
            limit, as the first ones show.
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
    layers: LayerConfig | None = None
    requests: RequestConfig | None = None
    data: str | None = None
    texts: str | None = None
    base: str | None = None
    adapter: AdapterConfig = AdapterConfig()
    model: ModelConfig = ModelConfig()
    mix: MixConfig = MixConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    tokenizer: str = "bundled"
    start: str | None = None
    steps: Steps = 10000
    seed: Seed = 0
    micro_batch: Documents = 0
    gradient_checkpointing: bool = False
    log_steps: Every = 20
    checkpoint_minutes: Minutes = 5.0
    evaluate_minutes: Minutes = 30.0
    evaluate_documents: Documents = 24
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    time_limit: str | None = None
    trackers: list[str] = field(default_factory=list)
    push_to_hub: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_session(self.steps, self.time_limit)
        given = [name for name in ("layers", "requests", "data") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "documents come either from layers or requests, sections of a configuration, or from data, a "
                f"folder that `tiledraw data build` has written (--data FOLDER); {' and '.join(given)}"
                f"{' both are' if given else 'neither is'} given"
            )
        if self.base and self.start:
            raise ValueError("start is for new models; to go on from an adapter or a merged model, give it as base")
        if self.model.place_words and self.requests is not None:
            raise ValueError("place words are of what is drawn, and requests are not; set model.place_words to false")
        if bool(self.mix.texts) != bool(self.texts):
            raise ValueError("texts is a file, and mix.texts says how many documents of it a step has; give both")
        if self.texts == OWN and not self.base:
            raise ValueError(f"texts {OWN!r} are what a base writes; a new model has none, so give a file")
        if self.push_to_hub is not None and self.push_to_hub.count("/") != 1:
            raise ValueError(f"push_to_hub {self.push_to_hub!r} is no hub name; write owner/name")
