"""Comparing: draws every case of a suite with each of some painters, judges plans and pictures, and keeps each result.

A run is a folder: `run.json` (what is compared), `results.jsonl` (one line a picture), `pictures/`. An interrupted run
goes on where it stopped; a folder of another comparison is refused.
Knows the pipeline and the judge. Knows nothing about reports.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tiledraw.canvas.composing import compose
from tiledraw.canvas.pyramid import COARSE_TILE
from tiledraw.common.files import atomic_open, atomic_write
from tiledraw.data.cases import Case
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import Event, ImageDone, LayerLevelDone, LayerTileDone, Refused
from tiledraw.drawing.job import Job
from tiledraw.drawing.picture import Picture
from tiledraw.evaluation.judging import as_painted, judge_picture, judge_plan, judge_refusal, seen_in
from tiledraw.evaluation.references import on_white, reference_plan, true_pixels
from tiledraw.evaluation.similarity import similarity
from tiledraw.format.grammar import segments, tokenise
from tiledraw.format.guiding import read_tokens
from tiledraw.format.layers import LayerDocument
from tiledraw.language.boxes import PlanError
from tiledraw.language.laying.judging import Complaint
from tiledraw.language.plan import format_plan, plan_to_yaml
from tiledraw.models.knowledge import ModelError

RUN, RESULTS, PICTURES = "run.json", "results.jsonl", "pictures"


class RunError(ValueError):
    """A run folder holds something else than this comparison."""


@dataclass(frozen=True)
class Comparison:
    """What is compared; a run folder belongs to one comparison.

    Attributes:
        suite: Hash of the cases.
        models: Hash of the weights of each model, by what it is called.
        size: Side of the pictures in pixels.
        seeds: Pictures of each case have the seeds from 0 on.
        temperature: Of the pixels.
        plans: "model": the model plans; "reference": it is given the plan that the case asks for.
    """

    suite: str
    models: dict[str, str]
    size: int
    seeds: int
    temperature: float
    plans: str


@dataclass(frozen=True)
class Result:
    """One picture, or why there is none.

    Attributes:
        case: Id of the case.
        model: What the model is called.
        seed: Of the picture.
        left_out: Why the case is not drawn, with no picture and no verdict.
        refused: Why there is no picture.
        plan: The plan as YAML.
        plan_unmet: What of the case the plan does not show.
        unmet: What of it is not seen in the picture.
        seen: What is seen in it, as the text of a plan.
        ssim: Structural similarity to the true picture of the drawn plan, both at the size of the comparison.
        psnr: Peak signal-to-noise ratio to the same, in decibels.
        tokens: Length of all documents of the picture, together.
        malformed: The picture is not what its layers make up, or not of the asked size.
    """

    case: str
    model: str
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


def picture_name(case: str, model: str, seed: int) -> str:
    """File name of a picture in `pictures/`."""
    return f"{case}--{model}--{seed}.png"


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


def label_of(model: str) -> str:
    """What a model is called in a run folder: its name, with a dash for what is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")


def compare(
    folder: Path, comparison: Comparison, cases: Sequence[Case], drawers: dict[str, Drawer]
) -> Iterator[Result]:
    """Draws what the folder lacks, all pictures of a model side by side, and yields all results, old ones first.

    Args:
        folder: A run folder; made if it is not there.
        comparison: What is compared.
        cases: Those of the suite.
        drawers: The models, by what they are called there.

    Raises:
        RunError: the folder holds something else.
        ModelError: a model does not paint layers.
    """
    for drawer in drawers.values():
        if not drawer.loaded.knowledge.paints:
            name = drawer.loaded.name
            raise ModelError(
                f"the model {name} does not paint layers, which the suite is about; tiledraw evaluate {name} --data "
                "BUILT -o FOLDER measures it on pictures like those that it learned"
            )
    held = open_run(folder, comparison)
    yield from held
    done = {(result.case, result.model, result.seed) for result in held}
    for model, drawer in drawers.items():
        missing: list[tuple[Case, Job]] = []
        for case in cases:
            for seed in range(comparison.seeds):
                if (case.id, model, seed) in done:
                    continue
                try:
                    missing.append((case, _job(case, seed, drawer, comparison)))
                except PlanError as error:
                    yield _kept(folder, Result(case.id, model, seed, left_out=str(error)))
        events: dict[int, list[Event]] = {}
        for number, event in drawer.stream_all(job for _, job in missing):
            events.setdefault(number, []).append(event)
            if isinstance(event, ImageDone | Refused):
                yield _kept(folder, _judged(folder, *missing[number], model, events.pop(number), drawer))


def _job(case: Case, seed: int, drawer: Drawer, comparison: Comparison) -> Job:
    """What is to be drawn. Raises a PlanError where a plan is to be given and none shows what the case asks for."""
    plan = None
    if comparison.plans == "reference":
        plan = reference_plan(as_painted(case.request, drawer.loaded.knowledge.subjects), seed)
    size = comparison.size, comparison.size
    return Job(case.prompt, size, seed, plan=plan, temperature=comparison.temperature)


def _judged(folder: Path, case: Case, job: Job, model: str, events: list[Event], drawer: Drawer) -> Result:
    last = events[-1]
    if isinstance(last, Refused):
        unmet = tuple(judge_refusal(case, str(last.error)))
        return Result(case.id, model, job.seed, refused=str(last.error), plan_unmet=unmet, unmet=unmet)
    assert isinstance(last, ImageDone)
    plan, painted = last.image.plan, drawer.loaded.knowledge.subjects
    assert plan is not None
    image = on_white(last.image)
    _save(folder, picture_name(case.id, model, job.seed), image)
    seen = seen_in(np.asarray(image), painted)
    true = Image.fromarray(true_pixels(plan, job.size[0])).convert("L")
    ssim, psnr = similarity(np.asarray(image.convert("L")), np.asarray(true))
    return Result(
        case.id,
        model,
        job.seed,
        plan=plan_to_yaml(plan),
        plan_unmet=tuple(judge_plan(case, plan, painted)),
        unmet=tuple(judge_picture(case, seen, painted)),
        seen=format_plan(seen),
        ssim=ssim,
        psnr=psnr,
        tokens=count_tokens(events, drawer),
        malformed=is_malformed(last.image, job),
    )


def _save(folder: Path, name: str, image: Image.Image) -> None:
    with atomic_open(folder / PICTURES / name) as file:
        image.save(file, "PNG")


def count_tokens(events: Sequence[Event], drawer: Drawer) -> int:
    """Length of all documents of a picture, together: what the painter reads and draws."""
    documents: list[LayerDocument] = []
    for event in events:
        match event:
            case LayerLevelDone(subject=subject, inks=inks, level=0):
                documents.append(LayerDocument(subject, inks, COARSE_TILE))
            case LayerTileDone(document=document):
                documents.append(document)
    parts = [(document, tokenise(segments(document), drawer.loaded.vocabulary)[1]) for document in documents]
    return sum(int(read_tokens(document, drawn).sum()) for document, drawn in parts)


def is_malformed(image: Picture, job: Job) -> bool:
    """Whether the picture is not what its layers make up, or not of the asked size."""
    if image.size != job.size:
        return True
    return not np.array_equal(compose(job.size, image.layers)[..., :3], np.asarray(image.convert("RGB")))
