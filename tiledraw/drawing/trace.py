"""The trace: what the model thought and drew on the way, as pictures and text that a person looks at.

plan.yaml, think.txt, plan.png (the boxes), level-N.png (each enlarged to the picture's side), tiles.txt (what
each tile thought), grid.png (the picture with its tiles outlined); of a picture of layers layer-SUBJECT-level-N.png and
picture.png.
Knows events. Knows nothing about how they come about.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.canvas.pyramid import TILE
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.drawing.events import (
    Event,
    ImageDone,
    LayerLevelDone,
    LayerTileDone,
    LevelDone,
    PlanReady,
    TileDone,
)
from tiledraw.format.palettes import parse_palette
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Plan, plan_to_yaml

NAMES = re.compile(r"plan\.(yaml|png)|(think|tiles)\.txt|(grid|picture)\.png|(layer-.*-)?level-\d+\.png")
PLAN_SIDE = 512  # pixels a side of the picture of a plan
LEVEL_SIDE = 256  # least pixels a side of the picture of a level


class Trace:
    """Writes each event into a folder as soon as it comes; the first one makes the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.thoughts: list[str] = []

    def add(self, event: Event) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        match event:
            case PlanReady(plan=plan, text=text):
                atomic_write(self.folder / "think.txt", f"{text}\n".encode())
                if plan is not None:
                    atomic_write(self.folder / "plan.yaml", plan_to_yaml(plan).encode())
                    self._save("plan.png", plan_picture(plan))
            case LayerTileDone(document=document):
                self.thoughts.append(f"{document.subject}, inks: {document.inks}{document.place}")
            case LayerLevelDone(subject=subject, inks=inks, level=level, pixels=pixels):
                image = Image.fromarray(parse_palette(inks).paint(pixels))
                side = max(LEVEL_SIDE, len(pixels))
                name = f"layer-{subject.replace(' ', '-')}-level-{level}.png"
                self._save(name, image.resize((side, side), Image.Resampling.NEAREST))
                atomic_write(self.folder / "tiles.txt", "\n".join([*self.thoughts, ""]).encode())
            case TileDone(think=think):
                self.thoughts.append(think)
            case LevelDone(level=level, pixels=pixels):
                side = max(LEVEL_SIDE, len(pixels))
                self._save(f"level-{level}.png", image_from_pixels(resize(pixels, side, side)))
                atomic_write(self.folder / "tiles.txt", "\n".join([*self.thoughts, ""]).encode())
            case ImageDone(image=image):
                if getattr(image, "layers", ()):
                    self._save("picture.png", image)
                else:
                    self._save("grid.png", with_grid(image))

    def _save(self, name: str, image: Image.Image) -> None:
        with atomic_open(self.folder / name) as file:
            image.save(file, "PNG")


def plan_picture(plan: Plan, side: int = PLAN_SIDE) -> Image.Image:
    """A plan as boxes with names on the plan grid; what lies outside the canvas is dark."""
    grid, canvas = plan.grid, plan.visible
    image = Image.new("L", (side, side), 96)
    draw = ImageDraw.Draw(image)

    def corners(box: Box) -> tuple[int, int, int, int]:
        return side * box.x0 // grid, side * box.y0 // grid, side * box.x1 // grid - 1, side * box.y1 // grid - 1

    draw.rectangle(corners(canvas), fill=255)
    for line in range(0, side, max(1, side // grid)):
        draw.line((line, 0, line, side), fill=208)
        draw.line((0, line, side, line), fill=208)
    for placement in plan.placements:
        place = corners(placement.box)
        draw.rectangle(place, outline=0, width=3)
        draw.text((place[0] + 8, place[1] + 6), placement.subject, fill=0, font_size=20)
    draw.text((8, side - 26), f"background: {plan.background}", fill=64, font_size=16)
    return image


def with_grid(image: Image.Image) -> Image.Image:
    """A picture with the edges of its tiles lightened or darkened."""
    pixels = np.asarray(image).copy()
    for axis in (pixels, pixels.T):
        axis[::TILE] ^= 64
    return image_from_pixels(pixels)
