"""Labels: which labels of built pictures have place words, and what their pictures look like on average.

Knows built documents. Knows nothing about words, tokens or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tiledraw.canvas.pixels import resize
from tiledraw.data.places import SIDE, picture_codes
from tiledraw.data.shards import ShardSource, read_manifest
from tiledraw.format.grammar import FlatDocument, LayoutDocument
from tiledraw.format.think import read_caption

MOST = 512  # labels that have place words, 64 rows each; the data of more have none
LOOKED_AT = 10_000  # pictures, at most


def placed_labels(folder: str) -> tuple[str, ...]:
    """The labels of a folder of built documents that have place words: all, or none of too many.

    Raises:
        ShardError: the folder holds no documents.
    """
    labels = tuple(read_manifest(Path(folder))["labels"])
    return labels if len(labels) <= MOST else ()


def label_codes(folder: str, labels: Sequence[str], width: int) -> dict[str, np.ndarray]:
    """What pictures of each label look like around each of their places, `(64, width)` float32: codes of their mean."""
    source = ShardSource(folder, "train")
    kind = "flat" if source.counts["flat"] else "layout"
    sums = {label: np.zeros((SIDE, SIDE)) for label in labels}
    counts = dict.fromkeys(labels, 0)
    for index in range(min(LOOKED_AT, source.counts[kind])):
        document = source.stored(kind, index)
        assert isinstance(document, FlatDocument | LayoutDocument)
        if (label := read_caption(document.think or "")) in sums and document.pixels is not None:
            sums[label] += resize(document.pixels, SIDE, SIDE) / 255
            counts[label] += 1
    return picture_codes([sums[label] / max(1, counts[label]) for label in labels], labels, width)
