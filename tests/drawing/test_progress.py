"""Progress: tiles come back as they were kept, whatever was cut off, and never those of another picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledraw.canvas.pyramid import COARSE_TILE, Tile
from tiledraw.drawing.events import LayerLevelDone, LevelDone, TileDone
from tiledraw.drawing.progress import LayerProgress, Progress, ProgressError

PICTURE = {"prompt": "一只猫", "seed": 3, "size": [64, 64]}
TILES = {
    Tile(level, grid, row, column): np.random.default_rng(level + row).integers(0, 256, (32, 32)).astype(np.uint8)
    for level, grid, row, column in [(1, 1, 0, 0), (2, 2, 0, 1), (2, 2, 1, 0), (5, 128, 127, 90)]
}


def kept(path):
    progress = Progress(path, PICTURE)
    for tile, pixels in TILES.items():
        progress.add(TileDone(tile, "a thought", pixels))
    progress.add(LevelDone(0, np.full((8, 8), 7, np.uint8)))
    progress.add(LevelDone(1, np.zeros((32, 32), np.uint8)))  # its tiles are kept already
    return progress


def test_tiles_and_the_coarse_pass_come_back(tmp_path):
    kept(tmp_path / "cat.png.tiles")
    found = Progress(tmp_path / "cat.png.tiles", PICTURE).finished
    assert found.keys() == {*TILES, COARSE_TILE}
    assert all(np.array_equal(found[tile].reshape(32, 32), pixels) for tile, pixels in TILES.items())
    assert (found[COARSE_TILE] == 7).all() and len(found[COARSE_TILE]) == 64


@given(st.integers(0, 4 * (1024 + 18) + 64 + 18))
def test_a_cut_at_any_byte_costs_one_tile_and_the_rest_goes_on(tmp_path, cut):
    path = tmp_path / "cat.png.tiles"
    path.unlink(missing_ok=True)
    kept(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut])
    progress = Progress(path, PICTURE)
    before = len(progress.finished)
    assert before >= 5 - -(-cut // 82) and all(tile in (*TILES, COARSE_TILE) for tile in progress.finished)
    kept(path)
    assert Progress(path, PICTURE).finished.keys() == {*TILES, COARSE_TILE}


@given(st.data())
def test_a_damaged_tile_is_drawn_again(tmp_path, data):
    path = tmp_path / "cat.png.tiles"
    path.unlink(missing_ok=True)
    kept(path)
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(whole.index(b"\n") + 1, len(whole) - 1))
    size = data.draw(st.integers(1, 2000))
    new = data.draw(st.sampled_from([bytes(size), bytes([255]) * size, bytes(whole[at // 2 :][:size])]))
    whole[at : at + size] = new
    path.write_bytes(whole)
    for tile, pixels in Progress(path, PICTURE).finished.items():
        expected = TILES[tile] if tile in TILES else np.full(64, 7, np.uint8)
        assert np.array_equal(pixels, expected.ravel())


@given(st.data())
def test_a_damaged_level_of_a_layer_is_drawn_again(tmp_path, data):
    path = tmp_path / "cat.ora.tiles"
    path.unlink(missing_ok=True)
    levels = [np.full((8 << level, 8 << level), level, np.uint8) for level in range(3)]
    progress = LayerProgress(path, PICTURE)
    for level, pixels in enumerate(levels):
        progress.add(LayerLevelDone("猫", "none, black", level, pixels))
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(whole.index(b"\n") + 1, len(whole) - 1))
    size = data.draw(st.integers(0, 300))
    whole[at : at + size] = data.draw(st.binary(min_size=size, max_size=size))
    path.write_bytes(whole)
    for subject, (inks, found) in LayerProgress(path, PICTURE).levels.items():
        assert (subject, inks) == ("猫", "none, black")
        assert all(np.array_equal(one, other) for one, other in zip(found, levels, strict=False))


def test_tiles_of_another_picture_are_refused_and_stay(tmp_path):
    path = tmp_path / "cat.png.tiles"
    kept(path)
    before = path.read_bytes()
    for other in ({**PICTURE, "seed": 4}, {}):
        with pytest.raises(ProgressError, match=r"^\S+cat.png.tiles holds tiles of another picture[^\n]*$"):
            Progress(path, other)
    assert path.read_bytes() == before


def test_a_tile_that_is_kept_is_not_kept_again(tmp_path):
    path = tmp_path / "cat.png.tiles"
    kept(path)
    size = path.stat().st_size
    again = Progress(path, PICTURE)
    again.add(TileDone(next(iter(TILES)), "", np.zeros((32, 32), np.uint8)))
    assert path.stat().st_size == size
    again.remove()
    assert not path.exists()
