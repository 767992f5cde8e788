"""Sources of pictures behind one interface: digits, MNIST, CIFAR-10, a folder, a dataset of the Hugging Face hub.

A source has names and gives the item of each: its gray levels in their own size, and what is said of it. A split that
the source lacks is taken from its training part. A picture that can't be used raises `PictureError` when it is asked
for, and disturbs no other.
Knows file formats and where pictures and words lie in them. Knows nothing about documents.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import PictureError, read_picture
from tiledraw.canvas.pixels import pixels_from_image
from tiledraw.canvas.pyramid import TILE
from tiledraw.common.checks import shorten
from tiledraw.common.extras import needs
from tiledraw.data.archives import HINTS, read_cifar10, read_digits, read_mnist
from tiledraw.data.folders import SPLIT_FOLDERS, is_saved, list_folder, split_parts
from tiledraw.data.instructions import DIGITS, OBJECTS, clean_label
from tiledraw.data.tables import column_name
from tiledraw.language.boxes import PlanError
from tiledraw.language.phrasing.phrased import SPLITS
from tiledraw.language.plan import GRID, Plan, plan_from_text

KINDS = ("digits", "mnist", "cifar10", "folder", "hub")
HELD_OUT = 0.05  # share of the training part that makes a split which the source lacks
CAPTIONS = ("text", "caption", "captions")  # columns that hold captions, where no other is named
_LABELS = ("label", "labels", "class")
_IMAGES = ("image", "img")


@dataclass(frozen=True, eq=False)
class Item:
    """A picture and what is said of it.

    Attributes:
        name: What logs call it.
        pixels: Gray levels `(height, width)` uint8.
        prompt: A whole request for it, used word for word.
        captions: What it shows, in a sentence; each of them by itself says it.
        label: What it shows, in the name of a class.
        plan: What it shows where, in cells of the square that the picture becomes.
        description: What a model thinks of before it draws it.
    """

    name: str
    pixels: np.ndarray
    prompt: str = ""
    captions: tuple[str, ...] = ()
    label: str = ""
    plan: Plan | None = None
    description: str = ""


class Source(Protocol):
    """The items of one split."""

    names: Sequence[str]

    @property
    def identity(self) -> str:
        """A hash of what the items come from: equal as long as that has not changed."""
        ...

    def item(self, index: int) -> Item:
        """Item `index`, from 0 up. Raises a PictureError if it can't be used."""
        ...


@dataclass(frozen=True)
class Columns:
    """Which columns say what; none: the usual names.

    Attributes:
        image: Column of a hub dataset that holds the picture: image, img.
        caption: Column with a caption, or a list of them: text, caption, captions.
        label: Column with the name of a class: label, labels, class.
    """

    image: str | None = None
    caption: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class HubConfig:
    """Which version of a hub dataset.

    Attributes:
        subset: Its configuration, where it has several.
        revision: Branch, tag or commit.
    """

    subset: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class SourceConfig:
    """Where pictures come from.

    Attributes:
        kind: Which kind of source.
        path: A folder, or the name of a hub dataset.
        limit: At most so many pictures of a split, spread evenly over it.
        columns: Which columns say what.
        hub: Which version of a hub dataset.
    """

    kind: Literal["digits", "mnist", "cifar10", "folder", "hub"]
    path: str = ""
    limit: int | None = None
    columns: Columns = Columns()
    hub: HubConfig = HubConfig()


def open_source(config: SourceConfig, split: str) -> Source:
    """The items of a split.

    Raises:
        ValueError: an unknown split, a source that is not what it should be, or a split without any item.
    """
    if split not in SPLITS:
        raise ValueError(f"the split {split!r} is unknown; known are {', '.join(SPLITS)}")
    if not config.path and config.kind != "digits":
        hint = f"; {HINTS[config.kind]}" if config.kind in HINTS else ""
        where = "NAME or FOLDER" if config.kind == "hub" else "FOLDER"
        raise ValueError(f"say where the pictures are: {config.kind} {where}{hint}")
    opened = {
        "digits": _Arrays, "mnist": _Arrays, "cifar10": _Arrays, "folder": _Folder, "hub": _Hub,
    }[config.kind](config, split)  # fmt: skip
    if not len(opened.names):
        raise ValueError(
            f"the {split} split of {config.path or config.kind} is empty; leave it out of --splits, or add pictures"
        )
    return opened


def choose(names: Sequence[str], missing: Sequence[str], split: str, limit: int | None) -> list[int]:
    """Which items of a part make a split: the places of their names, rising.

    `missing` are the splits that are taken from this part, a share of `HELD_OUT` each, at least one item as long as
    there are enough. A hash of the names decides, so the order of the part does not matter, nor who asks.
    """
    order = sorted(range(len(names)), key=lambda n: (zlib.crc32(names[n].encode("utf-8", "replace")), names[n]))
    if missing:
        share = max(1, int(HELD_OUT * len(names))) if len(names) > len(missing) else 0
        start = share * len(missing)
        if split in missing:
            at = list(missing).index(split) * share
            order = order[at : at + share]
        else:
            order = order[start:]
    return sorted(order[:limit])


def _take(parts: Mapping[str, Sequence[str]], split: str, limit: int | None) -> tuple[str, list[int]]:
    """The part of a source that holds a split, and the places of the split's items in it."""
    missing = [name for name in ("validation", "test") if name not in parts]
    if split in parts and split != "train":
        return split, choose(parts[split], (), split, limit)
    return "train", choose(parts["train"], missing, split, limit)


def _hash(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:16]


# Digits, MNIST and CIFAR-10 -------------------------------------------------------------------------------------------


class _Arrays:
    """Labelled pictures in one array: the digits of scikit-learn or MNIST, the objects of CIFAR-10."""

    def __init__(self, config: SourceConfig, split: str) -> None:
        self._classes = OBJECTS if config.kind == "cifar10" else DIGITS
        read = {
            "digits": read_digits,
            "mnist": partial(read_mnist, Path(config.path)),
            "cifar10": partial(read_cifar10, Path(config.path)),
        }[config.kind]
        files = {part: read(part) for part in ("train", "test")}
        names = {part: [f"{part} {number}" for number in range(len(labels))] for part, (_, labels) in files.items()}
        part, places = _take(names, split, config.limit)
        self.names = [names[part][place] for place in places]
        self._images, self._labels = (array[places] for array in files[part])
        self.identity = _hash(self._images.tobytes(), self._labels.tobytes())

    def item(self, index: int) -> Item:
        label = int(self._labels[index])
        if label >= len(self._classes):
            raise PictureError(f"its label is {label}; labels are 0 to {len(self._classes) - 1}")
        pixels = pixels_from_image(Image.fromarray(self._images[index]))
        if len(pixels) < TILE:  # digits lie on black, and get more of it: no pixel is made up
            pixels = np.pad(pixels, (TILE - len(pixels)) // 2)
        return Item(self.names[index], pixels, label=self._classes[label])


# Folders -------------------------------------------------------------------------------------------------------------


class _Folder:
    """A folder in the imagefolder convention; see `folders`."""

    def __init__(self, config: SourceConfig, split: str) -> None:
        self._root = Path(config.path)
        caption, label = (name and column_name(name) for name in (config.columns.caption, config.columns.label))
        self._columns = replace(config.columns, caption=caption, label=label)
        records = list_folder(self._root)
        for column in filter(None, (caption, label)):
            if not any(column in record.fields for record in records):
                raise ValueError(f"no metadata in {self._root} has the column {column!r}")
        parts = split_parts(record.name for record in records)
        names = {part: [records[place].name for place in places] for part, places in parts.items()}
        part, places = _take(names, split, config.limit)
        self._records = [records[parts[part][place]] for place in places]
        self.names = [record.name for record in self._records]

    @property
    def identity(self) -> str:
        def size(name: str) -> int:
            path = self._root / name
            return path.stat().st_size if path.is_file() else -1

        return _hash(*(f"{record}{size(record.name)}" for record in self._records))

    def item(self, index: int) -> Item:
        record = self._records[index]
        if record.problem:
            raise PictureError(record.problem)
        path = self._root / record.name
        if not path.is_file():
            raise PictureError("the picture is not there")
        words = read_words(record.fields, self._columns, record.label)
        return Item(record.name, read_picture(path), **words)


def read_words(fields: Mapping[str, Any], columns: Columns, label: str = "") -> dict[str, Any]:
    """What metadata says of a picture, as attributes of an `Item`.

    Raises:
        PictureError: something that is no text, a plan that is none, or nothing at all.
    """

    def texts(*keys: str) -> tuple[str, ...]:
        found = next((fields[key] for key in keys if fields.get(key) not in (None, "", [])), "")
        values = found if isinstance(found, list) else [found]
        if any(isinstance(value, bool) or not isinstance(value, (str, int)) for value in values):
            shown = "a list or an object" if isinstance(found, list | dict) else shorten(repr(found))
            raise PictureError(f"its {'/'.join(keys)} is {shown}, which is no text")
        lines = tuple(filter(None, (" ".join(str(value).split()) for value in values)))
        if any("\ud800" <= letter <= "\udfff" for line in lines for letter in line):
            raise PictureError(f"its {'/'.join(keys)} holds half a character (a lone surrogate), which is no text")
        return lines

    def text(*keys: str) -> str:
        lines = texts(*keys)
        if len(lines) > 1:
            raise PictureError(f"its {'/'.join(keys)} is a list; give one")
        return "".join(lines)

    words: dict[str, Any] = {
        "prompt": text("prompt"),
        "captions": texts(*((columns.caption,) if columns.caption else CAPTIONS)),
        "label": clean_label(text(*((columns.label,) if columns.label else _LABELS)) or label),
        "description": text("description"),
    }
    if not any(words.values()):
        raise PictureError("nothing says what it shows: it has no caption, no label and no folder that names one")
    try:
        words["plan"] = _plan_of(str(fields["plan"])) if fields.get("plan") else None
    except PlanError as error:
        raise PictureError(f"its plan is none: {error}") from None
    return words


def _plan_of(text: str) -> Plan:
    """A plan as text, on the grid of 32x32. Raises a PlanError if it is none."""
    plan = plan_from_text(text)
    if plan.grid != GRID:
        raise PlanError(f"its grid is {plan.grid}; pictures are learned with plans on a grid of {GRID}")
    return plan


# The hub -------------------------------------------------------------------------------------------------------------


class _Hub:
    """A dataset of the Hugging Face hub, a folder of such files, or one saved to disk; needs the `hub` extra."""

    def __init__(self, config: SourceConfig, split: str) -> None:
        with needs("hub"):
            import datasets
        given = {"name": config.hub.subset, "revision": config.hub.revision}
        try:
            saved = _saved(config.path)
            if saved is not None:
                sizes = {name: len(rows) for name, rows in saved.items()}
            else:
                builder = datasets.load_dataset_builder(config.path, **given)
                sizes = {name: info.num_examples for name, info in (builder.info.splits or {}).items()}
                if not sizes:  # unknown until everything is read
                    sizes = {name: len(rows) for name, rows in datasets.load_dataset(config.path, **given).items()}
            called = {
                name: next((other for other in others if sizes.get(other)), "")
                for name, others in SPLIT_FOLDERS.items()
            }
            if not called["train"]:
                raise ValueError(f"it has no split 'train'; it has {', '.join(sizes)}")
            names = {part: [f"{name} {n}" for n in range(sizes[name])] for part, name in called.items() if name}
            part, places = _take(names, split, config.limit)
            if saved is not None:
                rows = saved[called[part]]
            else:
                rows = datasets.load_dataset(config.path, split=called[part], **given)
            self._image = _column(rows.column_names, config.columns.image, _IMAGES, "pictures")
            for column in filter(None, (config.columns.caption, config.columns.label)):
                _column(rows.column_names, column, (), "words")
            # undecoded: one bad picture must not end the reading of the others
            rows = rows.cast_column(self._image, datasets.Image(decode=False))
        except (OSError, ValueError, KeyError, TypeError, datasets.exceptions.DatasetsError) as error:
            message = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(f"the dataset {config.path} can't be used: {message}") from None
        self._columns, self._rows, self._places = config.columns, rows, places
        self._classes = {
            name: feature.names for name, feature in rows.features.items() if isinstance(feature, datasets.ClassLabel)
        }
        self.names = [names[part][place] for place in places]
        self.identity = _hash(config.path, repr(given), repr(sizes), repr(rows.features))

    def item(self, index: int) -> Item:
        row = self._rows[self._places[index]]
        stored = row.pop(self._image)
        if not stored or not (stored.get("bytes") or stored.get("path")):
            raise PictureError("it has no picture")
        for name, classes in self._classes.items():
            if row[name] is not None:
                row[name] = classes[row[name]] if 0 <= row[name] < len(classes) else None
        words = read_words(row, self._columns)
        return Item(self.names[index], read_picture(stored["bytes"] or stored["path"]), **words)


def _saved(path: str) -> Any | None:
    """The splits of a dataset that was saved to disk, or None if the path is none; one without splits is `train`."""
    if not is_saved(Path(path)):
        return None
    import datasets

    saved = datasets.load_from_disk(path)
    return saved if isinstance(saved, datasets.DatasetDict) else {"train": saved}


def _column(known: Sequence[str], chosen: str | None, usual: Sequence[str], what: str) -> str:
    found = [name for name in ((chosen,) if chosen else usual) if name in known]
    if not found:
        wanted = repr(chosen) if chosen else f"for {what}"
        raise ValueError(f"it has no column {wanted}; it has {', '.join(known)} (choose with --columns)")
    return found[0]
