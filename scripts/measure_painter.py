"""How far the layers that a painter draws are from those of the font: pixels off by level, over all its subjects.

    python scripts/measure_painter.py [--model painter] [--side 128] [--every 1] [--sheet sheet.png]

Takes a few minutes on two cores, or --every so many subjects alone. The sheet shows all of these, none chosen. Needs
`pip install '.[data]'`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.data.layers import render_layer
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.layering import LayerJob, draw_layer, level_for, think_inks
from tiledraw.engine.executors import make_executor
from tiledraw.engine.scheduling import run_together

COLUMNS, CELL = 16, 132

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="painter")
    parser.add_argument("--side", type=int, default=128, help="pixels a side of the last level")
    parser.add_argument("--every", type=int, default=1, help="one of so many subjects is drawn")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    drawer = Drawer.load(options.model)
    names = drawer.loaded.knowledge.subjects[:: options.every]
    begin = time.monotonic()
    palettes = think_inks(drawer.decoder, drawer.loaded.vocabulary, names)
    drawn: dict[str, list[np.ndarray]] = {}

    def picture(name: str) -> Generator[Any, Any, None]:
        drawn[name] = yield from draw_layer(LayerJob(name, str(palettes[name]), level_for(options.side)))

    for _ in run_together(map(picture, names), make_executor(drawer.decoder, drawer.loaded.vocabulary)):
        pass
    right = sum(str(palettes[name]) == render_layer(name, 64)[0] for name in names)
    print(f"ink lists right: {right} of {len(names)}; {(time.monotonic() - begin) / len(names):.2f} s a layer")
    print("| level | pixels off | most, of | \n| --- | --- | --- |")
    for level in range(level_for(options.side) + 1):
        off = [float((drawn[name][level] != render_layer(name, 8 << level)[1]).mean()) for name in names]
        print(f"| {8 << level} | {np.mean(off):.4f} | {max(off):.3f}, {names[int(np.argmax(off))]} |")
    if options.sheet:
        rows = -(-len(names) // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * CELL, rows * CELL), (200, 230, 250))
        for number, name in enumerate(names):
            image = Image.fromarray(palettes[name].paint(drawn[name][-1])).resize((128, 128))
            sheet.paste(image, (number % COLUMNS * CELL, number // COLUMNS * CELL), image)
        sheet.save(options.sheet)
