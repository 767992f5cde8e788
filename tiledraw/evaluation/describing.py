"""Describing: any picture becomes a plan and a sentence: what it says of itself, else what is seen in it.

    print(describe("cat.png").sentence)

Seeing needs the `check` extra, and finds what is drawn as the painter draws it: whole subjects of the font, from 12
pixels a side on, in one colour each. Of photographs and drawings of other styles it says nothing, or what is not there.
Knows pictures, what they say of themselves, and the finder. Knows nothing about models that draw.
"""

from __future__ import annotations

import os

import numpy as np
from PIL import Image

from tiledraw.canvas.pictures import PictureError, load_picture, open_picture
from tiledraw.canvas.pyramid import MIN_SIDE, TILE
from tiledraw.drawing.describing import Description, DescriptionError, check_language, described, told
from tiledraw.drawing.opening import Source, name_of
from tiledraw.models.loading import PAINTER, load_model

MOST = 256  # pixels a side that are looked at; of larger pictures, area means


def describe(picture: Source, language: str = "en") -> Description:
    """Says what a picture shows, of any size and in any format. A drawn one says it itself.

    Args:
        picture: A drawn picture, any image of Pillow, an array, or the path of a file.
        language: "en" or "zh".

    Raises:
        DescriptionError: nothing is seen that the painter could have drawn.
        PictureError: the file is no picture.
        ValueError: the language is another one.
    """
    check_language(language)
    if (description := told(picture, language)) is not None:
        return description
    from tiledraw.evaluation.judging import seen_in  # which needs scipy

    try:
        seen = seen_in(_shown(picture), load_model(PAINTER).knowledge.subjects)
    except PictureError as error:
        raise PictureError(f"{name_of(picture)} can't be described: {error}") from None
    if not seen.placements:
        raise DescriptionError(
            f"nothing that the painter draws is seen in {name_of(picture)}; what is seen are its subjects in its style"
        )
    return described(seen, language)


def _shown(source: Source) -> np.ndarray:
    """A picture as the finder looks at it: `(height, width, 3)` uint8 on white, each side a multiple of 32."""
    if isinstance(source, str | os.PathLike):
        with open_picture(source) as image:
            image = load_picture(image)
    else:
        image = Image.fromarray(source) if isinstance(source, np.ndarray) else load_picture(source)
    scale = min(1.0, MOST / max(image.size))
    size = tuple(max(MIN_SIDE, round(scale * side / TILE) * TILE) for side in image.size)
    whole = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST
    return np.asarray(whole if whole.size == size else whole.resize(size, way))


__all__ = ["Description", "DescriptionError", "describe"]
