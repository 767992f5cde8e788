"""Annotating: a vision-language model says what the pictures of a folder show: a plan and a sentence for each picture.

Every answer is appended to `answers.jsonl` as it came, the moment it comes; all else follows from that file, so that an
interrupted run goes on, and asks nothing twice. The rows of `metadata.jsonl` get the keys

    plan          the plan as text
    description   a sentence

and `problems.jsonl` names what has none of them, or only in part, and why. Knows folders of pictures, and whom to ask.
Knows nothing about how a model is reached, or what its answers mean.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from PIL import Image

from tiledraw.canvas.pictures import FITS, PictureError, read_picture, resample, square
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.common.locks import locked
from tiledraw.data.annotation.answerfile import Answers
from tiledraw.data.annotation.answers import Reading
from tiledraw.data.annotation.questions import LANGUAGES, SCHEMA, picture_question
from tiledraw.data.annotation.texts import AnswerError
from tiledraw.data.annotation.vision import Vision
from tiledraw.data.folders import Record, list_folder
from tiledraw.data.tables import FILE, decode, is_array
from tiledraw.data.tables import METADATA as METADATA_NAMES
from tiledraw.language.plan import format_plan
from tiledraw.models.asking import DownError, UnansweredError

ANSWERS, METADATA, PROBLEMS = "answers.jsonl", "metadata.jsonl", "problems.jsonl"
CAPTIONS = ("description", "text", "caption", "captions", "prompt", "label")  # columns that may say what is shown
LEFT = 3600  # seconds after which nobody writes into a temporary file any longer
MOST_UNANSWERED = 10  # pictures in a row; then something is wrong with who is asked


class AnnotateError(ValueError):
    """A folder can't be annotated."""


@dataclass(frozen=True)
class AnnotateConfig:
    """What is asked.

    Attributes:
        fit: "letterbox" or "crop": how a picture that is not square becomes one, as in the documents built later.
        side: Pixels a side at which a picture is shown. At 1000, pixels and thousandths are the same, so that models
            which tell boxes in pixels whatever they are asked for are understood, too.
        attempts: How often a picture is asked about until the answer holds a plan.
        concurrency: How many pictures are asked about at once.
        language: Of questions, and so of descriptions and names: "en" or "zh".

    Raises:
        ValueError: any of them out of its range.
    """

    fit: str = "letterbox"
    side: int = 1000
    attempts: int = 2
    concurrency: int = 4
    language: str = "en"

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ValueError(f"the fit {self.fit!r} is unknown; known are {', '.join(FITS)}")
        if self.language not in LANGUAGES:
            raise ValueError(f"the language {self.language!r} is unknown; known are {', '.join(LANGUAGES)}")
        for name, value, least, most in (
            ("side", self.side, 28, 4096),
            ("attempts", self.attempts, 1, 100),
            ("concurrency", self.concurrency, 1, 1000),
        ):
            if not least <= value <= most:
                raise ValueError(f"{name} {value} is out of range; it is from {least} to {most}")


@dataclass(frozen=True)
class Problem:
    """What could not be had of a picture.

    Attributes:
        kind: "unreadable": the picture or its row; "unanswered": nobody said anything; "rejected": what was said can't
            be used; "partly": only a part of it can.
    """

    file_name: str
    kind: str
    problem: str


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
            name = record.name
            if record.problem or name not in (kept if self.lines is None else told):
                continue
            if self.lines is None:
                fields = {key: value for key, value in record.fields.items() if key != FILE}
                row = {**fields, FILE: name, **({"label": record.label} if record.label else {})}
            else:
                row = json.loads(lines[record.line - 1])  # with the columns as they are called there
            row |= told.get(name, {})
            line = json.dumps(row, ensure_ascii=False, default=str)
            if self.lines is None:
                lines.append(line)
            else:
                lines[record.line - 1] = line
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
    if is_array(path):
        raise AnnotateError(f"{path} is one array, not an object a line, and can't be added to; give --out")
    return _Rows(records, tuple(decode(path).removeprefix("\ufeff").rstrip("\n").split("\n")))


def caption_of(record: Record) -> str:
    """What is said of a picture; empty if nothing is."""
    values = (*(record.fields.get(key) for key in CAPTIONS), record.label)
    texts = (value[0] if isinstance(value, list) and value else value for value in values)
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
    with locked(out):
        for left in out.rglob(".tiledraw-*.tmp"):  # of a run that was killed, and not of who draws pictures there
            if time.time() - left.stat().st_mtime > LEFT:
                left.unlink(missing_ok=True)
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
            except BaseException as error:  # nothing new begins; what is paid for is kept, unless a person is waiting
                self.over.set()
                for future in waiting:
                    future.cancel()
                self.vision.stop(at_once=not isinstance(error, Exception))
                raise

    def _picture(self, record: Record) -> Annotated:
        """Asks what is not known of one picture."""
        try:
            return self._asked(record)
        except BaseException:
            self.over.set()
            raise

    def _asked(self, record: Record) -> Annotated:
        name, asked = record.name, False
        if record.problem:
            return Annotated(name, (Problem(name, "unreadable", record.problem),))
        if record.fields.get("plan") and name not in self.answers.held:
            return Annotated(name)  # somebody else wrote the plan; it stays
        caption, shown = caption_of(record), None
        try:
            while True:
                reading, refused, attempts = self._known(name)
                if (reading is not None and reading.plan) or attempts >= self.config.attempts:
                    break
                if shown is None:
                    picture = read_picture(self.folder / name)
                    shown = resample(square(picture, self.config.side, self.config.fit), self.config.side)
                if self.over.is_set():
                    raise UnansweredError("nothing was asked: the run was over")
                asked = True
                question = picture_question(caption, self.config.language, refused)
                text = self.vision.ask(Image.fromarray(shown), question, SCHEMA)
                self.answers.add(name, attempts + 1, self.config.fit, self.vision.name, text)
        except PictureError as error:
            return Annotated(name, (Problem(name, "unreadable", str(error)),), asked)
        except UnansweredError as error:
            return Annotated(name, (Problem(name, "unanswered", str(error)),), asked)
        if reading is None:
            return Annotated(name, (Problem(name, "rejected", refused),), asked)
        remarks = (Problem(name, "partly", "; ".join(reading.remarks)),) if reading.remarks else ()
        return Annotated(name, remarks, asked)

    def _known(self, name: str) -> tuple[Reading | None, str, int]:
        """What is known of a picture: the first answer with a plan, or else what can be used of another; why the last
        one could not be used; how often it was asked."""
        answers = self.answers.held.get(name, [])
        partly, refused = None, ""
        for answer in answers:
            try:
                reading = answer.read()
            except AnswerError as error:
                refused = str(error)
                continue
            if reading.plan is not None:
                return reading, "", len(answers)
            partly, refused = partly or reading, "; ".join(reading.remarks)
        return partly, refused, max((answer.attempt for answer in answers), default=0)

    def write(self) -> None:
        """Writes what is known of all pictures, and what went wrong in this run."""
        told: dict[str, dict[str, Any]] = {}
        for name in sorted(self.answers.held):
            reading, _, _ = self._known(name)
            if reading is not None:
                said = {"plan": format_plan(reading.plan) if reading.plan else "", "description": reading.description}
                told[name] = {key: text for key, text in said.items() if text}
        kept = {record.name for record in self.rows.records if not record.problem and self._bring(record.name)}
        problems = (problem for record in self.rows.records for problem in self.problems.get(record.name, ()))
        lines = [json.dumps(asdict(problem), ensure_ascii=False) for problem in problems]
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
            with open(source, "rb") as file, atomic_open(target) as copy:
                shutil.copyfileobj(file, copy)
        return True
