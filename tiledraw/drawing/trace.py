"""The trace: what the model thought and drew on the way, as pictures and text that a person looks at.

plan.yaml, think.txt, plan.png (the boxes), sketch-SUBJECT.png, level-N.png (each enlarged to the picture's side),
tiles.txt (what each tile thought), grid.png (the picture with its tiles outlined).
Knows events. Knows nothing about how they come about.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tiledraw.canvas.pixels import image_from_pixels, resize
from tiledraw.canvas.pyramid import TILE
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.drawing.events import Event, ImageDone, LevelDone, PlanReady, SketchDone, TileDone, WindowDone
from tiledraw.language.first_plan import GRID, Plan, plan_to_yaml

PLAN_SIDE = 512  # pixels a side of the picture of a plan
LEVEL_SIDE = 256  # least pixels a side of the picture of a level
SKETCH_SIDES = (128, 128)  # pixels of the picture of a sketch


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
            case SketchDone(subject=subject, think=think, pixels=pixels):
                self.thoughts.append(think)
                self._save(f"sketch-{subject.replace(' ', '-')}.png", image_from_pixels(resize(pixels, *SKETCH_SIDES)))
            case TileDone(think=think) | WindowDone(think=think):
                self.thoughts.append(think)
            case LevelDone(level=level, pixels=pixels):
                side = max(LEVEL_SIDE, len(pixels))
                self._save(f"level-{level}.png", image_from_pixels(resize(pixels, side, side)))
                atomic_write(self.folder / "tiles.txt", "\n".join([*self.thoughts, ""]).encode())
            case ImageDone(image=image):
                self._save("grid.png", with_grid(image))

    def _save(self, name: str, image: Image.Image) -> None:
        with atomic_open(self.folder / name) as file:
            image.save(file, "PNG")


def plan_picture(plan: Plan, side: int = PLAN_SIDE) -> Image.Image:
    """A plan as boxes with names on the plan grid; what lies outside the canvas is dark."""
    cell = side // GRID
    image = Image.new("L", (side, side), 96)
    draw = ImageDraw.Draw(image)
    canvas = plan.canvas
    draw.rectangle((cell * canvas.x0, cell * canvas.y0, cell * canvas.x1 - 1, cell * canvas.y1 - 1), fill=255)
    for line in range(0, side, cell):
        draw.line((line, 0, line, side), fill=208)
        draw.line((0, line, side, line), fill=208)
    for placement in plan.placements:
        box = placement.box
        place = (cell * box.x0, cell * box.y0, cell * box.x1 - 1, cell * box.y1 - 1)
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
