"""Sheets: every picture is there, whole, with room around it."""

import numpy as np
from PIL import Image

from tiledraw.evaluation.sheets import GAP, GROUND, write_sheet


def test_rows_of_pictures_of_any_sizes_stand_beside_and_beneath_each_other(tmp_path):
    sizes = [[(10, 20), (30, 5)], [(7, 7)]]
    rows = [[Image.new("L", size, 10 * (1 + y) + x) for x, size in enumerate(row)] for y, row in enumerate(sizes)]
    write_sheet(tmp_path / "sheet.png", rows)
    image = Image.open(tmp_path / "sheet.png")
    assert image.mode == "RGB"  # some pictures have colours
    sheet = np.asarray(image.convert("L"))
    assert sheet.shape == (20 + 7 + 3 * GAP, 10 + 30 + 3 * GAP)
    assert (sheet[GAP : GAP + 20, GAP : GAP + 10] == 10).all()
    assert (sheet[GAP : GAP + 5, 2 * GAP + 10 : 2 * GAP + 40] == 11).all()
    assert (sheet[2 * GAP + 20 : 2 * GAP + 27, GAP : GAP + 7] == 20).all()
    assert (sheet == GROUND).sum() == sheet.size - 10 * 20 - 30 * 5 - 7 * 7
