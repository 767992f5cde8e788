"""Annotating: a vision-language model says what the pictures of a folder show: a plan and a sentence for each picture,
and a text for each of its tiles.

Every answer is appended to `answers.jsonl` as it came, the moment it comes; all else follows from that file, so that an
interrupted run goes on, and asks nothing twice. The rows of `metadata.jsonl` get the keys

    plan          the plan as text
    description   a sentence
    tiles         [{"level": 1, "grid": 1, "row": 0, "column": 0, "text": "..."}, ...]

and `problems.jsonl` names what has none of them, and why. Knows folders in the `imagefolder` convention, and whom to
ask. Knows nothing about how a model is reached, or what its answers mean.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import FITS, PictureError, read_picture, resample, square
from tiledraw.canvas.pyramid import TILE, Canvas, Tile, level_sides
from tiledraw.common.files import atomic_write
from tiledraw.data.annotation.answerfile import Answer, Answers
from tiledraw.data.annotation.answers import AnswerError, picture_question, tile_question
from tiledraw.data.annotation.vision import Vision
from tiledraw.data.folders import METADATA as METADATA_NAMES
from tiledraw.data.folders import Record, list_folder
from tiledraw.models.asking import DownError, UnansweredError

ANSWERS, METADATA, PROBLEMS = "answers.jsonl", "metadata.jsonl", "problems.jsonl"
CAPTIONS = ("description", "text", "caption", "prompt", "label")  # columns that may say what a picture shows
WHOLE_LEVELS = range(1, len(level_sides(TILE)))  # levels of one tile, which shows all of the picture
TILE_SIDE = 256  # pixels a side of a tile as it is shown, at least
MOST_UNANSWERED = 10  # pictures in a row; then something is wrong with who is asked


class AnnotateError(ValueError):
    """A folder can't be annotated."""


@dataclass(frozen=True)
class AnnotateConfig:
    """What is asked.

    Attributes:
        sizes: Sides of square canvases in pixels, of all whose tiles a text is asked for.
        fit: "letterbox" or "crop": how a picture that is not square becomes one, as in the documents built later.
        side: Pixels a side at which a picture is shown. At 1000, pixels and thousandths are the same, so that models
            which tell boxes in pixels whatever they are asked for are understood, too.
        attempts: How often one thing is asked until its answer can be used.
        concurrency: How many pictures are asked about at once.

    Raises:
        ValueError: any of them out of its range.
    """

    sizes: tuple[int, ...] = ()
    fit: str = "letterbox"
    side: int = 1000
    attempts: int = 2
    concurrency: int = 4

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ValueError(f"the fit {self.fit!r} is unknown; known are {', '.join(FITS)}")
        _ = self.tiles
        for name, value, least, most in (
            ("side", self.side, 28, 4096),
            ("attempts", self.attempts, 1, 100),
            ("concurrency", self.concurrency, 1, 1000),
        ):
            if not least <= value <= most:
                raise ValueError(f"{name} {value} is out of range; it is from {least} to {most}")

    @property
    def tiles(self) -> list[Tile]:
        """All tiles that are asked about; those of several levels or sizes that show the same part are asked once."""
        canvases = [Canvas(side, side) for side in self.sizes]
        tiles = (tile for canvas in canvases for level in range(1, len(canvas.sides)) for tile in canvas.tiles(level))
        return list({(tile.grid, tile.row, tile.column): tile for tile in tiles}.values())


@dataclass(frozen=True)
class Problem:
    """What could not be had: of a picture, or of a tile of it.

    Attributes:
        kind: "unreadable": the picture or its row; "unanswered": nobody said anything; "rejected": what was said can't
            be used.
    """

    file_name: str
    kind: str
    problem: str
    tile: Tile | None = None


@dataclass(frozen=True)
class Annotated:
    """A picture was gone through; `asked` tells whether any question was asked."""

    file_name: str
    problems: tuple[Problem, ...] = ()
    asked: bool = False

    @property
    def unanswered(self) -> bool:
        return any(problem.kind == "unanswered" for problem in self.problems)


# Rows of a folder ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rows:
    """The records of a folder, and the lines of the metadata file that is rewritten in place, if it is one."""

    records: tuple[Record, ...]
    lines: tuple[str, ...] | None

    def rewritten(self, told: Mapping[str, Mapping[str, Any]], kept: Collection[str]) -> list[str]:
        """The lines of the new file, with what is told of each picture. In place, all other lines stay as they are;
        a new file gets one for each picture of `kept`."""
        lines = list(self.lines or ())
        for record in self.records:
            name, fields = record.name, dict(record.fields)
            number = fields.pop("line", None)
            if record.problem or name not in (kept if self.lines is None else told):
                continue
            label = {"label": record.label} if record.label else {}
            line = json.dumps({**fields, "file_name": name, **label, **told.get(name, {})}, ensure_ascii=False)
            if self.lines is None:
                lines.append(line)
            else:
                lines[number - 1] = line
        return lines


def _read_rows(folder: Path, out: Path) -> _Rows:
    """What a folder says of its pictures.

    Raises:
        ValueError: it is none, holds nothing, or holds metadata that can't be rewritten in place.
    """
    records = tuple(list_folder(folder))
    metadata = sorted(path for name in METADATA_NAMES for path in folder.rglob(name))
    if out.resolve() != folder.resolve() or not metadata:
        return _Rows(records, None)
    path = folder / METADATA
    if metadata != [path]:
        other = next(found for found in metadata if found != path)
        raise AnnotateError(f"{other} can't be added to, only {path} can; give another folder with --out")
    return _Rows(records, tuple(path.read_bytes().decode("utf-8-sig").rstrip("\n").split("\n")))


def caption_of(record: Record) -> str:
    """What is said of a picture; empty if nothing is."""
    texts = (*(record.fields.get(key) for key in CAPTIONS), record.label)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


# Annotating ----------------------------------------------------------------------------------------------------------


def annotate(folder: Path, out: Path, vision: Vision, config: AnnotateConfig | None = None) -> Iterator[Annotated]:
    """Asks what `answers.jsonl` of `out` does not know yet, and writes `metadata.jsonl` and `problems.jsonl` there,
    also when it is interrupted. Pictures come in the order in which they are done.

    Where `out` is another folder, it gets the pictures, too (as links where the disk allows).

    Raises:
        ValueError: the folder can't be annotated so.
        DownError: no question gets an answer any more.
        OSError: nothing can be written.
    """
    config = config or AnnotateConfig()
    rows = _read_rows(folder, out)
    if folder.resolve() in out.resolve().parents:
        raise AnnotateError(f"{out} lies inside {folder}, among the pictures; give a folder beside it with --out")
    if out.resolve() != folder.resolve() and (out / METADATA).exists() and not (out / ANSWERS).exists():
        raise AnnotateError(f"{out} holds a {METADATA} of something else; give a new folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(folder, out, vision, config, rows, Answers(out / ANSWERS))
    run.check_fit()
    try:
        yield from run.pictures()
    finally:
        run.write()


@dataclass
class _Run:
    folder: Path
    out: Path
    vision: Vision
    config: AnnotateConfig
    rows: _Rows
    answers: Answers
    problems: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    over: Event = field(default_factory=Event)  # no more questions

    def check_fit(self) -> None:
        for answer in (answer for answers in self.answers.held.values() for answer in answers):
            if answer.fit != self.config.fit:
                raise AnnotateError(
                    f"{self.answers.path} holds answers about pictures in {answer.fit}; give --fit {answer.fit}, or "
                    "another folder with --out"
                )

    def pictures(self) -> Iterator[Annotated]:
        """Goes through all pictures, several at a time."""
        left, unanswered = iter(self.rows.records), 0
        waiting: set[Future[Annotated]] = set()
        with ThreadPoolExecutor(self.config.concurrency) as pool:
            try:
                while True:
                    while len(waiting) < 2 * self.config.concurrency and (record := next(left, None)) is not None:
                        waiting.add(pool.submit(self._picture, record))
                    if not waiting:
                        return
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for annotated in [future.result() for future in done]:
                        self.problems[annotated.file_name] = annotated.problems
                        if annotated.asked:
                            unanswered = unanswered + 1 if annotated.unanswered else 0
                        yield annotated
                        if unanswered >= MOST_UNANSWERED:
                            last = annotated.problems[-1].problem
                            raise DownError(f"{unanswered} pictures in a row got no answer, at last: {last}")
            except BaseException:  # what is under way comes to its end, and is kept; nothing new begins
                self.over.set()
                for future in waiting:
                    future.cancel()
                self.vision.stop()
                raise

    def _picture(self, record: Record) -> Annotated:
        """Asks what is not known of one picture."""
        try:
            return self._asked(record)
        except BaseException:
            self.over.set()
            raise

    def _asked(self, record: Record) -> Annotated:
        name, problems, asked = record.name, [], False
        if record.problem:
            return Annotated(name, (Problem(name, "unreadable", record.problem),))
        caption = caption_of(record)
        pixels: np.ndarray | None = None
        try:
            for tile in [None, *self.config.tiles]:
                found, refused, attempts = self._known(record, tile)
                while found is None and attempts < self.config.attempts:
                    if pixels is None:
                        picture = read_picture(self.folder / name)
                        pixels = resample(square(picture, self.config.side, self.config.fit), self.config.side)
                    shown = pixels if tile is None else cut(pixels, tile)
                    if tile is not None and (shown == shown[0, 0]).all():  # of one gray: nothing can be said of it
                        refused = ""
                        break
                    question = picture_question(caption) if tile is None else tile_question(tile, caption)
                    if self.over.is_set():
                        raise UnansweredError("nothing was asked: the run was over")
                    asked = True
                    text = self.vision.ask(Image.fromarray(shown), question)
                    self.answers.add(Answer(name, tile, attempts + 1, self.config.fit, self.vision.name, text))
                    found, refused, attempts = self._known(record, tile)
                if found is None and refused:
                    problems.append(Problem(name, "rejected", refused, tile))
                if tile is None and isinstance(found, dict):
                    caption = found.get("description", caption)
        except PictureError as error:
            return Annotated(name, (*problems, Problem(name, "unreadable", str(error))), asked)
        except UnansweredError as error:
            return Annotated(name, (*problems, Problem(name, "unanswered", str(error), tile)), asked)
        return Annotated(name, tuple(problems), asked)

    def _known(self, record: Record, tile: Tile | None) -> tuple[dict[str, Any] | str | None, str, int]:
        """What is known of a picture or tile, or else why the last answer can't be used; how often it was asked."""
        answers = self.answers.held.get((record.name, tile), [])
        if not answers and tile is None and record.fields.get("plan"):
            return {}, "", 0  # somebody else wrote the plan; it stays
        refused, attempts = "", max((answer.attempt for answer in answers), default=0)
        for answer in answers:
            try:
                return answer.read(), "", attempts
            except AnswerError as error:
                refused = str(error)
        return None, refused, attempts

    def write(self) -> None:
        """Writes what is known of all pictures, and what went wrong in this run."""
        told: dict[str, dict[str, Any]] = {}
        for (name, tile), _ in sorted(self.answers.held.items(), key=lambda item: _order(*item[0])):
            found, _, _ = self._known(Record(name), tile)
            if isinstance(found, dict):
                told.setdefault(name, {}).update(found)
            elif found is not None and tile is not None:
                levels = (tile.level,) if tile.grid > 1 else WHOLE_LEVELS
                texts = [{**asdict(replace(tile, level=level)), "text": found} for level in levels]
                told.setdefault(name, {}).setdefault("tiles", []).extend(texts)
        kept = {record.name for record in self.rows.records if not record.problem and self._bring(record.name)}
        problems = (problem for record in self.rows.records for problem in self.problems.get(record.name, ()))
        lines = [
            json.dumps({**asdict(problem), "tile": problem.tile and asdict(problem.tile)}, ensure_ascii=False)
            for problem in problems
        ]
        for name, text in ((METADATA, self.rows.rewritten(told, kept)), (PROBLEMS, lines)):
            atomic_write(self.out / name, "".join(f"{line}\n" for line in text).encode("utf-8", "backslashreplace"))

    def _bring(self, name: str) -> bool:
        """Puts a picture into the other folder, if it is another; False if there is none."""
        source, target = self.folder / name, self.out / name
        if not source.is_file():
            return False
        if target.exists():
            return True
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return True


def _order(name: str, tile: Tile | None) -> tuple[Any, ...]:
    return (name, *((0,) if tile is None else (1, tile.level, tile.grid, tile.row, tile.column)))


def cut(pixels: np.ndarray, tile: Tile) -> np.ndarray:
    """The part of a square picture `(side, side)` uint8 that a tile shows, at least `TILE_SIDE` pixels a side."""
    side = len(pixels)
    (top, left), (bottom, right) = (
        (side * row // tile.grid, side * column // tile.grid)
        for row, column in ((tile.row, tile.column), (tile.row + 1, tile.column + 1))
    )
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    return resample(part, TILE_SIDE) if min(part.shape) < TILE_SIDE else part
