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
from typing import TYPE_CHECKING

from tiledraw.common.files import atomic_write
from tiledraw.data.cases import Case
from tiledraw.evaluation.comparing import WAYS, Comparison, Result, RunError
from tiledraw.evaluation.cost import Cost
from tiledraw.evaluation.gallery import FLAT, TILED, contact_sheet, gallery, is_right, read_picture
from tiledraw.evaluation.judging import PARTS, asked_parts
from tiledraw.evaluation.page import Bar, Cell, Plot, Section, Table, html, markdown
from tiledraw.evaluation.statistics import Estimate, estimate

if TYPE_CHECKING:
    from tiledraw.evaluation.finding import FinderRow

PAGE, MARKDOWN, SHEET = "report.html", "report.md", "sheet.png"
__all__ = ["Cost", "Likelihood", "Report", "read_picture", "write_report"]
TITLE = "Flat and tiled pictures compared"


@dataclass(frozen=True)
class Likelihood:
    """Bits of held-out scenes, by the chain rule.

    Attributes:
        way: "flat" or "tiled".
        stages: Bits per pixel of the finished picture that each stage adds; their sum is its bits per pixel.
        side: Of the finished picture in pixels.
        scenes: How many were measured.
    """

    way: str
    stages: dict[str, float]
    side: int
    scenes: int


@dataclass(frozen=True)
class Report:
    """All that a report tells. `cases` are those of the suite; `results` may lack ways, seeds or cases."""

    comparison: Comparison
    cases: tuple[Case, ...]
    results: tuple[Result, ...]
    costs: tuple[Cost, ...] = ()
    likelihoods: tuple[Likelihood, ...] = ()
    finder: tuple[FinderRow, ...] = ()
    command: str = ""

    @property
    def ways(self) -> tuple[str, ...]:
        """The compared ways, drawn or not, in the order in which they are always shown."""
        drawn = {result.way for result in self.results}
        return tuple(way for way in WAYS if way in self.comparison.models or way in drawn)

    def of(self, way: str, cases: Collection[Case] | None = None) -> list[Result]:
        """The results of a way, or those of them that belong to some cases, without what is left out of it."""
        ids = {case.id for case in (self.cases if cases is None else cases)}
        judged = (result for result in self.results if result.left_out is None)
        return [result for result in judged if result.way == way and result.case in ids]

    def left_out(self, way: str) -> list[Result]:
        """What is left out of a way."""
        return [result for result in self.results if result.way == way and result.left_out is not None]


def write_report(folder: Path, report: Report) -> None:
    """Writes the page, the Markdown and the sheet into a run folder; nothing if anything is wrong.

    Raises:
        RunError: a result that belongs to no case or way, or a picture or plan that is missing or damaged.
        OSError: the folder can't be written to.
    """
    known = {case.id for case in report.cases}
    for result in report.results:
        if result.case not in known or result.way not in WAYS:
            raise RunError(f"{folder} holds a picture of {result.case!r} drawn {result.way!r}, which is not compared")
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
    """A figure of each way: how it is called, measured and written, and whether less of it is better."""

    name: str
    value: Value
    form: Callable[[float], str] = percent
    less_is_better: bool = False


METRICS = (
    Metric("plan accuracy", plan_right),
    Metric("picture accuracy", is_right),
    Metric("SSIM", lambda result: result.ssim, "{:.3f}".format),
    Metric("PSNR in dB", lambda result: result.psnr, "{:.2f}".format),
    Metric("tokens", lambda result: None if result.refused else result.tokens, "{:,.0f}".format, True),
    Metric("refused", lambda result: result.refused is not None, percent, True),
    Metric("nothing seen", lambda result: None if result.refused else "\n- " not in (result.seen or ""), percent, True),
    Metric("malformed", lambda result: None if result.refused else result.malformed, percent, True),
)


def cell(estimated: Estimate | None, form: Callable[[float], str] = percent) -> Cell:
    """An estimate as text. Equal values say nothing of how sure they are, so they get no interval."""
    if estimated is None:
        return Cell()
    interval = f"{form(estimated.low)} to {form(estimated.high)}" if estimated.low < estimated.high else ""
    return Cell(form(estimated.mean), interval)


def bar(way: str, estimated: Estimate) -> Bar:
    """A share as a bar."""
    tone = way if way in (FLAT, TILED) else "other"
    return Bar(way, tone, estimated.mean, percent(estimated.mean), estimated.low, estimated.high)


def bars(report: Report, cases: Sequence[Case], ways: Iterable[str]) -> tuple[Bar, ...]:
    means = ((way, mean(report.of(way, cases), is_right)) for way in ways)
    return tuple(bar(way, estimated) for way, estimated in means if estimated)


def grouped(cases: Iterable[Case], key: str) -> dict[str, list[Case]]:
    """Cases by category or language, in the order in which they come."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(getattr(case, key), []).append(case)
    return groups


# Sentences and sections ----------------------------------------------------------------------------------------------


def claim(report: Report) -> str:
    """What was found, in one sentence with its figures."""
    means = {way: mean(report.of(way), is_right) for way in (FLAT, TILED)}
    difference = gap(report.of(TILED), report.of(FLAT))
    shown = [f"{percent(found.mean)} of the {way} pictures" for way, found in means.items() if found]
    if not shown:
        return "There are neither flat nor tiled pictures yet."
    start = f"The finder sees all that was asked for, and nothing else, in {' and '.join(shown)}"
    if difference is None:
        return f"{start}; there is nothing to hold against them."
    proof = "which shows no difference"
    if difference.low > 0 or difference.high < 0:
        proof = f"so {TILED if difference.mean > 0 else FLAT} pictures are right more often"
    low, high = points(difference.low), points(difference.high)
    return (
        f"{start}: tiled minus flat is {points(difference.mean)} percentage points (95% interval {low} to {high}, "
        f"paired by case and seed, {difference.count} cases), {proof}."
    )


def where_flat_wins(report: Report) -> str:
    """Names every figure of this report in which flat is better than tiled."""
    if not report.of(FLAT) or not report.of(TILED):
        return "Where flat pictures win can't be said: flat and tiled ones are not both here."
    groups = [*grouped(report.cases, "category").items(), *grouped(report.cases, "language").items()]
    measured = [(metric, report.cases) for metric in METRICS]
    measured += [(Metric(f"picture accuracy of {name}", is_right), cases) for name, cases in groups]
    measured += [
        (Metric(f"failed {part}", fails(part), percent, True), cases) for part, cases in asking(report).items()
    ]
    pairs = []
    for metric, cases in measured:
        one, other = (mean(report.of(way, cases), metric.value) for way in (FLAT, TILED))
        if one and other:
            pairs.append((metric.name, metric.form, metric.less_is_better, one.mean, other.mean))
    costs, bits = {cost.way: cost for cost in report.costs}, {found.way: found for found in report.likelihoods}
    if FLAT in costs and TILED in costs:
        one, other = costs[FLAT], costs[TILED]
        pairs += [("seconds", "{:.1f}".format, True, one.seconds, other.seconds)]
        pairs += [("megabytes", "{:,.0f}".format, True, one.peak_megabytes, other.peak_megabytes)]
    if FLAT in bits and TILED in bits and bits[FLAT].side == bits[TILED].side:
        one, other = (sum(bits[way].stages.values()) for way in (FLAT, TILED))
        pairs += [("bits per pixel", "{:.3f}".format, True, one, other)]
    wins = [
        f"{name} ({form(one)} against {form(other)})"
        for name, form, less, one, other in pairs
        if (one < other if less else one > other)
    ]
    if not wins:
        return f"Flat is better than tiled in none of the {len(pairs)} figures of this report."
    return f"Flat is better than tiled in {len(wins)} of the {len(pairs)} figures of this report: {', '.join(wins)}."


def asking(report: Report) -> dict[str, list[Case]]:
    """By part of a request, the cases that ask for it; parts that none asks for are left out."""
    cases = {part: [case for case in report.cases if part in asked_parts(case.request)] for part in PARTS}
    return {part: found for part, found in cases.items() if found}


def all_sections(report: Report) -> list[Section]:
    sections = [summary(report), by_group(report), failures(report), ablations(report)]
    sections += [likelihood(report), costs(report), finder(report), made_by(report)]
    return [section for section in sections if section.figures or section.facts]


def summary(report: Report) -> Section:
    rows, left, comparison = [], [], report.comparison
    wanted = len(report.ways) * len(report.cases) * comparison.seeds
    for way in report.ways:
        results = report.of(way)
        pictures = sum(result.refused is None for result in results)
        if out := report.left_out(way):
            of = f"{len(out):,} of {len(out) + len(results):,} pictures, such as {out[0].case!r}"
            left.append(f"Left out of {way} are {of}: {out[0].left_out}.")
        counts = Cell(f"{pictures} of {len(results)}")
        rows.append((way, (counts, *(cell(mean(results, metric.value), metric.form) for metric in METRICS))))
    head = ("way", "pictures", *(metric.name for metric in METRICS))
    sentences = [
        where_flat_wins(report),
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
    for key in ("category", "language"):
        rows = []
        for name, cases in grouped(report.cases, key).items():
            by_way = {way: report.of(way, cases) for way in report.ways}
            difference = gap(by_way.get(TILED, ()), by_way.get(FLAT, ()))
            means = (cell(mean(results, is_right)) for results in by_way.values())
            rows.append((name, (Cell(str(len(cases))), cell(difference, points), *means)))
        tables.append(Table((key, "cases", "tiled − flat, points", *report.ways), tuple(rows)))
    groups = {"all": list(report.cases), **grouped(report.cases, "category")}
    plot = Plot(
        "Picture accuracy by category", tuple((name, bars(report, of, (FLAT, TILED))) for name, of in groups.items())
    )
    return Section(
        "Categories",
        ("Picture accuracy, and how much higher it is for tiled than for flat pictures, paired by case and seed.",),
        (plot, *tables),
    )


def failures(report: Report) -> Section:
    """By part of a request, how often plans and pictures of each way do not meet it."""
    rows = []
    for part, cases in asking(report).items():
        means = [
            cell(mean(report.of(way, cases), fails(part, by_plan))) for way in report.ways for by_plan in (True, False)
        ]
        rows.append((part, (Cell(str(len(cases))), *means)))
    sentence = (
        "Share of plans and of pictures in which a part is not met, of the cases that ask for it. What is missing "
        "fails its subject or count alone, not its place or relations as well."
    )
    heads = (head for way in report.ways for head in (f"{way}, plan", way))
    return Section("Parts", (sentence,), (Table(("part that fails", "cases", *heads), tuple(rows)),))


def ablations(report: Report) -> Section:
    ways = [way for way in report.ways if way != FLAT]
    if not set(ways) - {TILED}:
        return Section("Ablations")
    rows, tiled = [], report.of(TILED)
    for way in ways:
        results, without = report.of(way), WAYS[way].without
        difference = gap(results, tiled) if way != TILED else None
        order = Cell(f"without {without[0]}" if without else "")
        others = (cell(mean(results, metric.value), metric.form) for metric in METRICS[1:4])
        rows.append((way, (order, cell(difference, points), *others)))
    head = ("way", "tiles", "minus tiled, points", *(metric.name for metric in METRICS[1:4]))
    plot = Plot("Picture accuracy", tuple((way, bars(report, report.cases, [way])) for way in ways))
    sentence = "What tiles lose without their think step, guides or borders."
    return Section("Ablations", (sentence,), (plot, Table(head, tuple(rows))))


def likelihood(report: Report) -> Section:
    if not report.likelihoods:
        return Section("Bits")
    stages = list(dict.fromkeys(stage for found in report.likelihoods for stage in found.stages))
    rows, groups = [], []
    for found in report.likelihoods:
        total, name = sum(found.stages.values()), f"{found.way}, {found.side}x{found.side}"
        bits = (Cell(f"{found.stages[stage]:.4f}") if stage in found.stages else Cell() for stage in stages)
        rows.append((name, (Cell(str(found.scenes)), Cell(f"{total:.4f}"), *bits)))
        parts = (
            Bar(stage, f"stage{stages.index(stage) % 5}", value, f"{value:.4f}")
            for stage, value in found.stages.items()
        )
        groups.append((name, tuple(parts)))
    most = max(sum(found.stages.values()) for found in report.likelihoods)
    sentence = (
        "Bits per pixel of held-out scenes by the chain rule, and what each stage adds to them; fewer are better."
    )
    figures = (Plot("Bits per pixel", tuple(groups), most, True), Table(("", "scenes", "all", *stages), tuple(rows)))
    return Section("Bits", (sentence,), figures)


def costs(report: Report) -> Section:
    rows = [(cost.way, (Cell(f"{cost.seconds:.1f}"), Cell(f"{cost.peak_megabytes:,.0f}"))) for cost in report.costs]
    sentence = "One picture in a process of its own, start-up included."
    return Section("Costs", (sentence,), (Table(("way", "seconds", "peak MB"), tuple(rows)),) if rows else ())


def finder(report: Report) -> Section:
    """How far the finder can be trusted: what it sees in true pictures."""
    if not report.finder:
        return Section("Finder")
    rows = [
        (
            f"{row.side}x{row.side}",
            (
                Cell(f"{row.pictures:,}"),
                *(Cell(percent(share)) for share in (row.recall, row.precision, row.elsewhere)),
            ),
        )
        for row in report.finder
    ]
    sentence = (
        "What the finder of gray pictures sees in true ones of this size; it judges those that are not in layers."
    )
    return Section(
        "Finder", (sentence,), (Table(("size", "pictures", "recall", "precision", "elsewhere"), tuple(rows)),)
    )


def made_by(report: Report) -> Section:
    comparison, drawers = report.comparison, {}
    for way in report.ways:
        drawers.setdefault(comparison.models.get(way, "unknown"), []).append(way)
    facts = {
        "command": report.command,
        "suite": f"{comparison.suite}, {len(report.cases)} cases",
        "weights": "; ".join(f"{weights} drew {', '.join(ways)}" for weights, ways in drawers.items()),
        "pictures": f"{comparison.size}x{comparison.size} pixels, temperature {comparison.temperature:g} "
        f"(flat: {comparison.flat_temperature:g})",
        "seeds": f"{comparison.seeds} a case, from 0 on",
        "plans": comparison.plans,
    }
    return Section("Made by", facts=tuple((term, text) for term, text in facts.items() if text))
