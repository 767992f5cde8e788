"""A folder of pictures in the `imagefolder` convention: what it holds, and what is said of each picture.

    pictures/train/cat/1.png                          the label is the name of the folder
    pictures/metadata.jsonl                           {"file_name": "train/1.png", "text": "a cat asleep"}
    pictures/train/metadata.csv                       file_name,text

A metadata file rules the pictures in its folder and beneath. It may give, for each, a caption, a label, a whole prompt,
and what annotation writes: a plan, a description, and thoughts of tiles. What is wrong with a single line or picture is
kept as that record's problem; what is wrong with the whole is refused.
Knows files and text. Knows nothing about pixels.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tiledraw.canvas.pictures import SUFFIXES
from tiledraw.common.checks import shorten
from tiledraw.data.instructions import clean_label

METADATA = ("metadata.jsonl", "metadata.csv")
SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing"),
}
_PARTS = {folder: split for split, folders in SPLIT_FOLDERS.items() for folder in folders}


@dataclass(frozen=True)
class Record:
    """A picture and what is said of it, or what is wrong with that.

    Attributes:
        name: The path inside the folder with `/`, or which line of which metadata file.
        fields: What the metadata says of the picture.
        label: The name of its folder, where no metadata rules it.
        problem: Why the picture can't be used; empty if nothing is known against it.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    problem: str = ""


def list_folder(root: Path) -> list[Record]:
    """All pictures of a folder, by name, and all lines of its metadata that name none.

    Raises:
        ValueError: it is no folder, holds no pictures, or a metadata file is not what it should be.
    """
    if not root.is_dir():
        raise ValueError(f"{root} is not a folder; give one that holds pictures")
    pictures, ruled = [], {}  # ruled: folder with a metadata file -> its path
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(parent).relative_to(root).as_posix()
        if found := [name for name in METADATA if name in files]:
            if len(found) > 1:
                raise ValueError(f"{parent} holds both {' and '.join(found)}; keep the one that counts")
            ruled[inside] = Path(parent) / found[0]
        names = [name for name in files if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES]
        pictures += [PurePosixPath(inside, name).as_posix() for name in names]
    records: dict[str, Record] = {}
    for inside, path in ruled.items():
        for record in _read_metadata(path, inside):
            if record.name in records:
                name = f"{PurePosixPath(inside, path.name)} line {record.fields['line']}"
                record = Record(name, problem=f"it names {shorten(record.name)}, as an earlier line does")
            records[record.name] = record
    for name in pictures:
        if name not in records:
            ruler = next((str(parent) for parent in PurePosixPath(name).parents if str(parent) in ruled), None)
            problem = "" if ruler is None else f"{ruled[ruler].relative_to(root).as_posix()} does not list it"
            records[name] = Record(name, label=_folder_label(name), problem=problem)
    if not records:
        raise ValueError(f"{root} holds no pictures; known are files in {', '.join(sorted(SUFFIXES))}")
    return [records[name] for name in sorted(records)]


def split_parts(names: Iterable[str]) -> dict[str, list[int]]:
    """The splits that a folder comes in, and which of its names each holds; without a folder `train`, all is that."""
    names = list(names)
    parts = [_PARTS.get(name.split("/")[0]) for name in names]
    if "train" not in parts:
        return {"train": list(range(len(names)))}
    return {split: found for split in SPLIT_FOLDERS if (found := [n for n, part in enumerate(parts) if part == split])}


def _folder_label(name: str) -> str:
    """The class that a picture's folder names."""
    *folders, _ = name.split("/")
    if folders and folders[0] in _PARTS:
        folders = folders[1:]
    return clean_label(folders[-1]) if folders else ""


def _read_metadata(path: Path, inside: str) -> Iterator[Record]:
    """The lines of a metadata file; `inside` is its folder."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text in UTF-8") from None
    lines = list(_json_lines(text) if path.suffix == ".jsonl" else _csv_lines(text, path))
    if not lines:
        raise ValueError(f"{path} is empty; write one line a picture, or delete it")
    if not any(isinstance(data, Mapping) and "file_name" in data for _, data in lines):
        raise ValueError(f"no line of {path} has the key file_name, which says which picture it is about")
    for number, data in lines:
        line = f"{PurePosixPath(inside, path.name)} line {number}"
        if isinstance(data, str):
            yield Record(line, problem=data)
        elif problem := _path_problem(data.get("file_name")):
            yield Record(line, problem=problem)
        else:
            name = PurePosixPath(inside, data["file_name"].replace("\\", "/")).as_posix()
            yield Record(name, {**data, "line": number})


def _path_problem(name: Any) -> str:
    """What is wrong with a file name."""
    if not isinstance(name, str) or not name.strip():
        return "it has no file_name"
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        return f"the file_name {shorten(name)} leads out of the folder"
    return "the file_name holds a character that no path has" if "\0" in name else ""


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """The number of each line that is not empty, with its object or what is wrong with it."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                data = json.loads(line)
            except (ValueError, RecursionError):
                data = None
            yield number, data if isinstance(data, dict) else f"{shorten(line.strip())} is no JSON object"


def _csv_lines(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if None in row:
                yield reader.line_num, "it has more cells than the first line; put text with commas into quotes"
            else:
                yield reader.line_num, {key: value for key, value in row.items() if value}
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None
