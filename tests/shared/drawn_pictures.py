"""A picture as `generate` would have saved it, for tests of the verbs that change pictures."""

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tiledraw.drawing.metadata import png_metadata
from tiledraw.language.boxes import Box
from tiledraw.language.plan import Placement, Plan, plan_to_yaml

PLAN = Plan((Placement("cat", Box(0, 16, 16, 32)), Placement("sun", Box(24, 0, 32, 8))))
PIXELS = np.random.default_rng(0).choice(np.arange(0, 256, 17), (64, 64)).astype(np.uint8)
RECORD = dict(
    prompt="a cat and a sun", plan=plan_to_yaml(PLAN), seed=7, size=(64, 64), temperature=0.5,
    flat=False, steps=5, model="mine", fingerprint="0123456789abcdef", version="0.1.0",
)  # fmt: skip


def save(path, pixels=PIXELS, mode="L", format_name="PNG", **record):
    """Saves pixels as a picture that tells of `RECORD`, or of what `record` says instead."""
    info = PngInfo()
    for key, text in png_metadata(**RECORD | record).items():
        info.add_text(key, text)
    options = {"pnginfo": info} if format_name == "PNG" else {}
    Image.fromarray(pixels).convert(mode).save(path, format_name, **options)
    return path
