"""The files of MNIST and CIFAR-10 as arrays, in a folder, at whatever depth, or in the archive that people get; and the
digits of scikit-learn.

Knows their bytes and names, and archives. Knows nothing about what the labels mean.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from tiledraw.common.extras import needs

MNIST_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
MNIST_HINT = (
    f"MNIST is the four files {', '.join(MNIST_FILES)}, gzipped (.gz) or not, in a folder or a zip, of the MNIST "
    "database of handwritten digits by LeCun, Cortes and Burges; https://ossci-datasets.s3.amazonaws.com/mnist/ and "
    "other mirrors have them, and torchvision.datasets.MNIST downloads them"
)
CIFAR10_HINT = (
    "CIFAR-10 is the six files data_batch_1.bin to data_batch_5.bin and test_batch.bin of its binary version, gzipped "
    "or not, in a folder or a zip, or cifar-10-binary.tar.gz itself, by Krizhevsky, Nair and Hinton: "
    "https://www.cs.toronto.edu/~kriz/cifar.html"
)
HINTS = {"mnist": MNIST_HINT, "cifar10": CIFAR10_HINT}  # which files are wanted and where people find them
_MNIST_STEMS = {"train": "train", "test": "t10k"}
_CIFAR_FILES = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
_CIFAR_RECORD = 1 + 3 * 32 * 32  # a label and three planes
_MOST_BYTES = 2**29  # largest file: ten times MNIST
_DEPTH = 4  # folders in which files are looked for: cifar-10-batches-bin, MNIST/raw
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz")
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError, NotImplementedError)

Files = dict[str, bytes]  # by their names, without folders and `.gz`

_DIGITS_TRAIN = 1500  # of the digits of scikit-learn in their order; no writer of these is among the others
_DIGITS_SIDE = 28


def read_digits(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The 1,797 handwritten digits that scikit-learn ships (Alpaydin and Kaynak, 1998), 8x8 pixels in 17 grays,
    enlarged to those of MNIST: pictures `(N, 28, 28)` uint8, bright on black, and labels `(N,)` uint8 of "train" or
    "test". Needs the `digits` extra."""
    with needs("digits"):
        from sklearn.datasets import load_digits

    digits = load_digits()
    chosen = slice(_DIGITS_TRAIN) if part == "train" else slice(_DIGITS_TRAIN, None)
    small = (digits.images[chosen] * 255 / 16).round().astype(np.uint8)  # (N, 8, 8)
    size = (_DIGITS_SIDE, _DIGITS_SIDE)
    images = np.stack([np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BICUBIC)) for one in small])
    return images, digits.target[chosen].astype(np.uint8)


def _find(path: Path, names: Sequence[str], hint: str) -> tuple[Files, set[str]]:
    """Those of the files that are there, unpacked, and the names of all.

    Raises:
        ValueError: the path is neither a folder nor an archive, or damaged.
    """
    found: Files = {}
    seen: set[str] = set()
    wanted = {name + end: name for name in names for end in ("", ".gz")}
    try:
        for name, file in _members(path):
            seen.add(name)
            if name in wanted and wanted[name] not in found:
                found[wanted[name]] = _unpacked(file(), f"{path}: {name}")
    except (*_DAMAGED, RuntimeError) as error:  # RuntimeError: a zip with a password
        raise ValueError(f"{path} can't be read as an archive: {' '.join(str(error).split())}; get it again") from None
    except FileNotFoundError:
        raise ValueError(f"{path} is not a folder, nor an archive; {hint}") from None
    return found, seen


def _members(path: Path) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """The name of each file of a folder or an archive, without folders, and what opens it."""
    if path.is_dir():
        for parent, folders, files in os.walk(path):
            folders.sort()
            if len(Path(parent).relative_to(path).parts) >= _DEPTH:
                folders.clear()
            for name in sorted(files):
                if os.path.isfile(where := os.path.join(parent, name)):  # no pipe
                    yield name, partial(open, where, "rb")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                yield member.filename.rpartition("/")[2], partial(archive.open, member)
    else:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name.rpartition("/")[2], partial(archive.extractfile, member)


def _unpacked(file: BinaryIO, name: str) -> bytes:
    """The bytes of a file, gzipped or not, whatever its name says."""
    with file:
        data = file.read(_MOST_BYTES + 1)
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(_MOST_BYTES + 1)
        except _DAMAGED:
            raise ValueError(f"{name} is cut short or damaged inside its gzip packing; get it again") from None
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{name} holds more than {_MOST_BYTES:,} bytes, more than any of these files; get it again")
    return data


def _lacks(path: Path, names: Sequence[str], seen: set[str], hint: str) -> ValueError:
    """What to say where files are missing."""
    archive = next((name for name in sorted(seen) if name.endswith(_ARCHIVES)), "")
    instead = f" (is it inside {path / archive}? give that)" if archive and path.is_dir() else ""
    return ValueError(f"{path} lacks {' or '.join(names)}{instead}; {hint}")


def read_mnist(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `(N, 28, 28)` uint8 and labels `(N,)` uint8 of "train" or "test" (LeCun et al., 1998), of a folder or an
    archive.

    Raises:
        ValueError: a file is missing, not of MNIST, or damaged.
    """
    stem = _MNIST_STEMS[part]
    wanted = {n: [f"{stem}-{what}{mark}idx{n}-ubyte" for mark in "-."] for what, n in (("images", 3), ("labels", 1))}
    files, seen = _find(path, [name for names in wanted.values() for name in names], MNIST_HINT)
    arrays = []
    for dimensions, names in wanted.items():
        name = next((name for name in names if name in files), None)
        if name is None:
            raise _lacks(path, [names[0], f"{names[0]}.gz"], seen, MNIST_HINT)
        arrays.append(read_idx(files[name], dimensions, f"{path}: {name}"))
    images, labels = arrays
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{path} holds pictures of {images.shape[1]} x {images.shape[2]} pixels, not 28 x 28")
    if len(images) != len(labels):
        raise ValueError(f"{path} has {len(images):,} {part} pictures but {len(labels):,} labels for them")
    return images, labels


def read_idx(data: bytes, dimensions: int, name: str) -> np.ndarray:
    """The array of an IDX file of unsigned bytes, uint8; `name` is what messages call it.

    Raises:
        ValueError: it is no such file, cut short, or longer than it says.
    """
    magic, sizes = data[:4], data[4 : 4 + 4 * dimensions]
    if magic != bytes((0, 0, 8, dimensions)):
        wanted = f"00 00 08 {dimensions:02}"
        raise ValueError(
            f"{name} is not that file of MNIST: it starts with {magic.hex(' ') or 'nothing'}, not {wanted}"
        )
    shape = tuple(np.frombuffer(sizes, ">u4").tolist()) if len(sizes) == 4 * dimensions else ()
    size, pixels = math.prod(shape), data[4 + 4 * dimensions :]
    if not shape or len(pixels) != size:
        raise ValueError(
            f"{name} holds {'more' if shape and len(pixels) > size else 'fewer'} bytes than it says; get it again"
        )
    return np.frombuffer(pixels, np.uint8).reshape(shape)


def read_cifar10(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `(N, 32, 32, 3)` uint8 and labels `(N,)` uint8 of "train" or "test" (Krizhevsky, 2009; binary version),
    of a folder or an archive.

    Raises:
        ValueError: a file is missing or cut short, or these are files of the pickled version.
    """
    names = _CIFAR_FILES[part]
    files, seen = _find(path, names, CIFAR10_HINT)
    for name in names:
        if name not in files:
            if {name.removesuffix(".bin"), "batches.meta", "data_batch_1"} & seen:
                raise ValueError(
                    f"{path} holds the pickled version of CIFAR-10, and unpickling runs whatever code a file brings; "
                    f"get the binary version; {CIFAR10_HINT}"
                )
            raise _lacks(path, [name], seen, CIFAR10_HINT)
        if not files[name] or len(files[name]) % _CIFAR_RECORD:
            raise ValueError(
                f"{path}: {name} has {len(files[name]):,} bytes, no whole number of records of {_CIFAR_RECORD:,}; get "
                "the file again"
            )
    records = np.frombuffer(b"".join(files[name] for name in names), np.uint8).reshape(-1, _CIFAR_RECORD)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, 0].copy()
