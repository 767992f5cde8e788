"""OpenRaster: what is written is read back and composed to the same picture, by others, too; hostile files are not."""

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tiledraw.canvas.composing import Layer, compose
from tiledraw.canvas.pictures import PictureError
from tiledraw.drawing import openraster
from tiledraw.drawing.openraster import LayerFile, read_openraster, write_openraster
from tiledraw.language.boxes import Box

RNG = np.random.default_rng(0)
LAYERS = [
    Layer(np.full((1, 1, 4), (180, 210, 240, 255), np.uint8), Box(0, 0, 96, 64), name="background: sky"),
    Layer(RNG.integers(0, 256, (32, 32, 4)).astype(np.uint8), Box(10, 5, 40, 50), name="a <cat> & 猫"),
    Layer(RNG.integers(0, 256, (64, 64, 4)).astype(np.uint8), Box(60, 30, 110, 80), mirrored=True, turned=20),
]
SIZE = 96, 64


@pytest.fixture
def path(tmp_path):
    write_openraster(tmp_path / "picture.ora", SIZE, LAYERS, {"tiledraw": "{}", "other": "猫"})
    return tmp_path / "picture.ora"


def test_what_is_written_is_read_back(path):
    file = read_openraster(path)
    assert file.size == SIZE and file.chunks == {"tiledraw": "{}", "other": "猫"}
    assert [layer.name for layer in file.layers] == ["background: sky", "a <cat> & 猫", "layer 2"]
    assert np.array_equal(file.merged, compose(SIZE, LAYERS)) and all(layer.is_visible for layer in file.layers)


def test_the_layers_of_the_file_compose_to_the_very_picture(path):
    file = read_openraster(path)

    def again(layer: LayerFile) -> np.ndarray:
        """A layer on the whole canvas, by Pillow."""
        whole = Image.new("RGBA", SIZE)
        whole.paste(Image.fromarray(layer.colours), (layer.x, layer.y))
        return np.asarray(whole)

    expected = compose(SIZE, [Layer(np.resize(again(file.layers[0]), (64, 96, 4)), Box(0, 0, *SIZE))])
    for layer in file.layers[1:]:
        below = Image.fromarray(expected)
        expected = np.asarray(Image.alpha_composite(below, Image.fromarray(again(layer))))
    assert abs(expected.astype(int) - file.merged).max() <= 1  # they round after each layer, we at the end


def test_the_same_layers_are_the_same_bytes(path, tmp_path):
    write_openraster(tmp_path / "again.ora", SIZE, LAYERS, {"tiledraw": "{}", "other": "猫"})
    assert (tmp_path / "again.ora").read_bytes() == path.read_bytes()


def test_the_file_is_as_the_specification_says(path):
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
        assert archive.read("mimetype") == b"image/openraster"
        layers = [layer.attrib for layer in ElementTree.fromstring(archive.read("stack.xml")).iter("layer")]
        assert [layer["name"] for layer in layers][-1] == "background: sky"  # the topmost comes first
        for layer in layers:
            with Image.open(io.BytesIO(archive.read(layer["src"]))) as image:
                assert image.format == "PNG" and image.mode == "RGBA"
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as image:
            assert max(image.size) <= 256


def rewritten(path, changes):
    """The file with some members changed or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | changes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return path


STACK = '<image w="96" h="64"><stack>{}</stack></image>'


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mergedimage.png": None}, "no OpenRaster file, which holds mimetype, stack.xml and mergedimage.png"),
        ({"mimetype": b"text/plain"}, "its mimetype is not image/openraster"),
        ({"stack.xml": b"<image"}, "damaged"),
        ({"stack.xml": b"<image/>"}, "damaged"),
        ({"stack.xml": STACK.format("<layer/>").encode()}, "damaged: 'src'"),
        (
            {"stack.xml": STACK.format('<layer src="../../etc/passwd"/>').encode()},
            "passwd', which is not in",
        ),
        ({"stack.xml": STACK.format('<layer src="mimetype"/>').encode()}, "no picture in a known format"),
        ({"stack.xml": STACK.format('<layer src="mergedimage.png" x="left"/>').encode()}, "damaged"),
        ({"stack.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>' + STACK.encode()}, "declares a document type"),
        ({"stack.xml": STACK.format('<layer src="mergedimage.png"/>' * 5000).encode()}, "5,000 layers; at most 4,096"),
        ({"stack.xml": STACK.format('<layer src="mergedimage.png"/>' * 20).encode()}, "more than 100,000 pixels"),
        ({"stack.xml": b'<image w="9" h="9"/>'}, "merged picture has another size"),
        ({"stack.xml": b" " * 2**23}, "more than 4,194,304 bytes"),
        ({"mergedimage.png": b"\x89PNG\r\n\x1a\n"}, "damaged|no picture"),
        ({"data/bomb.png": b"\0" * 2**24}, "more than 16,777,216 bytes"),
    ],
)
def test_a_hostile_or_damaged_file_is_one_sentence(path, changes, sentence, monkeypatch):
    monkeypatch.setattr(openraster, "MOST_BYTES", 2**24)
    monkeypatch.setattr(openraster, "MOST_PIXELS", 100_000)
    with pytest.raises(PictureError, match=sentence) as error:
        read_openraster(rewritten(path, changes))
    assert "\n" not in str(error.value)


def test_what_is_no_zip_is_one_sentence(tmp_path):
    (tmp_path / "no.ora").write_bytes(b"PK no zip")
    with pytest.raises(PictureError, match="no OpenRaster file"):
        read_openraster(tmp_path / "no.ora")
    with pytest.raises(OSError):
        read_openraster(tmp_path / "none.ora")


def test_another_program_s_reader_sees_the_same_picture(path):
    pyora = pytest.importorskip("pyora", reason="needs pyora")
    project = pyora.Project.load(str(path))
    theirs = np.asarray(project.get_image_data(use_original=False).convert("RGBA")).astype(int)
    assert abs(theirs - read_openraster(path).merged).max() <= 2
    assert [layer.name for layer in project.children] == ["layer 2", "a <cat> & 猫", "background: sky"]
