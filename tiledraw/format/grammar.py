"""The grammar: documents as segments, which ids are given and which are drawn, and back again.

Flat:    user prompt | think | 1024 pixels; woven with the caption, if the thought is one
Layout:  user prompt | think (the plan) | 64 pixels of the coarse pass, woven with the plan or caption
Refusal: user prompt | think (`unknown: ...`); a layout that ends there
Request: user prompt | think (what the prompt asks for, line by line)
Tile:    [layout as context] | think (which tile, what is in it) | pixels woven with thought, guide and borders
Layer:   think (a subject and its inks; of a tile, which one) | pixels woven of blocks (`layers.py`)
Text:    plain text
Conversation: turns of users and assistants, of texts and flat pictures

Training (ids and loss mask), decoding (what is forced, what is drawn) and parsing (`parsing.py`) all use `segments` and
`tokenise`.
Knows words and codes, and the text of plans and think steps. Knows nothing about models, how guides are made, or the
order inside a woven row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from tiledraw.canvas.pyramid import COARSE, TILE, Borders
from tiledraw.common.checks import as_read
from tiledraw.format.layers import (
    INKS,
    LayerDocument,
    block_row,
    to_blocks,
)
from tiledraw.format.think import read_caption, read_tile
from tiledraw.format.vocabulary import (
    END_THINK,
    IM_END,
    IM_START,
    PLACES,
    THINK,
    VISION_END,
    VISION_START,
    Vocabulary,
)
from tiledraw.format.weaving import DRAW, WORD, Caption, Contents, weave, woven_row
from tiledraw.language.boxes import PlanError, UnknownSubjectError
from tiledraw.language.plan import GRID, UNKNOWN, parse_plan

FLAT = "flat\n"  # what the think step of a flat picture begins with
REQUEST = "request\n"  # what the think step of a request begins with
_NO_BORDERS = Borders()


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
class RequestDocument:
    """What a prompt asks for: `think` is the text of a request (`language/request.py`), None until it is drawn."""

    prompt: str
    think: str | None = None


@dataclass(frozen=True, eq=False)
class TileDocument:
    """One tile: its think step and guide are given, `pixels` are None until drawn; where only some are, they are int16,
    DRAW for the rest. A tile of (32, 32) uint8 has a guide of (17, 16) int16, one of (16, 16) a guide of (9, 8).
    `slipped` are pixels that a model in training reads in place of `pixels`, which it is to draw: some are wrong, as
    its own may be."""

    think: str
    guide: np.ndarray
    borders: Borders = Borders()
    pixels: np.ndarray | None = None
    context: LayoutDocument | None = None
    slipped: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TextDocument:
    """Plain text, all of which is to be drawn: what keeps a language model's language."""

    text: str


@dataclass(frozen=True, eq=False)
class Picture:
    """A flat picture in a conversation, `pixels` (32, 32) uint8; an assistant may `think` before it."""

    pixels: np.ndarray
    think: str | None = None


@dataclass(frozen=True, eq=False)
class Turn:
    """What a role ("system", "user", "assistant") says: texts and pictures, in any order; no text follows another."""

    role: str
    parts: tuple[str | Picture, ...]


@dataclass(frozen=True, eq=False)
class ConversationDocument:
    """Turns of texts and pictures. Those of the assistant are to be drawn. One question that one thought and picture
    answer are the tokens of a `FlatDocument`."""

    turns: tuple[Turn, ...]


Document = (
    TextDocument | ConversationDocument | FlatDocument | LayoutDocument | RequestDocument | TileDocument | LayerDocument
)


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
    caption: str = ""  # without words, the codes WORD + 64 n + p are its tokens, again and again, or its place words


def _word(word: str, drawn: bool = False) -> Segment:
    return Segment("word", "frame", word, drawn)


def _text(name: str, text: str | None, drawn: bool = False) -> Segment:
    return Segment("text", name, text, drawn)


def _woven(
    contents: Contents | Caption | None,
    side: int,
    pixels: np.ndarray | None,
    name: str,
    guide: np.ndarray | None = None,
    borders: Borders = _NO_BORDERS,
) -> Segment:
    """A segment of woven pixels."""
    codes, words = weave(contents, side, guide, borders)
    caption = contents.text if isinstance(contents, Caption) else ""
    return _fill(codes, pixels, name, woven_row(side, guide is not None).length, words, caption)


def _fill(
    codes: np.ndarray,
    pixels: np.ndarray | None,
    name: str,
    width: int,
    words: tuple[str, ...] = (),
    caption: str = "",
) -> Segment:
    """A segment of pixels: codes whose DRAW places take the pixels in raster order, once they are known."""
    drawn = codes == DRAW
    if pixels is not None:
        codes = codes.copy()
        codes[drawn] = pixels.ravel()
    return Segment("pixels", name, codes, drawn, words, width, caption)


def _turn(role: str, *inner: Segment) -> list[Segment]:
    return [_word(IM_START), _text("role", f"{role}\n"), *inner, _word(IM_END)]


def tile_segment(think: str, guide: np.ndarray, borders: Borders, pixels: np.ndarray | None) -> Segment:
    return _woven(read_tile(think), 2 * guide.shape[1], pixels, "tile", guide, borders)


def coarse_segment(think: str | None, pixels: np.ndarray | None) -> Segment:
    """The coarse pass, whose units are the cells of the plan grid."""
    contents: Contents | Caption | None = None
    if caption := read_caption(think or ""):
        contents = Caption(caption)
    else:
        with suppress(PlanError, UnknownSubjectError):
            plan = parse_plan(think or "")
            contents = [(one.subject, one.box) for one in plan.placements] if plan.grid == GRID else None
    return _woven(contents, COARSE, pixels, "coarse")


def flat_segment(think: str | None, pixels: np.ndarray | None) -> Segment:
    """The flat picture: pixel after pixel, or woven with its caption."""
    if caption := read_caption(think or ""):
        return _woven(Caption(caption), TILE, pixels, "flat")
    return _fill(np.full(TILE * TILE, DRAW, dtype=np.int32), pixels, "flat", TILE)


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


def _picture(picture: Picture) -> list[Segment]:
    think = picture.think
    thought = [] if think is None else [_word(THINK), _text("think", f"{FLAT}{think}"), _word(END_THINK)]
    pixels = flat_segment(think or "", picture.pixels)
    return [*thought, _word(VISION_START), pixels, _word(VISION_END)]


def _conversation(document: ConversationDocument) -> list[Segment]:
    parts: list[Segment] = []
    for turn in document.turns:
        said = [
            one
            for part in turn.parts
            for one in ([_text("said", part)] if isinstance(part, str) else map(_given, _picture(part)))
        ]
        parts += _turn(turn.role, *said)
    return as_stream(parts)


def segments(document: Document) -> list[Segment]:
    """The segments of a document, in order: what is given and what is drawn."""
    if isinstance(document, TextDocument):
        return [_text("text", document.text, drawn=True)]
    if isinstance(document, ConversationDocument):
        return _conversation(document)
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
            tile_segment(document.think, document.guide, document.borders, document.pixels),
            _word(VISION_END),
        )
    if isinstance(document, FlatDocument):
        given = FLAT
        picture = [flat_segment(document.think, document.pixels)]
    elif isinstance(document, RequestDocument):
        given, picture = REQUEST, []
    else:
        given = f"layout\n{document.given}"
        picture = [] if is_refusal(document) else [coarse_segment(document.think, document.pixels)]
    return [
        *_turn("user", _text("prompt", as_read(document.prompt))),
        *_turn(
            "assistant",
            _word(THINK),
            _text("given", given),
            _text("think", document.think, drawn=True),
            _word(END_THINK, drawn=True),
            *([_word(VISION_START), *picture, _word(VISION_END)] if picture else []),
        ),
    ]


def as_stream(parts: Sequence[Segment]) -> list[Segment]:
    """The same segments as a program without the grammar has to write them: all that an assistant's turn holds is
    drawn, also what the grammar gives."""
    stream, mine = [], False
    for part in parts:
        stream.append(
            replace(part, drawn=np.ones_like(part.drawn) if part.kind == "pixels" else mine) if mine else part
        )
        if part.name == "role":
            mine = part.content == "assistant\n"
        elif part.kind == "word" and part.content == IM_END:
            mine = False
    return stream


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
            numbers = part.content[told] - WORD
            if part.caption in vocabulary.placed:
                things, numbers = vocabulary.things(part.caption)[1:], numbers % PLACES**2
            elif part.caption:
                things = vocabulary.encode(f" {part.caption}")
                numbers = numbers // PLACES**2 % len(things)
            else:
                things = [thing for word in part.words for thing in vocabulary.things(word)]
            new[told] = np.array(things, dtype=np.int64)[numbers]
        ids.append(new)
        drawn.append(np.broadcast_to(part.drawn, new.shape))
    return np.concatenate(ids), np.concatenate(drawn)
