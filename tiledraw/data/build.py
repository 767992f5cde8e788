"""The build: pictures of any source -> training documents in shards.

A build goes on where it stopped, over any number of processes, and its files are the same in any case. A picture that
can't be used is counted, named in `skipped.jsonl`, and left out.
Knows sources, shards and processes. Knows nothing about how a picture becomes documents, or models.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn

from tiledraw.canvas.pictures import PictureError
from tiledraw.common.files import atomic_write, check_writable_folder
from tiledraw.common.interpreters import python_command
from tiledraw.common.locks import locked
from tiledraw.common.shapes import Each, Fields, ShapeError, Text, Whole, read_json
from tiledraw.common.terminal import Stopped, stop_tidily
from tiledraw.data.cutting import BuildConfig, documents_of
from tiledraw.data.shards import FORMAT, KINDS, MANIFEST, SETTINGS, index_path, read_index, shard_name, write_shard
from tiledraw.data.sources import Columns, HubConfig, Source, SourceConfig, open_source
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
GRACE = 4.0  # seconds that a process of a build has to end, before it is ended


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
        OSError: the folder can't be written, or the disk is full. What is finished is kept.
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
    if config.processes > 1 and len(missing) > 1:
        _run_together(missing, config.source_config(), min(config.processes, len(missing)), progress)
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


def _run_together(works: list[Work], source: SourceConfig, processes: int, progress: Callable[[int], object]) -> None:
    """Makes shards in several processes; the finished ones stay, whatever happens to the others."""
    makers: SimpleQueue[_Maker] = SimpleQueue()  # those that have nothing to do
    with ExitStack() as stack, ThreadPoolExecutor(processes) as threads:
        started = [stack.enter_context(_Maker(source)) for _ in range(processes)]
        for maker in started:
            makers.put(maker)

        def make(work: Work) -> None:
            maker = makers.get()
            try:
                maker.make(work)
            finally:
                makers.put(maker)

        futures = {threads.submit(make, work): work for work in works}
        try:
            for future in as_completed(futures):
                future.result()
                progress(futures[future].stop - futures[future].start)
        except BaseException as error:
            threads.shutdown(wait=False, cancel_futures=True)
            if not isinstance(error, Exception):  # whoever stops the build does not wait for shards that are begun
                for maker in started:
                    maker.stop()
            raise


class _Maker:
    """A process that makes shards, one at a time. It gets them on its standard input, a line each, ends with that, and
    answers with what went wrong, as a line of JSON."""

    def __init__(self, source: SourceConfig) -> None:
        self._source = source

    def __enter__(self) -> _Maker:
        command = python_command("from tiledraw.data.build import serve; serve()")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )  # out of the reach of the terminal's Ctrl-C: the parent is told to stop, and stops it
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it has ended
            self._process.stdin.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def stop(self) -> None:
        """Ends it, whatever it does; what it has begun vanishes."""
        self._process.terminate()

    def make(self, work: Work) -> None:
        """Raises what went wrong there: a ValueError, an OSError (also if the process was ended) or a RuntimeError."""
        answer = b""
        with suppress(OSError):  # it has ended
            self._process.stdin.write(_task_line(self._source, work))
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise OSError(
                "a process of the build was ended from outside, perhaps for lack of memory; what is finished is kept: "
                "call it again, with fewer --processes"
            )
        kind, reason = json.loads(answer)
        if kind:
            raise _KINDS[kind](reason)


# What a process of the build may answer with; anything else is a mistake of ours.
_KINDS = {kind.__name__: kind for kind in (ValueError, OSError, RuntimeError)}


def _task_line(source: SourceConfig, work: Work) -> bytes:
    """What is to be made, as one line of Python literals: unlike JSON they keep tuples and numbers that are keys."""
    return repr((asdict(source), asdict(work))).encode() + b"\n"


def _read_task(line: bytes) -> tuple[SourceConfig, Work]:
    """What `_task_line` has written."""
    source, work = ast.literal_eval(line.decode())
    parts = {"columns": Columns, "hub": HubConfig}
    for values in (source, work["config"]):
        values |= {name: kind(**values[name]) for name, kind in parts.items()}
    work["config"] = BuildConfig(**work["config"])
    return SourceConfig(**source), Work(**work)


def serve() -> None:
    """What a process of a `_Maker` does, until its standard input ends, as it does however its parent ends; or SIGTERM
    comes. What it has begun vanishes then."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    tasks: SimpleQueue[bytes] = SimpleQueue()
    stop_tidily()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        _make_all(tasks, answers)
    except Stopped as stop:
        raise SystemExit(stop.code) from None


def _listen(tasks: SimpleQueue[bytes]) -> None:
    """Hands on the lines of the standard input; at its end, ends the process."""
    with os.fdopen(os.dup(0), "rb", buffering=0) as lines:  # no buffer, whose lock would be held as Python ends
        for line in lines:
            tasks.put(line)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE / 2)  # the main thread is in the middle of a long call
    os._exit(128 + signal.SIGTERM)


def _make_all(tasks: SimpleQueue[bytes], answers: BinaryIO) -> NoReturn:
    """Makes what it is told to, one shard after another."""
    opened: dict[str, Source] = {}
    while True:
        config, work = _read_task(tasks.get())
        answer = "", ""
        try:
            if work.split not in opened:
                opened[work.split] = open_source(config, work.split)
            make_shard(work, opened[work.split])
        except ValueError as error:
            answer = "ValueError", str(error)
        except OSError as error:
            answer = "OSError", str(error)
        except Exception as error:  # a mistake of ours: where it arose is known only here
            traceback.print_exc()
            answer = "RuntimeError", f"a process of the build failed: {error!r}"
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


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
