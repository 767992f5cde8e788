"""What ink pictures leave to decide, level by level: the share of pixels that their guide leaves no doubt about, how
often the others differ from their guide pixel, and how often what is known is wrong; for several rules of what a level
shows where inks are equally frequent, for levels that are each rendered by themselves, and for the same glyphs in 16
grays.

    python scripts/measure_inks.py [--side 512] [--sheet inks.png]

The sheet shows twelve subjects at 64 pixels under each rule. Needs `pip install '.[data]'`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tiledraw.canvas.inks import known_inks, reduce_inks
from tiledraw.canvas.pixels import quantise, resize
from tiledraw.data.glyphs import ink_glyph
from tiledraw.data.scenes import glyph as gray_glyph
from tiledraw.format.layers import known_level
from tiledraw.language.subjects import subjects

Reduce = Callable[[np.ndarray], np.ndarray]
SHOWN = (
    *("cat", "sun", "bus", "flower", "vase", "strawberry", "owl", "house", "bicycle", "guitar", "pizza", "stop sign"),
)
SIDE = 64


def by(key: Callable[[np.ndarray], np.ndarray]) -> Reduce:
    """The most frequent ink of two by two, of equals the one with the largest key."""

    def reduce(inks: np.ndarray) -> np.ndarray:
        height, width = inks.shape
        blocks = inks.reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2).reshape(height // 2, width // 2, 4)
        counts = (blocks[..., None] == blocks[..., None, :]).sum(-1)
        chosen = (counts * 1000 + key(blocks.astype(np.int64))).argmax(-1)
        return np.take_along_axis(blocks, chosen[..., None], -1)[..., 0]

    return reduce


RULES: dict[str, Reduce] = {
    "smallest, 0 last": reduce_inks,
    "smallest": by(lambda blocks: -blocks),
    "largest": by(lambda blocks: blocks),
    "upper left": by(lambda blocks: np.arange(3, -1, -1)),
}


def levels_of(inks: np.ndarray, reduce: Reduce) -> list[np.ndarray]:
    """All levels from 8 pixels on."""
    levels = [inks]
    while len(levels[0]) > 8:
        levels.insert(0, reduce(levels[0]))
    return levels


def measure(
    name: str,
    pictures: list[list[np.ndarray]],
    guides: Reduce | None = None,
    knows: Callable[[np.ndarray, int], np.ndarray] = lambda above, _: known_inks(above),
) -> None:
    """Prints a row for each level of pictures, each given as its levels; the guide of a level is the level above, or
    what `guides` makes of the level itself; `knows` says what a level above leaves no doubt about."""
    for number in range(1, len(pictures[0])):
        known = differs = wrong = pixels = 0
        for levels in pictures:
            above, level = levels[number - 1 : number + 1]
            above = guides(level) if guides else above
            told = knows(above, number)
            known, pixels = known + (told >= 0).sum(), pixels + told.size
            wrong += ((told >= 0) & (told != level)).sum()
            differs += ((told < 0) & (above.repeat(2, 0).repeat(2, 1) != level)).sum()
        shares = known / pixels, differs / (pixels - known), wrong / max(known, 1), differs / pixels
        print(f"| {name} | {len(pictures[0][number])} | {' | '.join(f'{share:.4f}' for share in shares)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=512, help="pixels of the finest level, a power of two")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    print("| equals | level | known | others differ | known wrong | decisions a pixel |\n" + "| --- " * 6 + "|")
    glyphs = {name: ink_glyph(subject.glyph, options.side) for name, subject in subjects().items()}
    for name, reduce in RULES.items():
        measure(name, [levels_of(inks, reduce) for _, inks in glyphs.values()])
    sides = [side for side in (8, 16, 32, 64, 128, 256, 512, 1024) if side <= options.side]
    every = [[ink_glyph(subject.glyph, side)[1] for side in sides] for subject in subjects().values()]
    measure("rendered each", every)
    measure("rendered, as layers know", every, knows=known_level)
    measure("rendered, guides made", every, guides=reduce_inks)
    grays = []
    for name in glyphs:
        gray, opacity = gray_glyph(name, options.side)
        picture = np.clip(gray + 255 * (1 - opacity), 0, 255).astype(np.uint8)
        grays.append([quantise(resize(picture, side, side), 16) for side in sides])
    measure("16 grays", grays)
    if options.sheet:
        sheet = Image.new("RGB", (len(SHOWN) * 132, len(RULES) * 132), (200, 230, 250))
        for row, reduce in enumerate(RULES.values()):
            for column, name in enumerate(SHOWN):
                palette, inks = glyphs[name]
                level = next(level for level in levels_of(inks, reduce) if len(level) == SIDE)
                image = Image.fromarray(palette.paint(level)).resize((128, 128), Image.Resampling.NEAREST)
                sheet.paste(image, (column * 132, row * 132), image)
        sheet.save(options.sheet)
