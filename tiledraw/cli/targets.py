"""Which pictures `tiledraw generate` draws, and where they go: one prompt with some seeds, or a file of prompts.

Knows options and files. Knows nothing about how a picture is drawn.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiledraw.cli.generate_options import Options
from tiledraw.cli.output import check_piped
from tiledraw.common.files import check_writable_file, check_writable_folder
from tiledraw.common.values import whole_number_of

if TYPE_CHECKING:
    from tiledraw.drawing.job import Job
    from tiledraw.language.plan import Plan

NAME_LENGTH = 40  # characters of a file name that is made of a prompt
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
LAYERED = ".ora"


@dataclass(frozen=True)
class Target:
    """A picture to draw: its prompt, seed and size, its file (None: standard output), and the folders of its
    trace and its layers."""

    prompt: str
    seed: int
    size: tuple[int, int]
    path: Path | None
    trace: Path | None = None
    layers: Path | None = None
    source: str = ""  # where its prompt stands in a file

    def job(self, options: Options, plan: Plan | None) -> Job:
        from tiledraw.drawing.job import Job

        return Job(
            self.prompt,
            self.size,
            seed=self.seed,
            temperature=options.temperature,
            planner=options.planner,
            without_unknown=options.without_unknown,
            strict=options.strict,
            plan=plan,
            background=options.background,
            flat=options.flat,
        )


def few_targets(options: Options) -> list[Target]:
    """The pictures of a single prompt. Raises if one of them could not be written."""
    assert options.prompt is not None
    output = options.output or free_name(options.prompt, options.count)
    if output == "-":
        if options.count > 1:
            raise ValueError("only one picture fits on standard output; give -o a file name or leave -n out")
        if options.resume:
            raise ValueError("tiles can't be kept beside standard output; give -o a file name to resume")
        check_piped()
    elif Path(output).suffix.lower() not in (*FORMATS, LAYERED) and not os.path.isdir(output):
        known = ", ".join([*FORMATS, LAYERED])
        raise ValueError(f"{output!r} does not end like a picture file; known endings are {known}")
    for name in filter(None, (options.trace, options.layers)):
        check_writable_folder(name if os.path.exists(name) else Path(name).parent)
    targets = []
    for index in range(options.count):
        path = None
        if output != "-":
            path = numbered(Path(output), index, options.count)
            check_writable_file(path)
        trace, layers = (_folder_of(name, index, options.count) for name in (options.trace, options.layers))
        targets.append(Target(options.prompt, (options.seed + index) % 2**64, options.canvas, path, trace, layers))
    return targets


def _folder_of(name: str | None, index: int, count: int) -> Path | None:
    """The folder of one of `count` pictures."""
    return None if name is None else Path(name) if count == 1 else Path(name) / str(index)


def numbered(path: Path, index: int, count: int) -> Path:
    """The file of one of `count` pictures."""
    return path if count == 1 else path.with_name(f"{path.stem}-{index}{path.suffix}")


def free_name(prompt: str, count: int) -> str:
    """A file name in the current folder that says what was asked for, and overwrites nothing: `a-cat.png`."""
    words = re.findall(r"[^\W_]+", prompt.lower())
    stem = "-".join(words)[:NAME_LENGTH].rstrip("-") or "picture"
    names = (f"{stem}{suffix}.png" for suffix in ("", *(f"-v{number}" for number in range(2, 10_000))))
    return next(name for name in names if not any(numbered(Path(name), i, count).exists() for i in range(count)))


def many_targets(options: Options) -> list[Target]:
    """The pictures of a file of prompts that are not there yet, or not whole. The folder is made when the first is
    written."""
    from tiledraw.canvas.pictures import is_whole
    from tiledraw.cli.prompts import read_prompts

    assert options.prompts is not None and options.out is not None
    entries = read_prompts(options.prompts, options.seed, options.asked)
    folder = Path(options.out)
    check_writable_folder(folder if folder.exists() else folder.parent)
    if whole_number_of("WORLD_SIZE", 1, least=1) > 1:  # set by torchrun and `accelerate launch`
        raise ValueError("several processes would all draw the same; start one, and give --cluster auto")
    targets = [
        Target(
            entry.prompt,
            entry.seed,
            options.drawn(entry.size),
            folder / f"{entry.id}.png",
            source=f"{options.prompts}, {entry.id}",
        )
        for entry in entries
    ]
    missing = [target for target in targets if target.path is None or not is_whole(target.path)]
    for target in missing:
        if target.path is not None and target.path.exists():
            check_writable_file(target.path)
    return missing
