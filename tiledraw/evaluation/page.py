"""The page: sections of sentences, tables and plots, then a gallery of cards, as HTML or as Markdown.

The HTML is one file: style, script, plots (SVG) and pictures (PNG) are in it, and it forbids itself to load more.
Knows how things look. Knows nothing about what the figures mean or where they come from.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import permutations
from string import Template

import numpy as np
from PIL import Image

from tiledraw.language.plan import GRID

NONE = "–"  # what stands where there is no figure


@dataclass(frozen=True)
class Cell:
    """A figure as text, and its interval as text."""

    text: str = NONE
    interval: str = ""


@dataclass(frozen=True)
class Table:
    """A heading of each column; rows of a name and figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to `value`, with a whisker from `low` to `high`; `tone` names its colour in the style sheet."""

    name: str
    tone: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Plot:
    """Horizontal bars in named groups, on a scale from 0 to 1."""

    title: str
    groups: tuple[tuple[str, tuple[Bar, ...]], ...]


@dataclass(frozen=True)
class Section:
    """A part of the report. `facts` are terms with text; `figures` are shown after the `sentences`."""

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Table | Plot, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outline:
    """A box on a picture, in plan cells, and whether it belongs there."""

    name: str
    x: float
    y: float
    width: float
    height: float
    wanted: bool


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a card.

    Attributes:
        title: Above it.
        note: What stands in its place if there is none.
        pixels: `(height, width)` or `(height, width, 3)` uint8, or None.
        right: Whether it is right, if that was judged.
        chips: Parts of the verdict, and whether they are met.
        outlines: Drawn over it.
    """

    title: str
    note: str = ""
    pixels: np.ndarray | None = None
    right: bool | None = None
    chips: tuple[tuple[str, bool], ...] = ()
    outlines: tuple[Outline, ...] = ()


@dataclass(frozen=True, eq=False)
class Card:
    """A case of the gallery. `verdicts`: by model, the words by which it is found; `facts`: terms with text."""

    id: str
    prompt: str
    category: str
    language: str
    pictures: tuple[Picture, ...]
    verdicts: dict[str, str]
    facts: tuple[tuple[str, str], ...] = ()


def png(pixels: np.ndarray) -> bytes:
    """Pixels `(height, width)` or `(height, width, 3)` uint8 as a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


# Markdown ------------------------------------------------------------------------------------------------------------


def markdown(title: str, lead: str, sections: Sequence[Section], links: Sequence[tuple[str, str]]) -> str:
    """Sections as Markdown, without plots; `links` are names with the files they lead to."""
    blocks = [f"# {_plain(title)}", f"**{_plain(lead)}**"]
    blocks += [" · ".join(f"[{_plain(name)}]({file})" for name, file in links)]
    for section in sections:
        blocks += [f"## {_plain(section.title)}", *map(_plain, section.sentences)]
        blocks += [_markdown_table(figure) for figure in section.figures if isinstance(figure, Table)]
        if section.facts:
            blocks.append("\n".join(f"- {_plain(term)}: {_plain(text)}" for term, text in section.facts))
    return "\n\n".join(blocks) + "\n"


def _markdown_table(table: Table) -> str:
    rows = [[name, *(f"{cell.text} ({cell.interval})" if cell.interval else cell.text for cell in cells)]
            for name, cells in table.rows]  # fmt: skip
    lines = [" | ".join(map(_plain, row)) for row in ([*table.head], *rows)]
    lines.insert(1, " | ".join(["---", *["---:"] * (len(table.head) - 1)]))
    return "\n".join(f"| {line} |" for line in lines)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#~" else letter for letter in text)


# HTML ----------------------------------------------------------------------------------------------------------------


def html(title: str, lead: str, sections: Sequence[Section], cards: Sequence[Card]) -> str:
    """Sections and the gallery as one page."""
    template = resources.files("tiledraw.evaluation").joinpath("page.html").read_text(encoding="utf-8")
    titles = [*(section.title for section in sections), "Gallery"]
    return Template(template).substitute(
        title=escape(title),
        lead=escape(lead),
        nav="".join(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in titles),
        sections="\n".join(map(_section, sections)),
        filters=_filters(cards),
        cards="\n".join(map(_card, cards)),
    )


def _anchor(title: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in title.lower())


def _section(section: Section) -> str:
    parts = [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
    parts += [_table(figure) if isinstance(figure, Table) else _plot(figure) for figure in section.figures]
    parts.append(_facts(section.facts))
    return (
        f'<section id="{_anchor(section.title)}"><h2>{escape(section.title)}</h2>\n' + "\n".join(parts) + "\n</section>"
    )


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in facts)
    return items and f"<dl>{items}</dl>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(map(_cell, cells)) + "</tr>" for name, cells in table.rows
    ]
    return (
        f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    interval = cell.interval and f"<small>{escape(cell.interval)}</small>"
    return f"<td>{escape(cell.text)}{interval}</td>"


WIDTH, LABEL, VALUE = 640, 130, 70  # pixels of a plot: all of it, the names at its left, the figures at its right
BAR, BETWEEN = 14, 10  # pixels: a bar, the room between two groups
TICKS = 4


def _plot(plot: Plot) -> str:
    """The plot as SVG, under a legend. Colours come from the style sheet, so they follow light and dark."""
    scale = WIDTH - LABEL - VALUE
    legend = {bar.name: bar.tone for _, bars in plot.groups for bar in bars}
    y, marks = BETWEEN // 2, []
    for name, bars in plot.groups:
        height = BAR * max(1, len(bars))
        marks.append(_text(LABEL - 8, y + height / 2 + 4, name, "end"))
        for number, bar in enumerate(bars):
            top = y + number * BAR
            marks.append(_bar(bar, LABEL, top, scale))
            whisker = max(bar.value, bar.high or 0.0)
            marks.append(_text(LABEL + whisker * scale + 6, top + BAR - 3, bar.text))
        y += height + BETWEEN
    grid = "".join(
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{y}"/>'
        for x in (LABEL + (WIDTH - LABEL - VALUE) * tick / TICKS for tick in range(TICKS + 1))
    )
    keys = "".join(f'<span><i class="{tone}"></i>{escape(name)}</span>' for name, tone in legend.items())
    return (
        f'<figure class="plot"><figcaption>{escape(plot.title)} <span class="legend">{keys}</span></figcaption>'
        f'<div class="wide" tabindex="0"><svg viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{escape(plot.title)}">'
        f"{grid}{''.join(marks)}</svg></div></figure>"
    )


def _bar(bar: Bar, x: float, y: float, scale: float) -> str:
    mark = (
        f'<rect class="{bar.tone}" x="{x:.1f}" y="{y + 1}" width="{bar.value * scale:.1f}" height="{BAR - 2}">'
        f"<title>{escape(f'{bar.name}: {bar.text}')}</title></rect>"
    )
    if bar.low is None or bar.high is None:
        return mark
    low, high, middle = x + bar.low * scale, x + bar.high * scale, y + BAR / 2
    return mark + (
        f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 3}v6M{high:.1f} {middle - 3}v6"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _filters(cards: Sequence[Card]) -> str:
    """The menus that choose what the gallery shows."""
    ways = list(dict.fromkeys(way for card in cards for way in card.verdicts))
    words = ("wrong", "right", "refused", "left-out")
    verdicts = {f"{way}={word}": f"{way} {word}" for way in ways for word in words}
    verdicts |= {
        f"{one}=right {other}=wrong": f"{one} right, {other} wrong" for one, other in permutations(reversed(ways), 2)
    }
    return "".join(
        f'<label>{name} <select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options.items())
        + "</select></label>"
        for name, options in (
            ("category", {card.category: card.category for card in cards}),
            ("language", {card.language: card.language for card in cards}),
            ("verdict", verdicts),
        )
    )


def _card(card: Card) -> str:
    found = "".join(f' data-{way}="{escape(verdict)}"' for way, verdict in card.verdicts.items())
    return (
        f'<article class="card" data-category="{escape(card.category)}" data-language="{escape(card.language)}"{found}>'
        f'<h3 lang="{escape(card.language)}">{escape(card.prompt)}</h3>'
        f'<p class="meta">{escape(card.id)}</p>'
        f'<div class="strip">{"".join(_picture(picture, card.id) for picture in card.pictures)}</div>'
        f"<details><summary>planned and seen</summary>{_facts(card.facts)}</details></article>"
    )


def _picture(picture: Picture, case: str) -> str:
    if picture.pixels is None:
        view = f'<div class="none">{escape(picture.note)}</div>'
    else:
        data = base64.b64encode(png(picture.pixels)).decode()
        alt = escape(f"{case}, {picture.title}")
        view = f'<img alt="{alt}" src="data:image/png;base64,{data}">{_outlines(picture.outlines)}'
    verdict = ""
    if picture.right is not None:
        verdict = ' <b class="met">right</b>' if picture.right else ' <b class="failed">wrong</b>'
    chips = "".join(
        f'<span class="chip met">✓ {escape(name)}</span>'
        if met
        else f'<span class="chip failed">✗ {escape(name)}</span>'
        for name, met in picture.chips
    )
    return (
        f'<figure><figcaption>{escape(picture.title)}{verdict}</figcaption><div class="view">{view}</div>'
        f"<div>{chips}</div></figure>"
    )


def _outlines(outlines: Sequence[Outline]) -> str:
    marks = "".join(
        f'<g class="{"met" if box.wanted else "failed"}">'
        f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" height="{box.height:.2f}"/>'
        f'<text x="{box.x + 0.5:.2f}" y="{box.y + 2.7:.2f}">{escape(box.name)}</text></g>'
        for box in outlines
    )
    return marks and f'<svg class="outlines" viewBox="0 0 {GRID} {GRID}" aria-hidden="true">{marks}</svg>'
