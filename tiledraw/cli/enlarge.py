"""`tiledraw enlarge`: makes a picture larger, by resampling, by a network, or by the levels that the model draws next.

Knows options and what a picture says of itself. Knows nothing about how pictures become larger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tiledraw.cli.changing import ChangeOptions, draw_over, read_picture, read_pixels
from tiledraw.cli.options import parse_options
from tiledraw.cli.output import write_picture

OF_LEVELS = ("plan_from", "seed", "temperature", "order", "model", "trace")


@dataclass(frozen=True)
class Options(ChangeOptions):
    """Makes a picture 2, 4, 8, ... times larger.

    Three ways: lanczos resamples it; vae redraws it by a network that has learned strokes; levels lets the model draw
    the next finer levels, which takes the plan of the picture (its metadata, or --plan-from) and gives the picture that
    it would have drawn so large from the start.

    Args:
        picture: a gray picture
        to: pixels of the longer side, 2, 4, 8, ... times as many as it has
        enlarger: lanczos (if not given), levels, vae, or the folder of a network: from `tiledraw train` or diffusers
        output: file for the larger picture (.png), or - for standard output
        in_place: overwrite the picture itself
        plan_from: YAML file with the plan of the picture, or describe: the model reads it; for levels
        seed: as the picture was drawn, if not given; for levels
        temperature: as the picture was drawn, if not given; for levels
        order: as the picture was drawn, if not given; for levels
        model: the bundled model if not given, else a folder or a hub name; for levels
        trace: folder for the plan, every level, the tile grid and the think texts; for levels
        metadata: write into the picture how it was drawn, and all that it was before
        quiet: print neither plan nor progress
    """

    to: int | None = None
    enlarger: str = "lanczos"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.to is None:
            raise ValueError("say how large the picture becomes: --to 1024, in pixels of its longer side")
        if self.enlarger != "levels" and (odd := [name for name in OF_LEVELS if getattr(self, name) is not None]):
            raise ValueError(f"--{odd[0].replace('_', '-')} is for --enlarger levels; leave it out otherwise")

    def factor(self, width: int, height: int) -> int:
        """How many times larger a picture becomes.

        Raises:
            ValueError: not 2, 4, 8, ... times, or too large.
        """
        from tiledraw.drawing.enlarging import check_factor

        longer = max(width, height)
        factor, rest = divmod(self.to or 0, longer)
        if rest or factor < 2 or factor & (factor - 1):
            raise ValueError(
                f"{self.picture} has {width}x{height} pixels; its longer side becomes {2 * longer}, {4 * longer}, "
                f"{8 * longer}, ..., not {self.to}"
            )
        check_factor(factor, width, height)
        return factor


def run(argv: list[str]) -> int:
    options = parse_options(Options, argv, "enlarge", positional=["picture"], short={"output": "-o"})
    target = options.target()  # refused before anything is read
    change = {"verb": "enlarge", "to": options.to, "enlarger": options.enlarger}
    if options.enlarger == "levels":
        return _draw_levels(options, target, change)

    from tiledraw.canvas.pixels import image_from_pixels
    from tiledraw.drawing.enlarging import load_enlarger

    pixels, chunks = read_pixels(options.picture)
    height, width = pixels.shape
    factor = options.factor(width, height)
    try:
        chunks = enlarged_chunks(chunks, (width, height), factor, change) if options.metadata else {}
    except ValueError as error:
        raise ValueError(f"{options.picture}: {error}; --no-metadata enlarges it without its history") from None
    large = load_enlarger(options.enlarger).enlarge(pixels, factor)
    write_picture(target, image_from_pixels(large), "PNG", chunks)
    return 0


def _draw_levels(options: Options, target: Path | None, change: Mapping[str, Any]) -> int:
    import numpy as np

    from tiledraw.drawing.editing import Original

    picture = read_picture(options)
    pixels, record = picture.pixels, picture.record
    factor = options.factor(picture.canvas.width, picture.canvas.height)
    original = Original(pixels, np.zeros(pixels.shape, dtype=bool), factor)
    seeded = options
    if options.seed is None and record is not None:
        seeded = replace(options, seed=record.seed)  # the same: nothing that was drawn is drawn anew
    return draw_over(seeded, target, picture, options.drawer, original, picture.plan, change)


def enlarged_chunks(
    chunks: Mapping[str, str], size: tuple[int, int], factor: int, change: Mapping[str, Any]
) -> dict[str, str]:
    """The text chunks of a picture of `size` that became larger, from those that it had; none from none.

    Raises:
        ValueError: they are damaged, or tell of a picture of another size.
    """
    from tiledraw.canvas.pyramid import TILE
    from tiledraw.drawing.metadata import package_version, png_metadata, read_metadata

    record = read_metadata(chunks)
    if record is None:
        return {}
    width, height = size
    if record.size != size:
        drawn, is_now = "x".join(map(str, record.size)), f"{width}x{height}"
        raise ValueError(f"the picture was drawn with {drawn} pixels, now it has {is_now}")
    same_grid = (width - height) % (2 * TILE) == 0  # else the plan's cells lie elsewhere on the larger canvas
    last = record.states[-1]
    return png_metadata(
        prompt=record.prompt,
        plan=record.plan if same_grid else None,
        seed=record.seed,
        size=(factor * width, factor * height),
        order=record.order,
        temperature=record.temperature,
        candidates=record.candidates,
        flat=record.flat,
        steps=0,
        model=str(last.get("model")),
        fingerprint=str(last.get("fingerprint")),
        version=package_version(),
        change=change,
        history=record.states,
    )
