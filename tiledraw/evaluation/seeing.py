"""Seeing: which subjects a picture in colours shows, where, how large, mirrored or not, and in which colour.

Boxes of whole plan cells are proposed by the directions of their edges, as in histograms of oriented gradients (Dalal
and Triggs, 2005); then the inks of each proposal are held against the pixels. What fits best is seen, its pixels are
done with, and the rest is looked at again, so that what is partly hidden is judged by what of it can be seen.
Needs the `check` extra. Knows pictures and subjects. Knows nothing about models, prompts or what was asked for: it
shares nothing with what draws. Turned and patterned subjects, and such with two new colours, are not looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image

from tiledraw.canvas.pyramid import Canvas
from tiledraw.common.extras import needs
from tiledraw.data.layers import render_layer
from tiledraw.drawing.attributes import main_ink, recoloured
from tiledraw.format.palettes import Palette, colour_of, parse_palette
from tiledraw.language.attributes import COLOURS
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID

with needs("check"):
    from scipy import ndimage

LEAST = 12  # pixels a side of the smallest subjects that are looked for
CLOSE = 24  # pixels a side in which a box is looked at, at least, if the picture has so many
ROUNDS = 6  # of proposing; few pictures need more than three

# proposing
BINS = 16  # places of edges along a side of a box
DIRECTIONS = 4
_MIRRORED = -np.arange(DIRECTIONS) % DIRECTIONS  # of each direction the one that it is in a mirror
STRONG = 0.35  # a step of colour, of 1, beyond which an edge is no stronger
CLUTTER = 0.75  # how much other edges in a box speak against a subject: 1 as in a cosine, 0 not at all
FAINT = 0.5  # length of the edges of a box that says nothing
LIKE = 0.45  # least likeness of edges that is a proposal
KEPT = 400  # proposals of a round
LEAST_OPEN = 0.15  # share of a subject's edges that must be open
LOOKS = ("", "espresso")  # colours in which subjects' edges are learned: in a dark one, outlines are not seen
NEUTRAL = 0.6  # gray behind subjects while their edges are learned
SHIFTED = 40  # proposals of which half a cell to the side is tried, too

# judging
SURE = 0.6  # least score of what is seen
MUCH, UNSURE = 100.0, 0.45  # of what explains so many pixels, a lower share will do: it is drawn with errors
AGAIN = 0.6  # intersection over union with the same subject, from which on it is what that one has left
LEAST_GAIN = 12.0  # pixels that a subject must explain; thin strokes of other things explain fewer
LEAST_UNSTRIPED, SURE_GAIN = 2.0, 40.0  # pixels that it must explain beyond a colour for each row, if it has few
LARGER = 0.1  # exponent of the side: of what fits as well, the larger comes first
SHOWN = 0.25  # share of a subject that must be open
HIDDEN = 0.9  # share of a box that is open, below which it is looked at more closely
OFF = 0.25  # a distance of colours, of red, green and blue from 0 to 1, that is no longer the same colour
RING = 0.5  # what a pixel around a subject weighs, of one in it
DOUBT, SHARE_OF_DOUBT = 3.0, 0.01  # wrong pixels that are assumed, and such of all pixels
WRONG = 0.35  # share of wrong pixels from which on something else is there

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)
_WORDS = tuple(COLOURS)
_COLOURS = np.array([colour_of(word)[:3] for word in _WORDS], dtype=np.float32) / 255


@dataclass(frozen=True)
class Sighting:
    """A subject that was seen.

    Attributes:
        subject: Its name.
        box: The square that holds it, in pixels of the picture, of which it may lie outside in part.
        mirrored: Whether it is; of subjects that are the same mirrored, this says nothing.
        colour: The colour word of its main ink.
        score: How much of what is there it explains, up to 1.
        shown: Which share of it nothing that was seen before it hides, up to 1.
    """

    subject: str
    box: Box
    mirrored: bool
    colour: str
    score: float
    shown: float


@dataclass(frozen=True)
class _Guess:
    """A subject in a square of so many plan cells, held against a picture; `gain` is in pixels of the scale."""

    subject: str
    mirrored: bool
    cells: int
    x: float
    y: float
    colour: str = ""
    score: float = 0.0
    gain: float = 0.0
    shown: float = 0.0

    def counts(self, sure: float) -> bool:
        """Whether it is seen, if so much of a score is sure."""
        least = sure * UNSURE / SURE if self.gain >= MUCH else sure
        return self.score >= least and self.gain >= LEAST_GAIN

    def repeats(self, other: _Guess) -> bool:
        """Whether it is the same subject in about the same place."""
        return self.subject == other.subject and overlap(self.box, other.box) >= AGAIN

    @property
    def box(self) -> Box:
        """In plan cells."""
        return Box(self.x, self.y, self.x + self.cells, self.y + self.cells)  # type: ignore[arg-type]  # halves, too

    def touches(self, other: _Guess) -> bool:
        return all(
            one < two + other.cells and two < one + self.cells for one, two in ((self.x, other.x), (self.y, other.y))
        )


def see(picture: np.ndarray, subjects: Sequence[str], sure: float = SURE) -> list[Sighting]:
    """The subjects that a picture shows, in the order in which they were seen: about from the front to the back.

    Args:
        picture: `(height, width, 3)` uint8, each side a multiple of 32 from 32 to 4096. One that is not square lies in
            the middle of its enclosing square, as `Canvas` says.
        subjects: Names to look for.
        sure: The least score; of what explains much of a picture, three quarters of it.

    Raises:
        ValueError: another shape or type than said.
        KeyError: an unknown subject.
    """
    if not isinstance(picture, np.ndarray) or picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        what = f"{picture.shape} of {picture.dtype}" if isinstance(picture, np.ndarray) else type(picture).__name__
        raise ValueError(f"a picture must be a (height, width, 3) array of uint8, not {what}")
    canvas = Canvas(picture.shape[1], picture.shape[0])
    names = tuple(dict.fromkeys(subjects))
    view = _View(picture, canvas)
    found: list[_Guess] = []
    for number in range(ROUNDS if names else 0):
        proposed = _proposed(view, names, touched_only=number > 0)
        guesses = [view.judged(one) for one in proposed if not any(map(one.repeats, found))]
        new = _chosen(view, guesses, sure) or _chosen(view, [view.judged(one) for one in _shifted(guesses)], sure)
        found += new
        if not new:
            break
    (x, y), cell = canvas.offset, canvas.side / GRID
    sightings = []
    for one in found:
        x0, y0, x1, y1 = (round(edge * cell) for edge in (one.x, one.y, one.x + one.cells, one.y + one.cells))
        box = Box(x0 - x, y0 - y, x1 - x, y1 - y)
        sightings.append(Sighting(one.subject, box, one.mirrored, one.colour, one.score, one.shown))
    return sightings


def _chosen(view: _View, guesses: list[_Guess], sure: float) -> list[_Guess]:
    """The best guesses, each where those before it leave the picture open."""
    chosen = []
    while guesses := [one for one in guesses if one.counts(sure)]:
        best = max(guesses, key=lambda one: one.score * one.cells**LARGER)
        chosen.append(best)
        view.close(best)
        guesses = [view.judged(one) if one.touches(best) else one for one in guesses if not one.repeats(best)]
    return chosen


def _shifted(guesses: list[_Guess]) -> list[_Guess]:
    """The best guesses half a cell to a side, where the middle of a box is that is not square."""
    best = sorted(guesses, key=lambda one: -one.score)[:SHIFTED]
    shifts = ((-0.5, 0.0), (0.5, 0.0), (0.0, -0.5), (0.0, 0.5))
    shifted = {
        replace(one, x=one.x + x, y=one.y + y, score=0.0, gain=0.0, shown=0.0) for one in best for x, y in shifts
    }
    return [one for one in shifted if min(one.x, one.y) >= 0 and max(one.x, one.y) + one.cells <= GRID]


class _View:
    """A picture at several scales (pixels a cell), and which pixels of it are open, that is, not yet explained."""

    def __init__(self, picture: np.ndarray, canvas: Canvas) -> None:
        square, inside = (np.zeros((canvas.side, canvas.side, depth), dtype=np.uint8) for depth in (3, 1))
        canvas.crop(square)[:] = picture
        canvas.crop(inside)[:] = 1
        finest = canvas.side // GRID
        self.scales = [scale for scale in range(finest, 0, -1) if finest % scale == 0]  # so that cells stay whole
        self.colours, self.words, self.edges = {}, {}, {}
        for scale in self.scales:
            image = Image.fromarray(square).resize((scale * GRID, scale * GRID), Image.Resampling.BOX)
            colours = np.asarray(image, dtype=np.float32) / 255
            self.colours[scale], self.edges[scale] = colours, _edges(colours)
            # the number of the nearest colour word
            self.words[scale] = ((_COLOURS**2).sum(1) - 2 * colours @ _COLOURS.T).argmin(-1)
        self.open: dict[int, np.ndarray] = {}
        self._open(_resized(inside[..., 0].astype(np.float32), finest * GRID) > 0.5)

    def _open(self, finest: np.ndarray) -> None:
        """Says which pixels are open, `(side, side)` bool."""
        plane = finest.astype(np.float32)
        self.open = {scale: (_resized(plane, scale * GRID) > 0.8).astype(np.float32) for scale in self.scales}

    def scale_of(self, cells: int) -> int:
        """The scale at which a box is looked at."""
        return min((scale for scale in self.scales if scale * cells >= CLOSE), default=self.scales[0])

    def level_of(self, cells: int) -> int:
        """Pixels a side of the level that is reduced to a box: as pictures are composed, or less where that is much."""
        shown, seen = (scale * cells for scale in (self.scales[0], self.scale_of(cells)))
        return min(_level(shown), max(256, _level(seen)))

    def _part(self, guess: _Guess, scale: int) -> tuple[slice, slice]:
        starts = (int(place * scale) for place in (guess.y, guess.x))
        return tuple(slice(start, start + guess.cells * scale) for start in starts)  # type: ignore[return-value]

    def judged(self, guess: _Guess) -> _Guess:
        """A guess held against what is open.

        The score is the share that a subject explains of what no single colour explains (as R squared), and of the
        pixels around it, which are to be others than its border.
        """
        scale = self.scale_of(guess.cells)
        if scale < self.scales[0]:
            hidden = self.open[scale][self._part(guess, scale)].mean() < HIDDEN
            between = int(guess.x * scale) < guess.x * scale or int(guess.y * scale) < guess.y * scale
            scale = self.scales[self.scales.index(scale) - (hidden or between)]
        part = self._part(guess, scale)
        seen, words, is_open = self.colours[scale][part], self.words[scale][part], self.open[scale][part]
        stamp = _stamp(guess.subject, guess.cells * scale, self.level_of(guess.cells), guess.mirrored)
        through = stamp.shares[..., :1]
        opacity = 1 - through[..., 0]
        weights, total = is_open * opacity, float(opacity.sum())
        shown = float(weights.sum()) / total
        if shown < SHOWN:
            return replace(guess, score=0.0, gain=0.0, shown=shown)
        plain = _COLOURS[_most(words, weights)]
        alone = (weights * _off(seen, opacity[..., None] * plain, through)).sum()
        # what lies behind is often in stripes, and a line of it is no knife
        rows = np.median(seen, axis=1, keepdims=True)
        striped = (weights * _off(seen, opacity[..., None] * rows, through)).sum()
        own = stamp.palette.inks[stamp.main]
        share = stamp.shares[..., stamp.main]
        # of a thin ink no pixel is pure: what fits best by least squares, if all other inks are its own
        others = (
            stamp.shares[..., 1:] @ _inks(guess.subject, "")[1:]
            - share[..., None] * _inks(guess.subject, "")[stamp.main]
        )
        pull = weights * share * (through[..., 0] < 0.05)
        mixed = np.tensordot(pull, seen - others, 2) / max(float((pull * share).sum()), 1e-3)
        nearest = int(((_COLOURS - mixed) ** 2).sum(1).argmin())
        words_of_main = (own, _WORDS[_most(words, is_open * share**4)], _WORDS[nearest])
        ring = RING * stamp.ring * is_open
        best = guess
        for colour in dict.fromkeys(words_of_main):
            expected = stamp.shares[..., 1:] @ _inks(guess.subject, colour)[1:]
            border = expected[stamp.nearest[0], stamp.nearest[1]]
            left = (weights * _off(seen, expected, through)).sum() + (ring * (1 - _off(seen, border))).sum()
            gain = float(alone + ring.sum() / 2 - left)
            if gain < SURE_GAIN and striped - left < LEAST_UNSTRIPED:
                gain = 0.0
            score = gain / float(gain + left + SHARE_OF_DOUBT * total + DOUBT)
            if best is guess or score > best.score:
                best = replace(guess, colour=colour, score=score, gain=gain, shown=shown)
        return best

    def close(self, guess: _Guess) -> None:
        """Closes the pixels that a subject explains, and stray wrong ones among them."""
        finest = self.scales[0]
        side, part = guess.cells * finest, self._part(guess, finest)
        shares = _shares(guess.subject, side, self.level_of(guess.cells))[1]
        shares = shares[:, ::-1] if guess.mirrored else shares
        off = _off(
            self.colours[finest][part], shares[..., 1:] @ _inks(guess.subject, guess.colour)[1:], shares[..., :1]
        )
        inside = (shares[..., 0] < 0.5).astype(np.float32)
        size = max(3, side // 20) | 1
        wrong, near = (ndimage.uniform_filter(plane, size) for plane in ((off > 0.5) * inside, inside))
        rest = self.open[finest] > 0
        rest[part] &= ~((shares[..., 0] < 0.9) & (wrong <= WRONG * np.maximum(near, 1e-3)))
        self._open(rest)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(width, 0) * max(height, 0)
    return shared / (one.width * one.height + other.width * other.height - shared)


def _most(words: np.ndarray, weights: np.ndarray) -> int:
    return int(np.bincount(words.ravel(), weights.ravel(), len(_WORDS)).argmax())


def _off(seen: np.ndarray, expected: np.ndarray, through: np.ndarray | float = 0.0) -> np.ndarray:
    """0 where a colour is right, whatever shines through, up to 1 where it isn't."""
    rest = seen - expected
    rest -= np.clip(rest, 0, through)
    return np.minimum((rest**2).sum(-1) / OFF**2, 1)


def _resized(plane: np.ndarray, side: int) -> np.ndarray:
    """Area means, `(side, side)` float32."""
    return np.asarray(Image.fromarray(plane).resize((side, side), Image.Resampling.BOX))


def _level(side: int) -> int:
    """Pixels a side of the level that a box of `side` pixels shows, as pictures are composed."""
    return 1 << (side * (4 if side < 32 else 2) - 1).bit_length()


@dataclass(frozen=True, eq=False)
class _Stamp:
    """A subject at a size in pixels.

    Attributes:
        palette: Its inks.
        main: The number of the main one.
        shares: Of the inks in each pixel, `(side, side, inks)` float32; the first is what is transparent.
        ring: Which transparent pixels lie close around it, `(side, side)` bool.
        nearest: Rows and columns of the nearest pixel of the subject, `(2, side, side)`.
    """

    palette: Palette
    main: int
    shares: np.ndarray
    ring: np.ndarray
    nearest: np.ndarray


def _shares(subject: str, side: int, level: int) -> tuple[Palette, np.ndarray]:
    """The palette of a subject, and the shares of its inks, of a level reduced."""
    text, inks = render_layer(subject, level)
    palette = parse_palette(text)
    planes = ((inks == number).astype(np.float32) for number in range(len(palette.inks)))
    return palette, np.dstack([_resized(plane, side) for plane in planes])


@lru_cache(maxsize=4096)  # 10 to 100 kB each
def _stamp(subject: str, side: int, level: int, mirrored: bool = False) -> _Stamp:
    if mirrored:
        one = _stamp(subject, side, level)
        nearest = one.nearest[:, :, ::-1].copy()
        nearest[1] = side - 1 - nearest[1]
        return replace(one, shares=one.shares[:, ::-1], ring=one.ring[:, ::-1], nearest=nearest)
    palette, shares = _shares(subject, side, level)
    far, nearest = ndimage.distance_transform_edt(shares[..., 0] >= 0.5, return_indices=True)
    ring = (shares[..., 0] > 0.9) & (far <= max(2, side / 16))
    return _Stamp(palette, main_ink(palette, render_layer(subject, 256)[1]), shares, ring, nearest)


@lru_cache(maxsize=1 << 14)
def _inks(subject: str, colour: str) -> np.ndarray:
    """The colours of the inks of a subject in a colour (empty: its own), `(inks, 3)` float32."""
    text, inks = render_layer(subject, 256)
    palette = parse_palette(text)
    names = np.array(palette.inks, dtype=object)
    if colour and colour != names[main_ink(palette, inks)]:
        new, numbers = recoloured(palette, inks, colour)
        names[inks] = np.array(new.inks, dtype=object)[numbers]
    return np.array([colour_of(ink)[:3] for ink in names], dtype=np.float32) / 255


def _edges(colours: np.ndarray) -> np.ndarray:
    """How strong the edges of each direction are, `(height, width, DIRECTIONS)` float32, of colours `(height, width,
    3)` from 0 to 1, whichever side is the lighter one."""
    padded = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]
    # the direction in which the colour changes most (Di Zenzo, 1986)
    xx, yy, xy = (across**2).sum(-1), (down**2).sum(-1), (across * down).sum(-1)
    root = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    strength = np.minimum(np.sqrt((xx + yy + root) / 2) / STRONG, 1)
    angle = np.arctan2(2 * xy, xx - yy) / (2 * np.pi) * DIRECTIONS  # of DIRECTIONS in half a turn
    off = np.abs((angle[..., None] - np.arange(DIRECTIONS) + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
    return (strength[..., None] * (1 - off).clip(0)).astype(np.float32)


@lru_cache(maxsize=256)
def _bins(side: int, places: int, step: int, whole: int) -> np.ndarray:
    """What makes means over the bins of windows of `side` pixels, `step` apart: `(places * BINS, whole)` float32."""
    starts = (np.arange(places)[:, None] * step + np.arange(BINS) * side / BINS).reshape(-1, 1)
    pixels = np.arange(whole)
    shared = np.minimum(pixels + 1, starts + side / BINS) - np.maximum(pixels, starts)
    return (shared.clip(0) * BINS / side).astype(np.float32)


def _windows(planes: np.ndarray, cells: int, scale: int) -> np.ndarray:
    """Of all places of a box of `cells`, means of planes `(side, side, n)` in its bins, `(places, BINS * BINS * n)`."""
    side, count = len(planes), planes.shape[2]
    places = side // scale + 1 - cells
    bins = _bins(cells * scale, places, scale, side)
    means = np.matmul(bins, (bins @ planes.reshape(side, -1)).reshape(places * BINS, side, count))
    means = means.reshape(places, BINS, places, BINS, count).transpose(0, 2, 1, 3, 4)
    return means.reshape(places * places, BINS * BINS * count)


@lru_cache(maxsize=96)
def _templates(names: tuple[str, ...], side: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of subjects in each look, as they are and mirrored, `(looks * names * 2, features)`, and their squares by
    bin."""
    rows = []
    for look in LOOKS:
        for name in names:
            shares = _stamp(name, side, level).shares
            colours = shares[..., 1:] @ _inks(name, look)[1:] + NEUTRAL * shares[..., :1]
            edges = _edges(colours)
            for one in (edges, edges[:, ::-1, _MIRRORED]):
                rows.append(np.sqrt(_windows(one, 1, side)[0]))
    templates = np.stack(rows)
    return templates, (templates**2).reshape(len(rows), BINS * BINS, DIRECTIONS).sum(-1)


def _proposed(view: _View, names: tuple[str, ...], touched_only: bool) -> list[_Guess]:
    """The boxes whose open edges are most like those of subjects, of all, or of those that are not open whole."""
    scores, guesses = [], []
    finest = view.scales[0]
    for cells in range(-(-LEAST // finest), GRID + 1):
        scale = view.scale_of(cells)
        is_open = ndimage.minimum_filter(view.open[scale], footprint=_CROSS)[..., None]
        features, shares = np.sqrt(_windows(view.edges[scale] * is_open, cells, scale)), _windows(is_open, cells, scale)
        lengths, share = np.linalg.norm(features, axis=1), shares.mean(1)
        rows = np.nonzero((lengths > FAINT) & (share > LEAST_OPEN / 2) & ((share < 0.999) | (not touched_only)))[0]
        if not len(rows):  # templates take seconds to make
            continue
        templates, squares = _templates(names, cells * scale, view.level_of(cells))
        shown = np.sqrt(shares[rows] @ squares.T)
        like = features[rows] @ templates.T
        like /= shown * (CLUTTER * lengths[rows, None] + (1 - CLUTTER) * shown + FAINT) + 1e-6
        like[shown**2 < LEAST_OPEN * squares.sum(1)] = 0
        best = like.reshape(len(rows), len(LOOKS), 2 * len(names)).max(1)
        row, number = np.nonzero(best > LIKE)
        y, x = np.divmod(rows[row], GRID + 1 - cells)
        scores.append(best[row, number])
        guesses.append(np.stack([number, np.full_like(x, cells), x, y], 1))
    if not scores:
        return []
    order = np.argsort(-np.concatenate(scores), kind="stable")[:KEPT]
    return [
        _Guess(names[number // 2], bool(number % 2), cells, float(x), float(y))
        for number, cells, x, y in np.concatenate(guesses)[order].tolist()
    ]
