"""The grammar: documents as segments, which ids are given and which are drawn, and back again.

Flat:    user prompt | think | 1024 pixels
Layout:  user prompt | think (the plan) | 64 pixels of the coarse pass
Refusal: user prompt | think (`unknown: ...`); a layout that ends there
Tile:    [layout as context] | think (which tile, what is in it) | pixels woven with thought, guide and borders

Training (ids and loss mask), decoding (what is forced, what is drawn) and parsing all use `segments` and `tokenise`.
Knows words and codes, and how a tile's think step reads. Knows nothing about models, and not how plans or guides come
about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiledraw.pixels import LEVELS
from tiledraw.pyramid import ABSENT, COARSE, GUIDE, TILE, UNITS, Borders
from tiledraw.think import read_contents
from tiledraw.vocabulary import (
    BOTTOM,
    END_THINK,
    IM_END,
    IM_START,
    NONE,
    ROW0,
    ROW_WORDS,
    THINK,
    TOP,
    VISION_END,
    VISION_START,
    Vocabulary,
)

UNKNOWN = "unknown:"  # a plan line that starts so says what of the prompt can't be drawn
DRAW = -1  # stands where the model draws a pixel
RUN = TILE // GUIDE  # pixels after each guide pixel
SPAN = TILE // UNITS  # pixels that a thought is about
# A row of a tile: row token, left and right border pixel, then eight times: what is there, where in it, and twice a
# guide pixel and the two pixels that it is about.
ROW = 3 + UNITS * (2 + SPAN + SPAN // RUN)
_spans = np.arange(3, ROW).reshape(UNITS, -1)
THERE, WHERE = _spans[:, 0], _spans[:, 1]  # (8,) columns of a row
GUIDES = _spans[:, 2 :: 1 + RUN].ravel()  # (16,)
PIXELS = np.setdiff1d(_spans[:, 2:], GUIDES)  # (32,)
WORD = 1024  # codes from here on stand for the words of a segment


class GrammarError(ValueError):
    """A list of tokens is no document."""


@dataclass(frozen=True, eq=False)
class FlatDocument:
    """The baseline. `think` and `pixels` (32, 32) uint8 are None until they are drawn."""

    prompt: str
    think: str | None = None
    pixels: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class LayoutDocument:
    """Layout and coarse pass. `given` is what the think step starts with, such as the canvas line; `think` and
    `pixels` (8, 8) uint8 are None until they are drawn."""

    prompt: str
    given: str = ""
    think: str | None = None
    pixels: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TileDocument:
    """One tile: its think step and guide (17, 16) int16 are given, `pixels` (32, 32) uint8 are None until drawn."""

    think: str
    guide: np.ndarray
    borders: Borders = Borders()
    pixels: np.ndarray | None = None
    context: LayoutDocument | None = None


Document = FlatDocument | LayoutDocument | TileDocument


@dataclass(frozen=True, eq=False)
class Segment:
    """A stretch of a document: one frame word, a text, or an array of codes in which DRAW stands for a free pixel.

    `content` is None for a text that is still to be drawn; `drawn` says whether the model draws it, code by code for
    pixels (also where they are already known, as in training).
    """

    kind: str  # "word", "text" or "pixels"
    name: str
    content: str | np.ndarray | None
    drawn: bool | np.ndarray
    words: tuple[str, ...] = ()  # the code WORD + n is the first token of the n-th of these


def _word(word: str, drawn: bool = False) -> Segment:
    return Segment("word", "frame", word, drawn)


def _text(name: str, text: str | None, drawn: bool = False) -> Segment:
    return Segment("text", name, text, drawn)


def _fill(codes: np.ndarray, pixels: np.ndarray | None, name: str, words: tuple[str, ...] = ()) -> Segment:
    """A segment of pixels: codes whose DRAW places take the pixels in raster order, once they are known."""
    drawn = codes == DRAW
    if pixels is not None:
        codes = codes.copy()
        codes[drawn] = pixels.ravel()
    return Segment("pixels", name, codes, drawn, words)


def weave(think: str, guide: np.ndarray, borders: Borders) -> tuple[np.ndarray, tuple[str, ...]]:
    """A tile's block: its think step, guide and borders woven into 32 rows of pixels still to be drawn.

    Each row says, for every four pixels, what is there (a subject or "nothing") and where in the subject (as a gray
    level: from the left edge to the right one in even rows, from the top to the bottom in odd ones), and for every two
    a guide pixel: its own in even rows, the one beneath in odd rows, so that the model sees what comes next. Present
    bottom and top borders stand before the first row, as rows of their own. Where the think step does not say what is
    there, neither does a row.

    A think step that stands before the pixels only goes unread: a small model does not find out by itself in which of
    its boxes a pixel is (after an hour of training, other names in it changed the bits of a tile by 0.2%).

    Returns:
        Codes, 1D int32, and the words that the codes from WORD on stand for.
    """
    rows = np.full((TILE, ROW), DRAW, dtype=np.int32)
    rows[:, 0] = ROW0 + np.arange(TILE) % len(ROW_WORDS)
    for column, border in ((1, borders.left), (2, borders.right)):
        rows[:, column] = NONE if border is None else border
    rows[:, THERE], rows[:, WHERE], words = _told(think)
    codes = np.where(guide == ABSENT, NONE, guide)  # (17, 16)
    rows[:, GUIDES] = codes[(np.arange(TILE) + RUN // 2) // RUN]
    extra = [
        _border_row(word, codes[guide_row], border)
        for word, guide_row, border in ((BOTTOM, GUIDE, borders.bottom), (TOP, 0, borders.top))
        if border is not None
    ]
    return np.concatenate([*extra, rows.ravel()]), words


def _told(think: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """What each run of four pixels is told: the code of what is there `(32, 8)`, where in it `(32, 8)`; the words."""
    there, where = np.full((2, TILE, UNITS), NONE, dtype=np.int32)
    contents = read_contents(think)
    if contents is None:
        return there, where, ()
    words = tuple(dict.fromkeys(("nothing", *(subject for subject, _ in contents))))
    there[:] = WORD
    for subject, box in contents:  # later ones lie over earlier ones
        left, right = max(0, box.x0), min(UNITS, box.x1)
        top, bottom = SPAN * max(0, box.y0), SPAN * min(UNITS, box.y1)
        if left >= right or top >= bottom:
            continue
        there[top:bottom, left:right] = WORD + words.index(subject)
        across = (np.arange(left, right) + 0.5 - box.x0) / box.width
        down = ((np.arange(top, bottom) + 0.5) / SPAN - box.y0) / box.height
        odd = (np.arange(top, bottom) % 2 == 1)[:, None]
        where[top:bottom, left:right] = (LEVELS * np.where(odd, down[:, None], across[None])).astype(np.int32)
    return there, where, words


def _border_row(word: int, guide: np.ndarray, border: np.ndarray) -> np.ndarray:
    row = np.full(ROW, NONE, dtype=np.int32)
    row[0] = word
    row[GUIDES], row[PIXELS] = guide, border
    return row


def _turn(role: str, *inner: Segment) -> list[Segment]:
    return [_word(IM_START), _text("role", f"{role}\n"), *inner, _word(IM_END)]


def _block(think: str, guide: np.ndarray, borders: Borders, pixels: np.ndarray | None) -> Segment:
    codes, words = weave(think, guide, borders)
    return _fill(codes, pixels, "tile", words)


def segments(document: Document) -> list[Segment]:
    """The segments of a document, in order: what is given and what is drawn."""
    if isinstance(document, TileDocument):
        context = segments(document.context) if document.context else []
        return [_given(segment) for segment in context] + _turn(
            "assistant",
            _word(THINK),
            _text("think", document.think),
            _word(END_THINK),
            _word(VISION_START),
            _block(document.think, document.guide, document.borders, document.pixels),
            _word(VISION_END),
        )
    flat = isinstance(document, FlatDocument)
    side = TILE if flat else COARSE
    picture = [
        _word(VISION_START),
        _fill(np.full(side * side, DRAW, dtype=np.int32), document.pixels, "flat" if flat else "coarse"),
        _word(VISION_END),
    ]
    return [
        *_turn("user", _text("prompt", document.prompt)),
        *_turn(
            "assistant",
            _word(THINK),
            _text("given", "flat\n" if flat else f"layout\n{document.given}"),
            _text("think", document.think, drawn=True),
            _word(END_THINK, drawn=True),
            *([] if is_refusal(document) else picture),
        ),
    ]


def is_refusal(document: Document) -> bool:
    """Whether a layout says that it can't be drawn; such a document has no picture."""
    return isinstance(document, LayoutDocument) and document.think is not None and UNKNOWN in document.think


def _given(segment: Segment) -> Segment:
    return replace(segment, drawn=np.zeros_like(segment.drawn) if segment.kind == "pixels" else False)


def tokenise(parts: Sequence[Segment], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Ids `(T,)` int64 and the loss mask `(T,)` bool (True where the model draws). Free pixels have the id DRAW.

    Ends before a text that is still to be drawn: what comes after it is not known yet.
    """
    ids: list[np.ndarray] = []
    drawn: list[np.ndarray] = []
    for part in parts:
        if part.content is None:
            break
        if part.kind == "word":
            new = np.array([vocabulary.words[part.content]], dtype=np.int64)
        elif part.kind == "text":
            new = np.array(vocabulary.encode(part.content), dtype=np.int64)
        else:
            new = np.where(part.content == DRAW, DRAW, part.content + vocabulary.base).astype(np.int64)
            for number, word in enumerate(part.words):
                new[part.content == WORD + number] = vocabulary.encode(f" {word}")[0]
        ids.append(new)
        drawn.append(np.broadcast_to(part.drawn, new.shape))
    return np.concatenate(ids), np.concatenate(drawn)


class _Reader:
    """Reads ids from left to right; every refusal is a GrammarError that says where."""

    def __init__(self, ids: Sequence[int], vocabulary: Vocabulary) -> None:
        self.ids, self.vocabulary, self.at = [int(i) for i in ids], vocabulary, 0

    def fail(self, expected: str) -> GrammarError:
        found = f"the id {self.ids[self.at]}" if self.at < len(self.ids) else "the end"
        return GrammarError(f"expected {expected} at token {self.at}, found {found}")

    def peek(self) -> int | None:
        return self.ids[self.at] if self.at < len(self.ids) else None

    def word(self, word: str) -> None:
        if self.peek() != self.vocabulary.words[word]:
            raise self.fail(word)
        self.at += 1

    def text(self) -> str:
        start = self.at
        while (i := self.peek()) is not None and self.vocabulary.word(i) is None and self.vocabulary.code(i) is None:
            if not 0 <= i < self.vocabulary.size:
                raise self.fail("an id of the vocabulary")
            self.at += 1
        return self.vocabulary.decode(self.ids[start : self.at])

    def block(self) -> np.ndarray:
        """Ids up to the next frame word."""
        start = self.at
        while (i := self.peek()) is not None and self.vocabulary.word(i) is None:
            if not 0 <= i < self.vocabulary.size:
                raise self.fail("an id of the vocabulary")
            self.at += 1
        return np.array(self.ids[start : self.at], dtype=np.int64)

    def turn(self, role: str) -> str:
        """Reads the start of a turn; text after the role's line is returned."""
        self.word(IM_START)
        text = self.text()
        if not text.startswith(f"{role}\n"):
            raise self.fail(f"a turn of the {role}")
        return text.removeprefix(f"{role}\n")

    def think_and_block(self) -> tuple[str, np.ndarray]:
        self.word(THINK)
        think = self.text()
        self.word(END_THINK)
        if UNKNOWN in think and self.peek() == self.vocabulary.words[IM_END]:
            self.word(IM_END)
            return think, np.zeros(0, dtype=np.int64)
        self.word(VISION_START)
        block = self.block()
        self.word(VISION_END)
        self.word(IM_END)
        return think, block


def _grays(codes: np.ndarray) -> np.ndarray:
    if ((codes < 0) | (codes >= LEVELS)).any():
        raise GrammarError("another word stands where a pixel should be")
    return codes.astype(np.uint8)


def parse_block(think: str, ids: np.ndarray, vocabulary: Vocabulary) -> tuple[np.ndarray, Borders, np.ndarray]:
    """Guide `(17, 16)` int16, borders and pixels `(32, 32)` uint8 of a tile's block: the inverse of `weave`.

    Raises:
        GrammarError: the ids are not what `weave` writes for this think step and any guide, borders and pixels.
    """
    extra = len(ids) - TILE * ROW
    if extra not in (0, ROW, 2 * ROW):
        raise GrammarError(f"a tile has {TILE * ROW} tokens and one or two border rows of {ROW}, not {len(ids)}")
    rows = (ids - vocabulary.base).reshape(-1, ROW)
    heads, rows = rows[: extra // ROW], rows[extra // ROW :]
    edges = {int(head[0]): _grays(head[PIXELS]) for head in heads}
    sides = [None if (rows[:, column] == NONE).all() else _grays(rows[:, column]) for column in (1, 2)]
    borders = Borders(edges.get(TOP), sides[0], sides[1], edges.get(BOTTOM))
    shown = rows[[*range(0, TILE, RUN), TILE - 1]][:, GUIDES]  # (17, 16)
    if (((shown < 0) | (shown >= LEVELS)) & (shown != NONE)).any():
        raise GrammarError("another word stands where a guide pixel should be")
    guide = np.where(shown == NONE, ABSENT, shown).astype(np.int16)
    pixels = _grays(rows[:, PIXELS])
    if not np.array_equal(tokenise([_block(think, guide, borders, pixels)], vocabulary)[0], ids):
        raise GrammarError("row tokens, thoughts, guide pixels or border rows are not where they belong")
    return guide, borders, pixels


def parse(ids: Sequence[int], vocabulary: Vocabulary) -> Document:
    """The document of a list of ids: the inverse of `tokenise(segments(document))`.

    The given and the thought part of a layout's think step come back as one text, in `think`.

    Raises:
        GrammarError: the ids are no document.
    """
    reader = _Reader(ids, vocabulary)
    layout: FlatDocument | LayoutDocument | None = None
    start = reader.vocabulary.encode("user\n")
    if reader.ids[1 : 1 + len(start)] == start:
        prompt = reader.turn("user")
        reader.word(IM_END)
        if reader.turn("assistant"):
            raise reader.fail(THINK)
        think, block = reader.think_and_block()
        codes = block - vocabulary.base
        name, newline, think = think.partition("\n")
        side = {"flat": TILE, "layout": COARSE}.get(name, 0)
        if name == "layout" and newline and UNKNOWN in think and not len(codes) and reader.peek() is None:
            return LayoutDocument(prompt, think=think)
        if not newline or not side or len(codes) != side * side:
            raise GrammarError("an image is 'flat' with 1024 pixels or 'layout' with 64")
        kind = FlatDocument if name == "flat" else LayoutDocument
        layout = kind(prompt, think=think, pixels=_grays(codes).reshape(side, side))
        if is_refusal(layout):
            raise GrammarError("a layout that says what can't be drawn has no picture")
        if reader.peek() is None or isinstance(layout, FlatDocument):
            if reader.peek() is not None:
                raise reader.fail("the end")
            return layout
    if reader.turn("assistant"):
        raise reader.fail(THINK)
    think, block = reader.think_and_block()
    if reader.peek() is not None:
        raise reader.fail("the end")
    guide, borders, pixels = parse_block(think, block, vocabulary)
    return TileDocument(think, guide, borders, pixels, layout)
