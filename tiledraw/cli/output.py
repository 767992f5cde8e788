"""What every verb that draws shares: how far the tiles are, and the finished picture in its file or on standard output.

Knows events, progress bars and files. Knows nothing about options or how pictures are drawn.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.common.files import atomic_open
from tiledraw.common.terminal import leave

MOST_SHOWN = 2000  # characters of a thought: a plan is shorter, but a model that has learned little babbles
HOT = 1.5  # temperature from which on drawings fall apart

if TYPE_CHECKING:
    from PIL import Image

    from tiledraw.drawing.events import Event


def check_piped() -> None:
    """Refuses to write a picture to standard output where a person would read it.

    Raises:
        ValueError: standard output is a terminal, or closed.
    """
    if getattr(sys.stdout, "is_closed", False):
        raise ValueError("standard output is closed; give -o a file name")
    if sys.stdout.isatty():
        raise ValueError("a picture can't be shown in a terminal; give -o a file name or pipe the output on")


class Shown:
    """What a person sees on standard error while pictures are drawn: the thought of the first one, unless that is not
    wanted; how far the tiles are; what is written. Nothing if `quiet`; without a terminal no bar."""

    def __init__(self, thought: bool = True, quiet: bool = False) -> None:
        from tqdm import tqdm

        self.thought, self.quiet, self.begin = thought, quiet, time.monotonic()
        self.left: dict[int, int] = {}  # tiles of each picture that are still to come
        self.bar = tqdm(total=0, unit="tile", file=sys.stderr, disable=quiet or None)

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def say(self, text: str) -> None:
        """A line above the bar."""
        if not self.quiet:
            self.bar.write(text, file=sys.stderr)

    def add(self, event: Event, number: int = 0) -> None:
        """Shows an event of a picture."""
        from tiledraw.drawing.events import (
            ImageDone,
            LayerLevelDone,
            LevelDone,
            LevelStarted,
            PlanReady,
            Remarked,
            TileDone,
        )

        match event:
            case PlanReady(text=text, total=total, remark=remark, thought=thought):
                text = "\n".join(filter(None, (thought, text)))
                if remark:
                    self.say(remark)
                self.left[number] = total
                self.bar.total += total
                if self.thought and number == 0:
                    self.say(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} ...")
            case Remarked(text=text):
                self.say(text)
            case LayerLevelDone(subject=subject, inks=inks, level=level, pixels=pixels):
                if level == 0 and self.thought and number == 0:
                    self.say(f"{subject}, inks: {inks}")
                self.bar.set_description(f"{subject} {len(pixels)}x{len(pixels)}")
                self.left[number] -= 1
                self.bar.update()
            case LevelStarted(side=side):
                self.bar.set_description(f"{side}x{side}")
            case TileDone() | LevelDone(level=0):
                self.left[number] -= 1
                self.bar.update()
            case ImageDone():  # tiles of which all stays are never told of
                self.bar.update(self.left.pop(number))

    def warn_of_temperature(self, temperature: float | None) -> None:
        """Says what a high temperature does."""
        if temperature is not None and temperature > HOT:
            self.say(f"temperature {temperature:g} is far above 1, as learned: much of the picture will be noise")

    def wrote(self, path: Path | None, size: tuple[int, int]) -> None:
        """A picture is in its file."""
        if path is not None:
            width, height = size
            self.say(f"wrote {path}: {width}x{height} pixels, {time.monotonic() - self.begin:.1f} s")


def write_picture(path: Path | None, image: Image.Image, format_name: str, chunks: Mapping[str, str]) -> None:
    """Writes a picture whole, to a file or (None) to standard output; a PNG with its text chunks."""
    from tiledraw.canvas.pictures import how_saved, png_info

    options = {"pnginfo": png_info(chunks)} if format_name == "PNG" else how_saved(format_name)
    if path is None:
        buffer = io.BytesIO()
        image.save(buffer, format_name, **options)
        try:
            sys.stdout.buffer.write(buffer.getvalue())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            leave(sys.stdout)
            raise OSError(f"standard output can't be written to: {error.strerror}") from None
    else:
        with atomic_open(path) as file:  # straight into it: a large picture is not held twice
            image.save(file, format_name, **options)
