"""Archives: the files of MNIST and CIFAR-10 are read as they are, and damaged ones refused in one sentence."""

import gzip
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from tiledraw.data import archives
from tiledraw.data.archives import MNIST_FILES, read_cifar10, read_mnist


def idx(array):
    """An IDX file of an array of bytes."""
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder, images, labels, test=2, pack=lambda data: data, end=""):
    """All four files; the last `test` pictures are for testing."""
    for stem, part in (("train", slice(None, -test)), ("t10k", slice(-test, None))):
        (folder / f"{stem}-images-idx3-ubyte{end}").write_bytes(pack(idx(images[part])))
        (folder / f"{stem}-labels-idx1-ubyte{end}").write_bytes(pack(idx(labels[part])))


def write_cifar10(folder, images, labels):
    """All six files, with the same pictures `(N, 32, 32, 3)` in each."""
    rows = [bytes([label]) + image.transpose(2, 0, 1).tobytes() for image, label in zip(images, labels, strict=True)]
    for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
        (folder / name).write_bytes(b"".join(rows))


RNG = np.random.default_rng(0)
DIGIT_IMAGES = RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8)
DIGIT_LABELS = np.array([5, 0, 4, 1, 9, 2], np.uint8)
OBJECT_IMAGES = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("pack", "end"), [(lambda data: data, ""), (gzip.compress, ".gz"), (gzip.compress, ""), (lambda data: data, ".gz")]
)
def test_mnist_is_read_packed_or_not_whatever_its_name_says(tmp_path, pack, end):
    write_mnist(tmp_path, DIGIT_IMAGES, DIGIT_LABELS, pack=pack, end=end)
    for part, rows in (("train", slice(None, -2)), ("test", slice(-2, None))):
        images, labels = read_mnist(tmp_path, part)
        assert np.array_equal(images, DIGIT_IMAGES[rows]) and np.array_equal(labels, DIGIT_LABELS[rows])


WHOLE = idx(DIGIT_LABELS)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "starts with nothing"),
        (WHOLE[:3], "starts with 00 00 08"),
        (WHOLE[:6], "fewer bytes than it says"),
        (WHOLE[:-1], "fewer bytes than it says"),
        (WHOLE + b"x", "more bytes than it says"),
        (idx(DIGIT_IMAGES), "starts with 00 00 08 03, not 00 00 08 01"),
        (b"\x00\x00\x0d\x01" + WHOLE[4:], "starts with 00 00 0d 01"),
        (b"<html>not found</html>", "starts with 3c 68 74 6d"),
        (WHOLE[:4] + b"\xff\xff\xff\xff", "fewer bytes than it says"),
        (gzip.compress(WHOLE, mtime=0)[:-6], "cut short or damaged"),
        (b"\x1f\x8b nonsense", "cut short or damaged"),
        (gzip.compress(bytes(20_000), mtime=0), "more than 10,000 bytes"),
    ],
)
def test_a_damaged_file_is_named_and_refused_in_one_sentence(tmp_path, monkeypatch, data, sentence):
    monkeypatch.setattr(archives, "_MOST_BYTES", 10_000)
    write_mnist(tmp_path, DIGIT_IMAGES, DIGIT_LABELS)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(data)
    with pytest.raises(ValueError, match=sentence) as error:
        read_mnist(tmp_path, "train")
    assert f"{tmp_path}: train-labels-idx1-ubyte" in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"lacks train-images-idx3-ubyte or train-images-idx3-ubyte\.gz") as error:
        read_mnist(tmp_path, "train")
    for word in (
        str(tmp_path),
        "gzipped",
        "LeCun",
        "torchvision.datasets.MNIST",
        "t10k-labels-idx1-ubyte",
        *MNIST_FILES,
    ):
        assert word in str(error.value)


def test_pictures_and_labels_must_be_as_many(tmp_path):
    write_mnist(tmp_path, DIGIT_IMAGES, DIGIT_LABELS)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(DIGIT_LABELS[:3]))
    with pytest.raises(ValueError, match="4 train pictures but 3 labels"):
        read_mnist(tmp_path, "train")


def test_pictures_of_another_size_are_refused(tmp_path):
    write_mnist(tmp_path, DIGIT_IMAGES[:, :20], DIGIT_LABELS)
    with pytest.raises(ValueError, match="20 x 28 pixels, not 28 x 28"):
        read_mnist(tmp_path, "train")


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-bin"])
def test_cifar10_is_read(tmp_path, inside):
    (tmp_path / inside).mkdir(exist_ok=True)
    write_cifar10(tmp_path / inside, OBJECT_IMAGES, [3, 8, 0])
    images, labels = read_cifar10(tmp_path, "train")
    assert np.array_equal(images, np.concatenate([OBJECT_IMAGES] * 5)) and labels.tolist() == [3, 8, 0] * 5
    assert len(read_cifar10(tmp_path, "test")[0]) == 3


@pytest.mark.parametrize("cut", [-1, -3073 * 3, 5])
def test_a_batch_that_is_cut_or_too_long_is_refused(tmp_path, cut):
    write_cifar10(tmp_path, OBJECT_IMAGES, [3, 8, 0])
    path = tmp_path / "data_batch_4.bin"
    path.write_bytes(path.read_bytes()[:cut] if cut < 0 else path.read_bytes() + b"x" * cut)
    with pytest.raises(ValueError, match=r"data_batch_4\.bin has .* bytes, no whole number of records"):
        read_cifar10(tmp_path, "train")


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py"])
def test_the_pickled_version_is_refused_with_the_reason_and_never_opened(tmp_path, inside):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    (tmp_path / inside).mkdir(exist_ok=True)
    (tmp_path / inside / "data_batch_1").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match=r"unpickling runs whatever code .* cifar-10-binary\.tar\.gz"):
        read_cifar10(tmp_path, "train")
    assert not (tmp_path / "sprung").exists()


def pack(folder, kind):
    """An archive of all that is in a folder."""
    path = folder.parent / f"archive.{kind}"
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, f"top/{file.relative_to(folder)}")
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "top")
    return path


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_an_archive_is_read_as_the_folder_in_it(tmp_path, kind, end):
    folder = tmp_path / "folder"
    (folder / "MNIST" / "raw").mkdir(parents=True)
    write_mnist(folder / "MNIST" / "raw", DIGIT_IMAGES, DIGIT_LABELS, pack=gzip.compress if end else bytes, end=end)
    write_cifar10(folder, OBJECT_IMAGES, [3, 8, 0])
    path = pack(folder, kind)
    for read in (read_mnist, read_cifar10):
        for part in ("train", "test"):
            for one, other in zip(read(folder, part), read(path, part), strict=True):
                assert np.array_equal(one, other)


def test_what_is_no_archive_or_lies_in_one_is_said(tmp_path):
    for name, data in (("text.zip", b"hello"), ("cut.zip", b"PK\x03\x04 nothing"), ("empty.tar.gz", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name} can't be read as an archive") as error:
            read_mnist(tmp_path / name, "train")
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="none is not a folder, nor an archive; MNIST is the four files"):
        read_mnist(tmp_path / "none", "train")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "cifar-10-binary.tar.gz").write_bytes(b"")
    os.mkfifo(tmp_path / "folder" / "data_batch_1.bin")
    with pytest.raises(ValueError, match=r"is it inside .*folder/cifar-10-binary\.tar\.gz\? give that"):
        read_cifar10(tmp_path / "folder", "train")


def test_a_missing_batch_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"lacks data_batch_1\.bin.*data_batch_5\.bin and test_batch\.bin") as error:
        read_cifar10(tmp_path, "train")
    assert str(tmp_path) in str(error.value) and "cifar-10-binary.tar.gz" in str(error.value)
