"""Pixels: gray levels come through images without loss, and every kind of image becomes sane grays."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from tiledraw.canvas.pixels import (
    image_from_pixels,
    pixels_from_image,
    quantise,
    resize,
)

ALL = np.arange(256, dtype=np.uint8).reshape(16, 16)
IMAGES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40))


def reopened(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    file.seek(0)
    return Image.open(file)


@given(IMAGES)
def test_images_are_lossless_also_through_a_png_file(pixels):
    image = image_from_pixels(pixels)
    assert image.mode == "L"
    assert np.array_equal(pixels_from_image(image), pixels)
    assert np.array_equal(pixels_from_image(reopened(image)), pixels)


@pytest.mark.parametrize(
    "pixels", [ALL.astype(np.float32), ALL.astype(np.int64), ALL.ravel(), np.zeros((4, 4, 3), "u1")]
)
def test_only_flat_arrays_of_uint8_become_images(pixels):
    with pytest.raises(ValueError, match="uint8"):
        image_from_pixels(pixels)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK", "YCbCr"])
def test_grays_stay_the_same_in_every_mode(mode):
    assert np.array_equal(pixels_from_image(Image.fromarray(ALL).convert(mode)), ALL)


def test_colours_become_luma_and_bits_black_and_white():
    colours = Image.new("RGB", (3, 1))
    for x, colour in enumerate(("red", "lime", "blue")):
        colours.putpixel((x, 0), Image.new("RGB", (1, 1), colour).getpixel((0, 0)))
    assert pixels_from_image(colours).tolist() == [[76, 150, 29]]
    assert set(pixels_from_image(Image.fromarray(ALL).convert("1")).ravel()) == {0, 255}


@pytest.mark.parametrize("opacity, expected", [(0, 255), (255, 0), (128, 127)])
def test_what_is_transparent_shows_white(opacity, expected):
    for image in (Image.new("RGBA", (2, 2), (0, 0, 0, opacity)), Image.new("LA", (2, 2), (0, opacity))):
        assert np.abs(pixels_from_image(image).astype(int) - expected).max() <= 1


def test_a_transparent_palette_entry_or_gray_shows_white():
    palette = Image.fromarray(ALL).convert("P")
    assert pixels_from_image(reopened(palette, transparency=3)).ravel()[:5].tolist() == [0, 1, 2, 255, 4]
    assert pixels_from_image(reopened(Image.fromarray(ALL), transparency=3)).ravel()[:5].tolist() == [0, 1, 2, 255, 4]


def test_16_bit_images_keep_their_brightness():
    sixteen = ALL.astype(np.uint16) * 257
    assert np.array_equal(pixels_from_image(Image.fromarray(sixteen)), ALL)
    assert np.array_equal(pixels_from_image(reopened(Image.fromarray(sixteen))), ALL)
    assert np.array_equal(pixels_from_image(Image.fromarray(sixteen.astype(np.int32))), ALL)
    assert pixels_from_image(Image.fromarray(np.array([[0, 32768, 65535]], dtype=np.uint16))).tolist() == [
        [0, 128, 255]
    ]


@pytest.mark.parametrize("grays", range(2, 257))
def test_quantise_gives_the_nearest_of_evenly_spaced_grays_and_does_nothing_twice(grays):
    once = quantise(ALL, grays)
    assert once.dtype == np.uint8
    assert np.array_equal(quantise(once, grays), once)
    assert len(np.unique(once)) == grays
    assert once.ravel()[0] == 0 and once.ravel()[-1] == 255
    assert np.abs(once.astype(float) - ALL).max() <= 255 / (grays - 1) / 2 + 0.5


def test_quantise_clips_and_leaves_256_grays_alone():
    assert np.array_equal(quantise(ALL, 256), ALL)
    assert quantise(np.array([-1e9, -0.4, 255.4, 1e9]), 16).tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("grays", [-1, 0, 1, 257])
def test_numbers_of_grays_that_make_no_sense_are_refused(grays):
    with pytest.raises(ValueError, match="number of grays"):
        quantise(ALL, grays)


@given(arrays(np.uint8, (8, 12)), st.integers(1, 4))
def test_resize_repeats_pixels_on_the_way_up_and_takes_means_on_the_way_down(pixels, factor):
    large = resize(pixels, 12 * factor, 8 * factor)
    assert np.array_equal(large, pixels.repeat(factor, 0).repeat(factor, 1))
    assert np.array_equal(resize(large, 12, 8), pixels)
    small = resize(pixels, 3, 2)
    assert small.dtype == np.uint8 and small.shape == (2, 3)
    assert np.abs(small - pixels.reshape(2, 4, 3, 4).mean((1, 3))).max() <= 1
