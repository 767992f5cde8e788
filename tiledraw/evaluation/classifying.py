"""Classifying: a small network that learns the labels of true pictures, and names those of drawn ones.

Three convolutions and two linear layers on 32x32 gray levels, trained from scratch in seconds, so nothing is
downloaded. What its last but one layer sees makes the features of the kernel distance (Bińkowski et al., 2018). They
tell apart what these classes differ in, and little else: distances compare models on the same data, and no others.
Needs the `evaluation` extra. Knows arrays of gray levels. Knows nothing about models that draw.
"""

from __future__ import annotations

import math

import numpy as np

from tiledraw.canvas.pixels import resize
from tiledraw.canvas.pyramid import TILE
from tiledraw.common.extras import needs

with needs("evaluation"):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

EPOCHS, BATCH, RATE, SHIFT = 20, 64, 3e-3, 2
LEAST, MOST = 40, 400  # steps of training
CHANNELS, FEATURES = (12, 24, 48), 64
SUBSETS, LARGEST_SUBSET = 50, 100


class Classifier(nn.Module):
    """Logits of classes, and the features before them."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((1, *CHANNELS), CHANNELS, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        last = nn.Linear(CHANNELS[-1] * (TILE // 8) ** 2, FEATURES)
        self.body = nn.Sequential(*layers, nn.Flatten(), last, nn.ReLU())
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, pictures: Tensor) -> Tensor:  # (N, 1, 32, 32) -> (N, classes)
        return self.head(self.body(pictures))


def _inputs(pictures: np.ndarray) -> Tensor:
    """Pictures `(N, side, side)` uint8 as `(N, 1, 32, 32)` from -1 to 1."""
    small = np.stack([resize(one, TILE, TILE) for one in pictures])
    return torch.from_numpy(small.astype(np.float32))[:, None] / 127.5 - 1


def train_classifier(pictures: np.ndarray, labels: np.ndarray, classes: int, steps: int | None = None) -> Classifier:
    """A classifier of pictures `(N, side, side)` uint8 with labels `(N,)`, the same at every call; trained for some
    rounds over them, or for so many steps."""
    steps = min(MOST, max(LEAST, EPOCHS * len(pictures) // BATCH)) if steps is None else steps
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network, inputs, targets = Classifier(classes), _inputs(pictures), torch.from_numpy(labels).long()
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
            chosen = torch.randint(len(inputs), (BATCH,))
            down, across = torch.randint(2 * SHIFT + 1, (2,)).tolist()
            batch = functional.pad(inputs[chosen], (SHIFT,) * 4, mode="replicate")
            batch = batch[:, :, down : down + TILE, across : across + TILE]
            optimizer.zero_grad()
            functional.cross_entropy(network(batch), targets[chosen]).backward()
            optimizer.step()
    return network.eval()


@torch.no_grad()
def classify(network: Classifier, pictures: np.ndarray) -> np.ndarray:
    """The class of each picture, `(N,)` int64."""
    return network(_inputs(pictures)).argmax(-1).numpy()


@torch.no_grad()
def kernel_distance(network: Classifier, pictures: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """The kernel distance between two sets of pictures, and its standard error: the mean of the unbiased squared
    maximum mean discrepancy with a cubic kernel over random subsets. Lower is nearer; about 0 for the same sets."""
    with needs("evaluation"):
        from torchmetrics.image.kid import poly_mmd
    one, other = (network.body(_inputs(each)).double() for each in (pictures, others))
    scale = other.square().mean().sqrt().clamp(min=1e-6)  # of no meaning, and the kernel is cubic
    one, other = one / scale, other / scale
    size = min(len(one), len(other), LARGEST_SUBSET)
    generator = torch.Generator().manual_seed(0)
    found = [
        float(poly_mmd(*(each[torch.randperm(len(each), generator=generator)[:size]] for each in (one, other))))
        for _ in range(SUBSETS)
    ]
    return float(np.mean(found)), float(np.std(found) / math.sqrt(SUBSETS))
