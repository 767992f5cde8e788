"""`tiledraw data build` makes training documents of pictures; `tiledraw data show` prints documents.

A person sees what is given, what is drawn, and the pixels; a bar on the left marks the segments that the model draws:
the loss mask. Knows segments and terminals. Knows nothing about how documents come about, nor what is done with them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tiledraw.canvas.pixels import LEVELS
from tiledraw.cli.options import parse_options
from tiledraw.common.extras import needs
from tiledraw.common.terminal import plain, printable
from tiledraw.format.grammar import Document, Segment, segments, tokenise
from tiledraw.format.weaving import DRAW, OF_WORD, WORD

if TYPE_CHECKING:
    from tiledraw.format.vocabulary import Vocabulary
    from tiledraw.training.config import TrainConfig

LABELS = ("··", "↑↑", "↓↓", *(f"r{row}" for row in range(8)))  # of the structure words, in the order of their codes
BOLD, DIM, GREEN = "1", "2", "32"


@dataclass(frozen=True)
class Options:
    """Prints training documents: a bar marks what the model draws, and so learns; all else is given.

    With --config FILE, the documents that `tiledraw train --config FILE` learns from, which is the painter's if none is
    named; with --data FOLDER, those that `tiledraw data build` made, as training reads them.

    Args:
        data: folder of built documents
        kind: layout (thought and coarse pass), flat (the baseline), tile; coarse or layer (a layer's coarse pass, and
            tiles); request (what a prompt asks for); or all there are
        index: number of the first document; the same number always gives the same document
        count: how many documents of each kind
        split: which documents
        color: pixels as shaded blocks, or as hexadecimal grays; auto: blocks in a terminal
    """

    data: str | None = None
    kind: Literal["layout", "flat", "tile", "coarse", "layer", "request", "all"] = "all"
    index: int = 0
    count: int = 1
    split: Literal["train", "validation", "test"] = "train"
    color: Literal["auto", "always", "never"] = "auto"

    def __post_init__(self) -> None:
        if self.index < 0:
            raise ValueError(f"index {self.index} is out of range; the first document has the number 0")
        if self.count < 1:
            raise ValueError(f"count {self.count} is out of range; show at least one document")


@needs("train", "showing documents")
def show(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config", nargs="?", const="")
    file, rest = parser.parse_known_args(argv)
    options = parse_options(Options, rest, "data show")
    if file.config == "":
        raise ValueError("--config lacks its file or name, such as --config painter")

    from tiledraw.data.layers import LAYER_KINDS, LayerSource
    from tiledraw.data.requests import REQUEST_KINDS, RequestSource
    from tiledraw.data.shards import KINDS, ShardSource
    from tiledraw.models.building import BUNDLED, load_vocabulary

    tokenizer, placed = BUNDLED, ()
    if options.data is not None:
        if file.config is not None:
            raise ValueError("--data and --config are two sources of documents; give one of them")
        source = ShardSource(options.data, options.split)
        kinds = [kind for kind in KINDS if source.counts[kind]]
    else:
        config = _configured(file.config or "painter")
        tokenizer = config.tokenizer
        if config.layers is not None:
            source, kinds = LayerSource(config.layers, options.split), LAYER_KINDS
            placed = config.layers.names if config.model.place_words else ()
        else:
            source, kinds = RequestSource(config.requests, options.split), REQUEST_KINDS
    if options.kind not in (*kinds, "all"):
        raise ValueError(f"there are no documents of the kind {options.kind}; there are {', '.join(kinds)}")
    vocabulary = load_vocabulary(tokenizer, placed)
    terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    color = terminal if options.color == "auto" else options.color == "always"
    for index in range(options.index, options.index + options.count):
        for kind in kinds if options.kind == "all" else [options.kind]:
            lines = document_lines(source.document(kind, index), vocabulary, color)
            title = _paint(f"{kind} {index} of {options.split}", BOLD, color)
            print(title, *lines, sep="\n", end="\n\n", file=plain(sys.stdout) if color else sys.stdout)
    return 0


def build(argv: list[str]) -> int:
    from tqdm import tqdm

    from tiledraw.data.build import SKIPPED
    from tiledraw.data.build import build as build_documents
    from tiledraw.data.cutting import BuildConfig
    from tiledraw.data.shards import MANIFEST
    from tiledraw.data.sources import KINDS as SOURCE_KINDS

    if argv and argv[0] not in SOURCE_KINDS and os.path.isdir(argv[0]):
        raise ValueError(
            f"say what {argv[0]} is: tiledraw data build folder {argv[0]} -o BUILT, or mnist, cifar10, hub"
        )
    config = parse_options(BuildConfig, argv, "data build", positional=("source", "path"), short={"output": "-o"})
    if not config.output:
        raise ValueError("say where the documents go: -o FOLDER")
    with tqdm(unit="picture", file=sys.stderr, disable=config.quiet or None) as bar:
        manifest = build_documents(config, bar.update)
    for name, split in manifest["splits"].items():
        counts = ", ".join(f"{count:,} {kind}" for kind, count in split["counts"].items() if count)
        skipped = _skipped(os.path.join(config.output, SKIPPED), name) if split["skipped"] else ""
        print(f"{name}: {split['items']:,} pictures, documents: {counts}{skipped}", file=sys.stderr)
    print(os.path.join(config.output, MANIFEST))
    return 0


def _skipped(path: str, split: str) -> str:
    """How many pictures of a split were left out, and why most of them were."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in map(json.loads, file) if line["split"] == split]
    reasons = Counter(line["reason"] for line in lines)
    ((reason, count),) = reasons.most_common(1)
    first = next(line["name"] for line in lines if line["reason"] == reason)
    such = f"{count:,} such as {first}: " if len(lines) > 1 else f"{first}: "
    return f"; {len(lines):,} skipped, see {os.path.basename(path)} ({such}{reason})"


def _configured(path: str) -> TrainConfig:
    """A training configuration whose documents are made on the way."""
    from tiledraw.cli.config_files import read_configs
    from tiledraw.training.config import TrainConfig

    argv = ["--output", "", "--config", path]
    if any("vae" in content for content in read_configs(argv)):
        raise ValueError(f"{path} is of the network that enlarges, which reads no documents")
    config = parse_options(TrainConfig, argv, "train")
    if config.data is not None:
        raise ValueError(f"{path} trains on built documents; show them with --data")
    return config


def document_lines(document: Document, vocabulary: Vocabulary, color: bool) -> Iterator[str]:
    """A document for people: a bar where the model draws, the name of each segment, what it holds; then its tokens."""
    parts = segments(document)
    bar = _paint("▌", GREEN, color)
    for part in parts:
        name = part.name
        for line, drawn in _pixel_lines(part, color) if part.kind == "pixels" else _text_lines(part, color):
            yield f"{bar if drawn else ' '} {_paint(f'{name:6}', DIM, color)}  {line}"
            name = ""
    ids, mask = tokenise(parts, vocabulary)
    is_code = (ids == DRAW) | ((ids >= vocabulary.base) & (ids < vocabulary.end_of_code))
    given, text, pixels = (~mask).sum(), (mask & ~is_code).sum(), (mask & is_code).sum()
    yield f"{len(ids):,} tokens: {given:,} given; drawn {bar} {text:,} of text and {pixels:,} pixels"


def _text_lines(part: Segment, color: bool) -> Iterator[tuple[str, bool]]:
    """The lines of a word or text, and whether they are drawn. Drawn ones are bold, frame words dim, line ends seen."""
    if part.content is None:
        yield _paint("(still to be drawn)", DIM, color), part.drawn
        return
    style = BOLD if part.drawn else DIM if part.kind == "word" else ""
    for line in part.content.splitlines(keepends=True):
        text = printable(line.removesuffix("\n"))
        yield _paint(text, style, color) + _paint("↵" * (len(line) - len(text)), DIM, color), part.drawn


def _pixel_lines(part: Segment, color: bool) -> Iterator[tuple[str, bool]]:
    """The rows of a picture or tile, and whether anything in them is drawn; two letters a token.

    Drawn pixels are gray blocks, or hexadecimal numbers joined to runs; given ones are blue, or stand alone.
    """
    rows = part.content.reshape(-1, part.width), part.drawn.reshape(-1, part.width)
    for codes, drawn in zip(*rows, strict=True):
        if color:
            cells = [_block(code, is_drawn, part.words) for code, is_drawn in zip(codes.tolist(), drawn, strict=True)]
        else:
            before = [False, *drawn[:-1]]
            cells = [_hexadecimal(*cell, part.words) for cell in zip(codes.tolist(), drawn, before, strict=True)]
        yield "".join(cells).strip(), bool(drawn.any())


def _label(code: int, words: tuple[str, ...]) -> str:
    """Two letters for a code."""
    if code >= WORD:
        return printable(words[(code - WORD) // OF_WORD][:2]) if words else "ab"  # a token of the caption
    return "??" if code == DRAW else f"{code:02x}" if code < LEVELS else LABELS[code - LEVELS]


def _hexadecimal(code: int, drawn: bool, drawn_before: bool, words: tuple[str, ...]) -> str:
    """A code as its label, after a space unless it goes on a run of drawn ones."""
    return _label(code, words) if drawn and drawn_before else f" {_label(code, words)}"


def _block(code: int, drawn: bool, words: tuple[str, ...]) -> str:
    """A code as two spaces on its gray, tinted blue if it is given; other codes as their label."""
    if not 0 <= code < LEVELS:
        return _paint(_label(code, words), DIM, True)
    red, green, blue = (code, code, code) if drawn else (code * 5 // 8, code * 6 // 8, 80 + code * 5 // 8)
    return _paint("  ", f"48;2;{red};{green};{blue}", True)


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and style and text else text
