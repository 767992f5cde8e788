"""Enlarging: pieces make the picture of the whole, levels the one drawn so large, and mistakes make one sentence."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tiledraw.canvas.pixels import resize
from tiledraw.drawing import enlarging
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.editing import Original
from tiledraw.drawing.enlarging import MAX_ENLARGED, ByTiles, Lanczos, check_factor, load_enlarger
from tiledraw.drawing.job import Job
from tiledraw.engine import executors
from tiledraw.format.grammar import segments, tokenise
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan
from tiledraw.models.vae import Vae, VaeConfig

PLAN = Plan((Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(24, 0, 32, 8))))


def grays(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@pytest.fixture(scope="module")
def vae():
    """A tiny network whose every weight counts."""
    torch.manual_seed(0)
    network = Vae(VaeConfig(8, 6, 4, 1, 1, 1)).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.12)
    return network


class Recorder:
    """Repeats pixels, and remembers what it was shown."""

    def __init__(self, scale=4, grain=2, reach=3):
        self.scale, self.grain, self.reach, self.shapes = scale, grain, reach, []

    def enlarge(self, pixels):
        self.shapes.append(pixels.shape)
        return pixels.repeat(self.scale, 0).repeat(self.scale, 1)


@pytest.mark.parametrize("size", [(64, 48), (37, 70), (5, 1), (80, 81)])
@pytest.mark.parametrize("piece", [8, 26])
def test_pieces_make_the_same_picture_as_the_whole(vae, size, piece):
    pixels = grays(*size)
    whole = ByTiles(vae, 4096).enlarge(pixels, 4).astype(int)
    pieces = ByTiles(vae, piece).enlarge(pixels, 4).astype(int)
    assert whole.shape == pieces.shape == (4 * size[0], 4 * size[1])
    assert len(np.unique(whole)) > 20
    assert np.abs(whole - pieces).max() <= 1 and (whole != pieces).mean() < 0.001


def test_pieces_that_overlap_less_than_the_network_reaches_make_another_picture(vae):
    class Shortsighted(Recorder):
        def enlarge(self, pixels):
            return vae.enlarge(pixels)

    pixels = grays(64, 64)
    pieces = ByTiles(Shortsighted(reach=4), 16).enlarge(pixels, 4).astype(int)
    assert np.abs(pieces - ByTiles(vae, 64).enlarge(pixels, 4)).max() > 1


def test_no_network_sees_more_than_a_piece_and_its_surroundings():
    network = Recorder(reach=5)
    pixels = grays(101, 60)
    large = ByTiles(network, 16).enlarge(pixels, 4)
    assert np.array_equal(large, pixels.repeat(4, 0).repeat(4, 1))
    assert max(max(shape) for shape in network.shapes) == 16 + 2 * 6
    assert all(side % 2 == 0 for shape in network.shapes for side in shape)


def test_other_factors_are_area_means_and_second_rounds(vae):
    pixels, way = grays(20, 24), ByTiles(vae, 4096)
    four = way.enlarge(pixels, 4)
    assert np.array_equal(way.enlarge(pixels, 2), resize(four, 48, 40))
    assert np.array_equal(way.enlarge(pixels, 8), way.enlarge(four, 2))
    redrawn = ByTiles(Recorder(scale=1), 8).enlarge(pixels, 2)  # a network that does not enlarge redraws the resampled
    assert np.array_equal(redrawn, Lanczos().enlarge(pixels, 2))


def test_a_large_picture_lies_on_the_disk(monkeypatch):
    pixels, way = grays(30, 40), ByTiles(Recorder(), 16)
    in_memory = way.enlarge(pixels, 4)
    monkeypatch.setattr(enlarging, "IN_MEMORY", 1000)
    on_disk = way.enlarge(pixels, 4)
    assert isinstance(on_disk, np.memmap) and not isinstance(in_memory, np.memmap)
    assert np.array_equal(on_disk, in_memory)
    assert np.array_equal(np.asarray(Image.fromarray(on_disk)), in_memory)


def test_lanczos_is_that_of_pillow():
    pixels = grays(10, 20)
    expected = Image.fromarray(pixels).resize((80, 40), Image.Resampling.LANCZOS)
    assert np.array_equal(Lanczos().enlarge(pixels, 4), np.asarray(expected))


@pytest.mark.parametrize("factor", [-2, 0, 1, 3, 6])
def test_factors_are_powers_of_two(factor):
    for way in (Lanczos(), ByTiles(Recorder())):
        with pytest.raises(ValueError, match=f"2, 4, 8, ... times, not {factor} times"):
            way.enlarge(grays(32, 32), factor)


def test_what_would_be_too_large_is_refused():
    check_factor(8, MAX_ENLARGED // 8, 10)
    with pytest.raises(ValueError, match="16 times 4096x10 pixels is too large; the longer side becomes 32768 at most"):
        check_factor(16, 4096, 10)


# Levels --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawer(loaded, monkeypatch):
    """Draws noise that changes with anything that a document says."""

    def draw(decoder, vocabulary, documents, noise, temperature):
        pixels = []
        for document, numbers in zip(documents, noise, strict=True):
            said = zlib.crc32(tokenise(segments(document), vocabulary)[0].tobytes())
            pixels.append(((said + 256 * numbers + 9 * temperature).astype(np.int64) % 16 * 17).astype(np.uint8))
        return np.stack(pixels)

    monkeypatch.setattr(executors, "draw_pixels", draw)
    return Drawer(loaded, None)


def next_levels(drawer, pixels, factor, prompt="a cat", plan=PLAN, **settings):
    """The events of drawing the levels that follow a picture."""
    original = Original(pixels, np.zeros(pixels.shape, dtype=bool), factor)
    return list(drawer.stream_job(Job(prompt, original=original, plan=plan, **settings)))


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (128, 64), (64, 128)])
@pytest.mark.parametrize("factor", [2, 4])
def test_levels_draw_the_picture_that_would_have_been_drawn_so_large(drawer, size, factor):
    settings = {"seed": 5, "temperature": 0.7}
    larger = tuple(factor * side for side in size)
    *_, small = drawer.stream("a cat", size, plan=PLAN, **settings)
    *_, large = drawer.stream("a cat", larger, plan=PLAN, **settings)
    seen = next_levels(drawer, np.asarray(small.image), factor, **settings)
    assert np.array_equal(np.asarray(seen[-1].image), np.asarray(large.image))
    started = [event.tiles for event in seen if hasattr(event, "tiles")]
    known = len(started) - factor.bit_length() + 1
    assert not any(started[:known]) and all(started[known:])
    other = next_levels(drawer, np.asarray(small.image), factor, **settings | {"seed": 6})
    assert not np.array_equal(np.asarray(other[-1].image), np.asarray(large.image))


@pytest.mark.parametrize("size", [(96, 96), (64, 32), (256, 96), (160, 64)])
def test_a_picture_that_is_no_level_is_refused(drawer, size):
    pixels = grays(*size[::-1])
    with pytest.raises(ValueError, match=r"is no level of one of .* squares of 32, 64, 128"):
        next_levels(drawer, pixels, 2)


def test_levels_end_at_4096_pixels(drawer):
    with pytest.raises(ValueError, match="from 32 to 4096, not 8192"):
        Original(np.zeros((64, 64), np.uint8), np.zeros((64, 64), bool), 128)


# Names ---------------------------------------------------------------------------------------------------------------


def test_enlargers_by_name(vae, tmp_path, monkeypatch):
    from tiledraw.models import vae as networks

    networks.save_vae(tmp_path / "net", vae)
    assert isinstance(load_enlarger("lanczos"), Lanczos)
    found = load_enlarger(str(tmp_path / "net"))
    monkeypatch.setattr(networks, "packaged_vae", lambda: tmp_path / "net")
    for way in (found, load_enlarger("vae")):
        assert replace(way, piece=8).network.config == vae.config
    monkeypatch.setattr(networks, "packaged_vae", lambda: tmp_path / "none")
    with pytest.raises(ValueError, match="this package holds no network"):
        load_enlarger("vae")
    with pytest.raises(ValueError, match="'esrgan' does not enlarge; known are lanczos, levels, vae"):
        load_enlarger("esrgan")
