"""Parsing: lists of ids back to documents, the inverse of `grammar.py`; what is no document is refused, with the place.

Knows the grammar and the codes of rows. Knows nothing about models or how guides are made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiledraw.canvas.pixels import LEVELS
from tiledraw.canvas.pyramid import ABSENT, COARSE, TILE, Borders
from tiledraw.format.grammar import (
    FLAT,
    REQUEST,
    ConversationDocument,
    Document,
    FlatDocument,
    LayoutDocument,
    Picture,
    RequestDocument,
    Segment,
    TileDocument,
    Turn,
    coarse_segment,
    flat_segment,
    is_refusal,
    segments,
    tile_segment,
    tokenise,
)
from tiledraw.format.layers import INKS, LayerDocument, LayerError, read_think, unweave_layer
from tiledraw.format.vocabulary import (
    BOTTOM,
    END_THINK,
    IM_END,
    IM_START,
    NONE,
    THINK,
    TOP,
    VISION_END,
    VISION_START,
    Vocabulary,
)
from tiledraw.format.weaving import WORD, woven_row
from tiledraw.language.plan import UNKNOWN


class GrammarError(ValueError):
    """A list of tokens is no document."""


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
        unseen = UNKNOWN in think or think.startswith(REQUEST)
        if unseen and self.peek() == self.vocabulary.words[IM_END]:
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
    _check_woven(tile_segment(think, guide, borders, pixels), ids, vocabulary)
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
        prompt = reader.turn("user")
        reader.word(IM_END)
        if reader.turn("assistant"):
            raise reader.fail(THINK)
        think, block = reader.think_and_block()
        codes = block - vocabulary.base
        name, newline, think = think.partition("\n")
        if name == "layout" and newline and UNKNOWN in think and not len(codes) and reader.peek() is None:
            return LayoutDocument(prompt, think=think)
        if name + newline == REQUEST and not len(codes) and reader.peek() is None:
            return RequestDocument(prompt, think)
        row, flat_row = woven_row(COARSE, False), woven_row(TILE, False)
        sizes = {"flat": (TILE * TILE, TILE * flat_row.length), "layout": (COARSE * row.length,)}.get(name, ())
        if not newline or len(codes) not in sizes:
            raise GrammarError("an image is 'flat' with 1024 pixels or 'layout' with 64 woven ones")
        if name == "flat":
            woven = len(codes) > TILE * TILE
            pixels = _grays(codes.reshape(TILE, -1)[:, flat_row.pixels if woven else slice(None)])
            layout = FlatDocument(prompt, think, pixels)
            _check_woven(flat_segment(think, pixels), block, vocabulary)
        else:
            pixels = _grays(codes.reshape(COARSE, row.length)[:, row.pixels])
            layout = LayoutDocument(prompt, think=think, pixels=pixels)
            if is_refusal(layout):
                raise GrammarError("a layout that says what can't be drawn has no picture")
            _check_woven(coarse_segment(think, pixels), block, vocabulary)
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


ROLES = ("system", "user", "assistant")


def parse_conversation(ids: Sequence[int], vocabulary: Vocabulary) -> ConversationDocument:
    """The turns of a list of ids, such as a language model wrote; white space between turns is skipped, which many chat
    templates put there.

    Raises:
        GrammarError: the ids are no conversation of texts and whole flat pictures.
    """
    reader, turns = _Reader(ids, vocabulary), []
    while reader.peek() is not None:
        reader.word(IM_START)
        role, newline, text = reader.text().partition("\n")
        if role not in ROLES or not newline:
            raise reader.fail("a turn of the system, the user or the assistant")
        parts: list[str | Picture] = [text] if text else []
        while reader.peek() in (vocabulary.words[THINK], vocabulary.words[VISION_START]):
            parts.append(_read_picture(reader))
            if text := reader.text():
                parts.append(text)
        reader.word(IM_END)
        turns.append(Turn(role, tuple(parts)))
        if reader.text().strip():
            raise reader.fail("a turn")
    if not turns:
        raise GrammarError("a conversation has a turn at least")
    return ConversationDocument(tuple(turns))


def _read_picture(reader: _Reader) -> Picture:
    think = None
    if reader.peek() == reader.vocabulary.words[THINK]:
        reader.word(THINK)
        think = reader.text()
        if not think.startswith(FLAT):
            raise reader.fail("the thought of a flat picture")
        think = think.removeprefix(FLAT)
        reader.word(END_THINK)
    reader.word(VISION_START)
    pixels = _grays(reader.block() - reader.vocabulary.base)
    if pixels.size != TILE * TILE:
        raise GrammarError(f"a flat picture has {TILE * TILE:,} pixels, not {pixels.size:,}")
    reader.word(VISION_END)
    return Picture(pixels.reshape(TILE, TILE), think)
