"""The build: pictures of any source -> training documents in shards.

A build goes on where it stopped, alone or on a cluster, and its files are the same in any case. A picture that can't be
used is counted, named in `skipped.jsonl`, and left out.
Knows sources, shards and clusters. Knows nothing about how a picture becomes documents, or models.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tiledraw.canvas.pictures import PictureError
from tiledraw.common.cluster import joined, whole_path
from tiledraw.common.files import atomic_write, check_writable_folder
from tiledraw.common.locks import locked
from tiledraw.common.shapes import Each, Fields, ShapeError, Text, Whole, read_json
from tiledraw.data.cutting import BuildConfig, documents_of
from tiledraw.data.shards import FORMAT, KINDS, MANIFEST, SETTINGS, index_path, read_index, shard_name, write_shard
from tiledraw.data.sources import Source, SourceConfig, open_source
from tiledraw.format.grammar import Document
from tiledraw.language.phrasing.phrased import SPLITS

SKIPPED = "skipped.jsonl"
REPORT = Fields(  # what the index of each shard says
    {
        "items": Whole(0, 2**53),
        "planless": Whole(0, 2**53),
        "skipped": Each(Fields(dict.fromkeys(("split", "name", "reason"), Text()))),
        "labels": Each(Text()),
        "subjects": Each(Text()),
    }
)


@dataclass(frozen=True)
class Work:
    """One shard to make: the items `start` to `stop` of a split."""

    config: BuildConfig
    split: str
    start: int
    stop: int

    @property
    def path(self) -> Path:
        return Path(self.config.output) / shard_name(self.split, self.start // self.config.shard_pictures)


def build(config: BuildConfig, progress: Callable[[int], object] = lambda pictures: None) -> dict[str, Any]:
    """Builds all documents that are not there yet, and returns the manifest.

    Args:
        progress: Is told of every so many pictures that are done, those of earlier calls first.

    Raises:
        ValueError: a source that is not what it should be, a folder with something else in it or with another build,
            a split without one picture that can be used.
        OSError: the folder can't be written, the disk is full, or a cluster is lost. What is finished is kept.
        MissingExtraError: a cluster needs the extra `ray`.
    """
    folder = Path(config.output)
    sources = {split: open_source(config.source_config(), split) for split in config.splits}
    if not folder.exists():
        check_writable_folder(folder.parent)
        folder.mkdir(exist_ok=True)
    check_writable_folder(folder)
    with locked(folder):
        return _build(folder, config, sources, progress)


def _build(
    folder: Path,
    config: BuildConfig,
    sources: dict[str, Source],
    progress: Callable[[int], object],
) -> dict[str, Any]:
    """Builds into a folder that nobody else writes into."""
    settings = {
        "format": FORMAT,
        "settings": config.settings(),
        "sources": {split: {"items": len(s.names), "identity": s.identity} for split, s in sources.items()},
    }
    _claim(folder, settings)
    size = config.shard_pictures
    works = [
        Work(config, split, start, min(start + size, len(source.names)))
        for split, source in sources.items()
        for start in range(0, len(source.names), size)
    ]
    missing = [work for work in works if read_index(work.path, REPORT) is None]
    progress(sum(work.stop - work.start for work in works if work not in missing))
    if config.cluster is not None and missing:
        place = config.source_config()
        if place.kind != "hub" and place.path:
            place = replace(place, path=whole_path(place.path))
        aways = [_Away(work, place, sources[work.split].identity) for work in missing]
        with joined(config.cluster) as cluster, closing(cluster.spread(_make_away, aways)) as made:
            for away, (shard, index) in made:
                atomic_write(away.work.path, shard)
                atomic_write(index_path(away.work.path), index)
                progress(away.work.stop - away.work.start)
    else:
        for work in missing:
            make_shard(work, sources[work.split])
            progress(work.stop - work.start)
    return _finish(folder, config, settings, works)


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Makes the folder this build's own, or finds that it is already."""
    path = folder / SETTINGS
    for left in folder.glob(".tiledraw-*.tmp"):  # of a build that was killed
        left.unlink(missing_ok=True)
    if not path.exists():
        if any(folder.iterdir()):
            raise ValueError(f"{folder} holds other files; give --output a new folder")
        atomic_write(path, _json(settings))
    try:
        found = read_json(path, Fields({"settings": Fields({}), "sources": Fields({})}))
    except ShapeError as error:
        raise ValueError(f"{error}; give --output a new folder") from None
    flat, own = ({**data["settings"], **data["sources"]} for data in (found, settings))
    if found != json.loads(_json(settings)):
        own = json.loads(_json(own))
        other = [key for key in {**flat, **own} if flat.get(key) != own.get(key)]
        what = f"{other[0]} is not what it was" if other else "it has another format"
        if other and other[0] in SPLITS:
            what = f"the pictures of the {other[0]} split are not what they were"
        raise ValueError(f"{folder} holds another build ({what}); give --output a new folder")


def make_shard(work: Work, source: Source) -> None:
    """Writes one shard. Pictures that can't be used are named in its index, with the reason."""
    skipped: list[dict[str, str]] = []
    labels: set[str] = set()
    subjects: set[str] = set()

    def documents() -> Iterator[tuple[str, Document]]:
        for index in range(work.start, work.stop):
            name = printable(source.names[index])
            try:
                item = source.item(index)
                made = list(documents_of(item, index, work.split, work.config))
            except PictureError as error:
                skipped.append({"split": work.split, "name": name, "reason": printable(str(error))})
                continue
            labels.update([item.label] if item.label else [])
            report["planless"] += item.plan is None
            subjects.update(item.plan.subjects if item.plan else ())
            yield from ((name, document) for document in made)
        report["labels"], report["subjects"] = sorted(labels), sorted(subjects)

    report: dict[str, Any] = {"items": work.stop - work.start, "skipped": skipped, "planless": 0}
    write_shard(work.path, documents(), report)


def printable(text: str) -> str:
    """A text that can be written in UTF-8, also where a file's name can't."""
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class _Away:
    """A shard that a machine of a cluster makes, of the very source that this one knows."""

    work: Work
    source: SourceConfig
    identity: str


def _make_away(away: _Away) -> tuple[bytes, bytes]:
    """A shard and its index, in a process of a cluster."""
    source = _opened(away.source, away.work.split, away.identity)
    with tempfile.TemporaryDirectory() as folder:
        work = replace(away.work, config=replace(away.work.config, output=folder))
        make_shard(work, source)
        return work.path.read_bytes(), index_path(work.path).read_bytes()


@lru_cache(len(SPLITS))
def _opened(config: SourceConfig, split: str, identity: str) -> Source:
    source = open_source(config, split)
    if source.identity != identity:
        raise ValueError(f"a machine of the cluster has other pictures in {config.path}; put the same on all")
    return source


def _finish(folder: Path, config: BuildConfig, settings: dict[str, Any], works: list[Work]) -> dict[str, Any]:
    """Writes the log of what was left out, then the manifest."""
    skipped: list[dict[str, str]] = []
    labels, subjects = set(), set()
    splits: dict[str, Any] = {
        split: {"items": 0, "skipped": 0, "planless": 0, "counts": dict.fromkeys(KINDS, 0), "shards": []}
        for split in config.splits
    }
    for work in works:
        index = read_index(work.path, REPORT)
        if index is None:
            raise OSError(f"{index_path(work.path)} vanished while the build ran; call it again")
        split = splits[work.split]
        split["items"] += index["items"]
        split["skipped"] += len(index["skipped"])
        split["planless"] += index["planless"]
        split["shards"].append(work.path.name)
        for kind in KINDS:
            split["counts"][kind] += len(index["offsets"][kind])
        skipped += index["skipped"]
        labels.update(index["labels"])
        subjects.update(index["subjects"])
    atomic_write(folder / SKIPPED, b"".join(_json(line, None) for line in skipped))
    for name, split in splits.items():
        if split["skipped"] == split["items"]:
            first = next(line for line in skipped if line["split"] == name)
            raise ValueError(
                f"none of the {split['items']:,} pictures of the {name} split can be used; "
                f"of the first, {first['name']}: {first['reason']} ({folder / SKIPPED} names all)"
            )
    manifest = {
        "format": FORMAT,
        "fingerprint": hashlib.sha256(_json(settings)).hexdigest()[:16],
        "source": {"kind": config.source, "path": config.path, "splits": settings["sources"]},
        "settings": settings["settings"],
        "splits": splits,
        "labels": sorted(labels),
        "subjects": sorted(subjects),
    }
    atomic_write(folder / MANIFEST, _json(manifest))
    return manifest


def _json(data: Any, indent: int | None = 2) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=indent).encode() + b"\n"
