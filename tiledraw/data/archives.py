"""The files of MNIST and CIFAR-10 as arrays. Knows their bytes. Knows nothing about what the labels mean."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

MNIST_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
MNIST_HINT = (
    f"MNIST is the four files {', '.join(MNIST_FILES)}, gzipped (.gz) or not, of the MNIST database of handwritten "
    "digits by LeCun, Cortes and Burges; mirrors have them, and torchvision.datasets.MNIST downloads them"
)
CIFAR10_HINT = (
    "CIFAR-10 is the six files data_batch_1.bin to data_batch_5.bin and test_batch.bin of its binary version, "
    "cifar-10-binary.tar.gz, unpacked, by Krizhevsky, Nair and Hinton"
)
HINTS = {"mnist": MNIST_HINT, "cifar10": CIFAR10_HINT}  # which files are wanted and where people find them
_MNIST_STEMS = {"train": "train", "test": "t10k"}
_CIFAR_FILES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
_CIFAR_RECORD = 1 + 3 * 32 * 32  # a label and three planes
_MOST_BYTES = 2**31  # largest IDX file: forty times MNIST


def read_mnist(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `(N, 28, 28)` uint8 and labels `(N,)` uint8 of "train" or "test" (LeCun et al., 1998).

    Raises:
        ValueError: a file is missing, not of MNIST, or damaged.
    """
    images = read_idx(_find_idx(folder, f"{_MNIST_STEMS[part]}-images", 3), 3)
    labels = read_idx(_find_idx(folder, f"{_MNIST_STEMS[part]}-labels", 1), 1)
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{folder} holds pictures of {images.shape[1]} x {images.shape[2]} pixels, not 28 x 28")
    if len(images) != len(labels):
        raise ValueError(f"{folder} has {len(images):,} {part} pictures but {len(labels):,} labels for them")
    return images, labels


def _find_idx(folder: Path, stem: str, dimensions: int) -> Path:
    names = [f"{stem}{mark}idx{dimensions}-ubyte{end}" for mark in "-." for end in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ValueError(f"{folder} lacks {names[0]} or {names[1]}; {MNIST_HINT}")


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The array of an IDX file of unsigned bytes, gzipped or not, uint8.

    Raises:
        ValueError: it is no such file, cut short, or longer than it says.
    """
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            return _read_idx(gzip.GzipFile(fileobj=raw) if packed else raw, path, dimensions)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ValueError(f"{path} is cut short or damaged inside its gzip packing; get it again") from None


def _read_idx(file: BinaryIO, path: Path, dimensions: int) -> np.ndarray:
    magic, sizes = file.read(4), file.read(4 * dimensions)
    if magic != bytes((0, 0, 8, dimensions)):
        wanted = f"00 00 08 {dimensions:02}"
        raise ValueError(
            f"{path} is not that file of MNIST: it starts with {magic.hex(' ') or 'nothing'}, not {wanted}"
        )
    shape = tuple(np.frombuffer(sizes, ">u4").tolist()) if len(sizes) == 4 * dimensions else ()
    size = math.prod(shape)
    if size > _MOST_BYTES:
        raise ValueError(f"{path} says that it holds {size:,} bytes, more than any MNIST; get it again")
    data = file.read(size + 1)
    if not shape or len(data) != size:
        raise ValueError(
            f"{path} holds {'more' if shape and len(data) > size else 'fewer'} bytes than it says; get it again"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_cifar10(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `(N, 32, 32, 3)` uint8 and labels `(N,)` uint8 of "train" or "test" (Krizhevsky, 2009; binary version).

    Raises:
        ValueError: a file is missing or cut short, or the folder holds the pickled version.
    """
    if (folder / "cifar-10-batches-bin").is_dir():
        folder = folder / "cifar-10-batches-bin"
    records = np.concatenate([_read_batch(folder, name) for name in _CIFAR_FILES[part]])
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].copy()


def _read_batch(folder: Path, name: str) -> np.ndarray:
    path = folder / name
    if not path.is_file():
        pickled = (folder / "cifar-10-batches-py", folder / name.removesuffix(".bin"), folder / "batches.meta")
        if any(other.exists() for other in pickled):
            raise ValueError(
                f"{folder} holds the pickled version of CIFAR-10, and unpickling runs whatever code a file brings; "
                f"get the binary version; {CIFAR10_HINT}"
            )
        raise ValueError(f"{folder} lacks {name}; {CIFAR10_HINT}")
    data = path.read_bytes()
    if not data or len(data) % _CIFAR_RECORD:
        raise ValueError(
            f"{path} has {len(data):,} bytes, no whole number of records of {_CIFAR_RECORD:,}; get the file again"
        )
    return np.frombuffer(data, np.uint8).reshape(-1, _CIFAR_RECORD)
