"""Finding: which subjects a finished picture shows, and where, by matching it against the reference glyphs.

Needs the `check` extra. Knows pictures, glyphs and backgrounds. Knows nothing about models, prompts or what was asked
for: it shares nothing with what draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tiledraw.canvas.pixels import resize
from tiledraw.canvas.pyramid import Canvas
from tiledraw.common.extras import needs
from tiledraw.data.scenes import background, glyph, random_plan, render
from tiledraw.language.boxes import Box
from tiledraw.language.first.plan import BACKGROUNDS, GRID, SIZES, Placement

with needs("check"):
    from scipy import fft, ndimage

SIDE = 128  # larger pictures are reduced to this
SURE = 0.72  # true drawings with wrong pixels and bent strokes mostly score above it, blobs below
FINE, ROUGH = 1 / 20, 1 / 8  # widths of the Gaussians of `_band`, in parts of a subject's side
LEAST_ROUGH = 1.6  # pixels; below it, little is left of a subject of 8 pixels
FAINT = 3.0  # gray levels of detail that are ignored; else stray pixels would pass for the faintest subjects
OVERLAP = 0.3  # part of the smaller of two boxes that they may share if both are to count
TOLERANCE = 24.0  # gray levels by which a pixel of the background may be off and still speak for it
SAME = 0.5  # intersection over union at which a detection is in the right place
_AROUND = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)


@dataclass(frozen=True)
class Detection:
    """A subject that was seen: its box in plan cells (fractions allowed), and how sure it is, 0 to 1."""

    subject: str
    box: Box
    score: float = 1.0


def find_subjects(
    picture: np.ndarray, subjects: Sequence[str], backgrounds: Sequence[str] = BACKGROUNDS, sure: float = SURE
) -> list[Detection]:
    """The subjects that a picture shows, surest first.

    A subject at a place, on the picture's own background, makes a pattern of differences from that background. The
    score holds the picture's differences D against that pattern E, both band-passed: 2 <D, E> / (|D|^2 + |E|^2) over
    the box (Dice, 1945, for real numbers), which, unlike normalised cross-correlation (Lewis, 1995), also falls if
    the contrast is wrong. Correlations run over all places at once by Fourier transforms; as in Padfield's masked
    correlation (2012), splitting E into gray and opacity makes that exact on backgrounds that change with the row.
    Sizes are those of the plan, places are whole pixels of the picture after its reduction to at most 128 a side.
    Each part of the picture is explained once: of boxes that overlap the surest counts.

    Args:
        picture: `(height, width)` uint8, each side a multiple of 32 from 32 to 4096. One that is not square lies in
            the middle of its enclosing square, as `Canvas` says.
        subjects: Names to look for.
        backgrounds: What its background may be; at least one.
        sure: The least score of a detection, more than 0.

    Returns:
        Detections with scores up to 1. Their boxes are in plan cells of the enclosing square, in fractions, and may
        reach half a cell beyond it.

    Raises:
        ValueError: another shape or type than said.
        KeyError: an unknown subject.
    """
    canvas = _canvas(picture)
    ground_name = find_background(picture, backgrounds)
    side = min(canvas.side, SIDE)
    square = background(ground_name, canvas.side).round().astype(np.uint8)
    canvas.crop(square)[:] = picture
    ground = background(ground_name, side)
    margin = side // GRID // 2  # a subject may be drawn a little beyond the edge
    differences = np.pad(_without_specks(resize(square, side, side)) - ground, margin)
    rows = np.pad(ground[:, 0], margin, mode="edge")

    names, parts = [], []
    for cells in SIZES.values():
        size = cells * side // GRID
        for subject, scores in zip(subjects, _scores(differences, rows, subjects, size), strict=True):
            y, x = np.nonzero(scores >= sure)
            if len(y):
                left, top = (x - margin) * GRID / side, (y - margin) * GRID / side
                parts.append(np.stack([scores[y, x], left, top, left + cells, top + cells, 0 * left + len(names)]))
                names.append(subject)
    candidates = np.concatenate(parts, axis=1) if parts else np.empty((6, 0))
    return [
        Detection(names[int(index)], Box(*map(float, box)), float(min(score, 1)))
        for score, *box, index in _surest(candidates).T
    ]


def find_background(picture: np.ndarray, backgrounds: Sequence[str] = BACKGROUNDS) -> str:
    """The background that most of a picture's pixels speak for; each speaks the less, the further off it is.

    Args:
        picture: As for `find_subjects`.
        backgrounds: Names to choose from, at least one; of equals the first.

    Raises:
        ValueError: no backgrounds, or another shape or type than said.
    """
    canvas = _canvas(picture)
    if not backgrounds:
        raise ValueError("there is no background to choose from; name at least one")

    def support(name: str) -> float:
        off = np.abs(picture - canvas.crop(background(name, canvas.side)))
        return float(np.maximum(1 - off / TOLERANCE, 0).mean())

    return max(backgrounds, key=support)


def _canvas(picture: np.ndarray) -> Canvas:
    if not isinstance(picture, np.ndarray) or picture.ndim != 2 or picture.dtype != np.uint8:
        what = f"{picture.shape} of {picture.dtype}" if isinstance(picture, np.ndarray) else type(picture).__name__
        raise ValueError(f"a picture must be a (height, width) array of uint8, not {what}")
    return Canvas(picture.shape[1], picture.shape[0])


def _without_specks(pixels: np.ndarray) -> np.ndarray:
    """Pixels that are darker or lighter than all eight neighbours become as their nearest; strokes stay."""
    low, high = (extreme(pixels, footprint=_AROUND) for extreme in (ndimage.minimum_filter, ndimage.maximum_filter))
    return np.clip(pixels, low, high)


@lru_cache(maxsize=64)
def _band(side: int, size: int) -> np.ndarray:
    """The band-pass for subjects of `size` pixels in a square of `side`, as factors of `rfft2`.

    A difference of Gaussians (Marr and Hildreth, 1980). Without its lower end every blob resembles every filled
    subject; without its upper end a stroke that is a pixel off resembles nothing.
    """
    squared = fft.fftfreq(side)[:, None] ** 2 + fft.rfftfreq(side)[None] ** 2
    widths = FINE * size, max(ROUGH * size, LEAST_ROUGH)
    fine, rough = (np.exp(-2 * (np.pi * width) ** 2 * squared) for width in widths)
    return (fine - rough).astype(np.float32)


@dataclass(frozen=True)
class _Pattern:
    """A glyph's band-passed layers: conjugate spectra, and sums over each row of their products, `(size,)`."""

    gray: np.ndarray
    opacity: np.ndarray
    gray_gray: np.ndarray
    gray_opacity: np.ndarray
    opacity_opacity: np.ndarray


@lru_cache(maxsize=4096)  # at a square of 144, 84 kB each
def _pattern(subject: str, size: int, side: int) -> _Pattern:
    start = (side - size) // 2
    layers, spectra = [], []
    for layer in glyph(subject, size):
        square = np.zeros((side, side), dtype=np.float32)
        middle = square[start : start + size, start : start + size]
        middle[:] = layer
        square = fft.irfft2(fft.rfft2(square) * _band(side, size), (side, side))
        layers.append(square[start : start + size, start : start + size])
        spectra.append(np.conj(fft.rfft2(layers[-1], (side, side))))
    gray, opacity = layers
    return _Pattern(*spectra, *((one * two).sum(1) for one, two in ((gray, gray), (gray, opacity), (opacity, opacity))))


def _scores(differences: np.ndarray, rows: np.ndarray, subjects: Sequence[str], size: int) -> list[np.ndarray]:
    """Of each subject, the scores of all places of its top left corner, `(places, places)` float.

    Args:
        differences: From the background, `(side, side)` float32.
        rows: The background's gray level of each row, `(side,)` float32.
        subjects: Names.
        size: Of the subject, in pixels.
    """
    side = len(differences)
    seen = fft.irfft2(fft.rfft2(differences) * _band(side, size), (side, side))
    spectrum, ground_spectrum = fft.rfft2(seen), fft.rfft2(seen * rows[:, None])
    sums = np.pad(seen.astype(np.float64) ** 2, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    energy = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    energy = energy + 2 * (FAINT * size) ** 2
    places = side - size + 1
    scores = []
    for subject in subjects:
        # on a background b the pattern is gray - opacity * b
        pattern = _pattern(subject, size, side)
        product = fft.irfft2(spectrum * pattern.gray - ground_spectrum * pattern.opacity, (side, side))
        expected = pattern.gray_gray.sum() - 2 * np.correlate(rows, pattern.gray_opacity, "valid")
        expected += np.correlate(rows**2, pattern.opacity_opacity, "valid")
        scores.append(2 * product[:places, :places] / (energy + expected[:, None]))
    return scores


def _surest(candidates: np.ndarray) -> np.ndarray:
    """Greedy non-maximum suppression of columns of score, x0, y0, x1, y1 and more; in falling order of score."""
    kept = []
    rest = candidates[:, np.argsort(-candidates[0], kind="stable")]
    while rest.shape[1]:
        best = rest[:, 0]
        kept.append(best)
        shared, areas = _shared(rest[1:5], best[1:5]), (rest[3] - rest[1]) * (rest[4] - rest[2])
        rest = rest[:, shared <= OVERLAP * np.minimum(areas, areas[0])]
    return np.stack(kept, axis=1) if kept else candidates


def _shared(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Area that a box shares with each of some; rows are x0, y0, x1, y1."""
    width = np.minimum(boxes[2], box[2]) - np.maximum(boxes[0], box[0])
    height = np.minimum(boxes[3], box[3]) - np.maximum(boxes[1], box[1])
    return np.maximum(width, 0) * np.maximum(height, 0)


@dataclass(frozen=True)
class FinderRow:
    """How far the finder can be trusted, measured on true pictures of random plans.

    Attributes:
        side: Of the pictures in pixels.
        pictures: How many.
        recall: Share of the subjects in the pictures that are found in their place.
        precision: Share of the detections that are right.
        elsewhere: Share of a picture's subjects that are found in another one without them.
    """

    side: int
    pictures: int
    recall: float
    precision: float
    elsewhere: float


def measure_finder(
    subjects: Sequence[str],
    sizes: Sequence[str],
    backgrounds: Sequence[str],
    grays: int,
    sides: Sequence[int],
    count: int,
    seed: int,
) -> list[FinderRow]:
    """Holds what the finder sees in true pictures against what they show, one row for each of the `sides`.

    `count` random plans of 1 to 4 subjects, the same for every side. A detection is right where the subject is the
    same and the intersection over union of the boxes is at least one half. Size words are those of plans.
    """
    rng = np.random.default_rng(seed)
    cells = [SIZES[size] for size in sizes]
    plans = [random_plan(rng, subjects, cells, backgrounds, int(rng.integers(1, 5))) for _ in range(count)]
    rows = []
    for side in sides:
        found = [find_subjects(render(plan, side, grays), subjects) for plan in plans]
        right = sum(matches(plan.placements, seen) for plan, seen in zip(plans, found, strict=True))
        # for each pair of a plan and another's picture: how many of the plan's subjects that it lacks it seems to show
        lacking = [
            (len(missing & {detection.subject for detection in seen}), len(missing))
            for plan in plans
            for other, seen in zip(plans, found, strict=True)
            if (missing := set(plan.subjects) - set(other.subjects))
        ]
        rows.append(
            FinderRow(
                side=side,
                pictures=count,
                recall=right / max(1, sum(len(plan.placements) for plan in plans)),
                precision=right / max(1, sum(map(len, found))),
                elsewhere=sum(hits for hits, _ in lacking) / max(1, sum(total for _, total in lacking)),
            )
        )
    return rows


def matches(expected: Sequence[Detection | Placement], found: Sequence[Detection]) -> int:
    """How many detections are right, each expected one counted once."""
    left = list(expected)
    for detection in found:
        for other in left:
            if is_same(other, detection):
                left.remove(other)
                break
    return len(expected) - len(left)


def is_same(one: Detection | Placement, other: Detection | Placement) -> bool:
    """Whether both are of one subject in one place."""
    return one.subject == other.subject and overlap(one.box, other.box) >= SAME


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(width, 0) * max(height, 0)
    return shared / (one.width * one.height + other.width * other.height - shared)
