"""A job: what picture to draw, and how.

Knows which values make sense. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tiledraw.canvas.pyramid import TILE, Canvas, Tile
from tiledraw.common.checks import FLAT_TEMPERATURE, check_prompt, check_seed, check_temperature
from tiledraw.common.values import as_size
from tiledraw.drawing.editing import Original
from tiledraw.drawing.ground import Ground
from tiledraw.language.attributes import BACKGROUNDS
from tiledraw.language.plan import Plan

PLANNERS = ("model", "rules")


@dataclass(frozen=True)
class Job:
    """A picture to draw.

    Attributes:
        prompt: What to draw, in English or Chinese.
        size: Width and height in pixels, multiples of 32 from 32 to 4096 (`256` and `"512x256"` will do); a flat
            picture is always 32x32.
        seed: Of all noise; the same seed gives the same picture.
        temperature: Of the pixels; 0 is greedy, but for open backgrounds (`layer_temperature`); None is 1 if flat, else
            0 for layers and 0.6 for tiles in gray. Plans are thought at temperature 0.
        planner: "model" or "rules"; not used when a plan is given.
        plan: What to draw where, if that is known already.
        background: Of a picture of layers, in place of the one of the plan; None: that. Over a picture only where that
            has a part that is free, which the background fills.
        without_unknown: Draws what is known of a prompt that asks for something unknown, too, in place of a refusal.
        strict: Refuses a plan that does not seem to say what the prompt says, in place of a remark.
        flat: Draws the baseline: one 32x32 image after one think step, without tiles.
        finished: Pixels of tiles that are drawn already, uint8; the coarse pass is the tile `COARSE_TILE`.
        original: A picture to draw over: only its free pixels are drawn, and it gives the size.
        over: A picture that lies below the layers, in place of a background or around it; it gives the size.

    Raises:
        ValueError: any of them out of its range, with what would work.
    """

    prompt: str
    size: tuple[int, int] = (256, 256)
    seed: int = 0
    temperature: float | None = None
    planner: str = "model"
    plan: Plan | None = None
    background: str | None = None
    without_unknown: bool = False
    strict: bool = False
    flat: bool = False
    finished: Mapping[Tile, np.ndarray] = field(default_factory=dict)
    original: Original | None = None
    over: Ground | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompt", check_prompt(self.prompt))
        object.__setattr__(self, "size", (TILE, TILE) if self.flat else as_size(self.size))
        if self.original is not None:
            if self.flat:
                raise ValueError("a picture is drawn over by tiles; leave flat out")
            object.__setattr__(self, "size", self.original.size)
        if self.over is not None:
            if self.flat:
                raise ValueError("what is drawn over a picture is in layers; leave flat out")
            if self.background is not None and self.over.free is None:
                raise ValueError("what is drawn over a picture has it as its background; leave background out, or give "
                                 "a mask, where a background may be")  # fmt: skip
            object.__setattr__(self, "size", self.over.canvas_size)
        _ = self.canvas
        check_seed(self.seed)
        if self.temperature is not None:
            check_temperature(self.temperature)
        elif self.flat:
            object.__setattr__(self, "temperature", FLAT_TEMPERATURE)
        if self.background is not None and self.background not in BACKGROUNDS:
            raise ValueError(f"the background {self.background!r} is unknown; known are {', '.join(BACKGROUNDS)}")
        if self.plan is None and self.planner not in PLANNERS:
            raise ValueError(f"the planner {self.planner!r} is unknown; known are {', '.join(PLANNERS)}")

    @property
    def canvas(self) -> Canvas:
        return Canvas(*self.size)

    @property
    def tiles(self) -> int:
        """How many tiles are drawn, over all levels."""
        return 0 if self.flat else sum(len(self.canvas.tiles(level)) for level in range(1, len(self.canvas.sides)))
