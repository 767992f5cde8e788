"""Similarity of a picture to its true one: SSIM and PSNR, by torchmetrics.

Needs the `evaluation` extra. Knows arrays of gray levels. Knows nothing about models or plans.
"""

from __future__ import annotations

import numpy as np
import torch

from tiledraw.pixels import resize

MOST_DECIBELS = 100.0  # equal pictures have no end of them


def similarity(picture: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Structural similarity (Wang et al., 2004; 1 is equal) and peak signal-to-noise ratio in decibels, at most 100.

    Args:
        picture: `(height, width)` uint8; brought to the size of the reference first.
        reference: `(height, width)` uint8.
    """
    try:
        from torchmetrics.functional import image as metrics
    except ModuleNotFoundError:
        raise ModuleNotFoundError("comparing needs torchmetrics: pip install 'tiledraw[evaluation]'") from None
    height, width = reference.shape
    one, other = (
        torch.from_numpy(pixels.astype(np.float64))[None, None]  # (1, 1, H, W); float32 blurs equal into nearly equal
        for pixels in (resize(picture, width, height), reference)
    )
    ssim = metrics.structural_similarity_index_measure(one, other, data_range=255.0)
    psnr = metrics.peak_signal_noise_ratio(one, other, data_range=(0.0, 255.0))
    return float(ssim), min(float(psnr), MOST_DECIBELS)
