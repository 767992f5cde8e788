"""Comparing: draws every case of a suite in several ways, judges plans and pictures, and keeps each result at once.

A run is a folder: `run.json` (what is compared), `results.jsonl` (one line a picture), `pictures/`. An interrupted run
goes on where it stopped; a folder of another comparison is refused.
Knows the pipeline and the judge. Knows nothing about reports.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.canvas.assembler import AssemblyError, assemble
from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import ABSENT, COARSE, COARSE_TILE, Canvas, Level, Tile
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.data.cases import Case
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import (
    Event,
    ImageDone,
    LayerLevelDone,
    LayerTileDone,
    LevelDone,
    PlanReady,
    Refused,
    TileDone,
)
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import AnyPlan, yaml_of
from tiledraw.drawing.tiling import known_pixels
from tiledraw.evaluation.judging import (
    as_painted,
    judge_picture,
    judge_plan,
    judge_refusal,
    seen_in_colour,
    seen_in_gray,
)
from tiledraw.evaluation.references import on_white, reference_plan, true_pixels
from tiledraw.evaluation.similarity import similarity
from tiledraw.format.grammar import FlatDocument, LayoutDocument, TileDocument, segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.layers import LayerDocument
from tiledraw.language.boxes import PlanError
from tiledraw.language.first import plan as first_plan
from tiledraw.language.laying.judging import Complaint
from tiledraw.language.plan import format_plan
from tiledraw.models.knowledge import ModelError

RUN, RESULTS, PICTURES = "run.json", "results.jsonl", "pictures"


class RunError(ValueError):
    """A run folder holds something else than this comparison."""


@dataclass(frozen=True)
class Way:
    """A way to draw a case: flat, or tiled, with or without parts (see `Job`)."""

    name: str
    flat: bool = False
    without: tuple[str, ...] = ()


WAYS = {
    way.name: way
    for way in (
        Way("flat", flat=True),
        Way("tiled"),
        Way("no-think", without=("think",)),
        Way("no-guides", without=("guides",)),
        Way("no-borders", without=("borders",)),
    )
}


@dataclass(frozen=True)
class Comparison:
    """What is compared; a run folder belongs to one comparison.

    Attributes:
        suite: Hash of the cases.
        models: Hash of the weights that draw each way, by the name of the way.
        size: Side of the tiled pictures in pixels.
        seeds: Pictures of each case have the seeds from 0 on.
        temperature: Of the pixels of tiled pictures.
        flat_temperature: Of those of flat ones.
        plans: "model": the model plans; "reference": it is given the plan that the case asks for.
    """

    suite: str
    models: dict[str, str]
    size: int
    seeds: int
    temperature: float
    flat_temperature: float
    plans: str


@dataclass(frozen=True)
class Result:
    """One picture, or why there is none.

    Attributes:
        case: Id of the case.
        way: Name of the way.
        seed: Of the picture.
        left_out: Why the case is not for this way, with no picture and no verdict.
        refused: Why there is no picture.
        plan: The plan as YAML.
        plan_unmet: What of the case the plan does not show.
        unmet: What of it is not seen in the picture.
        seen: What is seen in it, as the text of a plan.
        ssim: Structural similarity to the true picture of the drawn plan, both at the size of the comparison.
        psnr: Peak signal-to-noise ratio to the same, in decibels.
        tokens: Length of all documents of the picture, together.
        malformed: The picture is not what its tiles make up, or not of the asked size.
    """

    case: str
    way: str
    seed: int
    left_out: str | None = None
    refused: str | None = None
    plan: str | None = None
    plan_unmet: tuple[Complaint, ...] = ()
    unmet: tuple[Complaint, ...] = ()
    seen: str | None = None
    ssim: float | None = None
    psnr: float | None = None
    tokens: int = 0
    malformed: bool = False


def picture_name(case: str, way: str, seed: int, part: str = "") -> str:
    """File name of a picture in `pictures/`; `part` is "" or "coarse"."""
    return f"{case}--{way}--{seed}{part and '--' + part}.png"


# The run folder ------------------------------------------------------------------------------------------------------


def open_run(folder: Path, comparison: Comparison) -> list[Result]:
    """Makes a run folder, or takes up one of the same comparison; returns the results that it holds.

    Raises:
        RunError: the folder holds another comparison, or something else.
    """
    path = folder / RUN
    if not path.exists():
        if folder.exists() and any(folder.iterdir()):
            raise RunError(f"{folder} is not empty and holds no comparison; give a new folder")
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        atomic_write(path, (json.dumps(asdict(comparison), indent=1) + "\n").encode())
        return []
    held = _read_json(path)
    wanted = json.loads(json.dumps(asdict(comparison)))
    different = [key for key in wanted | held if held.get(key) != wanted.get(key)]
    if different:
        key = different[0]
        there, here = held.get(key), wanted.get(key)
        raise RunError(f"{folder} holds another comparison: its {key} is {there!r}, here it is {here!r}")
    _cut_off_half_line(folder)
    return read_results(folder)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise RunError(f"{path} is no JSON object; the folder can't be taken up")
    return data


def read_comparison(folder: Path) -> Comparison:
    """What a run folder compares. Raises RunError where it is none."""
    if not (folder / RUN).exists():
        raise RunError(f"{folder} holds no comparison: {RUN} is missing")
    try:
        return Comparison(**_read_json(folder / RUN))
    except TypeError:
        raise RunError(f"{folder / RUN} is of another version; compare anew into a new folder") from None


def read_results(folder: Path) -> list[Result]:
    """The results of a run folder. A last line that was cut off is left out: its picture is drawn again."""
    path = folder / RESULTS
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    results = []
    for number, line in enumerate(lines[:-1], 1):  # what stands behind the last line end was cut off
        try:
            data = json.loads(line)
            unmet = {name: tuple(Complaint(*pair) for pair in data[name]) for name in ("plan_unmet", "unmet")}
            results.append(Result(**{**data, **unmet}))
        except (ValueError, TypeError, KeyError):
            raise RunError(f"{path}, line {number} is no result; remove the line to draw its picture again") from None
    return results


def _kept(folder: Path, result: Result) -> Result:
    """The result, written into its folder."""
    with open(folder / RESULTS, "ab") as file:
        file.write((json.dumps(asdict(result), ensure_ascii=False) + "\n").encode())
        file.flush()
        os.fsync(file.fileno())
    return result


def _cut_off_half_line(folder: Path) -> None:
    """Takes away what a killed run left of its last line, so that the next one starts on a line of its own."""
    path = folder / RESULTS
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


# Drawing and judging -------------------------------------------------------------------------------------------------


def compare(
    folder: Path, comparison: Comparison, cases: Sequence[Case], drawers: dict[str, Drawer]
) -> Iterator[Result]:
    """Draws what the folder lacks, all pictures of a way side by side, and yields all results, old ones first.

    Args:
        folder: A run folder; made if it is not there.
        comparison: What is compared.
        cases: Those of the suite.
        drawers: Who draws each way, by the name of the way.

    Raises:
        RunError: the folder holds something else.
        ModelError: a drawer does not know the format of its way.
    """
    for name, drawer in drawers.items():
        _check_way(drawer, WAYS[name])
    held = open_run(folder, comparison)
    yield from held
    done = {(result.case, result.way, result.seed) for result in held}
    for name, drawer in drawers.items():
        by = drawer.plain if WAYS[name].flat else drawer
        wanted = [(case, seed) for case in cases for seed in range(comparison.seeds)]
        missing: list[tuple[Case, int]] = []
        jobs = []
        for case, seed in wanted:
            if (case.id, name, seed) in done:
                continue
            try:
                jobs.append(_job(case, seed, WAYS[name], by, comparison))
                missing.append((case, seed))
            except PlanError as error:
                yield _kept(folder, Result(case.id, name, seed, left_out=str(error)))
        events: dict[int, list[Event]] = {}
        for number, event in by.stream_all(jobs):
            events.setdefault(number, []).append(event)
            if isinstance(event, ImageDone | Refused):
                case, seed = missing[number]
                result = _judged(folder, case, seed, WAYS[name], events.pop(number), jobs[number], by, comparison)
                yield _kept(folder, result)


def _check_way(drawer: Drawer, way: Way) -> None:
    """Raises a ModelError if a model does not draw that way, or by no plan that could be judged."""
    loaded = (drawer.plain if way.flat else drawer).loaded
    if loaded.knowledge.planless:
        raise ModelError(
            f"the model {loaded.name} draws by labels or captions, without plans, which the suite is about; "
            f"tiledraw evaluate {loaded.name} --data BUILT -o FOLDER measures it on pictures like those that it learned"
        )
    if way.without and drawer.loaded.knowledge.paints:
        raise ModelError(f"the model {drawer.loaded.name} paints layers, which can't do without {way.without[0]}")
    if way.flat:
        drawer.plain.loaded.knowledge.check_format(flat=True)
    elif not drawer.loaded.knowledge.paints:
        drawer.loaded.knowledge.check_format(flat=False)


def _job(case: Case, seed: int, way: Way, drawer: Drawer, comparison: Comparison) -> Job:
    """What is to be drawn. Raises a PlanError where a plan is to be given and none shows what the case asks for."""
    plan: AnyPlan | None = None
    if comparison.plans == "reference":
        knowledge = drawer.loaded.knowledge
        plan = reference_plan(as_painted(case.request, knowledge.subjects), knowledge.paints, seed)
    size, without = (comparison.size, comparison.size), frozenset(way.without)
    temperature = comparison.flat_temperature if way.flat else comparison.temperature
    return Job(case.prompt, size, seed, plan=plan, flat=way.flat, without=without, temperature=temperature)


def _judged(
    folder: Path,
    case: Case,
    seed: int,
    way: Way,
    events: list[Event],
    job: Job,
    drawer: Drawer,
    comparison: Comparison,
) -> Result:
    last = events[-1]
    if isinstance(last, Refused):
        unmet = tuple(judge_refusal(case, str(last.error)))
        return Result(case.id, way.name, seed, refused=str(last.error), plan_unmet=unmet, unmet=unmet)
    assert isinstance(last, ImageDone)
    plan = next(event.plan for event in events if isinstance(event, PlanReady))
    if plan is None:
        sentence = "the model draws without a plan, which is what is judged"
        return Result(case.id, way.name, seed, left_out=sentence)
    image = on_white(last.image)
    _save(folder, picture_name(case.id, way.name, seed), image)
    coarse = [event.pixels for event in events if isinstance(event, LevelDone) and event.level == 0]
    if coarse:
        _save(folder, picture_name(case.id, way.name, seed, "coarse"), Image.fromarray(coarse[0]))
    pixels, knowledge = np.asarray(image.convert("L")), drawer.loaded.knowledge
    subjects = knowledge.subjects or tuple(thing.subject for thing in case.request.things)
    if last.image.layers:
        seen = seen_in_colour(np.asarray(image), subjects)
    else:
        seen = seen_in_gray(pixels, subjects, knowledge.backgrounds)
    true = Image.fromarray(true_pixels(plan, comparison.size, knowledge.grays)).convert("L")
    ssim, psnr = similarity(pixels, np.asarray(true))
    return Result(
        case.id,
        way.name,
        seed,
        plan=yaml_of(plan),
        plan_unmet=tuple(judge_plan(case, plan, knowledge.subjects)),
        unmet=tuple(judge_picture(case, seen, knowledge.subjects)),
        seen=format_plan(seen),
        ssim=ssim,
        psnr=psnr,
        tokens=count_tokens(events, job, drawer),
        malformed=is_malformed(events, job),
    )


def _save(folder: Path, name: str, image: Image.Image) -> None:
    with atomic_open(folder / PICTURES / name) as file:
        image.save(file, "PNG")


def count_tokens(events: Sequence[Event], job: Job, drawer: Drawer) -> int:
    """Length of all documents of a picture, together: what the models read, think and draw. Tiles that need no drawing
    do not count."""
    documents: list[Any] = []
    context, above = None, Level(COARSE)
    for event in events:
        match event:
            case PlanReady(text=text) if job.flat:
                documents.append(FlatDocument(job.prompt, text))
            case PlanReady(plan=first_plan.Plan() as plan):
                given = first_plan.canvas_line(plan.canvas)
                documents.append(LayoutDocument(job.prompt, given, first_plan.format_plan(plan).removeprefix(given)))
                context = documents[0] if drawer.loaded.knowledge.context else None
            case LevelDone(pixels=pixels):
                above = Level.finished(pixels)
            case TileDone(tile=tile, think=think, drawn=True):
                document = _tile_document(tile, think, above, job, drawer)
                if (document.pixels == ABSENT).any():
                    documents.append(replace(document, context=context))
            case LayerLevelDone(subject=subject, inks=inks, level=0):
                documents.append(LayerDocument(subject, inks, COARSE_TILE))
            case LayerTileDone(document=document):
                documents.append(document)
    parts = [(document, tokenise(segments(document), drawer.loaded.vocabulary)[1]) for document in documents]
    return sum(int(read_tokens(document, drawn).sum()) for document, drawn in parts)


def _tile_document(tile: Tile, think: str, above: Level, job: Job, drawer: Drawer) -> TileDocument:
    """A tile as it was when it was drawn: `pixels` are ABSENT where it was, and not elsewhere."""
    knowledge, nothing = drawer.loaded.knowledge, np.full((tile.side,) * 2, ABSENT)
    if "guides" in job.without:
        half = tile.side // 2
        return TileDocument(think, np.zeros((half + 1, half), np.int16), pixels=nothing)
    guide = above.guide(tile, job.canvas.sides[tile.level], knowledge.grays)
    return TileDocument(think, guide, pixels=known_pixels(think, guide, nothing), sparse=knowledge.sparse)


def is_malformed(events: Sequence[Event], job: Job) -> bool:
    """Whether the picture is not what its tiles make up, or not of the asked size and kind."""
    image = events[-1].image if isinstance(events[-1], ImageDone) else None
    if image is None or image.size != job.size:
        return True
    if job.flat:
        return image.mode != "L"
    if image.layers:
        return not np.array_equal(compose(job.size, image.layers)[..., :3], np.asarray(image.convert("RGB")))
    canvas, last = Canvas(*job.size), len(job.canvas.sides) - 1
    tiles: dict[Tile, np.ndarray] = {  # of one that was drawn anew, what it is now
        event.tile: event.pixels for event in events if isinstance(event, TileDone) and event.tile.level == last
    }
    try:
        return not np.array_equal(assemble(tiles.items(), canvas), np.asarray(image))
    except AssemblyError:
        return True
