"""Seeing: which subjects a picture in colours shows, where, how large, mirrored or not, and in which colour.

Boxes of whole plan cells are proposed by the directions of their edges, as in histograms of oriented gradients (Dalal
and Triggs, 2005); then the inks of each proposal are held against the pixels. What fits best is seen, its pixels are
done with, and the rest is looked at again, so that what is partly hidden is judged by what of it can be seen.
Needs the `check` extra. Knows pictures and subjects. Knows nothing about models, prompts or what was asked for: it
shares nothing with what draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from tiledraw.common.extras import needs
from tiledraw.data.layers import render_layer
from tiledraw.drawing.attributes import main_ink, recoloured
from tiledraw.format.palettes import Palette, colour_of, parse_palette
from tiledraw.language.attributes import COLOURS
from tiledraw.language.boxes import Box
from tiledraw.language.plan import GRID

with needs("check"):
    from scipy import ndimage

SURE = 0.6  # the least score of what is seen
LEAST = 12  # pixels a side of the smallest subjects that are looked for
CLOSE = 24  # pixels a side of a box at which it is looked at, at least, if the picture has so many
BINS = 16  # places of edges along a side of a box
DIRECTIONS = 4
STRONG = 0.35  # a step of colour, of 1, beyond which an edge is no stronger
CLUTTER = 0.75  # how much other edges in a box speak against a subject: 1 as in a cosine, 0 not at all
FAINT = 0.5  # length of the edges of a box that says nothing
KEPT = 400
ROUNDS = 4
OFF = 0.25  # a distance of colours, of red, green and blue from 0 to 1, that is no longer the same colour
LEAST_SHOWN = 0.15
SHOWN = 0.25  # share of a subject that must be open to be judged
DOUBT = 3.0
RING = 0.5  # what a pixel around a subject weighs, of one in it
NEUTRAL = 0.6  # gray around subjects while their edges are learned

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
_WORDS = tuple(COLOURS)
_COLOURS = np.array([colour_of(word)[:3] for word in _WORDS], dtype=np.float32) / 255


@dataclass(frozen=True)
class Sighting:
    """A subject that was seen.

    Attributes:
        subject: Its name.
        box: The square that holds it, in pixels of the picture, of which it may lie outside in part.
        mirrored: Whether it is.
        colour: The colour word of its main ink.
        score: How much of what is there it explains, up to 1.
        shown: Which share of it nothing that was seen hides, up to 1.
    """

    subject: str
    box: Box
    mirrored: bool
    colour: str
    score: float
    shown: float
    gain: float = 0


@dataclass(frozen=True, eq=False)
class Stamp:
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


@dataclass(frozen=True, eq=False)
class Guess:
    """A subject in a box, held against a picture."""

    subject: str
    mirrored: bool
    cells: int
    x: int
    y: int
    score: float = 0.0
    gain: float = 0.0
    shown: float = 0.0
    colour: str = ""
    wrong: np.ndarray | None = None


def see(picture: np.ndarray, subjects: Sequence[str], sure: float = SURE) -> list[Sighting]:
    """The subjects that a picture shows, in the order in which they were seen.

    Args:
        picture: `(height, width, 3)` uint8. One that is not square lies where `Canvas` says in its square.
        subjects: Names to look for.
        sure: The least score.
    """
    names = tuple(dict.fromkeys(subjects))
    side = len(picture)
    view = View(picture)
    seen: list[Guess] = []
    for _ in range(ROUNDS):
        guesses = [view.judged(guess) for guess in _proposed(view, names, side)]
        new = _chosen(view, guesses, sure)
        seen += new
        if not new:
            break
    unit = side / GRID
    return [
        Sighting(
            one.subject,
            Box(*(round(edge * unit) for edge in (one.x, one.y, one.x + one.cells, one.y + one.cells))),
            one.mirrored,
            one.colour,
            one.score,
            one.shown,
            one.gain,
        )
        for one in seen
    ]


def _chosen(view: View, guesses: list[Guess], sure: float) -> list[Guess]:
    chosen = []
    while guesses := [one for one in guesses if one.score >= sure and one.gain >= GAIN]:
        best = max(guesses, key=lambda one: one.score * one.cells**LARGER)
        chosen.append(best)
        view.close(best)
        guesses = [view.judged(one) if _touch(one, best) else one for one in guesses if one is not best]
    return chosen

LARGER = 0.1
WRONG = 0.35
LOOKS = ("", "espresso")
GAIN = 12.0

def _touch(one: Guess, other: Guess) -> bool:
    return (
        one.x < other.x + other.cells
        and other.x < one.x + one.cells
        and one.y < other.y + other.cells
        and other.y < one.y + one.cells
    )


class View:
    """A picture at several sizes, and which pixels of it are open, that is, not yet explained."""

    def __init__(self, picture: np.ndarray) -> None:
        finest = 1
        while finest * GRID < len(picture):
            finest *= 2
        self.scales = [finest >> number for number in range(finest.bit_length())]  # pixels of a cell
        self.colours = {scale: _reduced(picture, scale * GRID) for scale in self.scales}
        self.edges = {scale: edges(colours) for scale, colours in self.colours.items()}
        self.words = {}
        for scale, colours in self.colours.items():
            flat = colours.reshape(-1, 3)
            far = (_COLOURS**2).sum(1) - 2 * flat @ _COLOURS.T
            self.words[scale] = far.argmin(1).astype(np.uint8).reshape(colours.shape[:2])
        self.open = {scale: np.ones((scale * GRID, scale * GRID), dtype=np.float32) for scale in self.scales}

    def scale_for(self, cells: int) -> int:
        return min([scale for scale in self.scales if scale * cells >= CLOSE], default=self.scales[0])

    def level(self, cells: int) -> int:
        return min(_level(cells * self.scales[0]), max(256, _level(cells * self.scale_for(cells))))

    def judged(self, guess: Guess) -> Guess:
        """A guess held against what is open."""
        scale = self.scale_for(guess.cells)
        rows, columns = (slice(at * scale, (at + guess.cells) * scale) for at in (guess.y, guess.x))
        if scale < self.scales[0] and self.open[scale][rows, columns].mean() < 0.9:
            scale *= 2  # what is partly hidden is looked at more closely
        rows, columns = (slice(at * scale, (at + guess.cells) * scale) for at in (guess.y, guess.x))
        stamp = stamp_of(guess.subject, guess.cells * scale, self.level(guess.cells), guess.mirrored)
        seen, words = self.colours[scale][rows, columns], self.words[scale][rows, columns]
        is_open = self.open[scale][rows, columns]
        through = stamp.shares[..., :1]
        opacity = 1 - through[..., 0]
        weights = is_open * opacity
        total = opacity.sum()
        shown = float(weights.sum() / total)
        if shown < SHOWN:
            return Guess(guess.subject, guess.mirrored, guess.cells, guess.x, guess.y)
        plain = _COLOURS[np.bincount(words.ravel(), weights.ravel(), len(_WORDS)).argmax()]
        alone = _off(seen, opacity[..., None] * plain, through)
        main = _COLOURS[
            word := int(np.bincount(words.ravel(), (is_open * stamp.shares[..., stamp.main] ** 4).ravel(), len(_WORDS)).argmax())
        ]
        own = stamp.palette.inks[stamp.main]
        looks = [own] if _WORDS[word] == own else [own, _WORDS[word]]
        ring = RING * (stamp.ring & (is_open > 0.5))
        best = None
        for look in looks:
            colours = look_of(guess.subject, look)
            expected = stamp.shares[..., 1:] @ colours[1:]
            off = _off(seen, expected, through)
            border = expected[stamp.nearest[0], stamp.nearest[1]]
            same = ring * (1 - np.minimum(((seen - border) ** 2).sum(-1) / OFF**2, 1))
            spoken, left = (weights * alone).sum() + ring.sum() / 2, (weights * off).sum() + same.sum()
            score = 1 - (left + 0.01 * total + DOUBT) / (spoken + 0.01 * total + DOUBT)
            if best is None or score > best.score:
                best = Guess(
                    guess.subject, guess.mirrored, guess.cells, guess.x, guess.y,
                    float(score), float(spoken - left), shown, look, off,
                )
        return best

    def close(self, guess: Guess) -> None:
        """Closes the pixels that a subject explains, and stray wrong ones among them."""
        finest = self.scales[0]
        side = guess.cells * finest
        stamp = stamp_of(guess.subject, side, self.level(guess.cells), guess.mirrored)
        rows, columns = (slice(at * finest, (at + guess.cells) * finest) for at in (guess.y, guess.x))
        through = stamp.shares[..., :1]
        off = _off(self.colours[finest][rows, columns], stamp.shares[..., 1:] @ look_of(guess.subject, guess.colour)[1:], through)
        opacity = 1 - through[..., 0]
        inside = (opacity > 0.5).astype(np.float32)
        size = max(3, side // 20) | 1
        wrong = ndimage.uniform_filter((off > 0.5) * inside, size)
        done = (opacity > 0.1) & (wrong <= WRONG * np.maximum(ndimage.uniform_filter(inside, size), 1e-3))
        self.open[finest][rows, columns][done] = 0
        for scale in self.scales[1:]:
            side = scale * GRID
            self.open[scale] = (_resized(self.open[finest], side) > 0.8).astype(np.float32)


def _resized(plane: np.ndarray, side: int) -> np.ndarray:
    """Area means, `(side, side)` float32."""
    return np.asarray(Image.fromarray(plane).resize((side, side), Image.Resampling.BOX))


def _off(seen: np.ndarray, expected: np.ndarray, through: np.ndarray) -> np.ndarray:
    """0 where a colour is right, up to 1 where it isn't, whatever shines through."""
    rest = seen - expected
    rest -= np.clip(rest, 0, through)
    return np.minimum((rest**2).sum(-1) / OFF**2, 1)


def _reduced(picture: np.ndarray, side: int) -> np.ndarray:
    image = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float32) / 255


def _level(side: int) -> int:
    """Pixels a side of the level that a box of `side` pixels shows, as pictures are composed."""
    return 1 << (side * (4 if side < 32 else 2) - 1).bit_length()


@lru_cache(maxsize=1 << 15)
def stamp_of(subject: str, side: int, level: int, mirrored: bool = False) -> Stamp:
    """A subject at a size."""
    if mirrored:
        one = stamp_of(subject, side, level)
        nearest = one.nearest[:, :, ::-1].copy()
        nearest[1] = side - 1 - nearest[1]
        return Stamp(one.palette, one.main, one.shares[:, ::-1], one.ring[:, ::-1], nearest)
    text, inks = render_layer(subject, level)
    palette = parse_palette(text)
    shares = np.dstack(
        [
            _resized((inks == number).astype(np.float32), side)
            for number in range(len(palette.inks))
        ]
    )
    solid = shares[..., 0] < 0.5
    far, nearest = ndimage.distance_transform_edt(~solid, return_indices=True)
    ring = (shares[..., 0] > 0.9) & (far <= max(2, side / 16))
    return Stamp(palette, main_ink(palette, inks), shares, ring, nearest)


@lru_cache(maxsize=1 << 15)
def look_of(subject: str, colour: str) -> np.ndarray:
    """The colours of the inks of a subject in another colour, `(inks, 3)` float32."""
    text, inks = render_layer(subject, 256)
    palette = parse_palette(text)
    names = np.array(palette.inks, dtype=object)
    if colour and colour != names[main_ink(palette, inks)]:
        new, numbers = recoloured(palette, inks, colour)
        names[inks] = np.array(new.inks, dtype=object)[numbers]
    return np.array([colour_of(ink)[:3] for ink in names], dtype=np.float32) / 255


def edges(colours: np.ndarray) -> np.ndarray:
    """How strong the edges of each direction are, `(height, width, DIRECTIONS)` float32, of colours `(height, width,
    3)` from 0 to 1, whichever side is the lighter one."""
    padded = np.pad(colours, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]
    # the direction in which the colour changes most (Di Zenzo, 1986)
    xx, yy, xy = (across**2).sum(-1), (down**2).sum(-1), (across * down).sum(-1)
    root = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    strength = np.minimum(np.sqrt((xx + yy + root) / 2) / STRONG, 1)
    angle = np.arctan2(2 * xy, xx - yy) / (2 * np.pi) * DIRECTIONS  # of DIRECTIONS in half a turn
    near = 1 - np.abs((angle[..., None] - np.arange(DIRECTIONS) + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
    return (strength[..., None] * near.clip(0)).astype(np.float32)


def _bins(side: int, places: int, step: int, whole: int) -> np.ndarray:
    """Means over the bins of windows: `(places * BINS, whole)` float32."""
    starts = (np.arange(places)[:, None] * step + np.arange(BINS) * side / BINS).reshape(-1, 1)
    pixels = np.arange(whole)
    shared = np.minimum(pixels + 1, starts + side / BINS) - np.maximum(pixels, starts)
    return (shared.clip(0) * BINS / side).astype(np.float32)


def _windows(planes: np.ndarray, cells: int, scale: int) -> np.ndarray:
    """Of all places of a box of `cells`, the means of planes `(side, side, n)` in its bins, `(places, BINS * BINS *
    n)`."""
    side, count = len(planes), planes.shape[2]
    places = GRID + 1 - cells
    bins = _bins(cells * scale, places, scale, side)
    means = np.matmul(bins, (bins @ planes.reshape(side, -1)).reshape(places * BINS, side, count))
    means = means.reshape(places, BINS, places, BINS, count).transpose(0, 2, 1, 3, 4)
    return means.reshape(places * places, BINS * BINS * count)


@lru_cache(maxsize=64)
def _templates(names: tuple[str, ...], side: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of subjects and of these mirrored, `(2 * names, features)`, and their squares by bin."""
    bins, rows = _bins(side, 1, 1, side), []
    for name in names:
        shares = stamp_of(name, side, level).shares
        for look in LOOKS:
            colours = look_of(name, look)
            colours = shares[..., 1:] @ colours[1:] + NEUTRAL * shares[..., :1]
            for one in (colours, colours[:, ::-1]):
                rows.append(np.sqrt(np.einsum("ai,ijd,bj->abd", bins, edges(one), bins, optimize=True)).reshape(-1))
    templates = np.stack(rows)
    squares = (templates**2).reshape(len(rows), BINS * BINS, DIRECTIONS).sum(-1)
    return templates, squares


def _proposed(view: View, names: tuple[str, ...], side: int) -> list[Guess]:
    """The boxes whose open edges are most like those of subjects."""
    scores, guesses = [], []
    for cells in range(-(-LEAST * GRID // side), GRID + 1):
        scale = view.scale_for(cells)
        templates, squares = _templates(names, cells * scale, view.level(cells))
        is_open = ndimage.minimum_filter(view.open[scale], footprint=_CROSS)[..., None]
        features = np.sqrt(_windows(view.edges[scale] * is_open, cells, scale))
        shown = np.sqrt(_windows(is_open, cells, scale) @ squares.T)
        length = np.linalg.norm(features, axis=1)[:, None]
        score = (features @ templates.T) / (shown * (CLUTTER * length + (1 - CLUTTER) * shown + FAINT) + 1e-6)
        score[shown**2 < LEAST_SHOWN * squares.sum(1)] = 0
        score = score.reshape(len(score), len(names), len(LOOKS), 2).max(2).reshape(len(score), -1)
        place, number = np.nonzero(score > 0.45)
        scores.append(score[place, number])
        y, x = np.divmod(place, GRID + 1 - cells)
        guesses.append(np.stack([number, np.full_like(x, cells), x, y], 1))
    scores, guesses = np.concatenate(scores), np.concatenate(guesses)
    best = np.argsort(-scores, kind="stable")[:KEPT]
    return [Guess(names[number // 2], bool(number % 2), cells, x, y) for number, cells, x, y in guesses[best].tolist()]
