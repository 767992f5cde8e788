"""Pictures: finished ones, which know what they were drawn from, and say so in the PNG that they are saved as.

Knows Pillow, plans and the text chunks of a PNG. Knows nothing about how a picture is drawn or changed.
"""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import how_saved, png_info
from tiledraw.canvas.pixels import image_from_pixels
from tiledraw.common.files import atomic_open
from tiledraw.common.version import VERSION
from tiledraw.drawing.ground import mask_to_text
from tiledraw.drawing.metadata import png_metadata
from tiledraw.language.plan import Plan, plan_to_yaml

if TYPE_CHECKING:
    from tiledraw.canvas.composing import Layer
    from tiledraw.drawing.job import Job
    from tiledraw.models.loading import LoadedModel


LAYERED = ".ora"


class Picture(Image.Image):
    """A drawn picture: an image of Pillow that knows its plan. A PNG that it is saved as holds how it was drawn; what
    Pillow makes of it (`resize`, `convert`, ...) is a plain image again.

    Attributes:
        plan: What it shows where; None if the model drew without a plan.
        thought: What the model thought before it drew.
        settings: What it was drawn from, as `png_metadata` takes it (prompt, seed, size, temperature, model, ...);
            empty if that is not known.
        layers: What it is composed of, the lowest first; none of a picture that was not drawn in layers.
    """

    plan: Plan | None
    thought: str
    settings: Mapping[str, Any]
    layers: Sequence[Layer]

    def __init__(
        self,
        image: Image.Image,
        plan: Plan | None,
        thought: str,
        settings: Mapping[str, Any],
        layers: Sequence[Layer] = (),
    ) -> None:
        super().__init__()
        self.im, self._mode, self._size = image.im, image.mode, image.size
        self.plan, self.thought, self.settings, self.layers = plan, thought, settings, layers

    @property
    def prompt(self) -> str:
        return str(self.settings.get("prompt", ""))

    @property
    def seed(self) -> int:
        return int(self.settings.get("seed", 0))

    @property
    def chunks(self) -> dict[str, str]:
        """The text chunks of its PNG, by keyword."""
        return png_metadata(**self.settings) if self.settings else {}

    def but(self, image: Image.Image | None = None, **settings: Any) -> Picture:
        """The same picture with other pixels, or with other settings."""
        return Picture(image or self, self.plan, self.thought, {**self.settings, **settings}, self.layers)

    def save(
        self,
        fp: str | bytes | os.PathLike[str] | os.PathLike[bytes] | IO[bytes],
        format: str | None = None,
        *,
        metadata: bool = True,
        **params: Any,
    ) -> None:
        """As Pillow saves, but a file is written whole or not at all; a PNG holds how the picture was drawn, unless
        `metadata` is off or `pnginfo` is given."""
        if isinstance(fp, str | bytes | os.PathLike):
            path = os.fsdecode(fp)
            if path.lower().endswith(LAYERED):
                return self._save_layered(path, metadata)
            Image.init()
            known = format or Image.EXTENSION.get(os.path.splitext(path)[1].lower())
            if known is None:
                raise ValueError(f"{path} does not end like a picture file, such as .png")
            with atomic_open(path) as file:
                return self.save(file, known, metadata=metadata, **params)
        if metadata and (format or "").upper() == "PNG" and "pnginfo" not in params:
            params["pnginfo"] = png_info(self.chunks)
        super().save(fp, format, **{**how_saved((format or "").upper()), **params})

    def _save_layered(self, path: str, metadata: bool) -> None:
        """Writes an OpenRaster file."""
        from tiledraw.drawing.openraster import write_openraster

        if not self.layers:
            raise ValueError(f"the picture has no layers to write to {path}; give a file that ends in .png")
        write_openraster(path, self.size, self.layers, self.chunks if metadata else {})

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is copied and sent to other processes, plan and all."""
        plain = Image.frombytes(self.mode, self.size, self.tobytes())
        return Picture, (plain, self.plan, self.thought, dict(self.settings), self.layers)

    def _repr_html_(self) -> str:
        """The picture beside what was thought, its plan included, as a notebook shows it."""
        return html_of(self, self.prompt, self.thought)


def html_of(image: Image.Image, prompt: str, thought: str) -> str:
    """A picture beside its prompt and what was thought, as HTML."""
    file = io.BytesIO()
    Image.Image.save(image, file, "PNG")  # its pixels alone
    source, alt = base64.b64encode(file.getvalue()).decode(), html.escape(prompt)
    return (
        '<div style="display:flex;gap:1em;align-items:flex-start">'
        f'<img src="data:image/png;base64,{source}" alt="{alt}" width="{image.width}" height="{image.height}">'
        f'<pre style="white-space:pre-wrap">{alt}\n\n{html.escape(thought)}</pre></div>'
    )


def hash_of(image: Image.Image) -> str:
    """A hash of a picture's pixels."""
    return sha256(image.convert("RGBA").tobytes()).hexdigest()[:16]


def image_of(pixels: np.ndarray) -> Image.Image:
    """Gray levels `(height, width)` uint8 or colours `(height, width, 4)` uint8 as an image, without opacity where all
    is opaque."""
    if pixels.ndim == 2:
        return image_from_pixels(pixels)
    return Image.fromarray(pixels if (pixels[..., 3] < 255).any() else np.ascontiguousarray(pixels[..., :3]))


def picture_of(
    job: Job,
    plan: Plan | None,
    thought: str,
    loaded: LoadedModel,
    pixels: np.ndarray,
    layers: Sequence[Layer] | None = None,
) -> Picture:
    """The picture that a job has become, `(height, width)` or in colours `(height, width, 4)` uint8, by a plan and a
    thought; `layers`: those of which it is composed, if it is a stack."""
    settings = {
        "prompt": job.prompt,
        "plan": plan_to_yaml(plan) if plan else None,
        "seed": job.seed,
        "size": job.size,
        "temperature": job.temperature,
        "flat": job.flat,
        "steps": job.tiles,
        "model": loaded.name,
        "fingerprint": loaded.weights,
        "version": VERSION,
    }
    image = image_of(pixels)
    if job.over is not None:
        settings["over"] = job.over.hash
        if job.over.free is not None:
            settings["mask"] = mask_to_text(job.over.free)
    if layers is not None:
        settings["pixels"] = hash_of(image)
    return Picture(image, plan, thought, settings, layers or ())
