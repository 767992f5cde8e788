"""A folder of pictures as people have them: what it holds, and what is said of each picture.

    pictures/train/cat/1.png                          the label is the name of the folder
    pictures/train/cat/images/1.png                   ... of the first one upwards that can be a class
    pictures/1.png, pictures/1.txt                    the caption lies beside it, one a line, or in 1.caption
    pictures/metadata.jsonl                           {"file_name": "train/1.png", "text": "a cat asleep"}

A metadata file (see `tables`) rules the pictures in its folder and beneath. It may give, for each, a caption, a label,
a whole prompt, a plan and a description. What is wrong with a single line or picture is kept as that record's problem;
what is wrong with the whole is refused.
Knows files and text. Knows nothing about pixels.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tiledraw.canvas.pictures import SUFFIXES
from tiledraw.common.checks import shorten
from tiledraw.data.instructions import clean_label
from tiledraw.data.tables import FILE, METADATA, read_rows

SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing"),
}
_PARTS = {folder: split for split, folders in SPLIT_FOLDERS.items() for folder in folders}
# Pictures in formats that nobody here reads; they are counted, and named.
_UNREAD = frozenset(
    {
        *(".heic", ".heif", ".hif", ".jxl", ".svg", ".svgz", ".eps", ".ai", ".pdf", ".psd", ".psb", ".xcf"),
        *(".exr", ".hdr", ".tga", ".ico", ".icns", ".pcx", ".sgi", ".xbm", ".xpm", ".dcm"),
        *(".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srw", ".dng", ".raf", ".orf", ".rw2", ".pef"),
        *(".raw", ".3fr", ".iiq", ".x3f"),
    }
)
_NO_CLASS = {"images", "image", "imgs", "img", "pictures", "picture", "photos", "pics", "jpegimages", "data", "rgb"}
_CAPTIONS = (".txt", ".caption")  # suffixes of files beside pictures that hold their captions
_MOST_CAPTION = 2**16  # bytes of such a file
_NUMBERS = re.compile(r"(?:-?\d+(?:\.\d+)?(?:\s+|$)){5,}")  # a line that a detector has learned from
_REPEATS = re.compile(r"^\d+[_.](?=[^\W\d_])")  # before the name of a folder: how often to show it, or its number
_SAVED = ("dataset_dict.json", "state.json")  # what `datasets` writes beside what it saves to disk
_MOST_NAME, _MOST_PATH = 255, 4095  # bytes that a name and a path may have


@dataclass(frozen=True)
class Record:
    """A picture and what is said of it, or what is wrong with that.

    Attributes:
        name: The path inside the folder with `/`, or which line of which metadata file.
        fields: What the metadata says of the picture.
        label: The name of its folder, where no metadata rules it.
        problem: Why the picture can't be used; empty if nothing is known against it.
        line: Which row of the metadata it is; 0 where none is.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    problem: str = ""
    line: int = 0


def list_folder(root: Path) -> list[Record]:
    """All pictures of a folder, by name, and all lines of its metadata that name none.

    Raises:
        ValueError: it is no folder, holds no pictures, or a metadata file is not what it should be.
    """
    if not root.is_dir():
        raise ValueError(f"{root} is not a folder; give one that holds pictures")
    if is_saved(root):
        raise ValueError(
            f"{root} is a dataset that `datasets` has saved; read it as one: tiledraw data build hub {root}"
        )
    names, closed = _walk(root)
    ruled = _ruled(root, names)
    pictures = {name: PurePosixPath(name).suffix.lower() for name in names}
    pictures = {name: suffix for name, suffix in pictures.items() if suffix in SUFFIXES or suffix in _UNREAD}
    records: dict[str, Record] = {}
    alike = _alike(pictures)
    for inside, path in ruled.items():
        for record in _read_metadata(path, inside):
            if record.line and record.name not in pictures:
                record = Record(alike.get(_plain(record.name)) or record.name, record.fields, line=record.line)
            if record.name in records:
                name = f"{PurePosixPath(inside, path.name)} line {record.line}"
                record = Record(name, problem=f"it names {shorten(record.name)}, as an earlier line does")
            records[record.name] = record
    loose = [name for name in pictures if name not in records]
    captions = set(names)
    for name, label in _labels(loose).items():
        ruler = next((str(parent) for parent in PurePosixPath(name).parents if str(parent) in ruled), None)
        if pictures[name] in _UNREAD:
            records[name] = Record(name, problem=f"files in {pictures[name]} are not read; save it as PNG or JPEG")
        elif ruler is not None:
            problem = f"{ruled[ruler].relative_to(root).as_posix()} does not list it"
            records[name] = Record(name, label=label, problem=problem)
        else:
            records[name] = _beside(root, name, label, captions)
    if not records:
        raise ValueError(f"{root} holds no pictures{_held(names)}; known are files in {', '.join(sorted(SUFFIXES))}")
    records |= {name: Record(name, problem=problem) for name, problem in closed.items()}
    splits = _splits(list(records))
    if any(splits.values()):
        for name, split in splits.items():
            if not split and not records[name].problem:
                records[name] = Record(name, problem="it lies beside the folders of splits, in none of them")
    return [records[name] for name in sorted(records)]


def is_saved(root: Path) -> bool:
    """Whether a folder is what `datasets` writes with `save_to_disk`."""
    return any((root / name).is_file() for name in _SAVED)


def _walk(root: Path) -> tuple[list[str], dict[str, str]]:
    """The paths of all files that are not hidden, and of folders that can't be opened, with the reason."""
    names, closed = [], {}

    def note(error: OSError) -> None:
        closed[Path(error.filename).relative_to(root).as_posix()] = f"the folder can't be opened: {error.strerror}"

    for parent, folders, files in os.walk(root, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(parent).relative_to(root)
        names += [PurePosixPath(inside, name).as_posix() for name in sorted(files) if not name.startswith(".")]
    return names, closed


def _held(names: Sequence[str]) -> str:
    """What a folder without pictures holds."""
    kinds = Counter(PurePosixPath(name).suffix.lower() for name in names).most_common(3)
    found = [f"{count:,} {f'in {suffix}' if suffix else 'without a suffix'}" for suffix, count in kinds]
    hint = ""
    if any(suffix in (".parquet", ".arrow") for suffix, _ in kinds):
        hint = " (tiledraw data build hub reads datasets)"
    elif any(suffix in (".zip", ".tar", ".gz") for suffix, _ in kinds):
        hint = " (unpack them first)"
    return f", but files: {', '.join(found)}{hint}" if found else ""


# Splits and labels ---------------------------------------------------------------------------------------------------


def split_parts(names: Iterable[str]) -> dict[str, list[int]]:
    """The splits that a folder comes in, and which of its names each holds. Without a folder `train`, all is that; what
    lies in none of them is counted as that, too."""
    splits = _splits(list(names))
    if not any(splits.values()):
        return {"train": list(range(len(splits)))}
    parts = [split or "train" for split in splits.values()]
    return {split: found for split in SPLIT_FOLDERS if (found := [n for n, part in enumerate(parts) if part == split])}


def _splits(names: Sequence[str]) -> dict[str, str]:
    """The split of each name, by the first of its folders that is called like one; all empty where the folders are
    none: without one for training, or where `train` lies among classes, and is one."""
    places = {name: _split_place(name) for name in names}
    found = {name: _PARTS[name.split("/")[place].lower()] if place >= 0 else "" for name, place in places.items()}
    if "train" not in found.values():
        return dict.fromkeys(names, "")
    if {*found.values()} <= {"train", ""}:
        parents = {tuple(name.split("/")[:place]) for name, place in places.items() if place >= 0}
        others = {tuple(name.split("/")[:-1]) for name, place in places.items() if place < 0}
        if any(len(path) > len(parent) and path[: len(parent)] == parent for path in others for parent in parents):
            return dict.fromkeys(names, "")
    return found


def _split_place(name: str) -> int:
    """Which folder of a path is called like a split; -1 if none is."""
    *folders, _ = name.split("/")
    return next((place for place, folder in enumerate(folders) if folder.lower() in _PARTS), -1)


def _labels(names: Sequence[str]) -> dict[str, str]:
    """The class that a folder of each picture names; empty if none does.

    Folders of splits are no classes, nor are those that are called `images` or the like, nor an innermost level of
    folders that is called the same in all of several folders.
    """
    splits = any(_splits(names).values())
    folders = {}
    for name in names:
        *path, _ = name.split("/")
        place = _split_place(name) if splits else -1
        folders[name] = [one for n, one in enumerate(path) if n != place]
    while True:
        inner = {tuple(path) for path in folders.values() if path}
        lengths = {len(path) for path in folders.values()}
        same = len(inner) > 1 and len(lengths) == 1 and min(lengths) > 1 and len({path[-1] for path in inner}) == 1
        dull = {path for path in inner if same or path[-1].lower() in _NO_CLASS}
        if not dull:
            return {name: clean_label(_REPEATS.sub("", path[-1])) if path else "" for name, path in folders.items()}
        folders = {name: path[:-1] if tuple(path) in dull else path for name, path in folders.items()}


# What is said of pictures --------------------------------------------------------------------------------------------


def _plain(name: str) -> str:
    """A path as another system may write it: composed accents, small letters."""
    return unicodedata.normalize("NFC", name).casefold()


def _alike(names: Iterable[str]) -> dict[str, str]:
    """The path that is there for each plain one; empty where there are several."""
    found: dict[str, str] = {}
    for name in names:
        plain = _plain(name)
        found[plain] = "" if plain in found else name
    return found


def _beside(root: Path, name: str, label: str, names: set[str]) -> Record:
    """A picture without metadata: its caption lies beside it, or its folder names a class."""
    stem = PurePosixPath(name).with_suffix("").as_posix()
    path = next((beside for end in _CAPTIONS for beside in (stem + end, name + end) if beside in names), None)
    if path is None or not (root / path).is_file():
        return Record(name, label=label)
    try:
        with open(root / path, "rb") as file:
            data = file.read(_MOST_CAPTION)
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return Record(name, label=label, problem=f"{path} beside it is no text in UTF-8")
    except OSError as error:
        return Record(name, label=label, problem=f"{path} beside it can't be opened: {error.strerror}")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(map(_NUMBERS.fullmatch, lines)):
        return Record(name, label=label, problem=f"{path} beside it holds numbers, not a caption")
    return Record(name, {"text": lines[0] if len(lines) == 1 else lines}) if lines else Record(name, label=label)


def _ruled(root: Path, names: Sequence[str]) -> dict[str, Path]:
    """The metadata file of each folder that has one."""
    ruled: dict[str, Path] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.name in METADATA:
            inside = path.parent.as_posix()
            if inside in ruled:
                both = " and ".join(sorted((ruled[inside].name, path.name), key=METADATA.index))
                raise ValueError(f"{root / inside} holds both {both}; keep the one that counts")
            ruled[inside] = root / name
    return ruled


def _read_metadata(path: Path, inside: str) -> Iterator[Record]:
    """The lines of a metadata file; `inside` is its folder."""
    for number, data in read_rows(path):
        line = f"{PurePosixPath(inside, path.name)} line {number}"
        if isinstance(data, str):
            yield Record(line, problem=data)
        elif problem := _path_problem(data.get(FILE)):
            yield Record(line, problem=problem)
        else:
            yield Record(PurePosixPath(inside, data[FILE].strip().replace("\\", "/")).as_posix(), data, line=number)


def _path_problem(name: Any) -> str:
    """What is wrong with a file name."""
    if not isinstance(name, str) or not name.strip():
        return f"it has no {FILE}"
    parts = name.strip().replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        return f"the {FILE} {shorten(name)} leads out of the folder"
    try:
        lengths = [len(os.fsencode(part)) for part in parts]
    except UnicodeEncodeError:
        lengths = []
    if "\0" in name or not lengths:
        return f"the {FILE} holds a character that no path has"
    if max(lengths) > _MOST_NAME or sum(lengths) + len(lengths) > _MOST_PATH:
        return f"the {FILE} {shorten(name)} is longer than any path"
    return ""
