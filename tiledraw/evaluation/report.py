"""The report of a comparison: a page to look at, the same figures as Markdown, and a contact sheet.

Every mean is over cases, with a 95% bootstrap interval; the seeds of a case are averaged first, because pictures of one
prompt are no independent trials. A refused picture is a wrong one, unless nobody can draw what was asked for.
Knows results, cases and what a run cost. Knows nothing about models, pictures, or how a page looks.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from tiledraw.common.files import atomic_write
from tiledraw.data.cases import Case
from tiledraw.evaluation.comparing import Comparison, Result, RunError
from tiledraw.evaluation.cost import Cost
from tiledraw.evaluation.gallery import contact_sheet, gallery, is_right
from tiledraw.evaluation.judging import PARTS, asked_parts
from tiledraw.evaluation.page import Bar, Cell, Plot, Section, Table, html, markdown
from tiledraw.evaluation.statistics import Estimate, estimate

PAGE, MARKDOWN, SHEET = "report.html", "report.md", "sheet.png"
TITLE = "Painters compared"
TONES = ("first", "second", "other")


@dataclass(frozen=True)
class Report:
    """All that a report tells. `cases` are those of the suite; `results` may lack seeds or cases."""

    comparison: Comparison
    cases: tuple[Case, ...]
    results: tuple[Result, ...]
    costs: tuple[Cost, ...] = ()
    command: str = ""

    @property
    def models(self) -> tuple[str, ...]:
        """The compared models; the others are held against the first."""
        return tuple(self.comparison.models)

    def of(self, model: str, cases: Collection[Case] | None = None) -> list[Result]:
        """The results of a model, or those of them that belong to some cases, without what is left out."""
        ids = {case.id for case in (self.cases if cases is None else cases)}
        judged = (result for result in self.results if result.left_out is None)
        return [result for result in judged if result.model == model and result.case in ids]

    def left_out(self, model: str) -> list[Result]:
        """What a model left out."""
        return [result for result in self.results if result.model == model and result.left_out is not None]


def write_report(folder: Path, report: Report) -> None:
    """Writes the page, the Markdown and the sheet into a run folder; nothing if anything is wrong.

    Raises:
        RunError: a result that belongs to no case or model, or a picture or plan that is missing or damaged.
        OSError: the folder can't be written to.
    """
    known = {case.id for case in report.cases}
    for result in report.results:
        if result.case not in known or result.model not in report.models:
            raise RunError(f"{folder} holds a picture of {result.case!r} by {result.model!r}, which is not compared")
    sections, lead = all_sections(report), claim(report)
    cards = gallery(folder, report.comparison.size, report.cases, report.results)
    sheet = io.BytesIO()
    contact_sheet(cards).save(sheet, "PNG")
    files = {
        PAGE: html(TITLE, lead, sections, cards).encode(),
        MARKDOWN: markdown(TITLE, lead, sections, [("the page", PAGE), ("the contact sheet", SHEET)]).encode(),
        SHEET: sheet.getvalue(),
    }
    for name, data in files.items():
        atomic_write(folder / name, data)


# Figures -------------------------------------------------------------------------------------------------------------

Value = Callable[[Result], float | None]  # what is measured of a result; None: it can't be, and is left out


def mean(results: Iterable[Result], value: Value) -> Estimate | None:
    """The mean over cases; None where nothing was measured."""
    cases: dict[str, list[float]] = {}
    for result in results:
        number = value(result)
        if number is not None:
            cases.setdefault(result.case, []).append(float(number))
    return estimate([fmean(numbers) for numbers in cases.values()]) if cases else None


def gap(results: Iterable[Result], others: Iterable[Result]) -> Estimate | None:
    """Picture accuracy of `results` minus `others`, over pairs of the same case and seed; None where there are none."""
    held = {(other.case, other.seed): is_right(other) for other in others}
    pairs = (result for result in results if (result.case, result.seed) in held)
    return mean(pairs, lambda result: is_right(result) - held[result.case, result.seed])


def plan_right(result: Result) -> float:
    return not result.plan_unmet


def fails(part: str, by_plan: bool = False) -> Value:
    """Whether a part of the request is not met by the picture, or by its plan; a wrong refusal meets none."""

    def failed(result: Result) -> float:
        unmet = result.plan_unmet if by_plan else result.unmet
        return any(result.refused is not None or one.part == part for one in unmet)

    return failed


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{round(100 * share, 1) + 0.0:+.1f}".replace("-", "−")


@dataclass(frozen=True)
class Metric:
    """A figure of each model: how it is called, measured and written."""

    name: str
    value: Value
    form: Callable[[float], str] = percent


METRICS = (
    Metric("plan accuracy", plan_right),
    Metric("picture accuracy", is_right),
    Metric("SSIM", lambda result: result.ssim, "{:.3f}".format),
    Metric("PSNR in dB", lambda result: result.psnr, "{:.2f}".format),
    Metric("tokens", lambda result: None if result.refused else result.tokens, "{:,.0f}".format),
    Metric("refused", lambda result: result.refused is not None, percent),
    Metric("nothing seen", lambda result: None if result.refused else "\n- " not in (result.seen or ""), percent),
    Metric("malformed", lambda result: None if result.refused else result.malformed, percent),
)


def cell(estimated: Estimate | None, form: Callable[[float], str] = percent) -> Cell:
    """An estimate as text. Equal values say nothing of how sure they are, so they get no interval."""
    if estimated is None:
        return Cell()
    interval = f"{form(estimated.low)} to {form(estimated.high)}" if estimated.low < estimated.high else ""
    return Cell(form(estimated.mean), interval)


def bars(report: Report, cases: Sequence[Case]) -> tuple[Bar, ...]:
    """Picture accuracy of each model."""
    found = []
    for number, model in enumerate(report.models):
        if (one := mean(report.of(model, cases), is_right)) is not None:
            tone = TONES[min(number, len(TONES) - 1)]
            found.append(Bar(model, tone, one.mean, percent(one.mean), one.low, one.high))
    return tuple(found)


def grouped(cases: Iterable[Case], key: str) -> dict[str, list[Case]]:
    """Cases by category or language, in the order in which they come."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(getattr(case, key), []).append(case)
    return groups


# Sentences and sections ----------------------------------------------------------------------------------------------


def claim(report: Report) -> str:
    """What was found, in one sentence with its figures."""
    means = {model: mean(report.of(model), is_right) for model in report.models}
    shown = [f"{percent(found.mean)} of the pictures of {model}" for model, found in means.items() if found]
    if not shown:
        return "There are no pictures yet."
    start = f"The finder sees all that was asked for, and nothing else, in {' and '.join(shown)}"
    first, *others = report.models
    differences = [text for other in others if (text := _difference(report, other, first))]
    return f"{'; '.join([start, *differences])}."


def _difference(report: Report, model: str, first: str) -> str:
    """How much more often a model is right than the first one."""
    found = gap(report.of(model), report.of(first))
    if found is None:
        return ""
    proof = "which shows no difference"
    if found.low > 0 or found.high < 0:
        proof = f"so {model if found.mean > 0 else first} is right more often"
    low, high = points(found.low), points(found.high)
    return (
        f"{model} minus {first} is {points(found.mean)} percentage points (95% interval {low} to {high}, paired by "
        f"case and seed, {found.count} cases), {proof}"
    )


def asking(report: Report) -> dict[str, list[Case]]:
    """By part of a request, the cases that ask for it; parts that none asks for are left out."""
    cases = {part: [case for case in report.cases if part in asked_parts(case.request)] for part in PARTS}
    return {part: found for part, found in cases.items() if found}


def all_sections(report: Report) -> list[Section]:
    sections = [summary(report), by_group(report), failures(report), costs(report), made_by(report)]
    return [section for section in sections if section.figures or section.facts]


def summary(report: Report) -> Section:
    rows, left, comparison = [], [], report.comparison
    wanted = len(report.models) * len(report.cases) * comparison.seeds
    for model in report.models:
        results = report.of(model)
        pictures = sum(result.refused is None for result in results)
        if out := report.left_out(model):
            of = f"{len(out):,} of {len(out) + len(results):,} pictures, such as {out[0].case!r}"
            left.append(f"Left out of {model} are {of}: {out[0].left_out}.")
        counts = Cell(f"{pictures} of {len(results)}")
        rows.append((model, (counts, *(cell(mean(results, metric.value), metric.form) for metric in METRICS))))
    head = ("model", "pictures", *(metric.name for metric in METRICS))
    sentences = [
        "Accuracy is the share in which all that the prompt asks for is met, and nothing else is there. A refused "
        "picture is a wrong one, unless nobody can draw what was asked for. All but the accuracies and the refused "
        "share are of the pictures that exist; SSIM and PSNR are against the true picture of the drawn plan, at "
        f"{comparison.size} pixels a side. In some the finder sees nothing at all. "
        "Intervals are 95% ones, by bootstrap.",
        *left,
    ]
    if comparison.plans != "model":
        sentences.append("Plans were given, not thought, so plan accuracy says nothing here.")
    if len(report.results) < wanted:
        sentences.append(f"This comparison is not finished: {len(report.results):,} of {wanted:,} pictures are judged.")
    return Section("Summary", tuple(sentences), (Table(head, tuple(rows)),))


def by_group(report: Report) -> Section:
    """Picture accuracy by category and by language."""
    tables = []
    first, *others = report.models
    for key in ("category", "language"):
        rows = []
        for name, cases in grouped(report.cases, key).items():
            by_model = {model: report.of(model, cases) for model in report.models}
            differences = (cell(gap(by_model[other], by_model[first]), points) for other in others)
            means = (cell(mean(results, is_right)) for results in by_model.values())
            rows.append((name, (Cell(str(len(cases))), *means, *differences)))
        heads = (f"{other} − {first}, points" for other in others)
        tables.append(Table((key, "cases", *report.models, *heads), tuple(rows)))
    groups = {"all": list(report.cases), **grouped(report.cases, "category")}
    plot = Plot("Picture accuracy by category", tuple((name, bars(report, of)) for name, of in groups.items()))
    return Section("Categories", ("Picture accuracy; differences are paired by case and seed.",), (plot, *tables))


def failures(report: Report) -> Section:
    """By part of a request, how often plans and pictures of each model do not meet it."""
    rows = []
    for part, cases in asking(report).items():
        means = [
            cell(mean(report.of(model, cases), fails(part, by_plan)))
            for model in report.models
            for by_plan in (True, False)
        ]
        rows.append((part, (Cell(str(len(cases))), *means)))
    sentence = (
        "Share of plans and of pictures in which a part is not met, of the cases that ask for it. What is missing "
        "fails its subject or count alone, not its place or relations as well."
    )
    heads = (head for model in report.models for head in (f"{model}, plan", model))
    return Section("Parts", (sentence,), (Table(("part that fails", "cases", *heads), tuple(rows)),))


def costs(report: Report) -> Section:
    rows = [(cost.way, (Cell(f"{cost.seconds:.1f}"), Cell(f"{cost.peak_megabytes:,.0f}"))) for cost in report.costs]
    sentence = "One picture in a process of its own, start-up included."
    return Section("Costs", (sentence,), (Table(("model", "seconds", "peak MB"), tuple(rows)),) if rows else ())


def made_by(report: Report) -> Section:
    comparison = report.comparison
    facts = {
        "command": report.command,
        "suite": f"{comparison.suite}, {len(report.cases)} cases",
        "weights": "; ".join(f"{model}: {weights}" for model, weights in comparison.models.items()),
        "pictures": f"{comparison.size}x{comparison.size} pixels, temperature {comparison.temperature:g}",
        "seeds": f"{comparison.seeds} a case, from 0 on",
        "plans": comparison.plans,
    }
    return Section("Made by", facts=tuple((term, text) for term, text in facts.items() if text))
