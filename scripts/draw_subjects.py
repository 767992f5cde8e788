"""Draws the designs of all subjects in colour onto one sheet, each above its English name.

    python scripts/draw_subjects.py --output sheet.png [--side 64] [--columns 15] [--from 1] [--to 752]

Subjects have the numbers of their lines in `tiledraw/language/subjects.csv`. `tiledraw subjects -o sheet.png` draws
those of a model instead, as the model does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from tiledraw.data.glyphs import ink_glyph
from tiledraw.language.subjects import subjects

LABEL = 14  # pixels below a picture, for its number and name

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--side", type=int, default=64, help="pixels of a picture")
    parser.add_argument("--columns", type=int, default=15)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--to", type=int, default=len(subjects()), dest="last")
    options = parser.parse_args()
    if not 1 <= options.first <= options.last <= len(subjects()) or min(options.side, options.columns) < 1:
        parser.error(f"give numbers of subjects from 1 to {len(subjects())}, and a side and columns of at least 1")
    shown = list(enumerate(subjects().values(), 1))[options.first - 1 : options.last]
    width, height = max(options.side, 92) + 4, options.side + LABEL
    sheet = Image.new("RGB", (options.columns * width, -(-len(shown) // options.columns) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (number, subject) in enumerate(shown):
        row, column = divmod(place, options.columns)
        palette, inks = ink_glyph(subject.design, options.side)
        picture = Image.fromarray(palette.paint(inks))
        sheet.paste(picture, (column * width + (width - options.side) // 2, row * height), picture)
        label = f"{number} {subject.name}"
        pen.text(
            (column * width + width // 2, row * height + options.side + 1), label, "black", font_size=9, anchor="ma"
        )
    sheet.save(options.output)
