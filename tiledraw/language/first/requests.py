"""Requests: random ones for things with counts, sizes, places and relations, as people ask for them.

Some pairings of subjects are held out from training (`held_out`). Knows requests, and what fits on a canvas. Knows
nothing about words, tokens or pictures.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from tiledraw.language.boxes import Box
from tiledraw.language.first.layout import RELATIONS, Item, Request, arrange, fits
from tiledraw.language.first.plan import BACKGROUNDS, FULL, LOCATIONS, SIZES


def pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def chance(rng: np.random.Generator, probability: float) -> bool:
    return bool(rng.random() < probability)


def held_out(subjects: Iterable[str]) -> bool:
    """Whether these subjects hold a pairing that training never shows: one of eight, by a hash of the two names."""
    pairs = combinations(sorted(set(subjects)), 2)
    return any(zlib.crc32(" and ".join(pair).encode()) % 8 == 0 for pair in pairs)


# What a request is like, and how often.
_KINDS = {
    "one, with a place": 0.26,
    "one": 0.08,
    "several, with places": 0.36,
    "several": 0.08,
    "several, one without a place": 0.04,
    "related": 0.11,
    "related, and others with places": 0.03,
    "related to one with a place": 0.04,
}


def sample_request(
    rng: np.random.Generator,
    subjects: Sequence[str],
    sizes: Sequence[str] = tuple(SIZES),
    backgrounds: Sequence[str] = BACKGROUNDS,
    max_subjects: int = 4,
    canvas: Box = FULL,
) -> Request:
    """A random request for at most `max_subjects` things in all, which have room on the canvas where the words say.

    Every subject comes out at one of `sizes`, whether the request states it or not.

    Raises:
        ValueError: there is nothing to choose from, or no request like that was found.
    """
    if not (subjects and sizes and backgrounds and max_subjects > 0):
        raise ValueError("a request needs at least one subject, size and background to choose from, and one thing")
    for _ in range(1000):
        request = _any_request(rng, subjects, sizes, backgrounds, max_subjects)
        if request.total <= max_subjects and fits(request, canvas):
            side = min(canvas.width, canvas.height)
            allowed = {min(SIZES[size], side) for size in sizes}
            if all(placement.box.width in allowed for placement in arrange(request, canvas).placements):
                return request
    raise ValueError(f"no request of the sizes {', '.join(sizes)} was found for the canvas {canvas}; allow more sizes")


def _any_request(
    rng: np.random.Generator,
    subjects: Sequence[str],
    sizes: Sequence[str],
    backgrounds: Sequence[str],
    max_subjects: int,
) -> Request:
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    most = min(max_subjects, len(subjects))
    if most < 2 and not kind.startswith("one"):
        kind = "one, with a place"
    number = 1 if kind.startswith("one") else 2 if kind == "related" else int(rng.integers(2, most + 1))
    chosen = [subjects[i] for i in rng.permutation(len(subjects))[:number]]
    places = list(rng.permutation(LOCATIONS))
    stated = rng.choice([0, 0.5, 1], p=[0.5, 0.2, 0.3])
    many = 0.5 if chance(rng, 0.3) else 0
    items = []
    for index, subject in enumerate(chosen):
        count = int(rng.integers(2, 5)) if chance(rng, many) else 1
        size = pick(rng, list(sizes)) if chance(rng, stated) else None
        location = None if kind in ("one", "several", "related") else str(places[index])
        items.append(Item(subject, count, size, location))
    if kind == "several, one without a place":
        items = _changed(items, int(rng.integers(number)), location=None)
    elif kind.startswith("related"):
        first = 0 if number == 2 else int(rng.integers(number - 1))  # the pair stands together in the sentence
        relation = pick(rng, RELATIONS)
        if kind == "related to one with a place":
            items = _changed(items, first + 1, location=None, relation=relation, anchor=first)
        else:
            one, other = (first, first + 1) if chance(rng, 0.6) else (first + 1, first)
            items = _changed(items, other, location=None)
            items = _changed(items, one, location=None, relation=relation, anchor=other)
    stated_background = "white" not in backgrounds or chance(rng, 0.4)
    return Request(tuple(items), pick(rng, list(backgrounds)) if stated_background else None)


def _changed(items: list[Item], index: int, **changes: Any) -> list[Item]:
    return [replace(item, **changes) if n == index else item for n, item in enumerate(items)]
