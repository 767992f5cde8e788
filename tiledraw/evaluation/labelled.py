"""Labelled: what models that learned pictures with labels or captions are worth, on pictures that they never saw.

Bits of true pictures, with their own label and with another one's; drawings that held-out prompts ask for, the labels
that a classifier of true pictures gives them, and how far they are from true ones.
Knows built documents, drawers, the classifier. Knows nothing about reports.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tiledraw.canvas.pyramid import TILE
from tiledraw.data.shards import ShardSource
from tiledraw.drawing.drawer import Drawer
from tiledraw.drawing.events import ImageDone, PlanReady, Refused
from tiledraw.drawing.job import Job
from tiledraw.evaluation.built import (
    TruePicture,
    bits,
    flat_picture,
    histogram_bits,
    png_bits,
    relabelled,
    tiled_picture,
)
from tiledraw.evaluation.classifying import Classifier, classify, kernel_distance, train_classifier
from tiledraw.evaluation.statistics import Estimate, estimate
from tiledraw.format.think import read_caption
from tiledraw.models.knowledge import FORMATS

MOST_KNOWN = 6000  # true training pictures that the classifier and the histogram learn from, at most
KINDS = {"flat": "flat", "tiled": "layout"}  # the kind of document that holds the prompt of each format


@dataclass(frozen=True)
class Settings:
    """What is measured.

    Attributes:
        data: A folder of built documents.
        split: Which of its pictures.
        bits: Pictures whose bits are measured.
        drawings: Pictures that are drawn in each way.
        seed: Of the first drawing; each has one of its own.
        temperature: Of the drawings; None: as `generate` draws.
    """

    data: str
    split: str = "test"
    bits: int = 100
    drawings: int = 200
    seed: int = 0
    temperature: float | None = None


@dataclass(frozen=True, eq=False)
class Yardstick:
    """The true pictures of a format, and what knows them without any of the models.

    Attributes:
        format: "flat" or "tiled".
        labels: Names of the classes; none where pictures have captions alone.
        pictures: Of the split, as far as bits are measured.
        shown: Pixels `(N, side, side)` and labels or captions of all of the split, as far as they are looked at.
        network: Of the classes, or untrained where there are none.
        accuracy: Share of true pictures of the split that it names rightly; nan where there are no classes.
        distance: Kernel distance of true training pictures, as many as are drawn, to those of the split.
        histogram, png: Bits of each picture.
    """

    format: str
    labels: tuple[str, ...]
    pictures: list[TruePicture]
    shown: tuple[np.ndarray, list[str]]
    network: Classifier
    accuracy: float
    distance: tuple[float, float]
    histogram: np.ndarray
    png: np.ndarray

    @property
    def side(self) -> int:
        return self.pictures[0].pixels.shape[0]


@dataclass(frozen=True, eq=False)
class Drawn:
    """One drawing, or why there is none."""

    prompt: str
    shows: str
    thought: str = ""
    pixels: np.ndarray | None = None
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Figures:
    """What was measured of one model in one format.

    Attributes:
        model: Its name.
        format: "flat" or "tiled".
        steps: Training steps behind it.
        stages: Bits of each picture by the side of its level, `(N,)` each.
        worth: Bits that each picture costs more with another one's label or caption, `(N,)`; empty where plans say
            what pictures show.
        drawn: The drawings.
        right: Of each drawing, whether the classifier names the label that was asked for; empty without classes.
        distance: Kernel distance of the drawings to true pictures; nan where less than two are drawn.
        seconds: Of drawing one picture, among others.
    """

    model: str
    format: str
    steps: int
    stages: dict[int, np.ndarray]
    worth: np.ndarray
    drawn: list[Drawn]
    right: np.ndarray
    distance: tuple[float, float]
    seconds: float
    side: int = TILE

    @property
    def bits(self) -> np.ndarray:
        """Of whole pictures, `(N,)`."""
        return np.sum(list(self.stages.values()), axis=0)

    @property
    def at_tile(self) -> np.ndarray:
        """Bits of each picture as far as its level of 32x32 pixels, which flat pictures end with, too."""
        return np.sum([value for side, value in self.stages.items() if side <= TILE], axis=0)

    @property
    def heard(self) -> float:
        """Share of the drawings whose thought says what was asked for."""
        return float(np.mean([one.thought == one.shows for one in self.drawn])) if self.drawn else float("nan")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was measured."""

    settings: Settings
    yardsticks: dict[str, Yardstick]
    figures: list[Figures] = field(default_factory=list)


Progress = Callable[[str], object]


def evaluate(settings: Settings, drawers: dict[str, Drawer], say: Progress = lambda text: None) -> Evaluation:
    """Measures each model, by its name, in each format that it knows and the data hold.

    Raises:
        ValueError: the data lack the split, or pictures of a format that a model draws; a model paints layers.
    """
    source, train = ShardSource(settings.data, settings.split), ShardSource(settings.data, "train")
    ways = [(name, each) for name in drawers for each in FORMATS if each in drawers[name].loaded.knowledge.formats]
    ways = [(name, each) for name, each in ways if source.counts[KINDS[each]]]
    for name, drawer in drawers.items():
        if drawer.loaded.knowledge.paints or name not in [way for way, _ in ways]:
            raise ValueError(
                f"the model {name} draws {' and '.join(drawer.loaded.knowledge.formats)} pictures, of which "
                f"{settings.data} holds none; evaluate it on documents like those that it learned from"
            )
    result = Evaluation(settings, {})
    for each in dict.fromkeys(each for _, each in ways):
        say(f"true pictures, {each}")
        result.yardsticks[each] = measure_true(settings, source, train, each)
    for name, each in ways:
        say(f"{name}, {each}: bits of {len(result.yardsticks[each].pictures)} pictures, {settings.drawings} drawings")
        result.figures.append(measure(settings, drawers[name], name, source, result.yardsticks[each]))
    return result


def true_pictures(source: ShardSource, format: str, count: int, context: bool = False) -> list[TruePicture]:
    """The first pictures of a split in a format, at most so many."""
    numbers = range(min(count, source.counts[KINDS[format]]))
    return [flat_picture(source, n) if format == "flat" else tiled_picture(source, n, context) for n in numbers]


def measure_true(settings: Settings, source: ShardSource, train: ShardSource, format: str) -> Yardstick:
    """The yardstick of a format."""

    def pixels(some: Sequence[TruePicture]) -> np.ndarray:
        return np.stack([one.pixels for one in some])

    held_out = true_pictures(source, format, max(settings.bits, settings.drawings))
    known = true_pictures(train, format, MOST_KNOWN)
    labels = tuple(label for label in source.labels if any(one.shows == label for one in known))
    if len(labels) > 1:
        named = [one for one in known if one.shows in labels]
        network = train_classifier(pixels(named), _numbers(named, labels), len(labels))
        asked = [one for one in held_out if one.shows in labels]
        accuracy = float((classify(network, pixels(asked)) == _numbers(asked, labels)).mean()) if asked else np.nan
    else:
        labels, accuracy = (), np.nan
        network = train_classifier(pixels(known), np.zeros(len(known)), 2, steps=0)
    measured, grays = held_out[: settings.bits], source.manifest["settings"]["grays"]
    return Yardstick(
        format,
        labels,
        measured,
        (pixels(held_out), [one.shows for one in held_out]),
        network,
        accuracy,
        kernel_distance(network, pixels(known[: max(2, settings.drawings)]), pixels(held_out)),
        histogram_bits(pixels(known), pixels(measured), grays),
        np.array([png_bits(one.pixels) for one in measured], dtype=np.float64),
    )


def _numbers(pictures: Sequence[TruePicture], labels: Sequence[str]) -> np.ndarray:
    return np.array([labels.index(one.shows) for one in pictures])


def measure(settings: Settings, drawer: Drawer, name: str, source: ShardSource, true: Yardstick) -> Figures:
    """What a model is worth in the format of a yardstick."""
    loaded, pictures = drawer.loaded, true.pictures
    if loaded.knowledge.context and true.format == "tiled":
        pictures = true_pictures(source, true.format, len(pictures), context=True)
    stages = {
        side: sum(bits(loaded, documents) for documents in zip(*(one.stages[side] for one in pictures), strict=True))
        for side in pictures[0].stages
    }
    others = _others(pictures)
    worth = np.zeros(0)
    if others:
        swapped = [
            bits(loaded, [relabelled(one, other) for one, other in zip(documents, others, strict=True)])
            for side in stages
            for documents in zip(*(one.stages[side] for one in pictures), strict=True)
        ]
        worth = np.sum(swapped, axis=0) - np.sum(list(stages.values()), axis=0)
    begin = time.perf_counter()
    drawn = draw(settings, drawer, source, true)
    seconds = (time.perf_counter() - begin) / max(1, len(drawn))
    there = [one for one in drawn if one.pixels is not None]
    right = np.zeros(0)
    if true.labels:
        right = np.zeros(len(drawn))
        if there:
            found = dict(zip(map(id, there), classify(true.network, _stack(there)).tolist(), strict=True))
            right = np.array([id(one) in found and true.labels[found[id(one)]] == one.shows for one in drawn], float)
    distance = (np.nan, np.nan)
    if len(there) > 1:
        distance = kernel_distance(true.network, _stack(there), true.shown[0])
    return Figures(name, true.format, loaded.knowledge.steps, stages, worth, drawn, right, distance, seconds, true.side)


def _stack(drawn: Sequence[Drawn]) -> np.ndarray:
    return np.stack([one.pixels for one in drawn if one.pixels is not None])


def _others(pictures: Sequence[TruePicture]) -> list[str]:
    """For each picture what the next one shows that shows something else; none if all show the same or have plans."""
    shows = [one.shows for one in pictures]
    if len(set(shows)) < 2 or "" in shows:
        return []
    turned = [[*shows[n + 1 :], *shows[:n]] for n in range(len(shows))]
    return [next(other for other in rest if other != own) for own, rest in zip(shows, turned, strict=True)]


def draw(settings: Settings, drawer: Drawer, source: ShardSource, true: Yardstick) -> list[Drawn]:
    """Drawings of held-out prompts, each label in turn."""
    kind, flat = KINDS[true.format], true.format == "flat"
    documents = [source.stored(kind, number) for number in range(source.counts[kind])]
    asked = [(one.prompt, read_caption(one.think or "")) for one in documents]  # type: ignore[union-attr]
    seen: dict[str, int] = {}
    turns = []
    for number, (_, shows) in enumerate(asked):
        turns.append((seen.setdefault(shows, 0), true.labels.index(shows) if shows in true.labels else 0, number))
        seen[shows] += 1
    if true.labels:  # else in the order of the data
        asked = [asked[number] for *_, number in sorted(turns)]
    asked = asked[: settings.drawings]
    size = (true.side, true.side)
    jobs = [
        Job(prompt, size, settings.seed + number, settings.temperature, flat=flat)
        for number, (prompt, _) in enumerate(asked)
    ]
    found = [Drawn(prompt, shows) for prompt, shows in asked]
    thoughts = [""] * len(jobs)
    for number, event in drawer.stream_all(jobs):
        prompt, shows = asked[number]
        match event:
            case PlanReady(text=text):
                thoughts[number] = read_caption(text)
            case Refused(error=error):
                found[number] = Drawn(prompt, shows, thoughts[number], refused=str(error))
            case ImageDone(image=image):
                found[number] = Drawn(prompt, shows, thoughts[number], np.asarray(image.convert("L")))
    return found


def mean(values: np.ndarray) -> Estimate | None:
    """A mean with its interval; None without values."""
    return estimate(values) if len(values) else None
