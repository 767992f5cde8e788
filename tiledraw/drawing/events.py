"""Events: what happens while a picture is drawn. The command line, a page or a server only consume them.

Knows plans and tiles. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tiledraw.canvas.pyramid import Tile
from tiledraw.drawing.picture import Picture
from tiledraw.format.layers import LayerDocument
from tiledraw.language.plan import Plan


@dataclass(frozen=True)
class PlanReady:
    """The plan, and the text of the think step (free thought included). The plan is None where the model has learned
    without plans and thought of none. `total`: how many tiles all levels have, the coarse pass among them; 0 where
    nothing is drawn. `remark`: what whoever asked should know of how it came about, in a sentence. `thought`: what the
    prompt asks for, as a thinker of layers wrote it down before the plan. `other`: what the prompt may as well ask for,
    where that is in doubt."""

    plan: Plan | None
    text: str
    total: int = 0
    remark: str = ""
    thought: str = ""
    other: Plan | None = None

    @property
    def whole_thought(self) -> str:
        """All that was thought: what the prompt asks for, then the plan."""
        return "\n\n".join(filter(None, (self.thought, self.text)))


@dataclass(frozen=True)
class LevelStarted:
    """A level begins: its number (0 is the coarse pass), its side in pixels, how many tiles are told of."""

    level: int
    side: int
    tiles: int


@dataclass(frozen=True, eq=False)
class TileDone:
    """A tile is finished: `pixels` (32, 32) uint8; `drawn` unless it needed no drawing."""

    tile: Tile
    think: str
    pixels: np.ndarray = field(repr=False)
    drawn: bool = True


@dataclass(frozen=True, eq=False)
class LayerTileDone:
    """A tile of a layer is finished: its document as it was when it began, and `pixels` (32, 32) uint8, or (16, 16),
    numbers of the inks."""

    document: LayerDocument
    pixels: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class LayerLevelDone:
    """A level of a layer is finished: `pixels` (side, side) uint8, numbers of the inks."""

    subject: str
    inks: str
    level: int
    pixels: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class LevelDone:
    """A level is finished: `pixels` (side, side) uint8, of the whole enclosing square."""

    level: int
    pixels: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class ImageDone:
    """The picture is finished."""

    image: Picture


@dataclass(frozen=True)
class Remarked:
    """Something that whoever asked should know, in a sentence."""

    text: str


@dataclass(frozen=True)
class Refused:
    """There is no picture: the prompt or its plan can't be drawn. Only where several pictures are drawn together."""

    error: ValueError


LevelEvent = LevelStarted | TileDone | LevelDone
Event = PlanReady | LevelEvent | LayerTileDone | LayerLevelDone | ImageDone | Remarked | Refused
