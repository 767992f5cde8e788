"""Opening: a picture lies as it is meant to be seen, a mask frees what is white in it, nothing is lost in silence."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tiledraw.canvas.pictures import PictureError, grays_of, has_several, load_picture, open_picture, read_picture
from tiledraw.cli.output import write_picture
from tiledraw.drawing.opening import read_ground, read_mask, read_source

RAMP = np.arange(64 * 32, dtype=np.uint16).reshape(64, 32).astype(np.uint8)


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_picture_is_upright_wherever_it_is_read(tmp_path, name, orientation, turn):
    path = tmp_path / name
    smooth = np.repeat(np.arange(64, dtype=np.uint8)[:, None] * 4, 32, 1)
    Image.fromarray(smooth).save(path, exif=turned(orientation), **({"quality": 100} if name == "a.jpg" else {}))
    expected = np.rot90(smooth, turn).astype(int)
    for found in (read_source(path)[0], read_ground(path).colours[..., 0], read_picture(path)):
        assert found.shape == expected.shape and abs(found - expected).max() <= 2
    mask = read_mask(path, expected.shape[::-1])
    assert abs(int(mask.sum()) - int((expected > 127).sum())) <= 128 and mask.shape == expected.shape


def test_only_what_is_white_in_a_mask_is_free(tmp_path):
    size, stroke = (32, 32), np.zeros((32, 32, 4), np.uint8)
    stroke[3:5, 7:20] = 255
    Image.fromarray(stroke).save(tmp_path / "layer.png")
    gray = Image.fromarray(stroke[..., 0])
    gray.save(tmp_path / "gray.png", transparency=0)
    gray.convert("P").save(tmp_path / "palette.png", transparency=0)
    for name in ("layer", "gray", "palette"):
        assert np.array_equal(read_mask(tmp_path / f"{name}.png", size), stroke[..., 0] > 0)
    Image.new("RGBA", size).save(tmp_path / "empty.png")
    with pytest.raises(ValueError, match="no white pixel"):
        read_mask(tmp_path / "empty.png", size)


def test_a_gray_that_is_transparent_is_not_taken_for_black(tmp_path):
    Image.new("L", (32, 32), 0).save(tmp_path / "a.png", transparency=0)
    with pytest.raises(ValueError, match="transparency"):
        read_source(tmp_path / "a.png")
    assert not read_ground(tmp_path / "a.png").colours[..., 3].any()
    assert (read_picture(tmp_path / "a.png") == 255).all()


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_all_bits_that_are_in_use_are_read(tmp_path, bits):
    deep = np.linspace(0, 2**bits - 1, 64 * 32).astype(np.uint16).reshape(64, 32)
    Image.fromarray(deep).save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png")
    assert (found.min(), found.max()) == (0, 255)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_our_own_webp_is_read_back(tmp_path, mode):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    image = Image.fromarray(noise).convert(mode)
    write_picture(tmp_path / "a.webp", image, "WEBP", {})
    with Image.open(tmp_path / "a.webp") as found:
        assert np.array_equal(np.asarray(found.convert("RGBA")), np.asarray(image.convert("RGBA")))
    if mode == "L":
        assert np.array_equal(read_source(tmp_path / "a.webp")[0], np.asarray(image))


def saved(format, **options):
    file = io.BytesIO()
    Image.fromarray(RAMP).save(file, format, exif=turned(6), **options)
    return file.getvalue()


WHOLE = [saved("TIFF"), saved("TIFF", compression="tiff_lzw"), saved("PNG"), saved("WEBP"), saved("JPEG")]


@given(data=st.data())
def test_a_damaged_picture_is_read_or_refused_in_one_sentence(data):
    whole = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        with open_picture(bytes(whole[: data.draw(st.integers(1, len(whole)))])) as image:
            has_several(image)
            load_picture(image)
            grays_of(image)
    except PictureError as error:
        assert "\n" not in str(error)
