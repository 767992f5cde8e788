"""Pictures: every kind of file comes out as the grays that a viewer shows, or is refused in one sentence."""

import contextlib
import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.canvas.pictures import PictureError, most_pixels, read_picture, resample, square

RAMP = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)  # another gray in every place


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_grays_come_back_as_they_were(format):
    assert np.array_equal(read_picture(saved(Image.fromarray(RAMP), format)), RAMP)


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_the_picture_stands_as_the_camera_was_held(orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_picture(saved(Image.fromarray(RAMP), "PNG", exif=exif))
    assert np.array_equal(found, np.rot90(RAMP, turn))


def test_a_broken_orientation_does_no_harm():
    data = saved(Image.fromarray(RAMP), "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert np.array_equal(read_picture(data), RAMP)


def test_transparency_lies_on_white():
    layers = np.dstack([np.zeros((2, 3), np.uint8), np.array([[0, 128, 255]] * 2, np.uint8)])
    assert read_picture(saved(Image.fromarray(layers, "LA"), "PNG")).tolist() == [[255, 127, 0]] * 2


def test_a_palette_is_looked_up_also_where_a_color_of_it_is_transparent():
    image = Image.new("P", (3, 1))
    image.putpalette([10, 10, 10, 200, 200, 200, 0, 0, 0])
    image.putdata([0, 1, 2])
    assert read_picture(saved(image, "PNG")).tolist() == [[10, 200, 0]]
    assert read_picture(saved(image, "PNG", transparency=2)).tolist() == [[10, 200, 255]]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(format):
    deep = RAMP.astype(np.uint16) * 257
    assert np.array_equal(read_picture(saved(Image.fromarray(deep), format)), RAMP)


def test_sixteen_bits_turn_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(RAMP.astype(np.uint16) * 257)
    assert np.array_equal(read_picture(saved(deep, "PNG", exif=exif)), np.rot90(RAMP, 3))


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_inks_are_no_light(format):
    inks = Image.new("CMYK", (16, 16))
    inks.paste((0, 0, 0, 255), (0, 0, 16, 8))  # black ink on top, bare paper beneath
    found = read_picture(saved(inks, format))
    assert found[:6].max() < 10 and found[10:].min() > 245


def test_one_bit_and_frames():
    assert read_picture(saved(Image.fromarray(RAMP).convert("1"), "PNG")).dtype == np.uint8
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    assert np.array_equal(read_picture(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])), RAMP)


def test_what_a_file_is_called_does_not_matter(tmp_path):
    (tmp_path / "cat.jpg").write_bytes(saved(Image.fromarray(RAMP), "PNG"))
    assert np.array_equal(read_picture(tmp_path / "cat.jpg"), RAMP)


def bomb():
    """A PNG of a few bytes that says it has a hundred thousand pixels a side."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def floats():
    return saved(Image.fromarray(RAMP.astype(np.float32)), "TIFF")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no picture in a known format"),
        (b"a cat, in words", "no picture in a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "no picture in a known format"),
        (saved(Image.fromarray(np.tile(RAMP, (40, 40))), "JPEG")[:-900], "is damaged"),
        (saved(Image.fromarray(np.tile(RAMP, (40, 40))), "PNG")[:-200], "is damaged"),
        (bomb(), "too many pixels"),
        (floats(), "floating-point"),
    ],
    ids=["nothing", "text", "a program", "half a JPEG", "half a PNG", "a bomb", "floats"],
)
def test_what_is_no_picture_is_refused_in_one_sentence(data, sentence, tmp_path):
    (tmp_path / "cat.png").write_bytes(data)
    for file in (data, tmp_path / "cat.png"):
        with warnings.catch_warnings(), pytest.raises(PictureError, match=sentence) as error:
            warnings.simplefilter("error")
            read_picture(file)
        assert "\n" not in str(error.value)


@given(
    st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: saved(Image.fromarray(RAMP), "PNG")[:40] + data)
)
def test_any_bytes_are_a_picture_or_refused(data):
    with contextlib.suppress(PictureError):
        assert read_picture(data).dtype == np.uint8


def test_a_path_without_a_picture_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.png", tmp_path / ("x" * 300)):
        with pytest.raises(PictureError, match="can't be opened"):
            read_picture(path)


def test_a_disk_that_fails_is_not_blamed_on_the_picture(monkeypatch):
    def fail(*args, **options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(OSError, match="Input/output") as error:
        read_picture(b"x")
    assert not isinstance(error.value, PictureError)


def test_large_pictures_are_read_without_a_warning(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)  # Pillow warns from here, and refuses from twice as many
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_picture(saved(Image.fromarray(RAMP), "PNG")).shape == (6, 8)
    assert most_pixels() == 80


def test_letterboxing_shows_all_between_bars():
    found = square(RAMP, 32, "letterbox", pad=7)
    assert found.shape == (8, 8)
    assert np.array_equal(found[1:7], RAMP) and (found[[0, 7]] == 7).all()
    assert square(np.zeros((1, 1000), np.uint8), 50, "letterbox").shape == (50, 50)  # a line stays a line


def test_cropping_shows_the_middle():
    assert np.array_equal(square(RAMP, 32, "crop"), RAMP[:, 1:7])
    assert np.array_equal(square(RAMP.T, 32, "crop"), RAMP.T[1:7])


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([8, 32]), st.sampled_from(["letterbox", "crop"]))
def test_squares_are_square_and_no_larger_than_asked_for(height, width, most, fit):
    found = square(np.zeros((height, width), np.uint8), most, fit, 255)
    longer = max(height, width) if fit == "letterbox" else min(height, width)
    assert found.shape == (min(most, longer),) * 2 and found.dtype == np.uint8
    assert (found == 0).any() and ((found == 0).all() or fit == "letterbox")


def test_another_fit_is_refused():
    with pytest.raises(ValueError, match=r"'stretch' is unknown; known are letterbox, crop"):
        square(RAMP, 32, "stretch")


def test_down_are_area_means_and_up_is_smooth():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    means = picture.reshape(8, 2, 8, 2).mean((1, 3))
    assert np.abs(resample(picture, 8) - means).max() <= 0.5
    assert resample(picture, 16) is picture
    grown = resample(np.array([[0, 255], [0, 255]], np.uint8), 32)
    assert len(np.unique(grown)) > 10
