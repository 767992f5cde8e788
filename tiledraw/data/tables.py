"""Tables: the rows of a metadata file, as programs of all kinds write them.

    metadata.jsonl    an object a line, or one array of objects
    metadata.json     an array of objects, or an object with what is said of each file
    metadata.csv      separated by , ; tabs or |, with or without a byte order mark and a line `sep=;`
    metadata.parquet

Spaces around a column's name don't count, nor do capitals in those that have a meaning here. What is wrong with a row
takes its place; what is wrong with the whole is refused.
Knows files and text. Knows nothing about pictures, or what a column means.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tiledraw.common.checks import shorten
from tiledraw.common.extras import needs

FILE = "file_name"  # the column that says which picture a row is about
METADATA = ("metadata.jsonl", "metadata.json", "metadata.csv", "metadata.parquet")
_FILES = {FILE, "filename", "file name", "file"}  # how people call it
_KNOWN = {"text", "caption", "captions", "label", "labels", "class", "prompt", "plan", "description"}
_SEPARATORS = ",;\t|"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

Row = tuple[int, Mapping[str, Any] | str]  # its number, from 1 on, and its cells by column, or what is wrong with it


def read_rows(path: Path) -> list[Row]:
    """All rows that are not empty; at least one of them names a file.

    Raises:
        ValueError: it is empty, no table, or has no column that names files.
        MissingExtraError: it is Parquet, and what reads that is missing.
    """
    if path.suffix == ".parquet":
        rows = list(_parquet_rows(path))
    else:
        text = decode(path)
        rows = list(_json_rows(text, path) if path.suffix in (".json", ".jsonl") else _csv_rows(text, path))
    if not rows:
        raise ValueError(f"{path} is empty; write one line a picture, or delete it")
    tables = [data for _, data in rows if isinstance(data, Mapping)]
    if not any(FILE in data for data in tables):
        has = ", ".join(map(shorten, list(tables[0])[:8])) if tables else ""
        raise ValueError(
            f"no line of {path} has the key {FILE}, which says which picture it is about"
            f"{f'; the first has {has}' if has else ''}"
        )
    return rows


def is_array(path: Path) -> bool:
    """Whether a file of JSON holds one array in place of an object a line."""
    return path.suffix == ".jsonl" and decode(path).lstrip().startswith("[")


def decode(path: Path) -> str:
    """The text of a file, in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        ValueError: it is neither.
    """
    if not path.is_file():
        raise ValueError(f"{path} is no file, but a pipe, a device or a socket")
    data = path.read_bytes()
    encoding = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path} is no text in UTF-8, as line {line} shows; save it as UTF-8") from None


def column_name(key: str) -> str:
    """What a column is called here."""
    key = key.strip("\ufeff \t\xa0")
    plain = key.lower()
    return FILE if plain in _FILES else plain if plain in _KNOWN else key


def _named(data: Mapping[str, Any]) -> dict[str, Any]:
    """A row, its columns called as they are known here."""
    return {column_name(key): value for key, value in data.items()}


def _json_rows(text: str, path: Path) -> Iterator[Row]:
    if path.suffix == ".jsonl" and not text.lstrip().startswith("["):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                data = _loaded(line)
                yield number, _named(data) if isinstance(data, dict) else f"{shorten(line.strip())} is no JSON object"
        return
    data = _loaded(text) if text.strip() else []
    if isinstance(data, dict):
        data = [_mapped(name, said) for name, said in data.items()]
    if not isinstance(data, list) or (data and not any(isinstance(row, dict) for row in data)):
        raise ValueError(
            f"{path} is neither an array of objects with a {FILE} nor an object with what is said of each file"
        )
    for number, row in enumerate(data, 1):
        yield number, _named(row) if isinstance(row, dict) else "it is no JSON object"


def _mapped(name: str, said: Any) -> dict[str, Any] | None:
    """A row of an object that maps names of files to captions, or to objects of all that is said of them."""
    if isinstance(said, dict):
        return {FILE: name, **said}
    words = isinstance(said, str) or (isinstance(said, list) and said and all(isinstance(word, str) for word in said))
    return {FILE: name, "text": said} if words else None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _csv_rows(text: str, path: Path) -> Iterator[Row]:
    first, _, rest = text.partition("\n")
    separators, skipped = _SEPARATORS, 0
    if first.strip().lower().startswith("sep=") and len(first.strip("\r \ufeff")) == len("sep=") + 1:
        separators, text, skipped = first.strip("\r \ufeff")[-1], rest, 1  # as Excel writes and reads it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, separators), skipinitialspace=True)
    columns: Sequence[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = cells
            elif any(cell.strip() for cell in cells[len(columns) :]):
                yield (
                    skipped + reader.line_num,
                    "it has more cells than the first line; put text with commas into quotes",
                )
            else:
                row = {key: cell for key, cell in zip(columns, cells, strict=False) if key.strip() and cell}
                yield skipped + reader.line_num, _named(row)
    except csv.Error as error:
        raise ValueError(f"{path}, line {skipped + reader.line_num}: {error}") from None


def _separator(text: str, separators: str) -> str:
    """The separator by which the first line names files; else the one that cuts it into most cells."""

    def columns(separator: str) -> list[str]:
        lines = csv.reader(io.StringIO(text[:10_000].lstrip(), newline=""), delimiter=separator, skipinitialspace=True)
        try:
            return [cell.strip("\ufeff \t\xa0").lower() for cell in next(lines, [])]
        except csv.Error:
            return []

    found = {separator: columns(separator) for separator in separators}
    return next((one for one in separators if _FILES & {*found[one]}), max(separators, key=lambda one: len(found[one])))


def _parquet_rows(path: Path) -> Iterator[Row]:
    with needs("hub", f"reading {path.name}"):
        import datasets  # noqa: F401  (the extra, which brings pyarrow)
        import pyarrow.parquet
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise ValueError(f"{path} can't be read: {' '.join(str(error).split())[:200]}") from None
    for number, row in enumerate(table.to_pylist(), 1):
        yield number, _named({key: value for key, value in row.items() if value is not None})
