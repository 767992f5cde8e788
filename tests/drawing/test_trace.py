"""The trace: each event leaves its picture or text, as soon as it comes."""

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.canvas.pyramid import Tile
from tiledraw.drawing.events import ImageDone, LevelDone, LevelStarted, PlanReady, TileDone
from tiledraw.drawing.trace import Trace, plan_picture, with_grid
from tiledraw.language.boxes import Box
from tiledraw.language.plan import FULL, Placement, Plan, plan_from_yaml

PLAN = Plan((Placement("cat", Box(0, 20, 12, 32)), Placement("sun", Box(20, 0, 32, 12))), "light gray")


def grays(side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)


def pixels_of(path):
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        return np.asarray(image)


def test_every_event_leaves_its_files_at_once_and_no_other(tmp_path):
    folder, square = tmp_path / "a" / "trace", grays(64)
    trace = Trace(folder)
    assert not folder.exists()  # a drawing that is refused leaves no folder
    tiles = [Tile(2, 2, 0, 0), Tile(2, 2, 1, 1)]
    events = [
        (PlanReady(PLAN, "A cat, 猫.\nbackground: light gray"), {"plan.yaml", "think.txt", "plan.png"}),
        (LevelStarted(0, 8, 1), set()),
        (LevelDone(0, square[:8, :8]), {"level-0.png", "tiles.txt"}),
        (LevelStarted(2, 64, 2), set()),
        *((TileDone(tile, f"tile {tile.row}", square[tile.slices]), set()) for tile in tiles),
        (LevelDone(2, square), {"level-2.png"}),
        (ImageDone(image_from_pixels(square)), {"grid.png"}),
    ]
    expected = set()
    for event, new in events:
        trace.add(event)
        expected |= new
        assert {path.name for path in folder.iterdir()} == expected
    assert plan_from_yaml((folder / "plan.yaml").read_text(encoding="utf-8")) == PLAN
    assert (folder / "think.txt").read_text(encoding="utf-8") == "A cat, 猫.\nbackground: light gray\n"
    assert (folder / "tiles.txt").read_text(encoding="utf-8") == "tile 0\ntile 1\n"
    assert np.array_equal(pixels_of(folder / "plan.png"), np.asarray(plan_picture(PLAN)))
    assert np.array_equal(pixels_of(folder / "grid.png"), np.asarray(with_grid(image_from_pixels(square))))


@pytest.mark.parametrize(("side", "shown"), [(8, 256), (32, 256), (128, 256), (256, 256), (512, 512)])
def test_levels_are_enlarged_pixel_by_pixel(tmp_path, side, shown):
    Trace(tmp_path).add(LevelDone(1, grays(side)))
    factor = shown // side
    assert np.array_equal(pixels_of(tmp_path / "level-1.png"), grays(side).repeat(factor, 0).repeat(factor, 1))


def test_a_folder_of_an_earlier_trace_is_written_over(tmp_path):
    for seed in (0, 1):
        Trace(tmp_path).add(LevelDone(3, grays(256, seed)))
    assert np.array_equal(pixels_of(tmp_path / "level-3.png"), grays(256, 1))


def test_the_grid_marks_the_first_row_and_column_of_each_tile_and_nothing_else():
    square = grays(96)[:64]
    shown = np.asarray(with_grid(image_from_pixels(square)))
    changed = shown != square
    rows, columns = np.indices(square.shape)
    assert np.array_equal(changed, (rows % 32 == 0) ^ (columns % 32 == 0))
    assert (np.abs(shown.astype(int) - square)[changed] == 64).all()
    assert np.array_equal(square, grays(96)[:64])  # the picture itself stays as it is


def test_the_picture_of_a_plan_shows_boxes_where_they_are():
    shown = np.asarray(plan_picture(PLAN, 512))
    assert shown.shape == (512, 512)
    edges = shown == 0
    for box in (Box(0, 20, 12, 32), Box(20, 0, 32, 12)):
        y, x = slice(16 * box.y0, 16 * box.y1), slice(16 * box.x0, 16 * box.x1)
        outline = edges[y, x]
        assert outline[0].all() and outline[-1].all() and outline[:, 0].all() and outline[:, -1].all()
        assert 10 < outline[3:-3, 3:-3].sum() < 2000  # the name
    assert not edges[:300, :300].any()  # nothing where no box is
    names = [np.asarray(plan_picture(Plan((Placement(name, Box(0, 0, 16, 16)),)))) for name in ("cat", "sun")]
    assert not np.array_equal(*names)
    assert not np.array_equal(shown, np.asarray(plan_picture(Plan(PLAN.placements, "white"))))


def test_what_lies_outside_the_canvas_is_dark():
    wide = np.asarray(plan_picture(Plan((), canvas=Box(0, 8, 32, 24))))
    whole = np.asarray(plan_picture(Plan((), canvas=FULL)))
    inside = (slice(64 * 2 + 1, 64 * 6), slice(1, 512))
    assert np.array_equal(wide[inside], whole[inside])
    assert (whole[30] >= 200).all()
    assert (wide[30, 1:16] == 96).all() and (wide[500, 401:416] == 96).all()  # between the lines of the grid
