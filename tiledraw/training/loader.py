"""The loader: which documents a step learns from, as padded batches, made while the last step is computed.

A step has three parts: tiles and flat pictures, the short tiles of the first level, and layouts. A batch holds
documents of about one length. Several processes share them evenly, and each takes its share in micro-batches. Where
tiles stand behind a layout, a sequence holds several, short ones among the others.
Knows documents and their sources by `document(kind, index)`. Knows nothing about models or losses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from tiledraw.canvas.pyramid import COARSE, TILE
from tiledraw.data.layers import LayerSource
from tiledraw.data.requests import RequestSource
from tiledraw.data.shards import KINDS, ShardSource
from tiledraw.format.grammar import ConversationDocument, Document, TileDocument
from tiledraw.format.layers import LayerDocument
from tiledraw.format.vocabulary import Vocabulary
from tiledraw.training.batches import Batch, Example, collate, make_example, pack
from tiledraw.training.config import TrainConfig
from tiledraw.training.texts import TextSource

SIDES = tuple(COARSE << level for level in range(1, 10))  # of levels
# of losses; "tile" where a tile tells no level; plain text is the last
GROUPS = (
    "layout",
    "flat",
    "tile",
    *(f"tile{side}" for side in SIDES),
    *(f"layer{side}" for side in (COARSE, *SIDES)),
    "request",
    "text",
)
CLOSE = 0.85  # of the length of the longest document of a batch, the least that others have
EVALUATED = {
    "layout": 12,
    "flat": 4,
    "tile": 4,
    "coarse": 12,
    "layer": 4,
    "request": 32,
    "text": 16,
}  # documents of a forward pass


class Source(Protocol):
    """Where documents come from."""

    def document(self, kind: str, index: int) -> Document: ...

    def pack(self, index: int, count: int) -> list[TileDocument]:
        """Tiles of one picture, each with its layout as context."""


class ShuffledSource:
    """Documents of a folder in another order each time around, the same in every run."""

    def __init__(self, source: Source, counts: dict[str, int]) -> None:
        self.source, self.counts = source, counts
        self._order = lru_cache(len(KINDS))(self._shuffle)

    def _shuffle(self, kind: str, epoch: int) -> np.ndarray:
        return np.random.default_rng([KINDS.index(kind), epoch]).permutation(self.counts[kind])

    def _shuffled(self, kind: str, index: int) -> int:
        epoch, place = divmod(index, self.counts[kind])
        shuffled = int(self._order(kind, epoch)[place])
        return epoch * self.counts[kind] + shuffled  # noise is another one each time around

    def document(self, kind: str, index: int) -> Document:
        return self.source.document(kind, self._shuffled(kind, index))

    def pack(self, index: int, count: int) -> list[TileDocument]:
        return self.source.pack(self._shuffled("layout", index), count)


def group_of(kind: str, document: Document) -> int:
    """The group of a document: its kind, and for tiles the side of their level: their think step begins with how many
    there are in a row, and a guide has half as many pixels as they."""
    if isinstance(document, ConversationDocument):
        kind = "flat"
    elif isinstance(document, LayerDocument):
        kind = f"layer{COARSE << document.tile.level}"
    elif kind == "tile" and (grid := re.match(r"level \d+, row \d+ of (\d+)", document.think)):
        kind = f"tile{int(grid[1]) * 2 * document.guide.shape[1]}"
    return GROUPS.index(kind) if kind in GROUPS else GROUPS.index("tile")


class Loader:
    """The documents of one process out of `processes`; `in_step` gives each of these as many batches of each part, with
    the short tiles among the others. No document may have more than `longest` tokens. `texts` is where the
    base has written its own.

    Raises:
        ValueError: the folder of documents can't be read or lacks a kind that the mix asks for, or the documents of a
            step can't be shared evenly.
    """

    def __init__(
        self,
        config: TrainConfig,
        vocabulary: Vocabulary,
        process: int = 0,
        processes: int = 1,
        in_step: bool = False,
        longest: int | None = None,
        texts: Path | None = None,
    ) -> None:
        self.config, self.vocabulary, self.longest = config, vocabulary, longest
        self.process, self.processes, self.in_step = process, processes, in_step
        self.grays, self.side, self.labels, self.planless = 256, TILE, (), False
        self.kinds = dict.fromkeys(KINDS, config.evaluate_documents)  # evaluated, and how many
        if config.layers is not None:
            self.source: Source = LayerSource(config.layers)
            self.held_out: Source = LayerSource(config.layers.clean(), "validation")
            self.kinds = {"coarse": config.evaluate_documents}
            self.kinds["layer"] = config.evaluate_documents * len(config.layers.level_weights)
        elif config.requests is not None:
            if config.mix.long:
                raise ValueError("requests are thoughts about prompts alone; set mix.long to 0")
            self.source = RequestSource(config.requests)
            self.held_out = RequestSource(config.requests, "validation")
            self.kinds = {"request": config.evaluate_documents}
        else:
            self._open(str(config.data))
        self._check_shared("mix.long", config.mix.long, max(1, config.mix.behind))
        if config.texts:
            self.texts, self.held_texts = (TextSource(texts or config.texts, held_out) for held_out in (False, True))
            self.kinds["text"] = config.evaluate_documents
        for name in ("layouts", "texts"):
            self._check_shared(f"mix.{name}", getattr(config.mix, name))
        self._check_shared("evaluate_documents", config.evaluate_documents)
        self._pool, self._ahead = ThreadPoolExecutor(1), dict[int, Future[list[list[Batch]]]]()

    def _open(self, folder: str) -> None:
        source = ShardSource(folder, "train")
        mix = self.config.mix
        wanted = {"layout": mix.layouts > 0, "flat": mix.flat_every > 0, "tile": mix.flat_every != 1}
        for kind in KINDS:
            if wanted[kind] and not source.counts.get(kind):
                raise ValueError(f"the data folder {folder} holds no {kind} documents to learn from; change mix for it")
        self.source = ShuffledSource(source, source.counts)
        self.held_out = ShardSource(folder, "validation")
        self.grays = source.manifest["settings"]["grays"]
        self.side = max(source.manifest["settings"]["sizes"])
        self.labels, self.planless = source.labels, source.planless
        counts = self.held_out.counts
        self.kinds = {kind: min(self.kinds[kind], counts.get(kind, 0)) for kind in KINDS if wanted[kind]}
        self.kinds = {kind: count - count % self.processes for kind, count in self.kinds.items()}

    def _check_shared(self, name: str, count: int, together: int = 1) -> None:
        if count % (self.processes * together):
            whom = f"{self.processes} processes" if self.processes > 1 else ""
            packs = f"sequences of {together} (mix.behind)" if together > 1 else ""
            raise ValueError(
                f"{name} {count} can't be shared evenly by {' with '.join(filter(None, (whom, packs)))}; give a "
                f"multiple of {self.processes * together}"
            )

    def batches(self, step: int) -> list[list[Batch]]:
        """What this process learns from in a step: the micro-batches of the three parts, some of which may be empty."""
        mix, size = self.config.mix, self.config.micro_batch
        count = mix.long // max(1, mix.behind)  # of sequences
        numbers = range(step * count, (step + 1) * count)
        if self.config.layers is not None:
            tiles = [("layer", number) for number in range(step * mix.long, (step + 1) * mix.long)]
            coarse = [("coarse", number) for number in range(step * mix.layouts, (step + 1) * mix.layouts)]
            short = self._share(coarse, self.source, size)[0] + self._texts(step)
            return [*self._share(tiles, self.source, size), short]
        if self.config.requests is not None:
            requests = [("request", number) for number in range(step * mix.layouts, (step + 1) * mix.layouts)]
            return [[], [], self._share(requests, self.source, size)[0] + self._texts(step)]
        flat = [mix.flat_every > 0 and number % mix.flat_every == 0 for number in numbers]
        long = [("flat" if is_flat else "tile", number) for is_flat, number in zip(flat, numbers, strict=True)]
        layouts = [("layout", step * mix.layouts + n) for n in range(mix.layouts)]
        short = self._share(layouts, self.source, size)[0] + self._texts(step)
        return [*self._share(long, self.source, size, mix.behind), short]

    def _texts(self, step: int) -> list[Batch]:
        count = self.config.mix.texts
        names = [("text", number) for number in range(step * count, (step + 1) * count)]
        return self._share(names, self.texts, self.config.micro_batch)[0] if count else []

    def next(self, step: int) -> list[list[Batch]]:
        """The batches of a step, made in the background if the step before was asked for."""
        future = self._ahead.pop(step, None) or self._pool.submit(self.batches, step)
        self._ahead[step + 1] = self._pool.submit(self.batches, step + 1)
        return future.result()

    def close(self) -> None:
        """Gives up what is being made in the background."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def validation(self, kinds: Sequence[str] | None = None) -> Iterator[Batch]:
        """The first held-out documents of each kind, or of these, clean."""
        for kind in kinds or self.kinds:
            count, source = self.kinds[kind], self.held_texts if kind == "text" else self.held_out
            size = min(EVALUATED[kind], self.config.micro_batch or count)
            behind = self.config.mix.behind if kind == "tile" else 0
            if behind:  # as many packs in each process
                count = -(-count // (behind * self.processes)) * self.processes
            for part in self._share([(kind, index) for index in range(count)], source, size, behind):
                yield from part

    def prompts(self, count: int) -> list[str]:
        """The prompts of the first held-out pictures."""
        kind = "layout" if self.kinds.get("layout") else "flat"
        return [self.held_out.document(kind, index).prompt for index in range(min(count, self.kinds.get(kind, 0)))]

    def _share(
        self, names: Sequence[tuple[str, int]], source: Source, size: int, behind: int = 0
    ) -> tuple[list[Batch], list[Batch]]:
        """The documents of this process among these, at most `size` a batch (0: all): long ones, and short tiles. Those
        to learn from are without what is filled in drawing. With `behind`, a name is that of a pack of so many."""
        filled = source is self.source
        together = max(1, behind)
        parts: tuple[list[Example], list[Example]] = ([], [])
        for kind, index in names[self.process :: self.processes]:
            if behind and kind == "tile":
                documents: Sequence[Document] = source.pack(index, behind)
            else:
                numbers = range(index * together, (index + 1) * together)
                documents = [source.document(kind, number) for number in numbers]
            is_short = kind == "tile" and not behind and not self.in_step and documents[0].pixels.size < TILE * TILE
            name = f"{kind} {index}"
            stream = self.config.mix.stream
            examples = [
                make_example(one, self.vocabulary, group_of(kind, one), name, filled, stream) for one in documents
            ]
            tokens = max(1 + int(example.positions.max(initial=0)) for example in examples)
            if self.longest and tokens > self.longest:
                raise ValueError(
                    f"a {kind} document has {tokens:,} tokens, and the model reads at most {self.longest:,}; give a "
                    "mix without such documents, or another base"
                )
            parts[is_short].append(pack(examples))
        size = size and max(1, size // together)
        return self._collate(parts[0], size), self._collate(parts[1], size)

    def _collate(self, examples: Sequence[Example], size: int) -> list[Batch]:
        """At most `size` documents a batch, of about one length, as padding costs as much as what is learned; 0: all in
        one. Where processes go in step, each has as many batches as the others, whatever lengths there are."""
        groups: list[list[Example]] = []
        for example in sorted(examples, key=lambda example: -len(example.ids)):
            longest = len(groups[-1][0].ids) if groups else 0
            full = not groups or (size and len(groups[-1]) == size)
            short = size and not self.in_step and len(example.ids) < CLOSE * longest
            if full or short:
                groups.append([])
            groups[-1].append(example)
        return [collate(group, self.vocabulary) for group in groups]
