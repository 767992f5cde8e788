"""Shards: built documents in files of JSON lines, and reading them back in any order.

    manifest.json              what was built, from what, how many documents of each kind; written last
    train-00000.jsonl          one document a line, of a picture the layout before its tiles; pixels, guides and
                               borders are base64 of their bytes
    train-00000.index.json     where each line starts, and which pictures were left out; written after its shard

A shard whose index is there is finished. Documents are stored true; `ShardSource` corrupts guides and borders as it
reads, otherwise in every round over the data, so that training shows every drawing order.
Knows documents and files. Knows nothing about pictures or how documents are made of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import ABSENT, COARSE, TILE, Borders
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.common.shapes import Each, Fields, Maybe, Named, Shape, ShapeError, Text, Whole, parse_json, read_json
from tiledraw.data.corruption import Corruption, corrupt_borders, corrupt_guide, slip
from tiledraw.format.grammar import Document, FlatDocument, LayoutDocument, TileDocument
from tiledraw.language.phrasing.phrased import SPLITS

KINDS = ("layout", "flat", "tile")  # of documents
MANIFEST = "manifest.json"
SETTINGS = "build.json"  # what is being built; written first
FORMAT = 3  # version of the files; a build of another version is not continued
PLACE_PARTS = 3  # of a tile's think step, before the commas: level, row and column


_COUNT = Whole(0, 2**53)
_NAMES = Each(Text())
_MANIFEST = Fields(
    {
        "format": Whole(FORMAT, FORMAT),
        "settings": Fields({"grays": Whole(2, LEVELS)}),
        "splits": Named(
            Fields({"planless": _COUNT, "shards": Each(Text(r"[a-z]+-\d+\.jsonl", "the name of a shard"))})
        ),
        "labels": _NAMES,
    }
)
_PACKED = Text()  # base64, which its decoder checks
_INDEX = Fields(
    {"bytes": _COUNT, "sha256": Text("[0-9a-f]{64}", "a hash"), "offsets": Fields(dict.fromkeys(KINDS, _PACKED))}
)
_SIDES = Named(Maybe(_PACKED))
_DOCUMENT = Fields(
    {"kind": Text("|".join(KINDS), f"one of {', '.join(KINDS)}"), "think": Maybe(Text()), "pixels": Maybe(_PACKED)}
)
_FIELDS = {
    "flat": Fields({"prompt": Text()}),
    "layout": Fields({"prompt": Text(), "given": Text()}),
    "tile": Fields(
        {"side": Whole(COARSE, TILE), "think": Text(), "guide": _PACKED, "pixels": _PACKED, "borders": _SIDES}
    ),
}


class ShardError(ValueError):
    """A folder holds no built documents, or they are damaged."""


# Documents as lines --------------------------------------------------------------------------------------------------


def _pack(array: np.ndarray | None) -> str | None:
    if array is None:
        return None
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()


def _unpack(text: str | None, shape: tuple[int, ...], dtype: str = "<u1") -> np.ndarray | None:
    """The inverse of `_pack`. Raises a ValueError if there are not as many numbers."""
    if text is None:
        return None
    data = base64.b64decode(text, validate=True)
    if -1 not in shape and len(data) != math.prod(shape) * np.dtype(dtype).itemsize:
        raise ValueError(f"{len(data):,} bytes are not {' x '.join(map(str, shape))} values")
    array = np.frombuffer(data, dtype).reshape(shape)
    return array.astype(array.dtype.newbyteorder("="))


def kind_of(document: Document) -> str:
    """Which of the kinds "layout", "flat" and "tile" a document is."""
    return {LayoutDocument: "layout", FlatDocument: "flat", TileDocument: "tile"}[type(document)]


def encode_document(document: Document, name: str) -> bytes:
    """A document as a line of JSON; `name` says which picture it is of. A tile's context is not kept."""
    data: dict[str, Any] = {"kind": kind_of(document), "name": name}
    if isinstance(document, TileDocument):
        borders = {side: _pack(border) for side, border in vars(document.borders).items()}
        side = len(document.pixels)
        data |= {"side": side, "think": document.think, "guide": _pack(document.guide), "borders": borders}
    elif isinstance(document, LayoutDocument):
        data |= {"prompt": document.prompt, "given": document.given, "think": document.think}
    else:
        data |= {"prompt": document.prompt, "think": document.think}
    data["pixels"] = _pack(document.pixels)
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def decode_document(line: bytes) -> Document:
    """The inverse of `encode_document`.

    Raises:
        ShardError: the line holds no document.
    """
    try:
        data = parse_json(line, _DOCUMENT, "the line")
        kind = data["kind"]
        _FIELDS[kind].check(data, f"the {kind} document")
        if kind == "flat":
            return FlatDocument(data["prompt"], data["think"], _unpack(data["pixels"], (TILE, TILE)))
        if kind == "layout":
            pixels = _unpack(data["pixels"], (COARSE, COARSE))
            return LayoutDocument(data["prompt"], data["given"], data["think"], pixels)
        if unknown := data["borders"].keys() - vars(Borders()).keys():
            raise ValueError(f"a tile has no border {min(unknown)[:40]!r}")
        borders = Borders(**{side: _unpack(border, (TILE,)) for side, border in data["borders"].items()})
        side = data["side"]
        guide = _unpack(data["guide"], (side // 2 + 1, side // 2), "<i2")
        if guide.min() < ABSENT or guide.max() >= LEVELS:
            raise ValueError(f"a gray of the guide is not from {ABSENT} to {LEVELS - 1}")
        return TileDocument(data["think"], guide, borders, _unpack(data["pixels"], (side, side)))
    except ValueError as error:
        raise ShardError(f"it holds no document: {error}") from None


# Writing -------------------------------------------------------------------------------------------------------------


def shard_name(split: str, number: int) -> str:
    return f"{split}-{number:05}.jsonl"


def index_path(shard: Path) -> Path:
    return shard.with_suffix(".index.json")


def write_shard(path: Path, documents: Iterable[tuple[str, Document]], report: Mapping[str, Any]) -> None:
    """Writes named documents into a shard, then its index; either is there whole or not at all.

    What is in `report` once the last document is written goes into the index, such as what was left out.
    """
    offsets: dict[str, list[int]] = {kind: [] for kind in KINDS}
    digest, size = hashlib.sha256(), 0
    with atomic_open(path) as file:
        for name, document in documents:
            line = encode_document(document, name)
            file.write(line)
            digest.update(line)
            offsets[kind_of(document)].append(size)
            size += len(line)
    index = {
        "bytes": size,
        "sha256": digest.hexdigest(),
        "offsets": {kind: _pack(np.array(places, dtype=np.uint64)) for kind, places in offsets.items()},
        **report,
    }
    atomic_write(index_path(path), json.dumps(index, ensure_ascii=False).encode())


def read_index(path: Path, report: Shape | None = None) -> dict[str, Any] | None:
    """The index of a shard; `offsets` are arrays. None if the shard is not finished, or not as it was, or the index
    lacks the report that was given to `write_shard`."""
    try:
        index = _checked_index(path)
        if report is not None:
            report.check(index, "the index")
        return index
    except (ShardError, ShapeError):
        return None


def _checked_index(path: Path) -> dict[str, Any]:
    """The index of a shard. Raises a ShardError that names the file that is missing or damaged."""
    own = index_path(path)
    try:
        index = read_json(own, _INDEX)
        size = path.stat().st_size if path.is_file() else -1
    except (ShapeError, OSError) as error:
        raise ShardError(str(error)) from None
    if size != index["bytes"]:
        raise ShardError(
            f"{path} is missing, or no file" if size < 0 else f"{path} has {size:,} bytes, not {index['bytes']:,}"
        )
    for kind in KINDS:
        try:
            places = _unpack(index["offsets"][kind], (-1,), "<u8")
        except ValueError as error:
            raise ShardError(f"{own} is damaged: the offsets of {kind} are none: {error}") from None
        if len(places) and (places[-1] >= max(1, size) or (places[1:] <= places[:-1]).any()):
            raise ShardError(f"{own} is damaged: the offsets of {kind} do not rise from 0 to {size:,}")
        index["offsets"][kind] = places
    return index


# Reading -------------------------------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was built into a folder.

    Raises:
        ShardError: nothing was, or not to the end, or in another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        if (folder / SETTINGS).is_file():
            raise ShardError(f"the documents in {folder} are not finished; call the same `tiledraw data build` again")
        raise ShardError(
            f"{folder} holds no documents; `tiledraw data build folder PICTURES -o BUILT` makes them of pictures"
        )
    try:
        manifest = read_json(path, Fields({"format": _COUNT}))
        if manifest["format"] != FORMAT:
            raise ShapeError(f"{folder} has the format {manifest['format']}, not {FORMAT}")
        return read_json(path, _MANIFEST)
    except ShapeError as error:
        raise ShardError(f"{error}; build the documents again") from None


class ShardSource:
    """Built documents of one split, to train on or to measure with.

    Args:
        folder: What `tiledraw data build` wrote.
        split: "train", "validation" or "test".
        corruption: How tiles are corrupted; not given: in training as `Corruption` says, otherwise not at all. Which
            borders a tile has is drawn in any case, as drawing orders leave them.

    Attributes:
        counts: How many documents there are of each kind.
        manifest: What was built.
        labels: The labels of all pictures.
        planless: Whether there are pictures of the split of which no plan says what is where.

    Raises:
        ShardError: no such split, or the files are not what the manifest says.
    """

    def __init__(self, folder: str | Path, split: str = "train", corruption: Corruption | None = None) -> None:
        self.folder, self.split = Path(folder), split
        self.manifest = read_manifest(self.folder)
        if split not in self.manifest["splits"]:
            known = ", ".join(self.manifest["splits"])
            raise ShardError(f"{folder} has no split {split!r}; it has {known}")
        grays = self.manifest["settings"]["grays"]
        if corruption is None:
            corruption = Corruption(grays=grays) if split == "train" else Corruption(grays=grays).clean()
        self.corruption = corruption
        self.labels = tuple(self.manifest["labels"])
        self.planless = self.manifest["splits"][split]["planless"] > 0
        names = self.manifest["splits"][split]["shards"]
        self._paths = [self.folder / name for name in names]
        try:
            indices = [_checked_index(path) for path in self._paths]
        except ShardError as error:
            raise ShardError(f"{error}; build the documents again") from None
        self._offsets = {kind: [index["offsets"][kind] for index in indices] for kind in KINDS}
        self._starts = {kind: np.cumsum([0, *map(len, offsets)]) for kind, offsets in self._offsets.items()}
        self.counts = {kind: int(starts[-1]) for kind, starts in self._starts.items()}

    def document(self, kind: str, index: int) -> Document:
        """Document `index` of a kind: "layout", "flat" or "tile"; after the last comes the first again.

        Raises:
            ShardError: there is none of that kind, or its line is damaged.
        """
        document = self.stored(kind, index)
        return self._corrupted(document, index) if isinstance(document, TileDocument) else document

    def stored(self, kind: str, index: int) -> Document:
        """The document as it was built: a tile with its true guide and all of its borders."""
        if not self.counts.get(kind):
            raise ShardError(f"the {self.split} split of {self.folder} has no documents of the kind {kind!r}")
        return self._read(kind, *self._place(kind, index))

    def pack(self, index: int, count: int) -> list[TileDocument]:
        """Tiles at random, as `document` gives them, of the picture of layout `index`, which is the context of each;
        others in every round over the data.

        Raises:
            ShardError: the picture has no tiles, or a line is damaged.
        """
        context = self.stored("layout", index)
        shard, numbers = self._tiles_of(index)
        if not numbers:
            raise ShardError(f"{self._paths[shard]} has a layout without tiles; build the documents again")
        rng = np.random.default_rng([SPLITS.index(self.split), len(KINDS), index])
        chosen = rng.choice(numbers, count, replace=len(numbers) < count).tolist()
        tiles = [self._read("tile", shard, number) for number in chosen]
        noises = range(index * count, (index + 1) * count)
        return [
            replace(self._corrupted(tile, noise), context=context) for tile, noise in zip(tiles, noises, strict=True)
        ]

    def tiles(self, index: int) -> list[TileDocument]:
        """All tiles of the picture of layout `index`, as they were built."""
        shard, numbers = self._tiles_of(index)
        return [self._read("tile", shard, number) for number in numbers]

    def _tiles_of(self, index: int) -> tuple[int, range]:
        """The shard of layout `index`, and the numbers of its picture's tiles there: they come behind it."""
        shard, place = self._place("layout", index)
        starts = np.append(self._offsets["layout"][shard], np.iinfo(np.uint64).max)
        first, end = np.searchsorted(self._offsets["tile"][shard], starts[place : place + 2]).tolist()
        return shard, range(first, end)

    def _place(self, kind: str, index: int) -> tuple[int, int]:
        """The number of a document's shard, and its own number there."""
        place = index % self.counts[kind]
        shard = int(np.searchsorted(self._starts[kind], place, side="right")) - 1
        return shard, int(place - self._starts[kind][shard])

    def _read(self, kind: str, shard: int, place: int) -> Document:
        offset, path = int(self._offsets[kind][shard][place]), self._paths[shard]
        try:
            with open(path, "rb") as file:
                file.seek(offset)
                line = file.readline()
            document = decode_document(line)
            if kind_of(document) != kind:
                raise ShardError(f"it holds no {kind} document, but a {kind_of(document)} one")
            return document
        except ShardError as error:
            with open(path, "rb") as file:
                number = file.read(offset).count(b"\n") + 1
            raise ShardError(f"{path}, line {number:,}: {error}; build the documents again") from None
        except OSError as error:
            raise ShardError(f"{path} can't be read: {error.strerror}; build the documents again") from None

    def _corrupted(self, tile: TileDocument, index: int) -> TileDocument:
        """Another one in every round: the noise is keyed by the index itself, not by its place in the data."""
        rng = np.random.default_rng([SPLITS.index(self.split), KINDS.index("tile"), index])
        guide = corrupt_guide(rng, tile.guide, self.corruption)
        borders = corrupt_borders(rng, tile.borders, self.corruption)
        silent = rng.random() < self.corruption.think_dropout
        think = ", ".join(tile.think.split(", ")[:PLACE_PARTS]) if silent else tile.think
        slipped = slip(rng, tile.pixels, self.corruption)
        return TileDocument(think, guide, borders, tile.pixels, slipped=slipped)
