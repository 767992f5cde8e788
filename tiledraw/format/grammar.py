"""The grammar: documents as segments, which ids are given and which are drawn, and back again.

Flat:    user prompt | think | 1024 pixels
Layout:  user prompt | think (the plan) | 64 pixels of the coarse pass, woven with the plan
Refusal: user prompt | think (`unknown: ...`); a layout that ends there
Tile:    [layout as context] | think (which tile, what is in it) | pixels woven with thought, guide and borders
Layer:   think (a subject and its inks; of a tile, which one) | pixels woven of blocks (`layers.py`)
Reading: `describe`, with a picture of a hundred pixels or a plan | the answer

Training (ids and loss mask), decoding (what is forced, what is drawn) and parsing all use `segments` and `tokenise`.
Knows words and codes, and the text of plans and think steps. Knows nothing about models, how guides are made, or the
order inside a woven row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import ABSENT, COARSE, TILE, Borders
from tiledraw.common.checks import as_read
from tiledraw.format.layers import (
    INKS,
    LayerDocument,
    LayerError,
    block_row,
    read_think,
    to_blocks,
    unweave_layer,
)
from tiledraw.format.reading import LOOK
from tiledraw.format.think import read_contents
from tiledraw.format.vocabulary import (
    BOTTOM,
    END_THINK,
    IM_END,
    IM_START,
    NONE,
    ROW0,
    THINK,
    TOP,
    VISION_END,
    VISION_START,
    Vocabulary,
)
from tiledraw.format.weaving import DRAW, WORD, weave, woven_row
from tiledraw.language.boxes import PlanError, UnknownSubjectError
from tiledraw.language.first_plan import UNKNOWN, parse_plan

DESCRIBE = "describe"  # what a reading begins with


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
    `pixels` (8, 8) uint8 are None until they are drawn; where only some are, `pixels` are int16, DRAW for the rest."""

    prompt: str
    given: str = ""
    think: str | None = None
    pixels: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TileDocument:
    """One tile: its think step and guide are given, `pixels` are None until drawn; where only some are, they are int16,
    DRAW for the rest. A tile of (32, 32) uint8 has a guide of (17, 16) int16, one of (16, 16) a guide of (9, 8).
    `slipped` are pixels that a model in training reads in place of `pixels`, which it is to draw: some are wrong, as
    its own may be. A `sparse` one is read without what its guide leaves no doubt about."""

    think: str
    guide: np.ndarray
    borders: Borders = Borders()
    pixels: np.ndarray | None = None
    context: LayoutDocument | None = None
    slipped: np.ndarray | None = None
    sparse: bool = False


@dataclass(frozen=True, eq=False)
class ReadingDocument:
    """A step of describing: all is given but the answer `text`, which is None until it is drawn. `pixels` are an
    overview (8, 8) or a look (10, 10), uint8; or None, and `asked` holds a language and a plan to put into words."""

    pixels: np.ndarray | None = None
    asked: str = ""
    text: str | None = None


Document = FlatDocument | LayoutDocument | TileDocument | LayerDocument | ReadingDocument


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
    words: tuple[str, ...] = ()  # the codes WORD + 65 n and so on are of the n-th of these
    width: int = 0  # codes a row


def _word(word: str, drawn: bool = False) -> Segment:
    return Segment("word", "frame", word, drawn)


def _text(name: str, text: str | None, drawn: bool = False) -> Segment:
    return Segment("text", name, text, drawn)


def _fill(codes: np.ndarray, pixels: np.ndarray | None, name: str, width: int, words: tuple[str, ...] = ()) -> Segment:
    """A segment of pixels: codes whose DRAW places take the pixels in raster order, once they are known."""
    drawn = codes == DRAW
    if pixels is not None:
        codes = codes.copy()
        codes[drawn] = pixels.ravel()
    return Segment("pixels", name, codes, drawn, words, width)


def _turn(role: str, *inner: Segment) -> list[Segment]:
    return [_word(IM_START), _text("role", f"{role}\n"), *inner, _word(IM_END)]


def _tile(think: str, guide: np.ndarray, borders: Borders, pixels: np.ndarray | None) -> Segment:
    side = 2 * guide.shape[1]
    codes, words = weave(read_contents(think), side, guide, borders)
    return _fill(codes, pixels, "tile", woven_row(side).length, words)


def _coarse(think: str | None, pixels: np.ndarray | None) -> Segment:
    """The coarse pass, of which every pixel is a cell of the plan grid."""
    try:
        contents = [(placement.subject, placement.box) for placement in parse_plan(think or "").placements]
    except (PlanError, UnknownSubjectError):
        contents = None
    codes, words = weave(contents, COARSE)
    return _fill(codes, pixels, "coarse", woven_row(COARSE, False).length, words)


def _layer(document: LayerDocument) -> list[Segment]:
    """The coarse pass draws its ink list, too; a tile is given it."""
    first = document.tile.level == 0
    codes = document.woven[0].copy()
    drawn = codes == DRAW
    width = 1 + 2 * COARSE if first else block_row(document.tile.side).length
    codes[drawn] = to_blocks(document.known if document.pixels is None else document.pixels)
    return _turn(
        "assistant",
        _word(THINK),
        _text("given", f"{document.subject}{INKS.rstrip()}"),
        _text("inks", None if document.inks is None else f" {document.inks}", drawn=first),
        *([] if first else [_text("place", document.place)]),
        _word(END_THINK, drawn=first),
        _word(VISION_START),
        Segment("pixels", "layer", codes, drawn, (document.subject,), width),
        _word(VISION_END),
    )


def _shown(pixels: np.ndarray) -> Segment:
    """A picture to read, in raster order. The rows of an overview begin with row tokens, since where a pixel is counts
    there; those of a look do without, to be short."""
    codes = pixels.astype(np.int32)
    if len(codes) == COARSE:
        codes = np.column_stack([ROW0 + np.arange(COARSE), codes])
    return Segment("pixels", "shown", codes.ravel(), np.zeros(codes.size, dtype=bool), width=codes.shape[1])


def _reading(document: ReadingDocument) -> list[Segment]:
    asked = _text("prompt", " ".join(filter(None, (DESCRIBE, document.asked))))
    shown = [] if document.pixels is None else [_word(VISION_START), _shown(document.pixels), _word(VISION_END)]
    answer = _turn("assistant", _text("answer", document.text, drawn=True))
    return [*_turn("user", asked, *shown), *answer[:-1], _word(IM_END, drawn=True)]


def segments(document: Document) -> list[Segment]:
    """The segments of a document, in order: what is given and what is drawn."""
    if isinstance(document, ReadingDocument):
        return _reading(document)
    if isinstance(document, LayerDocument):
        return _layer(document)
    if isinstance(document, TileDocument):
        context = segments(document.context) if document.context else []
        return [_given(segment) for segment in context] + _turn(
            "assistant",
            _word(THINK),
            _text("think", document.think),
            _word(END_THINK),
            _word(VISION_START),
            _tile(document.think, document.guide, document.borders, document.pixels),
            _word(VISION_END),
        )
    flat = isinstance(document, FlatDocument)
    if flat:
        picture = _fill(np.full(TILE * TILE, DRAW, dtype=np.int32), document.pixels, "flat", TILE)
    else:
        picture = _coarse(document.think, document.pixels)
    return [
        *_turn("user", _text("prompt", as_read(document.prompt))),
        *_turn(
            "assistant",
            _word(THINK),
            _text("given", "flat\n" if flat else f"layout\n{document.given}"),
            _text("think", document.think, drawn=True),
            _word(END_THINK, drawn=True),
            *([] if is_refusal(document) else [_word(VISION_START), picture, _word(VISION_END)]),
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
            told = part.content >= WORD
            things = [thing for word in part.words for thing in vocabulary.things(word)]
            new[told] = np.array(things, dtype=np.int64)[part.content[told] - WORD]
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
            if not 0 <= i < self.vocabulary.rows:
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

    def reading(self, prompt: str, block: np.ndarray | None, text: str) -> ReadingDocument:
        """The rest of a reading of which all but the end is read."""
        self.word(IM_END)
        name, space, asked = prompt.partition(" ")
        if self.peek() is not None or name != DESCRIBE or bool(space) != bool(asked):
            raise GrammarError("an answer without a think step answers `describe`, and nothing comes after it")
        return ReadingDocument(None if block is None else self._pixels(block), asked, text)

    def _pixels(self, block: np.ndarray) -> np.ndarray:
        """The pixels of a picture to read: the inverse of `_shown`."""
        codes = block - self.vocabulary.base
        if len(codes) == LOOK * LOOK:
            return _grays(codes).reshape(LOOK, LOOK)
        if len(codes) != COARSE * (COARSE + 1):
            raise GrammarError(f"a picture to read has 8x8 pixels with row tokens or 10x10, not {len(codes)} tokens")
        rows = codes.reshape(COARSE, COARSE + 1)
        if not np.array_equal(rows[:, 0], ROW0 + np.arange(COARSE)):
            raise GrammarError("row tokens are not where they belong")
        return _grays(rows[:, 1:])


def _grays(codes: np.ndarray) -> np.ndarray:
    if ((codes < 0) | (codes >= LEVELS)).any():
        raise GrammarError("another word stands where a pixel should be")
    return codes.astype(np.uint8)


def parse_tile(think: str, ids: np.ndarray, vocabulary: Vocabulary) -> tuple[np.ndarray, Borders, np.ndarray]:
    """Guide, borders and pixels of a tile's block (see `TileDocument` for shapes): the inverse of `weave`.

    Raises:
        GrammarError: the ids are not what `weave` writes for this think step and any guide, borders and pixels.
    """
    sizes = ((side, woven_row(side)) for side in (TILE // 2, TILE))
    fitting = [(side, row) for side, row in sizes if len(ids) - side * row.length in (0, row.length, 2 * row.length)]
    if not fitting:
        raise GrammarError(f"a tile has 16 or 32 woven rows and one or two border rows, not {len(ids)} tokens")
    ((side, row),) = fitting
    rows = (ids - vocabulary.base).reshape(-1, row.length)
    heads, rows = rows[:-side], rows[-side:]
    edges = {int(head[0]): _grays(head[row.pixels]) for head in heads}
    sides = [None if (rows[:, column] == NONE).all() else _grays(rows[:, column]) for column in (1, 2)]
    borders = Borders(edges.get(TOP), sides[0], sides[1], edges.get(BOTTOM))
    shown = rows[[*range(0, side, 2), side - 1]][:, row.guides]  # (side / 2 + 1, side / 2)
    if (((shown < 0) | (shown >= LEVELS)) & (shown != NONE)).any():
        raise GrammarError("another word stands where a guide pixel should be")
    guide = np.where(shown == NONE, ABSENT, shown).astype(np.int16)
    pixels = _grays(rows[:, row.pixels])
    _check_woven(_tile(think, guide, borders, pixels), ids, vocabulary)
    return guide, borders, pixels


def parse_layer(think: str, ids: np.ndarray, vocabulary: Vocabulary) -> LayerDocument:
    """A layer's document from its think step and the ids between its vision words.

    Raises:
        GrammarError: the ids are not what `weave_layer` writes for this think step and any guide, borders and pixels.
    """
    codes = ids - vocabulary.base
    try:
        subject, inks, tile = read_think(think)
        things = np.array(vocabulary.things(subject))
        if len(set(things.tolist())) > 1:
            codes = np.where(np.isin(ids, things[1:]), WORD, codes)
        document = unweave_layer(LayerDocument(subject, inks, tile), codes)
    except LayerError as error:
        raise GrammarError(str(error)) from None
    segment = next(one for one in segments(document) if one.kind == "pixels")
    _check_woven(segment, ids, vocabulary)
    return document


def _check_woven(segment: Segment, ids: np.ndarray, vocabulary: Vocabulary) -> None:
    if not np.array_equal(tokenise([segment], vocabulary)[0], ids):
        raise GrammarError("row tokens, thoughts, guide pixels or border rows are not where they belong")


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
        prompt, shown = reader.turn("user"), None
        if reader.peek() == vocabulary.words[VISION_START]:
            reader.word(VISION_START)
            shown = reader.block()
            reader.word(VISION_END)
        reader.word(IM_END)
        answer = reader.turn("assistant")
        if shown is not None or reader.peek() == vocabulary.words[IM_END]:
            return reader.reading(prompt, shown, answer)
        if answer:
            raise reader.fail(THINK)
        think, block = reader.think_and_block()
        codes = block - vocabulary.base
        name, newline, think = think.partition("\n")
        if name == "layout" and newline and UNKNOWN in think and not len(codes) and reader.peek() is None:
            return LayoutDocument(prompt, think=think)
        row = woven_row(COARSE, False)
        size = {"flat": TILE * TILE, "layout": COARSE * row.length}.get(name)
        if not newline or len(codes) != size:
            raise GrammarError("an image is 'flat' with 1024 pixels or 'layout' with 64 woven ones")
        if name == "flat":
            layout = FlatDocument(prompt, think, _grays(codes).reshape(TILE, TILE))
        else:
            pixels = _grays(codes.reshape(COARSE, row.length)[:, row.pixels])
            layout = LayoutDocument(prompt, think=think, pixels=pixels)
            if is_refusal(layout):
                raise GrammarError("a layout that says what can't be drawn has no picture")
            _check_woven(_coarse(think, pixels), block, vocabulary)
        if reader.peek() is None or isinstance(layout, FlatDocument):
            if reader.peek() is not None:
                raise reader.fail("the end")
            return layout
    if reader.turn("assistant"):
        raise reader.fail(THINK)
    think, block = reader.think_and_block()
    if reader.peek() is not None:
        raise reader.fail("the end")
    if layout is None and INKS in think:
        return parse_layer(think, block, vocabulary)
    guide, borders, pixels = parse_tile(think, block, vocabulary)
    return TileDocument(think, guide, borders, pixels, layout)
