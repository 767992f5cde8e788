"""Similarity of a picture to its true one: SSIM and PSNR, by torchmetrics, and how sharp its edges are.

SSIM and PSNR need the `evaluation` extra. Knows arrays of gray levels. Knows nothing about models or plans.
"""

from __future__ import annotations

import numpy as np

from tiledraw.canvas.pixels import resize
from tiledraw.common.extras import needs

with needs("evaluation"):
    import torch

MOST_DECIBELS = 100.0  # decibels; equal pictures would have infinitely many
EDGE = 16.0  # gray levels a pixel


def similarity(picture: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Structural similarity (Wang et al., 2004; 1 is equal) and peak signal-to-noise ratio in decibels, at most 100.

    Args:
        picture: `(height, width)` uint8; brought to the size of the reference first.
        reference: `(height, width)` uint8.
    """
    with needs("evaluation"):
        from torchmetrics.functional import image as metrics
    height, width = reference.shape
    one, other = (
        torch.from_numpy(pixels.astype(np.float64))[None, None]  # (1, 1, H, W); float32 blurs equal into nearly equal
        for pixels in (resize(picture, width, height), reference)
    )
    ssim = metrics.structural_similarity_index_measure(one, other, data_range=255.0)
    psnr = metrics.peak_signal_noise_ratio(one, other, data_range=(0.0, 255.0))
    return float(ssim), min(float(psnr), MOST_DECIBELS)


def sharpness(picture: np.ndarray, reference: np.ndarray) -> float:
    """How steep the edges of a picture are: its mean gradient at the edges of the reference over that of the reference.

    1 is as sharp, less is blurred. Gradients are central differences; edges are where that of the reference is at least
    `EDGE` gray levels a pixel. NaN where it has none.

    Args:
        picture: `(height, width)` uint8, of the size of the reference.
        reference: `(height, width)` uint8.
    """
    slopes, truth = (np.hypot(*np.gradient(pixels.astype(np.float64))) for pixels in (picture, reference))
    edges = truth >= EDGE
    return float(slopes[edges].mean() / truth[edges].mean()) if edges.any() else float("nan")
